/* SPDX-License-Identifier: BSD-2-Clause */
/* What a SYN or SYN,ACK says of the system that sent it, in p0f's notation (p0f 3, README,
 * section 5): version:ttl+hops:IP options:mss:window,scale:layout:quirks:payload. */
#ifndef FINGERPRINT_P0F_H
#define FINGERPRINT_P0F_H

#include <tcpcraft/segment.h>

struct tc_buf;

/* Append it. rx: a SYN, whole up to the end of its header. syn_mss: of a SYN,ACK the MSS of
 * the SYN that it answers; 0: not known. */
void tc_p0f(struct tc_buf *out, const struct tc_rx *rx, uint16_t syn_mss);

#endif
