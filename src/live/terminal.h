/* SPDX-License-Identifier: BSD-2-Clause */
/* The peer's bytes on standard output: as they are for a file or a pipe, and with --binary;
 * on a terminal only what it cannot take for a command (tcpcraft/text.h). */
#ifndef LIVE_TERMINAL_H
#define LIVE_TERMINAL_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct options;
struct tc_buf;

/* Text for people to stdout or stderr, in whole lines: broken at the terminal's
 * width, or at $COLUMNS, and coloured as --color says; with --json, and where there is no
 * terminal, as it is. False: not all of it went out. terminal_line adds the end of a line. */
bool terminal_write(const struct options *o, FILE *to, const void *text, size_t n);
bool terminal_line(const struct options *o, FILE *to, const struct tc_buf *line);

/* Standard output is a pipe, and nobody has its other end any more? */
bool output_is_unread(void);

struct terminal {
	bool escapes;			/* standard output is a terminal, and so asked */
	bool in_line;			/* the last byte was no '\n' */
	struct tc_text text;
};

struct terminal terminal_begin(const struct options *o);

/* Append to out what n of the peer's bytes are on standard output. */
void terminal_put(struct terminal *t, struct tc_buf *out, const uint8_t *bytes, size_t n);

/* There are no more: what waited, and a '\n' where a prompt would stand behind them. */
void terminal_end(struct terminal *t, struct tc_buf *out);

#endif
