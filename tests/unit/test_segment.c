/* SPDX-License-Identifier: BSD-2-Clause */
/* The receive path. Golden frames are Linux's, captured on lo; the line above each is
 * tcpdump's (`tcpdump -nn -S`). */
#include "check.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/rng.h>
#include <tcpcraft/segment.h>

#include <errno.h>
#include <stdlib.h>

#define LO "00000000000000000000000008 00"

/* IP 127.0.0.1.36118 > 127.0.0.1.9999: Flags [S], seq 3463334699, win 65495, options
 * [mss 65495,sackOK,TS val 2104815350 ecr 0,nop,wscale 10], length 0 */
#define IP_SYN "4500003ce978400040065341 7f000001 7f000001 8d16270f ce6e4b2b 00000000" \
	"a002ffd7fe300000 0204ffd70402080a7d74eef600000000 0103030a"

/* IP 127.0.0.1.36118 > 127.0.0.1.9999: Flags [P.], seq 3463334700:3463334705, ack
 * 3003898348, win 64, options [nop,nop,TS val 2104815350 ecr 3177359789], length 5 */
#define IP_DATA "45000039e97a400040065342 7f000001 7f000001 8d16270f ce6e4b2c b30bd9ec" \
	"80180040fe2d0000 0101080a7d74eef6bd62a9ad 68656c6c6f"

/* IP 127.0.0.1.9998 > 127.0.0.1.39082: Flags [R.], seq 0, ack 1220219845, win 0, length 0 */
#define IP_RST "450000280000400040063cce 7f000001 7f000001 270e98aa 00000000 48bb13c5" \
	"5014000095950000"

/* IP 127.0.0.1 > 127.0.0.1: ICMP host 127.0.0.1 unreachable - admin prohibited, length 68
 *	IP 127.0.0.1.43794 > 127.0.0.1.9997: Flags [S], seq 2159102716, … */
#define IP_ICMP "45c00058f02100004001 8bc1 7f000001 7f000001 030af4d100000000" \
	"4500003c874440004006b575 7f000001 7f000001 ab12270d 80b14afc 00000000" \
	"a002ffd7fe300000 0204ffd70402080ab6be039700000000 0103030a"

/* ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28 */
#define ARP_ASK "0001080006040001 020000000001 0a000001 000000000000 0a000002"

/* Cooked frames of the same captures: a header of 16 and one of 20 bytes. */
#define SLL_IP  "00000304000600000000000000000800"
#define SLL2_IP "0800000000000001030400060000000000000000"

static const struct golden {
	const char *name;
	int dlt;
	const char *hex;
	enum tc_rx_kind kind;
	size_t padding;		/* bytes at the end that belong to nobody */
} goldens[] = {
	{ "Ethernet SYN", TC_DLT_EN10MB, LO IP_SYN, TC_RX_TCP, 0 },
	{ "Ethernet data", TC_DLT_EN10MB, LO IP_DATA, TC_RX_TCP, 0 },
	{ "Ethernet RST, padded", TC_DLT_EN10MB, LO IP_RST "000000000000", TC_RX_TCP, 6 },
	{ "VLAN tag", TC_DLT_EN10MB, "0200000000010200000000028100 0005 0800" IP_SYN,
	  TC_RX_TCP, 0 },
	{ "stacked VLAN tags", TC_DLT_EN10MB,
	  "020000000001020000000002 88a8 0064 8100 6005 0800" IP_DATA, TC_RX_TCP, 0 },
	{ "three VLAN tags", TC_DLT_EN10MB,
	  "020000000001020000000002 9100 0001 88a8 0064 8100 6005 0800" IP_DATA, TC_RX_TCP, 0 },
	{ "ICMP error", TC_DLT_EN10MB, LO IP_ICMP, TC_RX_ICMP_ERROR, 0 },
	{ "ARP, padded", TC_DLT_EN10MB, "ffffffffffff0200000000010806" ARP_ASK
	  "000000000000000000000000000000000000", TC_RX_ARP, 18 },
	{ "NULL, little-endian", TC_DLT_NULL, "02000000" IP_DATA, TC_RX_TCP, 0 },
	{ "NULL, big-endian", TC_DLT_NULL, "00000002" IP_DATA, TC_RX_TCP, 0 },
	{ "LOOP", TC_DLT_LOOP, "00000002" IP_DATA, TC_RX_TCP, 0 },
	{ "LOOP, written the wrong way round", TC_DLT_LOOP, "02000000" IP_DATA, TC_RX_TCP, 0 },
	{ "raw IP 12", TC_DLT_RAW_BSD, IP_DATA, TC_RX_TCP, 0 },
	{ "raw IP 14", TC_DLT_RAW_OPENBSD, IP_DATA, TC_RX_TCP, 0 },
	{ "raw IP 101", TC_DLT_RAW, IP_SYN, TC_RX_TCP, 0 },
	{ "IPv4 228", TC_DLT_IPV4, IP_SYN, TC_RX_TCP, 0 },
	{ "cooked", TC_DLT_LINUX_SLL, SLL_IP IP_SYN, TC_RX_TCP, 0 },
	{ "cooked 2", TC_DLT_LINUX_SLL2, SLL2_IP IP_SYN, TC_RX_TCP, 0 },
	{ "IP options", TC_DLT_RAW, "470000340000400040 06a4bc 7f000001 7f000001 94040000 01010100"
	  "270e98aa 00000000 48bb13c5 5010000000000000" "aabbccdd", TC_RX_TCP, 0 },
	{ "first fragment", TC_DLT_RAW, "4500001c0001200040065cd9 7f000001 7f000001"
	  "270e98aa00000000", TC_RX_FRAGMENT, 0 },
	{ "last fragment", TC_DLT_RAW, "4500001c0001000340117ccb 7f000001 7f000001"
	  "270e98aa00000000", TC_RX_FRAGMENT, 0 },
	{ "UDP", TC_DLT_RAW, "4500001c0001000040117cce 7f000001 7f000001 0035003500080000",
	  TC_RX_OTHER, 0 },
};
#define N_GOLDENS (sizeof goldens / sizeof goldens[0])

/* Exactly n bytes on the heap: a sanitizer sees a read past them. */
struct frame {
	uint8_t *bytes;
	size_t n;
};

static struct frame frame_of(const char *hex)
{
	struct tc_buf b = { 0 };
	struct frame f;

	CHECK(tc_hex_decode(&b, hex, strlen(hex), NULL) == 0);
	f.n = b.len;
	f.bytes = malloc(b.len ? b.len : 1);
	if (!f.bytes)
		abort();
	if (b.len)
		memcpy(f.bytes, b.data, b.len);
	tc_buf_free(&b);
	return f;
}

static int parse(struct tc_rx *rx, const struct frame *f, int dlt)
{
	struct tc_error err = { 0 };
	int rc = tc_rx_parse(rx, f->bytes, f->n, dlt, &err);

	CHECK_OK(rc, err);
	return rc;
}

static bool lies_in(const uint8_t *p, size_t n, const struct frame *f)
{
	return p >= f->bytes && n <= f->n && (size_t)(p - f->bytes) <= f->n - n;
}

/* What holds of every frame that was taken, however odd. */
static bool is_sound(const struct tc_rx *rx, const struct frame *f)
{
	if (rx->kind == TC_RX_TCP &&
	    !(lies_in(rx->payload, rx->seg.len, f) && rx->options_len <= 40 &&
	      lies_in(rx->options, rx->options_len, f) &&
	      rx->payload + rx->seg.len == rx->l3 + rx->l3_len &&
	      rx->options + rx->options_len == rx->payload &&
	      rx->seg.opts.n_sack <= TC_SACK_BLOCKS && rx->seg.flags <= 0xfff))
		return false;
	return rx->l3 ? lies_in(rx->l3, rx->l3_len, f) : rx->kind == TC_RX_OTHER;
}

/* A failure in one of very many checks that are not worth a line each. */
static void complain(const char *name, size_t a, size_t b)
{
	char msg[200];

	snprintf(msg, sizeof msg, "%s: %zu, %zu", name, a, b);
	check_true(false, msg, __LINE__, __FILE__);
}

static void golden_kinds(void)
{
	for (size_t i = 0; i < N_GOLDENS; i++) {
		const struct golden *g = &goldens[i];
		struct frame f = frame_of(g->hex);
		struct tc_rx rx;

		if (parse(&rx, &f, g->dlt) < 0 || rx.kind != g->kind || !is_sound(&rx, &f) ||
		    rx.l3 + rx.l3_len != f.bytes + f.n - g->padding)
			complain(g->name, rx.l3_len, rx.kind);
		if (rx.kind != TC_RX_ARP)
			CHECK_U64(rx.src, 0x7f000001);
		CHECK_U64(rx.ip_checksum, TC_CSUM_OK);
		free(f.bytes);
	}
}

static void syn_fields(void)
{
	struct frame f = frame_of(LO IP_SYN);
	struct tc_rx rx;

	if (parse(&rx, &f, TC_DLT_EN10MB) == 0) {
		CHECK_U64(rx.src, 0x7f000001);
		CHECK_U64(rx.dst, 0x7f000001);
		CHECK_U64(rx.sport, 36118);
		CHECK_U64(rx.dport, 9999);
		CHECK_U64(rx.ip_id, 0xe978);
		CHECK_U64(rx.ttl, 64);
		CHECK_U64(rx.dsfield, 0);
		CHECK_U64(rx.ip_checksum, TC_CSUM_OK);
		CHECK_U64(rx.tcp_checksum, TC_CSUM_PARTIAL);
		CHECK_U64(rx.seg.seq, 3463334699);
		CHECK_U64(rx.seg.ack, 0);
		CHECK_U64(rx.seg.len, 0);
		CHECK_U64(rx.seg.wnd, 65495);
		CHECK_U64(rx.seg.flags, TC_FLAG_SYN);
		CHECK_U64(rx.seg.opts.present,
			  TC_HAS_MSS | TC_HAS_SACK_OK | TC_HAS_TS | TC_HAS_WSCALE);
		CHECK_U64(rx.seg.opts.mss, 65495);
		CHECK_U64(rx.seg.opts.wscale, 10);
		CHECK_U64(rx.seg.opts.ts_val, 2104815350);
		CHECK_U64(rx.seg.opts.ts_ecr, 0);
		CHECK_U64(rx.options_len, 20);
		CHECK(!rx.options_bad);
	}
	free(f.bytes);
}

static void data_fields(void)
{
	struct frame f = frame_of(LO IP_DATA);
	struct tc_rx rx;

	if (parse(&rx, &f, TC_DLT_EN10MB) == 0) {
		CHECK_U64(rx.seg.flags, TC_FLAG_PSH | TC_FLAG_ACK);
		CHECK_U64(rx.seg.seq, 3463334700);
		CHECK_U64(rx.seg.ack, 3003898348);
		CHECK_U64(rx.seg.wnd, 64);
		CHECK_U64(rx.seg.len, 5);
		CHECK_MEM(rx.payload, "hello", 5);
		CHECK_U64(rx.seg.opts.present, TC_HAS_TS);
		CHECK_U64(rx.seg.opts.ts_ecr, 3177359789);
	}
	free(f.bytes);
}

/* The same 40-byte RST with and without Ethernet's padding to 60 bytes. */
static void padding_is_no_payload(void)
{
	struct frame f = frame_of(LO IP_RST "000000000000");
	struct tc_rx rx;

	CHECK_U64(f.n, 60);
	if (parse(&rx, &f, TC_DLT_EN10MB) == 0) {
		CHECK_U64(rx.seg.len, 0);
		CHECK_U64(rx.l3_len, 40);
		CHECK_U64(rx.seg.flags, TC_FLAG_RST | TC_FLAG_ACK);
		CHECK_U64(rx.tcp_checksum, TC_CSUM_OK);
	}
	free(f.bytes);
}

static void checksums_have_three_states(void)
{
	struct frame f = frame_of(IP_RST);
	struct tc_rx rx;

	f.bytes[39] ^= 1;	/* urgent pointer */
	if (parse(&rx, &f, TC_DLT_RAW) == 0)
		CHECK_U64(rx.tcp_checksum, TC_CSUM_BAD);
	f.bytes[39] ^= 1;
	f.bytes[8]--;		/* TTL, as a broken router would */
	if (parse(&rx, &f, TC_DLT_RAW) == 0) {
		CHECK_U64(rx.ip_checksum, TC_CSUM_BAD);
		CHECK_U64(rx.tcp_checksum, TC_CSUM_OK);
	}
	free(f.bytes);
}

static void icmp_error_is_turned_to_our_side(void)
{
	struct frame f = frame_of(LO IP_ICMP);
	struct tc_rx rx;

	if (parse(&rx, &f, TC_DLT_EN10MB) == 0) {
		CHECK_U64(rx.kind, TC_RX_ICMP_ERROR);
		CHECK_U64(rx.icmp_type, 3);
		CHECK_U64(rx.icmp_code, 10);
		CHECK_U64(rx.icmp_mtu, 0);
		CHECK_U64(rx.icmp_checksum, TC_CSUM_OK);
		CHECK_U64(rx.quoted.local_addr, 0x7f000001);
		CHECK_U64(rx.quoted.remote_addr, 0x7f000001);
		CHECK_U64(rx.quoted.local_port, 43794);
		CHECK_U64(rx.quoted.remote_port, 9997);
		CHECK_U64(rx.quoted_seq, 2159102716);
	}
	f.bytes[14 + 20 + 1] = 4;		/* fragmentation needed … */
	tc_put16(f.bytes + 14 + 20 + 6, 1280);	/* … next hop takes 1280 */
	if (parse(&rx, &f, TC_DLT_EN10MB) == 0) {
		CHECK_U64(rx.icmp_mtu, 1280);
		CHECK_U64(rx.icmp_checksum, TC_CSUM_BAD);
	}
	free(f.bytes);
}

static void only_icmp_errors_about_tcp_count(void)
{
	static const uint8_t errors[] = { 3, 4, 5, 11, 12 };
	struct frame f = frame_of(IP_ICMP);
	struct tc_rx rx;

	for (unsigned type = 0; type < 256; type++) {
		bool is_error = memchr(errors, (int)type, sizeof errors) != NULL;

		f.bytes[20] = (uint8_t)type;
		if (parse(&rx, &f, TC_DLT_RAW) == 0)
			CHECK_U64(rx.kind, is_error ? TC_RX_ICMP_ERROR : TC_RX_OTHER);
	}
	f.bytes[20] = 3;
	f.bytes[28 + 9] = 17;	/* quotes UDP */
	if (parse(&rx, &f, TC_DLT_RAW) == 0)
		CHECK_U64(rx.kind, TC_RX_OTHER);
	f.bytes[28 + 9] = 6;
	f.bytes[28 + 7] = 1;	/* quotes a later fragment: no ports there */
	if (parse(&rx, &f, TC_DLT_RAW) == 0)
		CHECK_U64(rx.kind, TC_RX_OTHER);
	free(f.bytes);
}

static void arp_addresses(void)
{
	struct frame f = frame_of("ffffffffffff0200000000010806" ARP_ASK);
	struct tc_rx rx;

	if (parse(&rx, &f, TC_DLT_EN10MB) == 0) {
		CHECK_U64(rx.kind, TC_RX_ARP);
		CHECK_U64(rx.src, 0x0a000001);
		CHECK_U64(rx.dst, 0x0a000002);
	}
	f.bytes[14 + 1] = 6;	/* IEEE 802 networks, not Ethernet */
	if (parse(&rx, &f, TC_DLT_EN10MB) == 0)
		CHECK_U64(rx.kind, TC_RX_OTHER);
	free(f.bytes);
}

static void other_protocols_are_no_error(void)
{
	static const struct { int dlt; const char *hex; } others[] = {
		{ TC_DLT_EN10MB, "33330000000102000000000186dd60000000" },
		{ TC_DLT_EN10MB, "0180c2000000020000000002002642420300" },	/* 802.3, STP */
		{ TC_DLT_NULL, "1e00000060000000" },
		{ TC_DLT_NULL, "00000018" },
		{ TC_DLT_NULL, "07000000" },
		{ TC_DLT_RAW, "6000000000" },
		{ TC_DLT_LINUX_SLL, "000003040006000000000000000086dd" },
	};

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		struct frame f = frame_of(others[i].hex);
		struct tc_rx rx;

		if (parse(&rx, &f, others[i].dlt) == 0)
			CHECK(rx.kind == TC_RX_OTHER && rx.l3 == NULL);
		free(f.bytes);
	}
}

static const struct { int dlt; const char *hex, *msg; } lies[] = {
	{ 105, "00", "link type 105 is not one that is read here" },
	{ TC_DLT_RAW, "", "IP header cut: it needs 1 bytes, the frame has 0" },
	{ TC_DLT_EN10MB, "0000000000000000000000000800",
	  "the frame leaves 0 bytes, an IPv4 header needs 20" },
	{ TC_DLT_IPV4, "6500002800004000400600007f0000017f000001",
	  "ip.version=6 where IPv4 is announced" },
	{ TC_DLT_RAW, "4400002800004000400600007f0000017f000001",
	  "ip.hdr_len=4 is 16 bytes, an IPv4 header needs 20" },
	{ TC_DLT_RAW, "4f00002800004000400600007f0000017f000001",
	  "ip.hdr_len=15 is 60 bytes, the frame has 20" },
	{ TC_DLT_RAW, "4500001300004000400600007f0000017f000001",
	  "ip.len=19 is less than its header's 20 bytes" },
	{ TC_DLT_RAW, "4500002800004000400600007f0000017f000001",
	  "ip.len=40 but the frame has 20" },
	{ TC_DLT_RAW, "4500001500004000400600007f0000017f000001aa",
	  "ip.len leaves 1 bytes, a TCP header needs 20" },
	{ TC_DLT_RAW, "4500002800004000400600007f0000017f000001"
	  "00010002000000030000000400020005 00000000",
	  "tcp.hdr_len=0 is 0 bytes, a TCP header needs 20" },
	{ TC_DLT_RAW, "4500002800004000400600007f0000017f000001"
	  "00010002000000030000000440020005 00000000",
	  "tcp.hdr_len=4 is 16 bytes, a TCP header needs 20" },
	{ TC_DLT_RAW, "4500002800004000400600007f0000017f000001"
	  "000100020000000300000004f0020005 00000000",
	  "tcp.hdr_len=15 is 60 bytes, the segment has 20" },
	{ TC_DLT_RAW, "4500001a00004000400100007f0000017f000001 030300000000",
	  "ip.len leaves 6 bytes, an ICMP header needs 8" },
	{ TC_DLT_RAW, "4500001e00004000400100007f0000017f000001 0303000000000000 4500",
	  "icmp.type=3 quotes 2 bytes, an IPv4 header needs 20" },
	{ TC_DLT_RAW, "4500003000004000400100007f0000017f000001 0b00000000000000"
	  "4400003c00004000400600007f0000017f000001",
	  "icmp.type=11 quotes ip.version=4 ip.hdr_len=4" },
	{ TC_DLT_RAW, "4500003600004000400100007f0000017f000001 0b00000000000000"
	  "4500003c00004000400600007f0000017f000001 ab12270d80b1",
	  "icmp.type=11 quotes 26 bytes, IPv4 header and ports need 28" },
	{ TC_DLT_EN10MB, "ffffffffffff0200000000010806 00010800060400",
	  "the frame leaves 7 bytes, ARP needs 28" },
	{ TC_DLT_EN10MB, "ffffffffffff0200000000018100 00",
	  "802.1Q tag cut: it needs 18 bytes, the frame has 15" },
};

static void lies_are_named(void)
{
	for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
		struct frame f = frame_of(lies[i].hex);
		struct tc_error err = { 0 };
		struct tc_rx rx;

		CHECK_U64(-tc_rx_parse(&rx, f.bytes, f.n, lies[i].dlt, &err), EBADMSG);
		CHECK_STR(err.msg, lies[i].msg);
		free(f.bytes);
	}
}

static void every_truncation_is_malformed(void)
{
	for (size_t i = 0; i < N_GOLDENS; i++) {
		struct frame f = frame_of(goldens[i].hex);

		for (size_t n = 0; n < f.n - goldens[i].padding; n++) {
			struct frame cut = { malloc(n ? n : 1), n };
			struct tc_error err = { 0 };
			struct tc_rx rx;

			if (!cut.bytes)
				abort();
			memcpy(cut.bytes, f.bytes, n);
			if (tc_rx_parse(&rx, cut.bytes, n, goldens[i].dlt, &err) != -EBADMSG ||
			    !err.msg[0])
				complain(goldens[i].name, n, f.n);
			free(cut.bytes);
		}
		free(f.bytes);
	}
}

/* Every value of every byte, one at a time: taken and sound, or refused. */
static void any_byte_may_be_anything(void)
{
	for (size_t i = 0; i < N_GOLDENS; i++) {
		struct frame f = frame_of(goldens[i].hex);

		for (size_t at = 0; at < f.n; at++) {
			uint8_t was = f.bytes[at];

			for (unsigned v = 0; v < 256; v++) {
				struct tc_rx rx;
				int rc;

				f.bytes[at] = (uint8_t)v;
				rc = tc_rx_parse(&rx, f.bytes, f.n, goldens[i].dlt, NULL);
				if (rc != -EBADMSG && (rc || !is_sound(&rx, &f)))
					complain(goldens[i].name, at, v);
			}
			f.bytes[at] = was;
		}
		free(f.bytes);
	}
}

/* A segment of 40 bytes of IPv4 and TCP and these options. */
static int parse_options(struct tc_rx *rx, struct frame *f, const char *hex)
{
	char text[200];
	size_t n;

	snprintf(text, sizeof text, IP_RST "%s", hex);
	*f = frame_of(text);
	n = f->n - 40;
	tc_put16(f->bytes + 2, (uint16_t)f->n);
	f->bytes[32] = (uint8_t)((20 + n) / 4 << 4);
	return parse(rx, f, TC_DLT_RAW);
}

static void sack_blocks_are_read(void)
{
	struct tc_rx rx;
	struct frame f;

	parse_options(&rx, &f, "0101" "0522" "0000000100000002" "0000000300000004"
		      "0000000500000006" "fffffff000000010" "0101" "0000");
	CHECK_U64(rx.seg.opts.present, TC_HAS_SACK);
	CHECK_U64(rx.seg.opts.n_sack, 4);
	CHECK_U64(rx.seg.opts.sack[0].left, 1);
	CHECK_U64(rx.seg.opts.sack[0].right, 2);
	CHECK_U64(rx.seg.opts.sack[3].left, 0xfffffff0);
	CHECK_U64(rx.seg.opts.sack[3].right, 0x10);
	free(f.bytes);
}

static void options_that_lie_stop_the_walk(void)
{
	struct tc_rx rx;
	struct frame f;

	parse_options(&rx, &f, "020405b4" "0300" "0000" "0402" "0101");
	CHECK(rx.options_bad);
	CHECK_U64(rx.seg.opts.present, TC_HAS_MSS);
	free(f.bytes);
	parse_options(&rx, &f, "0204" "05b4" "0101" "080a");
	CHECK(rx.options_bad);
	CHECK_U64(rx.seg.opts.present, TC_HAS_MSS);
	free(f.bytes);
	/* After an eol nothing counts, and nothing is wrong. */
	parse_options(&rx, &f, "03030700" "020405b4");
	CHECK(!rx.options_bad);
	CHECK_U64(rx.seg.opts.present, TC_HAS_WSCALE);
	free(f.bytes);
}

static void foreign_lengths_are_passed_over(void)
{
	struct tc_rx rx;
	struct frame f;

	parse_options(&rx, &f, "020301" "030407ff" "040300" "080800000000ffff" "050a00" "00"
		      "00000000000000" "0502" "01");
	CHECK(!rx.options_bad);
	CHECK_U64(rx.seg.opts.present, TC_HAS_SACK);
	CHECK_U64(rx.seg.opts.n_sack, 1);
	free(f.bytes);
	parse_options(&rx, &f, "0506000000010101" "020405b4" "02040200");
	CHECK_U64(rx.seg.opts.present, TC_HAS_MSS);
	CHECK_U64(rx.seg.opts.mss, 512);
	free(f.bytes);
}

/* A checksum as the sender would have put it, whatever the length. */
static void put_checksum(uint8_t *tcp, size_t n)
{
	uint16_t pseudo = tc_checksum_pseudo(0x7f000001, 0x7f000001, 6, (uint32_t)n);

	tc_put16(tcp + 16, 0);
	tc_put16(tcp + 16, (uint16_t)~tc_checksum_sum(tcp, n, pseudo));
}

/* Offload on a virtual link: up to 64 KiB with ip.len, above that with ip.len 0. */
static void super_segments_are_taken_whole(void)
{
	static const size_t sizes[] = { 40 + 1, 65534, 65535, 65536, 80001 };
	struct frame f = { malloc(14 + 80001), 0 };
	struct frame head = frame_of(LO IP_RST);
	struct tc_rx rx;

	if (!f.bytes)
		abort();
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		size_t n = sizes[i];

		memset(f.bytes, 0x5a, 14 + n);
		memcpy(f.bytes, head.bytes, head.n);
		tc_put16(f.bytes + 16, n > 65535 ? 0 : (uint16_t)n);
		put_checksum(f.bytes + 34, n - 20);
		f.n = 14 + n;
		if (parse(&rx, &f, TC_DLT_EN10MB) == 0) {
			CHECK_U64(rx.seg.len, n - 40);
			CHECK_U64(rx.tcp_checksum, TC_CSUM_OK);
			CHECK(is_sound(&rx, &f));
		}
	}
	free(f.bytes);
	free(head.bytes);
}

static void link_headers_have_lengths(void)
{
	static const struct { int dlt; const char *hex; int len; unsigned type; } links[] = {
		{ TC_DLT_EN10MB, "0000000000000000000000000806", 14, 0x0806 },
		{ TC_DLT_EN10MB, "000000000000000000000000 8100 0001 0800", 18, 0x0800 },
		{ TC_DLT_EN10MB, "000000000000000000000000 88a8 0001 8100 0001 0800", 22, 0x0800 },
		{ TC_DLT_LINUX_SLL, "0000 0001 0006 000000000000 0000 8100 0001 0800", 20, 0x0800 },
		{ TC_DLT_LINUX_SLL2, SLL2_IP, 20, 0x0800 },
		{ TC_DLT_NULL, "0000000a", 4, 0x86dd },
		{ TC_DLT_LOOP, "0000001c", 4, 0x86dd },
		{ TC_DLT_LOOP, "000000ff", 4, 0 },
		{ TC_DLT_RAW, "45", 0, 0x0800 },
		{ TC_DLT_RAW, "60", 0, 0x86dd },
		{ TC_DLT_IPV4, "45", 0, 0x0800 },
	};

	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
		struct frame f = frame_of(links[i].hex);
		uint16_t type = 0xffff;

		CHECK_U64(tc_link_header(f.bytes, f.n, links[i].dlt, &type, NULL), links[i].len);
		CHECK_U64(type, links[i].type);
		free(f.bytes);
	}
}

static void flags_print_as_tcpdump_does(void)
{
	static const struct { unsigned flags; const char *text; } flags[] = {
		{ TC_FLAG_SYN, "S" }, { TC_FLAG_SYN | TC_FLAG_ACK, "S." },
		{ TC_FLAG_PSH | TC_FLAG_ACK, "P." }, { TC_FLAG_FIN | TC_FLAG_ACK, "F." },
		{ TC_FLAG_RST, "R" }, { TC_FLAG_SYN | TC_FLAG_ECE | TC_FLAG_CWR, "SEW" },
		{ TC_FLAG_ACK, "." }, { 0, "none" }, { 0xf00, "none" },
		{ TC_FLAG_URG | TC_FLAG_ACK, ".U" }, { 0x0ff, "FSRP.UEW" }, { 0xfff, "FSRP.UEW" },
	};
	char text[16];

	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
		tc_flags_print((uint16_t)flags[i].flags, text);
		CHECK_STR(text, flags[i].text);
	}
}

CU_TestInfo tests_segment[] = {
	{ "frames of every link type are taken apart", golden_kinds },
	{ "a captured SYN has the fields that tcpdump prints", syn_fields },
	{ "a captured data segment has the fields that tcpdump prints", data_fields },
	{ "Ethernet's padding is not payload", padding_is_no_payload },
	{ "a checksum is ok, partial or bad", checksums_have_three_states },
	{ "an ICMP error is turned to our side", icmp_error_is_turned_to_our_side },
	{ "only ICMP errors that quote TCP ports count", only_icmp_errors_about_tcp_count },
	{ "an ARP request names sender and target", arp_addresses },
	{ "other protocols are no error", other_protocols_are_no_error },
	{ "a header that lies is named with both numbers", lies_are_named },
	{ "every truncation of every frame is malformed", every_truncation_is_malformed },
	{ "any byte of a frame may have any value", any_byte_may_be_anything },
	{ "SACK blocks are read, also over the wrap", sack_blocks_are_read },
	{ "an option whose length lies stops the walk", options_that_lie_stop_the_walk },
	{ "a known option of a foreign length is passed over",
	  foreign_lengths_are_passed_over },
	{ "super-segments are taken whole", super_segments_are_taken_whole },
	{ "link headers have the right lengths", link_headers_have_lengths },
	{ "flags print as tcpdump prints them", flags_print_as_tcpdump_does },
	CU_TEST_INFO_NULL
};
