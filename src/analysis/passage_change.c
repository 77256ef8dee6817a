/* SPDX-License-Identifier: BSD-2-Clause */
/* What of a segment is another at the other end; see passage.h. */
#include "passage_own.h"

#include "wire/family.h"
#include "wire/find_tcp.h"
#include "wire/place.h"

#include <stdio.h>
#include <string.h>

struct telling {
	const struct tc_passages *p;
	const struct tc_passing *s, *r;
	tc_passage_change_fn *fn;
	void *ctx;
	bool any;
};

static void tell(struct telling *t, const char *field, const char *was, const char *is)
{
	t->any = true;
	t->fn(t->ctx, field, was, is);
}

/* Told of the connection as a whole, or what follows from something else. */
static bool is_passed_over(const struct telling *t, const struct tc_header *h, unsigned row)
{
	const struct tc_family *f = tc_family_of(h);
	bool parts = t->s->parts || t->r->parts;

	if (f)
		return row == f->src || row == f->dst || row == f->ttl || row == f->length ||
		       (h == tc_header_get(TC_HDR_IP) && row == TC_IP_CHECKSUM) ||
		       (parts && h == tc_header_get(TC_HDR_IP) && row == TC_IP_ID);
	return row == TC_TCP_SRCPORT || row == TC_TCP_DSTPORT || row == TC_TCP_SEQ ||
	       row == TC_TCP_ACK || row == TC_TCP_CHECKSUM ||
	       (parts && (row == TC_TCP_PUSH || row == TC_TCP_FIN));
}

/* The field as text, before and after, which are freed. */
static void tell_texts(struct telling *t, const struct tc_field *f, struct tc_buf *was,
		       struct tc_buf *is)
{
	tc_buf_add_u8(was, 0);
	tc_buf_add_u8(is, 0);
	if (!was->failed && !is->failed)
		tell(t, f->name, (const char *)was->data, (const char *)is->data);
	tc_buf_free(was);
	tc_buf_free(is);
}

static void compare_numbers(struct telling *t, const struct tc_field *f, tc_value was,
			    tc_value is)
{
	struct tc_buf a = { 0 }, b = { 0 };

	if (was == is)
		return;
	tc_field_print(f, was, false, &a);
	tc_field_print(f, is, false, &b);
	tell_texts(t, f, &a, &b);
}

/* Rows of fixed width within n bytes. */
static void compare_header(struct telling *t, enum tc_header_id id, const uint8_t *was,
			   const uint8_t *is, size_t n)
{
	const struct tc_header *h = tc_header_get(id);

	for (unsigned row = 0; row < h->n_rows; row++) {
		const struct tc_field *f = &h->rows[row];

		if (f->bits && (f->off + f->bits + 7u) / 8u <= n && !is_passed_over(t, h, row))
			compare_numbers(t, f, tc_field_value(f, was), tc_field_value(f, is));
	}
}

static void compare_options(struct telling *t)
{
	const struct tc_field *f = &tc_header_get(TC_HDR_TCP)->rows[TC_TCP_OPTIONS];
	const struct tc_rx *x = &t->s->rx, *y = &t->r->rx;
	struct tc_buf a = { 0 }, b = { 0 };

	if (t->r->parts || (x->options_len == y->options_len &&
			    (!x->options_len || memcmp(x->options, y->options,
						       x->options_len) == 0)))
		return;
	tc_field_print_bytes(f, x->options, x->options_len, &a);
	tc_field_print_bytes(f, y->options, y->options_len, &b);
	tell_texts(t, f, &a, &b);
}

static void compare_payload(struct telling *t)
{
	const struct tc_rx *x = &t->s->rx, *y = &t->r->rx;
	uint32_t n = x->seg.len - x->cut, m = y->seg.len - y->cut;
	char field[40], was[8], is[8];

	if (t->s->parts || t->r->parts || x->seg.len != y->seg.len)
		return;
	for (uint32_t i = 0; i < n && i < m; i++)
		if (x->payload[i] != y->payload[i]) {
			snprintf(field, sizeof field, "byte %u of the payload", i + 1);
			snprintf(was, sizeof was, "0x%02x", x->payload[i]);
			snprintf(is, sizeof is, "0x%02x", y->payload[i]);
			tell(t, field, was, is);
			return;
		}
}

bool tc_passage_changes(const struct tc_passages *p, const struct tc_passage *of,
			tc_passage_change_fn *fn, void *ctx)
{
	struct telling t = { .p = p, .s = of->sent, .r = of->arrived, .fn = fn, .ctx = ctx };
	const struct tc_family *f;
	const uint8_t *x, *y;
	char was[16], is[16];
	size_t n, m;

	if (!of->sent || !of->arrived || of->sent->rx.src.family != of->arrived->rx.src.family)
		return false;
	f = tc_family(of->sent->rx.src.family);
	compare_header(&t, f->header, t.s->rx.l3, t.r->rx.l3, f->ip_bytes);
	if ((int8_t)(t.s->rx.ttl - t.r->rx.ttl) != p->hops[of->from]) {
		snprintf(was, sizeof was, "%u", t.s->rx.ttl);
		snprintf(is, sizeof is, "%u", t.r->rx.ttl);
		tell(&t, tc_family_field(f, f->ttl), was, is);
	}
	x = tc_find_tcp(t.s->rx.l3, t.s->rx.l3_len, &n);
	y = tc_find_tcp(t.r->rx.l3, t.r->rx.l3_len, &m);
	if (x && y && n >= TCP_BYTES && m >= TCP_BYTES)
		compare_header(&t, TC_HDR_TCP, x, y, TCP_BYTES);
	if (t.s->ack != t.r->ack) {
		snprintf(was, sizeof was, "%u", t.s->ack);
		snprintf(is, sizeof is, "%u", t.r->ack);
		tell(&t, "tcp.ack", was, is);
	}
	compare_options(&t);
	compare_payload(&t);
	return t.any;
}
