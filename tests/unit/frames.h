/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames for the tests of the receive path: as Linux sent them on lo, each under
 * tcpdump's line (`tcpdump -nn -S`), in hex so that a test can say what it changes.
 */
#ifndef TESTS_FRAMES_H
#define TESTS_FRAMES_H

#include "check.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/segment.h>

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

/* IP 127.0.0.1.9998 > 127.0.0.1.39082: Flags [R.], seq 0, ack 1220219845, win 0,
 * length 0 */
#define IP_RST "450000280000400040063cce 7f000001 7f000001 270e98aa 00000000 48bb13c5" \
	"5014000095950000"

/* IP 127.0.0.1 > 127.0.0.1: ICMP host 127.0.0.1 unreachable - admin prohibited, length 68
 *	IP 127.0.0.1.43794 > 127.0.0.1.9997: Flags [S], seq 2159102716, … */
#define IP_ICMP "45c00058f02100004001 8bc1 7f000001 7f000001 030af4d100000000" \
	"4500003c874440004006b575 7f000001 7f000001 ab12270d 80b14afc 00000000" \
	"a002ffd7fe300000 0204ffd70402080ab6be039700000000 0103030a"

/* ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28 */
#define ARP_ASK "0001080006040001 020000000001 0a000001 000000000000 0a000002"

/* IP6 ::1.20000 > ::2.80: Flags [S], seq 0, win 64240, length 0; worked out by hand. The same
 * behind hop-by-hop options, a routing header that leads to ::2, an atomic fragment's header
 * and destination options. */
#define IP6_ENDS "00000000000000000000000000000001 00000000000000000000000000000002"
#define IP6_TCP "4e200050 00000000 00000000 5000faf0 66810000"
#define IP6_SYN "60000000 0014 06 40" IP6_ENDS IP6_TCP
#define IP6_CHAIN "60000000 0044 00 40 00000000000000000000000000000001" \
	"00000000000000000000000000000000 2b00050200000100 2c02000100000000" \
	"00000000000000000000000000000002 3c00000000000007 0600040103010100" IP6_TCP
#define IP6_FRAGMENT "60000000 0010 2c 40" IP6_ENDS "0600000100000007 4e20005000000000"

/* Of 2001:db8::9 (Scapy): packet too big, mtu 1400, for ::1.20000 > ::2.80: seq 7, hlim 1 */
#define IP6_TOO_BIG "6000000000443a4020010db800000000000000000000000900000000000000000000000000000001 " \
	"0200644b000005786000000000140601000000000000000000000000000000010000000000000000 " \
	"00000000000000024e20005000000007000000005002faf066780000"

/* The same of a fragment (Scapy): incomplete header chain, RFC 7112 5, which quotes the first one,
 * with 16 bytes of the segment; and one that quotes the second, whose bytes are no ports. */
#define IP6_QUOTES_FIRST \
	"6000000000483a4020010db800000000000000000000000900000000000000000000000000000001" \
	"0403a1e9000000006000000000182c40000000000000000000000000000000010000000000000000" \
	"000000000000000206000001000000074e20005000000007000000005002faf0"
#define IP6_QUOTES_LATER \
	"6000000000483a4020010db800000000000000000000000900000000000000000000000000000001" \
	"0403a1da000000006000000000182c40000000000000000000000000000000010000000000000000" \
	"000000000000000206000010000000074e20005000000007000000005002faf0"

/* Cooked frames of the same captures: a header of 16 and one of 20 bytes. */
#define SLL_IP  "00000304000600000000000000000800"
#define SLL2_IP "0800000000000001030400060000000000000000"

/* A frame of each sort, and what it must be taken for. */
struct golden {
	const char *name;
	int dlt;
	const char *hex;
	enum tc_rx_kind kind;
	size_t padding;		/* bytes at the end that belong to nobody */
};

static const struct golden goldens[] = {
	{ "Ethernet SYN", TC_DLT_EN10MB, LO IP_SYN, TC_RX_TCP, 0 },
	{ "Ethernet data", TC_DLT_EN10MB, LO IP_DATA, TC_RX_TCP, 0 },
	{ "Ethernet RST, padded", TC_DLT_EN10MB, LO IP_RST "000000000000", TC_RX_TCP, 6 },
	{ "VLAN tag", TC_DLT_EN10MB, "0200000000010200000000028100 0005 0800" IP_SYN,
	  TC_RX_TCP, 0 },
	{ "stacked VLAN tags", TC_DLT_EN10MB,
	  "020000000001020000000002 88a8 0064 8100 6005 0800" IP_DATA, TC_RX_TCP, 0 },
	{ "three VLAN tags", TC_DLT_EN10MB,
	  "020000000001020000000002 9100 0001 88a8 0064 8100 6005 0800" IP_DATA,
	  TC_RX_TCP, 0 },
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
	{ "IP options", TC_DLT_RAW,
	  "4700003400004000 4006a4bc 7f000001 7f000001 94040000 01010100"
	  "270e98aa 00000000 48bb13c5 5010000000000000" "aabbccdd", TC_RX_TCP, 0 },
	{ "first fragment", TC_DLT_RAW, "4500001c0001200040065cd9 7f000001 7f000001"
	  "270e98aa00000000", TC_RX_FRAGMENT, 0 },
	{ "last fragment", TC_DLT_RAW, "4500001c0001000340117ccb 7f000001 7f000001"
	  "270e98aa00000000", TC_RX_FRAGMENT, 0 },
	{ "Ethernet IPv6", TC_DLT_EN10MB, "020000000001020000000002 8100 0005 86dd" IP6_SYN,
	  TC_RX_TCP, 0 },
	{ "IPv6 padded", TC_DLT_EN10MB, "020000000001020000000002 86dd" IP6_SYN "0000",
	  TC_RX_TCP, 2 },
	{ "raw IPv6", TC_DLT_RAW, IP6_SYN, TC_RX_TCP, 0 },
	{ "IPv6 229", TC_DLT_IPV6, IP6_CHAIN, TC_RX_TCP, 0 },
	{ "NULL, IPv6 of macOS", TC_DLT_NULL, "1e000000" IP6_SYN, TC_RX_TCP, 0 },
	{ "NULL, IPv6 of FreeBSD", TC_DLT_NULL, "0000001c" IP6_SYN, TC_RX_TCP, 0 },
	{ "LOOP, IPv6 of OpenBSD", TC_DLT_LOOP, "00000018" IP6_SYN, TC_RX_TCP, 0 },
	{ "cooked IPv6", TC_DLT_LINUX_SLL, "000003040006000000000000000086dd" IP6_CHAIN,
	  TC_RX_TCP, 0 },
	{ "cooked 2 IPv6", TC_DLT_LINUX_SLL2, "86dd000000000001030400060000000000000000" IP6_SYN,
	  TC_RX_TCP, 0 },
	{ "IPv6 fragment", TC_DLT_RAW, IP6_FRAGMENT, TC_RX_FRAGMENT, 0 },
	{ "ICMPv6 error", TC_DLT_RAW, IP6_TOO_BIG, TC_RX_ICMP_ERROR, 0 },
	{ "UDP", TC_DLT_RAW, "4500001c0001000040117cce 7f000001 7f000001 0035003500080000",
	  TC_RX_OTHER, 0 },
};
#define N_GOLDENS (sizeof goldens / sizeof goldens[0])

/* Exactly n bytes on the heap: a sanitizer sees a read past them. */
struct frame {
	uint8_t *bytes;
	size_t n;
};

static inline struct frame frame_copy(const uint8_t *bytes, size_t n)
{
	struct frame f = { malloc(n ? n : 1), n };

	if (!f.bytes)
		abort();
	if (n)
		memcpy(f.bytes, bytes, n);
	return f;
}

static inline struct frame frame_of(const char *hex)
{
	struct tc_buf b = { 0 };
	struct frame f;

	CHECK(tc_hex_decode(&b, hex, strlen(hex), NULL) == 0);
	f = frame_copy(b.data, b.len);
	tc_buf_free(&b);
	return f;
}

static inline int parse_frame(struct tc_rx *rx, const struct frame *f, int dlt)
{
	struct tc_error err = { 0 };
	int rc = tc_rx_parse(rx, f->bytes, f->n, dlt, &err);

	CHECK_OK(rc, err);
	return rc;
}

static inline bool lies_in(const uint8_t *p, size_t n, const struct frame *f)
{
	return p >= f->bytes && n <= f->n && (size_t)(p - f->bytes) <= f->n - n;
}

/* What holds of every frame that was taken, however odd. */
static inline bool is_sound(const struct tc_rx *rx, const struct frame *f)
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

#endif
