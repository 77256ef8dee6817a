/* SPDX-License-Identifier: BSD-2-Clause */
/* The receive path for who has read the link's header already; see tcpcraft/segment.h. */
#ifndef WIRE_RX_H
#define WIRE_RX_H

#include <tcpcraft/frame.h>
#include <tcpcraft/segment.h>

/* As tc_rx_parse, or as tc_rx_parse_cut where `captured`, of a frame whose datagram of this
 * ethertype begins at l3: what tc_link_header says of it. */
int tc_rx_parse_at(struct tc_rx *rx, const struct tc_frame *f, size_t l3, uint16_t ethertype,
		   bool captured, struct tc_error *err);

#endif
