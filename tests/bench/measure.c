/* SPDX-License-Identifier: BSD-2-Clause */
/* Medians, quartiles, and the two ways to tell them. See measure.h. */
#include "measure.h"

#include <jansson.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BENCH_ROW "%-32s %-24s "	/* what, against what */

struct spread {
	double low, median, high;	/* quartiles */
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_median(double *values, unsigned n)
{
	qsort(values, n, sizeof *values, compare);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static struct spread spread_of(const double *values, unsigned n)
{
	double sorted[BENCH_ROUNDS_MAX];
	struct spread s;

	for (unsigned i = 0; i < n; i++)
		sorted[i] = values[i];
	s.median = bench_median(sorted, n);
	s.low = sorted[(n - 1) / 4];
	s.high = sorted[3 * (n - 1) / 4];
	return s;
}

static struct spread ratios_of(const struct bench *b)
{
	double ratio[BENCH_ROUNDS_MAX];

	for (unsigned i = 0; i < b->n; i++)
		ratio[i] = b->ours[i] / b->other[i];
	return spread_of(ratio, b->n);
}

void bench_add(struct bench *b, double ours, double theirs)
{
	if (b->n == BENCH_ROUNDS_MAX)
		return;
	b->ours[b->n] = ours;
	b->other[b->n++] = theirs;
}

static void write_line(json_t *line)
{
	const char *name = getenv("BENCH_JSON");
	FILE *f = name ? fopen(name, "a") : NULL;

	if (f) {
		json_dumpf(line, f, JSON_COMPACT | JSON_REAL_PRECISION(5));
		fputc('\n', f);
		fclose(f);
	}
	json_decref(line);
}

/* Without a target there is no verdict: the row is for information. */
static const char *verdict(const struct bench *b, double ratio)
{
	if (b->target == 0)
		return "-";
	if (b->at_most ? ratio <= b->target : ratio >= b->target)
		return "met";
	return "MISSED";
}

static void print_row(const struct bench *b, double ours, double theirs, struct spread r)
{
	char target[16] = "-";

	if (b->target != 0)
		snprintf(target, sizeof target, "%s %g", b->at_most ? "<=" : ">=", b->target);
	printf(BENCH_ROW "%9.3g %9.3g %-4s %7.2f  %6.2f to %-6.2f %-7s %s\n", b->what,
	       b->theirs, ours, theirs, b->unit, r.median, r.low, r.high, target,
	       verdict(b, r.median));
	fflush(stdout);
}

void bench_report(const struct bench *b)
{
	struct spread ours = spread_of(b->ours, b->n), other = spread_of(b->other, b->n);
	struct spread r = ratios_of(b);
	json_t *line = json_pack("{ss ss ss ss sf sf sf s[ff] si}", "type", "bench",
				 "what", b->what, "against", b->theirs, "unit", b->unit,
				 "ours", ours.median, "theirs", other.median,
				 "ratio", r.median, "quartiles", r.low, r.high,
				 "rounds", (int)b->n);

	print_row(b, ours.median, other.median, r);
	if (b->target != 0) {
		json_object_set_new(line, b->at_most ? "at_most" : "at_least",
				    json_real(b->target));
		json_object_set_new(line, "met",
				    json_boolean(strcmp(verdict(b, r.median), "met") == 0));
	}
	write_line(line);
}

void bench_skip(const char *what, const char *reason, ...)
{
	char why[512];
	va_list words;

	va_start(words, reason);
	vsnprintf(why, sizeof why, reason, words);
	va_end(words);
	printf("%-32s not measured: %s\n", what, why);
	fflush(stdout);
	write_line(json_pack("{ss ss ss}", "type", "skipped", "what", what, "reason", why));
}

void bench_pin(void)
{
	cpu_set_t all, one;
	size_t last = CPU_SETSIZE - 1;

	if (sched_getaffinity(0, sizeof all, &all) < 0)
		return;
	while (last > 0 && !CPU_ISSET(last, &all))
		last--;
	CPU_ZERO(&one);
	CPU_SET(last, &one);
	sched_setaffinity(0, sizeof one, &one);
}

tc_time bench_cpu_time(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (tc_time)ts.tv_sec * TC_S + ts.tv_nsec;
}
