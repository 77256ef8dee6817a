/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ack-policy: when data is acknowledged. Whole segments, each sent when the one before is
 * acknowledged: how many at the start are at once, and how long the others take. Then two at a
 * time: is the second acknowledged at once? The server must say nothing meanwhile.
 */
#include "base/array.h"
#include "lab/lab.h"

#include <stdlib.h>

TC_DEFINE_EXPERIMENT(ack_policy, "ack-policy",
	"when data is acknowledged: at the start, each second segment, how late at most",
	"RFC 9293 3.8.6.3: within 0.5 s (MUST-40), each second full segment (SHLD-19); RFC 5681 4.2",
	.ports = 8, .needs = TC_NEEDS_LIFE);

#define ALONE 32			/* segments; Linux has 16 quick ACKs */
#define PAIRS 8
#define AT_ONCE (20 * TC_MS)		/* longer than a busy peer takes, shorter than any delay */
#define LATE (500 * TC_MS)		/* the RFC's bound */
#define SEGMENT_MOST 1460

struct policy {
	tc_time alone[ALONE];		/* from a segment to its ACK */
	unsigned n, quick;		/* of them; at once, from the first on */
	tc_time delay;			/* of those that were not: the median */
	unsigned delayed;
	unsigned pairs, at_once;	/* pairs; of which the second is acknowledged at once */
	bool lost, speaks;		/* no ACK; with data of the server's */
};

/* Until all is acknowledged: the stamp of that ACK. 1; 0: it is not. */
static int await(struct tc_lab *lab, struct tc_lab_conn *c, struct policy *p, tc_time *at,
		 struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + lab->timeout;
	struct tc_lab_frame *seen;
	int rc = 1;

	while (rc > 0 && c->end == TC_LAB_ALIVE) {
		rc = tc_lab_next(lab, c, until, &seen, err);
		if (rc <= 0 || seen->rx.kind != TC_RX_TCP)
			continue;
		p->speaks |= seen->rx.seg.len > 0;
		seen->cited = true;
		*at = seen->stamp;
		if (c->snd_una == c->snd_nxt)
			return 1;
	}
	return rc < 0 ? rc : 0;
}

/* So many whole segments at once; *took: from the last of them, on the wire, to its ACK. */
static int say(struct tc_lab *lab, struct tc_lab_conn *c, struct policy *p, unsigned n,
	       tc_time *took, struct tc_error *err)
{
	static const uint8_t bytes[SEGMENT_MOST];
	size_t size = tc_lab_segment(lab, c);
	tc_time at = 0, sent;
	int rc = 0, number = 0;

	size = size < sizeof bytes ? size : sizeof bytes;
	for (unsigned i = 0; i < n && rc >= 0; i++)
		rc = number = tc_lab_send(lab, c, TC_FLAG_ACK, bytes, size, err);
	if (rc >= 0)
		rc = await(lab, c, p, &at, err);
	if (rc < 0)
		return rc;
	tc_lab_cite_sent(lab, number);
	sent = tc_lab_sent_at(lab, number);
	p->lost |= rc == 0 || !sent;
	*took = at > sent ? at - sent : 0;
	return p->lost || p->speaks ? 0 : 1;
}

static void judge(struct policy *p)
{
	tc_time late[ALONE];

	while (p->quick < p->n && p->alone[p->quick] < AT_ONCE)
		p->quick++;
	for (unsigned i = 0; i < p->n; i++)
		if (p->alone[i] >= AT_ONCE)
			late[p->delayed++] = p->alone[i];
	tc_times_sort(late, p->delayed);
	p->delay = p->delayed ? late[p->delayed / 2] : 0;
}

static int measure(struct tc_lab *lab, struct tc_lab_conn *c, struct policy *p,
		   struct tc_error *err)
{
	tc_time took;
	int rc = 1;

	for (unsigned i = 0; i < ALONE && rc > 0; i++) {
		rc = say(lab, c, p, 1, &took, err);
		if (rc > 0)
			p->alone[p->n++] = took;
	}
	for (unsigned i = 0; i < PAIRS && rc > 0; i++) {
		rc = say(lab, c, p, 2, &took, err);
		p->pairs += rc > 0;
		p->at_once += rc > 0 && took < AT_ONCE;
	}
	judge(p);
	return rc;
}

static void tell(struct tc_finding *f, const struct policy *p)
{
	const double delay = (double)p->delay / (double)TC_S;
	/* A machine that was busy once is late once: who delays does it to most that come later. */
	const bool each = p->delayed * 2 <= p->n - p->quick, second = p->at_once * 2 > p->pairs;

	tc_finding_number(f, "segments_alone", p->n);
	tc_finding_number(f, "quick_at_the_start", p->quick);
	tc_finding_count(f, "delayed", p->delayed);
	tc_finding_count(f, "pairs_at_once", p->at_once);
	tc_finding_number(f, "pairs", p->pairs);
	if (each) {
		tc_finding_value(f, 0);
		tc_finding_told(f, "each", "%u of %u segments are acknowledged at once, and alone",
				p->n - p->delayed, p->n);
		return;
	}
	tc_finding_measure(f, "delay_s", delay);
	tc_finding_value(f, delay);
	tc_finding_told(f, p->delay > LATE ? "too-late" : second ? "each-second" : "seldom",
			"the first %u of %u segments that are sent alone are acknowledged at once, then "
			"one waits %.2g s for its ACK%s; of two together the second is acknowledged at "
			"once %u times of %u", p->quick, p->n, delay,
			p->delay > LATE ? ", which may be 0.5 s at most" : "", p->at_once, p->pairs);
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct policy p = { .n = 0 };
	struct tc_lab_conn *c;
	int rc = tc_lab_begin(lab, f, &c, NULL, err);

	if (rc <= 0)
		return rc;
	rc = measure(lab, c, &p, err);
	if (rc < 0)
		return rc;
	if (c->end != TC_LAB_ALIVE)
		tc_finding_blame(f, lab, c);
	else if (p.speaks)
		tc_finding_unknown(f, "speaks", "could not tell: the server answers, and its data "
				   "acknowledges ours; it needs one that reads and says nothing");
	else if (p.lost)
		tc_finding_unknown(f, "unacked", "could not tell: segment %u is not acknowledged in "
				   "%g s", p.n + 2 * p.pairs + 1, (double)lab->timeout / (double)TC_S);
	else
		tell(f, &p);
	return 0;
}
