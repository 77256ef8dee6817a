/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finished text for a terminal: lines broken at its width where words and options end, and
 * colours on what a reader looks for. Text in, text out: who prints knows whether there is
 * a terminal, and how wide it is. Pure; any thread.
 */
#ifndef REPORT_LAYOUT_H
#define REPORT_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

struct tc_buf;

struct tc_layout {
	unsigned width;		/* columns of a line, 0 = no limit; below 20 counts as 20 */
	bool colour;		/* ECMA-48 SGR sequences, each ended on its line */
};

/* Append n bytes of text (UTF-8, whole lines) as `how` says; with neither width nor colour
 * they are appended as they are. A line goes on deeper than it began, a ladder's below its
 * payload. What is not broken: a field and its value (`win 65535`), a TCP option, a word,
 * unless it is longer than a line. Without memory out->failed is set. */
void tc_layout(struct tc_buf *out, const struct tc_layout *how, const char *text, size_t n);

#endif
