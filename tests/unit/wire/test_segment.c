/* SPDX-License-Identifier: BSD-2-Clause */
/* The receive path with frames that are well-formed; see test_hostile.c for others. */
#include "frames.h"

#include "base/addr.h"
#include "wire/find_tcp.h"

#include <tcpcraft/bits.h>

static void golden_kinds(void)
{
	for (size_t i = 0; i < N_GOLDENS; i++) {
		const struct golden *g = &goldens[i];
		struct frame f = frame_of(g->hex);
		struct tc_rx rx;

		if (parse_frame(&rx, &f, g->dlt) == 0) {
			CHECK(is_sound(&rx, &f));
			CHECK_U64(rx.kind, g->kind);
			CHECK(rx.l3 + rx.l3_len == f.bytes + f.n - g->padding);
		}
		if (rx.kind != TC_RX_ARP && rx.src.family == 4)
			CHECK_U64(tc_addr_v4(&rx.src), 0x7f000001);
		CHECK_U64(rx.ip_checksum, TC_CSUM_OK);
		free(f.bytes);
	}
}

static void syn_fields(void)
{
	struct frame f = frame_of(LO IP_SYN);
	struct tc_rx rx;

	if (parse_frame(&rx, &f, TC_DLT_EN10MB) == 0) {
		CHECK_U64(tc_addr_v4(&rx.src), 0x7f000001);
		CHECK_U64(tc_addr_v4(&rx.dst), 0x7f000001);
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

	if (parse_frame(&rx, &f, TC_DLT_EN10MB) == 0) {
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
	if (parse_frame(&rx, &f, TC_DLT_EN10MB) == 0) {
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
	if (parse_frame(&rx, &f, TC_DLT_RAW) == 0)
		CHECK_U64(rx.tcp_checksum, TC_CSUM_BAD);
	f.bytes[39] ^= 1;
	f.bytes[8]--;		/* TTL, as a broken router would */
	if (parse_frame(&rx, &f, TC_DLT_RAW) == 0) {
		CHECK_U64(rx.ip_checksum, TC_CSUM_BAD);
		CHECK_U64(rx.tcp_checksum, TC_CSUM_OK);
	}
	free(f.bytes);
}

static void icmp_error_is_turned_to_our_side(void)
{
	struct frame f = frame_of(LO IP_ICMP);
	struct tc_rx rx;

	if (parse_frame(&rx, &f, TC_DLT_EN10MB) == 0) {
		CHECK_U64(rx.kind, TC_RX_ICMP_ERROR);
		CHECK_U64(rx.icmp_type, 3);
		CHECK_U64(rx.icmp_code, 10);
		CHECK_U64(rx.icmp_mtu, 0);
		CHECK_U64(rx.icmp_checksum, TC_CSUM_OK);
		CHECK_U64(tc_addr_v4(&rx.quoted.local_addr), 0x7f000001);
		CHECK_U64(tc_addr_v4(&rx.quoted.remote_addr), 0x7f000001);
		CHECK_U64(rx.quoted.local_port, 43794);
		CHECK_U64(rx.quoted.remote_port, 9997);
		CHECK_U64(rx.quoted_seq, 2159102716);
	}
	f.bytes[14 + 20 + 1] = 4;		/* fragmentation needed … */
	tc_put16(f.bytes + 14 + 20 + 6, 1280);	/* … next hop takes 1280 */
	if (parse_frame(&rx, &f, TC_DLT_EN10MB) == 0) {
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
		if (parse_frame(&rx, &f, TC_DLT_RAW) == 0)
			CHECK_U64(rx.kind, is_error ? TC_RX_ICMP_ERROR : TC_RX_OTHER);
	}
	f.bytes[20] = 3;
	f.bytes[28 + 9] = 17;	/* quotes UDP */
	if (parse_frame(&rx, &f, TC_DLT_RAW) == 0)
		CHECK_U64(rx.kind, TC_RX_OTHER);
	f.bytes[28 + 9] = 6;
	f.bytes[28 + 7] = 1;	/* quotes a later fragment: no ports there */
	if (parse_frame(&rx, &f, TC_DLT_RAW) == 0)
		CHECK_U64(rx.kind, TC_RX_OTHER);
	free(f.bytes);
}

static void arp_addresses(void)
{
	struct frame f = frame_of("ffffffffffff0200000000010806" ARP_ASK);
	struct tc_rx rx;

	if (parse_frame(&rx, &f, TC_DLT_EN10MB) == 0) {
		CHECK_U64(rx.kind, TC_RX_ARP);
		CHECK_U64(tc_addr_v4(&rx.src), 0x0a000001);
		CHECK_U64(tc_addr_v4(&rx.dst), 0x0a000002);
	}
	f.bytes[14 + 1] = 6;	/* IEEE 802 networks, not Ethernet */
	if (parse_frame(&rx, &f, TC_DLT_EN10MB) == 0)
		CHECK_U64(rx.kind, TC_RX_OTHER);
	free(f.bytes);
}

static void other_protocols_are_no_error(void)
{
	static const struct { int dlt; const char *hex; } others[] = {
		{ TC_DLT_EN10MB, "0180c2000000020000000002002642420300" },
		{ TC_DLT_NULL, "07000000" },
		{ TC_DLT_LINUX_SLL, "00000304000600000000000000008847" },
	};

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		struct frame f = frame_of(others[i].hex);
		struct tc_rx rx;

		if (parse_frame(&rx, &f, others[i].dlt) == 0)
			CHECK(rx.kind == TC_RX_OTHER && rx.l3 == NULL);
		free(f.bytes);
	}
}

static const char *parsed(const char *hex, size_t cut, struct tc_rx *rx)
{
	struct frame f = frame_of(hex);
	static struct tc_error err;

	err = (struct tc_error){ 0 };
	tc_rx_parse_cut(rx, f.bytes, f.n - cut, f.n, TC_DLT_IPV6, &err);
	free(f.bytes);
	return err.msg;
}

/* RFC 8200 8.1: the final destination is summed, and it is the connection's end. */
static void ipv6_is_read_behind_its_extensions(void)
{
	static const char *const forms[] = { IP6_SYN, IP6_CHAIN };
	struct tc_rx rx;

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		CHECK_STR(parsed(forms[i], 0, &rx), "");
		CHECK_U64(rx.kind, TC_RX_TCP);
		CHECK_STR(TC_HOST_PORT(&rx.src, rx.sport), "[::1]:20000");
		CHECK_STR(TC_HOST_PORT(&rx.dst, rx.dport), "[::2]:80");
		CHECK_U64(rx.tcp_checksum, TC_CSUM_OK);
		CHECK_U64(rx.ttl, 64);
		CHECK_U64(rx.seg.wnd, 64240);
	}
	/* no segments left: the list says nothing of the destination */
	CHECK_STR(parsed("6ab00000 002c 2b 40" IP6_ENDS "0602000000000000"
			 "000000000000000000000000000000ff" IP6_TCP, 0, &rx), "");
	CHECK_STR(TC_HOST_PORT(&rx.dst, rx.dport), "[::2]:80");
	CHECK_U64(rx.dsfield, 0xab);
	/* the last bit of the address is wrong */
	parsed("60000000 0014 06 40 00000000000000000000000000000001"
	       "00000000000000000000000000000003" IP6_TCP, 0, &rx);
	CHECK_U64(rx.tcp_checksum, TC_CSUM_BAD);
	/* 1 + 2 + 6 + 20: left to the card */
	parsed("60000000 0014 06 40" IP6_ENDS "4e200050 00000000 00000000 5000faf0 001d0000", 0,
	       &rx);
	CHECK_U64(rx.tcp_checksum, TC_CSUM_PARTIAL);
}

/* A packet filter finds it, and so do we, whatever else is wrong; of a cut datagram what is
 * there. */
static void tcp_is_found_behind_its_headers(void)
{
	static const struct { const char *hex; size_t at; } cases[] = {
		{ IP_SYN, 20 }, { "4700003400004000 40065341 7f000001 7f000001 94040000 01010100"
				  "270e98aa", 28 },
		{ "4fff003400004000 40065341 7f000001 7f000001", 0 },	/* ends before it */
		{ "4500003c0000200040065341 7f000001 7f000001 8d16270f", 20 }, /* first piece */
		{ "4500003c0000000140065341 7f000001 7f000001 8d16270f", 0 }, /* later one */
		{ "4500003c0000000040115341 7f000001 7f000001 8d16270f", 0 }, /* UDP */
		{ IP6_SYN, 40 }, { IP6_CHAIN, 88 }, { IP6_FRAGMENT, 48 },
		{ "60000000 0010 2c 40" IP6_ENDS "0600000900000007 4e200050", 0 },
		{ "60000000 0010 3a 40" IP6_ENDS "4e20005000000000", 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct frame f = frame_of(cases[i].hex);

		for (size_t n = 0; n <= f.n; n++) {
			struct frame cut = frame_copy(f.bytes, n);
			size_t left = 0;
			const uint8_t *tcp = tc_find_tcp(cut.bytes, n, &left);

			check_u64(tcp ? (size_t)(tcp - cut.bytes) : 0,
				  n < cases[i].at ? 0 : cases[i].at, cases[i].hex, __LINE__,
				  __FILE__);
			CHECK_U64(left, tcp ? n - cases[i].at : 0);
			free(cut.bytes);
		}
		free(f.bytes);
	}
}

static void ipv6_is_read_as_far_as_captured(void)
{
	struct tc_rx rx;

	CHECK_STR(parsed(IP6_SYN, 6, &rx), "");
	CHECK(rx.kind == TC_RX_TCP && rx.head_cut == 6 && rx.no_window);
	CHECK_STR(parsed(IP6_SYN, 7, &rx), "the capture left 13 bytes of the TCP header, up to "
		  "its flags are 14");
	CHECK_STR(parsed(IP6_CHAIN, 30, &rx), "the IPv6 extension headers are longer than the "
		  "38 bytes behind the header");
	/* a payload length of 0 is the frame's */
	CHECK_STR(parsed("60000000 0000 06 40" IP6_ENDS IP6_TCP "6869", 0, &rx), "");
	CHECK_U64(rx.seg.len, 2);
}

static void icmpv6_errors_quote(void)
{
	struct tc_rx rx;

	CHECK_STR(parsed(IP6_TOO_BIG, 0, &rx), "");
	CHECK_U64(rx.kind, TC_RX_ICMP_ERROR);
	CHECK_U64(rx.icmp_type, 2);
	CHECK_U64(rx.icmp_mtu, 1400);
	CHECK_U64(rx.icmp_checksum, TC_CSUM_OK);
	CHECK_STR(TC_HOST(&rx.src), "2001:db8::9");
	CHECK_STR(TC_HOST_PORT(&rx.quoted.local_addr, rx.quoted.local_port), "[::1]:20000");
	CHECK_STR(TC_HOST_PORT(&rx.quoted.remote_addr, rx.quoted.remote_port), "[::2]:80");
	CHECK(rx.quoted_seq == 7 && rx.quoted_ttl == 1);
	/* an echo quotes nothing */
	CHECK_STR(parsed("60000000 0008 3a 40" IP6_ENDS "80007fba 00000000", 0, &rx), "");
	CHECK_U64(rx.kind, TC_RX_OTHER);
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
	return parse_frame(rx, f, TC_DLT_RAW);
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
		if (parse_frame(&rx, &f, TC_DLT_EN10MB) == 0) {
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
	static const struct { int dlt; const char *hex; int len, type; } links[] = {
		{ TC_DLT_EN10MB, "0000000000000000000000000806", 14, 0x0806 },
		{ TC_DLT_EN10MB, "000000000000000000000000 8100 0001 0800", 18, 0x0800 },
		{ TC_DLT_EN10MB, "000000000000000000000000 88a8 0001 8100 0001 0800",
		  22, 0x0800 },
		{ TC_DLT_LINUX_SLL, "0000 0001 0006 000000000000 0000 8100 0001 0800",
		  20, 0x0800 },
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

		int n = tc_link_header(f.bytes, f.n, links[i].dlt, &type, NULL);

		CHECK_U64(n, links[i].len);
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
		{ TC_FLAG_ACK, "." }, { 0, "none" }, { 0xe00, "none" },
		{ 0x100, "e" },
		{ TC_FLAG_URG | TC_FLAG_ACK, ".U" },
		{ 0x0ff, "FSRP.UEW" }, { 0xfff, "FSRP.UEWe" },
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
	{ "IPv6 is read behind its extension headers", ipv6_is_read_behind_its_extensions },
	{ "TCP is found where a packet filter looks for it", tcp_is_found_behind_its_headers },
	{ "IPv6 is read as far as it was captured", ipv6_is_read_as_far_as_captured },
	{ "ICMPv6 errors say what they quote", icmpv6_errors_quote },
	{ "SACK blocks are read, also over the wrap", sack_blocks_are_read },
	{ "an option whose length lies stops the walk", options_that_lie_stop_the_walk },
	{ "a known option of a foreign length is passed over",
	  foreign_lengths_are_passed_over },
	{ "super-segments are taken whole", super_segments_are_taken_whole },
	{ "link headers have the right lengths", link_headers_have_lengths },
	{ "flags print as tcpdump prints them", flags_print_as_tcpdump_does },
	CU_TEST_INFO_NULL
};
