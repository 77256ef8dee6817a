/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files that read a script share: the text with -D put in and comments taken out,
 * a place in it, and the memory of the tree. A first error is kept, later ones are not. */
#ifndef APP_SCRIPT_H
#define APP_SCRIPT_H

#include <tcpcraft/error.h>
#include <tcpcraft/script.h>

#include <string.h>

struct script_place {		/* in the text as it was given, from 1 */
	unsigned line, column;
};

struct script_cursor {
	const char *at, *text;			/* text ends with a NUL, and holds no other */
	const struct script_place *places;	/* of each byte, and of the end */
	struct tc_script *s;
	unsigned depth;
	struct tc_error *err;
};

/* script_text.c. Memory of the script (zeroed), or NULL with *err set. */
void *script_alloc(struct script_cursor *c, size_t n);
const char *script_keep(struct script_cursor *c, const char *bytes, size_t n);

/* Fill c->text and c->places, to be freed with script_text_close. */
int script_text_open(struct script_cursor *c, const char *text, size_t n,
		     const struct tc_script_define *d, size_t n_d);
void script_text_close(struct script_cursor *c);

/* script_lex.c. -EINVAL, with the line for a place or for here. */
int script_fail_at(struct script_cursor *c, const char *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int script_want(struct script_cursor *c, const char *what);	/* "expected WHAT, found …" */

struct script_place script_place(const struct script_cursor *c, const char *at);
void script_skip(struct script_cursor *c);		/* blanks */

/* Is this next (after blanks)? A word ends where the word does. */
bool script_is(struct script_cursor *c, const char *token);
bool script_accept(struct script_cursor *c, const char *token);
int script_expect(struct script_cursor *c, const char *token, const char *what);
bool script_is_word(struct script_cursor *c);
bool script_is_digit(struct script_cursor *c);

/* Letters, digits and _; with `dots` names of fields too. NULL with *err set. */
const char *script_word(struct script_cursor *c, bool dots, const char *what);
int script_number(struct script_cursor *c, int64_t *v, bool *hex);
int script_seconds(struct script_cursor *c, tc_time *t);
int script_string(struct script_cursor *c, const uint8_t **bytes, size_t *n);
int script_hex(struct script_cursor *c, const uint8_t **bytes, size_t *n);

/* One level deeper, and back. */
int script_enter(struct script_cursor *c);
static inline void script_leave(struct script_cursor *c)
{
	c->depth--;
}

/* script_expr.c */
int script_expr(struct script_cursor *c, const struct tc_script_expr **e);
bool script_constant(const struct tc_script_expr *e, int64_t *v);
int script_name(struct script_cursor *c, unsigned *slot);	/* one that is being given */
int script_slot(const struct script_cursor *c, const char *name);	/* or -1 */

/* script_packet.c: behind the time, at '<' or '>'. */
int script_packet(struct script_cursor *c, struct tc_script_event *e);
int script_pattern(struct script_cursor *c, struct tc_script_packet *p);
int script_span(struct script_cursor *c, const struct tc_script_expr **start,
		const struct tc_script_expr **end, const struct tc_script_expr **len);

/* script_fields.c: {FIELD=VALUE, …} if it is here, of one layer or any (NULL); a payload if
 * it is here; and the bytes of a PROT frame, names having these values (NULL: 0). */
int script_sets(struct script_cursor *c, bool sent, const char *layer,
		const struct tc_script_set **out);
int script_payload(struct script_cursor *c, struct tc_script_packet *p);
int script_prot_build(const struct tc_script_payload *p, const int64_t *values,
		      struct tc_buf *out, struct tc_error *err);

/* script_icmp.c: behind dir, ipinfo and "icmp" */
int script_icmp(struct script_cursor *c, struct tc_script_icmp *icmp);
/* script_call.c */
int script_call(struct script_cursor *c, struct tc_script_call *call);

/* script_print.c: an expression, and a text in quotes. */
void script_print_expr(struct tc_buf *out, const struct tc_script *s,
		       const struct tc_script_expr *e);
void script_print_string(struct tc_buf *out, const uint8_t *bytes, size_t n);
void script_print_call(struct tc_buf *out, const struct tc_script_call *c);
const char *script_icmp_type_name(uint8_t type);
const char *script_icmp_code_name(uint8_t type, uint8_t code);

#endif
