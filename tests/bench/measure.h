/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the benchmark programs share: rounds in which ours and theirs take turns, and the
 * row that tells what came of it. A figure is only good beside the other one of the same
 * round, so the ratio is the median of the rounds' ratios. Nothing is asserted.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <tcpcraft/clock.h>

#include <stdbool.h>

#define BENCH_ROUNDS_MAX 101

struct bench {
	const char *what;		/* "SYN through the field table" */
	const char *theirs;		/* "libnet build + coalesce" */
	const char *unit;		/* of the figures: "M/s", "us" */
	double target;			/* of ours / theirs */
	bool at_most;			/* the target is the most, not the least */
	unsigned n;			/* rounds so far */
	double ours[BENCH_ROUNDS_MAX];
	double other[BENCH_ROUNDS_MAX];
};

void bench_add(struct bench *b, double ours, double theirs);	/* one round */

/* A row on stdout and a JSON line at the end of the file that $BENCH_JSON names. */
void bench_report(const struct bench *b);

/* The same for what could not be measured here: which thing failed, and how, as of printf(3). */
__attribute__((format(printf, 2, 3))) void bench_skip(const char *what, const char *reason, ...);

/* Stay on one core, the last one we may use: for what is meant "on one core". */
void bench_pin(void);

/* Time that this thread has computed: other work on the machine does not count in it. */
tc_time bench_cpu_time(void);

/* Median of n values, which are sorted by it. */
double bench_median(double *values, unsigned n);

/* Keep the compiler from leaving out what nobody reads. */
static inline void bench_use(const void *p)
{
	__asm__ volatile("" : : "r"(p) : "memory");
}

#endif
