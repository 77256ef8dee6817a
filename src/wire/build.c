/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packet to bytes. One walk from the innermost layer out: fill the computed numbers,
 * copy the layer, fill its sums, which cover bytes that are in place by then. Only rows
 * with an autofill are looked at; all others are already in the layer's bytes.
 */
#include "layer.h"
#include "pseudo.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/checksum.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct build {
	struct tc_packet *p;
	uint8_t *out;
	size_t len;			/* of the packet */
	struct place {
		size_t at;		/* offset of the layer */
		size_t len;		/* of the layer */
		size_t var;		/* of its variable part, padded */
		size_t counted;		/* bytes from `at` that its lengths count */
	} place[TC_LAYERS_MAX];
	struct tc_error *err;
};

static int lay_out(struct build *b, size_t cap)
{
	const struct tc_header *trailer = tc_header_get(TC_HDR_TRAILER);
	const struct tc_packet *p = b->p;
	size_t at = 0, end;

	for (unsigned i = 0; i < p->n; i++) {
		const struct tc_header *h = p->layer[i].hdr;
		size_t var = var_bytes(&p->layer[i]);
		size_t len = h->head_bytes + part_bytes(&p->layer[i], 0, h->n_rows) + var +
			     h->tail_bytes;

		b->place[i] = (struct place){ .at = at, .len = len, .var = var };
		at += len;
	}
	b->len = end = at;
	if (end > cap)
		return tc_fail(b->err, -EMSGSIZE,
			       "the packet is %zu bytes, there is room for %zu", end, cap);
	for (unsigned i = p->n; i-- > 0;) {
		b->place[i].counted = end - b->place[i].at;
		/* a trailer is bytes that the layers outside it do not count */
		if (p->layer[i].hdr == trailer)
			end = b->place[i].at;
	}
	return 0;
}

/* Bytes of the variable rows that a length counts. */
static inline size_t counted_vars(const struct tc_layer *l, const struct tc_field *f)
{
	const struct tc_header *h = l->hdr;

	if (!h->n_parts)
		return l->var.len;
	return part_bytes(l, f->from, f->to) +
	       (f->from <= h->var_row && f->to >= h->var_row ? l->var.len : 0);
}

/* The most that a length may say by the limit of what it counts: a part's, or the payload's,
 * which the first row that counts it answers for: with that one set, others may be over it. */
static uint64_t limit_of(const struct tc_header *h, const struct tc_field *f)
{
	unsigned max = counted_max(h, f);

	if (!max || (counts_payload(h, f) && f != &h->rows[payload_counter(h)]))
		return UINT64_MAX;
	return max + (uint64_t)f->add;
}

/* The type of message whose body the next layer is; of several the one that is there. */
static uint64_t icmpv6_type(const struct tc_header *body, uint64_t now)
{
	return now && now == body->icmpv6 >> 8 ? now : body->icmpv6 & 0xffu;
}

/* What a row should hold that does not sum its own header. Data has no protocol number:
 * the one that is there stays, as it was parsed or by default. */
static inline uint64_t number_for(const struct build *b, unsigned i,
				  const struct tc_field *f, const uint8_t *bytes)
{
	const struct tc_layer *l = &b->p->layer[i];
	const struct tc_header *next = i + 1 < b->p->n ? l[1].hdr : NULL;

	if (f->autofill == TC_FILL_TOTAL_LEN)
		return b->place[i].counted;
	if (f->autofill == TC_FILL_HDR_LEN)
		return b->place[i].len / 4;
	if (f->autofill == TC_FILL_BODY_LEN)
		return b->place[i].counted - b->place[i].len;
	if (f->autofill == TC_FILL_EXT_LEN)
		return b->place[i].len / 8 - 1;
	if (f->autofill == TC_FILL_VAR_LEN)
		return counted_vars(l, f) + (uint64_t)f->add;
	if (f->autofill == TC_FILL_IPPROTO && next && next->ipproto >= 0)
		return (uint64_t)next->ipproto;
	if (f->autofill == TC_FILL_ICMPV6 && next && next->icmpv6)
		return icmpv6_type(next, tc_field_get(f, bytes));
	if (f->autofill == TC_FILL_ETHERTYPE && next && next->ethertype)
		return next->ethertype;
	return tc_field_get(f, bytes);
}

/* A computed number is over what its field can hold, or below 0. Of a part it is the part that
 * somebody gave. */
static int fail_number(struct build *b, unsigned i, const struct tc_field *f, uint64_t value,
		       uint64_t max)
{
	const struct tc_layer *l = &b->p->layer[i];
	int k = f->autofill == TC_FILL_VAR_LEN ? counted_part(l->hdr, f) : -1;

	if (value > INT64_MAX)
		return tc_fail(b->err, -EMSGSIZE, "%s would be %" PRId64 ": set it, or send more",
			       f->name, (int64_t)value);
	if (k >= 0)
		return tc_fail(b->err, -EMSGSIZE, "%s has %zu bytes, %" PRIu64 " at most%s: set "
			       "%s, or send less", l->hdr->rows[l->hdr->parts[k].row].name,
			       l->part[k].len, max - (uint64_t)f->add,
			       max < (uint64_t)tc_field_max(f) ? " (max)" : "", f->name);
	return tc_fail(b->err, -EMSGSIZE,
		       "%s would be %" PRIu64 ", %" PRIu64 " at most: set it, or send less",
		       f->name, value, max);
}

/* Fill the rows of `rows` (one bit each) in the layer's own bytes. */
static int fill_numbers(struct build *b, unsigned i, uint64_t rows)
{
	struct tc_layer *l = &b->p->layer[i];
	const struct tc_header *h = l->hdr;

	for (; rows; rows &= rows - 1) {
		unsigned row = (unsigned)__builtin_ctzll(rows);
		const struct tc_field *f = &h->rows[row];
		uint8_t *bytes = l->fixed + row_base(h, row);
		uint64_t value = number_for(b, i, f, bytes), max = (uint64_t)tc_field_max(f);

		if (f->autofill == TC_FILL_VAR_LEN && limit_of(h, f) < max)
			max = limit_of(h, f);
		if (value > max && f->autofill != TC_FILL_HDR_LEN &&
		    f->autofill != TC_FILL_EXT_LEN)
			return fail_number(b, i, f, value, max);
		if (value > max)	/* such options came as hex, on purpose */
			value = max;
		value ^= l->bad >> row & 1;
		if (value != tc_field_get(f, bytes))	/* a store delays the copy */
			tc_field_put(f, bytes, value);
	}
	return 0;
}

/* Lengths and protocol numbers: most packets differ from the last in other rows. */
static int fill_lengths(struct build *b, unsigned i, uint64_t rows)
{
	struct tc_layer *l = &b->p->layer[i];
	const struct place *at = &b->place[i];
	const struct tc_header *next = i + 1 < b->p->n ? l[1].hdr : NULL;
	int rc;

	/* of parts the same bytes may be otherwise divided */
	if (l->from.rows == rows && l->from.len == at->len && !l->hdr->n_parts &&
	    l->from.counted == at->counted && l->from.next == next)
		return 0;
	rc = fill_numbers(b, i, rows);
	l->from = (struct tc_layer_from){ .rows = rc < 0 ? 0 : rows, .len = at->len,
					  .counted = at->counted, .next = next };
	return rc;
}

/* Sets the sums of a header to zero: each of several is computed with those after it as zero,
 * whatever the last build left there. */
static void clear_sums(struct tc_layer *l, uint64_t rows)
{
	for (; rows; rows &= rows - 1) {
		unsigned row = (unsigned)__builtin_ctzll(rows);

		tc_field_put(&l->hdr->rows[row], l->fixed + row_base(l->hdr, row), 0);
	}
}

/* Zeros; between options of IPv6 they are Pad1, and more than one of them is a PadN (RFC 8200
 * 4.2). */
static void put_padding(uint8_t *out, size_t n, const struct tc_field *f)
{
	memset(out, 0, n);
	if (f->kind == TC_KIND_IP6OPT && n > 1) {
		out[0] = 1;
		out[1] = (uint8_t)(n - 2);
	}
}

static void copy_layer(const struct build *b, unsigned i)
{
	const struct tc_layer *l = &b->p->layer[i];
	const struct tc_header *h = l->hdr;
	uint8_t *out = b->out + b->place[i].at;
	size_t var = b->place[i].var, from = 0;

	for (unsigned k = 0; k < h->n_parts; k++) {
		size_t to = h->rows[h->parts[k].row].off / 8;

		memcpy(out, l->fixed + from, to - from);
		out += to - from;
		if (l->part[k].len)
			memcpy(out, l->part[k].data, l->part[k].len);
		out += l->part[k].len;
		from = to;
	}
	memcpy(out, l->fixed + from, h->head_bytes - from);
	out += h->head_bytes - from;
	if (l->var.len)
		memcpy(out, l->var.data, l->var.len);
	if (var > l->var.len)
		put_padding(out + l->var.len, var - l->var.len, &h->rows[h->var_row]);
	if (h->tail_bytes)
		memcpy(out + var, l->fixed + h->head_bytes, h->tail_bytes);
}

static uint64_t xor_of(const uint8_t *v, size_t n)
{
	uint8_t x = 0;

	for (size_t i = 0; i < n; i++)
		x ^= v[i];
	return x;
}

static uint64_t sum_of(const uint8_t *v, size_t n)
{
	uint64_t s = 0;

	for (size_t i = 0; i < n; i++)
		s += v[i];
	return s;
}

/* What an Internet checksum over the header in b->out should hold, given the sum of what
 * is not there. */
static uint16_t header_sum(const struct build *b, unsigned i, const struct tc_field *f,
			   uint16_t start)
{
	const struct place *at = &b->place[i];
	size_t n = f->autofill == TC_FILL_CSUM_HDR ? at->len : at->counted;

	if (f->autofill == TC_FILL_CSUM_PSEUDO)
		start = tc_checksum_add(start, tc_pseudo_sum(b->p, (int)i, at->counted));
	return (uint16_t)~tc_checksum_sum(b->out + at->at, n, start);
}

/* What any sum over b->out should hold; its own bytes are zero there. */
static uint64_t sum_for(const struct build *b, unsigned i, const struct tc_field *f)
{
	size_t from, n = tc_layer_covered(&b->p->layer[i], f, &from);
	const uint8_t *bytes = b->out + b->place[i].at + from;

	if (f->autofill >= TC_FILL_CSUM_HDR)
		return header_sum(b, i, f, 0);
	if (f->autofill == TC_FILL_XOR)
		return xor_of(bytes, n);
	if (f->autofill == TC_FILL_SUM)
		return sum_of(bytes, n);
	if (f->autofill == TC_FILL_INET)
		return tc_checksum(bytes, n);
	if (f->autofill == TC_FILL_CRC16)
		return tc_crc16(bytes, n);
	return f->autofill == TC_FILL_CRC32 ? tc_crc32(bytes, n) : 0;
}

/*
 * A sum takes its own bytes for zero. The usual one is a 16-bit word at an even place: the
 * value of last time, which is in the bytes, is subtracted (RFC 1624) and nothing need be
 * cleared. The result cannot tell 0xffff from 0; 0 is left to the slow way.
 */
static bool fill_word_sum(struct build *b, unsigned i, unsigned row)
{
	struct tc_layer *l = &b->p->layer[i];
	const struct tc_field *f = &l->hdr->rows[row];
	unsigned at = f->off / 8;
	uint8_t *out = b->out + b->place[i].at;
	uint16_t value;

	if (f->bits != 16 || f->off % 16 || f->kind != TC_KIND_CSUM ||
	    f->autofill < TC_FILL_CSUM_HDR || row_base(l->hdr, row))
		return false;
	value = header_sum(b, i, f, (uint16_t)~tc_get16(l->fixed + at));
	if (value == 0)
		return false;
	value ^= (uint16_t)(l->bad >> row & 1);
	tc_put16(l->fixed + at, value);
	tc_put16(out + at, value);
	return true;
}

/* A sum of any width and place. */
static void fill_sum(struct build *b, unsigned i, unsigned row)
{
	struct tc_layer *l = &b->p->layer[i];
	const struct tc_field *f = &l->hdr->rows[row];
	unsigned base = row_base(l->hdr, row);
	/* f counts from here */
	uint8_t *out = b->out + b->place[i].at + (row_bit(l, row) - f->off) / 8;
	uint64_t value;

	tc_field_put(f, out, 0);
	value = (sum_for(b, i, f) & (uint64_t)tc_field_max(f)) ^ (l->bad >> row & 1);
	tc_field_put(f, l->fixed + base, value);
	tc_field_put(f, out, value);
}

/* The rows that a sum covers, one bit each. Those over the header itself come last. */
static uint64_t covered_rows(const struct tc_field *f)
{
	if (f->autofill >= TC_FILL_CSUM_HDR)
		return UINT64_MAX;
	return (UINT64_MAX >> (63 - f->to)) & (UINT64_MAX << f->from);
}

/* The first of these sums that covers none of the others; of a ring the first. Mostly there
 * is but one. */
static inline unsigned next_sum(const struct tc_header *h, uint64_t rows)
{
	for (uint64_t left = rows & (rows - 1) ? rows : 0; left; left &= left - 1) {
		unsigned row = (unsigned)__builtin_ctzll(left);

		if (!(covered_rows(&h->rows[row]) & rows & ~(UINT64_C(1) << row)))
			return row;
	}
	return (unsigned)__builtin_ctzll(rows);
}

static void fill_sums(struct build *b, unsigned i, uint64_t rows)
{
	while (rows) {
		unsigned row = next_sum(b->p->layer[i].hdr, rows);

		rows &= ~(UINT64_C(1) << row);
		if (!fill_word_sum(b, i, row))
			fill_sum(b, i, row);
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
	for (unsigned i = p->n; i-- > 0 && rc == 0;) {
		struct tc_layer *l = &p->layer[i];
		uint64_t rows = l->hdr->auto_rows & (~l->set | l->bad);
		uint64_t sums = rows & l->hdr->sum_rows;

		rc = fill_lengths(&b, i, rows & ~sums);
		if (rc < 0)
			break;
		if (sums & (sums - 1))
			clear_sums(l, sums);
		copy_layer(&b, i);
		fill_sums(&b, i, sums);
	}
	return rc < 0 ? rc : (int)b.len;
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
			return tc_nomem(err);
		rc = tc_packet_build(&copy, out, n, err);
		free(out);
		if (rc < 0)
			return rc;
	}
	*value = tc_packet_get(&copy, layer, row);
	return 0;
}
