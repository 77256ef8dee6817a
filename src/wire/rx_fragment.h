/* SPDX-License-Identifier: BSD-2-Clause */
/* A piece of a datagram, of either family: RFC 791 3.2, RFC 8200 4.5. */
#ifndef WIRE_RX_FRAGMENT_H
#define WIRE_RX_FRAGMENT_H

#include <tcpcraft/segment.h>

struct tc_fragment {
	size_t head;		/* bytes of rx->l3 that stand before the datagram's own */
	size_t next;		/* where among them the protocol's number is */
	uint32_t id;
	uint8_t proto;		/* that the data are of, as this piece says */
	bool more;		/* it is not the last */
	size_t at;		/* place of the data in the datagram's, bytes */
	const uint8_t *data;	/* in the frame */
	size_t n;
};

/* What a frame of kind TC_RX_FRAGMENT carries. Pure. */
void tc_rx_fragment(const struct tc_rx *rx, struct tc_fragment *f);

/* rx_ipv6.c: that of IPv6. */
void tc_rx_fragment_v6(const struct tc_rx *rx, struct tc_fragment *f);

#endif
