/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A packet's layers and the values in them. The bytes of fixed width are kept as they
 * will be sent, so that building is copying and computing.
 */
#include "layer.h"

#include <tcpcraft/error.h>

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ROW_BIT(row) (UINT64_C(1) << (row))

static void free_values(struct tc_layer *l)
{
	tc_buf_free(&l->var);
	for (unsigned k = 0; l->part && k < TC_PARTS_MAX; k++)
		tc_buf_free(&l->part[k]);
	free(l->part);
	l->part = NULL;
}

void tc_packet_free(struct tc_packet *p)
{
	for (unsigned i = 0; i < TC_LAYERS_MAX; i++)
		free_values(&p->layer[i]);
	p->n = 0;
}

void tc_packet_clear(struct tc_packet *p)
{
	p->n = 0;
}

static int part_of(const struct tc_header *h, unsigned row)
{
	for (unsigned k = 0; k < h->n_parts; k++)
		if (h->parts[k].row == row)
			return (int)k;
	return -1;
}

static struct tc_buf *value_of(const struct tc_layer *l, unsigned row)
{
	int k = part_of(l->hdr, row);

	return k < 0 ? (struct tc_buf *)&l->var : &l->part[k];
}

const struct tc_buf *tc_layer_bytes(const struct tc_layer *l, unsigned row)
{
	return value_of(l, row);
}

size_t tc_layer_bit(const struct tc_layer *l, unsigned row)
{
	return row_bit(l, row);
}

size_t tc_layer_covered(const struct tc_layer *l, const struct tc_field *f, size_t *from)
{
	*from = row_bit(l, f->from) / 8;
	return row_bit(l, f->to + 1u) / 8 - *from;
}

size_t tc_header_before(const struct tc_header *h)
{
	size_t n = h->head_bytes;

	for (unsigned k = 0; k < h->n_parts; k++)
		n += h->parts[k].def_len;
	return n;
}

/* Its memory is kept. */
static void empty(struct tc_buf *value)
{
	if (value->failed)
		tc_buf_free(value);
	value->len = 0;
}

/* A part's default. */
static int reset_part(struct tc_layer *l, unsigned k)
{
	const struct tc_part *part = &l->hdr->parts[k];

	empty(&l->part[k]);
	tc_buf_add(&l->part[k], part->def, part->def_len);
	return l->part[k].failed ? -ENOMEM : 0;
}

/* A layer of this header whose bytes of fixed width nobody has put there yet. */
static int empty_layer(struct tc_layer *l, const struct tc_header *hdr)
{
	l->hdr = hdr;
	l->set = 0;
	l->bad = 0;
	l->from.rows = 0;
	empty(&l->var);
	if (hdr->n_parts && !l->part)
		l->part = calloc(TC_PARTS_MAX, sizeof *l->part);
	for (unsigned k = 0; l->part && k < hdr->n_parts; k++)
		empty(&l->part[k]);
	return hdr->n_parts && !l->part ? -ENOMEM : 0;
}

/* All rows at their defaults. */
static int reset_layer(struct tc_layer *l, const struct tc_header *hdr)
{
	const struct tc_field *f;
	int rc = empty_layer(l, hdr);

	memset(l->fixed, 0, hdr->head_bytes + hdr->tail_bytes);
	for (unsigned i = 0; i < hdr->n_rows; i++) {
		f = &hdr->rows[i];
		if (f->bits && f->def)
			tc_field_put(f, l->fixed + row_base(hdr, i), f->def);
	}
	for (unsigned k = 0; k < hdr->n_parts && rc == 0; k++)
		rc = reset_part(l, k);
	return rc;
}

/* Behind the others, by one of the two functions above. */
static int push_layer(struct tc_packet *p, const struct tc_header *hdr,
		      int (*fill)(struct tc_layer *l, const struct tc_header *hdr),
		      struct tc_error *err)
{
	struct tc_layer *l = &p->layer[p->n];

	if (p->n == TC_LAYERS_MAX)
		return tc_fail(err, -EMSGSIZE, "%s would be layer %u, a packet holds %u",
			       hdr->name, p->n + 1, TC_LAYERS_MAX);
	if (hdr->head_bytes + hdr->tail_bytes > TC_LAYER_FIXED_MAX)
		return tc_fail(err, -EMSGSIZE,
			       "%s has %u fixed bytes, a header may have %u", hdr->name,
			       hdr->head_bytes + hdr->tail_bytes, TC_LAYER_FIXED_MAX);
	if (fill(l, hdr) < 0) {
		free_values(l);
		*l = (struct tc_layer){ 0 };
		return tc_nomem(err);
	}
	return (int)p->n++;
}

int tc_packet_push(struct tc_packet *p, const struct tc_header *hdr, struct tc_error *err)
{
	return push_layer(p, hdr, reset_layer, err);
}

int tc_packet_push_empty(struct tc_packet *p, const struct tc_header *hdr, struct tc_error *err)
{
	return push_layer(p, hdr, empty_layer, err);
}

int tc_packet_insert(struct tc_packet *p, unsigned at, const struct tc_header *hdr,
		     struct tc_error *err)
{
	int last = tc_packet_push(p, hdr, err);
	struct tc_layer added;

	assert(last < 0 || at <= (unsigned)last);
	if (last < 0)
		return last;
	added = p->layer[last];
	memmove(&p->layer[at + 1], &p->layer[at], ((unsigned)last - at) * sizeof p->layer[0]);
	p->layer[at] = added;
	return (int)at;
}

int tc_packet_layer(const struct tc_packet *p, const struct tc_header *hdr, unsigned nth)
{
	for (unsigned i = 0; i < p->n; i++)
		if (p->layer[i].hdr == hdr && nth-- == 0)
			return (int)i;
	return -ENOENT;
}

static const struct tc_layer *layer_at(const struct tc_packet *p, int layer)
{
	assert((unsigned)layer < p->n);		/* also when it is negative */
	return &p->layer[layer];
}

/* A row of fixed width. */
static const struct tc_field *row_at(const struct tc_layer *l, unsigned row)
{
	assert(row < l->hdr->n_rows && l->hdr->rows[row].bits);
	return &l->hdr->rows[row];
}

int tc_packet_set(struct tc_packet *p, int layer, unsigned row, tc_value value,
		  struct tc_error *err)
{
	const struct tc_field *f = row_at(layer_at(p, layer), row);
	struct tc_layer *l = &p->layer[layer];

	if (value > tc_field_max(f))
		return tc_fail(err, -ERANGE,
			       "%s=%" PRIu64 " is out of range: %u bit%s 0 to %" PRIu64,
			       f->name, (uint64_t)value, f->bits,
			       f->bits == 1 ? " holds" : "s hold",
			       (uint64_t)tc_field_max(f));
	tc_field_put(f, l->fixed + row_base(l->hdr, row), value);
	l->set |= ROW_BIT(row);
	l->bad &= ~ROW_BIT(row);
	return 0;
}

const struct tc_header *tc_header_ip(uint8_t family)
{
	return tc_header_get(family == 6 ? TC_HDR_IPV6 : TC_HDR_IP);
}

enum tc_header_id tc_frame_begins(const uint8_t *frame, size_t n, bool ethernet)
{
	if (ethernet)
		return TC_HDR_ETH;
	return n && frame[0] >> 4 == 6 ? TC_HDR_IPV6 : TC_HDR_IP;
}

static void put_addr(struct tc_layer *l, unsigned row, const struct tc_addr *a)
{
	const struct tc_field *f = row_at(l, row);

	memcpy(l->fixed + row_base(l->hdr, row) + f->off / 8, a->bytes, f->bits / 8);
	l->set |= ROW_BIT(row);
	l->bad &= ~ROW_BIT(row);
}

void tc_packet_set_addrs(struct tc_packet *p, int layer, const struct tc_addr *src,
			 const struct tc_addr *dst)
{
	struct tc_layer *l = &p->layer[layer];
	bool v6 = l->hdr == tc_header_get(TC_HDR_IPV6);

	put_addr(l, v6 ? (unsigned)TC_IPV6_SRC : TC_IP_SRC, src);
	put_addr(l, v6 ? (unsigned)TC_IPV6_DST : TC_IP_DST, dst);
}

uint64_t tc_packet_get(const struct tc_packet *p, int layer, unsigned row)
{
	const struct tc_layer *l = layer_at(p, layer);

	return tc_field_get(row_at(l, row), l->fixed + row_base(l->hdr, row));
}

tc_value tc_packet_value(const struct tc_packet *p, int layer, unsigned row)
{
	const struct tc_layer *l = layer_at(p, layer);

	return tc_field_value(row_at(l, row), l->fixed + row_base(l->hdr, row));
}

/* The row that counts the variable one: hdr_len, or an extension header's len. */
static const char *counting_name(const struct tc_header *h)
{
	int row = row_with(h, TC_FILL_HDR_LEN);

	return h->rows[row < 0 ? row_with(h, TC_FILL_EXT_LEN) : row].name;
}

/* `limit` is the longest value in bytes, 0 = none. */
static int set_var(struct tc_layer *l, unsigned row, const void *bytes, size_t n, size_t limit,
		   struct tc_error *err)
{
	const struct tc_field *f = &l->hdr->rows[row];
	struct tc_buf *value = value_of(l, row);

	if (limit && n > limit)
		return tc_fail(err, -EMSGSIZE, "%s is %zu bytes, %s can say %zu: "
			       "write hex:... to send them anyway", f->name, n,
			       counting_name(l->hdr), limit);
	if (n > TC_PACKET_MAX)
		return tc_fail(err, -EMSGSIZE, "%s is %zu bytes, a packet holds %u",
			       f->name, n, TC_PACKET_MAX);
	empty(value);
	tc_buf_add(value, bytes, n);
	if (value->failed)
		return tc_fail(err, -ENOMEM, "%s: out of memory", f->name);
	l->set |= ROW_BIT(row);
	return 0;
}

/* The longest options that the header's length can count; other values have no limit
 * before they are built, for their length may yet be set. */
static size_t options_limit(const struct tc_header *h)
{
	return is_options(&h->rows[h->var_row]) ? h->var_max : 0;
}

int tc_packet_set_bytes(struct tc_packet *p, int layer, const void *bytes, size_t n,
			struct tc_error *err)
{
	const struct tc_layer *l = layer_at(p, layer);

	assert(l->hdr->var_row >= 0);
	return set_var(&p->layer[layer], (unsigned)l->hdr->var_row, bytes, n,
		       options_limit(l->hdr), err);
}

void tc_packet_unset(struct tc_packet *p, int layer, unsigned row)
{
	struct tc_layer *l = &p->layer[layer];
	const struct tc_header *h = layer_at(p, layer)->hdr;

	assert(row < h->n_rows);
	l->set &= ~ROW_BIT(row);
	l->bad &= ~ROW_BIT(row);
	l->from.rows = 0;
	if (h->rows[row].bits)
		tc_field_put(&h->rows[row], l->fixed + row_base(h, row), h->rows[row].def);
	else if (part_of(h, row) >= 0)	/* its memory is kept and has room for it */
		reset_part(l, (unsigned)part_of(h, row));
	else
		l->var.len = 0;
}

void tc_packet_relax(struct tc_packet *p)
{
	for (unsigned i = 0; i < p->n; i++) {
		p->layer[i].set &= ~p->layer[i].hdr->auto_rows;
		p->layer[i].bad = 0;
	}
}

size_t tc_packet_layer_len(const struct tc_packet *p, int layer)
{
	return layer_bytes(layer_at(p, layer));
}

size_t tc_packet_offset(const struct tc_packet *p, int layer)
{
	size_t off = 0;

	assert(layer >= 0 && (unsigned)layer <= p->n);
	for (int i = 0; i < layer; i++)
		off += layer_bytes(&p->layer[i]);
	return off;
}

/* Setting by name and text. */

static int fail_no_layer(const struct tc_packet *p, const struct tc_field_ref *ref,
			 struct tc_error *err)
{
	char names[128] = "";
	size_t at = 0;

	for (unsigned i = 0; i < p->n && at < sizeof names; i++)
		at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", i ? ", " : "",
				       p->layer[i].hdr->name);
	return tc_fail(err, -ENOENT, "%s: this packet has no %s layer, only %s",
		       ref->field->name, ref->hdr->name, p->n ? names : "nothing yet");
}

static int set_var_text(struct tc_layer *l, unsigned row, const char *text,
			struct tc_error *err)
{
	const struct tc_field *f = &l->hdr->rows[row];
	size_t limit = strncmp(text, "hex:", 4) == 0 ? 0 : options_limit(l->hdr);
	struct tc_buf b = { 0 };
	int rc = tc_field_parse_bytes(f, text, &b, err);

	if (rc == 0)
		rc = set_var(l, row, b.data, b.len, limit, err);
	tc_buf_free(&b);
	return rc;
}

/* An alias covers whole rows: hand each its bits. */
static int set_alias(struct tc_packet *p, int layer, const struct tc_field *alias,
		     tc_value value, struct tc_error *err)
{
	const struct tc_header *h = p->layer[layer].hdr;
	unsigned end = (unsigned)alias->off + alias->bits;
	int rc = 0;

	for (unsigned i = 0; i < h->n_rows && rc == 0; i++) {
		const struct tc_field *f = &h->rows[i];

		if (row_base(h, i) || f->off < alias->off || f->off >= end || !f->bits)
			continue;
		rc = tc_packet_set(p, layer, i, value >> (end - f->off - f->bits) &
				   tc_field_max(f), err);
	}
	return rc;
}

int tc_packet_set_ref(struct tc_packet *p, int layer, const struct tc_field_ref *ref,
		      tc_value value, struct tc_error *err)
{
	if (ref->row < 0)
		return set_alias(p, layer, ref->field, value, err);
	return tc_packet_set(p, layer, (unsigned)ref->row, value, err);
}

static int set_row_text(struct tc_packet *p, int layer, const struct tc_field_ref *ref,
			const char *text, struct tc_error *err)
{
	const struct tc_field *f = ref->field;
	tc_value value;
	int rc;

	if (f->autofill != TC_FILL_NONE && strcasecmp(text, "auto") == 0) {
		tc_packet_unset(p, layer, (unsigned)ref->row);
		return 0;
	}
	if (f->autofill != TC_FILL_NONE && strcasecmp(text, "bad") == 0 &&
	    (f->kind == TC_KIND_CSUM || f->kind == TC_KIND_CSUM_LE)) {
		p->layer[layer].set |= ROW_BIT(ref->row);
		p->layer[layer].bad |= ROW_BIT(ref->row);
		return 0;
	}
	rc = tc_field_parse(f, text, &value, err);
	return rc < 0 ? rc : tc_packet_set_ref(p, layer, ref, value, err);
}

int tc_packet_set_text(struct tc_packet *p, const char *name, const char *text,
		       const struct tc_header *extra, struct tc_error *err)
{
	struct tc_field_ref ref;
	int layer, rc;

	rc = tc_field_find(&ref, name, extra, err);
	if (rc < 0)
		return rc;
	layer = tc_packet_layer(p, ref.hdr, 0);
	if (layer < 0)
		return fail_no_layer(p, &ref, err);
	if (ref.field->bits == 0)
		return set_var_text(&p->layer[layer], (unsigned)ref.row, text, err);
	return set_row_text(p, layer, &ref, text, err);
}
