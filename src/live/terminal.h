/* SPDX-License-Identifier: BSD-2-Clause */
/* The peer's bytes on standard output: as they are for a file or a pipe, and with --binary;
 * on a terminal only what it cannot take for a command (base/text.h). */
#ifndef LIVE_TERMINAL_H
#define LIVE_TERMINAL_H

#include "base/text.h"

#include <stdbool.h>
#include <stdio.h>

struct json_t;
struct options;
struct tc_buf;

/*
 * Text to stdout or stderr, in whole lines; nobody else prints any. For people it is broken
 * at the terminal's width, or at $COLUMNS, and coloured as --color says; lines for programs
 * (JSON, CSV, TAP) stay lines in black and white. On a terminal, and in colours, what a
 * terminal would act on is shown escaped; else it goes out as it is. False: not all of it
 * went out. terminal_line adds the end of a line, terminal_say is a printf.
 */
bool terminal_write(const struct options *o, FILE *to, const void *text, size_t n);
bool terminal_line(const struct options *o, FILE *to, const struct tc_buf *line);
/* The text, if there is any, at once; it is freed. */
void terminal_give(const struct options *o, FILE *to, struct tc_buf *text);
bool terminal_say(const struct options *o, FILE *to, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Text that programs read, scripts among it: as terminal_write has lines of JSON. */
bool terminal_lines(FILE *to, const void *text, size_t n);
/* Columns that lines are broken at; 0: nowhere. */
unsigned terminal_width(FILE *to);
/* Is standard error a terminal on which a line can be written anew? */
bool terminal_moves(void);
/* A line of a terminal that replaces what stood on it, cut to its width; "" only wipes. */
void terminal_moving(FILE *to, const char *line);
/* A line of JSON on stdout; the value is gone. */
bool terminal_json(const struct options *o, struct json_t *line);

/* Standard output is a pipe, and nobody has its other end any more? */
bool output_is_unread(void);

struct terminal {
	bool escapes;			/* standard output is a terminal, and so asked */
	bool in_line;			/* the last byte was no '\n' */
	struct tc_text text;
};

struct terminal terminal_begin(const struct options *o);

/* Append to out what n of the peer's bytes are on standard output; terminal_flush writes it,
 * and empties out. */
void terminal_flush(struct tc_buf *out);
void terminal_put(struct terminal *t, struct tc_buf *out, const uint8_t *bytes, size_t n);

/* All of a reply, with that. */
void terminal_reply(const struct options *o, const uint8_t *bytes, size_t n);

/* There are no more: what waited, and a '\n' where a prompt would stand behind them. */
void terminal_end(struct terminal *t, struct tc_buf *out);

#endif
