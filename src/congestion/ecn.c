/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ecn: agreed to or not; a mark on what we send is echoed until we say CWR; what the server
 * sends says that it can be marked, and a mark that we echo is answered. The last two need a
 * server that answers what is said.
 */
#include "lab/lab.h"

#include <tcpcraft/seq.h>

#include <errno.h>

TC_DEFINE_EXPERIMENT(ecn, "ecn",
	"is ECN agreed to, are marks echoed and answered",
	"RFC 3168 6.1.1 (agreed), 6.1.3 (echoed until CWR), 6.1.2 (answered once a window)",
	.ports = 4, .needs = TC_NEEDS_LIFE);

#define WAIT TC_S
#define ANSWER_WAIT TC_S

enum answer { UNKNOWN, NO, YES };

static const char *const words[] = { "not known", "no", "yes" };

struct seen {
	enum answer echoes, goes_on, stops;	/* ECE: at a mark, without CWR, with it */
	enum answer capable, reacts;		/* ECT in its data; CWR in it */
};

/* A byte marked so: the flags of the ACK that takes it, -EAGAIN: none did. */
static int mark(struct tc_lab *lab, struct tc_lab_conn *c, uint8_t ecn, uint16_t more,
		struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + tc_lab_wait(lab, WAIT);
	struct tc_lab_frame *frame;
	struct tc_lab_seg seg;
	int rc;

	tc_lab_make_byte(c, more, &seg);
	seg.dsfield = ecn;
	c->snd_nxt++;
	rc = tc_lab_cite_sent(lab, tc_lab_put(lab, c, &seg, err));
	if (rc < 0)
		return rc;
	while (c->end == TC_LAB_ALIVE && (rc = tc_lab_next(lab, c, until, &frame, err)) > 0)
		if (frame->rx.kind == TC_RX_TCP && c->snd_una == c->snd_nxt) {
			frame->cited = true;
			return frame->rx.seg.flags;
		}
	return rc < 0 ? rc : -EAGAIN;
}

static enum answer has(int flags, unsigned flag)
{
	return flags < 0 ? UNKNOWN : flags & (int)flag ? YES : NO;
}

static int as_receiver(struct tc_lab *lab, struct tc_lab_conn *c, struct seen *s,
		       struct tc_error *err)
{
	const struct { uint8_t ecn; uint16_t flags; enum answer *to; bool is; } steps[] = {
		{ TC_ECN_CE, 0, &s->echoes, true },
		{ TC_ECN_ECT0, 0, &s->goes_on, true },
		{ TC_ECN_ECT0, TC_FLAG_CWR, &s->stops, false },
	};

	for (unsigned i = 0; i < 3; i++) {
		int flags = mark(lab, c, steps[i].ecn, steps[i].flags, err);

		if (flags < 0 && flags != -EAGAIN)
			return flags;
		*steps[i].to = has(flags, TC_FLAG_ECE);
		if (flags >= 0 && !steps[i].is)
			*steps[i].to = has(flags, TC_FLAG_ECE) == YES ? NO : YES;
	}
	return 0;
}

/* Is this data what is asked for? Where a flag is due it may have been under way when that was
 * said: then it bears neither the flag nor the ACK of what came behind it. */
static bool is_answer(const struct tc_lab_conn *c, const struct tc_seg *seg, unsigned due)
{
	return !due || seg->flags & due || tc_seq_geq(seg->ack, c->snd_nxt);
}

/* New data of the server to a question (in which a flag is due: the first that it sends since); all
 * of it is acknowledged, as its window may be full, with these flags and no others. 1; 0: none. */
static int ask(struct tc_lab *lab, struct tc_lab_conn *c, uint16_t more, unsigned due,
	       struct tc_lab_frame **data, struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + tc_lab_wait(lab, ANSWER_WAIT);
	struct tc_lab_seg seg;
	size_t n;
	const void *question = tc_lab_question(lab, &n);
	tc_seq had = c->rcv_nxt;
	int rc = tc_lab_send(lab, c, TC_FLAG_ACK | TC_FLAG_PSH, question, n, err);

	if (rc < 0)
		return rc;
	while ((rc = tc_lab_next(lab, c, until, data, err)) > 0 && c->end == TC_LAB_ALIVE) {
		const struct tc_seg *came = &(*data)->rx.seg;

		if ((*data)->rx.kind != TC_RX_TCP || !came->len || tc_seq_lt(came->seq, had))
			continue;
		had = came->seq + came->len;
		tc_lab_make(c, (uint16_t)(TC_FLAG_ACK | more), &seg);
		rc = tc_lab_put(lab, c, &seg, err);
		if (rc < 0)
			return rc;
		(*data)->cited = is_answer(c, came, due);
		if ((*data)->cited)
			return 1;
	}
	return rc < 0 ? rc : 0;
}

static int as_sender(struct tc_lab *lab, struct tc_lab_conn *c, struct seen *s,
		     struct tc_error *err)
{
	struct tc_lab_frame *data;
	int rc = ask(lab, c, TC_FLAG_ECE, 0, &data, err);

	if (rc <= 0)
		return rc;
	s->capable = data->rx.seg.ecn == TC_ECN_NOT ? NO : YES;
	rc = ask(lab, c, 0, TC_FLAG_CWR, &data, err);
	if (rc > 0)
		s->reacts = has(data->rx.seg.flags, TC_FLAG_CWR);
	return rc < 0 ? rc : 0;
}

static void tell(struct tc_finding *f, const struct seen *s)
{
	tc_finding_text(f, "negotiated", "yes");
	tc_finding_text(f, "echoes", "%s", words[s->echoes]);
	tc_finding_text(f, "echoes_until_cwr", "%s", words[s->goes_on]);
	tc_finding_text(f, "stops_at_cwr", "%s", words[s->stops]);
	tc_finding_text(f, "its_data_is_capable", "%s", words[s->capable]);
	tc_finding_text(f, "reacts_to_an_echo", "%s", words[s->reacts]);
	if (s->echoes == UNKNOWN)
		tc_finding_untold(f, "ECN is agreed to, but a byte is not acknowledged");
	else if (s->echoes == NO)
		tc_finding_told(f, "does-not-echo", "ECN is agreed to, but a mark is not echoed: "
				"the network's warnings are lost");
	else if (s->goes_on == NO || s->stops == NO)
		tc_finding_told(f, "echoes-wrong", "a mark is echoed, but not from the mark until "
				"we say CWR");
	else if (s->reacts == NO)
		tc_finding_told(f, "does-not-react", "marks are echoed until we say CWR; a mark that "
				"we echo is not answered with CWR");
	else
		tc_finding_told(f, "works", "ECN is agreed to, marks are echoed until we say CWR%s",
				s->reacts == YES ? ", and one that we echo is answered with CWR" :
				"; what it sends itself could not be judged");
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	const struct tc_lab_open how = { .more_flags = TC_FLAG_ECE | TC_FLAG_CWR };
	struct seen s = { .echoes = UNKNOWN };
	struct tc_lab_frame *syn_ack;
	struct tc_lab_conn *c;
	int rc = tc_lab_begin_seen(lab, f, &c, &how, &syn_ack, err);

	if (rc <= 0)
		return rc;
	if ((syn_ack->rx.seg.flags & (TC_FLAG_ECE | TC_FLAG_CWR)) != TC_FLAG_ECE) {
		tc_finding_text(f, "negotiated", "no");
		tc_finding_told(f, "off", "ECN is not agreed to");
		return 0;
	}
	rc = as_receiver(lab, c, &s, err);
	if (rc >= 0)
		rc = as_sender(lab, c, &s, err);
	if (rc < 0)
		return rc;
	if (c->end != TC_LAB_ALIVE && s.stops == UNKNOWN)
		tc_finding_blame(f, lab, c);
	else
		tell(f, &s);
	return 0;
}
