/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files that read a script share: the text with -D put in and comments taken out,
 * a place in it, and the memory of the tree. A first error is kept, later ones are not. */
#ifndef SCRIPT_OWN_H
#define SCRIPT_OWN_H

#include "words.h"

#include <tcpcraft/error.h>

#include <string.h>

struct script_place {		/* in the text as it was given, from 1 */
	unsigned line, column;
};

#define TOLD_MOST 100		/* errors of one script */

struct script_cursor {
	const char *at, *text; /* text ends with a NUL, and holds no other */
	const struct script_place *places;	/* of each byte, and of the end */
	struct tc_script *s;
	unsigned depth;
	const struct tc_header *frame;	/* that may be named besides PROT, or NULL */
	struct tc_error *err;
	void (*tell)(void *ctx, const struct tc_error *err); /* each error, or NULL: the first */
	void *ctx;
	int told;			/* of these, at most TOLD_MOST */
	const char *failed, *last_told;	/* where the error is, and that before it was */
};

/* text.c. Memory of the script (zeroed), or NULL with *err set. */
void *tc_sc_alloc(struct script_cursor *c, size_t n);
const char *tc_sc_keep(struct script_cursor *c, const char *bytes, size_t n);

/* Fill c->text and c->places, to be freed with script_text_close. */
int tc_sc_text_open(struct script_cursor *c, const char *text, size_t n,
		    const struct tc_script_define *d, size_t n_d);
void tc_sc_text_close(struct script_cursor *c);

/* lex.c. -EINVAL, with the line for a place or for here. */
int tc_sc_fail_at(struct script_cursor *c, const char *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int tc_sc_want(struct script_cursor *c, const char *what); /* "expected WHAT, found …" */

struct script_place tc_sc_place(const struct script_cursor *c, const char *at);
const char *tc_sc_skip(struct script_cursor *c);	/* blanks; then c->at */
void tc_sc_here(struct script_cursor *c, unsigned *line, unsigned *column); /* behind them */

/* Is this next (after blanks)? A word ends where the word does. */
bool tc_sc_is(struct script_cursor *c, const char *token);
bool tc_sc_accept(struct script_cursor *c, const char *token);
int tc_sc_expect(struct script_cursor *c, const char *token, const char *what);
bool tc_sc_is_word(struct script_cursor *c);
bool tc_sc_is_digit(struct script_cursor *c);

/* times.c: the time of an event; T...T of a call that may block, of which both count from the same
 * moment; does one stand here? is it a range? */
int tc_sc_time(struct script_cursor *c, struct tc_script_time *t);
int tc_sc_until(struct script_cursor *c, struct tc_script_event *e);
bool tc_sc_begins_time(struct script_cursor *c);
bool tc_sc_is_window(const struct tc_script_time *t);

/* Letters, digits and _; with `dots` names of fields too. NULL with *err set. */
const char *tc_sc_word(struct script_cursor *c, bool dots, const char *what);
int tc_sc_number(struct script_cursor *c, int64_t *v, bool *hex);
int tc_sc_number_to(struct script_cursor *c, int64_t most, const char *what, int64_t *v);
/* 0, or v, which stands there, is more. */
int tc_sc_at_most(struct script_cursor *c, const char *at, const char *what, int64_t v, int64_t most);
int tc_sc_seconds(struct script_cursor *c, tc_time *t);
int tc_sc_string(struct script_cursor *c, const uint8_t **bytes, size_t *n);
int tc_sc_hex(struct script_cursor *c, const uint8_t **bytes, size_t *n);

/* One level deeper, and back. */
int tc_sc_enter(struct script_cursor *c);
static inline void tc_sc_leave(struct script_cursor *c)
{
	c->depth--;
}

/* expr.c */
int tc_sc_expr(struct script_cursor *c, const struct tc_script_expr **e);
/* An expression; if it is a constant, it must be at most max, which a header's field can hold. */
int tc_sc_bounded(struct script_cursor *c, const char *what, int64_t max,
		  const struct tc_script_expr **e);
int tc_sc_name(struct script_cursor *c, unsigned *slot); /* one that is being given */
int tc_sc_slot(const struct script_cursor *c, const char *name);	/* or -1 */

/* packet.c: behind the time, at '<' or '>'. */
int tc_sc_packet(struct script_cursor *c, struct tc_script_event *e);
int tc_sc_pattern(struct script_cursor *c, struct tc_script_packet *p);
int tc_sc_span(struct script_cursor *c, const struct tc_script_expr **start,
	       const struct tc_script_expr **end, const struct tc_script_expr **len);

/* options.c: <OPTION, …> if they are here. */
int tc_sc_options(struct script_cursor *c, struct tc_script_packet *p);
void tc_sc_print_option(struct tc_buf *out, const struct tc_script *s,
			const struct tc_script_option *o);

/* fields.c: {FIELD=VALUE, …} if it is here, of one layer or any (NULL); a payload if
 * it is here; and the bytes of a PROT frame, names having these values (NULL: 0). */
int tc_sc_sets(struct script_cursor *c, bool sent, const struct tc_header *layer,
	       const struct tc_script_set **out);
int tc_sc_payload(struct script_cursor *c, struct tc_script_packet *p);

/* icmp.c: behind dir, ipinfo and "icmp" */
int tc_sc_icmp(struct script_cursor *c, struct tc_script_icmp *icmp);
/* call.c */
int tc_sc_call(struct script_cursor *c, struct tc_script_call *call);

void tc_sc_print_expr(struct tc_buf *out, const struct tc_script *s,
		      const struct tc_script_expr *e);
/* The text `before` and the expression; nothing if e is NULL. */
void tc_sc_print_number(struct tc_buf *out, const struct tc_script *s, const char *before,
			const struct tc_script_expr *e);
void tc_sc_print_string(struct tc_buf *out, const uint8_t *bytes, size_t n);
void tc_sc_print_call(struct tc_buf *out, const struct tc_script_call *c);
const char *tc_sc_icmp_type_name(uint8_t family, uint8_t type);
const char *tc_sc_icmp_code_name(uint8_t family, uint8_t type, uint8_t code);

#endif
