/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands around a datagram in a captured frame: tags (IEEE 802.1Q, 802.1ad, 802.1ah, 802.1BR;
 * Cisco's), PPPoE sessions (RFC 2516), MPLS (RFC 3032), NSH (RFC 8300), GRE (RFC 2784, RFC 2890),
 * also with ERSPAN, PPTP (RFC 2637) and WCCP, IP in IP (RFC 2003, RFC 2473, RFC 4213), VXLAN
 * (RFC 7348), GENEVE (RFC 8926), GTP (3GPP TS 29.281), Teredo (RFC 4380), CAPWAP (RFC 5415). Pure;
 * any thread.
 */
#ifndef PEEL_TUNNEL_H
#define PEEL_TUNNEL_H

#include <tcpcraft/frame.h>

#include <stdbool.h>

#define TC_TUNNEL_TEXT 64
#define TC_TUNNEL_HEADERS 48

/* Why what is inside is not read. */
enum tc_tunnel_lost {
	TC_TUNNEL_FOUND,	/* it is, or there is no tunnel */
	TC_TUNNEL_CUT,		/* its header is not all there */
	TC_TUNNEL_DEEP,		/* more layers than anybody has */
	TC_TUNNEL_STRANGE,	/* it carries neither IP nor Ethernet */
};

struct tc_tunnel {
	bool inside;		/* the datagram at `at` is in a tunnel: of no link type's own */
	size_t at;		/* the innermost IP header that was found, less than n */
	uint16_t ethertype;	/* of it */
	enum tc_tunnel_lost lost;
	uint16_t unread;	/* STRANGE, of enum tc_no_ethertype, where that says more, or 0 */
	/* All headers up to that one, and it, from outside; one that is cut is none. */
	struct tc_tunnel_header {
		uint32_t at, len;
		uint32_t kind;	/* as for tc_peel_header */
	} header[TC_TUNNEL_HEADERS];
	unsigned n_headers;
	char text[TC_TUNNEL_TEXT];	/* "vlan 5, gre", from outside; "" for none */
};

/* Look through n bytes of a frame of link type dlt. */
void tc_tunnel_find(struct tc_tunnel *t, const uint8_t *frame, size_t n, int dlt);

/* As it is for a frame with nothing around its datagram. */
static inline void tc_tunnel_none(struct tc_tunnel *t)
{
	t->inside = false;
	t->ethertype = 0;
	t->lost = TC_TUNNEL_FOUND;
	t->unread = 0;
	t->n_headers = 0;
	t->text[0] = '\0';
}

/* Look through a captured frame, and make it what is inside if it is a tunnel's: true. on:
 * it was inside what t names already, and came in fragments; the names go on. */
bool tc_tunnel_enter(struct tc_tunnel *t, struct tc_frame *f, bool on);

#endif
