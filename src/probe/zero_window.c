/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zero-window: a request is made with a window of 0, so that its answer may not be sent:
 * only probes of a byte may come. Then the window opens, and the answer must come (needs
 * --echo, or a PROT server); or whatever else the probes had told to be waiting.
 */
#include "lab/lab.h"

#include <inttypes.h>

TC_DEFINE_EXPERIMENT(zero_window, "zero-window",
	"is nothing but probes sent while our window is 0 (PROT, or --echo)",
	"RFC 9293 3.8.6.1: MUST-35, probing of zero windows",
	.ports = 16, .harmless = true, .needs = TC_NEEDS_LIFE, .asks = TC_ASKS_BOTH);

#define SHUT (TC_S + TC_S / 2)		/* a probe is due after an RTO, about 0.2 s on Linux */
#define SOON TC_S			/* what comes later need not have waited for the window */

struct watch {
	unsigned probes;		/* empty ones, or of a byte */
	uint32_t beyond;		/* how far bytes were sent into the window of 0 */
	bool reset;			/* while it was shut */
	bool answered;
};

/* Everything is answered as a receiver whose window is shut does: nothing is taken. A reset ends
 * it. */
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
		c->peer_fin = false;
		w->reset = c->end == TC_LAB_RESET;
		seen->cited |= w->reset;
		if (w->reset)
			return 0;
		if (seen->rx.kind != TC_RX_TCP)
			continue;
		tc_lab_goes_beyond(seen, edge, &w->beyond);
		seen->cited |= s->len > 0;
		/* Linux' probe is empty, and old by one */
		if (s->len == 0 && s->seq != edge - 1)
			continue;
		seen->cited = true;
		w->probes += s->len <= 1;
		tc_lab_make(c, TC_FLAG_ACK, &seg);
		seg.window = 0;
		rc = tc_lab_put(lab, c, &seg, err);
		if (rc < 0)
			return rc;
	}
	return rc;
}

static const char *answer_name(const struct watch *w, const struct tc_lab_reply *r)
{
	if (w->beyond)
		return "into the window of 0";
	if (w->answered)
		return "when the window opened";
	if (r->bytes)
		return r->resets ? "other bytes, reset" : r->closes ? "other bytes, FIN" :
		       "other bytes";
	return r->resets ? "reset" : r->closes ? "FIN" : "none";
}

static void tell_facts(struct tc_finding *f, const struct watch *w, const struct tc_lab_reply *r)
{
	tc_finding_number(f, "bytes_beyond", w->beyond);
	tc_finding_text(f, "probes", w->probes ? "yes" : w->reset ? "none before the reset" :
			"none in 1.5 s");
	tc_finding_text(f, "answer", "%s", answer_name(w, r));
	if (!w->answered && r->bytes)
		tc_finding_count(f, "other_bytes", r->bytes);
}

static int judge(struct tc_lab *lab, const struct tc_lab_conn *c, struct tc_finding *f,
		 const struct watch *w, const struct tc_lab_reply *r, struct tc_error *err)
{
	char text[TC_REPLY_TEXT];

	tell_facts(f, w, r);
	if (w->beyond)
		tc_finding_told(f, "ignores", "the peer sent %" PRIu32 " bytes into a window "
				"of 0", w->beyond);
	else if (w->answered)
		tc_finding_told(f, "respects", "nothing but %s came while our window was 0, the "
				"answer when it opened", w->probes ? "probes" : "ACKs");
	else if (w->probes && (r->bytes || r->closes) && r->after < SOON)
		tc_finding_told(f, "respects", "nothing but probes came while our window was 0; %s",
				tc_lab_reply_text(r, "it opens", "what waited comes: the peer",
						  text));
	else if (r->bytes || r->closes || r->resets)
		return tc_finding_reply(f, lab, c, r, w->reset ? "a request with a window of 0" :
					"our window opens", err);
	else
		tc_finding_untold(f, "nothing comes in %.2g s after our window opens: %s",
				  (double)lab->timeout / (double)TC_S, tc_lab_reply_cure(lab));
	return 0;
}

/* The window opens, and what comes then. */
static int open_window(struct tc_lab *lab, struct tc_lab_conn *c,
		       const struct tc_lab_request *request, bool *answered, int *opened,
		       struct tc_error *err)
{
	*opened = tc_lab_cite_sent(lab, tc_lab_send(lab, c, TC_FLAG_ACK, NULL, 0, err));
	return *opened < 0 ? *opened :
	       tc_lab_answer(lab, c, request, lab->timeout, answered, err);
}

static int ask(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_finding *f,
	       struct tc_error *err)
{
	struct tc_lab_request request;
	struct tc_lab_reply reply;
	struct watch w = { 0 };
	struct tc_lab_seg seg;
	tc_seq edge = c->rcv_nxt;
	int rc = tc_lab_request(lab, (const uint8_t *)"tcpcraft", 8, &request, err), sent = 0;

	tc_lab_make(c, TC_FLAG_ACK | TC_FLAG_PSH, &seg);
	seg.window = 0;
	seg.payload = request.bytes.data;
	seg.len = request.bytes.len;
	c->snd_nxt += (tc_seq)seg.len;
	if (rc >= 0)
		rc = sent = tc_lab_cite_sent(lab, tc_lab_put(lab, c, &seg, err));
	if (rc >= 0)
		rc = keep_shut(lab, c, &w, err);
	if (rc >= 0 && !w.reset)
		rc = open_window(lab, c, &request, &w.answered, &sent, err);
	if (rc >= 0) {
		reply = tc_lab_reply(lab, c, edge, tc_lab_sent_at(lab, sent));
		rc = judge(lab, c, f, &w, &reply, err);
	}
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
