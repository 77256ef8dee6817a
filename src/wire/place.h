/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The field table (fields.h) for paths that may not walk it: byte places, header sizes and
 * protocol numbers as compile-time constants. Only for fields that start on a byte.
 */
#ifndef WIRE_PLACE_H
#define WIRE_PLACE_H

#include <tcpcraft/field.h>

/* Where a field is, given the first byte of its header: PLACE(tcp, TCP_SEQ). */
#define PLACE(header, field) ((header) + TC_##field##_OFF / 8)

/* Bytes of a header up to and with a row of it; up to a variable row. */
#define BYTES_TO_END(field) ((TC_##field##_OFF + TC_##field##_BITS) / 8)
#define BYTES_BEFORE(field) (TC_##field##_OFF / 8)

enum {
	ETH_BYTES = BYTES_TO_END(ETH_TYPE),
	VLAN_BYTES = BYTES_TO_END(VLAN_ETYPE),
	ARP_BYTES = BYTES_TO_END(ARP_DST_PROTO),
	ICMP_BYTES = BYTES_TO_END(ICMP_MTU),
	IPV6_BYTES = BYTES_TO_END(IPV6_DST),
	IP_BYTES = BYTES_BEFORE(IP_OPTIONS),	/* without options */
	TCP_BYTES = BYTES_BEFORE(TCP_OPTIONS),	/* without options */
	IP_TCP_BYTES = IP_BYTES + TCP_BYTES,
};

/* IP_ETHERTYPE, VLAN_ETHERTYPE …, TCP_IPPROTO …: the numbers in TC_HEADERS. */
#define H(id, name, title, var_max, ethertype, ipproto, icmpv6, marks) \
	id##_ETHERTYPE = ethertype, id##_IPPROTO = ipproto,
enum { TC_HEADERS(H) };
#undef H

#endif
