/* SPDX-License-Identifier: BSD-2-Clause */
/* What must hold of every table, and how a name leads to a row. */
#include "check.h"

#include <tcpcraft/error.h>
#include <tcpcraft/field.h>
#include <tcpcraft/rng.h>

#include <errno.h>

#define EACH_HEADER(h) \
	for (const struct tc_header *h = tc_header_get(0); \
	     h <= tc_header_get(TC_HDR_COUNT - 1); h++)

static void rows_tile_each_header(void)
{
	EACH_HEADER(h) {
		unsigned at = 0, head = 0;
		int var = -1;

		for (unsigned i = 0; i < h->n_rows; i++) {
			const struct tc_field *f = &h->rows[i];

			check_u64(f->off, at, f->name, __LINE__, __FILE__);
			at += f->bits;
			if (f->bits == 0) {
				CHECK(var == -1);
				var = (int)i;
				head = at;
				at = 0;
			}
		}
		CHECK(h->var_row == var);
		CHECK_U64(h->head_bytes * 8, var < 0 ? at : head);
		CHECK_U64(h->tail_bytes * 8, var < 0 ? 0 : at);
		CHECK(h->n_rows >= 1 && h->n_rows <= 64);
	}
	CHECK_U64(tc_header_get(TC_HDR_ETH)->head_bytes, 14);
	CHECK_U64(tc_header_get(TC_HDR_VLAN)->head_bytes, 4);
	CHECK_U64(tc_header_get(TC_HDR_ARP)->head_bytes, 28);
	CHECK_U64(tc_header_get(TC_HDR_IP)->head_bytes, 20);
	CHECK_U64(tc_header_get(TC_HDR_ICMP)->head_bytes, 8);
	CHECK_U64(tc_header_get(TC_HDR_IPV6)->head_bytes, 40);
	CHECK_U64(tc_header_get(TC_HDR_HOPOPTS)->head_bytes, 2);
	CHECK_U64(tc_header_get(TC_HDR_ROUTING)->head_bytes, 8);
	CHECK_U64(tc_header_get(TC_HDR_FRAGHDR)->head_bytes, 8);
	CHECK_U64(tc_header_get(TC_HDR_ICMPV6)->head_bytes, 4);
	CHECK_U64(tc_header_get(TC_HDR_ICMPV6_NS)->head_bytes, 20);
	CHECK_U64(tc_header_get(TC_HDR_ICMPV6_RA)->head_bytes, 12);
	CHECK_U64(tc_header_get(TC_HDR_ICMPV6_RD)->head_bytes, 36);
	CHECK_U64(tc_header_get(TC_HDR_TCP)->head_bytes, 20);
	CHECK_U64(tc_header_get(TC_HDR_PROT)->head_bytes, 9);
	CHECK_U64(tc_header_get(TC_HDR_PROT)->tail_bytes, 2);
	CHECK_U64(tc_header_get(TC_HDR_DATA)->head_bytes, 0);
}

static void check_row(const struct tc_header *h, const struct tc_field *f)
{
	bool le = f->kind == TC_KIND_CSUM_LE || f->kind == TC_KIND_UINT_LE ||
		  f->kind == TC_KIND_HEX_LE;
	bool var_kind = f->kind >= TC_KIND_TCPOPT;

	check_true(f->name && strchr(f->name, '.'), h->name, __LINE__, __FILE__);
	check_true(f->doc && *f->doc && f->ref && *f->ref, f->name, __LINE__, __FILE__);
	check_true(f->unit != NULL, f->name, __LINE__, __FILE__);
	check_true(f->mut != 0, f->name, __LINE__, __FILE__);
	check_true(var_kind == (f->bits == 0), f->name, __LINE__, __FILE__);
	check_true(!le || f->bits % 8 == 0, f->name, __LINE__, __FILE__);
	if (f->bits)
		check_true(f->def <= tc_field_max(f), f->name, __LINE__, __FILE__);
}

static void rows_are_complete(void)
{
	EACH_HEADER(h) {
		uint64_t automatic = 0, sums = 0;

		for (unsigned i = 0; i < h->n_rows; i++) {
			check_row(h, &h->rows[i]);
			if (h->rows[i].autofill != TC_FILL_NONE)
				automatic |= UINT64_C(1) << i;
			if (h->rows[i].autofill >= TC_FILL_XOR)
				sums |= UINT64_C(1) << i;
		}
		CHECK_U64(h->auto_rows, automatic);
		CHECK_U64(h->sum_rows, sums);
	}
}

static unsigned times_named(const char *name)
{
	unsigned n = 0;

	EACH_HEADER(h) {
		for (unsigned i = 0; i < h->n_rows; i++)
			n += strcmp(h->rows[i].name, name) == 0 ||
			     (h->rows[i].alias && strcmp(h->rows[i].alias, name) == 0);
		for (unsigned i = 0; i < h->n_aliases; i++)
			n += strcmp(h->aliases[i].name, name) == 0;
	}
	return n;
}

static void names_are_unique(void)
{
	EACH_HEADER(h) {
		for (unsigned i = 0; i < h->n_rows; i++) {
			const struct tc_field *f = &h->rows[i];

			check_u64(times_named(f->name), 1, f->name, __LINE__, __FILE__);
			if (f->alias)
				check_u64(times_named(f->alias), 1, f->alias, __LINE__,
					  __FILE__);
		}
		for (unsigned i = 0; i < h->n_aliases; i++)
			check_u64(times_named(h->aliases[i].name), 1, h->aliases[i].name,
				  __LINE__, __FILE__);
	}
}

/* An alias starts where a row starts and ends where one ends. */
static void aliases_cover_whole_rows(void)
{
	unsigned seen = 0;

	EACH_HEADER(h) {
		for (unsigned i = 0; i < h->n_aliases; i++) {
			const struct tc_field *a = &h->aliases[i];
			unsigned bits = 0;
			bool starts = false;

			seen++;
			for (unsigned k = 0; k < h->n_rows; k++) {
				const struct tc_field *f = &h->rows[k];

				starts = starts || f->off == a->off;
				if (f->off >= a->off && f->off < a->off + a->bits)
					bits += f->bits;
			}
			check_true(starts, a->name, __LINE__, __FILE__);
			check_u64(bits, a->bits, a->name, __LINE__, __FILE__);
		}
	}
	CHECK_U64(seen, 5);
}

/* Seeded values; 0, 1 and the largest are among them. */
static void values_round_trip_in_place(void)
{
	struct tc_rng r;

	tc_rng_seed(&r, 5);
	EACH_HEADER(h) {
		for (unsigned i = 0; i < h->n_rows; i++) {
			const struct tc_field *f = &h->rows[i];
			uint8_t bytes[64], before[64];

			for (unsigned k = 0; k < 8 && f->bits; k++) {
				tc_value v = k < 2 ? k : tc_rng_u64(&r), old;

				v = k > 2 ? v << 64 | tc_rng_u64(&r) : v;

				v = k == 2 ? tc_field_max(f) : v & tc_field_max(f);
				tc_rng_bytes(&r, bytes, sizeof bytes);
				memcpy(before, bytes, sizeof bytes);
				old = tc_field_value(f, bytes);
				tc_field_put(f, bytes, v);
				CHECK(tc_field_value(f, bytes) == v);
				CHECK_U64(tc_field_get(f, bytes), v);
				tc_field_put(f, bytes, old);
				CHECK_MEM(bytes, before, sizeof bytes);
			}
		}
	}
}

static void bytes_are_in_network_order_or_not(void)
{
	const struct tc_header *prot = tc_header_get(TC_HDR_PROT);
	const struct tc_header *tcp = tc_header_get(TC_HDR_TCP);
	uint8_t b[32] = { 0 };

	tc_field_put(&prot->rows[TC_PROT_CHECKSUM], b, 0x0041);
	CHECK_MEM(b, "\x41\x00", 2);
	tc_field_put(&tcp->rows[TC_TCP_SEQ], b, 0x01020304);
	CHECK_MEM(b + 4, "\x01\x02\x03\x04", 4);
	tc_field_put(&tcp->aliases[0], b, 0x012);
	CHECK_MEM(b + 12, "\x00\x12", 2);
	CHECK_U64(tc_field_max(&tcp->rows[TC_TCP_SEQ]), UINT32_MAX);
	CHECK_U64(tc_field_max(&tcp->rows[TC_TCP_SYN]), 1);
}

/* Finding. */

static void finds(const char *name, const char *canonical)
{
	struct tc_field_ref ref = { 0 };
	struct tc_error err = { 0 };

	check_ok(tc_field_find(&ref, name, NULL, &err), err.msg, name, __LINE__, __FILE__);
	check_str(ref.field ? ref.field->name : NULL, canonical, name, __LINE__, __FILE__);
	if (ref.field && ref.row >= 0)
		CHECK(&ref.hdr->rows[ref.row] == ref.field);
}

static void refuses(const char *name, int code, const char *msg)
{
	struct tc_field_ref ref = { 0 };
	struct tc_error err = { 0 };

	check_true(tc_field_find(&ref, name, NULL, &err) == code, name, __LINE__, __FILE__);
	check_str(err.msg, msg, name, __LINE__, __FILE__);
}

static void names_lead_to_rows(void)
{
	struct tc_field_ref ref;

	EACH_HEADER(h) {
		for (unsigned i = 0; i < h->n_rows; i++) {
			finds(h->rows[i].name, h->rows[i].name);
			if (h->rows[i].alias)
				finds(h->rows[i].alias, h->rows[i].name);
		}
	}
	finds("tcp.flags", "tcp.flags");
	CHECK(tc_field_find(&ref, "tcp.flags", NULL, NULL) == 0 && ref.row == -1);
	finds("ip.flags", "ip.flags");
	finds("tcp.win", "tcp.window_size_value");
	finds("tcp.dst", "tcp.dstport");
	finds("tcp.dp", "tcp.dstport");
	finds("ip.fr", "ip.frag_offset");
	finds("ip.dsf", "ip.dsfield");
}

static void unknown_names_get_help(void)
{
	refuses("tcp.s", -EINVAL, "tcp.s is ambiguous: tcp.srcport, tcp.seq");
	refuses("tcp.flags.r", -EINVAL,
		"tcp.flags.r is ambiguous: tcp.flags.res, tcp.flags.reset");
	refuses("ttl", -ENOENT, "ttl: no such field; did you mean ip.ttl?");
	refuses("tcp.ttl", -ENOENT, "tcp.ttl: no such field; did you mean ip.ttl?");
	refuses("tcp.dstprot", -ENOENT,
		"tcp.dstprot: no such field; did you mean tcp.dstport?");
	refuses("frobnicate", -ENOENT,
		"frobnicate: no such field (tcpcraft fields lists them)");
	refuses("tcp", -EINVAL, "tcp is ambiguous: tcp.srcport, tcp.dstport, tcp.seq, "
		"tcp.ack, tcp.hdr_len, tcp.flags.res, tcp.flags.ae, tcp.flags.cwr "
		"and 12 more");
	refuses("a.name.that.is.much.longer.than.any.field.has", -ENOENT,
		"a.name.that.is.much.longer.than.any.field.has: no such field "
		"(tcpcraft fields lists them)");
	refuses("", -ENOENT, "a field has a name, such as tcp.dstport");
	refuses("a\nb", -ENOENT, "a?b: no such field (tcpcraft fields lists them)");
}

CU_TestInfo tests_fields[] = {
	{ "rows tile every header exactly", rows_tile_each_header },
	{ "every row has a name, a line, a reference, and a default that fits",
	  rows_are_complete },
	{ "no name or alias is used twice", names_are_unique },
	{ "an alias covers whole rows", aliases_cover_whole_rows },
	{ "every field keeps its values and its neighbours", values_round_trip_in_place },
	{ "values lie in network order, or little-endian where the row says so",
	  bytes_are_in_network_order_or_not },
	{ "names, aliases and unique prefixes lead to their rows", names_lead_to_rows },
	{ "an unknown or ambiguous name is answered with near ones",
	  unknown_names_get_help },
	CU_TEST_INFO_NULL
};
