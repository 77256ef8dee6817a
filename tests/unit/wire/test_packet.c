/* SPDX-License-Identifier: BSD-2-Clause */
/* Layers, values set by number and by text, and the bytes that come of them. */
#include "packet_kit.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/checksum.h>

#include <errno.h>

static void set_fails(struct tc_packet *p, const char *name, const char *text, int code,
		      const char *msg)
{
	struct tc_error err = { 0 };

	check_true(tc_packet_set_text(p, name, text, NULL, &err) == code, name, __LINE__,
		   __FILE__);
	check_str(err.msg, msg, name, __LINE__, __FILE__);
}

/* The IPv4 header of the known vector, whose payload is 44 bytes that do not matter. */
static void ip_header_of_the_known_vector(void)
{
	struct tc_packet p = { 0 };
	int ip = push(&p, TC_HDR_IP);

	push(&p, TC_HDR_DATA);
	set(&p, "ip.id", "0x96da");
	set(&p, "ip.src", "192.168.1.104");
	set(&p, "ip.dst", "208.69.36.230");
	tc_packet_set_bytes(&p, 1, out, 44, NULL);
	CHECK_U64(build(&p), 64);
	CHECK_U64(tc_packet_get(&p, ip, TC_IP_CHECKSUM), 0xeca1);
	CHECK_MEM(out, "\x45\x00\x00\x40\x96\xda\x40\x00\x40\x06\xec\xa1"
		  "\xc0\xa8\x01\x68\xd0\x45\x24\xe6", 20);
	tc_packet_free(&p);
}

/* The sums were computed apart, word by word. */
static void a_syn_by_hand(void)
{
	struct tc_packet p = make_syn();

	built_is(&p, "0200000000020200000000010800"
		 "4500002800014000400626cd0a0000010a000002"
		 "4e200050000003e8000000005002faf04e970000", "plain SYN");
	set(&p, "tcp.options", "mss 1460,nop,wscale 7");
	built_is(&p, "0200000000020200000000010800"
		 "4500003000014000400626c50a0000010a000002"
		 "4e200050000003e8000000007002faf022cd0000020405b401030307", "with options");
	tc_packet_free(&p);
}

static void checksums_are_right(struct tc_packet *p)
{
	size_t n = build(p);

	CHECK_U64(tc_checksum(out + 14, 20), 0);
	CHECK(tc_checksum_check_tcp(out + 34, n - 34,
				     tc_checksum_pseudo(0x0a000001, 0x0a000002, 6, (uint32_t)(n - 34))) ==
	      TC_CSUM_OK);
}

/* Without an IPv4 layer there is no pseudo-header to count. */
static void a_segment_alone(void)
{
	struct tc_packet p = { 0 };

	push(&p, TC_HDR_TCP);
	push(&p, TC_HDR_DATA);
	set(&p, "data.data", "abc");
	CHECK_U64(build(&p), 23);
	CHECK_U64(tc_checksum(out, 23), 0);
	tc_packet_free(&p);
}

static void explicit_beats_computed(void)
{
	struct tc_packet p = make_syn();

	checksums_are_right(&p);
	set(&p, "tcp.checksum", "0");
	set(&p, "ip.checksum", "0xbeef");
	build(&p);
	CHECK_U64(tc_get16(out + 14 + 10), 0xbeef);
	CHECK_U64(tc_get16(out + 34 + 16), 0);
	set(&p, "tcp.checksum", "auto");
	set(&p, "ip.checksum", "auto");
	checksums_are_right(&p);
	set(&p, "ip.proto", "17");
	set(&p, "eth.type", "0x86dd");
	set(&p, "ip.len", "39");
	set(&p, "ip.hdr_len", "6");
	CHECK_U64(build(&p), 54);
	CHECK_MEM(out + 12, "\x86\xdd\x46", 3);
	CHECK_U64(tc_get16(out + 16), 39);
	CHECK_U64(out[14 + 9], 17);
	checksums_are_right(&p);
	tc_packet_free(&p);
}

static void bad_is_one_off(void)
{
	struct tc_packet p = make_syn();
	uint16_t ip_right, tcp_right;
	uint64_t right;

	build(&p);
	ip_right = tc_get16(out + 24);
	tcp_right = tc_get16(out + 50);
	set(&p, "tcp.checksum", "bad");
	set(&p, "ip.checksum", "bad");
	build(&p);
	CHECK_U64(tc_get16(out + 24), ip_right ^ 1);
	CHECK_U64(tc_get16(out + 50), tcp_right ^ 1);
	CHECK(tc_packet_computed(&p, 2, TC_TCP_CHECKSUM, &right, NULL) == 0);
	CHECK_U64(right, tcp_right);
	set(&p, "tcp.seq", "1001");	/* bad follows what is sent */
	build(&p);
	CHECK_U64(tc_get16(out + 50),
		  tc_checksum_update32(tcp_right, 1000, 1001) ^ 1);
	set(&p, "tcp.checksum", "0x1234");
	build(&p);
	CHECK_U64(tc_get16(out + 50), 0x1234);
	tc_packet_free(&p);
}

static void header_lengths_lie_without_moving_bytes(void)
{
	struct tc_packet p = make_syn();

	for (unsigned v = 0; v < 16; v++) {
		CHECK(tc_packet_set(&p, 2, TC_TCP_HDR_LEN, v, NULL) == 0);
		CHECK_U64(build(&p), 54);
		CHECK_U64(out[34 + 12], v << 4);
		checksums_are_right(&p);
	}
	tc_packet_free(&p);
}

static void options_are_padded(void)
{
	struct tc_packet p = make_syn();
	struct tc_error err = { 0 };
	uint8_t forty_four[44] = { 1 };
	char hex[100] = "hex:";

	set(&p, "tcp.options", "hex:0500ff");
	CHECK_U64(build(&p), 58);
	CHECK_MEM(out + 54, "\x05\x00\xff\x00", 4);
	CHECK_U64(out[34 + 12], 0x60);
	checksums_are_right(&p);
	set(&p, "ip.options", "hex:94");
	CHECK_U64(build(&p), 62);
	CHECK_U64(out[14], 0x46);
	CHECK_MEM(out + 34, "\x94\x00\x00\x00", 4);
	CHECK_U64(tc_checksum(out + 14, 24), 0);
	CHECK_U64(tc_packet_offset(&p, 2), 38);
	CHECK_U64(tc_packet_layer_len(&p, 1), 24);
	CHECK_U64(tc_packet_offset(&p, 3), 62);
	CHECK(tc_packet_set_bytes(&p, 2, forty_four, 41, &err) == -EMSGSIZE);
	CHECK_STR(err.msg, "tcp.options is 41 bytes, tcp.hdr_len can say 40: "
		  "write hex:... to send them anyway");
	set_fails(&p, "tcp.options", "mss 1,mss 2,mss 3,mss 4,mss 5,mss 6,mss 7,mss 8,"
		  "mss 9,mss 10,mss 11", -EMSGSIZE,
		  "tcp.options is 44 bytes, tcp.hdr_len can say 40: "
		  "write hex:... to send them anyway");
	for (unsigned i = 0; i < 44; i++)
		snprintf(hex + strlen(hex), sizeof hex - strlen(hex), "01");
	set(&p, "tcp.options", hex);
	CHECK_U64(build(&p), 14 + 24 + 20 + 44);
	CHECK_U64(out[38 + 12], 0xf0);
	tc_packet_free(&p);
}

static void next_protocol_follows_the_layers(void)
{
	struct tc_packet p = { 0 };
	int at;

	push(&p, TC_HDR_ETH);
	push(&p, TC_HDR_ARP);
	CHECK_U64(build(&p), 42);
	CHECK_MEM(out + 12, "\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01", 10);
	tc_packet_free(&p);
	push(&p, TC_HDR_ETH);
	push(&p, TC_HDR_IP);
	push(&p, TC_HDR_ICMP);
	push(&p, TC_HDR_DATA);
	set(&p, "data.data", "quoted");
	CHECK_U64(build(&p), 14 + 20 + 8 + 6);
	CHECK_U64(out[14 + 9], 1);
	CHECK_U64(tc_checksum(out + 34, 14), 0);
	at = tc_packet_insert(&p, 1, tc_header_get(TC_HDR_VLAN), NULL);
	CHECK_U64(at, 1);
	CHECK_U64(build(&p), 18 + 20 + 8 + 6);
	CHECK_MEM(out + 12, "\x81\x00\x00\x01\x08\x00\x45", 7);
	CHECK_U64(tc_packet_layer(&p, tc_header_get(TC_HDR_ICMP), 0), 3);
	CHECK(tc_packet_layer(&p, tc_header_get(TC_HDR_ICMP), 1) == -ENOENT);
	tc_packet_free(&p);
	push(&p, TC_HDR_IP);
	push(&p, TC_HDR_IP);
	push(&p, TC_HDR_TCP);
	CHECK_U64(build(&p), 60);
	CHECK_U64(out[9], 4);
	CHECK_U64(tc_packet_layer(&p, tc_header_get(TC_HDR_IP), 1), 1);
	tc_packet_free(&p);
}

static void a_prot_frame(void)
{
	struct tc_packet p = { 0 };
	struct tc_error err = { 0 };
	static const char big[600];

	push(&p, TC_HDR_PROT);
	set(&p, "prot.payload", "RECONSTRUCTED_PAYLOAD");
	built_is(&p, "50524f5401000000155245434f4e535452554354"
		 "45445f5041594c4f41445200", "the demo's frame");
	set(&p, "prot.length", "512");
	set(&p, "prot.checksum", "hex:ffff");
	built_is(&p, "50524f5401000002005245434f4e535452554354"
		 "45445f5041594c4f4144ffff", "lying frame");
	set(&p, "prot.checksum", "bad");
	build(&p);
	CHECK_U64(out[30], 'R' ^ 1);
	CHECK(tc_packet_set_bytes(&p, 0, big, sizeof big, &err) == 0);
	CHECK_U64(build(&p), 611);
	tc_packet_unset(&p, 0, TC_PROT_LENGTH);
	CHECK(tc_packet_build(&p, out, sizeof out, &err) == -EMSGSIZE);
	CHECK_STR(err.msg, "prot.length would be 600, 512 at most: set it, or send less");
	tc_packet_free(&p);
}

/* A table that came at run time: head, variable row, tail with a CRC over it. */
static void a_table_of_the_users_own(void)
{
	static const struct tc_field rows[] = {
		{ .name = "my.id", .off = 0, .bits = 12, .kind = TC_KIND_HEX, .def = 0xabc,
		  .unit = "" },
		{ .name = "my.ver", .off = 12, .bits = 4, .kind = TC_KIND_UINT, .def = 1,
		  .unit = "" },
		{ .name = "my.body", .off = 16, .bits = 0, .kind = TC_KIND_BYTES, .unit = "" },
		{ .name = "my.len", .off = 0, .bits = 16, .kind = TC_KIND_UINT_LE,
		  .autofill = TC_FILL_VAR_LEN, .unit = "bytes" },
		{ .name = "my.crc", .off = 16, .bits = 32, .kind = TC_KIND_CSUM,
		  .autofill = TC_FILL_CRC32, .from = 2, .to = 2, .unit = "" },
	};
	static const struct tc_header mine = {
		.name = "my", .title = "Mine", .rows = rows, .n_rows = 5, .head_bytes = 2,
		.tail_bytes = 6, .var_row = 2, .auto_rows = 0x18, .sum_rows = 0x10,
		.ipproto = -1,
	};
	struct tc_error err = { 0 };
	struct tc_packet p = { 0 };

	CHECK_OK(tc_packet_push(&p, &mine, &err), err);
	CHECK_OK(tc_packet_set_text(&p, "my.body", "123456789", &mine, &err), err);
	CHECK_OK(tc_packet_set_text(&p, "my.v", "7", &mine, &err), err);
	built_is(&p, "abc7" "313233343536373839" "0900" "cbf43926", "user table");
	CHECK_OK(tc_packet_set_text(&p, "my.crc", "bad", &mine, &err), err);
	built_is(&p, "abc7" "313233343536373839" "0900" "cbf43927", "user table, bad");
	tc_packet_free(&p);
}

static void every_sum_over_a_payload(void)
{
	static const struct { enum tc_autofill fill; uint64_t value; } sums[] = {
		{ TC_FILL_XOR, 0x31 }, { TC_FILL_SUM, 0x1dd },
		{ TC_FILL_INET, 0xf62a }, { TC_FILL_CRC16, 0x29b1 },
		{ TC_FILL_CRC32, 0xcbf43926 },
	};

	for (unsigned i = 0; i < sizeof sums / sizeof sums[0]; i++) {
		struct tc_field rows[] = {
			{ .name = "s.body", .kind = TC_KIND_BYTES, .unit = "" },
			{ .name = "s.sum", .bits = 32, .kind = TC_KIND_CSUM, .unit = "",
			  .autofill = (uint8_t)sums[i].fill },
		};
		struct tc_header h = { .name = "s", .rows = rows, .n_rows = 2,
				       .tail_bytes = 4, .auto_rows = 2, .sum_rows = 2,
				       .ipproto = -1 };
		struct tc_packet p = { 0 };
		struct tc_error err = { 0 };

		CHECK_OK(tc_packet_push(&p, &h, &err), err);
		build(&p);		/* an empty body has a sum, too */
		CHECK_OK(tc_packet_set_text(&p, "s.body", "123456789", &h, &err), err);
		CHECK_U64(build(&p), 13);
		CHECK_U64(tc_packet_get(&p, 0, 1), sums[i].value);
		CHECK_U64(tc_get32(out + 9), sums[i].value);
		tc_packet_unset(&p, 0, 0);
		CHECK_U64(build(&p), 4);
		tc_packet_free(&p);
	}
}

/* A header with two sums of itself: the same packet gives the same bytes every time. */
static void sums_that_cover_each_other(void)
{
	static const struct tc_field rows[] = {
		{ .name = "two.id", .off = 0, .bits = 24, .kind = TC_KIND_HEX, .unit = "" },
		{ .name = "two.odd", .off = 24, .bits = 16, .kind = TC_KIND_CSUM,
		  .autofill = TC_FILL_CSUM_HDR, .unit = "" },
		{ .name = "two.pad", .off = 40, .bits = 8, .kind = TC_KIND_HEX, .unit = "" },
		{ .name = "two.even", .off = 48, .bits = 16, .kind = TC_KIND_CSUM,
		  .autofill = TC_FILL_CSUM_ALL, .unit = "" },
	};
	static const struct tc_header two = {
		.name = "two", .title = "Two sums", .rows = rows, .n_rows = 4,
		.head_bytes = 8, .var_row = -1, .auto_rows = 0xa, .sum_rows = 0xa,
		.ipproto = -1,
	};
	struct tc_error err = { 0 };
	struct tc_packet p = { 0 };

	CHECK_OK(tc_packet_push(&p, &two, &err), err);
	CHECK_OK(tc_packet_set(&p, 0, 0, 0x010203, &err), err);
	built_is(&p, "010203fbfd" "00" "fe01", "first");
	built_is(&p, "010203fbfd" "00" "fe01", "again");
	tc_packet_free(&p);
}

/* Lengths follow whatever changed since the last build. */
static void lengths_follow_changes(void)
{
	struct tc_packet p = { 0 };

	push(&p, TC_HDR_ETH);
	push(&p, TC_HDR_IP);
	push(&p, TC_HDR_TCP);
	CHECK_U64(build(&p), 54);
	CHECK_U64(tc_get16(out + 16), 40);
	set(&p, "tcp.options", "mss 1460");
	CHECK_U64(build(&p), 58);
	CHECK_U64(tc_get16(out + 16), 44);
	CHECK_U64(out[34 + 12] >> 4, 6);
	push(&p, TC_HDR_DATA);
	set(&p, "data.data", "abc");
	CHECK_U64(build(&p), 61);
	CHECK_U64(tc_get16(out + 16), 47);
	set(&p, "ip.len", "9");
	build(&p);
	set(&p, "ip.len", "auto");
	build(&p);
	CHECK_U64(tc_get16(out + 16), 47);
	set(&p, "tcp.hdr_len", "15");
	set(&p, "ip.proto", "99");
	build(&p);
	set(&p, "tcp.hdr_len", "auto");
	set(&p, "ip.proto", "auto");
	build(&p);
	CHECK_U64(out[34 + 12] >> 4, 6);
	CHECK_U64(out[14 + 9], 6);
	tc_packet_insert(&p, 1, tc_header_get(TC_HDR_VLAN), NULL);
	build(&p);
	CHECK_U64(tc_get16(out + 12), 0x8100);
	CHECK_U64(tc_get16(out + 16), 0x0800);
	CHECK_U64(tc_get16(out + 20), 47);
	tc_packet_free(&p);
}

/* All zero but the sum: RFC 1071's sum is 0, its complement 0xffff, and stays so. */
static void a_message_of_zeros(void)
{
	struct tc_packet p = { 0 };

	push(&p, TC_HDR_ICMP);
	set(&p, "icmp.type", "0");
	built_is(&p, "0000ffff00000000", "first");
	built_is(&p, "0000ffff00000000", "again");
	set(&p, "icmp.code", "1");
	built_is(&p, "0001fffe00000000", "changed");
	set(&p, "icmp.code", "0");
	built_is(&p, "0000ffff00000000", "back");
	tc_packet_free(&p);
}

static void set_by_text_refuses(void)
{
	static const struct tc_header wide = { .name = "wide", .head_bytes = 65 };
	struct tc_packet p = make_syn();
	struct tc_packet none = { 0 };
	struct tc_error err = { 0 };

	set_fails(&p, "prot.magic", "0", -ENOENT,
		  "prot.magic: this packet has no prot layer, only eth, ip, tcp");
	set_fails(&none, "ip.ttl", "0", -ENOENT,
		  "ip.ttl: this packet has no ip layer, only nothing yet");
	set_fails(&p, "ip.ttl", "300", -ERANGE,
		  "ip.ttl=300 is out of range: 8 bits hold 0 to 255");
	set_fails(&p, "ip.ttl", "bad", -EINVAL,
		  "ip.ttl=bad is not a number: 0 to 255, as 80, 0x50 or hex:50");
	set_fails(&p, "ip.ttl", "auto", -EINVAL,
		  "ip.ttl=auto is not a number: 0 to 255, as 80, 0x50 or hex:50");
	CHECK(tc_packet_set(&p, 1, TC_IP_TTL, 256, &err) == -ERANGE);
	CHECK_STR(err.msg, "ip.ttl=256 is out of range: 8 bits hold 0 to 255");
	CHECK_U64(tc_packet_get(&p, 1, TC_IP_TTL), 64);
	CHECK(tc_packet_build(&p, out, 53, &err) == -EMSGSIZE);
	CHECK_STR(err.msg, "the packet is 54 bytes, there is room for 53");
	for (unsigned i = 3; i < TC_LAYERS_MAX; i++)
		push(&p, TC_HDR_DATA);
	CHECK(tc_packet_push(&p, tc_header_get(TC_HDR_DATA), &err) == -EMSGSIZE);
	CHECK_STR(err.msg, "data would be layer 13, a packet holds 12");
	CHECK(tc_packet_push(&none, &wide, &err) == -EMSGSIZE);
	CHECK_STR(err.msg, "wide has 65 fixed bytes, a header may have 64");
	CHECK(tc_packet_set_bytes(&p, 3, out, TC_PACKET_MAX + 1, &err) == -EMSGSIZE);
	CHECK_STR(err.msg, "data.data is 65590 bytes, a packet holds 65589");
	tc_packet_free(&p);
}

static void a_length_over_16_bits(void)
{
	static const uint8_t big[TC_PACKET_MAX];
	struct tc_packet p = { 0 };
	struct tc_error err = { 0 };

	push(&p, TC_HDR_IP);
	push(&p, TC_HDR_DATA);
	CHECK(tc_packet_set_bytes(&p, 1, big, 65516, &err) == 0);
	CHECK(tc_packet_build(&p, out, sizeof out, &err) == -EMSGSIZE);
	CHECK_STR(err.msg, "ip.len would be 65536, 65535 at most: set it, or send less");
	set(&p, "ip.len", "0");
	CHECK_U64(build(&p), 65536);
	tc_packet_free(&p);
}

CU_TestInfo tests_packet[] = {
	{ "the known vector's header is built", ip_header_of_the_known_vector },
	{ "a SYN is built byte for byte", a_syn_by_hand },
	{ "a segment alone is summed without a pseudo-header", a_segment_alone },
	{ "explicit beats computed, and auto takes it back", explicit_beats_computed },
	{ "bad is the right checksum XOR 1, whatever else is set", bad_is_one_off },
	{ "a wrong header length moves no byte", header_lengths_lie_without_moving_bytes },
	{ "options are padded, and over 40 bytes only as hex", options_are_padded },
	{ "next-protocol numbers follow the layers", next_protocol_follows_the_layers },
	{ "a PROT frame, right and lying", a_prot_frame },
	{ "a header table made at run time is a layer like any other",
	  a_table_of_the_users_own },
	{ "every sum over a payload is the one it is named for", every_sum_over_a_payload },
	{ "sums that cover each other come out the same every time",
	  sums_that_cover_each_other },
	{ "lengths and numbers follow whatever changed", lengths_follow_changes },
	{ "a message of zeros has the checksum 0xffff", a_message_of_zeros },
	{ "what cannot be set says why", set_by_text_refuses },
	{ "a length over 16 bits is refused unless it is set", a_length_over_16_bits },
	CU_TEST_INFO_NULL
};
