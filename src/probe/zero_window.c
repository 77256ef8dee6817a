/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zero-window: a request is made with a window of 0, so that its answer may not be sent:
 * only probes of a byte may come. Then the window opens, and the answer must come. (Needs
 * --echo, or a PROT server.)
 */
#include "lab/lab.h"

#include <tcpcraft/seq.h>

TC_DEFINE_EXPERIMENT(zero_window, "zero-window",
	"is nothing but probes sent while our window is 0 (PROT, or --echo)",
	"RFC 9293 3.8.6.1: MUST-35, probing of zero windows",
	.ports = 16, .harmless = true, .needs = TC_NEEDS_LIFE, .asks = TC_ASKS_BOTH);

#define SHUT (TC_S + TC_S / 2)		/* a probe is due after an RTO, about 0.2 s on Linux */

struct watch {
	unsigned probes;		/* empty ones, or of a byte */
	unsigned beyond;		/* most bytes beyond the window, in one segment */
};

/* Everything is answered as a receiver whose window is shut does: nothing is taken. */
static int keep_shut(struct tc_lab *lab, struct tc_lab_conn *c, struct watch *w,
		     struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + SHUT;
	tc_seq edge = c->rcv_nxt;
	struct tc_lab_seg seg;
	struct tc_lab_frame *seen;
	int rc;

	while ((rc = tc_lab_next(lab, c, until, &seen, err)) > 0) {
		const struct tc_seg *s = &seen->rx.seg;

		c->rcv_nxt = edge;
		if (seen->rx.kind != TC_RX_TCP || s->flags & TC_FLAG_RST)
			continue;
		if (s->len > w->beyond)
			w->beyond = s->len;
		/* Linux' probe is empty, and old by one */
		if (s->len == 0 && s->seq != edge - 1)
			continue;
		w->probes++;
		seen->cited = true;
		tc_lab_make(c, TC_FLAG_ACK, &seg);
		seg.window = 0;
		rc = tc_lab_put(lab, c, &seg, err);
		if (rc < 0)
			return rc;
	}
	return rc;
}

static void judge(struct tc_finding *f, const struct watch *w, bool answered)
{
	tc_finding_number(f, "bytes_beyond", w->beyond);
	tc_finding_text(f, "probes", w->probes ? "yes" : "none in 1.5 s");
	tc_finding_text(f, "answer", answered ? "when the window opened" : "none");
	if (w->beyond > 1)
		tc_finding_told(f, "ignores", "the peer sent %u bytes into a window of 0",
				w->beyond);
	else if (!answered)
		tc_finding_untold(f, "no answer to the request when the window was open: "
				  "it needs a PROT server, or one that echoes (--echo)");
	else
		tc_finding_told(f, "respects", "nothing but %s came while our window was 0, the "
				"answer when it opened", w->probes ? "probes" : "ACKs");
}

static int ask(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_finding *f,
	       struct tc_error *err)
{
	struct tc_lab_request request;
	struct watch w = { 0 };
	struct tc_lab_seg seg;
	bool answered = false;
	int rc = tc_lab_request(lab, (const uint8_t *)"tcpcraft", 8, &request, err);

	tc_lab_make(c, TC_FLAG_ACK | TC_FLAG_PSH, &seg);
	seg.window = 0;
	seg.payload = request.bytes.data;
	seg.len = request.bytes.len;
	c->snd_nxt += (tc_seq)seg.len;
	if (rc >= 0)
		rc = tc_lab_cite_sent(lab, tc_lab_put(lab, c, &seg, err));
	if (rc >= 0)
		rc = keep_shut(lab, c, &w, err);
	if (rc >= 0)		/* the window opens */
		rc = tc_lab_cite_sent(lab, tc_lab_send(lab, c, TC_FLAG_ACK, NULL, 0, err));
	if (rc >= 0)
		rc = tc_lab_answer(lab, c, &request, lab->timeout, &answered, err);
	if (rc >= 0)
		judge(f, &w, answered);
	tc_buf_free(&request.bytes);
	return rc;
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct tc_lab_open how = { .shut = true };
	struct tc_lab_conn *c;
	int rc = tc_lab_begin(lab, f, &c, &how, err);

	if (rc <= 0)
		return rc;
	c->window = 65535;	/* of what is not said to be shut */
	return ask(lab, c, f, err);
}
