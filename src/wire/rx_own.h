/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the receive path share; see tcpcraft/segment.h. */
#ifndef WIRE_RX_OWN_H
#define WIRE_RX_OWN_H

#include <tcpcraft/segment.h>

/* rx_tcp.c: a TCP segment of n bytes; its addresses are known, and in rx->cut what the capture
 * left out of the datagram. */
int tc_rx_tcp(struct tc_rx *rx, const uint8_t *tcp, size_t n, bool captured,
	      struct tc_error *err);

/* The ports and the number of a TCP header that an error quotes: 8 bytes are there. */
void tc_rx_quoted_tcp(struct tc_rx *rx, const uint8_t *tcp);

/* rx_ipv6.c: a datagram at the beginning of n bytes, of wire_n that there were. */
int tc_rx_ipv6(struct tc_rx *rx, const uint8_t *ip, size_t n, size_t wire_n, bool captured,
	       struct tc_error *err);

/* family.c: a whole fixed header of this version is what the n bytes begin with; else *err. */
int tc_rx_version(const uint8_t *ip, size_t n, uint8_t version, struct tc_error *err);

/* icmp.c: type and code of an ICMP header, or ICMPv6, which are at the same places. The datagram's
 * length is `field`. */
int tc_rx_icmp_head(struct tc_rx *rx, const uint8_t *icmp, size_t n, const char *field,
		    struct tc_error *err);

/* rx_ipv6.c: does a routing header of these n bytes, an IPv6 header at least, lead on? */
bool tc_rx_routed_v6(const uint8_t *ip, size_t n);

/* rx_ipv6.c: as tc_find_tcp. */
const uint8_t *tc_rx_find_tcp_v6(const uint8_t *ip, size_t n, size_t *left);

/* rx_tcp.c: the sum of the pseudo-header for n bytes: RFC 9293 3.1, RFC 8200 8.1. */
uint16_t tc_rx_pseudo(const struct tc_rx *rx, uint8_t proto, size_t n);

#endif
