/* SPDX-License-Identifier: BSD-2-Clause */
/* Making a server send, and what the times of its segments, and those in them, say; see lab.h. */
#include "lab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BANNER_WAIT (300 * TC_MS)	/* for a server that speaks first */
#define ANSWER_WAIT TC_S
#define MUCH 300			/* within the first window of the smallest machines */
#define FIN_LATE 1.2			/* times what the control took, and ANSWER_WAIT */
#define TWICE (20 * TC_MS)		/* so close behind, it is a copy made on the way */
#define LATE 2.6			/* times the last interval: twice, and some */
#define LATE_AT_LEAST (500 * TC_MS)
#define EXACT 20			/* a twentieth is close enough */
#define UNEVEN 1.2			/* quotients that are no more apart are one */
#define EARLY 0.9			/* of the last interval: no timer is shorter than the last */

const void *tc_lab_question(const struct tc_lab *lab, size_t *n)
{
	static const char http[] = "HEAD / HTTP/1.0\r\n\r\n", line[] = "tcpcraft\r\n";
	const char *text = lab->cfg.echo ? line : http;

	*n = lab->cfg.prefix_len ? lab->cfg.prefix_len : strlen(text);
	return lab->cfg.prefix_len ? (const void *)lab->cfg.prefix : text;
}

/* Its first segment with something that asks to be acknowledged. */
static int await(struct tc_lab *lab, struct tc_lab_conn *c, tc_time wait,
		 struct tc_lab_frame **seen, struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + tc_lab_wait(lab, wait);
	int rc;

	while ((rc = tc_lab_next(lab, c, until, seen, err)) > 0)
		if (c->end != TC_LAB_ALIVE)
			return 0;
		else if ((*seen)->rx.kind == TC_RX_TCP && tc_seg_seq_len(&(*seen)->rx.seg) &&
			 !((*seen)->rx.seg.flags & TC_FLAG_SYN))
			return 1;
	return rc;
}

/* Where the server is known to close by itself: until its FIN is due, and some. */
static tc_time answer_wait(const struct tc_lab *lab, bool for_fin)
{
	const struct tc_unprovoked *u = &lab->usual;
	tc_time wait = ANSWER_WAIT;

	if (for_fin && u->habit == TC_HABIT_CLOSES)
		wait += (tc_time)(u->after_s * FIN_LATE * (double)TC_S);
	return tc_lab_wait(lab, wait);
}

/* One connection: nothing (n is 0) or n bytes. */
static int attempt(struct tc_lab *lab, const struct tc_lab_open *how, const void *bytes,
		   size_t n, struct tc_lab_conn **c, struct tc_lab_frame **seen,
		   struct tc_error *err)
{
	const struct tc_lab_conn *before = *c;
	struct tc_lab_open greeted = how ? *how : (struct tc_lab_open){ 0 };
	size_t began;
	int rc;

	greeted.greeting = true;
	rc = tc_lab_connect(lab, c, &greeted, err);
	if (*c)
		(*c)->before = before;
	if (rc > 0)
		rc = await(lab, *c, BANNER_WAIT, seen, err);
	if (rc != 0 || (*c)->end != TC_LAB_ALIVE)
		return rc;
	began = (*c)->cursor;
	rc = tc_lab_say(lab, *c, bytes, n, err);
	(*c)->cursor = began;		/* the answer may have come with the ACK */
	(*c)->awaited = answer_wait(lab, before && greeted.awaits_fin);
	return rc < 0 ? rc : await(lab, *c, (*c)->awaited, seen, err);
}

int tc_lab_provoke(struct tc_lab *lab, const struct tc_lab_open *how,
		   struct tc_lab_conn **c, struct tc_lab_frame **seen,
		   struct tc_error *err)
{
	size_t n;
	const void *question = tc_lab_question(lab, &n);
	char much[MUCH];
	int rc;

	if (how && how->much && lab->cfg.echo && !lab->cfg.prefix_len) {
		memset(much, 'e', MUCH);
		question = much;
		n = MUCH;
	}
	*c = NULL;
	rc = attempt(lab, how, question, n, c, seen, err);
	if (rc != 0 || !(*c)->opened)
		return rc;
	rc = tc_lab_hang_up(lab, *c, err);
	return rc < 0 ? rc : attempt(lab, how, "\n", 1, c, seen, err);
}

/* ---- clocks ----------------------------------------------------------------------- */

double tc_reading_hz(const struct tc_reading *first, const struct tc_reading *next,
		     const char **why)
{
	tc_time longer = (next->came - next->asked) - (first->came - first->asked);
	tc_time span = next->came - first->came;
	int32_t ticks = (int32_t)(next->value - first->value);

	if (llabs(longer) * EXACT > span)
		*why = "one of its answers took far longer than the other";
	else if (ticks < EXACT)		/* less than none are no clock */
		*why = "it ticks too seldom, or does not run";
	else
		return ticks * (double)TC_S / (double)span;
	return 0;
}

/* ---- schedules -------------------------------------------------------------------- */

void tc_schedule_add(struct tc_schedule *s, const struct tc_lab_frame *seen)
{
	if (s->n && seen->stamp - s->at[s->n - 1] < TWICE)
		return;
	if (s->n < TC_SCHEDULE_MAX)
		s->at[s->n++] = seen->stamp;
}

static double interval(const struct tc_schedule *s, unsigned i)
{
	return (double)(s->at[i + 1] - s->at[i]);
}

tc_time tc_schedule_over_at(const struct tc_schedule *s)
{
	tc_time late;

	if (s->n < 2)
		return INT64_MAX;
	late = (tc_time)(interval(s, s->n - 2) * LATE);
	if (late < LATE_AT_LEAST)
		late = LATE_AT_LEAST;
	return tc_clock_monotonic() - (tc_clock_realtime() - s->at[s->n - 1]) + late;
}

bool tc_schedule_cut_short(const struct tc_schedule *s, tc_time reset)
{
	double least = s->n < 2 ? (double)TC_FIRST_RTO : interval(s, s->n - 2) * EARLY;

	return s->n && (double)(reset - s->at[s->n - 1]) < least;
}

int tc_schedule_next(struct tc_lab *lab, struct tc_lab_conn *c, const struct tc_schedule *s,
		     tc_time until, struct tc_lab_frame **seen, bool *over, struct tc_error *err)
{
	tc_time ends = tc_schedule_over_at(s);

	*over = ends < until;
	return tc_lab_next(lab, c, *over ? ends : until, seen, err);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* What each interval is more than the one before, the least first. */
static unsigned quotients(const struct tc_schedule *s, double q[TC_SCHEDULE_MAX])
{
	unsigned n = 0;

	for (unsigned i = 0; i + 2 < s->n; i++)
		if (interval(s, i) > 0)
			q[n++] = interval(s, i + 1) / interval(s, i);
	qsort(q, n, sizeof *q, by_size);
	return n;
}

double tc_schedule_factor(const struct tc_schedule *s)
{
	double q[TC_SCHEDULE_MAX];
	unsigned n = quotients(s, q);

	return n ? q[n / 2] : 0;
}

/* A timer of few ticks doubles them, and not the time. */
const char *tc_schedule_growth(const struct tc_schedule *s, char text[TC_GROWTH_TEXT])
{
	double q[TC_SCHEDULE_MAX];
	unsigned n = quotients(s, q);

	text[0] = 0;
	if (n && q[n - 1] > q[0] * UNEVEN)
		snprintf(text, TC_GROWTH_TEXT, ", each wait %.2g to %.2g times the one before", q[0],
			 q[n - 1]);
	else if (n)
		snprintf(text, TC_GROWTH_TEXT, ", each wait %.2g times the one before", q[n / 2]);
	return text;
}

void tc_schedule_facts(const struct tc_schedule *s, struct tc_finding *f)
{
	char text[150] = "";
	size_t len = 0;

	for (unsigned i = 0; i < s->n && len < sizeof text - 12; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s%.3f", i ? " " : "",
					(double)(s->at[i] - s->at[0]) / (double)TC_S);
	if (s->n)
		tc_finding_note(f, "at_s", "%s", text);
	if (s->n >= 2)
		tc_finding_measure(f, "first_interval_s", interval(s, 0) / (double)TC_S);
	if (s->n >= 3)
		tc_finding_measure(f, "factor", tc_schedule_factor(s));
}
