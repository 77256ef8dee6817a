/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packet to bytes. One walk from the innermost layer out: fill the computed numbers,
 * copy the layer, fill its sums, which cover bytes that are in place by then. Only rows
 * with an autofill are looked at; all others are already in the layer's bytes.
 */
#include "layer.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/checksum.h>
#include <tcpcraft/error.h>
#include <tcpcraft/packet.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct build {
	struct tc_packet *p;
	uint8_t *out;
	size_t at[TC_LAYERS_MAX + 1];	/* offset of each layer, then of the end */
	size_t end[TC_LAYERS_MAX];	/* where what the layer counts ends */
	struct tc_error *err;
};

/* A trailer is bytes that the layers outside it do not count. */
static bool is_trailer(const struct tc_layer *l)
{
	return l->hdr == tc_header_get(TC_HDR_TRAILER);
}

static int lay_out(struct build *b, size_t cap)
{
	const struct tc_packet *p = b->p;
	size_t end;

	b->at[0] = 0;
	for (unsigned i = 0; i < p->n; i++)
		b->at[i + 1] = b->at[i] + layer_bytes(&p->layer[i]);
	end = b->at[p->n];
	if (end > cap)
		return tc_fail(b->err, -EMSGSIZE, "the packet is %zu bytes, there is room for %zu",
			       end, cap);
	for (unsigned i = p->n; i-- > 0;) {
		b->end[i] = end;
		if (is_trailer(&p->layer[i]))
			end = b->at[i];
	}
	return 0;
}

static int fail_length(struct build *b, const struct tc_field *f, uint64_t len, uint64_t max)
{
	return tc_fail(b->err, -EMSGSIZE, "%s would be %" PRIu64 ", %" PRIu64 " at most: set it, or send less",
		       f->name, len, max);
}

/* RFC 9293 3.1: addresses of the IPv4 layer outside, protocol of this header, length in
 * bytes that are there. */
static uint16_t pseudo_sum(const struct build *b, unsigned i)
{
	const struct tc_header *ip = tc_header_get(TC_HDR_IP);
	const struct tc_header *self = b->p->layer[i].hdr;
	uint8_t proto = (uint8_t)(self->ipproto >= 0 ? self->ipproto : 0);

	for (unsigned k = i; k-- > 0;) {
		const uint8_t *head = b->p->layer[k].fixed;

		if (b->p->layer[k].hdr != ip)
			continue;
		return tc_checksum_pseudo(tc_get32(head + TC_IP_SRC_OFF / 8),
					  tc_get32(head + TC_IP_DST_OFF / 8), proto,
					  (uint32_t)(b->end[i] - b->at[i]));
	}
	return 0;
}

static uint64_t xor_of(const struct tc_buf *v)
{
	uint8_t x = 0;

	for (size_t i = 0; i < v->len; i++)
		x ^= v->data[i];
	return x;
}

static uint64_t sum_of(const struct tc_buf *v)
{
	uint64_t s = 0;

	for (size_t i = 0; i < v->len; i++)
		s += v->data[i];
	return s;
}

/* What a row with an autofill should hold; sums read the bytes already in b->out. Data
 * has no number of its own: the one before it stays, as it was parsed or by default. */
static uint64_t compute(const struct build *b, unsigned i, unsigned row)
{
	const struct tc_layer *l = &b->p->layer[i];
	const struct tc_header *next = i + 1 < b->p->n ? l[1].hdr : NULL;
	const uint8_t *from = b->out + b->at[i];
	size_t counted = b->end[i] - b->at[i];

	switch ((enum tc_autofill)l->hdr->rows[row].autofill) {
	case TC_FILL_NONE:
		break;
	case TC_FILL_HDR_LEN:
		return layer_bytes(l) / 4;
	case TC_FILL_TOTAL_LEN:
		return counted;
	case TC_FILL_VAR_LEN:
		return l->var.len;
	case TC_FILL_ETHERTYPE:
		if (next && next->ethertype)
			return next->ethertype;
		break;
	case TC_FILL_IPPROTO:
		if (next && next->ipproto >= 0)
			return (uint64_t)next->ipproto;
		break;
	case TC_FILL_CSUM_HDR:
		return tc_checksum(from, layer_bytes(l));
	case TC_FILL_CSUM_ALL:
		return tc_checksum(from, counted);
	case TC_FILL_CSUM_PSEUDO:
		return (uint16_t)~tc_checksum_sum(from, counted, pseudo_sum(b, i));
	case TC_FILL_XOR_VAR:
		return xor_of(&l->var);
	case TC_FILL_SUM_VAR:
		return sum_of(&l->var);
	case TC_FILL_INET_VAR:
		return tc_checksum(l->var.data, l->var.len);
	case TC_FILL_CRC16_VAR:
		return tc_crc16(l->var.data, l->var.len);
	case TC_FILL_CRC32_VAR:
		return tc_crc32(l->var.data, l->var.len);
	}
	return tc_packet_get(b->p, (int)i, row);
}

/* Largest value of a computed number: its field's, or what the header allows. */
static uint64_t limit_of(const struct tc_header *h, const struct tc_field *f)
{
	uint64_t max = tc_field_max(f);

	if (f->autofill == TC_FILL_VAR_LEN && h->var_max && h->var_max < max)
		return h->var_max;
	return max;
}

/* Fill the rows of `rows` (one bit each) that are numbers; put zero where sums go. */
static int fill_numbers(struct build *b, unsigned i, uint64_t rows)
{
	struct tc_layer *l = &b->p->layer[i];

	for (; rows; rows &= rows - 1) {
		unsigned row = (unsigned)__builtin_ctzll(rows);
		const struct tc_field *f = &l->hdr->rows[row];
		uint64_t max = limit_of(l->hdr, f), value = 0;

		if (!(l->hdr->sum_rows >> row & 1))
			value = compute(b, i, row);
		if (value > max && f->autofill != TC_FILL_HDR_LEN)
			return fail_length(b, f, value, max);
		/* a header that is too long was asked for with hex options */
		tc_field_put(f, l->fixed + row_base(l->hdr, row), value < max ? value : max);
	}
	return 0;
}

static void copy_layer(const struct build *b, unsigned i)
{
	const struct tc_layer *l = &b->p->layer[i];
	const struct tc_header *h = l->hdr;
	uint8_t *out = b->out + b->at[i];
	size_t var = var_bytes(l);

	memcpy(out, l->fixed, h->head_bytes);
	out += h->head_bytes;
	if (var) {
		memcpy(out, l->var.data, l->var.len);
		memset(out + l->var.len, 0, var - l->var.len);
	}
	if (h->tail_bytes)
		memcpy(out + var, l->fixed + h->head_bytes, h->tail_bytes);
}

static void fill_sums(struct build *b, unsigned i, uint64_t rows)
{
	struct tc_layer *l = &b->p->layer[i];

	for (; rows; rows &= rows - 1) {
		unsigned row = (unsigned)__builtin_ctzll(rows);
		const struct tc_field *f = &l->hdr->rows[row];
		unsigned base = row_base(l->hdr, row);
		uint64_t value = compute(b, i, row) & tc_field_max(f);

		value ^= l->bad >> row & 1;
		tc_field_put(f, l->fixed + base, value);
		tc_field_put(f, b->out + b->at[i] + base + (base ? var_bytes(l) : 0), value);
	}
}

int tc_packet_build(struct tc_packet *p, uint8_t *out, size_t cap, struct tc_error *err)
{
	struct build b;
	int rc;

	b.p = p;
	b.out = out;
	b.err = err;
	rc = lay_out(&b, cap);
	for (unsigned i = p->n; i-- > 0 && rc >= 0;) {
		const struct tc_layer *l = &p->layer[i];
		uint64_t rows = l->hdr->auto_rows & (~l->set | l->bad);

		rc = fill_numbers(&b, i, rows);
		if (rc < 0)
			break;
		copy_layer(&b, i);
		fill_sums(&b, i, rows & l->hdr->sum_rows);
	}
	return rc < 0 ? rc : (int)b.at[p->n];
}

int tc_packet_computed(const struct tc_packet *p, int layer, unsigned row,
		       uint64_t *value, struct tc_error *err)
{
	struct tc_packet copy = *p;	/* build changes only what is in the struct */
	size_t n = tc_packet_offset(p, (int)p->n);
	uint8_t *out;
	int rc;

	if (p->layer[layer].hdr->auto_rows >> row & 1) {
		copy.layer[layer].set &= ~(UINT64_C(1) << row);
		copy.layer[layer].bad &= ~(UINT64_C(1) << row);
		out = malloc(n + 1);
		if (!out)
			return tc_fail(err, -ENOMEM, "out of memory");
		rc = tc_packet_build(&copy, out, n, err);
		free(out);
		if (rc < 0)
			return rc;
	}
	*value = tc_packet_get(&copy, layer, row);
	return 0;
}
