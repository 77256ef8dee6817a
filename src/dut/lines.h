/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines over descriptors: of a stream, or datagrams with one each. One thread at a time. */
#ifndef DUT_LINES_H
#define DUT_LINES_H

#include "line.h"

#include <tcpcraft/clock.h>

struct tc_lines {
	int in, out;			/* of what is read and written */
	bool datagrams;
	bool passing;			/* over the rest of a line that is too long */
	size_t n;
	char bytes[TC_DUT_LINE];	/* that were read, and are of no line that was taken */
};

/* Write a line with its end, before `until` (monotonic). -EPIPE: nobody reads; -ETIMEDOUT. */
int tc_lines_put(struct tc_lines *l, const char *text, size_t n, tc_time until);

/*
 * The next line, without its end: its length, at most TC_DUT_LINE - 1; lines that are longer
 * are passed over. -ETIMEDOUT: none until then (INT64_MAX: waits); -EPIPE: there will be
 * no more; -ECONNREFUSED: nobody is at the other end.
 */
int tc_lines_get(struct tc_lines *l, char text[TC_DUT_LINE], tc_time until);

#endif
