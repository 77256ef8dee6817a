/* SPDX-License-Identifier: BSD-2-Clause */
/* Pseudo-headers of both families; see pseudo.h. */
#include "pseudo.h"
#include "target.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/checksum.h>

#define ADDR_BYTES 16
#define SEGMENTS 4		/* type of routing header, RFC 8754 2: the list runs backwards */

int tc_ip_outside(const struct tc_packet *p, int layer)
{
	const struct tc_header *ip = tc_header_get(TC_HDR_IP), *ipv6 = tc_header_get(TC_HDR_IPV6);

	while (--layer >= 0)
		if (p->layer[layer].hdr == ip || p->layer[layer].hdr == ipv6)
			return layer;
	return -1;
}

/* The address that a routing header leads to, or NULL. What a variant that is not known has
 * behind its head need be no addresses. */
static const uint8_t *led_to(const struct tc_layer *l)
{
	uint8_t type = l->fixed[TC_ROUTING_TYPE_OFF / 8];

	if (l->hdr != tc_header_get(TC_HDR_ROUTING) || l->var.len < ADDR_BYTES ||
	    l->fixed[TC_ROUTING_SEGLEFT_OFF / 8] == 0)
		return NULL;
	if (type == SEGMENTS)
		return l->var.data;
	return type == 0 || type == 2 ? l->var.data + (l->var.len / ADDR_BYTES - 1) * ADDR_BYTES
				      : NULL;
}

const uint8_t *tc_final_destination(const struct tc_packet *p, int ip, int inner)
{
	const struct tc_layer *outer = &p->layer[ip];
	const uint8_t *to;

	if (outer->hdr == tc_header_get(TC_HDR_IP)) {
		to = tc_options_destination(outer->var.data, outer->var.len);
		return to ? to : outer->fixed + TC_IP_DST_OFF / 8;
	}
	for (int i = inner - 1; i > ip; i--) {
		to = led_to(&p->layer[i]);
		if (to)
			return to;
	}
	return outer->fixed + TC_IPV6_DST_OFF / 8;
}

uint16_t tc_pseudo_sum(const struct tc_packet *p, int layer, size_t len)
{
	int ip = tc_ip_outside(p, layer), proto = p->layer[layer].hdr->ipproto;
	const uint8_t *head = p->layer[ip < 0 ? 0 : ip].fixed;
	uint16_t sum;

	if (ip < 0)
		return 0;
	proto = proto < 0 ? 0 : proto;
	if (p->layer[ip].hdr == tc_header_get(TC_HDR_IP))
		return tc_checksum_pseudo(tc_get32(head + TC_IP_SRC_OFF / 8),
					  tc_get32(tc_final_destination(p, ip, layer)),
					  (uint8_t)proto, (uint32_t)len);
	sum = tc_checksum_pseudo(0, 0, (uint8_t)proto, (uint32_t)len);
	sum = tc_checksum_sum(head + TC_IPV6_SRC_OFF / 8, ADDR_BYTES, sum);
	return tc_checksum_sum(tc_final_destination(p, ip, layer), ADDR_BYTES, sum);
}
