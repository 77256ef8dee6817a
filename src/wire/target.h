/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a packet goes, as routers read it: by fixed places, whatever else in it lies. */
#ifndef WIRE_TARGET_H
#define WIRE_TARGET_H

#include <tcpcraft/addr.h>

struct tc_packet_target {
	struct tc_addr addr;	/* the next one, that the fixed header has */
	bool routed;		/* who has it is to send the packet on: a loose or strict source
				 * route (RFC 791 3.1), a routing header (RFC 8200 4.4) */
};

/* Of the n bytes of a packet. false: no whole IP header begins there. Pure. */
bool tc_target_of(struct tc_packet_target *t, const uint8_t *packet, size_t n);

/* Is a source route among these IPv4 options? What is behind a length that lies counts as none:
 * hosts and routers drop such a packet (RFC 1122 3.2.1.8). Pure. */
bool tc_options_route(const uint8_t *options, size_t n);

/* Where a source route among these IPv4 options still leads to, by its pointer: the four bytes of
 * its last address, or NULL. Pure. */
const uint8_t *tc_options_destination(const uint8_t *options, size_t n);

#endif
