/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers and payloads of a script at the moment they are needed. */
#include "script/words.h"
#include "own.h"

#include <stdio.h>

/* Sequence numbers are seen as in the script: counted from what a SYN said. */
static uint64_t from_isn(const struct tc_script_expr *e, const struct run_flow *f, bool syn,
			 uint64_t value)
{
	if (!f || e->raw || e->field.hdr->name[0] != 't' || e->field.row < 0)
		return value;
	if (e->field.row == TC_TCP_SEQ)
		return (uint32_t)value - tc_run_base(f, e->sent, syn);
	if (e->field.row == TC_TCP_ACK)
		return (uint32_t)value - tc_run_base(f, !e->sent, syn);
	return value;
}

static int read_field(struct tc_script_run *r, const struct tc_script_expr *e, int64_t *v)
{
	const struct tc_packet *p = e->sent ? &r->last_sent : &r->last_seen;
	const struct tc_field *f = e->field.field;
	int layer = tc_packet_layer(p, e->field.hdr, 0), tcp;
	uint64_t value;

	if (layer < 0)
		return tc_run_cannot(r, e->line, e->column,
				     "%s: no packet with it was %s yet", f->name,
				     e->sent ? "sent" : "met");
	if (e->field.row >= 0)
		value = tc_packet_get(p, layer, (unsigned)e->field.row);
	else
		value = tc_field_get(f, p->layer[layer].fixed);
	tcp = tc_packet_layer(p, tc_header_get(TC_HDR_TCP), 0);
	*v = (int64_t)from_isn(e, e->sent ? r->last_sent_flow : r->last_seen_flow,
			       tcp >= 0 && tc_packet_get(p, tcp, TC_TCP_SYN), value);
	return 0;
}

static int apply(struct tc_script_run *r, const struct tc_script_expr *e, int64_t a,
		 int64_t b, int64_t *v)
{
	bool over = false;

	if (e->op == TC_EXPR_ADD)
		over = __builtin_add_overflow(a, b, v);
	else if (e->op == TC_EXPR_SUB)
		over = __builtin_sub_overflow(a, b, v);
	else if (e->op == TC_EXPR_MUL)
		over = __builtin_mul_overflow(a, b, v);
	else if (b == 0)
		return tc_run_cannot(r, e->line, e->column, "division by zero");
	else if (b == -1)
		over = e->op == TC_EXPR_DIV && __builtin_sub_overflow((int64_t)0, a, v);
	else
		*v = e->op == TC_EXPR_DIV ? a / b : a % b;
	if (b == -1 && e->op == TC_EXPR_MOD)
		*v = 0;
	return over ? tc_run_cannot(r, e->line, e->column, "this number is too large") : 0;
}

int tc_run_eval(struct tc_script_run *r, const struct tc_script_expr *e, int64_t *v)
{
	int64_t a = 0, b = 0;
	int rc;

	switch (e->op) {
	case TC_EXPR_NUMBER:
		*v = e->number;
		return 0;
	case TC_EXPR_NAME:
		if (!r->known[e->slot])
			return tc_run_cannot(r, e->line, e->column, "%s has no value yet",
					     r->cfg.script->names[e->slot]);
		*v = r->value[e->slot];
		return 0;
	case TC_EXPR_FIELD:
		return read_field(r, e, v);
	case TC_EXPR_NEG:
		rc = tc_run_eval(r, e->left, &a);
		if (rc >= 0 && __builtin_sub_overflow((int64_t)0, a, v))
			return tc_run_cannot(r, e->line, e->column,
					     "this number is too large");
		return rc;
	case TC_EXPR_ADD:
	case TC_EXPR_SUB:
	case TC_EXPR_MUL:
	case TC_EXPR_DIV:
	case TC_EXPR_MOD:
		rc = tc_run_eval(r, e->left, &a);
		if (rc >= 0)
			rc = tc_run_eval(r, e->right, &b);
		return rc < 0 ? rc : apply(r, e, a, b, v);
	}
	return 0;
}

static bool compares(enum tc_script_compare how, int64_t a, int64_t b)
{
	switch (how) {
	case TC_COMPARE_LE:
		return a <= b;
	case TC_COMPARE_GE:
		return a >= b;
	case TC_COMPARE_EQ:
		return a == b;
	case TC_COMPARE_NE:
		return a != b;
	case TC_COMPARE_LT:
		return a < b;
	case TC_COMPARE_GT:
		return a > b;
	case TC_COMPARE_COUNT:
		break;
	}
	return false;
}

int tc_run_expect_number(struct tc_script_run *r, const struct tc_script_event *e)
{
	int64_t a = 0, b = 0;
	int rc = tc_run_eval(r, e->a, &a);

	if (rc >= 0)
		rc = tc_run_eval(r, e->b, &b);
	if (rc < 0 || compares(e->compare, a, b))
		return rc;
	snprintf(r->result->fields, sizeof r->result->fields, "number");
	return tc_run_fail(r, e, "%lld is not %s %lld", (long long)a,
			   tc_sc_compare[e->compare], (long long)b);
}

/* Sequence numbers may be below 0: they are modulo 2^32 (RFC 9293 3.4). */
int tc_run_eval_max(struct tc_script_run *r, const struct tc_script_expr *e,
		    const char *what, uint32_t max, uint32_t *v)
{
	int64_t low = max == UINT32_MAX ? INT32_MIN : 0, n;
	int rc = tc_run_eval(r, e, &n);

	if (rc < 0)
		return rc;
	if (n < low || n > max)
		return tc_run_cannot(r, e->line, e->column,
				     "%s %lld: it goes from %lld to %u", what, (long long)n,
				     (long long)low, max);
	*v = (uint32_t)n;
	return 0;
}

int tc_run_number(struct tc_script_run *r, const struct tc_script_expr *e, const char *what,
		  uint32_t max, uint32_t absent, uint32_t *v)
{
	*v = absent;
	return e ? tc_run_eval_max(r, e, what, max, v) : 0;
}

int tc_run_payload(struct tc_script_run *r, const struct tc_script_event *e,
		   const struct tc_script_payload *p, struct tc_buf *out)
{
	struct tc_error why = { 0 };
	int rc = 0;

	if (p->kind == TC_SPAY_BYTES)
		tc_buf_add(out, p->bytes, p->n);
	else if (p->kind == TC_SPAY_FRAME)
		rc = tc_sc_frame_build(p, r->value, out, &why);
	if (rc < 0)
		return tc_run_cannot(r, e->line, e->column, "%s", why.msg);
	return out->failed ? tc_nomem(r->err) : 0;
}

const char *tc_run_set_text(struct tc_script_run *r, const struct tc_script_set *s,
			    char number[24])
{
	if (s->slot < 0)
		return s->value;
	if (!r->known[s->slot]) {
		tc_run_cannot(r, s->line, s->column, "%s has no value yet", s->value);
		return NULL;
	}
	snprintf(number, 24, "%lld", (long long)r->value[s->slot]);
	return number;
}
