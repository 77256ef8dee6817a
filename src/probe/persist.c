/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * persist: our window is shut while the server has something to send. Each probe is
 * answered with the window still shut; then it opens, and what comes shows that there was
 * something to send all the time. Data that is sent into the shut window is no probe of it.
 */
#include "lab/lab.h"

#include <inttypes.h>
#include <stdio.h>

TC_DEFINE_EXPERIMENT(persist, "persist",
	"how a shut window is probed while there is something to send",
	"RFC 9293 3.8.6.1 (MUST-36 to MUST-38, SHLD-29, SHLD-30)",
	.ports = 8, .harmless = true, .needs = TC_NEEDS_LIFE, .asks = TC_ASKS_BOTH,
	.patience = 8 * TC_S);

#define OPEN_WAIT (2 * TC_S)
#define NO_PROBE 0.75			/* of the time-out: then the window opens */

/* What carries no number beyond the shut window, or one byte of it. */
static bool is_probe(const struct tc_lab_conn *c, const struct tc_lab_frame *s)
{
	return s->rx.kind == TC_RX_TCP &&
	       !(s->rx.seg.flags & (TC_FLAG_SYN | TC_FLAG_RST | TC_FLAG_FIN)) &&
	       (s->rx.seg.seq == c->irs ||
		(s->rx.seg.len == 1 && s->rx.seg.seq == c->irs + 1));
}

struct seen {
	struct tc_schedule probes, sends;
	bool with_byte;
	uint32_t beyond;	/* how far bytes were sent into the shut window */
};

/* Of what is sent again and again the first is that which begins at the edge of the window. */
static void note_beyond(const struct tc_lab_conn *c, struct tc_lab_frame *s, struct seen *w)
{
	const struct tc_seg *seg = &s->rx.seg;
	tc_seq edge = c->irs + 1;

	if (!tc_lab_goes_beyond(s, edge, &w->beyond))
		return;
	s->cited = true;
	if (seg->seq == edge && seg->len > 1)
		tc_schedule_add(&w->sends, s);
}

/* What is sent into it is not answered: it is to be seen how it goes on. */
static int watch(struct tc_lab *lab, struct tc_lab_conn *c, struct seen *w, struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + (tc_time)((double)lab->timeout * NO_PROBE);
	struct tc_lab_frame *seen;
	int rc;

	while ((rc = tc_lab_next(lab, c, until, &seen, err)) > 0 && c->end == TC_LAB_ALIVE) {
		note_beyond(c, seen, w);
		if (!is_probe(c, seen))
			continue;
		tc_schedule_add(&w->probes, seen);
		seen->cited = true;
		w->with_byte |= seen->rx.seg.len > 0;
		rc = tc_lab_send(lab, c, TC_FLAG_ACK, NULL, 0, err);
		if (rc < 0)
			return rc;
	}
	return rc;
}

/* 1: data, or a FIN, comes as soon as there is room. */
static int open_window(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + OPEN_WAIT;
	struct tc_lab_frame *seen;
	int rc;

	c->window = 65535;
	rc = tc_lab_cite_sent(lab, tc_lab_send(lab, c, TC_FLAG_ACK, NULL, 0, err));
	if (rc < 0)
		return rc;
	while ((rc = tc_lab_next(lab, c, until, &seen, err)) > 0)
		if (seen->rx.kind == TC_RX_TCP && tc_seg_seq_len(&seen->rx.seg) &&
		    !(seen->rx.seg.flags & TC_FLAG_SYN)) {
			seen->cited = true;
			return 1;
		}
	return rc;
}

static void tell_ignores(struct tc_finding *f, const struct seen *w)
{
	unsigned again = w->sends.n ? w->sends.n - 1 : 0;
	char often[40] = "";

	tc_schedule_facts(&w->sends, f);
	tc_finding_number(f, "bytes_beyond", w->beyond);
	tc_finding_value(f, w->probes.n);
	if (again)
		snprintf(often, sizeof often, ", and again %u time%s", again, again == 1 ? "" : "s");
	tc_finding_told(f, "ignores", "the shut window is not heeded: %" PRIu32 " bytes were sent "
			"into it%s", w->beyond, often);
}

static void tell(struct tc_finding *f, const struct seen *w, bool data, double watched)
{
	const struct tc_schedule *s = &w->probes;
	char growth[TC_GROWTH_TEXT];

	tc_finding_text(f, "probe", "%s", s->n == 0 ? "none" : w->with_byte ? "one byte of data"
			: "no data, one number back");
	if (w->beyond) {
		tell_ignores(f, w);
		return;
	}
	tc_schedule_facts(s, f);
	tc_finding_text(f, "data_after", "%s", data ? "yes" : "no");
	tc_finding_value(f, s->n);
	if (s->n && data)
		tc_finding_told(f, "probes", "the shut window is probed: %u time%s here%s; as it "
				"opens, what waited comes", s->n, s->n == 1 ? "" : "s",
				tc_schedule_growth(s, growth));
	else if (s->n)
		tc_finding_untold(f, "%u probe%s, but no data as the window opened: "
				  "keep-alives look the same", s->n, s->n == 1 ? "" : "s");
	else if (data)
		tc_finding_told(f, "no-probes", "the shut window is not probed in %.3g s, though "
				"there was data, which came as it opened: who never does waits for "
				"ever where that segment is lost (a longer --timeout may show a "
				"probe)", watched);
	else
		tc_finding_untold(f, "no probe, but no data either as the window opened; "
				  "--prefix gives a request that the %s answers", f->peer);
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	const struct tc_lab_open how = { .shut = true, .never_acks = true };
	struct tc_lab_conn *c;
	struct seen w = { .beyond = 0 };
	size_t n, began;
	const void *question = tc_lab_question(lab, &n);
	int rc = tc_lab_begin(lab, f, &c, &how, err), data;

	if (rc <= 0)
		return rc;
	began = c->cursor;
	rc = tc_lab_say(lab, c, question, n, err);
	c->cursor = began;		/* probes may have come meanwhile */
	if (rc >= 0)
		rc = watch(lab, c, &w, err);
	if (rc < 0)
		return rc;
	if (c->end != TC_LAB_ALIVE)
		return tc_finding_blame(f, lab, c);
	data = open_window(lab, c, err);
	if (data >= 0)
		tell(f, &w, data > 0, (double)lab->timeout * NO_PROBE / (double)TC_S);
	return data < 0 ? data : 0;
}
