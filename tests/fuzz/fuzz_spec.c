/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any values for any fields. The input is read in pieces of a field's number, a form of
 * value and its bytes, or of a text as it is. What is refused is refused with a line; what
 * is taken gives frames, the same ones twice, and patched frames whose checksums are right
 * wherever the spec left them to be computed.
 */
#include <tcpcraft/buf.h>
#include <tcpcraft/craft.h>
#include <tcpcraft/error.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/segment.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES 100

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

static void must_explain(const struct tc_error *err)
{
	must(err->code < 0 && err->msg[0] && !strpbrk(err->msg, "\n\r\033"));
}

/* Sums that nobody gave; lengths and protocols neither. */
static void check_sums(const struct tc_crafted *c, enum tc_header_id first)
{
	struct tc_packet p = { 0 };
	uint64_t right;

	if (tc_packet_parse(&p, c->bytes, c->len, first, NULL) == 0)
		for (unsigned l = 0; l < p.n; l++) {
			uint64_t rows = p.layer[l].hdr->sum_rows;
			int ip = tc_packet_layer(&p, tc_header_get(TC_HDR_IP), 0);
			int six = tc_packet_layer(&p, tc_header_get(TC_HDR_IPV6), 0);

			/* lengths that lie move the end of what a receiver counts */
			if (ip >= 0 && tc_packet_offset(&p, (int)p.n) !=
			    tc_packet_offset(&p, ip) + tc_packet_get(&p, ip, TC_IP_LEN))
				break;
			if (six >= 0 && tc_packet_offset(&p, (int)p.n) !=
			    tc_packet_offset(&p, six + 1) +
			    tc_packet_get(&p, six, TC_IPV6_PLEN))
				break;
			for (; rows; rows &= rows - 1) {
				unsigned row = (unsigned)__builtin_ctzll(rows);

				must(tc_packet_computed(&p, (int)l, row, &right, NULL) == 0);
				must(tc_packet_get(&p, (int)l, row) == right);
			}
		}
	tc_packet_free(&p);
}

static void check_frames(const struct tc_spec *s, struct tc_craft *c, bool sums)
{
	struct tc_crafted out[TC_CRAFT_BATCH];
	struct tc_buf first = { 0 }, again = { 0 };
	struct tc_error err = { 0 };
	enum tc_header_id from = tc_craft_dlt(c) == TC_DLT_EN10MB ? TC_HDR_ETH :
				 tc_spec_has_layer(s, TC_HDR_IPV6) ? TC_HDR_IPV6 : TC_HDR_IP;

	for (int round = 0; round < 2; round++, tc_craft_rewind(c))
		for (size_t total = 0; total < FRAMES;) {
			int n = tc_craft_fill(c, out, FRAMES - total, &err);

			must(n >= 0 || err.code == -EMSGSIZE);
			if (n <= 0)
				break;
			for (int i = 0; i < n; i++) {
				tc_buf_add(round ? &again : &first, out[i].bytes, out[i].len);
				must(out[i].len <= TC_PACKET_MAX + 4);
				if (sums)
					check_sums(&out[i], from);
			}
			total += (size_t)n;
		}
	must(first.len == again.len);
	must(!first.len || memcmp(first.data, again.data, first.len) == 0);
	must(tc_craft_packets(c) == tc_spec_packets(s));
	tc_buf_free(&first);
	tc_buf_free(&again);
}

/* The nth of all rows. */
static const struct tc_field *nth_field(unsigned n)
{
	for (;;)
		for (enum tc_header_id id = 0; id < TC_HDR_COUNT; id++) {
			const struct tc_header *h = tc_header_get(id);

			if (n < h->n_rows + h->n_aliases)
				return n < h->n_rows ? &h->rows[n] :
				       &h->aliases[n - h->n_rows];
			n -= h->n_rows + h->n_aliases;
		}
}

/* A value in one of the forms that specs have, near the field's width. */
static void put_value(struct tc_buf *out, const struct tc_field *f, const uint8_t *piece)
{
	uint64_t max = f->bits ? (uint64_t)tc_field_max(f) : 0xff;
	unsigned long long a = piece[1] & max, b = (a + piece[2]) & max;

	switch (piece[0] % 9) {
	case 0:
	case 1:
		tc_buf_printf(out, "rand");
		break;
	case 2:
		tc_buf_printf(out, "%llu", a);
		break;
	case 3:
		tc_buf_printf(out, "%llu", (unsigned long long)max - a);
		break;
	case 4:
		tc_buf_printf(out, "%llu-%llu", a, b);
		break;
	case 5:
		tc_buf_printf(out, "%llu,0x%llx,%llu-%llu", a, b, a, b);
		break;
	case 6:
		tc_buf_printf(out, piece[1] % 2 ? "bad" : "auto,bad,auto");
		break;
	case 7:
		tc_buf_printf(out, "hex:%02x%02x", piece[1], piece[2]);
		break;
	case 8:
		tc_buf_printf(out, "%.2s", (const char *)piece + 1);
		break;
	}
}

/* Four bytes of input make FIELD=VALUE. */
static void add_piece(struct tc_spec *s, const uint8_t *piece, bool *sums)
{
	const struct tc_field *f = nth_field(piece[0]);
	const uint8_t bytes[4] = { piece[1], piece[2], piece[3], 0 };
	struct tc_error err = { 0 };
	struct tc_buf text = { 0 };

	put_value(&text, f, bytes);
	must(!text.failed);
	if (tc_spec_add(s, f->name, (char *)text.data, &err) < 0)
		must_explain(&err);
	else if (f->autofill != TC_FILL_NONE)
		*sums = false;		/* it says what to count, or what follows */
	tc_buf_free(&text);
}

/* A line of the input as it is. */
static void add_text(struct tc_spec *s, const uint8_t *data, size_t size)
{
	struct tc_error err = { 0 };
	struct tc_buf text = { 0 };

	tc_buf_add(&text, data, size);
	tc_buf_add_u8(&text, 0);
	if (tc_spec_add_pair(s, (char *)text.data, &err) < 0)
		must_explain(&err);
	tc_buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tc_craft_config cfg = { .seed = size, .rounds = 1 };
	struct tc_error err = { 0 };
	struct tc_craft *c = NULL;
	struct tc_spec *s = NULL;
	bool sums = true;

	must(tc_spec_open(&s, &err) == 0);
	for (size_t i = 0; i + 4 <= size && i < 32; i += 4)
		add_piece(s, data + i, &sums);
	if (size > 40)
		add_text(s, data + 32, size - 32);
	sums = sums && size <= 40;
	cfg.fragment = size % 3 == 0 ? 8 * (unsigned)(size % 50) : 0;
	if (tc_craft_open(&c, s, &cfg, &err) < 0)
		must_explain(&err);
	else
		check_frames(s, c, sums && !cfg.fragment);
	tc_craft_close(c);
	tc_spec_free(s);
	return 0;
}
