/* SPDX-License-Identifier: BSD-2-Clause */
/* Differences; see tcpcraft/diff.h. */
#include <tcpcraft/buf.h>
#include <tcpcraft/diff.h>

#include <math.h>
#include <string.h>

#define ALIKE 0.25
#define NOISE (30 * TC_MS)	/* a difference in time of less is none */
#define SLOWER 4		/* nor is one that is not so many times as much */

void tc_diff_add(struct tc_diff *d, const char *name, const char *a, const char *b)
{
	if (d->n < TC_DIFF_MAX)
		d->at[d->n++] = (struct tc_difference){ name, a, b };
}

void tc_diff_text(struct tc_diff *d, const char *name, const char *a, const char *b)
{
	if (strcmp(a, b) != 0)
		tc_diff_add(d, name, a, b);
}

static const char *speed(tc_time own, tc_time other)
{
	return own > other + NOISE && own > SLOWER * other ? "slow" : "at once";
}

void tc_diff_time(struct tc_diff *d, const char *name, tc_time a, tc_time b)
{
	tc_diff_text(d, name, speed(a, b), speed(b, a));
}

bool tc_diff_alike(double a, double b)
{
	return fabs(a - b) <= ALIKE * fmax(fabs(a), fabs(b));
}

void tc_diff_put(struct tc_buf *out, const struct tc_diff *d)
{
	for (unsigned i = 0; i < d->n; i++)
		tc_buf_printf(out, "%s%s: %s against %s", i ? "; " : "", d->at[i].name,
			      *d->at[i].a ? d->at[i].a : "-", *d->at[i].b ? d->at[i].b : "-");
}
