/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls of a script, read and printed: NAME(arguments) = result [ERRNO (text)]. What
 * the arguments mean is for who makes the call. */
#include "own.h"

#include <tcpcraft/buf.h>

#include <ctype.h>

static int read_list(struct script_cursor *c, const char *close, bool members,
		     const struct tc_script_arg **out);
static int read_arg(struct script_cursor *c, const struct tc_script_arg **out);
static int read_primary(struct script_cursor *c, const struct tc_script_arg **out);

static struct tc_script_arg *node(struct script_cursor *c, enum tc_script_arg_kind kind)
{
	struct tc_script_arg *a = tc_sc_alloc(c, sizeof *a);

	if (a) {
		a->kind = kind;
		tc_sc_here(c, &a->line, &a->column);
	}
	return a;
}

/* Texts one behind the other are one, as in C. */
static int read_strings(struct script_cursor *c, struct tc_script_arg *a)
{
	const uint8_t *bytes, *both;
	char *joined;
	size_t n;
	int rc = tc_sc_string(c, &both, &a->n);

	while (rc >= 0 && tc_sc_is(c, "\"")) {
		rc = tc_sc_string(c, &bytes, &n);
		if (rc < 0)
			break;
		joined = tc_sc_alloc(c, a->n + n + 1);
		if (!joined)
			return c->err->code;
		memcpy(joined, both, a->n);
		memcpy(joined + a->n, bytes, n);
		both = (const uint8_t *)joined;
		a->n += n;
	}
	a->text = (const char *)both;
	return rc;
}

/* Behind ~ and -: binds closer than |. */
static int read_operand(struct script_cursor *c, const struct tc_script_arg **out)
{
	int rc = tc_sc_enter(c);

	if (rc >= 0)
		rc = read_primary(c, out);
	tc_sc_leave(c);
	return rc;
}

static int read_negative(struct script_cursor *c, struct tc_script_arg *a)
{
	int rc;

	if (tc_sc_is_word(c)) {
		a->kind = TC_ARG_NEGATE;
		return read_operand(c, &a->items);
	}
	rc = tc_sc_number(c, &a->number, &a->hex);
	a->number = -a->number;
	return rc;
}

static int read_word(struct script_cursor *c, struct tc_script_arg *a)
{
	a->text = tc_sc_word(c, false, "an argument");
	if (!a->text)
		return c->err->code;
	a->n = strlen(a->text);
	if (!tc_sc_accept(c, "("))
		return 0;
	a->kind = TC_ARG_APPLY;
	return read_list(c, ")", false, &a->items);
}

static int read_primary(struct script_cursor *c, const struct tc_script_arg **out)
{
	struct tc_script_arg *a = node(c, TC_ARG_WORD);

	*out = a;
	if (!a)
		return c->err->code;
	if (tc_sc_accept(c, "...")) {
		a->kind = TC_ARG_ELLIPSIS;
		return 0;
	}
	if (tc_sc_is(c, "\"")) {
		a->kind = TC_ARG_STRING;
		return read_strings(c, a);
	}
	if (tc_sc_accept(c, "[")) {
		a->kind = TC_ARG_LIST;
		return read_list(c, "]", false, &a->items);
	}
	if (tc_sc_accept(c, "{")) {
		a->kind = TC_ARG_STRUCT;
		return read_list(c, "}", true, &a->items);
	}
	if (tc_sc_accept(c, "~")) {
		a->kind = TC_ARG_NOT;
		return read_operand(c, &a->items);
	}
	if (tc_sc_is_word(c))
		return read_word(c, a);
	a->kind = TC_ARG_NUMBER;
	return tc_sc_accept(c, "-") ? read_negative(c, a) :
	       tc_sc_is_digit(c) ? tc_sc_number(c, &a->number, &a->hex) :
	       tc_sc_want(c, "an argument");
}

static int read_arg(struct script_cursor *c, const struct tc_script_arg **out)
{
	struct tc_script_arg *all, **tail;
	int rc = tc_sc_enter(c);

	if (rc >= 0)
		rc = read_primary(c, out);
	if (rc >= 0 && tc_sc_is(c, "|")) {
		all = node(c, TC_ARG_OR);
		if (!all)
			return c->err->code;
		all->items = *out;
		tail = (struct tc_script_arg **)(uintptr_t)&(*out)->next;
		*out = all;
		while (rc >= 0 && tc_sc_accept(c, "|")) {
			rc = read_primary(c,
					  (const struct tc_script_arg **)(uintptr_t)tail);
			if (rc >= 0)
				tail = &(*tail)->next;
		}
	}
	tc_sc_leave(c);
	return rc;
}

/* name= or name(args)= in front of a member's value; nothing is read if it is not there. */
static int read_member_name(struct script_cursor *c, const char **name,
			    const struct tc_script_arg **args)
{
	const char *from = c->at, *at;
	int rc = 0;

	*name = NULL;
	*args = NULL;
	if (!tc_sc_is_word(c))
		return 0;
	at = c->at + strcspn(c->at, "=,}{|\"");
	if (*at != '=' && strncmp(c->at, "msg_", 4) != 0)
		return 0;
	*name = tc_sc_word(c, false, "a name");
	if (!*name)
		return c->err->code;
	if (tc_sc_accept(c, "("))
		rc = read_list(c, ")", false, args);
	if (rc >= 0 && !tc_sc_accept(c, "=")) {
		c->at = from;
		*name = NULL;
		*args = NULL;
	}
	return rc;
}

static int read_list(struct script_cursor *c, const char *close, bool members,
		     const struct tc_script_arg **out)
{
	struct tc_script_arg **tail = (struct tc_script_arg **)(uintptr_t)out;
	const struct tc_script_arg *args = NULL;
	const char *name = NULL;
	int rc = 0;

	*out = NULL;
	if (tc_sc_accept(c, close))
		return 0;
	do {
		rc = members ? read_member_name(c, &name, &args) : 0;
		if (rc >= 0)
			rc = read_arg(c, (const struct tc_script_arg **)(uintptr_t)tail);
		if (rc < 0)
			return rc;
		(*tail)->name = name;
		(*tail)->name_args = args;
		tail = &(*tail)->next;
	} while (tc_sc_accept(c, ","));
	return tc_sc_accept(c, close) ? 0 :
	       tc_sc_want(c, *close == ')' ? "',' or ')' behind an argument" :
			   *close == ']' ? "',' or ']' behind an element" :
			   "',' or '}' behind a member");
}

/* ERRNO, and (a remark) up to the bracket that closes it. */
static int read_error(struct script_cursor *c, struct tc_script_call *call)
{
	const char *from;
	unsigned open = 0;

	if (tc_sc_is_word(c) && c->at[0] == 'E' && isupper((unsigned char)c->at[1])) {
		call->error = tc_sc_word(c, false, "an errno");
		if (!call->error)
			return c->err->code;
	}
	if (!tc_sc_is(c, "("))
		return 0;
	from = c->at;
	do {
		open += *c->at == '(';
		open -= *c->at == ')';
		if (!*c->at || *c->at == '\n')
			return tc_sc_fail_at(c, from,
					     "this remark is not closed: ) is missing");
		c->at++;
	} while (open);
	call->note = tc_sc_keep(c, from, (size_t)(c->at - from));
	return call->note ? 0 : c->err->code;
}

int tc_sc_call(struct script_cursor *c, struct tc_script_call *call)
{
	int rc;

	call->name = tc_sc_word(c, false, "a call");
	if (!call->name)
		return c->err->code;
	rc = tc_sc_expect(c, "(", "'(' and the arguments of a call, or a packet (< >)");
	if (rc >= 0)
		rc = read_list(c, ")", false, &call->args);
	if (rc < 0 || !tc_sc_accept(c, "="))
		return rc;
	if (tc_sc_accept(c, "?"))
		return 0;
	rc = read_arg(c, &call->result);
	return rc < 0 ? rc : read_error(c, call);
}

/* ---- printed ---------------------------------------------------------------------- */

static void print_list(struct tc_buf *out, enum tc_script_arg_kind kind,
		       const struct tc_script_arg *a);

static void print_arg(struct tc_buf *out, const struct tc_script_arg *a)
{
	switch (a->kind) {
	case TC_ARG_ELLIPSIS:
		tc_buf_text(out, "...");
		return;
	case TC_ARG_NUMBER:
		tc_buf_printf(out, a->hex && a->number >= 0 ? "0x%llx" : "%lld",
			      (long long)a->number);
		return;
	case TC_ARG_STRING:
		tc_sc_print_string(out, (const uint8_t *)a->text, a->n);
		return;
	case TC_ARG_WORD:
		tc_buf_text(out, a->text);
		return;
	case TC_ARG_APPLY:
		tc_buf_text(out, a->text);
		print_list(out, a->kind, a->items);
		return;
	case TC_ARG_LIST:
	case TC_ARG_STRUCT:
	case TC_ARG_OR:
	case TC_ARG_NOT:
	case TC_ARG_NEGATE:
		print_list(out, a->kind, a->items);
		return;
	}
}

static void print_list(struct tc_buf *out, enum tc_script_arg_kind kind,
		       const struct tc_script_arg *a)
{
	static const struct {
		const char *open, *between, *close;
	} as[] = {
		[TC_ARG_LIST] = { "[", ", ", "]" }, [TC_ARG_STRUCT] = { "{", ", ", "}" },
		[TC_ARG_APPLY] = { "(", ", ", ")" }, [TC_ARG_OR] = { "", "|", "" },
		[TC_ARG_NOT] = { "~", "", "" }, [TC_ARG_NEGATE] = { "-", "", "" },
	};

	tc_buf_text(out, as[kind].open);
	for (; a; a = a->next) {
		if (a->name)
			tc_buf_text(out, a->name);
		if (a->name_args)
			print_list(out, TC_ARG_APPLY, a->name_args);
		if (a->name)
			tc_buf_text(out, "=");
		print_arg(out, a);
		if (a->next)
			tc_buf_text(out, as[kind].between);
	}
	tc_buf_text(out, as[kind].close);
}

void tc_sc_print_call(struct tc_buf *out, const struct tc_script_call *c)
{
	tc_buf_text(out, c->name);
	print_list(out, TC_ARG_APPLY, c->args);
	tc_buf_text(out, " = ");
	if (c->result)
		print_arg(out, c->result);
	else
		tc_buf_text(out, "?");
	if (c->error)
		tc_buf_printf(out, " %s", c->error);
	if (c->note)
		tc_buf_printf(out, " %s", c->note);
}
