/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the parts of a layer are; shared by packet.c, build.c and parse.c. */
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
	return (h->head_bytes + l->var.len + unit - 1) / unit * unit - h->head_bytes;
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
		if (h->rows[i].autofill == TC_FILL_VAR_LEN && h->rows[i].from <= h->var_row &&
		    h->rows[i].to >= h->var_row)
			return (int)i;
	return -1;
}

#endif
