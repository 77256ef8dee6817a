/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes taken apart and put together again: right, lying, cut, random. */
#include "packet_kit.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/checksum.h>
#include <tcpcraft/rng.h>

#include <errno.h>
#include <stdlib.h>

struct frame {
	const char *hex;
	enum tc_header_id first;
	int rc;
	const char *layers;	/* names of what came out */
	const char *msg;
};

#define IP_TCP(len) "4500" len "00014000400626cd0a0000010a000002"
#define TCP "4e200050000003e8000000005002faf002ae0000"

/* plen, nxt; ::1 to ::2 */
#define V6(plen, nxt) "60000000" plen nxt "40" "00000000000000000000000000000001" \
	"00000000000000000000000000000002"

static const struct frame frames[] = {
	{ "0200000000020200000000010800" IP_TCP("0028") TCP, TC_HDR_ETH, 0, "eth ip tcp", "" },
	{ IP_TCP("0028") TCP "000000000000", TC_HDR_IP, 0, "ip tcp trailer", "" },
	{ IP_TCP("002a") TCP "616263", TC_HDR_IP, 0, "ip tcp data trailer", "" },
	{ IP_TCP("0000") TCP "6162", TC_HDR_IP, 0, "ip tcp data", "" },
	{ IP_TCP("0013") TCP "6162", TC_HDR_IP, 0, "ip tcp data", "" },
	{ IP_TCP("ffff") TCP "6162", TC_HDR_IP, 0, "ip tcp data", "" },
	{ IP_TCP("001e") TCP, TC_HDR_IP, -EAGAIN, "ip data trailer",
	  "tcp needs 20 bytes, 10 are there" },
	{ IP_TCP("0028") "4e200050000003e8000000004002faf002ae0000", TC_HDR_IP, -EBADMSG,
	  "ip data", "tcp.hdr_len=4 is 16 bytes, the header of tcp needs 20" },
	{ IP_TCP("0028") "4e200050000003e8000000006002faf002ae0000", TC_HDR_IP, -EAGAIN,
	  "ip data", "tcp.hdr_len=6 is 24 bytes, 20 are there" },
	{ IP_TCP("002c") "4e200050000003e8000000006002faf002ae0000020405b4", TC_HDR_IP, 0,
	  "ip tcp", "" },
	{ "4400002800014000400626cd0a0000010a000002", TC_HDR_IP, -EBADMSG, "data",
	  "ip.hdr_len=4 is 16 bytes, the header of ip needs 20" },
	{ "4500002800010001400626cd0a0000010a000002" TCP, TC_HDR_IP, 0, "ip data", "" },
	{ "4500002800010000401126cd0a0000010a000002" TCP, TC_HDR_IP, 0, "ip data", "" },
	{ "02000000000202000000000188cc0102", TC_HDR_ETH, 0, "eth data", "" },
	{ "020000000002020000000001810000020800" IP_TCP("0028") TCP, TC_HDR_ETH, 0,
	  "eth vlan ip tcp", "" },
	{ "4500003c00014000040400000a0000010a000002" IP_TCP("0028") TCP, TC_HDR_IP, 0,
	  "ip ip tcp", "" },
	{ "4500003c00014000040400000a0000010a000002" IP_TCP("0026") TCP "99", TC_HDR_IP,
	  -EAGAIN, "ip ip data trailer", "tcp needs 20 bytes, 18 are there" },
	{ "0200000000020200000000010806" "0001080006040002020000000002" "0a000002"
	  "0200000000010a000001" "000000000000", TC_HDR_ETH, 0, "eth arp data", "" },
	{ "4500001c0001400001010000" "0a000001" "0a000002" "0b00" "0000" "00000000", TC_HDR_IP,
	  0, "ip icmp", "" },
	{ "0200", TC_HDR_ETH, -EAGAIN, "data", "eth needs 14 bytes, 2 are there" },
	{ "", TC_HDR_ETH, -EAGAIN, "", "eth needs 14 bytes, 0 are there" },
	{ "50524f540100000002" "6162" "0300", TC_HDR_PROT, 0, "prot", "" },
	{ "50524f540100000002" "6162" "0300" "99", TC_HDR_PROT, 0, "prot data", "" },
	{ "50524f540100000003" "6162" "0300", TC_HDR_PROT, -EAGAIN, "data",
	  "prot.length=3, 4 bytes are there" },
	{ "50524f540100000201" "6162" "0300", TC_HDR_PROT, -EBADMSG, "data",
	  "prot.length=513, 512 at most" },
	{ "50524f5401", TC_HDR_PROT, -EAGAIN, "data", "prot needs 11 bytes, 5 are there" },
	{ "0102", TC_HDR_DATA, 0, "data", "" },
	{ V6("0014", "06") TCP, TC_HDR_IPV6, 0, "ipv6 tcp", "" },
	{ "02000000000202000000000186dd" V6("0014", "06") TCP "0000", TC_HDR_ETH, 0,
	  "eth ipv6 tcp trailer", "" },
	{ V6("0044", "00") "2b00050200000100" "2c00000000000000" "3c00000100000007"
	  "0602010c0000000000000000000000000000000000000000" TCP, TC_HDR_IPV6, 0,
	  "ipv6 ipv6.hopopts ipv6.routing ipv6.fraghdr ipv6.dstopts tcp", "" },
	{ V6("0010", "2c") "0600000900000007" "4e20005000000000", TC_HDR_IPV6, 0,
	  "ipv6 ipv6.fraghdr data", "" },		/* a later fragment */
	{ V6("0008", "00") "3b01010000000000", TC_HDR_IPV6, -EAGAIN, "ipv6 data",
	  "ipv6.hopopts.len=1 is 16 bytes, 8 are there" },
	{ V6("0000", "06") TCP, TC_HDR_IPV6, 0, "ipv6 tcp", "" },	/* left to an offload */
	{ V6("0000", "3b") "0102", TC_HDR_IPV6, 0, "ipv6 trailer", "" },
	{ V6("0020", "3a") "87000000" "00000000" "00000000000000000000000000000003"
	  "0101020000000001", TC_HDR_IPV6, 0, "ipv6 icmpv6 icmpv6.nd.ns", "" },
	{ V6("0008", "3a") "0300000000000000", TC_HDR_IPV6, 0, "ipv6 icmpv6 icmpv6.error", "" },
	{ V6("0008", "3a") "9000000000000000", TC_HDR_IPV6, 0, "ipv6 icmpv6 data", "" },
	{ "4500005000014000402900000a0000010a000002" V6("0014", "06") TCP, TC_HDR_IP, 0,
	  "ip ipv6 tcp", "" },			/* 6in4 */
	{ "4500001c00014000400000000a0000010a000002" "3b00010400000000", TC_HDR_IP, 0,
	  "ip data", "" },			/* of IPv4 0 is not an extension header */
};

static void layers_of(const struct tc_packet *p, char *text, size_t cap)
{
	size_t at = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < p->n && at < cap; i++)
		at += (size_t)snprintf(text + at, cap - at, "%s%s", i ? " " : "",
				       p->layer[i].hdr->name);
}

static void rebuilds(struct tc_packet *p, const struct tc_buf *want)
{
	CHECK_U64(build(p), want->len);
	if (want->len)
		CHECK_MEM(out, want->data, want->len);
}

static void frames_come_apart_and_together(void)
{
	struct tc_packet p = { 0 };

	for (unsigned i = 0; i < sizeof frames / sizeof frames[0]; i++) {
		const struct frame *f = &frames[i];
		struct tc_error err = { 0 };
		struct tc_buf b = { 0 };
		char names[100];
		int rc;

		CHECK_OK(tc_hex_decode(&b, f->hex, strlen(f->hex), &err), err);
		rc = tc_packet_parse(&p, b.data, b.len, f->first, &err);
		check_true(rc == f->rc, f->hex, __LINE__, __FILE__);
		check_str(err.msg, f->msg, f->hex, __LINE__, __FILE__);
		layers_of(&p, names, sizeof names);
		check_str(names, f->layers, f->hex, __LINE__, __FILE__);
		rebuilds(&p, &b);
		tc_buf_free(&b);
	}
	tc_packet_free(&p);
}

/* More tags than a packet has layers for: the rest is data. */
static void depth_is_bounded(void)
{
	uint8_t bytes[14 + 4 * 20] = { [12] = 0x81 };
	struct tc_buf b = { .data = bytes, .len = sizeof bytes };
	struct tc_packet p = { 0 };
	struct tc_error err = { 0 };
	char names[100];

	for (unsigned i = 0; i < 20; i++)
		bytes[14 + 4 * i + 2] = 0x81;
	CHECK_OK(tc_packet_parse(&p, bytes, sizeof bytes, TC_HDR_ETH, &err), err);
	layers_of(&p, names, sizeof names);
	CHECK_STR(names, "eth vlan vlan vlan vlan vlan vlan vlan vlan vlan data");
	rebuilds(&p, &b);
	tc_packet_free(&p);
}

/* A UDP packet has no table here: what is not known is not made into TCP. */
static void a_protocol_without_a_table_keeps_its_number(void)
{
	static const char hex[] = "4500001e0001400040110000" "0a000001" "0a000002"
				  "0035" "0035" "000a" "0000" "6162";
	struct tc_packet p = { 0 };
	struct tc_error err = { 0 };
	struct tc_buf b = { 0 };
	uint64_t v;

	CHECK_OK(tc_hex_decode(&b, hex, strlen(hex), &err), err);
	CHECK_OK(tc_packet_parse(&p, b.data, b.len, TC_HDR_IP, &err), err);
	CHECK_U64(p.n, 2);
	CHECK(tc_packet_computed(&p, 0, TC_IP_PROTO, &v, NULL) == 0);
	CHECK_U64(v, 17);
	tc_packet_relax(&p);
	CHECK_U64(build(&p), 30);
	CHECK_U64(out[9], 17);
	CHECK_U64(tc_checksum(out, 20), 0);
	tc_buf_free(&b);
	tc_packet_free(&p);
}

static void every_truncation_rebuilds(void)
{
	struct tc_packet syn = make_syn(), p = { 0 };
	struct tc_error err;
	uint8_t whole[200];
	struct tc_buf b;
	size_t n;
	int rc;

	set(&syn, "tcp.options", "mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7");
	push(&syn, TC_HDR_DATA);
	set(&syn, "data.data", "payload");
	n = build(&syn);
	memcpy(whole, out, n);
	for (size_t cut = 0; cut <= n; cut++) {
		uint8_t *copy = malloc(cut + 1);	/* a sanitizer sees a read beyond */

		memcpy(copy, whole, cut);
		b = (struct tc_buf){ .data = copy, .len = cut };
		rc = tc_packet_parse(&p, copy, cut, TC_HDR_ETH, &err);
		CHECK(rc == (cut < 74 ? -EAGAIN : 0));
		rebuilds(&p, &b);
		free(copy);
	}
	tc_packet_free(&syn);
	tc_packet_free(&p);
}

/* The same for every frame above; what is right when whole is never wrong when cut. */
static void every_cut_frame_rebuilds(void)
{
	struct tc_packet p = { 0 };

	for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
		struct tc_buf whole = { 0 };

		CHECK(tc_hex_decode(&whole, frames[i].hex, strlen(frames[i].hex), NULL) == 0);
		for (size_t cut = 0; cut < whole.len; cut++) {
			struct tc_buf b = { .data = malloc(cut + 1), .len = cut };

			memcpy(b.data, whole.data, cut);
			tc_packet_parse(&p, b.data, cut, frames[i].first, NULL);
			rebuilds(&p, &b);
			free(b.data);
		}
		tc_buf_free(&whole);
	}
	tc_packet_free(&p);
}

static void relaxed_packets_are_right_again(void)
{
	struct tc_packet p = { 0 };
	struct tc_error err = { 0 };
	struct tc_buf b = { 0 };
	uint64_t v;

	CHECK_OK(tc_hex_decode(&b, frames[2].hex, strlen(frames[2].hex), &err), err);
	CHECK_OK(tc_packet_parse(&p, b.data, b.len, TC_HDR_IP, &err), err);
	CHECK(tc_packet_computed(&p, 0, TC_IP_LEN, &v, &err) == 0);
	CHECK_U64(v, 42);
	CHECK(tc_packet_computed(&p, 0, TC_IP_TTL, &v, &err) == 0);
	CHECK_U64(v, 64);
	rebuilds(&p, &b);		/* asking changed nothing */
	tc_packet_relax(&p);
	set(&p, "data.data", "longer");
	CHECK_U64(build(&p), 47);
	CHECK_U64(tc_get16(out + 2), 46);	/* the trailer is not counted */
	CHECK_U64(tc_checksum(out, 20), 0);
	CHECK(tc_checksum_check_tcp(out + 20, 26,
				     tc_checksum_pseudo(0x0a000001, 0x0a000002, 6, (uint32_t)(26))) == TC_CSUM_OK);
	CHECK_U64(out[46], 'c');
	tc_buf_free(&b);
	tc_packet_free(&p);
}

static void make_random(struct tc_packet *p, struct tc_rng *r)
{
	tc_packet_clear(p);
	push(p, TC_HDR_ETH);
	if (tc_rng_below(r, 4) == 0)
		push(p, TC_HDR_VLAN);
	push(p, TC_HDR_IP);
	push(p, tc_rng_below(r, 8) ? TC_HDR_TCP : TC_HDR_ICMP);
	push(p, TC_HDR_DATA);
}

/* Any row of any layer to any value that it holds. */
static void set_random(struct tc_packet *p, struct tc_rng *r)
{
	int layer = (int)tc_rng_below(r, p->n);
	const struct tc_header *h = p->layer[layer].hdr;
	unsigned row = (unsigned)tc_rng_below(r, h->n_rows);
	uint8_t bytes[260];
	struct tc_error err = { 0 };

	tc_rng_bytes(r, bytes, sizeof bytes);
	if (h->rows[row].bits)
		CHECK_OK(tc_packet_set(p, layer, row, tc_rng_u64(r) &
				       tc_field_max(&h->rows[row]), &err), err);
	else
		CHECK_OK(tc_packet_set_bytes(p, layer, bytes, tc_rng_below(r, 1 +
			 (h->var_max ? h->var_max : sizeof bytes)), &err), err);
}

/* Packets of random values, valid or not: what is built parses to the same bytes. */
static void random_packets_round_trip(void)
{
	struct tc_packet p = { 0 }, back = { 0 };
	struct tc_rng r;

	tc_rng_seed(&r, 793);
	for (unsigned i = 0; i < 3000; i++) {
		uint8_t bytes[500];
		size_t n;

		make_random(&p, &r);
		for (size_t k = tc_rng_below(&r, 6); k > 0; k--)
			set_random(&p, &r);
		n = build(&p);
		CHECK(n <= sizeof bytes);
		memcpy(bytes, out, n);
		tc_packet_parse(&back, bytes, n, TC_HDR_ETH, NULL);
		CHECK_U64(build(&back), n);
		CHECK_MEM(out, bytes, n);
	}
	tc_packet_free(&p);
	tc_packet_free(&back);
}

CU_TestInfo tests_parse[] = {
	{ "frames come apart and together again", frames_come_apart_and_together },
	{ "layers end where a packet's do", depth_is_bounded },
	{ "a protocol without a table keeps its number",
	  a_protocol_without_a_table_keeps_its_number },
	{ "every truncation of a frame is taken, and rebuilt the same",
	  every_truncation_rebuilds },
	{ "so is that of frames of every kind", every_cut_frame_rebuilds },
	{ "a relaxed packet gets right lengths and checksums",
	  relaxed_packets_are_right_again },
	{ "random packets, valid or not, parse and rebuild the same",
	  random_packets_round_trip },
	CU_TEST_INFO_NULL
};
