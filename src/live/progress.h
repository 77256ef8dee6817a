/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How far long work is: one line on the terminal that standard error is, which the next one
 * replaces. Elsewhere, and with --quiet, there is none. Not thread-safe.
 */
#ifndef LIVE_PROGRESS_H
#define LIVE_PROGRESS_H

#include <tcpcraft/clock.h>

#include <stdbool.h>

struct options;

struct progress {		/* zero-initialise, but for o */
	const struct options *o;
	tc_time began, next;	/* monotonic; began: when it was first asked for */
	bool shown;
};

#define PROGRESS_NS (200 * TC_MS)	/* between two lines */

/* Is it time for a line, where one can be seen? Ask before it is made. */
bool progress_is_due(struct progress *p);

/* The line, without its end: cut to the terminal's width, escaped as terminal_write does. */
void progress_show(struct progress *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* "done of all what, about N s to go" at the pace until now: most work needs no more. Asks
 * progress_is_due by itself. */
void progress_count(struct progress *p, const char *what, uint64_t done, uint64_t all);

/* The line is taken away: before any other, and at the end. */
void progress_wipe(struct progress *p);

#endif
