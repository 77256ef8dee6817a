/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * slow-start: how the window grows from round to round while nothing is lost. Each round all
 * that came is acknowledged, two segments at a time, as a receiver does.
 */
#include "flight.h"

#include <tcpcraft/seq.h>

#include <stdio.h>

TC_DEFINE_EXPERIMENT(slow_start, "slow-start",
	"how the window grows from one round trip to the next",
	"RFC 5681 3.1: by one segment at most for each ACK of new data",
	.ports = 8, .needs = TC_NEEDS_NO_RESET);

#define QUIET (60 * TC_MS)		/* the round is over; under any retransmission time-out */
#define ROUNDS 6
#define LONGEST 24			/* of the bars in the plot */

struct rounds {
	unsigned n, segments[ROUNDS];
	bool again;			/* one was sent again: the last round is not to be judged */
};

static int acknowledge(struct tc_lab *lab, struct tc_lab_conn *c, tc_seq to, unsigned mss,
		       struct tc_error *err)
{
	int rc = 0;

	while (c->rcv_nxt != to && rc >= 0) {
		uint32_t left = to - c->rcv_nxt;

		c->rcv_nxt += left < 2 * mss ? left : 2 * mss;
		rc = tc_lab_send(lab, c, TC_FLAG_ACK, NULL, 0, err);
	}
	return rc < 0 ? rc : 0;
}

/* Rounds as long as the server has full segments to send. */
static int watch(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_flight *fl, unsigned mss,
		 struct rounds *r, struct tc_error *err)
{
	int rc = 0;

	while (rc >= 0 && r->n < ROUNDS && fl->bytes && !fl->fin && fl->bytes % mss == 0) {
		r->again = fl->unit != 0;
		if (r->again)
			break;
		r->segments[r->n++] = fl->bytes / mss;
		rc = acknowledge(lab, c, fl->end, mss, err);
		if (rc >= 0)
			rc = tc_lab_flight(lab, c, fl->end, tc_lab_wait(lab, TC_S), QUIET, fl, err);
	}
	return rc < 0 ? rc : 0;
}

static void plot(struct tc_finding *f, const struct rounds *r)
{
	char text[150], name[32];
	size_t len = 0;

	for (unsigned i = 0; i < r->n && len < sizeof text - 16; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s%u", i ? " " : "",
					r->segments[i]);
	tc_finding_text(f, "segments_a_round", "%s", text);
	for (unsigned i = 0; i < r->n; i++) {
		unsigned bar = r->segments[i] * LONGEST / r->segments[r->n - 1];

		snprintf(name, sizeof name, "round_%u", i + 1);
		tc_finding_note(f, name, "%.*s", (int)(bar < LONGEST ? bar : LONGEST),
				"########################");
	}
}

static void tell(struct tc_finding *f, const struct rounds *r)
{
	double growth = r->n > 1 ? (double)r->segments[1] / r->segments[0] : 0;
	double last = r->n > 1 ? (double)r->segments[r->n - 1] / r->segments[r->n - 2] : 0;

	if (r->n < 3) {
		tc_finding_unknown(f, r->again ? "could-not-tell" : "too-short",
				   "could not tell: %u round%s of full segments, and three are "
				   "needed%s", r->n, r->n == 1 ? "" : "s", r->again ?
				   ": it sent one again, so an ACK of ours came late" :
				   "; --prefix gives a request for more");
		return;
	}
	plot(f, r);
	tc_finding_measure(f, "growth", growth);
	tc_finding_value(f, growth);
	if (growth > 2.1)
		tc_finding_told(f, "faster", "from the first round to the second it grows %.2g "
				"times: more than slow start may", growth);
	else if (growth >= 1.3)
		tc_finding_told(f, "slow-start", "%u segments in the first round, %.2g times as many "
				"in the second%s", r->segments[0], growth, last < 1.3 ?
				", and in the end no more: slow start is over" : ", and so on");
	else
		tc_finding_told(f, "does-not-grow", "%u segments in the first round, and %u in the "
				"second: the window does not grow", r->segments[0],
				r->segments[1]);
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	unsigned mss = tc_lab_mss(lab);
	struct rounds r = { 0 };
	struct tc_flight fl;
	struct tc_lab_conn *c;
	int rc = tc_lab_first_flight(lab, f, mss, &c, QUIET, &fl, err);

	if (rc > 0)
		rc = watch(lab, c, &fl, mss, &r, err);
	if (rc < 0 || f->verdict[0])
		return rc < 0 ? rc : 0;
	if (c->end != TC_LAB_ALIVE)
		tc_finding_blame(f, lab, c);
	else
		tell(f, &r);
	return 0;
}
