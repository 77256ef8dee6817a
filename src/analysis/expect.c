/* SPDX-License-Identifier: BSD-2-Clause */
/* Expectations of answers; see expect.h. */
#include "craft/spec.h"
#include "base/opened.h"

#include "expect.h"
#include <tcpcraft/explain.h>
#include "base/nearest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MOST 64
#define ANY "any"

struct one {
	struct tc_spec_assign a;		/* a.text NULL: a word */
	enum tc_reply_kind kind;
	bool any;
};

struct tc_expect {
	struct one *one;
	size_t n;
};

static int read_word(struct one *o, const char *text, struct tc_error *err)
{
	char names[120] = ANY;
	struct tc_nearest near = { .word = text };
	size_t n = strlen(names);

	tc_nearest(&near, ANY);
	if (strcmp(text, ANY) == 0) {
		o->any = true;
		return 0;
	}
	for (enum tc_reply_kind k = 0; k < TC_REPLY_KINDS; k++) {
		if (strcmp(text, tc_reply_kind_name(k)) == 0) {
			o->kind = k;
			return 0;
		}
		tc_nearest(&near, tc_reply_kind_name(k));
		n += (size_t)snprintf(names + n, n < sizeof names ? sizeof names - n : 0,
				      ", %s", tc_reply_kind_name(k));
	}
	return tc_fail(err, -EINVAL,
		       "--expect: '%.40s' is neither FIELD=VALUE nor one of %s%s%s%s", text,
		       names, near.name ? "; did you mean " : "", near.name ? near.name : "",
		       near.name ? "?" : "");
}

static int read_one(struct one *o, const char *text, struct tc_error *err)
{
	const char *eq = strchr(text, '=');
	char name[NAME_MOST] = "";
	int rc;

	if (!eq)
		return read_word(o, text, err);
	snprintf(name, sizeof name, "%.*s", (int)(eq - text < NAME_MOST ? eq - text :
		 NAME_MOST), text);
	rc = tc_field_find(&o->a.ref, name, NULL, err);
	if (rc < 0)
		return rc;
	o->a.text = strdup(eq + 1);
	return o->a.text ? tc_values_read(&o->a, err)
			 : tc_nomem(err);
}

int tc_expect_open(struct tc_expect **out, const char *const *texts, size_t n,
		   struct tc_error *err)
{
	struct tc_expect *e = calloc(1, sizeof *e);
	int rc = 0;

	if (e)
		e->one = calloc(n + 1, sizeof *e->one);
	if (!e || !e->one)
		rc = tc_nomem(err);
	for (size_t i = 0; i < n && rc >= 0; i++) {
		e->n++;
		rc = read_one(&e->one[i], texts[i], err);
	}
	return TC_OPENED(out, e, rc, tc_expect_close);
}

void tc_expect_close(struct tc_expect *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < e->n; i++) {
		free(e->one[i].a.text);
		free(e->one[i].a.sets);
		free(e->one[i].a.items);
	}
	free(e->one);
	free(e);
}

static bool kind_met(const struct one *o, enum tc_reply_kind kind, struct tc_buf *why)
{
	if (o->any ? kind != TC_REPLY_NONE : kind == o->kind)
		return true;
	if (why)
		tc_buf_printf(why, "%s%s, expected %s",
			      kind == TC_REPLY_NONE ? "no answer" : "the answer is ",
			      kind == TC_REPLY_NONE ? "" : tc_reply_kind_name(kind),
			      o->any ? ANY : tc_reply_kind_name(o->kind));
	return false;
}

/* A checksum that was left to an offload is as right as it can be here. */
static bool value_in(const struct tc_spec_assign *a, const struct tc_explained *x)
{
	bool right = x->check == TC_CHECK_OK || x->check == TC_CHECK_PARTIAL;

	for (size_t i = 0; i < a->n_items; i++) {
		const struct tc_spec_item *it = &a->items[i];

		if (it->kind == ITEM_RANDOM || (it->kind == ITEM_AUTO && right) ||
		    (it->kind == ITEM_BAD && x->check == TC_CHECK_BAD) ||
		    (it->kind == ITEM_RANGE && x->value >= it->low && x->value <= it->high))
			return true;
	}
	return false;
}

static bool is_text(const struct tc_spec_assign *a, const char *text,
		    const struct tc_explained *x)
{
	struct tc_buf want = { 0 };
	size_t n, len = x->bits / 8;
	bool same;

	tc_field_parse_bytes(a->ref.field, text, &want, NULL);
	n = want.len;		/* options are padded with zeros on the wire */
	same = len >= n && (n == 0 || memcmp(x->bytes, want.data, n) == 0);
	for (size_t i = n; i < len && same; i++)
		same = x->bytes[i] == 0 && a->ref.hdr->var_max && i - n < 3;
	tc_buf_free(&want);
	return same;
}

static bool bytes_in(const struct tc_spec_assign *a, const struct tc_explained *x)
{
	if (!a->sets)
		return is_text(a, a->text, x);
	for (size_t i = 0; i < a->n_items; i++)
		if (is_text(a, a->sets + a->items[i].low, x))
			return true;
	return false;
}

/* The outermost layer of this header, but none that an ICMP error quotes. */
static const struct tc_explain_layer *find_layer(const struct tc_explain *e,
						 const struct tc_header *h, unsigned *at)
{
	for (*at = 0; *at < e->n_layers; (*at)++)
		if (e->layer[*at].hdr == h && e->layer[*at].packet && !e->layer[*at].quoted)
			return &e->layer[*at];
	return NULL;
}

static bool field_met(const struct tc_spec_assign *a, const struct tc_explain *e,
		      struct tc_buf *why)
{
	unsigned layer;
	const struct tc_explain_layer *l = find_layer(e, a->ref.hdr, &layer);
	const struct tc_field *f = a->ref.field;
	struct tc_explained x = { .field = f };
	bool met;

	if (!l) {
		if (why)
			tc_buf_printf(why, "the answer has no %s, expected %s=%s",
				      a->ref.hdr->name, f->name, a->text);
		return false;
	}
	if (a->ref.row >= 0)
		tc_explain_field(e, layer, (unsigned)a->ref.row, &x);
	else
		x.value = tc_field_get(f, e->bytes + l->at);
	met = f->bits ? value_in(a, &x) : bytes_in(a, &x);
	if (met || !why)
		return met;
	tc_buf_printf(why, "%s is ", f->name);
	if (f->bits)
		tc_field_print(f, x.value, false, why);
	else
		tc_field_print_bytes(f, x.bytes, x.bits / 8, why);
	tc_buf_printf(why, ", expected %s", a->text);
	return false;
}

bool tc_expect_met(const struct tc_expect *e, enum tc_reply_kind kind, const uint8_t *frame,
		   size_t n, int dlt, struct tc_buf *why)
{
	struct tc_frame f = { .bytes = frame, .len = n, .wire_len = n };
	struct tc_explain x;
	bool met = tc_explain_open(&x, &f, dlt, TC_HDR_IP, NULL) >= 0;

	for (size_t i = 0; i < e->n && met; i++) {
		if (!e->one[i].a.text)
			met = kind_met(&e->one[i], kind, why);
		else if (kind == TC_REPLY_NONE)
			met = kind_met(&(struct one){ .any = true }, kind, why);
		else
			met = field_met(&e->one[i].a, &x, why);
	}
	tc_explain_free(&x);
	return met;
}
