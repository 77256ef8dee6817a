/* SPDX-License-Identifier: BSD-2-Clause */
/* Each link type that is read has a golden frame here: the same SYN behind its header. Cut
 * anywhere it is refused or sound; any byte of the header may be anything. */
#include "frames.h"

#include "peel/unwrap.h"
#include "wire/link_type.h"

#define WLAN_REST " 0000 020000000001 020000000002 020000000001 0000 aaaa03 000000 0800"
#define WLAN "0801" WLAN_REST

static const struct { int dlt; const char *head; } heads[] = {
	{ TC_DLT_LOOP, "00000002" }, { TC_DLT_NULL, "02000000" }, { TC_DLT_EN10MB, LO },
	{ TC_DLT_RAW, "" }, { TC_DLT_RAW_BSD, "" }, { TC_DLT_RAW_OPENBSD, "" },
	{ TC_DLT_IPV4, "" },
	{ TC_DLT_LINUX_SLL, "0000 0304 0006 000000000000 0000 0800" },
	{ TC_DLT_LINUX_SLL2, "0800 0000 00000001 0304 00 06 0000000000000000" },
	{ 105, WLAN }, { 127, "00000800 00000000" WLAN },
	{ 119, "44000000 10000000 0000000000000000" WLAN },
	{ 163, "80211001 00000010 0000000000000000" WLAN },
	{ 9, "ff03 0021" }, { 50, "ff03 0021" }, { 51, "1100 0007 003e 0021" },
	{ 10, "50 020000000001 020000000002 aaaa03 000000 0800" },
	{ 104, "0f00 0800" }, { 166, "0003 0021" }, { 204, "00 ff03 0021" },
	{ 109, "02000000 00000000 00000000" }, { 117, "08020000 00000000" },
	{ 226, "0102 0000 0000003c 00000001 00000002 00000000 00000000" },
	{ 192, "00000800 01000000" LO }, { 192, "00000c00 69000000 00000000" WLAN },
	{ 107, "1841 0800" }, { 107, "1841 03 cc" }, { 107, "1841 03 00 80 000000 0800" },
	{ 107, "184041 03 cc" }, { 242, "00000000000000000000 00000000000000000000"
	  "00000000000000000000 00000000000000000000 0800 0000" },
	{ 239, "02000005 0500 0100 41000000 4000 0900" },
};
#define N_HEADS (sizeof heads / sizeof *heads)

/* Exactly so many bytes of it, in memory of their own. */
static int take(struct tc_unwrap *u, const struct frame *f, size_t n, int dlt,
		struct tc_rx *rx)
{
	uint8_t *copy = malloc(n + !n);
	struct tc_frame frame = { .bytes = copy, .len = n, .wire_len = f->n, .dlt = dlt };
	int rc;

	memcpy(copy, f->bytes, n);
	rc = tc_unwrap(u, &frame, rx, NULL);
	if (rc == 0 && rx->l3)
		CHECK(rx->l3 + rx->l3_len <= copy + n && rx->l3 >= copy);
	free(copy);
	return rc;
}

static struct frame golden_of(size_t i)
{
	char hex[512];

	snprintf(hex, sizeof hex, "%s %s", heads[i].head, IP_SYN);
	return frame_of(hex);
}

static void every_type_has_a_frame(void)
{
	const struct tc_link_type *t;

	for (unsigned i = 0; (t = tc_link_type(i)); i++) {
		size_t k = 0;

		while (k < N_HEADS && heads[k].dlt != t->dlt)
			k++;
		if (k == N_HEADS && t->dlt != TC_DLT_IPV6)	/* that of IPv4 is the same */
			CU_FAIL("a link type without a golden frame");
	}
}

static void every_type_is_read(void)
{
	for (size_t i = 0; i < N_HEADS; i++) {
		struct frame f = golden_of(i);
		struct tc_unwrap u = { 0 };
		struct tc_rx rx;

		if (take(&u, &f, f.n, heads[i].dlt, &rx) == 0) {
			CHECK_U64(rx.kind, TC_RX_TCP);
			CHECK_U64(rx.seg.seq, 3463334699);
			CHECK_U64(rx.seg.opts.wscale, 10);
		} else {
			CU_FAIL("a golden frame is refused");
		}
		tc_unwrap_free(&u);
		free(f.bytes);
	}
}

/* Behind the flags of TCP's header a capture may end; before them there is no segment. */
static void every_truncation_is_told(void)
{
	for (size_t i = 0; i < N_HEADS; i++) {
		struct frame f = golden_of(i);
		struct tc_unwrap u = { 0 };

		for (size_t n = 0; n < f.n; n++) {
			struct tc_rx rx = { 0 };
			int rc = take(&u, &f, n, heads[i].dlt, &rx);
			bool tcp = rc == 0 && rx.kind == TC_RX_TCP;

			CHECK(rc == 0 || rc == -EBADMSG);
			CHECK_U64(tcp, n >= f.n - 26);
		}
		tc_unwrap_free(&u);
		free(f.bytes);
	}
}

static void any_byte_of_a_header_may_be_anything(void)
{
	for (size_t i = 0; i < N_HEADS; i++) {
		struct frame f = golden_of(i);
		struct tc_unwrap u = { 0 };

		for (size_t at = 0; at < f.n - 60; at++) {
			uint8_t was = f.bytes[at];

			for (unsigned v = 0; v < 256; v++) {
				struct tc_rx rx;

				f.bytes[at] = (uint8_t)v;
				take(&u, &f, f.n, heads[i].dlt, &rx);
			}
			f.bytes[at] = was;
		}
		tc_unwrap_free(&u);
		free(f.bytes);
	}
}

#define ENDS "020000000001 020000000002 "
#define OUTER "4500 0000 0001 0000 40 "		/* up to the protocol's number */
#define OUTER_ENDS " 0000 c0000201 c0000202 "
#define OUTER6 "60000000 0000 "
#define GRE4 ENDS "0800" OUTER "2f" OUTER_ENDS
#define UDP_TO(port) "c001 " port " 0000 0000 "

/* What stands around a datagram: up to where the datagram begins, and how the names of it are
 * told. Where a cut leaves nothing that is known to be a tunnel, it is not one that was cut:
 * those lengths, from..to, are plain frames. */
static const struct wrapped {
	const char *around, *inner, *text;
	size_t from, to;
} wrapped[] = {
	{ ENDS "8100 0005 0800", IP_SYN, "vlan 5", 0, 0 },
	{ ENDS "88a8 0064 8100 0005 86dd", IP6_SYN, "vlan 100, vlan 5", 0, 0 },
	{ ENDS "8864 1100 0007 003e 0021", IP_SYN, "pppoe 7", 0, 0 },
	{ ENDS "8864 1100 0007 003e 57", IP6_SYN, "pppoe 7", 0, 0 },
	{ ENDS "8847 00010 0 40 00011 1 40", IP_SYN, "mpls 16, mpls 17", 0, 0 },
	{ ENDS "8847 00011 1 40 00000000" ENDS "86dd", IP6_SYN, "mpls 17, pw", 0, 0 },
	{ ENDS "0800" OUTER "2f" OUTER_ENDS "0000 0800", IP_SYN, "gre", 0, 0 },
	{ ENDS "0800" OUTER "2f" OUTER_ENDS "b000 6558 00000000 00000001 00000002" ENDS "86dd",
	  IP6_SYN, "gre", 0, 0 },
	{ ENDS "86dd" OUTER6 "2f 40" IP6_ENDS "0000 86dd", IP6_SYN, "gre", 0, 0 },
	{ ENDS "0800" OUTER "04" OUTER_ENDS, IP_SYN, "ip in ip", 0, 0 },
	{ ENDS "0800" OUTER "29" OUTER_ENDS, IP6_SYN, "6in4", 0, 0 },
	{ ENDS "86dd" OUTER6 "04 40" IP6_ENDS, IP_SYN, "4in6", 0, 0 },
	{ ENDS "86dd" OUTER6 "3c 40" IP6_ENDS "2900 040104 010100", IP6_SYN, "6in6", 54, 61 },
	{ ENDS "0800" OUTER "11" OUTER_ENDS UDP_TO("12b5") "08000000 00000500" ENDS "0800", IP_SYN,
	  "vxlan 5", 34, 37 },
	{ ENDS "0800" OUTER "11" OUTER_ENDS UDP_TO("2118") "08000000 00000500" ENDS "86dd", IP6_SYN,
	  "vxlan 5", 34, 37 },
	{ ENDS "86dd" OUTER6 "11 40" IP6_ENDS UDP_TO("17c1") "01006558 00000600 00000000" ENDS "0800",
	  IP_SYN, "geneve 6", 54, 57 },
	{ ENDS "8909 0101 0001 0009 0800", IP_SYN, "sgt 9", 0, 0 },
	{ ENDS "0800" OUTER "11" OUTER_ENDS "0868 c001 004c 0000" "30ff003c 00000005", IP_SYN,
	  "gtp 5", 34, 37 },
	{ ENDS "0800" OUTER "11" OUTER_ENDS "c001 0868 0054 0000"
	  "34ff0044 80000005 00000085 01000000", IP6_SYN, "gtp 2147483653", 34, 37 },
	{ ENDS "0800" OUTER "11" OUTER_ENDS "c001 0dd8 0059 0000"
	  "0001 00 00 0000000000000000 00" "0000 fefe 3ffffffe", IP6_SYN, "teredo", 34, 37 },
	{ ENDS "893f 0000 0005 00 00 0800", IP_SYN, "etag 5", 0, 0 },
	{ ENDS "8926 8000 0007 8100 0005 86dd", IP6_SYN, "vntag 7, vlan 5", 0, 0 },
	{ ENDS "88e7 00000100" ENDS "0800", IP_SYN, "pbb 256", 0, 0 },
	{ ENDS "8903 0060" ENDS "8100 0005 0800", IP_SYN, "fabricpath 1, vlan 5", 0, 0 },
	{ ENDS "894f 0fc2 02 01 00000509", IP_SYN, "nsh 5", 0, 0 },
	{ ENDS "894f 0fc6 01 03 00000509 00000001 00000002 00000003 00000004" ENDS "86dd", IP6_SYN,
	  "nsh 5", 0, 0 },
	{ GRE4 "0000 88be" ENDS "0800", IP_SYN, "gre, erspan", 0, 0 },
	{ GRE4 "1000 88be 00000001 1005 0009 00000001" ENDS "0800", IP_SYN, "gre, erspan 9", 0, 0 },
	{ GRE4 "1000 22eb 00000001 2005 0009 00000001 0000 0001 00000000 00000000" ENDS "86dd",
	  IP6_SYN, "gre, erspan 9", 0, 0 },
	{ GRE4 "1000 22eb 00000001 2005 0009 00000001 0000 0800", IP_SYN, "gre, erspan 9", 0, 0 },
	{ GRE4 "0000 883e 04000001", IP_SYN, "gre, wccp", 0, 0 },
	{ GRE4 "0000 883e", IP_SYN, "gre, wccp", 0, 0 },
	{ GRE4 "3081 880b 0048 0005 00000001 00000002 ff03 0021", IP_SYN, "pptp 5", 0, 0 },
	{ GRE4 "3001 880b 003d 0005 00000001 57", IP6_SYN, "pptp 5", 0, 0 },
	{ GRE4 "0000 8200" WLAN, IP_SYN, "gre, 802.11", 0, 0 },
	{ ENDS "0800" OUTER "11" OUTER_ENDS UDP_TO("1292") "2000 86dd 00000001", IP6_SYN, "gre",
	  34, 37 },
	{ ENDS "0800" OUTER "11" OUTER_ENDS UDP_TO("147f") "00 1002 00 00000000" ENDS "0800", IP_SYN,
	  "capwap", 34, 37 },
	{ ENDS "0800" OUTER "11" OUTER_ENDS UDP_TO("147f") "00 2003 20 00000000 0401000000000000"
	  "0108" WLAN_REST, IP_SYN, "capwap, 802.11", 34, 37 },
};

/* Cut to n bytes. Its Ethernet header is all there or it is refused; what is around is told once
 * the datagram's own header is whole, and before that it is a tunnel that is cut. */
static void check_cut(const struct wrapped *w, const struct frame *f, size_t at, size_t n)
{
	const size_t inner = f->bytes[at] >> 4 == 6 ? 40 : 20;
	const bool plain = w->to && n >= w->from && n <= w->to, whole = n >= at + inner;
	struct tc_unwrap u = { 0 };
	struct tc_rx rx = { 0 };
	int rc = take(&u, f, n, TC_DLT_EN10MB, &rx);

	CHECK(rc == 0 || rc == -EBADMSG);
	CHECK(rc == -EBADMSG || n >= 14);
	CHECK_U64(rc == 0 && rx.kind == TC_RX_TCP, n >= at + inner + 14);
	CHECK_U64(u.tunnel.lost, n < 14 || plain || whole ? TC_TUNNEL_FOUND : TC_TUNNEL_CUT);
	if (whole) {
		CHECK_U64(u.tunnel.at, at);
		CHECK_STR(u.tunnel.text, w->text);
	}
	tc_unwrap_free(&u);
}

static void tunnels_cut_anywhere(void)
{
	for (size_t i = 0; i < sizeof wrapped / sizeof *wrapped; i++) {
		struct frame around = frame_of(wrapped[i].around), f;
		char hex[1024];

		snprintf(hex, sizeof hex, "%s %s", wrapped[i].around, wrapped[i].inner);
		f = frame_of(hex);
		for (size_t n = 0; n <= f.n; n++)
			check_cut(&wrapped[i], &f, around.n, n);
		free(around.bytes);
		free(f.bytes);
	}
}

/* IPv6's own headers, as captures may cut them (RFC 8200 4). `least`: with fewer bytes it is
 * refused. From there to `known` the last header of the chain is not there. */
static void headers_of_ipv6_cut_anywhere(void)
{
	static const struct { const char *hex; enum tc_rx_kind kind; size_t least; } rows[] = {
		{ IP6_SYN, TC_RX_TCP, 40 + 14 },
		{ IP6_CHAIN, TC_RX_TCP, 40 + 8 + 24 + 8 + 8 + 14 },
		{ IP6_FRAGMENT, TC_RX_FRAGMENT, 40 + 8 },
		{ IP6_TOO_BIG, TC_RX_ICMP_ERROR, 40 + 8 + 40 + 8 },
		{ IP6_QUOTES_FIRST, TC_RX_ICMP_ERROR, 40 + 8 + 40 + 8 + 8 },
		{ IP6_QUOTES_LATER, TC_RX_OTHER, 40 + 8 + 40 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct frame f = frame_of(rows[i].hex);

		for (size_t n = 0; n <= f.n; n++) {
			struct tc_unwrap u = { 0 };
			struct tc_rx rx = { 0 };
			int rc = take(&u, &f, n, TC_DLT_RAW, &rx);

			CHECK(rc == 0 || rc == -EBADMSG);
			CHECK_U64(rc == 0 && rx.kind == rows[i].kind, n >= rows[i].least);
			CHECK_U64(u.tunnel.lost, n && n < 40 ? TC_TUNNEL_CUT : TC_TUNNEL_FOUND);
			tc_unwrap_free(&u);
		}
		free(f.bytes);
	}
}

CU_TestInfo tests_peel[] = {
	{ "each link type has a golden frame", every_type_has_a_frame },
	{ "a segment is found behind each link header", every_type_is_read },
	{ "cut anywhere, a frame is refused or said to be cut", every_truncation_is_told },
	{ "a tunnel that is cut anywhere is told as cut, until its datagram is there",
	  tunnels_cut_anywhere },
	{ "IPv6's headers and ICMPv6, cut anywhere, are refused or what they are",
	  headers_of_ipv6_cut_anywhere },
	{ "any byte of a link header may have any value", any_byte_of_a_header_may_be_anything },
	CU_TEST_INFO_NULL
};
