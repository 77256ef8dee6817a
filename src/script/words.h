/* SPDX-License-Identifier: BSD-2-Clause */
/* Words of the language for those who carry scripts out. */
#ifndef SCRIPT_WORDS_H
#define SCRIPT_WORDS_H

#include <tcpcraft/script.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int tc_sc_prot_build(const struct tc_script_payload *p, const int64_t *values,
		     struct tc_buf *out, struct tc_error *err);

/* print.c: flags, an expression, a text in quotes. */
void tc_sc_print_flags(struct tc_buf *out, uint16_t flags);

/* ask.c: a switch that packetdrill has for its own runner; nothing for ours to do. */
bool tc_script_switch_is_foreign(const char *name);

#endif
