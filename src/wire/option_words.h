/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading an option's text: words, numbers, bytes, and what to say of it when it is wrong. */
#ifndef WIRE_OPTION_WORDS_H
#define WIRE_OPTION_WORDS_H

#include <stdbool.h>
#include <stdint.h>

struct tc_buf;
struct tc_error;

/* One comma-separated piece of the text, while it is read. */
struct tc_opt_element {
	const char *text;	/* whole, blanks around it taken off */
	const char *end;
	const char *at;		/* what is not read yet */
	const char *form;	/* how it is written, for the message */
	struct tc_error *err;
};

/* -EINVAL: "option 'TEXT': why". */
int tc_opt_refuse(const struct tc_opt_element *el, const char *why);
int tc_opt_refuse_form(const struct tc_opt_element *el);	/* "write 'FORM'" */

void tc_opt_pass(struct tc_opt_element *el, const char *gaps);	/* any of these */
bool tc_opt_pass_word(struct tc_opt_element *el, const char *word);	/* blanks before it too */

/* Decimal or 0x…; never octal, which nobody means here. -EINVAL. */
int tc_opt_number(struct tc_opt_element *el, uint32_t min, uint32_t max, uint32_t *value);
int tc_opt_number64(struct tc_opt_element *el, uint64_t min, uint64_t max, uint64_t *value);

/* Append the bytes that are left. -EINVAL: they are not hexadecimal. */
int tc_opt_hex(struct tc_buf *out, struct tc_opt_element *el);

#endif
