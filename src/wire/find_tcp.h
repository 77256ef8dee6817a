/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the TCP header is in a datagram whose headers may be wrong otherwise. */
#ifndef WIRE_FIND_TCP_H
#define WIRE_FIND_TCP_H

#include <stddef.h>
#include <stdint.h>

/* Where a packet filter looks for it: behind the IPv4 header as its length says, behind the
 * extension headers of IPv6. *left: the bytes that are there, which may be few. NULL: the
 * datagram is not of TCP, is a fragment but the first, or ends before it. Pure. */
const uint8_t *tc_find_tcp(const uint8_t *ip, size_t n, size_t *left);

#endif
