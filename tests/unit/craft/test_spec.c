/* SPDX-License-Identifier: BSD-2-Clause */
/* Specs and the frames that come of them: values, order, layers, defaults, refusals. */
#include "check.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/checksum.h>
#include <tcpcraft/craft.h>
#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/rng.h>
#include <tcpcraft/segment.h>
#include <tcpcraft/spec.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define CHECK_SUM(p, layer, row) do { \
	uint64_t right_ = 0; \
	CHECK(tc_packet_computed(&(p), layer, row, &right_, NULL) == 0); \
	CHECK_U64(tc_packet_get(&(p), layer, row), right_); \
} while (0)

static struct tc_spec *spec_of(const char *const *pairs)
{
	struct tc_error err = { 0 };
	struct tc_spec *s = NULL;

	CHECK_OK(tc_spec_open(&s, &err), err);
	for (; *pairs; pairs++)
		CHECK_OK(tc_spec_add_pair(s, *pairs, &err), err);
	return s;
}

#define SPEC(...) spec_of((const char *const[]){ __VA_ARGS__, NULL })

static struct tc_craft *craft_of(const struct tc_spec *s, uint64_t seed, uint64_t rounds)
{
	struct tc_craft_config cfg = { .seed = seed, .rounds = rounds };
	struct tc_error err = { 0 };
	struct tc_craft *c = NULL;

	CHECK_OK(tc_craft_open(&c, s, &cfg, &err), err);
	return c;
}

/* All frames, at most cap; their number. The bytes go to `all`, one behind the other. */
static size_t all_frames(struct tc_craft *c, struct tc_buf *all, size_t *len, size_t cap)
{
	struct tc_crafted out[TC_CRAFT_BATCH];
	size_t total = 0;
	int n;

	while (total < cap && (n = tc_craft_fill(c, out, cap - total, NULL)) > 0)
		for (int i = 0; i < n && total < cap; i++, total++) {
			tc_buf_add(all, out[i].bytes, out[i].len);
			len[total] = out[i].len;
		}
	return total;
}

/* Value of a row in each packet of a spec, as "1 2 3". */
static const char *values(struct tc_spec *s, enum tc_header_id id, unsigned row, uint64_t seed)
{
	static char text[400];
	struct tc_craft *c = craft_of(s, seed, 1);
	struct tc_crafted out[TC_CRAFT_BATCH];
	struct tc_packet p = { 0 };
	size_t at = 0;
	int n;

	text[0] = 0;
	while ((n = tc_craft_fill(c, out, TC_CRAFT_BATCH, NULL)) > 0)
		for (int i = 0; i < n && at < sizeof text - 24; i++) {
			CHECK(tc_packet_parse(&p, out[i].bytes, out[i].len,
					      tc_craft_dlt(c) == TC_DLT_EN10MB ? TC_HDR_ETH :
					      tc_spec_has_layer(s, TC_HDR_IPV6) ? TC_HDR_IPV6 : TC_HDR_IP,
					      NULL) == 0);
			at += (size_t)snprintf(text + at, sizeof text - at, "%s%" PRIu64,
				at ? " " : "", tc_packet_get(&p, tc_packet_layer(&p,
				tc_header_get(id), 0), row));
		}
	tc_packet_free(&p);
	tc_craft_close(c);
	tc_spec_free(s);
	return text;
}

static void lists_and_ranges_make_packets(void)
{
	CHECK_STR(values(SPEC("tcp.dstport=80"), TC_HDR_TCP, TC_TCP_DSTPORT, 1), "80");
	CHECK_STR(values(SPEC("tcp.dstport=1-5"), TC_HDR_TCP, TC_TCP_DSTPORT, 1), "1 2 3 4 5");
	CHECK_STR(values(SPEC("ip.ttl=1,64,255"), TC_HDR_IP, TC_IP_TTL, 1), "1 64 255");
	CHECK_STR(values(SPEC("tcp.dstport=22,80-82,0x1bb"), TC_HDR_TCP, TC_TCP_DSTPORT, 1),
		  "22 80 81 82 443");
	CHECK_STR(values(SPEC("tcp.dstport=ftp-telnet"), TC_HDR_TCP, TC_TCP_DSTPORT, 1),
		  "21 22 23");
	CHECK_STR(values(SPEC("ip.src=10.0.0.254-10.0.1.1"), TC_HDR_IP, TC_IP_SRC, 1),
		  "167772414 167772415 167772416 167772417");
	CHECK_STR(values(SPEC("tcp.window=7-7"), TC_HDR_TCP, TC_TCP_WINDOW, 1), "7");
}

static void what_reads_as_one_value_stays_one(void)
{
	CHECK_STR(values(SPEC("tcp.flags=syn,ack"), TC_HDR_TCP, TC_TCP_ACKF, 1), "1");
	CHECK_STR(values(SPEC("tcp.flags=S,SA"), TC_HDR_TCP, TC_TCP_ACKF, 1), "0 1");
	CHECK_STR(values(SPEC("tcp.dstport=ftp-data"), TC_HDR_TCP, TC_TCP_DSTPORT, 1), "20");
	CHECK_STR(values(SPEC("eth.src=02-00-00-00-00-01"), TC_HDR_ETH, TC_ETH_SRC, 1),
		  "2199023255553");
	CHECK_STR(values(SPEC("tcp.options=mss 1460,nop,wscale 7"), TC_HDR_TCP, TC_TCP_HDR_LEN,
			 1), "7");
	CHECK_STR(values(SPEC("data.data=1-5,7"), TC_HDR_IP, TC_IP_LEN, 1), "45");
}

static void the_last_field_changes_fastest(void)
{
	CHECK_STR(values(SPEC("ip.ttl=1,2", "tcp.dstport=80,81,82"), TC_HDR_IP, TC_IP_TTL, 1),
		  "1 1 1 2 2 2");
	CHECK_STR(values(SPEC("ip.ttl=1,2", "tcp.dstport=80,81,82"), TC_HDR_TCP,
			 TC_TCP_DSTPORT, 1), "80 81 82 80 81 82");
	CHECK_STR(values(SPEC("tcp.checksum=bad,auto", "tcp.flags.fin=0-1"), TC_HDR_TCP,
			 TC_TCP_FIN, 1), "0 1 0 1");
}

static void chance_comes_from_the_seed(void)
{
	char first[400];

	snprintf(first, sizeof first, "%s", values(SPEC("tcp.seq=rand", "ip.ttl=1-9"),
		 TC_HDR_TCP, TC_TCP_SEQ, 7));
	CHECK_STR(values(SPEC("tcp.seq=rand", "ip.ttl=1-9"), TC_HDR_TCP, TC_TCP_SEQ, 7), first);
	CHECK(strcmp(values(SPEC("tcp.seq=rand", "ip.ttl=1-9"), TC_HDR_TCP, TC_TCP_SEQ, 8),
		     first) != 0);
	/* a new one each time, not one for all */
	CHECK(strtoul(first, NULL, 10) != strtoul(strchr(first, ' '), NULL, 10));
}

static void a_small_field_gets_every_random_value(void)
{
	struct tc_spec *s = SPEC("tcp.flags.res=rand");
	struct tc_craft *c = craft_of(s, 3, 400);
	struct tc_crafted out[TC_CRAFT_BATCH];
	unsigned seen = 0;
	int n;

	while ((n = tc_craft_fill(c, out, TC_CRAFT_BATCH, NULL)) > 0)
		for (int i = 0; i < n; i++)
			seen |= 1u << (out[i].bytes[32] >> 1 & 7);
	CHECK_U64(seen, 0xff);
	tc_craft_close(c);
	tc_spec_free(s);
}

static void rounds_repeat_the_list_and_rewind_begins_again(void)
{
	struct tc_spec *s = SPEC("ip.ttl=1-3", "tcp.seq=rand");
	struct tc_craft *c = craft_of(s, 5, 4);
	struct tc_buf a = { 0 }, b = { 0 };
	size_t len[64];

	CHECK_U64(tc_craft_packets(c), 12);
	CHECK_U64(all_frames(c, &a, len, 64), 12);
	tc_craft_rewind(c);
	CHECK_U64(all_frames(c, &b, len, 64), 12);
	CHECK_U64(a.len, b.len);
	CHECK_MEM(a.data, b.data, a.len);
	CHECK(memcmp(a.data, a.data + 3 * len[0], len[0]) != 0);	/* another seq */
	tc_craft_close(c);
	tc_spec_free(s);
	tc_buf_free(&a);
	tc_buf_free(&b);
}

static void for_ever_does_not_end(void)
{
	struct tc_spec *s = SPEC("ip.ttl=1-3");
	struct tc_craft *c = craft_of(s, 5, 0);
	struct tc_crafted out[TC_CRAFT_BATCH];

	CHECK_U64(tc_craft_packets(c), UINT64_MAX);
	for (int i = 0; i < 100; i++)
		CHECK_U64(tc_craft_fill(c, out, TC_CRAFT_BATCH, NULL), TC_CRAFT_BATCH);
	CHECK_U64(out[63].packet, 6400);
	tc_craft_close(c);
	tc_spec_free(s);
}

static void defaults_fill_what_nobody_named(void)
{
	struct tc_spec *s = SPEC("tcp.flags.ack=1", "ip.ttl=1-6");
	struct tc_error err = { 0 };

	CHECK_OK(tc_spec_default(s, "tcp.flags", "S", &err), err);
	CHECK_OK(tc_spec_default(s, "tcp.seq", "99", &err), err);
	CHECK_OK(tc_spec_default(s, "eth.src", "02:00:00:00:00:01", &err), err);
	CHECK_OK(tc_spec_default_value(s, TC_HDR_IP, TC_IP_TTL, 5, &err), err);
	CHECK_OK(tc_spec_default_value(s, TC_HDR_IP, TC_IP_DST, 0x0a000001, &err), err);
	CHECK_OK(tc_spec_default_by_packet(s, TC_HDR_TCP, TC_TCP_SRCPORT, 4000, 2, 2, &err), err);
	CHECK_U64(tc_spec_packets(s), 6);
	CHECK(!tc_spec_has_layer(s, TC_HDR_ETH));
	CHECK(!tc_spec_may_be_set(s, TC_HDR_TCP, TC_TCP_SYN));
	CHECK(tc_spec_may_be_set(s, TC_HDR_TCP, TC_TCP_ACKF));
	CHECK_STR(values(s, TC_HDR_TCP, TC_TCP_SRCPORT, 1), "4000 4000 4001 4001 4000 4000");
}

static void a_later_field_stands_over_an_earlier_one(void)
{
	CHECK_STR(values(SPEC("tcp.flags=S,F,R", "tcp.flags.ack=1"), TC_HDR_TCP, TC_TCP_ACKF,
			 1), "1 1 1");
	CHECK_STR(values(SPEC("tcp.flags.ack=1", "tcp.flags=S,SA"), TC_HDR_TCP, TC_TCP_ACKF,
			 1), "0 1");
}

static void layers_come_with_their_fields(void)
{
	struct tc_spec *s = SPEC("vlan.id=7", "prot.version=2");

	CHECK(tc_spec_has_layer(s, TC_HDR_ETH));
	CHECK(tc_spec_has_layer(s, TC_HDR_TCP));
	CHECK(!tc_spec_has_layer(s, TC_HDR_ICMP));
	CHECK_STR(tc_spec_names_layer(s, TC_HDR_VLAN), "vlan.id");
	CHECK(tc_spec_names_layer(s, TC_HDR_ETH) == NULL);
	CHECK_STR(values(s, TC_HDR_ETH, TC_ETH_TYPE, 1), "33024");
	s = SPEC("icmp.type=8");
	CHECK(!tc_spec_has_layer(s, TC_HDR_TCP));
	CHECK_STR(values(s, TC_HDR_IP, TC_IP_PROTO, 1), "1");
	s = SPEC("arp.opcode=reply");
	CHECK(!tc_spec_has_layer(s, TC_HDR_IP));
	CHECK_STR(values(s, TC_HDR_ETH, TC_ETH_TYPE, 1), "2054");
}

static bool add_ranges(void *ctx, tc_value low, tc_value high)
{
	uint64_t *sum = ctx;

	*sum += (uint64_t)(high - low + 1);
	return *sum < 100;
}

static void a_spec_tells_what_it_holds(void)
{
	struct tc_spec *s = SPEC("ip.ttl=3,9-11", "tcp.dstport=rand", "tcp.srcport=5-6");
	tc_value low, high;
	uint64_t sum = 0;

	CHECK(tc_spec_range(s, TC_HDR_IP, TC_IP_TTL, &low, &high));
	CHECK(low == 3 && high == 11);
	CHECK(tc_spec_range(s, TC_HDR_TCP, TC_TCP_DSTPORT, &low, &high));
	CHECK(low == 0 && high == 65535);
	CHECK(!tc_spec_range(s, TC_HDR_IP, TC_IP_ID, &low, &high));
	CHECK(tc_spec_each(s, TC_HDR_IP, TC_IP_TTL, add_ranges, &sum));
	CHECK_U64(sum, 4);
	CHECK(!tc_spec_each(s, TC_HDR_TCP, TC_TCP_DSTPORT, add_ranges, &sum));
	CHECK_U64(tc_spec_run(s, TC_HDR_TCP, TC_TCP_SRCPORT), 2);
	CHECK_U64(tc_spec_run(s, TC_HDR_IP, TC_IP_TTL), 1);
	tc_spec_free(s);
}

/* ---- refusals --------------------------------------------------------------------- */

static const char *refusal(struct tc_spec *s, const char *pair)
{
	static struct tc_error err;

	err = (struct tc_error){ 0 };
	CHECK(tc_spec_add_pair(s, pair, &err) < 0);
	CHECK(err.code < 0);
	return err.msg;
}

static void refusals_name_field_value_and_cure(void)
{
	struct tc_spec *s = SPEC("ip.ttl=64", "tcp.dstport=80");

	CHECK_STR(refusal(s, "ip.ttl=3"), "ip.ttl is given twice: 64 and 3");
	CHECK_STR(refusal(s, "tcp.dport=3"), "tcp.dstport is given twice: 80 and 3");
	CHECK_STR(refusal(s, "arp.opcode=1"), "ip.ttl and arp.opcode cannot be in one packet");
	CHECK_STR(refusal(s, "tcp.srcport=9-1"), "tcp.srcport=9-1: the range runs backwards");
	CHECK_STR(refusal(s, "tcp.srcport=1-70000"), "tcp.srcport=70000 is out of range: 16 "
		  "bits hold 0 to 65535");
	CHECK_STR(refusal(s, "tcp.srcport=1-"), "tcp.srcport=1-: a range has two ends, as "
		  "1-1024");
	CHECK_STR(refusal(s, "tcp.srcport=1,,2"), "tcp.srcport=1,,2: an empty value in the "
		  "list");
	CHECK_STR(refusal(s, "ttl"), "'ttl' is not FIELD=VALUE, such as ip.ttl=64");
	CHECK_STR(refusal(s, "=5"), "'=5' is not FIELD=VALUE, such as ip.ttl=64");
	CHECK_U64(tc_spec_packets(s), 1);
	tc_spec_free(s);
}

static void too_many_packets_are_refused(void)
{
	struct tc_spec *s = SPEC("tcp.seq=0-4294967295", "ip.src=0-0x1fffffff");

	CHECK_U64(tc_spec_packets(s), UINT64_C(1) << 61);
	CHECK(strstr(refusal(s, "tcp.ack=0-4294967295"), "more than 2^62 packets") != NULL);
	CHECK_OK(tc_spec_add_pair(s, "tcp.ack=7", NULL), (struct tc_error){ 0 });
	tc_spec_free(s);
}

static void payload_and_data_do_not_mix(void)
{
	struct tc_spec *s = SPEC("data.data=x");
	struct tc_error err = { 0 };

	CHECK(tc_spec_payload(s, (const uint8_t *)"y", 1, &err) == -EINVAL);
	CHECK_STR(err.msg, "data.data and a payload are both given: use one");
	tc_spec_free(s);
	s = SPEC("ip.ttl=1");
	CHECK_OK(tc_spec_payload(s, (const uint8_t *)"y", 1, &err), err);
	CHECK(tc_spec_add(s, "data.data", "x", &err) == -EINVAL);
	CHECK_STR(values(s, TC_HDR_IP, TC_IP_LEN, 1), "41");
}

static void options_beyond_the_header_need_hex(void)
{
	struct tc_spec *s = SPEC("ip.ttl=1");

	CHECK_STR(refusal(s, "tcp.options=TS val 1 ecr 1,TS val 1 ecr 1,TS val 1 ecr 1,"
			  "TS val 1 ecr 1,nop"),
		  "tcp.options is 41 bytes, tcp.hdr_len can say 40: write hex:... to send "
		  "them anyway");
	CHECK_OK(tc_spec_add_pair(s, "tcp.options=hex:0101010101010101010101010101010101010101"
		 "01010101010101010101010101010101010101010101010101010101", NULL),
		 (struct tc_error){ 0 });
	CHECK_STR(values(s, TC_HDR_IP, TC_IP_LEN, 1), "88");
}

/* ---- every field ------------------------------------------------------------------ */

static void check_round_trip(const struct tc_header *h, const struct tc_field *f,
			     tc_value value)
{
	enum tc_header_id id = (enum tc_header_id)(h - tc_header_get(0));
	struct tc_error err = { 0 };
	struct tc_spec *s = NULL;
	struct tc_crafted out[TC_CRAFT_BATCH];
	struct tc_craft *c;
	char text[40];
	size_t at;

	CHECK_OK(tc_spec_open(&s, &err), err);
	snprintf(text, sizeof text, "0x%" PRIx64 "%016" PRIx64, (uint64_t)(value >> 64),
		 (uint64_t)value);
	CHECK_OK(tc_spec_add(s, f->name, text, &err), err);
	c = craft_of(s, 1, 1);
	CHECK_U64(tc_craft_fill(c, out, 1, NULL), 1);
	/* no parser: headers whose lengths lie are read at their places */
	at = id == TC_HDR_TCP || id == TC_HDR_ICMP ? 20 : id == TC_HDR_PROT ? 40 :
	     id == TC_HDR_VLAN || id == TC_HDR_ARP ? 14 :
	     id >= TC_HDR_ICMPV6_ERROR && id <= TC_HDR_ICMPV6_RD ? 44 :
	     id > TC_HDR_IPV6 && id <= TC_HDR_ICMPV6 ? 40 : 0;
	/* an alias is no row, wherever the linker puts it */
	if (h->var_row >= 0 && f > h->rows + h->var_row && f < h->rows + h->n_rows)
		at += h->head_bytes;
	check_true(tc_field_value(f, out[0].bytes + at) == value, f->name, __LINE__, __FILE__);
	tc_craft_close(c);
	tc_spec_free(s);
}

static void every_field_holds_0_1_and_its_largest(void)
{
	for (enum tc_header_id id = 0; id < TC_HDR_COUNT; id++) {
		const struct tc_header *h = tc_header_get(id);

		for (unsigned i = 0; i < h->n_rows + h->n_aliases; i++) {
			const struct tc_field *f = i < h->n_rows ? &h->rows[i] :
						   &h->aliases[i - h->n_rows];

			if (!f->bits)
				continue;
			check_round_trip(h, f, 0);
			check_round_trip(h, f, 1);
			check_round_trip(h, f, tc_field_max(f));
		}
	}
}

/* ---- IPv6 ------------------------------------------------------------------------- */

static const char *frame_hex(struct tc_spec *s)
{
	static char text[500];
	struct tc_crafted out[TC_CRAFT_BATCH];
	struct tc_craft *c = craft_of(s, 1, 1);
	struct tc_buf b = { 0 };

	CHECK_U64(tc_craft_fill(c, out, 1, NULL), 1);
	tc_hex_encode(&b, out[0].bytes, out[0].len);
	snprintf(text, sizeof text, "%.*s", (int)b.len, (char *)b.data);
	tc_buf_free(&b);
	tc_craft_close(c);
	tc_spec_free(s);
	return text;
}

#define ONE_TO_TWO "00000000000000000000000000000001" "00000000000000000000000000000002"

/* Worked out by hand: RFC 8200 4.1 for the order, 8.1 for the sum. */
static void ipv6_layers_follow_from_fields(void)
{
	/* 1 + 2 + 6 + 20 + 0x4e20 + 0x50 + 0x5000 + 0xfaf0 = 0x1997d -> 0x997e -> 0x6681 */
	CHECK_STR(frame_hex(SPEC("ipv6.src=::1", "ipv6.dst=::2", "tcp.seq=0")),
		  "60000000" "0014" "06" "40" ONE_TO_TWO
		  "4e200050" "00000000" "00000000" "5000faf0" "66810000");
	/* whatever the order of the fields; the routing header's last address is summed */
	CHECK_STR(frame_hex(SPEC("ipv6.dstopts.options=hex:040103", "ipv6.fraghdr.ident=7",
				 "ipv6.routing.src.addr=::2", "ipv6.routing.segleft=1",
				 "ipv6.hopopts.options=hex:05020000", "ipv6.src=::1")),
		  "60000000" "0044" "00" "40" "00000000000000000000000000000001"
		  "00000000000000000000000000000000" "2b000502000001" "00" "2c02000100000000"
		  "00000000000000000000000000000002" "3c00000000000007" "0600040103010100"
		  "4e200050" "00000000" "00000000" "5000faf0" "66810000");
	/* a body says what the type is, a type what the body is: 1 + 2 + 0x3a + 8 + 0x8000 */
	CHECK_STR(frame_hex(SPEC("icmpv6.echo.identifier=0", "ipv6.src=::1", "ipv6.dst=::2")),
		  "60000000" "0008" "3a" "40" ONE_TO_TWO "80007fba" "00000000");
	CHECK_STR(frame_hex(SPEC("icmpv6.type=128", "ipv6.src=::1", "ipv6.dst=::2")),
		  "60000000" "0008" "3a" "40" ONE_TO_TWO "80007fba" "00000000");
	CHECK_STR(frame_hex(SPEC("icmpv6.type=200", "ipv6.src=::1", "ipv6.dst=::2")),
		  "60000000" "0004" "3a" "40" ONE_TO_TWO "c8""0037be");
	CHECK_STR(frame_hex(SPEC("icmpv6.type=3", "ipv6.src=::1", "ipv6.dst=::2")),
		  "60000000" "0008" "3a" "40" ONE_TO_TWO "0300fcba" "00000000");
}

static void ipv6_addresses_have_ranges_and_lists(void)
{
	CHECK_STR(values(SPEC("ipv6.dst=::fffe-::1:1,::7"), TC_HDR_IPV6, TC_IPV6_DST, 1),
		  "65534 65535 65536 65537 7");
	CHECK_STR(values(SPEC("ipv6.hlim=1,64"), TC_HDR_IPV6, TC_IPV6_HLIM, 1), "1 64");
}

/* ---- patching --------------------------------------------------------------------- */

/* All computed rows of a frame are right, but those of `set` (name of a field) which is as
 * it was given, and tcp.checksum when it is bad on purpose. */
static void check_computed(const uint8_t *frame, size_t n, enum tc_header_id first,
			   const char *set, bool bad)
{
	struct tc_packet p = { 0 };
	uint64_t right;

	CHECK(tc_packet_parse(&p, frame, n, first, NULL) == 0);
	for (unsigned l = 0; l < p.n; l++)
		for (unsigned row = 0; row < p.layer[l].hdr->n_rows; row++) {
			const struct tc_field *f = &p.layer[l].hdr->rows[row];
			bool tcp_sum = f->autofill == TC_FILL_CSUM_PSEUDO;

			if (f->autofill == TC_FILL_NONE || strcmp(f->name, set) == 0)
				continue;
			CHECK(tc_packet_computed(&p, (int)l, row, &right, NULL) == 0);
			check_u64(tc_packet_get(&p, (int)l, row), right ^ (bad && tcp_sum),
				  f->name, __LINE__, __FILE__);
		}
	tc_packet_free(&p);
}

/* Specs whose packets differ in all kinds of places; `set` is the computed field that they
 * give. */
static const struct {
	const char *pairs[6];
	const char *set;
	bool patched, bad;
} patch_cases[] = {
	{ { "tcp.dstport=rand", "tcp.srcport=rand", "tcp.seq=rand", "ip.id=rand" }, "", 1, 0 },
	{ { "ip.src=rand", "ip.dst=rand", "ip.ttl=rand", "tcp.flags=rand" }, "", 1, 0 },
	{ { "tcp.flags.res=rand", "tcp.flags.syn=rand", "ip.dsfield=rand" }, "", 1, 0 },
	{ { "eth.dst=rand", "eth.src=rand", "vlan.id=rand", "tcp.ack=rand" }, "", 1, 0 },
	{ { "tcp.checksum=bad", "tcp.seq=rand", "ip.ttl=1-9" }, "", 1, 1 },
	{ { "tcp.options=mss 1460,nop,nop,TS val 1 ecr 2", "tcp.window=rand" }, "", 1, 0 },
	{ { "ip.options=hex:94040000", "ip.id=rand", "data.data=odd" }, "", 1, 0 },
	{ { "ip.checksum=rand", "ip.ttl=rand" }, "ip.checksum", 1, 0 },
	{ { "tcp.checksum=0-9", "tcp.seq=rand" }, "tcp.checksum", 1, 0 },
	{ { "prot.payload=abc", "prot.version=rand", "tcp.seq=rand" }, "", 1, 0 },
	{ { "ip.len=rand", "trailer.data=xyz" }, "ip.len", 1, 0 },
	{ { "tcp.urgptr=rand", "data.data=12345", "trailer.data=abc" }, "", 1, 0 },
	{ { "icmp.type=rand", "icmp.code=rand" }, "", 0, 0 },
	{ { "ip.checksum=auto,5", "ip.ttl=1-9" }, "ip.checksum", 0, 0 },
	{ { "ipv6.src=rand", "ipv6.dst=rand", "tcp.seq=rand", "ipv6.hlim=rand" }, "", 1, 0 },
	{ { "ipv6.dst=::ff-::1:5", "ipv6.hopopts.options=hex:0502", "eth.src=rand" }, "", 1, 0 },
	{ { "ipv6.flow=rand", "icmpv6.nd.ns.target_address=rand", "icmpv6.code=rand" }, "", 1, 0 },
	{ { "ipv6.dst=rand", "tcp.checksum=bad", "data.data=odd" }, "", 1, 1 },
	{ { "ipv6.dst=rand", "ipv6.routing.src.addr=::1,::2", "ipv6.routing.segleft=0-2" }, "",
	  0, 0 },
	{ { "ip.dst=rand", "ip.options=hex:8307040808080800" }, "", 0, 0 },
};

static void patched_frames_have_right_checksums(void)
{
	for (size_t k = 0; k < sizeof patch_cases / sizeof *patch_cases; k++) {
		struct tc_spec *s = spec_of(patch_cases[k].pairs);
		struct tc_craft *c = craft_of(s, k, 300);
		struct tc_crafted out[TC_CRAFT_BATCH];
		enum tc_header_id first = tc_craft_dlt(c) == TC_DLT_EN10MB ? TC_HDR_ETH :
			tc_spec_has_layer(s, TC_HDR_IPV6) ? TC_HDR_IPV6 : TC_HDR_IP;
		size_t frames = 0;
		int n;

		CHECK_U64(tc_craft_is_patched(c), patch_cases[k].patched);
		while (frames < 300 && (n = tc_craft_fill(c, out, TC_CRAFT_BATCH, NULL)) > 0)
			for (int i = 0; i < n; i++, frames++)
				if (strcmp(patch_cases[k].set, "ip.len") != 0)
					check_computed(out[i].bytes, out[i].len, first,
						       patch_cases[k].set,
						       patch_cases[k].bad);
		CHECK(frames >= 300);
		tc_craft_close(c);
		tc_spec_free(s);
	}
}

/* The same packets with one more value that forbids patching. */
static void patched_and_built_frames_are_the_same(void)
{
	struct tc_spec *fast = SPEC("ip.ttl=1-5", "tcp.flags=S,SA,0xfff", "ip.src=rand",
				    "tcp.seq=rand", "tcp.flags.ae=1", "data.data=odd");
	struct tc_spec *slow = SPEC("ip.ttl=1-5", "tcp.flags=S,SA,0xfff", "ip.src=rand",
				    "tcp.seq=rand", "tcp.flags.ae=1", "data.data=odd",
				    "tcp.checksum=auto,auto");
	struct tc_craft *a = craft_of(fast, 9, 1), *b = craft_of(slow, 9, 1);
	struct tc_crafted x[TC_CRAFT_BATCH], y[TC_CRAFT_BATCH];

	CHECK(tc_craft_is_patched(a) && !tc_craft_is_patched(b));
	CHECK_U64(tc_craft_fill(a, x, TC_CRAFT_BATCH, NULL), 15);
	CHECK_U64(tc_craft_fill(b, y, TC_CRAFT_BATCH, NULL), 30);
	for (int i = 0; i < 15; i++) {
		uint8_t want[64];

		/* chance was asked twice as often: take the random address and seq over */
		memcpy(want, y[2 * i].bytes, y[2 * i].len);
		CHECK_U64(x[i].len, y[2 * i].len);
		check_computed(x[i].bytes, x[i].len, TC_HDR_IP, "", false);
		check_computed(want, y[2 * i].len, TC_HDR_IP, "", false);
		CHECK(x[i].bytes[8] == want[8] && x[i].bytes[33] == want[33]);
	}
	tc_craft_close(a);
	tc_craft_close(b);
	tc_spec_free(fast);
	tc_spec_free(slow);
}

static void an_all_zero_header_is_not_patched(void)
{
	struct tc_spec *s = SPEC("ip.version=0", "ip.hdr_len=0", "ip.len=0", "ip.id=0",
				 "ip.flags=0", "ip.ttl=0-3", "ip.proto=0", "ip.src=0",
				 "ip.dst=0");
	struct tc_craft *c = craft_of(s, 1, 1);
	struct tc_crafted out[TC_CRAFT_BATCH];

	CHECK(!tc_craft_is_patched(c));
	CHECK_U64(tc_craft_fill(c, out, 4, NULL), 4);
	for (int i = 0; i < 4; i++)
		CHECK_U64(tc_checksum_sum(out[i].bytes, 20, 0), 0xffff);
	tc_craft_close(c);
	tc_spec_free(s);
}

/* ---- fragments -------------------------------------------------------------------- */

static void check_reassembly(unsigned size, size_t data)
{
	static const uint8_t zeros[3000];
	struct tc_craft_config cfg = { .rounds = 1, .fragment = size };
	struct tc_spec *s = SPEC("ip.id=77", "tcp.dstport=1-3", "ip.options=hex:94040000070304");
	struct tc_error err = { 0 };
	struct tc_crafted out[TC_CRAFT_BATCH];
	struct tc_craft *c = NULL;
	struct tc_packet p = { 0 };
	uint8_t whole[4096];
	size_t got = 0, packets = 0;
	int n;

	CHECK_OK(tc_spec_payload(s, zeros, data, &err), err);
	CHECK_OK(tc_craft_open(&c, s, &cfg, &err), err);
	while ((n = tc_craft_fill(c, out, 1, &err)) > 0)
		for (int i = 0; i < n; i++) {
			size_t head;

			CHECK(tc_packet_parse(&p, out[i].bytes, out[i].len, TC_HDR_IP, NULL) ==
			      0 || out[i].part == 0);
			head = tc_packet_layer_len(&p, 0);
			CHECK_U64(tc_packet_get(&p, 0, TC_IP_FRAG) * 8, got);
			CHECK_U64(tc_packet_get(&p, 0, TC_IP_LEN), out[i].len);
			CHECK_U64(tc_packet_get(&p, 0, TC_IP_PROTO), 6);
			CHECK_U64(tc_packet_get(&p, 0, TC_IP_DF), 0);
			CHECK_SUM(p, 0, TC_IP_CHECKSUM);
			/* of the options, only router alert (copied) is in later ones */
			CHECK_U64(head, out[i].part ? 24 : 28);
			CHECK(out[i].len - head <= size);
			CHECK_U64(out[i].packet, packets + 1);
			memcpy(whole + got, out[i].bytes + head, out[i].len - head);
			got += out[i].len - head;
			CHECK_U64(tc_packet_get(&p, 0, TC_IP_MF), out[i].more);
			if (out[i].more)
				continue;
			CHECK_U64(got, 20 + data);
			CHECK_MEM(out[i].whole + 28, whole, got);
			packets++;
			got = 0;
		}
	CHECK_U64(packets, 3);
	tc_packet_free(&p);
	tc_craft_close(c);
	tc_spec_free(s);
}

static void fragments_make_the_packet_again(void)
{
	check_reassembly(8, 0);
	check_reassembly(8, 19);
	check_reassembly(16, 1000);
	check_reassembly(1480, 2961);
	check_reassembly(4096, 100);
}

static void fragments_refuse_what_they_compute(void)
{
	struct tc_craft_config cfg = { .rounds = 1, .fragment = 8 };
	struct tc_spec *s = SPEC("ip.flags.mf=1");
	struct tc_error err = { 0 };
	struct tc_craft *c = NULL;

	CHECK(tc_craft_open(&c, s, &cfg, &err) == -EINVAL);
	CHECK_STR(err.msg, "ip.flags.mf is given, and fragments have their own: leave one out");
	cfg.fragment = 12;
	CHECK(tc_craft_open(&c, s, &cfg, &err) == -EINVAL);
	CHECK(strstr(err.msg, "multiple of 8") != NULL);
	tc_spec_free(s);
	s = SPEC("arp.opcode=1");
	cfg.fragment = 8;
	CHECK(tc_craft_open(&c, s, &cfg, &err) == -EINVAL);
	CHECK_STR(err.msg, "only IP packets have fragments");
	tc_spec_free(s);
}

/* ---- whole frames ----------------------------------------------------------------- */

static void whole_frames_stay_as_they_are(void)
{
	static const uint8_t mac[12] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 1 };
	static const uint8_t junk[] = { 0x45, 1, 2, 3 };
	struct tc_spec *s = SPEC("tcp.dstport=99");
	struct tc_craft *from = craft_of(s, 1, 1), *c = NULL;
	struct tc_crafted out[TC_CRAFT_BATCH], f[TC_CRAFT_BATCH];
	struct tc_error err = { 0 };
	const struct tc_craft_config twice = { .rounds = 2 };
	struct tc_bytes frames[2];

	CHECK_U64(tc_craft_fill(from, f, 1, NULL), 1);
	frames[0] = (struct tc_bytes){ f[0].bytes, f[0].len };
	frames[1] = (struct tc_bytes){ junk, sizeof junk };
	CHECK_OK(tc_craft_open_frames(&c, frames, 2, TC_HDR_IP, mac, &twice, &err), err);
	CHECK(tc_craft_dlt(c) == TC_DLT_EN10MB);
	CHECK_U64(tc_craft_fill(c, out, TC_CRAFT_BATCH, NULL), 4);
	CHECK_U64(out[2].len, 14 + f[0].len);
	CHECK_MEM(out[2].bytes, mac, 12);
	CHECK(out[2].bytes[12] == 8 && out[2].bytes[13] == 0);
	CHECK_MEM(out[2].bytes + 14, f[0].bytes, f[0].len);
	CHECK(out[2].at.ip == 14 && out[2].at.tcp == 34);
	CHECK(out[3].at.ip == -1 && out[3].at.tcp == -1);
	CHECK_MEM(out[3].bytes + 14, junk, sizeof junk);
	tc_craft_close(c);
	CHECK(tc_craft_open_frames(&c, frames, 0, TC_HDR_IP, NULL, &twice, &err) == -EINVAL);
	frames[0].len = 0;
	CHECK(tc_craft_open_frames(&c, frames, 1, TC_HDR_IP, NULL, &twice, &err) == -EINVAL);
	tc_craft_close(from);
	tc_spec_free(s);
}

/* IEEE 802.1Q 9.5, 9.6: the service tag, then the customer's; RFC 2464 3: IPv6's type. */
static void tags_stand_behind_the_macs(void)
{
	static const uint8_t mac[12] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 1 };
	static const uint8_t six[40] = { 0x60, [6] = 59, [7] = 64 };
	static const uint8_t head[22] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 1, 0x88, 0xa8, 0xa0, 100,
					  0x81, 0, 0xa0, 10, 0x86, 0xdd };
	const struct tc_craft_config cfg = { .rounds = 1, .vlan = { 2, 5, { 100, 10 } } };
	struct tc_spec *s = SPEC("tcp.dstport=99", "eth.src=02:00:00:00:00:01",
				 "eth.dst=02:00:00:00:00:09", "tcp.seq=1-3");
	const struct tc_bytes frame = { six, sizeof six };
	struct tc_crafted out[TC_CRAFT_BATCH];
	struct tc_error err = { 0 };
	struct tc_craft *c = NULL;

	CHECK_OK(tc_craft_open_frames(&c, &frame, 1, TC_HDR_IPV6, mac, &cfg, &err), err);
	CHECK_U64(tc_craft_fill(c, out, TC_CRAFT_BATCH, NULL), 1);
	CHECK_U64(out[0].len, sizeof head + sizeof six);
	CHECK_MEM(out[0].bytes, head, sizeof head);
	CHECK(out[0].at.ip == sizeof head);
	tc_craft_close(c);
	CHECK_OK(tc_craft_open(&c, s, &cfg, &err), err);
	CHECK_U64(tc_craft_fill(c, out, TC_CRAFT_BATCH, NULL), 3);
	CHECK_MEM(out[2].bytes, head, 20);
	CHECK(out[2].bytes[20] == 8 && out[2].bytes[21] == 0 && out[2].bytes[22] == 0x45);
	CHECK(out[2].at.ip == 22 && out[2].at.tcp == 42);
	CHECK(tc_craft_is_patched(c));
	tc_craft_close(c);
	tc_spec_free(s);
}

static void note_value(void *ctx, const struct tc_field *f, tc_value value)
{
	tc_buf_printf(ctx, "%s=%" PRIu64 " ", f->name, (uint64_t)value);
}

static void changing_fields_are_read_back(void)
{
	struct tc_spec *s = SPEC("vlan.id=3", "ip.ttl=1,2", "tcp.dstport=80", "tcp.flags=S,0xfff");
	struct tc_craft *c = craft_of(s, 1, 1);
	struct tc_crafted out[TC_CRAFT_BATCH];
	struct tc_buf text = { 0 };

	CHECK_U64(tc_craft_fill(c, out, TC_CRAFT_BATCH, NULL), 4);
	tc_craft_changing(c, out[3].bytes, out[3].len, note_value, &text);
	CHECK_STR((char *)text.data, "ip.ttl=2 tcp.flags=4095 ");
	text.len = 0;
	tc_craft_changing(c, out[3].bytes, 30, note_value, &text);
	CHECK_STR((char *)text.data, "ip.ttl=2 ");
	tc_buf_free(&text);
	tc_craft_close(c);
	tc_spec_free(s);
}

static void sets_of_options_make_packets_of_their_lengths(void)
{
	static const char *const changing[] = {
		"tcp.seq=1 prot.version=3 ", "tcp.seq=1 prot.version=4 ",
		"tcp.seq=2 prot.version=3 ", "tcp.seq=2 prot.version=4 ",
	};
	static const size_t options[] = { 4, 8, 0 };
	struct tc_spec *s = SPEC("tcp.options=mss 536|mss 1460,nop,wscale 7|", "tcp.seq=1,2",
				 "prot.version=3,4");
	struct tc_craft *c = craft_of(s, 1, 1);
	struct tc_buf all = { 0 }, text = { 0 };
	struct tc_error err = { 0 };
	size_t len[16], at = 0;
	struct tc_rx rx;

	CHECK_U64(tc_craft_longest(c), 40 + 8 + 11);
	CHECK(tc_craft_varies_options(c));
	CHECK_U64(all_frames(c, &all, len, 16), 12);
	for (size_t i = 0; i < 12; at += len[i++]) {
		CHECK_U64(len[i], 40 + options[i / 4] + 11);
		CHECK_OK(tc_rx_parse(&rx, all.data + at, len[i], TC_DLT_RAW, &err), err);
		CHECK_U64(rx.options_len, options[i / 4]);
		CHECK_U64(rx.tcp_checksum, TC_CSUM_OK);
		text.len = 0;
		tc_craft_changing(c, all.data + at, len[i], note_value, &text);
		CHECK_STR((char *)text.data, changing[i % 4]);
	}
	tc_buf_free(&all);
	tc_buf_free(&text);
	tc_craft_close(c);
	tc_spec_free(s);
}

CU_TestInfo tests_spec[] = {
	{ "IPv6 has the layers that fields name, in the order of the RFC",
	  ipv6_layers_follow_from_fields },
	{ "IPv6 addresses have ranges and lists", ipv6_addresses_have_ranges_and_lists },
	{ "sets of options make packets of their lengths",
	  sets_of_options_make_packets_of_their_lengths },
	{ "lists and ranges make packets", lists_and_ranges_make_packets },
	{ "what reads as one value stays one", what_reads_as_one_value_stays_one },
	{ "the last field changes fastest", the_last_field_changes_fastest },
	{ "chance comes from the seed", chance_comes_from_the_seed },
	{ "a small field gets every random value", a_small_field_gets_every_random_value },
	{ "rounds repeat the list and rewind begins again",
	  rounds_repeat_the_list_and_rewind_begins_again },
	{ "for ever does not end", for_ever_does_not_end },
	{ "defaults fill what nobody named", defaults_fill_what_nobody_named },
	{ "a later field stands over an earlier one",
	  a_later_field_stands_over_an_earlier_one },
	{ "layers come with their fields", layers_come_with_their_fields },
	{ "a spec tells what it holds", a_spec_tells_what_it_holds },
	{ "refusals name field, value and cure", refusals_name_field_value_and_cure },
	{ "too many packets are refused", too_many_packets_are_refused },
	{ "payload and data do not mix", payload_and_data_do_not_mix },
	{ "options beyond the header need hex", options_beyond_the_header_need_hex },
	{ "every field holds 0, 1 and its largest", every_field_holds_0_1_and_its_largest },
	{ "patched frames have right checksums", patched_frames_have_right_checksums },
	{ "patched and built frames are the same", patched_and_built_frames_are_the_same },
	{ "an all-zero header is not patched", an_all_zero_header_is_not_patched },
	{ "fragments make the packet again", fragments_make_the_packet_again },
	{ "fragments refuse what they compute", fragments_refuse_what_they_compute },
	{ "whole frames stay as they are", whole_frames_stay_as_they_are },
	{ "tags stand behind the MACs", tags_stand_behind_the_macs },
	{ "changing fields are read back", changing_fields_are_read_back },
	CU_TEST_INFO_NULL
};
