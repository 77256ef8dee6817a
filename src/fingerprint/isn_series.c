/* SPDX-License-Identifier: BSD-2-Clause */
/* Initial sequence numbers: their clock, their step, and what of them is unknown; isn_series.h. */
#include "isn_series.h"

#include <math.h>
#include <stdlib.h>

#define CHANCE 1e-6			/* a step is believed that is less likely than this */

static double seconds(const struct tc_isn_series *a, unsigned i, unsigned j)
{
	tc_time d = a->s[j].at - a->s[i].at;

	return (double)(d > 0 ? d : 1) / (double)TC_S;	/* stamps may be one */
}

/* What was added, as far as the 32 bits tell. */
static int32_t growth(const struct tc_isn_series *a, unsigned i, unsigned j)
{
	return (int32_t)(a->s[j].isn - a->s[i].isn);
}

/* What the numbers of a series grow by in a second; *steady: each step fits within a tenth
 * and all go forward. */
static double clock_of(const struct tc_isn_series *a, bool *steady)
{
	double rate = 0, each;
	unsigned ahead = 0, near = 0;

	if (a->n >= 2)
		rate = growth(a, 0, a->n - 1) / seconds(a, 0, a->n - 1);
	for (unsigned i = 1; i < a->n; i++) {
		ahead += tc_seq_gt(a->s[i].isn, a->s[i - 1].isn);
		each = growth(a, i - 1, i) / seconds(a, i - 1, i);
		near += fabs(each - rate) <= fabs(rate) * 0.1;
	}
	*steady = a->n >= 2 && ahead == a->n - 1;
	/* a number drawn by lot goes forward every other time; a clock keeps its pace */
	*steady = *steady && (near * 2 >= a->n || a->n > 6);
	return rate;
}

static double spread(const double *v, unsigned n)
{
	double mean = 0, sum = 0;

	for (unsigned i = 0; i < n; i++)
		mean += v[i] / n;
	for (unsigned i = 0; i < n; i++)
		sum += (v[i] - mean) * (v[i] - mean);
	return n ? sqrt(sum / n) : 0;
}

/* The spread of the differences, less what the clock explains, taken as uniform. */
static double spread_bits(const struct tc_isn_series *a, double rate)
{
	double *off = a->n < 2 ? NULL : calloc(a->n, sizeof *off), s, bits;

	if (!off)
		return 0;
	for (unsigned i = 1; i < a->n; i++)
		off[i - 1] = (double)(int32_t)((uint32_t)growth(a, i - 1, i) -
					       (uint32_t)(int64_t)fmod(rate * seconds(a, i - 1, i),
								       4294967296.0));
	s = spread(off, a->n - 1);
	free(off);
	bits = s > 0.3 ? log2(s * sqrt(12)) : 0;
	return bits > 32 ? 32 : bits < 0 ? 0 : bits;
}

uint32_t tc_isn_gcd(uint32_t a, uint32_t b)
{
	while (b) {
		uint32_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static uint32_t size(int64_t v)
{
	return (uint32_t)(v < 0 ? -v : v);
}

/*
 * What all differences have in common. A counter wraps from one number to the next at most
 * once, which the signed difference sees through; a number that is drawn as k times a step
 * does not wrap at all, so that the numbers themselves are compared. The greater one holds.
 */
static uint32_t common(const struct tc_isn_series *a)
{
	uint32_t wraps = 0, plain = 0;

	for (unsigned i = 1; i < a->n; i++) {
		wraps = tc_isn_gcd(wraps, size(growth(a, i - 1, i)));
		plain = tc_isn_gcd(plain, size((int64_t)a->s[i].isn -
					       (int64_t)a->s[i - 1].isn));
	}
	return wraps > plain ? wraps : plain;
}

/* n - 1 differences that were drawn by lot are all multiples of `step` by 1 in step^(n-1);
 * one is spent on finding it. */
static uint32_t step_of(const struct tc_isn_series *a)
{
	uint32_t step = common(a);

	return step > 1 && pow(step, -((double)a->n - 2)) > CHANCE ? 1 : step;
}

void tc_isn_analyse(struct tc_isn_traits *t, const struct tc_isn_series *many,
		    const struct tc_isn_series *same)
{
	double plain, clocked, known;

	t->rate = clock_of(same, &t->steady);
	t->step = step_of(many);
	plain = spread_bits(many, 0);
	clocked = t->steady ? spread_bits(many, t->rate) : plain;
	known = t->step > 1 ? log2(t->step) : 0;
	t->bits = fmin(clocked, plain) - known;
	if (t->bits < 0)
		t->bits = 0;
}
