/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The receive path: a frame, as captured, to what the TCP machine and the link need of
 * it. Every length that a header claims is held against what is there, once, here;
 * nothing behind this file checks again.
 */
#include <tcpcraft/segment.h>
#include <tcpcraft/bits.h>
#include <tcpcraft/error.h>
#include <tcpcraft/tcpopt.h>
#include "place.h"

#include <assert.h>
#include <errno.h>

#define FRAG_OFFSET_MASK ((1u << TC_IP_FRAG_BITS) - 1)
#define MORE_FRAGMENTS   (1u << TC_IP_FRAG_BITS)	/* the bit above the offset */

/* The errors that RFC 9293 3.9.2.2 speaks of; 4 and 5 are history but still legal. */
#define ICMP_UNREACHABLE  3
#define ICMP_QUENCH       4
#define ICMP_REDIRECT     5
#define ICMP_EXCEEDED     11
#define ICMP_PARAMETER    12
#define ICMP_FRAG_NEEDED  4	/* code of ICMP_UNREACHABLE, RFC 1191 */
#define ICMP_QUOTED_BYTES 8	/* of the datagram's data, at least: RFC 792 */

static_assert((TC_OPTIONS_MAX - 2) / 8 <= TC_SACK_BLOCKS, "all blocks have a place");

static void take_sack(struct tc_seg_opts *opts, const struct tc_tcpopt *opt)
{
	unsigned n = (opt->len - 2u) / 8;

	if (n == 0 || (opt->len - 2u) % 8)
		return;
	for (unsigned i = 0; i < n; i++) {
		opts->sack[i].left = tc_get32(opt->data + 8 * i);
		opts->sack[i].right = tc_get32(opt->data + 8 * i + 4);
	}
	opts->n_sack = (uint8_t)n;
	opts->present |= TC_HAS_SACK;
}

/* An option of a wrong length is passed over as if unknown, as Linux does. */
static void take_option(struct tc_seg_opts *opts, const struct tc_tcpopt *opt)
{
	if (opt->kind == TC_OPT_MSS && opt->len == 4) {
		opts->mss = tc_get16(opt->data);
		opts->present |= TC_HAS_MSS;
	} else if (opt->kind == TC_OPT_WSCALE && opt->len == 3) {
		opts->wscale = opt->data[0];
		opts->present |= TC_HAS_WSCALE;
	} else if (opt->kind == TC_OPT_SACK_PERM && opt->len == 2) {
		opts->present |= TC_HAS_SACK_OK;
	} else if (opt->kind == TC_OPT_TS && opt->len == 10) {
		opts->ts_val = tc_get32(opt->data);
		opts->ts_ecr = tc_get32(opt->data + 4);
		opts->present |= TC_HAS_TS;
	} else if (opt->kind == TC_OPT_SACK) {
		take_sack(opts, opt);
	}
}

static void parse_options(struct tc_rx *rx)
{
	struct tc_tcpopt_iter it = { rx->options, rx->options + rx->options_len };
	struct tc_tcpopt opt;
	int rc;

	while ((rc = tc_tcpopt_next(&it, &opt, NULL)) == 1)
		take_option(&rx->seg.opts, &opt);
	rx->options_bad = rc < 0;
}

static int parse_tcp(struct tc_rx *rx, const uint8_t *tcp, size_t n, struct tc_error *err)
{
	unsigned words, flags;
	size_t head;

	if (n < TCP_BYTES)
		return tc_fail(err, -EBADMSG,
			       "ip.len leaves %zu bytes, a TCP header needs %d", n,
			       TCP_BYTES);
	flags = tc_get16(PLACE(tcp, TCP_HDR_LEN));
	words = flags >> TC_TCP_FLAGS_BITS;
	head = words * 4;
	if (head < TCP_BYTES)
		return tc_fail(err, -EBADMSG,
			       "tcp.hdr_len=%u is %zu bytes, a TCP header needs %d", words,
			       head, TCP_BYTES);
	if (head > n)
		return tc_fail(err, -EBADMSG,
			       "tcp.hdr_len=%u is %zu bytes, the segment has %zu", words,
			       head, n);
	rx->kind = TC_RX_TCP;
	rx->sport = tc_get16(PLACE(tcp, TCP_SRCPORT));
	rx->dport = tc_get16(PLACE(tcp, TCP_DSTPORT));
	rx->seg.seq = tc_get32(PLACE(tcp, TCP_SEQ));
	rx->seg.ack = tc_get32(PLACE(tcp, TCP_ACK));
	rx->seg.flags = (uint16_t)(flags & ((1u << TC_TCP_FLAGS_BITS) - 1));
	rx->seg.wnd = tc_get16(PLACE(tcp, TCP_WINDOW));
	rx->seg.urg = tc_get16(PLACE(tcp, TCP_URGENT));
	rx->seg.len = (uint32_t)(n - head + rx->cut);
	rx->payload = tcp + head;
	rx->options = tcp + TCP_BYTES;
	rx->options_len = head - TCP_BYTES;
	parse_options(rx);
	if (!rx->cut)
		rx->tcp_checksum = tc_checksum_check_tcp(tcp, n, rx->src, rx->dst);
	return 0;
}

static bool quotes_a_datagram(uint8_t icmp_type)
{
	return icmp_type == ICMP_UNREACHABLE || icmp_type == ICMP_QUENCH ||
	       icmp_type == ICMP_REDIRECT || icmp_type == ICMP_EXCEEDED ||
	       icmp_type == ICMP_PARAMETER;
}

/* The quoted datagram is one that we sent: its source is our side. */
static int parse_quote(struct tc_rx *rx, const uint8_t *ip, size_t n, struct tc_error *err)
{
	const uint8_t *tcp;
	size_t head;

	if (n < IP_BYTES)
		return tc_fail(err, -EBADMSG,
			       "icmp.type=%u quotes %zu bytes, an IPv4 header needs %d",
			       rx->icmp_type, n, IP_BYTES);
	head = (ip[0] & 15u) * 4;
	if (ip[0] >> 4 != 4 || head < IP_BYTES)
		return tc_fail(err, -EBADMSG,
			       "icmp.type=%u quotes ip.version=%u ip.hdr_len=%u",
			       rx->icmp_type, ip[0] >> 4, ip[0] & 15u);
	if (*PLACE(ip, IP_PROTO) != TCP_IPPROTO ||
	    (tc_get16(PLACE(ip, IP_RB)) & FRAG_OFFSET_MASK))
		return 0;
	if (n < head + ICMP_QUOTED_BYTES)
		return tc_fail(err, -EBADMSG,
			       "icmp.type=%u quotes %zu bytes, IPv4 and ports need %zu",
			       rx->icmp_type, n, head + ICMP_QUOTED_BYTES);
	tcp = ip + head;
	rx->kind = TC_RX_ICMP_ERROR;
	rx->quoted.local_addr = tc_get32(PLACE(ip, IP_SRC));
	rx->quoted.remote_addr = tc_get32(PLACE(ip, IP_DST));
	rx->quoted.local_port = tc_get16(PLACE(tcp, TCP_SRCPORT));
	rx->quoted.remote_port = tc_get16(PLACE(tcp, TCP_DSTPORT));
	rx->quoted_seq = tc_get32(PLACE(tcp, TCP_SEQ));
	rx->quoted_id = tc_get16(PLACE(ip, IP_ID));
	rx->quoted_ttl = *PLACE(ip, IP_TTL);
	return 0;
}

static int parse_icmp(struct tc_rx *rx, const uint8_t *icmp, size_t n, struct tc_error *err)
{
	if (n < ICMP_BYTES)
		return tc_fail(err, -EBADMSG,
			       "ip.len leaves %zu bytes, an ICMP header needs %d", n,
			       ICMP_BYTES);
	rx->icmp_type = *PLACE(icmp, ICMP_TYPE);
	rx->icmp_code = *PLACE(icmp, ICMP_CODE);
	if (!rx->cut)
		rx->icmp_checksum = tc_checksum(icmp, n) ? TC_CSUM_BAD : TC_CSUM_OK;
	if (!quotes_a_datagram(rx->icmp_type))
		return 0;
	if (rx->icmp_type == ICMP_UNREACHABLE && rx->icmp_code == ICMP_FRAG_NEEDED)
		rx->icmp_mtu = tc_get16(PLACE(icmp, ICMP_MTU));
	return parse_quote(rx, icmp + ICMP_BYTES, n - ICMP_BYTES, err);
}

/* What the IPv4 header says of lengths, held against the n bytes that are there, of
 * wire_n that there were. */
static int check_lengths(struct tc_rx *rx, const uint8_t *ip, size_t n, size_t wire_n,
			 struct tc_error *err)
{
	size_t words, total;

	if (n < IP_BYTES)
		return tc_fail(err, -EBADMSG,
			       "the frame leaves %zu bytes, an IPv4 header needs %d", n,
			       IP_BYTES);
	if (ip[0] >> 4 != 4)
		return tc_fail(err, -EBADMSG, "ip.version=%u where IPv4 is announced",
			       ip[0] >> 4);
	words = ip[0] & 15u;
	if (words * 4 < IP_BYTES)
		return tc_fail(err, -EBADMSG,
			       "ip.hdr_len=%zu is %zu bytes, an IPv4 header needs %d", words,
			       words * 4, IP_BYTES);
	if (words * 4 > n)
		return tc_fail(err, -EBADMSG,
			       "ip.hdr_len=%zu is %zu bytes, the frame has %zu", words,
			       words * 4, n);
	total = tc_get16(PLACE(ip, IP_LEN));
	if (total && total < words * 4)
		return tc_fail(err, -EBADMSG,
			       "ip.len=%zu is less than its header's %zu bytes", total,
			       words * 4);
	if (total > wire_n)
		return tc_fail(err, -EBADMSG, "ip.len=%zu but the frame has %zu", total,
			       wire_n);
	if (!total)
		total = wire_n;
	rx->l3 = ip;
	rx->l3_len = total < n ? total : n;
	rx->cut = (uint32_t)(total - rx->l3_len);
	return (int)(words * 4);
}

static int parse_ipv4(struct tc_rx *rx, const uint8_t *ip, size_t n, size_t wire_n,
		      struct tc_error *err)
{
	int head = check_lengths(rx, ip, n, wire_n, err);
	const uint8_t *data;

	if (head < 0)
		return head;
	rx->src = tc_get32(PLACE(ip, IP_SRC));
	rx->dst = tc_get32(PLACE(ip, IP_DST));
	rx->ip_id = tc_get16(PLACE(ip, IP_ID));
	rx->ttl = *PLACE(ip, IP_TTL);
	rx->dsfield = *PLACE(ip, IP_DSFIELD);
	rx->ip_checksum = tc_checksum(ip, (size_t)head) ? TC_CSUM_BAD : TC_CSUM_OK;
	if (tc_get16(PLACE(ip, IP_RB)) & (MORE_FRAGMENTS | FRAG_OFFSET_MASK)) {
		rx->kind = TC_RX_FRAGMENT;
		return 0;
	}
	data = ip + head;
	n = rx->l3_len - (size_t)head;
	switch (*PLACE(ip, IP_PROTO)) {
	case TCP_IPPROTO:
		return parse_tcp(rx, data, n, err);
	case ICMP_IPPROTO:
		return parse_icmp(rx, data, n, err);
	}
	return 0;
}

static int parse_arp(struct tc_rx *rx, const uint8_t *arp, size_t n, struct tc_error *err)
{
	if (n < ARP_BYTES)
		return tc_fail(err, -EBADMSG, "the frame leaves %zu bytes, ARP needs %d", n,
			       ARP_BYTES);
	if (tc_get16(PLACE(arp, ARP_HW_TYPE)) != 1 || *PLACE(arp, ARP_HW_SIZE) != 6 ||
	    tc_get16(PLACE(arp, ARP_PROTO_TYPE)) != IP_ETHERTYPE ||
	    *PLACE(arp, ARP_PROTO_SIZE) != 4)
		return 0;
	rx->kind = TC_RX_ARP;
	rx->l3 = arp;
	rx->l3_len = ARP_BYTES;
	rx->src = tc_get32(PLACE(arp, ARP_SRC_PROTO));
	rx->dst = tc_get32(PLACE(arp, ARP_DST_PROTO));
	return 0;
}

int tc_rx_parse_cut(struct tc_rx *rx, const uint8_t *frame, size_t n, size_t wire_n, int dlt,
		    struct tc_error *err)
{
	uint16_t ethertype;
	int off = tc_link_header(frame, n, dlt, &ethertype, err);

	if (off < 0)
		return off;
	*rx = (struct tc_rx){ .kind = TC_RX_OTHER };
	switch (ethertype) {
	case IP_ETHERTYPE:
		return parse_ipv4(rx, frame + off, n - (size_t)off, wire_n - (size_t)off, err);
	case ARP_ETHERTYPE:
		return parse_arp(rx, frame + off, n - (size_t)off, err);
	}
	return 0;
}

int tc_rx_parse(struct tc_rx *rx, const uint8_t *frame, size_t n, int dlt,
		struct tc_error *err)
{
	return tc_rx_parse_cut(rx, frame, n, n, dlt, err);
}
