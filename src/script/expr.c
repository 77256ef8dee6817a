/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers of a script that may be computed, read and printed: + - * / %, ( ), names of let and
 * for, fields of the last segment. The usual precedence; equals from left to right, on one line. */
#include "own.h"

#include <tcpcraft/buf.h>

#include <inttypes.h>

const char *const tc_sc_compare[TC_COMPARE_COUNT] = {
	[TC_COMPARE_LE] = "<=", [TC_COMPARE_GE] = ">=", [TC_COMPARE_EQ] = "==",
	[TC_COMPARE_NE] = "!=", [TC_COMPARE_LT] = "<", [TC_COMPARE_GT] = ">",
};

static struct tc_script_expr *node(struct script_cursor *c, enum tc_script_op op)
{
	struct tc_script_expr *e = tc_sc_alloc(c, sizeof *e);

	if (e) {
		e->op = op;
		tc_sc_here(c, &e->line, &e->column);
	}
	return e;
}

int tc_sc_slot(const struct script_cursor *c, const char *name)
{
	for (unsigned i = 0; i < c->s->n_names; i++)
		if (strcmp(c->s->names[i], name) == 0)
			return (int)i;
	return -1;
}

static int new_slot(struct script_cursor *c, const char *at, const char *name)
{
	if (c->s->n_names == TC_SCRIPT_NAMES)
		return tc_sc_fail_at(c, at, "more than %d names", TC_SCRIPT_NAMES);
	c->s->names[c->s->n_names] = name;
	return (int)c->s->n_names++;
}

int tc_sc_name(struct script_cursor *c, unsigned *slot)
{
	const char *at, *name;
	int known;

	at = tc_sc_skip(c);
	name = tc_sc_word(c, false, "a name");
	if (!name)
		return c->err->code;
	known = tc_sc_slot(c, name);
	if (known < 0)
		known = new_slot(c, at, name);
	*slot = known < 0 ? 0 : (unsigned)known;
	return known < 0 ? known : 0;
}

static bool accept_prefix(const char **name, const char *prefix)
{
	size_t n = strlen(prefix);
	bool has = strncmp(*name, prefix, n) == 0;

	*name += has ? n : 0;
	return has;
}

static int read_name(struct script_cursor *c, struct tc_script_expr *e)
{
	struct tc_error why = { 0 };
	const char *at = c->at, *name = tc_sc_word(c, true, "a name");
	int slot;

	if (!name)
		return c->err->code;
	slot = tc_sc_slot(c, name);
	if (slot < 0 && strcmp(name, TC_SCRIPT_MSS) == 0)	/* the run gives it a value */
		slot = new_slot(c, at, name);
	if (slot >= 0) {
		e->op = TC_EXPR_NAME;
		e->slot = (unsigned)slot;
		return 0;
	}
	if (c->err->code)
		return c->err->code;
	if (!strchr(name, '.'))
		return tc_sc_fail_at(c, at,
				     "'%s' has no value here: let %s = … gives it one",
				     name, name);
	e->op = TC_EXPR_FIELD;
	e->raw = accept_prefix(&name, "raw.");
	e->sent = accept_prefix(&name, "sent.");
	if (tc_field_find(&e->field, name, NULL, &why) < 0)
		return tc_sc_fail_at(c, at, "%s", why.msg);
	if (e->field.field->bits == 0)
		return tc_sc_fail_at(c, at, "%s is not a number", name);
	return 0;
}

static int primary(struct script_cursor *c, const struct tc_script_expr **out)
{
	struct tc_script_expr *e = node(c, TC_EXPR_NUMBER);
	int rc = e ? tc_sc_enter(c) : c->err->code;

	if (rc < 0)
		return rc;
	if (tc_sc_accept(c, "(")) {
		rc = tc_sc_expr(c, out);
		if (rc >= 0)
			rc = tc_sc_expect(c, ")", "')'");
		tc_sc_leave(c);
		return rc;
	}
	if (tc_sc_accept(c, "-")) {
		e->op = TC_EXPR_NEG;
		rc = primary(c, &e->left);
	} else if (tc_sc_is_word(c)) {
		rc = read_name(c, e);
	} else {
		rc = tc_sc_number(c, &e->number, NULL);
	}
	*out = e;
	tc_sc_leave(c);
	return rc;
}

/* The next operator, if it is one of these. What begins a line is the next event: "+0.1",
 * "* > F." */
static bool is_operator(struct script_cursor *c, const char *ops)
{
	const char *at = c->at;

	while (*at == ' ' || *at == '\t')
		at++;
	if (!*at || !strchr(ops, *at) || (at[0] == '%' && at[1] == '{'))
		return false;
	c->at = at;
	return true;
}

/* A chain of operators of one rank, each with what the deeper rank reads. */
static int chain(struct script_cursor *c, const char *ops,
		 const struct tc_script_expr **out,
		 int (*deeper)(struct script_cursor *, const struct tc_script_expr **))
{
	static const char all[] = "+-*/%";
	struct tc_script_expr *e;
	int rc = deeper(c, out);

	while (rc >= 0 && is_operator(c, ops)) {
		e = node(c, TC_EXPR_ADD + (enum tc_script_op)(strchr(all, *c->at) - all));
		if (!e)
			return c->err->code;
		c->at++;
		e->left = *out;
		rc = deeper(c, &e->right);
		*out = e;
	}
	return rc;
}

static int product(struct script_cursor *c, const struct tc_script_expr **out)
{
	return chain(c, "*/%", out, primary);
}

int tc_sc_expr(struct script_cursor *c, const struct tc_script_expr **out)
{
	return chain(c, "+-", out, product);
}

bool tc_sc_constant(const struct tc_script_expr *e, int64_t *v)
{
	if (!e || e->op != TC_EXPR_NUMBER)
		return false;
	*v = e->number;
	return true;
}

/* start:end(len) */
int tc_sc_span(struct script_cursor *c, const struct tc_script_expr **start,
	       const struct tc_script_expr **end, const struct tc_script_expr **len)
{
	int64_t a, b, n;
	const char *from = tc_sc_skip(c);
	int rc;

	rc = tc_sc_expr(c, start);
	if (rc >= 0)
		rc = tc_sc_expect(c, ":", "':' of start:end(length)");
	if (rc >= 0)
		rc = tc_sc_expr(c, end);
	if (rc >= 0)
		rc = tc_sc_expect(c, "(", "'(' of start:end(length)");
	if (rc >= 0)
		rc = tc_sc_expr(c, len);
	if (rc >= 0)
		rc = tc_sc_expect(c, ")", "')' of start:end(length)");
	if (rc < 0 || !tc_sc_constant(*start, &a) || !tc_sc_constant(*end, &b) ||
	    !tc_sc_constant(*len, &n))
		return rc;
	if (n > 65535)
		return tc_sc_fail_at(c, from, "a length of %lld: at most 65535",
				     (long long)n);
	if ((uint32_t)(a + n) != (uint32_t)b)
		return tc_sc_fail_at(c, from,
				     "%lld:%lld(%lld): the end is the start plus the "
				     "length, %lld",
				     (long long)a, (long long)b, (long long)n,
				     (long long)(a + n));
	return 0;
}

int tc_sc_bounded(struct script_cursor *c, const char *what, int64_t max,
		  const struct tc_script_expr **e)
{
	const char *from = tc_sc_skip(c);
	int64_t v;
	int rc;

	rc = tc_sc_expr(c, e);
	return rc >= 0 && tc_sc_constant(*e, &v) ? tc_sc_at_most(c, from, what, v, max) : rc;
}

static void print_operand(struct tc_buf *out, const struct tc_script *s,
			  const struct tc_script_expr *e)
{
	bool simple = e->op == TC_EXPR_NUMBER || e->op == TC_EXPR_NAME ||
		      e->op == TC_EXPR_FIELD;

	if (!simple)
		tc_buf_text(out, "(");
	tc_sc_print_expr(out, s, e);
	if (!simple)
		tc_buf_text(out, ")");
}

void tc_sc_print_expr(struct tc_buf *out, const struct tc_script *s,
		      const struct tc_script_expr *e)
{
	switch (e->op) {
	case TC_EXPR_NUMBER:
		tc_buf_printf(out, "%" PRId64, e->number);
		return;
	case TC_EXPR_NAME:
		tc_buf_text(out, s->names[e->slot]);
		return;
	case TC_EXPR_FIELD:
		tc_buf_printf(out, "%s%s%s", e->raw ? "raw." : "", e->sent ? "sent." : "",
			      e->field.field->name);
		return;
	case TC_EXPR_NEG:
		tc_buf_text(out, "-");
		print_operand(out, s, e->left);
		return;
	case TC_EXPR_ADD:
	case TC_EXPR_SUB:
	case TC_EXPR_MUL:
	case TC_EXPR_DIV:
	case TC_EXPR_MOD:
		print_operand(out, s, e->left);
		tc_buf_printf(out, "%c", "+-*/%"[e->op - TC_EXPR_ADD]);
		print_operand(out, s, e->right);
		return;
	}
}

void tc_sc_print_number(struct tc_buf *out, const struct tc_script *s, const char *before,
			 const struct tc_script_expr *e)
{
	if (!e)
		return;
	tc_buf_text(out, before);
	tc_sc_print_expr(out, s, e);
}
