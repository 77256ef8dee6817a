/* SPDX-License-Identifier: BSD-2-Clause */
/* Two accounts of one thing beside each other: in what they differ. What compares two peers
 * (probe compare, fuzz --against, run --against) has this in common. */
#ifndef TCPCRAFT_DIFF_H
#define TCPCRAFT_DIFF_H

#include <tcpcraft/clock.h>

#include <stdbool.h>

struct tc_buf;

#define TC_DIFF_MAX 80

/* Texts are borrowed; "" where one side has none. */
struct tc_diff {
	struct tc_difference {
		const char *name, *a, *b;
	} at[TC_DIFF_MAX];
	unsigned n;			/* those over TC_DIFF_MAX are left out */
};

void tc_diff_add(struct tc_diff *d, const char *name, const char *a, const char *b);

/* The same, if the texts are not equal. */
void tc_diff_text(struct tc_diff *d, const char *name, const char *a, const char *b);

/* "slow" against "at once", if one took far longer: by 30 ms at least, and four times as long. */
void tc_diff_time(struct tc_diff *d, const char *name, tc_time a, tc_time b);

/* Measures are about the same where they differ by less than a quarter of the larger one. */
bool tc_diff_alike(double a, double b);

/* Append "name: A against B; …". */
void tc_diff_put(struct tc_buf *out, const struct tc_diff *d);

#endif
