/* SPDX-License-Identifier: BSD-2-Clause */
/* What a checksum of TCP and ICMPv6 covers besides the segment (RFC 9293 3.1, RFC 8200 8.1). */
#ifndef WIRE_PSEUDO_H
#define WIRE_PSEUDO_H

#include <tcpcraft/packet.h>

/* The IP layer outside layer `layer` of a packet: of either family, or -1. */
int tc_ip_outside(const struct tc_packet *p, int layer);

/* The final destination of the IP layer `ip` of a packet, network order: of IPv4 in a source route
 * that is not done, of IPv6 in a routing header between it and layer `inner` that has segments
 * left and addresses (types 0, 2: the last of them; 4: the first), else its own. A pointer into
 * the packet. */
const uint8_t *tc_final_destination(const struct tc_packet *p, int ip, int inner);

/* The sum of the pseudo-header of layer `layer` for so many bytes of segment, in host order;
 * 0 without an IP layer outside. */
uint16_t tc_pseudo_sum(const struct tc_packet *p, int layer, size_t len);

#endif
