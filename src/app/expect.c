/* SPDX-License-Identifier: BSD-2-Clause */
/* Expectations of answers; see expect.h. */
#include "spec.h"

#include <tcpcraft/error.h>
#include <tcpcraft/expect.h>
#include <tcpcraft/packet.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MOST 64
#define ANY "any"

struct one {
	struct assign a;		/* a.text NULL: a word */
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
	size_t n = strlen(names);

	if (strcmp(text, ANY) == 0) {
		o->any = true;
		return 0;
	}
	for (enum tc_reply_kind k = 0; k < TC_REPLY_KINDS; k++) {
		if (strcmp(text, tc_reply_kind_name(k)) == 0) {
			o->kind = k;
			return 0;
		}
		n += (size_t)snprintf(names + n, n < sizeof names ? sizeof names - n : 0,
				      ", %s", tc_reply_kind_name(k));
	}
	return tc_fail(err, -EINVAL, "--expect: '%.40s' is neither FIELD=VALUE nor one of %s",
		       text, names);
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
	return o->a.text ? tc_values_read(&o->a, err) : tc_fail(err, -ENOMEM, "out of memory");
}

int tc_expect_open(struct tc_expect **out, const char *const *texts, size_t n,
		   struct tc_error *err)
{
	struct tc_expect *e = calloc(1, sizeof *e);
	int rc = 0;

	if (e)
		e->one = calloc(n + 1, sizeof *e->one);
	if (!e || !e->one)
		rc = tc_fail(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < n && rc >= 0; i++) {
		e->n++;
		rc = read_one(&e->one[i], texts[i], err);
	}
	if (rc < 0) {
		tc_expect_close(e);
		return rc;
	}
	*out = e;
	return 0;
}

void tc_expect_close(struct tc_expect *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < e->n; i++) {
		free(e->one[i].a.text);
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
		tc_buf_printf(why, "%s%s, expected %s", kind == TC_REPLY_NONE ? "no answer" :
			      "the answer is ", kind == TC_REPLY_NONE ? "" :
			      tc_reply_kind_name(kind), o->any ? ANY :
			      tc_reply_kind_name(o->kind));
	return false;
}

static bool value_in(const struct assign *a, const struct tc_packet *p, int layer,
		     uint64_t value)
{
	uint64_t right = value;
	bool is_right;

	if (a->ref.row >= 0)
		tc_packet_computed(p, layer, (unsigned)a->ref.row, &right, NULL);
	is_right = right == value;
	for (size_t i = 0; i < a->n_items; i++) {
		const struct item *it = &a->items[i];

		if (it->kind == ITEM_RANDOM || (it->kind == ITEM_AUTO && is_right) ||
		    (it->kind == ITEM_BAD && !is_right) ||
		    (it->kind == ITEM_RANGE && value >= it->low && value <= it->high))
			return true;
	}
	return false;
}

static bool bytes_met(const struct assign *a, const struct tc_layer *l)
{
	struct tc_buf want = { 0 };
	size_t n;
	bool same;

	tc_field_parse_bytes(a->ref.field, a->text, &want, NULL);
	n = want.len;		/* options are padded with zeros on the wire */
	same = l->var.len >= n && (n == 0 || memcmp(l->var.data, want.data, n) == 0);
	for (size_t i = n; i < l->var.len && same; i++)
		same = l->var.data[i] == 0 && l->hdr->var_max && i - n < 3;
	tc_buf_free(&want);
	return same;
}

static bool field_met(const struct assign *a, const struct tc_packet *p, struct tc_buf *why)
{
	int layer = tc_packet_layer(p, a->ref.hdr, 0);
	const struct tc_field *f = a->ref.field;
	const struct tc_layer *l;
	uint64_t value = 0;
	bool met;

	if (layer < 0) {
		if (why)
			tc_buf_printf(why, "the answer has no %s, expected %s=%s",
				      a->ref.hdr->name, f->name, a->text);
		return false;
	}
	l = &p->layer[layer];
	if (f->bits)
		value = a->ref.row < 0 ? tc_field_get(f, l->fixed) :
			tc_packet_get(p, layer, (unsigned)a->ref.row);
	met = f->bits ? value_in(a, p, layer, value) : bytes_met(a, l);
	if (met || !why)
		return met;
	tc_buf_printf(why, "%s is ", f->name);
	if (f->bits)
		tc_field_print(f, value, false, why);
	else
		tc_field_print_bytes(f, l->var.data, l->var.len, why);
	tc_buf_printf(why, ", expected %s", a->text);
	return false;
}

bool tc_expect_met(const struct tc_expect *e, enum tc_reply_kind kind, const uint8_t *frame,
		   size_t n, int dlt, struct tc_buf *why)
{
	struct tc_packet p = { 0 };
	uint16_t type = 0;
	bool met = true;
	int l3;

	if (frame && dlt == TC_DLT_EN10MB) {
		tc_packet_parse(&p, frame, n, TC_HDR_ETH, NULL);
	} else if (frame) {
		l3 = tc_link_header(frame, n, dlt, &type, NULL);
		if (l3 >= 0)
			tc_packet_parse(&p, frame + l3, n - (size_t)l3, TC_HDR_IP, NULL);
	}
	for (size_t i = 0; i < e->n && met; i++) {
		if (!e->one[i].a.text)
			met = kind_met(&e->one[i], kind, why);
		else if (kind == TC_REPLY_NONE)
			met = kind_met(&(struct one){ .any = true }, kind, why);
		else
			met = field_met(&e->one[i].a, &p, why);
	}
	tc_packet_free(&p);
	return met;
}
