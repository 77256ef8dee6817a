/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The receive path: a frame, as captured, to what the TCP machine and the link need of
 * it. Every length that a header claims is held against what is there, once, here;
 * nothing behind this file checks again.
 */
#include "find_tcp.h"
#include "rx.h"
#include "rx_own.h"
#include "family.h"
#include "rx_fragment.h"
#include "target.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/error.h>
#include "icmp.h"
#include "place.h"

#include <errno.h>
#include <string.h>

#define FRAG_OFFSET_MASK ((1u << TC_IP_FRAG_BITS) - 1)
#define MORE_FRAGMENTS   (1u << TC_IP_FRAG_BITS)	/* the bit above the offset */

#define ICMP_QUOTED_BYTES 8	/* of the datagram's data, at least: RFC 792 */

/* Into what is zero. */
static void take_v4(struct tc_addr *a, const uint8_t *bytes)
{
	a->family = 4;
	memcpy(a->bytes, bytes, 4);
}

/* The quoted datagram is one that we sent: its source is our side. */
static int parse_quote(struct tc_rx *rx, const uint8_t *ip, size_t n, struct tc_error *err)
{
	const uint8_t *final;
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
	rx->kind = TC_RX_ICMP_ERROR;
	take_v4(&rx->quoted.local_addr, PLACE(ip, IP_SRC));
	final = tc_options_destination(ip + IP_BYTES, head - IP_BYTES);
	take_v4(&rx->quoted.remote_addr, final ? final : PLACE(ip, IP_DST));
	tc_rx_quoted_tcp(rx, ip + head);
	rx->quoted_id = tc_get16(PLACE(ip, IP_ID));
	rx->quoted_ttl = *PLACE(ip, IP_TTL);
	return 0;
}

static int parse_icmp(struct tc_rx *rx, const uint8_t *icmp, size_t n, struct tc_error *err)
{
	if (tc_rx_icmp_head(rx, icmp, n, "ip.len", err) < 0)
		return -EBADMSG;
	if (!rx->cut)
		rx->icmp_checksum = tc_checksum(icmp, n) ? TC_CSUM_BAD : TC_CSUM_OK;
	if (!tc_icmp_quotes(4, rx->icmp_type))
		return 0;
	if (tc_icmp_is_too_big(4, rx->icmp_type, rx->icmp_code))
		rx->icmp_mtu = tc_get16(PLACE(icmp, ICMP_MTU));
	return parse_quote(rx, icmp + ICMP_BYTES, n - ICMP_BYTES, err);
}

/* What the IPv4 header says of lengths, held against the n bytes that are there, of
 * wire_n that there were. Captures come without a frame's last bytes and do not say so. */
static int check_lengths(struct tc_rx *rx, const uint8_t *ip, size_t n, size_t wire_n,
			 bool captured, struct tc_error *err)
{
	size_t words, total;

	if (tc_rx_version(ip, n, 4, err) < 0)
		return -EBADMSG;
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
	if (total > wire_n && !captured)
		return tc_fail(err, -EBADMSG, "ip.len=%zu but the frame has %zu", total,
			       wire_n);
	if (!total)
		total = wire_n;
	rx->l3 = ip;
	rx->l3_len = total < n ? total : n;
	rx->cut = (uint32_t)(total - rx->l3_len);
	return (int)(words * 4);
}

/* A header's sum that the network card was to put there is 0 until then. */
static enum tc_checksum_state check_header(const uint8_t *ip, size_t head, bool captured)
{
	if (tc_checksum(ip, head) == 0)
		return TC_CSUM_OK;
	return captured && tc_get16(PLACE(ip, IP_CHECKSUM)) == 0 ? TC_CSUM_PARTIAL
								   : TC_CSUM_BAD;
}

static int parse_ipv4(struct tc_rx *rx, const uint8_t *ip, size_t n, size_t wire_n,
		      bool captured, struct tc_error *err)
{
	int head = check_lengths(rx, ip, n, wire_n, captured, err);
	const uint8_t *data, *final;

	if (head < 0)
		return head;
	take_v4(&rx->src, PLACE(ip, IP_SRC));
	take_v4(&rx->dst, PLACE(ip, IP_DST));
	rx->ip_id = tc_get16(PLACE(ip, IP_ID));
	rx->ttl = *PLACE(ip, IP_TTL);
	rx->dsfield = *PLACE(ip, IP_DSFIELD);
	rx->ip_checksum = check_header(ip, (size_t)head, captured);
	final = tc_options_destination(ip + IP_BYTES, (size_t)head - IP_BYTES);
	rx->routed = final != NULL;
	if (final)
		take_v4(&rx->dst, final);
	if (tc_get16(PLACE(ip, IP_RB)) & (MORE_FRAGMENTS | FRAG_OFFSET_MASK)) {
		rx->kind = TC_RX_FRAGMENT;
		return 0;
	}
	data = ip + head;
	n = rx->l3_len - (size_t)head;
	switch (*PLACE(ip, IP_PROTO)) {
	case TCP_IPPROTO:
		return tc_rx_tcp(rx, data, n, captured, err);
	case ICMP_IPPROTO:
		return parse_icmp(rx, data, n, err);
	}
	return 0;
}

void tc_rx_fragment(const struct tc_rx *rx, struct tc_fragment *f)
{
	size_t head = (rx->l3[0] & 15u) * 4;
	unsigned word = tc_get16(PLACE(rx->l3, IP_RB));

	if (rx->src.family == 6) {
		tc_rx_fragment_v6(rx, f);
		return;
	}
	*f = (struct tc_fragment){
		.head = head, .next = TC_IP_PROTO_OFF / 8, .id = rx->ip_id,
		.proto = *PLACE(rx->l3, IP_PROTO), .more = word & MORE_FRAGMENTS,
		.at = (word & FRAG_OFFSET_MASK) * (size_t)8, .data = rx->l3 + head,
		.n = rx->l3_len - head,
	};
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
	take_v4(&rx->src, PLACE(arp, ARP_SRC_PROTO));
	take_v4(&rx->dst, PLACE(arp, ARP_DST_PROTO));
	return 0;
}

int tc_rx_parse_at(struct tc_rx *rx, const struct tc_frame *f, size_t l3, uint16_t ethertype,
		   bool captured, struct tc_error *err)
{
	const uint8_t *at = f->bytes + l3;
	size_t n = f->len - l3, wire_n = f->wire_len - l3;

	*rx = (struct tc_rx){ .kind = TC_RX_OTHER };
	switch (ethertype) {
	case IP_ETHERTYPE:
		return parse_ipv4(rx, at, n, wire_n, captured, err);
	case IPV6_ETHERTYPE:
		return tc_rx_ipv6(rx, at, n, wire_n, captured, err);
	case ARP_ETHERTYPE:
		return parse_arp(rx, at, n, err);
	}
	return 0;
}

static int parse(struct tc_rx *rx, const struct tc_frame *f, bool captured,
		 struct tc_error *err)
{
	uint16_t ethertype;
	int l3 = tc_link_header(f->bytes, f->len, f->dlt, &ethertype, err);

	return l3 < 0 ? l3 : tc_rx_parse_at(rx, f, (size_t)l3, ethertype, captured, err);
}

int tc_rx_parse_cut(struct tc_rx *rx, const uint8_t *frame, size_t n, size_t wire_n, int dlt,
		    struct tc_error *err)
{
	const struct tc_frame f = { frame, n, wire_n, .dlt = dlt };

	return parse(rx, &f, true, err);
}

int tc_rx_parse(struct tc_rx *rx, const uint8_t *frame, size_t n, int dlt,
		struct tc_error *err)
{
	const struct tc_frame f = { frame, n, n, .dlt = dlt };

	return parse(rx, &f, false, err);
}

const uint8_t *tc_find_tcp(const uint8_t *ip, size_t n, size_t *left)
{
	size_t head;

	if (n && ip[0] >> 4 == 6)
		return tc_rx_find_tcp_v6(ip, n, left);
	head = n ? (ip[0] & 15u) * 4 : 0;
	if (n < IP_BYTES || head > n || *PLACE(ip, IP_PROTO) != TCP_IPPROTO ||
	    (tc_get16(PLACE(ip, IP_RB)) & FRAG_OFFSET_MASK))
		return NULL;
	*left = n - head;
	return ip + head;
}

/* The source route among options, or NULL; its length lies within them. */
static const uint8_t *find_route(const uint8_t *options, size_t n)
{
	enum { END = 0, NO_OPERATION = 1, LOOSE_ROUTE = 131, STRICT_ROUTE = 137 };
	size_t len;

	for (size_t at = 0; at < n && options[at] != END; at += len) {
		len = options[at] == NO_OPERATION ? 1 : at + 1 < n ? options[at + 1] : 0;
		if (len == 0 || len > n - at || (len == 1 && options[at] != NO_OPERATION))
			return NULL;
		if (options[at] == LOOSE_ROUTE || options[at] == STRICT_ROUTE)
			return options + at;
	}
	return NULL;
}

bool tc_options_route(const uint8_t *options, size_t n)
{
	return find_route(options, n);
}

/* RFC 791 3.1: kind, length, pointer, addresses; a pointer behind the end is of a route that is
 * done. */
const uint8_t *tc_options_destination(const uint8_t *options, size_t n)
{
	enum { LENGTH = 1, POINTER = 2, HEAD = 3, ADDR = 4 };
	const uint8_t *route = find_route(options, n);
	size_t len = route ? route[LENGTH] : 0;

	if (len < HEAD + ADDR || (len - HEAD) % ADDR || route[POINTER] > len - ADDR + 1)
		return NULL;
	return route + len - ADDR;
}

bool tc_target_of(struct tc_packet_target *t, const uint8_t *packet, size_t n)
{
	const struct tc_family *f = tc_family_at(packet, n);
	size_t head;

	*t = (struct tc_packet_target){ 0 };
	if (!f)
		return false;
	if (f->version == 6) {
		t->addr = tc_addr_from_v6(PLACE(packet, IPV6_DST));
		t->routed = tc_rx_routed_v6(packet, n);
		return true;
	}
	head = tc_ip_head(packet);
	take_v4(&t->addr, PLACE(packet, IP_DST));
	t->routed = head > IP_BYTES &&
		    tc_options_route(packet + IP_BYTES, (head < n ? head : n) - IP_BYTES);
	return true;
}
