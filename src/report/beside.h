/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two ladders beside each other: what came of the same segments at two peers. Those of ours
 * hold them together; what stands between two of ours is a peer's answer, and is what is
 * compared: flags, numbers and payload, and whether it took far longer. Windows and options
 * are shown or asked for by who wants them, not compared: no two systems have the same.
 * A struct of fixed size without pointers: a child may fill it for its parent.
 */
#ifndef REPORT_BESIDE_H
#define REPORT_BESIDE_H

#include <tcpcraft/clock.h>
#include <tcpcraft/segment.h>

struct tc_buf;
struct tc_diff;

#define TC_BESIDE_ROWS 1024		/* of each side; what comes later is left out */

struct tc_beside_side {
	tc_time start, ours_at;		/* of the first, and of the last of ours */
	unsigned line;			/* of the script, so far */
	unsigned n, left_out;
	struct tc_beside_row {
		tc_time at, after;	/* since the first; since ours before it */
		bool ours;
		unsigned line;		/* that it belongs to; 0: of no script */
		uint32_t sum;		/* of the payload */
		char where[16];		/* "line 7" */
		char text[80];		/* "P. seq 1:6 (5) ack 1" */
		char window[12];
	} rows[TC_BESIDE_ROWS];
};

/* A segment, or an ICMP error, as it was captured. isn: what its numbers count from. line:
 * of a script, that sent it or was met by it; 0: none. */
void tc_beside_add(struct tc_beside_side *s, const struct tc_rx *rx, bool ours, tc_time stamp,
		   struct tc_isns isn, unsigned line);

/* In what the peers differ, up to and with the script's line `last` (0: to the end). The
 * texts are the sides'. */
void tc_beside_diff(struct tc_diff *d, const struct tc_beside_side *a,
		    const struct tc_beside_side *b, unsigned last);

/* Append both in two columns under their names, each line with this before it, a '|' between
 * what is alike and a '#' between what is not. */
void tc_beside_put(struct tc_buf *out, const char *before, const char *name_a,
		   const struct tc_beside_side *a, const char *name_b,
		   const struct tc_beside_side *b);

#endif
