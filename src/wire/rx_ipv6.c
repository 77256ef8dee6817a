/* SPDX-License-Identifier: BSD-2-Clause */
/* The receive path of IPv6: RFC 8200, its extension headers, and ICMPv6's errors (RFC 4443). */
#include "rx_own.h"
#include "rx_fragment.h"

#include "place.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/checksum.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <string.h>

#define ADDR_BYTES 16
#define EXTENSION 8		/* all are a multiple of it; but AH, whose head is 8 bytes */
#define AUTHENTICATION 51	/* RFC 4302 2.2: its length counts words less two */
#define SEGMENTS 4		/* type of routing header, RFC 8754 2: the list runs backwards */
#define FRAGMENT_AT (TC_FRAGHDR_OFFSET_OFF / 8)
#define FRAGMENT_OFFSET 0xfff8u
#define FRAGMENT_BITS 0xfff9u	/* offset and more; without them it is atomic (RFC 6946) */
#define ICMPV6_HEAD 8
#define ICMPV6_TOO_BIG 2
#define ICMPV6_LAST_ERROR 4	/* of those that quote: RFC 4443 3 */
#define TCP_QUOTED 8

/* What is behind the IPv6 header and its extensions. */
struct inner {
	const uint8_t *at;
	size_t left;
	uint8_t proto;
	bool fragment;
	const uint8_t *named;	/* the byte that says what is at `at`, or in pieces there */
	const uint8_t *final;	/* destination in a routing header, or NULL */
};

static void take_v6(struct tc_addr *a, const uint8_t *bytes)
{
	a->family = 6;
	memcpy(a->bytes, bytes, ADDR_BYTES);
}

static uint32_t label_of(const uint8_t *ip)
{
	return tc_get32(ip) & ((1u << TC_IPV6_FLOW_BITS) - 1);
}

/* Where a routing header still leads to; see tc_final_destination. */
static const uint8_t *led_to(const uint8_t *head, size_t len)
{
	uint8_t type = *PLACE(head, ROUTING_TYPE);
	size_t n = (len - EXTENSION) / ADDR_BYTES;

	if (*PLACE(head, ROUTING_SEGLEFT) == 0 || n == 0)
		return NULL;
	if (type == SEGMENTS)
		return head + EXTENSION;
	return type == 0 || type == 2 ? head + EXTENSION + (n - 1) * ADDR_BYTES : NULL;
}

static bool is_extension(uint8_t proto)
{
	return proto == HOPOPTS_IPPROTO || proto == ROUTING_IPPROTO ||
	       proto == FRAGHDR_IPPROTO || proto == DSTOPTS_IPPROTO || proto == AUTHENTICATION;
}

static size_t extension_len(uint8_t proto, const uint8_t *head)
{
	if (proto == FRAGHDR_IPPROTO)
		return EXTENSION;
	return proto == AUTHENTICATION ? (head[1] + 2u) * 4 : (head[1] + 1u) * EXTENSION;
}

/* Of n bytes, an IPv6 header at least. */
static struct inner behind(const uint8_t *ip, size_t n)
{
	return (struct inner){ .at = ip + IPV6_BYTES, .left = n - IPV6_BYTES,
			       .proto = *PLACE(ip, IPV6_NXT), .named = PLACE(ip, IPV6_NXT) };
}

/* Pass the extension headers. false: they are not all there. */
static bool pass_extensions(struct inner *in)
{
	size_t len;

	while (is_extension(in->proto) && !in->fragment) {
		len = in->left < EXTENSION ? EXTENSION : extension_len(in->proto, in->at);
		if (len > in->left)
			return false;
		if (in->proto == ROUTING_IPPROTO && led_to(in->at, len))
			in->final = led_to(in->at, len);
		if (in->proto == FRAGHDR_IPPROTO)
			in->fragment = tc_get16(in->at + FRAGMENT_AT) & FRAGMENT_BITS;
		if (!in->fragment)
			in->named = in->at;
		in->proto = in->at[0];
		in->at += len;
		in->left -= len;
	}
	return true;
}

/* Pass them. false: there is no TCP header behind them; of fragments the first has it. */
static bool reaches_tcp(struct inner *in)
{
	return pass_extensions(in) && in->proto == TCP_IPPROTO &&
	       !(in->fragment &&
		 tc_get16(in->at - EXTENSION + FRAGMENT_AT) & FRAGMENT_OFFSET);
}

/* The quoted datagram is one that we sent: its source is our side. An error quotes as much
 * as 1280 bytes hold, so the ports are there but behind the longest of chains. */
static int parse_quote(struct tc_rx *rx, const uint8_t *ip, size_t n, struct tc_error *err)
{
	struct inner in;

	if (n < IPV6_BYTES)
		return tc_fail(err, -EBADMSG,
			       "icmpv6.type=%u quotes %zu bytes, an IPv6 header needs %d",
			       rx->icmp_type, n, IPV6_BYTES);
	if (ip[0] >> 4 != 6)
		return tc_fail(err, -EBADMSG, "icmpv6.type=%u quotes ipv6.version=%u",
			       rx->icmp_type, ip[0] >> 4);
	in = behind(ip, n);
	if (!reaches_tcp(&in))
		return 0;
	if (in.left < TCP_QUOTED)
		return tc_fail(err, -EBADMSG, "icmpv6.type=%u quotes %zu bytes of TCP, its ports "
			       "and number need %d", rx->icmp_type, in.left, TCP_QUOTED);
	rx->kind = TC_RX_ICMP_ERROR;
	take_v6(&rx->quoted.local_addr, PLACE(ip, IPV6_SRC));
	take_v6(&rx->quoted.remote_addr, in.final ? in.final : PLACE(ip, IPV6_DST));
	rx->quoted_ttl = *PLACE(ip, IPV6_HLIM);
	rx->quoted_label = label_of(ip);
	tc_rx_quoted_tcp(rx, in.at);
	return 0;
}

static int parse_icmp(struct tc_rx *rx, const uint8_t *icmp, size_t n, struct tc_error *err)
{
	uint32_t mtu;

	if (tc_rx_icmp_head(rx, icmp, n, "ipv6.plen", err) < 0)
		return -EBADMSG;
	if (!rx->cut)
		rx->icmp_checksum = tc_checksum_sum(icmp, n, tc_rx_pseudo(rx, ICMPV6_IPPROTO, n)) ==
				    0xffff ? TC_CSUM_OK : TC_CSUM_BAD;
	if (rx->icmp_type == 0 || rx->icmp_type > ICMPV6_LAST_ERROR)
		return 0;
	mtu = tc_get32(icmp + 4);
	if (rx->icmp_type == ICMPV6_TOO_BIG)
		rx->icmp_mtu = (uint16_t)(mtu < UINT16_MAX ? mtu : UINT16_MAX);
	return parse_quote(rx, icmp + ICMPV6_HEAD, n - ICMPV6_HEAD, err);
}

/* As check_lengths of IPv4. A payload length of 0 is that of a jumbogram or of a sender with
 * segmentation offload: then it is as long as the frame. */
static int check_lengths(struct tc_rx *rx, const uint8_t *ip, size_t n, size_t wire_n,
			 bool captured, struct tc_error *err)
{
	size_t total;

	if (tc_rx_version(ip, n, 6, err) < 0)
		return -EBADMSG;
	total = IPV6_BYTES + tc_get16(PLACE(ip, IPV6_PLEN));
	if (total > wire_n && !captured)
		return tc_fail(err, -EBADMSG, "ipv6.plen=%zu but the frame has %zu",
			       total - IPV6_BYTES, wire_n - IPV6_BYTES);
	if (total == IPV6_BYTES)
		total = wire_n;
	rx->l3 = ip;
	rx->l3_len = total < n ? total : n;
	rx->cut = (uint32_t)(total - rx->l3_len);
	return 0;
}

int tc_rx_ipv6(struct tc_rx *rx, const uint8_t *ip, size_t n, size_t wire_n, bool captured,
	       struct tc_error *err)
{
	struct inner in;

	if (check_lengths(rx, ip, n, wire_n, captured, err) < 0)
		return -EBADMSG;
	take_v6(&rx->src, PLACE(ip, IPV6_SRC));
	take_v6(&rx->dst, PLACE(ip, IPV6_DST));
	rx->ttl = *PLACE(ip, IPV6_HLIM);
	rx->dsfield = (uint8_t)(tc_get16(ip) >> 4);
	rx->flow_label = label_of(ip);
	in = behind(ip, rx->l3_len);
	if (!pass_extensions(&in))
		return tc_fail(err, -EBADMSG, "the IPv6 extension headers are longer than the "
			       "%zu bytes behind the header", rx->l3_len - IPV6_BYTES);
	rx->routed = in.final != NULL;
	if (in.fragment) {
		rx->kind = TC_RX_FRAGMENT;
		return 0;
	}
	if (in.final)
		take_v6(&rx->dst, in.final);
	if (in.proto == TCP_IPPROTO)
		return tc_rx_tcp(rx, in.at, in.left, captured, err);
	return in.proto == ICMPV6_IPPROTO ? parse_icmp(rx, in.at, in.left, err) : 0;
}

const uint8_t *tc_rx_find_tcp_v6(const uint8_t *ip, size_t n, size_t *left)
{
	struct inner in;

	if (n < IPV6_BYTES)
		return NULL;
	in = behind(ip, n);
	if (!reaches_tcp(&in))
		return NULL;
	*left = in.left;
	return in.at;
}

void tc_rx_fragment_v6(const struct tc_rx *rx, struct tc_fragment *f)
{
	struct inner in = behind(rx->l3, rx->l3_len);
	const uint8_t *head;
	unsigned word;

	pass_extensions(&in);
	head = in.at - EXTENSION;
	word = tc_get16(head + FRAGMENT_AT);
	*f = (struct tc_fragment){
		.head = (size_t)(head - rx->l3), .next = (size_t)(in.named - rx->l3),
		.id = tc_get32(head + TC_FRAGHDR_IDENT_OFF / 8), .proto = in.proto,
		.more = word & 1, .at = word & ~7u, .data = in.at, .n = in.left,
	};
}

bool tc_rx_routed_v6(const uint8_t *ip, size_t n)
{
	struct inner in = behind(ip, n);

	pass_extensions(&in);
	return in.final != NULL;
}
