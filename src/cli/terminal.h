/* SPDX-License-Identifier: BSD-2-Clause */
/* The peer's bytes on standard output: as they are for a file or a pipe, and with --binary;
 * on a terminal only what it cannot take for a command (tcpcraft/text.h). */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <tcpcraft/text.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct options;
struct tc_buf;

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
