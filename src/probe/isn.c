/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * isn: initial sequence numbers. On one four-tuple, again and again, they must grow as a
 * clock does, so that an old connection's segments fit no new one (RFC 9293 3.4.1); over
 * many four-tuples nothing of the kind may show (RFC 6528). Handshakes that are begun are
 * reset, none is completed. A client's numbers are those of its calls, which are refused.
 */
#include "fingerprint/isn_series.h"
#include "lab/lab.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

TC_DEFINE_EXPERIMENT(isn, "isn",
	"how initial sequence numbers are chosen, and how well one can be guessed",
	"RFC 9293 3.4.1 (MUST-8, SHLD-1); RFC 6528 3",
	.ports = 64, .harmless = true, .asks = TC_ASKS_BOTH);

#define SAMPLES 32
#define SAME 8
#define SAME_LEAST 4
#define MANY_LEAST 4
#define BETWEEN (20 * TC_MS)		/* samples of one four-tuple */
#define TRIES 3
#define SILENT_MOST 2			/* SYNs that a connection still held on their ports takes */
#define CALLS 16			/* of clients: each takes the time that it takes */

/* A challenge: our reset of the SYN before was lost, and the peer still waits for it. */
static int clear(struct tc_lab *lab, struct tc_lab_conn *c, const struct tc_rx *rx,
		 struct tc_error *err)
{
	struct tc_lab_seg rst;

	tc_lab_make(c, TC_FLAG_RST, &rst);
	rst.seq = rx->seg.ack;
	return tc_lab_put(lab, c, &rst, err);
}

/* One SYN; 1 and a sample, 0: c->end says why. It is reset at once. */
static int take(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_isn_series *out,
		struct tc_error *err)
{
	struct tc_lab_frame *seen;
	int rc;

	for (int i = 0; i < TRIES; i++) {
		tc_time until = tc_clock_monotonic() + TC_S / 2;

		c->snd_nxt = c->iss;
		rc = tc_lab_send(lab, c, TC_FLAG_SYN, NULL, 0, err);
		while (rc >= 0 && (rc = tc_lab_next(lab, c, until, &seen, err)) > 0) {
			if (seen->rx.kind == TC_RX_TCP && seen->rx.seg.flags == TC_FLAG_ACK)
				rc = clear(lab, c, &seen->rx, err);
			if (rc < 0)
				return rc;
			if (seen->rx.kind != TC_RX_TCP || seen->rx.seg.ack != c->snd_nxt)
				continue;
			if (!(seen->rx.seg.flags & TC_FLAG_SYN)) {
				c->end = TC_LAB_REFUSED;
				return 0;
			}
			out->s[out->n++] = (struct tc_isn_sample){ seen->rx.seg.seq, seen->stamp };
			seen->cited = out->n <= 4;
			rc = tc_lab_hang_up(lab, c, err);
			return rc < 0 ? rc : 1;
		}
		if (rc < 0)
			return rc;
	}
	c->end = TC_LAB_NO_ANSWER;
	return 0;
}

/* *c is the last that was answered, as it is to be asked again; of too few it is the last of all. */
static int over_tuples(struct tc_lab *lab, struct tc_isn_series *out, unsigned n,
		       struct tc_lab_conn **c, struct tc_error *err)
{
	struct tc_lab_conn *answered = NULL;
	unsigned silent = 0;
	int rc = 1;

	for (unsigned i = 0; i < n && rc > 0; i++) {
		*c = tc_lab_conn(lab);
		if (!*c)
			return tc_nomem(err);
		rc = take(lab, *c, out, err);
		if (rc > 0)
			answered = *c;
		else if (rc == 0 && (*c)->end == TC_LAB_NO_ANSWER && silent++ < SILENT_MOST)
			rc = 1;
	}
	if (rc > 0 && out->n >= MANY_LEAST)
		*c = answered;
	return rc;
}

/* Of clients: *many, or *same where they all call from one port. */
static int over_calls(struct tc_lab *lab, struct tc_isn_series *many,
		      struct tc_isn_series *same, unsigned n, struct tc_lab_conn **c,
		      struct tc_error *err)
{
	struct tc_isn_series calls = *many, none = *same;
	struct tc_lab_frame *seen;
	bool one_port = true;
	uint16_t port = 0;
	int rc = 1;

	for (unsigned i = 0; i < n && rc > 0; i++) {
		rc = tc_lab_next_call(lab, c, &seen, err);
		if (rc <= 0)
			break;
		seen->cited = i < 4;
		calls.s[calls.n++] = (struct tc_isn_sample){ (*c)->irs, seen->stamp };
		one_port &= i == 0 || (*c)->flow.remote_port == port;
		port = (*c)->flow.remote_port;
		rc = tc_lab_hang_up(lab, *c, err);
		rc = rc < 0 ? rc : 1;
	}
	*many = one_port ? none : calls;
	*same = one_port ? calls : none;
	return rc;
}

/* The same ports each time, with a higher number of ours. */
static int on_one(struct tc_lab *lab, struct tc_isn_series *out, struct tc_lab_conn *c,
		  struct tc_error *err)
{
	int rc = 1;

	for (unsigned i = 0; i < SAME && rc > 0; i++) {
		rc = tc_lab_sleep(lab, tc_clock_monotonic() + BETWEEN, err);
		if (rc < 0)
			return rc;
		c->iss += 100000;
		c->snd_una = c->waits_for = c->iss;
		c->end = TC_LAB_ALIVE;
		rc = take(lab, c, out, err);
	}
	return rc;
}

/* So much is each number more than the one before; 0: it is not the same each time. */
static uint32_t counts_by(const struct tc_isn_series *a)
{
	uint32_t by = a->n > 1 ? a->s[1].isn - a->s[0].isn : 0;

	for (unsigned i = 2; i < a->n; i++)
		if (a->s[i].isn - a->s[i - 1].isn != by)
			return 0;
	return by;
}

/* "; all are multiples of 64000 apart", or nothing. */
#define STEP_TEXT 64
static const char *step_text(const struct tc_isn_traits *t, uint32_t by, char text[STEP_TEXT])
{
	text[0] = 0;
	if (by)
		snprintf(text, STEP_TEXT, "; each is %u more than the one before", by);
	else if (t->step == 0)
		snprintf(text, STEP_TEXT, "; it is the same each time");
	else if (t->step > 1)
		snprintf(text, STEP_TEXT, "; all are multiples of %u apart", t->step);
	return text;
}

/* How often a number is less than the one before, and how often it is the same. */
static void count_falls(const struct tc_isn_series *a, unsigned *falls, unsigned *again)
{
	*falls = *again = 0;
	for (unsigned i = 1; i < a->n; i++) {
		*falls += tc_seq_lt(a->s[i].isn, a->s[i - 1].isn);
		*again += a->s[i].isn == a->s[i - 1].isn;
	}
}

/* Few that only grow, though not at one pace, may be a clock's that came late. */
static bool only_grow(const struct tc_isn_series *a)
{
	unsigned falls, again;

	count_falls(a, &falls, &again);
	return !falls && !again;
}

/* On one four-tuple, where they are not seen to grow as a clock does. One that ticks seldom draws
 * one number twice. */
static void tell_unsteady(struct tc_finding *f, const struct tc_isn_series *a)
{
	unsigned falls, again;

	count_falls(a, &falls, &again);
	if (only_grow(a))
		tc_finding_note(f, "same_tuple_monotonic", "could not tell: %u answered", a->n);
	else
		tc_finding_text(f, "same_tuple_monotonic", "%s", !falls && again < a->n - 1 ?
				"no: none is less, but some come again" : "no");
}

static void facts(struct tc_finding *f, const struct tc_isn_traits *t, unsigned many,
		  const struct tc_isn_series *same)
{
	double bits = floor(t->bits * 10) / 10;

	tc_finding_number(f, "tuples", many);
	tc_finding_number(f, "same_tuple", same->n);
	tc_finding_measure(f, "bits_unknown", bits);
	if (t->step > 1)
		tc_finding_number(f, "step", t->step);
	if (t->steady) {
		tc_finding_text(f, "same_tuple_monotonic", "yes");
		tc_finding_measure(f, "same_tuple_per_s", floor(t->rate));
	} else {
		tell_unsteady(f, same);
	}
	tc_finding_value(f, bits);
}

static void tell(struct tc_finding *f, const struct tc_isn_series *many,
		 const struct tc_isn_series *same)
{
	uint32_t by = counts_by(many);
	struct tc_isn_traits t;
	char step[STEP_TEXT];

	tc_isn_analyse(&t, many, same);
	facts(f, &t, many->n, same);
	step_text(&t, by, step);
	if (by)
		tc_finding_number(f, "counts_by", by);
	if (t.bits < TC_ISN_GUESSABLE)
		tc_finding_told(f, "predictable", "the next initial number can be guessed: %.1f "
				"bits of it are unknown to who has seen the one before (RFC "
				"6528 wants 32)%s", t.bits, step);
	else if (t.step > 1 || t.bits < TC_ISN_BITS)
		tc_finding_told(f, "weak", "about %.0f bits of the next initial number are "
				"unknown to who has seen the one before: RFC 6528 wants all "
				"32%s", t.bits, step);
	else if (t.steady)
		tc_finding_told(f, "rfc6528", "unrelated over %u four-tuples (about %.0f bits "
				"unknown), and on one growing by %.3g a second: as RFC 6528 "
				"says", many->n, t.bits, t.rate);
	else if (same->n < SAME_LEAST || only_grow(same))
		tc_finding_told(f, "unguessable", "unrelated over %u four-tuples (about %.0f bits "
				"unknown); how they grow on one was not seen", many->n, t.bits);
	else
		tc_finding_told(f, "random", "about %.0f bits unknown over %u four-tuples, but "
				"on one of them the numbers do not grow: safe from guessing, not "
				"from segments of an older connection (RFC 9293 3.4.1)", t.bits,
				many->n);
}

/* Every call came from one port: how numbers differ between ports was not seen. */
static void tell_one(struct tc_finding *f, const struct tc_isn_series *same)
{
	uint32_t by = counts_by(same);
	struct tc_isn_traits t;
	char step[STEP_TEXT];

	tc_isn_analyse(&t, same, same);
	tc_finding_number(f, "same_tuple", same->n);
	if (by)
		tc_finding_number(f, "counts_by", by);
	step_text(&t, by, step);
	tc_finding_told(f, t.step == 0 ? "constant" : by ? "counts" : t.steady ? "clock" :
			"varies", "every call is from one port, where the number shall grow as a "
			"clock does (RFC 9293 3.4.1): it %s%s", t.steady && !by ? "does" :
			"does not", step);
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	unsigned usual = lab->cfg.clients ? CALLS : SAMPLES;
	unsigned n = lab->cfg.most ? lab->cfg.most : usual;
	struct tc_isn_series many = { calloc(n, sizeof *many.s), 0 };
	struct tc_isn_series same = { calloc(SAME, sizeof *same.s), 0 };
	struct tc_lab_conn *c = NULL;
	int rc = many.s && same.s ? 0 : tc_nomem(err);

	if (rc >= 0 && lab->cfg.clients)
		rc = over_calls(lab, &many, &same, n, &c, err);
	else if (rc >= 0)
		rc = over_tuples(lab, &many, n, &c, err);
	if (rc > 0 && !lab->cfg.clients)
		rc = on_one(lab, &same, c, err);
	if (rc >= 0 && lab->cfg.clients && same.n >= SAME_LEAST)
		tell_one(f, &same);
	else if (rc >= 0 && many.n < MANY_LEAST)
		tc_finding_blame(f, lab, c);
	else if (rc >= 0)
		tell(f, &many, &same);
	free(many.s);
	free(same.s);
	return rc < 0 ? rc : 0;
}
