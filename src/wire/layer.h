/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the parts of a layer are, and what its lengths count; shared by packet.c, build.c and
 * parse.c, and with the fuzzer, which makes frames at the limits of those. */
#ifndef WIRE_LAYER_H
#define WIRE_LAYER_H

#include <tcpcraft/packet.h>

/* Start of the bytes that a row's offset counts from: the head's, or the tail's for
 * rows after the variable one. */
static inline unsigned row_base(const struct tc_header *h, unsigned row)
{
	return h->var_row >= 0 && row > (unsigned)h->var_row ? h->head_bytes : 0;
}

static inline bool is_options(const struct tc_field *f)
{
	return f->kind == TC_KIND_TCPOPT || f->kind == TC_KIND_IPOPT ||
	       f->kind == TC_KIND_IP6OPT || f->kind == TC_KIND_IP6LIST;
}

/* Bytes of the variable part as built: options end on a 32-bit boundary, extension headers
 * of IPv6 on a 64-bit one. */
static inline size_t var_bytes(const struct tc_layer *l)
{
	const struct tc_header *h = l->hdr;
	size_t unit;

	if (h->var_row < 0)
		return 0;
	if (!is_options(&h->rows[h->var_row]))
		return l->var.len;
	unit = h->rows[h->var_row].kind <= TC_KIND_IPOPT ? 4 : 8;
	return ((h->head_bytes + l->var.len + unit - 1) & ~(unit - 1)) - h->head_bytes;
}

/* Bytes of the parts whose rows are from .. to. */
static inline size_t part_bytes(const struct tc_layer *l, unsigned from, unsigned to)
{
	size_t n = 0;

	for (unsigned k = 0; k < l->hdr->n_parts; k++)
		if (l->hdr->parts[k].row >= from && l->hdr->parts[k].row <= to)
			n += l->part[k].len;
	return n;
}

static inline size_t layer_bytes(const struct tc_layer *l)
{
	return l->hdr->head_bytes + part_bytes(l, 0, l->hdr->n_rows) + var_bytes(l) +
	       l->hdr->tail_bytes;
}

/* Where a row begins, in bits: tc_layer_bit. */
static inline size_t row_bit(const struct tc_layer *l, unsigned row)
{
	const struct tc_header *h = l->hdr;
	size_t parts = 0;

	if (row == h->n_rows)
		return 8 * layer_bytes(l);
	if (h->n_parts && row)
		parts = part_bytes(l, 0, row - 1);
	if (h->var_row >= 0 && row > (unsigned)h->var_row)
		parts += h->head_bytes + var_bytes(l);
	return h->rows[row].off + 8 * parts;
}

/* Does a length count the payload, alone or with others? */
static inline bool counts_payload(const struct tc_header *h, const struct tc_field *f)
{
	return f->autofill == TC_FILL_VAR_LEN && f->from <= h->var_row && f->to >= h->var_row;
}

/* The part that a length counts alone, or -1. */
static inline int counted_part(const struct tc_header *h, const struct tc_field *f)
{
	for (unsigned k = 0; k < h->n_parts; k++)
		if (f->from == f->to && h->parts[k].row == f->from)
			return (int)k;
	return -1;
}

/* The longest legal value of what a length counts, the payload or a part; 0: no limit. */
static inline unsigned counted_max(const struct tc_header *h, const struct tc_field *f)
{
	int part = counts_payload(h, f) ? -1 : counted_part(h, f);

	return part >= 0 ? h->parts[part].max : counts_payload(h, f) ? h->var_max : 0;
}

/* Bytes of the parts that a length counts, where they have their defaults. */
static inline size_t counted_defaults(const struct tc_header *h, const struct tc_field *f)
{
	size_t n = 0;

	for (unsigned k = 0; k < h->n_parts; k++)
		if (h->parts[k].row >= f->from && h->parts[k].row <= f->to)
			n += h->parts[k].def_len;
	return n;
}

/* Index of the first row with this autofill, or -1. */
static inline int row_with(const struct tc_header *h, enum tc_autofill fill)
{
	for (unsigned i = 0; i < h->n_rows; i++)
		if (h->rows[i].autofill == fill)
			return (int)i;
	return -1;
}

/* Index of the first row that counts the payload, or -1. */
static inline int payload_counter(const struct tc_header *h)
{
	for (unsigned i = 0; i < h->n_rows; i++)
		if (counts_payload(h, &h->rows[i]))
			return (int)i;
	return -1;
}

/* packet.c: as tc_packet_push, without defaults: all its bytes are the caller's to put there. */
int tc_packet_push_empty(struct tc_packet *p, const struct tc_header *hdr, struct tc_error *err);

#endif
