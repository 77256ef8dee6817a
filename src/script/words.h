/* SPDX-License-Identifier: BSD-2-Clause */
/* Words of the language for those who carry scripts out. */
#ifndef SCRIPT_WORDS_H
#define SCRIPT_WORDS_H

#include <tcpcraft/script.h>

int tc_sc_frame_build(const struct tc_script_payload *p, const int64_t *values,
		     struct tc_buf *out, struct tc_error *err);

/* expr.c: is it a plain number? options.c: bytes of a packet's options, without padding. */
bool tc_sc_constant(const struct tc_script_expr *e, int64_t *v);
size_t tc_sc_options_len(const struct tc_script_packet *p);
/* The counters of an AccECN option, each behind a blank; false: it is none. */
bool tc_sc_print_accecn(struct tc_buf *out, uint8_t kind, const uint8_t *d, size_t n);

/* print.c: flags, an expression, a text in quotes. */
void tc_sc_print_flags(struct tc_buf *out, uint16_t flags);

/* expr.c: of enum tc_script_compare, the longer first. */
extern const char *const tc_sc_compare[TC_COMPARE_COUNT];

/* ask.c: one of packetdrill's for its own runner? 0: nothing for ours to do; -EOPNOTSUPP: the
 * script is not the same without; -EINVAL: there is no such switch. */
int tc_script_check_switch(const struct tc_script *s, const struct tc_script_switch *w,
			   struct tc_error *err);

#endif
