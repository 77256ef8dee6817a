/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A checksum worked out on paper: each 16-bit word with its name and the sum so far, the
 * carries folded in, the complement (RFC 1071; pseudo-header: RFC 9293 3.1, RFC 8200 8.1).
 */
#include "wire/pseudo.h"

#include <tcpcraft/explain.h>

#include <tcpcraft/bits.h>
#include <tcpcraft/buf.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DATA_WORDS 8		/* a line */
#define NAMES_MAX 200
#define XOR_BYTES 16		/* a line */

struct sum {
	struct tc_buf *out;
	const struct tc_explain *e;
	const struct tc_explain_layer *l;
	uint32_t total;
};

static void put_word(struct sum *s, uint16_t word, const char *what)
{
	char total[16];

	s->total += word;
	snprintf(total, sizeof total, "%04" PRIx32, s->total);
	tc_buf_printf(s->out, "    %04x  %7s   %s\n", word, total, what);
}

/* Names of the rows that have bits in a word of the header. */
static void name_word(const struct tc_header *h, size_t byte, char names[NAMES_MAX])
{
	size_t n = 0;

	names[0] = 0;
	for (unsigned i = 0; i < h->n_rows; i++) {
		const struct tc_field *f = &h->rows[i];

		if (!f->bits || f->off + f->bits <= 8 * byte || f->off >= 8 * byte + 16 ||
		    (h->var_row >= 0 && i > (unsigned)h->var_row))
			continue;
		n += (size_t)snprintf(names + n, n < NAMES_MAX ? NAMES_MAX - n : 0, "%s%s",
				      n ? " " : "", n ? strrchr(f->name, '.') : f->name);
	}
}

/* The fixed part of the header, the checksum itself as zero. */
static void put_header(struct sum *s, size_t at_sum)
{
	const struct tc_header *h = s->l->hdr;
	const uint8_t *bytes = s->e->bytes + s->l->at;
	char names[NAMES_MAX];

	tc_buf_printf(s->out, "  %s header\n", h->name);
	for (size_t i = 0; i + 1 < h->head_bytes; i += 2) {
		name_word(h, i, names);
		if (i == at_sum)
			put_word(s, 0, "the checksum itself: counted as 0");
		else
			put_word(s, tc_get16(bytes + i), names);
	}
}

static uint16_t word_at(const uint8_t *bytes, size_t n, size_t i)
{
	return (uint16_t)(bytes[i] << 8 | (i + 1 < n ? bytes[i + 1] : 0));
}

/* Bytes without names, several words a line; an odd one is padded with zero. */
static void put_bytes(struct sum *s, const char *what, const uint8_t *bytes, size_t n)
{
	if (n == 0)
		return;
	tc_buf_printf(s->out, "  %s, %zu bytes\n", what, n);
	for (size_t i = 0; i < n; i += 2 * DATA_WORDS) {
		size_t end = i + 2 * DATA_WORDS < n ? i + 2 * DATA_WORDS : n;

		for (size_t k = i; k < end; k += 2)
			s->total += word_at(bytes, n, k);
		tc_buf_printf(s->out, "          %7" PRIx32 "  ", s->total);
		for (size_t k = i; k < end; k += 2)
			tc_buf_printf(s->out, " %04x", word_at(bytes, n, k));
		tc_buf_printf(s->out, end == n && n % 2 ? " (padded with 00)\n" : "\n");
	}
}

static void put_address(struct sum *s, const uint8_t *bytes, size_t n, const char *name)
{
	for (size_t k = 0; k < n; k += 2)
		put_word(s, tc_get16(bytes + k), name);
}

/* The addresses of the IP layer `ip` outside, as it was parsed. */
static void put_pseudo(struct sum *s, int ip, size_t len)
{
	const struct tc_packet *p = s->l->packet;
	const uint8_t *head = p->layer[ip].fixed, *to;
	const struct tc_field *rows = p->layer[ip].hdr->rows;
	bool six = p->layer[ip].hdr == tc_header_get(TC_HDR_IPV6);
	char text[NAMES_MAX];

	tc_buf_printf(s->out, "  pseudo-header (%s)\n", six ? "RFC 8200 8.1" : "RFC 9293 3.1");
	to = tc_final_destination(p, ip, s->l->index);
	if (six) {
		put_address(s, head + TC_IPV6_SRC_OFF / 8, 16, rows[TC_IPV6_SRC].name);
		put_address(s, to, 16, to == head + TC_IPV6_DST_OFF / 8 ? rows[TC_IPV6_DST].name
			    : "the last address on the way");
	} else {
		put_address(s, head + TC_IP_SRC_OFF / 8, 4, rows[TC_IP_SRC].name);
		put_address(s, to, 4, to == head + TC_IP_DST_OFF / 8 ? rows[TC_IP_DST].name
			    : "the last address on the way");
	}
	snprintf(text, sizeof text, "zero, protocol %d", s->l->hdr->ipproto);
	put_word(s, (uint16_t)s->l->hdr->ipproto, text);
	snprintf(text, sizeof text, "length of header and data: %zu", len);
	if (len > 0xffff)
		put_word(s, (uint16_t)(len >> 16), text);
	put_word(s, (uint16_t)len, text);
}

static void put_fold(struct sum *s, const struct tc_explained *x)
{
	uint32_t t = s->total;

	while (t > 0xffff) {
		tc_buf_printf(s->out,
			      "  carries: %" PRIx32 " + %04" PRIx32 " = %" PRIx32 "\n",
			      t >> 16, t & 0xffff, (t >> 16) + (t & 0xffff));
		t = (t >> 16) + (t & 0xffff);
	}
	tc_buf_printf(s->out, "  complement of %04" PRIx32 ": %04" PRIx32, t, ~t & 0xffff);
	tc_buf_printf(s->out, "; in the packet: %04" PRIx64 ": %s", (uint64_t)x->value,
		      tc_check_name(x->check));
	if (x->why)
		tc_buf_printf(s->out, ", %s", x->why);
	if (x->check == TC_CHECK_PARTIAL)
		tc_buf_text(s->out, x->field->autofill == TC_FILL_CSUM_HDR ?
			    ": it was left to the network card" :
			    ": that is the pseudo-header's sum, the rest was left to an offload");
	tc_buf_printf(s->out, "\n");
}

/* Bytes that the sum covers, from its header on. */
static size_t covered(const struct sum *s, const struct tc_field *f)
{
	const struct tc_packet *p = s->l->packet;
	size_t n = 0;

	if (f->autofill == TC_FILL_CSUM_HDR)
		return s->l->len;
	for (unsigned i = (unsigned)s->l->index; i < p->n; i++)
		if (p->layer[i].hdr != tc_header_get(TC_HDR_TRAILER))
			n += tc_packet_layer_len(p, (int)i);
	return n;
}

static void put_internet_sum(struct sum *s, const struct tc_explained *x)
{
	const struct tc_header *h = s->l->hdr;
	const uint8_t *bytes = s->e->bytes + s->l->at;
	size_t n = covered(s, x->field);
	int ip = tc_ip_outside(s->l->packet, s->l->index);

	tc_buf_printf(s->out, "%s (RFC 1071)\n    word  the sum\n", x->field->name);
	if (x->field->autofill == TC_FILL_CSUM_PSEUDO && ip >= 0)
		put_pseudo(s, ip, n);
	put_header(s, x->bit / 8);
	put_bytes(s, "options", bytes + h->head_bytes, s->l->len - h->head_bytes);
	put_bytes(s, "data", bytes + s->l->len, n - s->l->len);
	put_fold(s, x);
}

/* Byte k of the layer as its sum sees it: its own are zero. */
static uint8_t seen_byte(const struct sum *s, const struct tc_explained *x, size_t k)
{
	size_t own = x->bit / 8;

	return k >= own && k < own + x->bits / 8 ? 0 : s->e->bytes[s->l->at + k];
}

static void put_xor(struct sum *s, const struct tc_explained *x)
{
	const struct tc_header *h = s->l->hdr;
	size_t from, n = tc_layer_covered(&s->l->packet->layer[s->l->index], x->field, &from);
	bool payload = h->var_row >= 0 && x->field->from == h->var_row &&
		       x->field->to == h->var_row;
	uint8_t sum = 0;

	tc_buf_printf(s->out, "%s: XOR of %s%zu %sbytes\n", x->field->name,
		      payload ? "the " : "", n, payload ? "payload " : "");
	for (size_t i = 0; i < n; i += XOR_BYTES) {
		size_t end = i + XOR_BYTES < n ? i + XOR_BYTES : n;

		for (size_t k = i; k < end; k++)
			sum ^= seen_byte(s, x, from + k);
		tc_buf_printf(s->out, "    %02x  ", sum);
		for (size_t k = i; k < end; k++)
			tc_buf_printf(s->out, " %02x", seen_byte(s, x, from + k));
		tc_buf_printf(s->out, "\n");
	}
	tc_buf_printf(s->out, "  in the packet: %02" PRIx64 ": %s\n", (uint64_t)x->value,
		      tc_check_name(x->check));
}

void tc_explain_sum(struct tc_buf *out, const struct tc_explain *e, unsigned layer,
		    unsigned row)
{
	struct sum s = { .out = out, .e = e, .l = &e->layer[layer] };
	const struct tc_header *h = s.l->hdr;
	struct tc_explained x;

	tc_explain_field(e, layer, row, &x);
	if (!s.l->packet || !(h->sum_rows >> row & 1))
		return;
	switch ((enum tc_autofill)x.field->autofill) {
	case TC_FILL_CSUM_HDR:
	case TC_FILL_CSUM_ALL:
	case TC_FILL_CSUM_PSEUDO:
		put_internet_sum(&s, &x);
		break;
	case TC_FILL_XOR:
		put_xor(&s, &x);
		break;
	case TC_FILL_SUM:
	case TC_FILL_INET:
	case TC_FILL_CRC16:
	case TC_FILL_CRC32:
		tc_buf_printf(out, "%s: computed 0x%" PRIx64 ", in the packet 0x%" PRIx64
			      ": %s\n", x.field->name, x.expected, (uint64_t)x.value,
			      tc_check_name(x.check));
		break;
	case TC_FILL_NONE:
	case TC_FILL_HDR_LEN:
	case TC_FILL_EXT_LEN:
	case TC_FILL_TOTAL_LEN:
	case TC_FILL_BODY_LEN:
	case TC_FILL_ICMPV6:
	case TC_FILL_ETHERTYPE:
	case TC_FILL_IPPROTO:
	case TC_FILL_VAR_LEN:
	case TC_FILL_KEY:
		break;
	}
}
