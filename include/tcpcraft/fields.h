/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every field of every header, one line each. This is the only place that knows a
 * field's name, place, width, default, unit or meaning; the enums and compile-time
 * offsets in field.h and the const tables in src/wire/fields.c are made from it.
 * To add a field, add a line. To add a header, add a block here and a line to
 * TC_HEADERS in field.h.
 *
 * F(HDR, ROW, name, off, bits, kind, autofill, default, mut, unit, syms, alias, ref, doc)
 *   off   bits from the start of the header; for rows after the variable row (bits 0),
 *         bits from that row's end
 *   bits  1..64, or 128, or 0: as long as the value is (at most one such row in a header)
 * Rows follow in wire order and tile the header exactly (tests prove it).
 * A(…the same columns…) is an alias: a further name for a run of whole rows.
 */
#ifndef TCPCRAFT_FIELDS_H
#define TCPCRAFT_FIELDS_H

/* Sets of mutators that the rows share. */
#define TC_MUT_NUM  (TC_MUT_BOUNDARY | TC_MUT_FLIP | TC_MUT_RANDOM)
#define TC_MUT_CALC (TC_MUT_NUM | TC_MUT_OFFBYONE)
#define TC_MUT_FLAG (TC_MUT_FLIP)
#define TC_MUT_BLOB (TC_MUT_FLIP | TC_MUT_RANDOM | TC_MUT_LENGTH)

/* IEEE 802.3 frame without preamble and FCS */
#define TC_FIELDS_ETH(F, A) \
	F(ETH, DST,  "eth.dst",  0,  48, MAC, NONE, 0, TC_MUT_NUM, "", NULL, NULL, "IEEE 802.3 3.2.3", "destination hardware address") \
	F(ETH, SRC,  "eth.src",  48, 48, MAC, NONE, 0, TC_MUT_NUM, "", NULL, NULL, "IEEE 802.3 3.2.3", "source hardware address") \
	F(ETH, TYPE, "eth.type", 96, 16, HEX, ETHERTYPE, 0x0800, TC_MUT_NUM, "", tc_syms_ethertype, NULL, "IEEE 802.3 3.2.6", "protocol of the payload")

/* IEEE 802.1Q tag, after eth.type 0x8100 */
#define TC_FIELDS_VLAN(F, A) \
	F(VLAN, PRIORITY, "vlan.priority", 0,  3,  UINT, NONE, 0, TC_MUT_NUM, "", NULL, "vlan.prio", "IEEE 802.1Q 9.6", "priority code point") \
	F(VLAN, DEI,      "vlan.dei",      3,  1,  FLAG, NONE, 0, TC_MUT_FLAG, "", NULL, NULL, "IEEE 802.1Q 9.6", "drop eligible") \
	F(VLAN, ID,       "vlan.id",       4,  12, UINT, NONE, 1, TC_MUT_NUM, "", NULL, "vlan.vlan", "IEEE 802.1Q 9.6", "VLAN identifier") \
	F(VLAN, ETYPE,    "vlan.etype",    16, 16, HEX,  ETHERTYPE, 0x0800, TC_MUT_NUM, "", tc_syms_ethertype, "vlan.type", "IEEE 802.1Q 9.6", "protocol of the payload")

/* ARP for IPv4 over Ethernet, RFC 826 */
#define TC_FIELDS_ARP(F, A) \
	F(ARP, HW_TYPE,    "arp.hw.type",        0,   16, UINT, NONE, 1, TC_MUT_NUM, "", NULL, "arp.hwtype", "RFC 826", "hardware type, 1 = Ethernet") \
	F(ARP, PROTO_TYPE, "arp.proto.type",     16,  16, HEX,  NONE, 0x0800, TC_MUT_NUM, "", tc_syms_ethertype, "arp.ptype", "RFC 826", "protocol type") \
	F(ARP, HW_SIZE,    "arp.hw.size",        32,  8,  UINT, NONE, 6, TC_MUT_NUM, "bytes", NULL, "arp.hwlen", "RFC 826", "length of a hardware address") \
	F(ARP, PROTO_SIZE, "arp.proto.size",     40,  8,  UINT, NONE, 4, TC_MUT_NUM, "bytes", NULL, "arp.plen", "RFC 826", "length of a protocol address") \
	F(ARP, OPCODE,     "arp.opcode",         48,  16, UINT, NONE, 1, TC_MUT_NUM, "", tc_syms_arp, "arp.op", "RFC 826", "what is asked or answered") \
	F(ARP, SRC_HW,     "arp.src.hw_mac",     64,  48, MAC,  NONE, 0, TC_MUT_NUM, "", NULL, "arp.hwsrc", "RFC 826", "sender's hardware address") \
	F(ARP, SRC_PROTO,  "arp.src.proto_ipv4", 112, 32, IP4,  NONE, 0, TC_MUT_NUM, "", NULL, "arp.psrc", "RFC 826", "sender's IPv4 address") \
	F(ARP, DST_HW,     "arp.dst.hw_mac",     144, 48, MAC,  NONE, 0, TC_MUT_NUM, "", NULL, "arp.hwdst", "RFC 826", "target's hardware address") \
	F(ARP, DST_PROTO,  "arp.dst.proto_ipv4", 192, 32, IP4,  NONE, 0, TC_MUT_NUM, "", NULL, "arp.pdst", "RFC 826", "target's IPv4 address")

/* IPv4, RFC 791 */
#define TC_FIELDS_IP(F, A) \
	F(IP, VERSION,  "ip.version",     0,   4,  UINT, NONE, 4, TC_MUT_NUM, "", NULL, NULL, "RFC 791 3.1", "version of the protocol") \
	F(IP, HDR_LEN,  "ip.hdr_len",     4,   4,  UINT, HDR_LEN, 5, TC_MUT_CALC, "32-bit words", NULL, "ip.ihl", "RFC 791 3.1", "length of the header") \
	F(IP, DSFIELD,  "ip.dsfield",     8,   8,  HEX,  NONE, 0, TC_MUT_NUM, "", NULL, "ip.tos", "RFC 2474 3, RFC 3168 5", "DSCP (6 bits) and ECN (2 bits)") \
	F(IP, LEN,      "ip.len",         16,  16, UINT, TOTAL_LEN, 20, TC_MUT_CALC, "bytes", NULL, NULL, "RFC 791 3.1", "length of header and data") \
	F(IP, ID,       "ip.id",          32,  16, HEX,  NONE, 1, TC_MUT_NUM, "", NULL, NULL, "RFC 791 3.1, RFC 6864", "identification of a datagram's fragments") \
	F(IP, RB,       "ip.flags.rb",    48,  1,  FLAG, NONE, 0, TC_MUT_FLAG, "", NULL, "ip.flags.evil", "RFC 791 3.1", "reserved bit, must be zero") \
	F(IP, DF,       "ip.flags.df",    49,  1,  FLAG, NONE, 1, TC_MUT_FLAG, "", NULL, NULL, "RFC 791 3.1", "do not fragment") \
	F(IP, MF,       "ip.flags.mf",    50,  1,  FLAG, NONE, 0, TC_MUT_FLAG, "", NULL, NULL, "RFC 791 3.1", "more fragments follow") \
	F(IP, FRAG,     "ip.frag_offset", 51,  13, UINT, NONE, 0, TC_MUT_NUM, "8-byte units", NULL, "ip.frag", "RFC 791 3.1", "place of this fragment in the datagram") \
	F(IP, TTL,      "ip.ttl",         64,  8,  UINT, NONE, 64, TC_MUT_NUM, "hops", NULL, NULL, "RFC 791 3.1", "time to live") \
	F(IP, PROTO,    "ip.proto",       72,  8,  UINT, IPPROTO, 6, TC_MUT_NUM, "", tc_syms_ipproto, NULL, "RFC 791 3.1", "protocol of the payload") \
	F(IP, CHECKSUM, "ip.checksum",    80,  16, CSUM, CSUM_HDR, 0, TC_MUT_CALC, "", NULL, "ip.chksum", "RFC 791 3.1, RFC 1071", "one's-complement checksum of the header") \
	F(IP, SRC,      "ip.src",         96,  32, IP4,  NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 791 3.1", "source address") \
	F(IP, DST,      "ip.dst",         128, 32, IP4,  NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 791 3.1", "destination address") \
	F(IP, OPTIONS,  "ip.options",     160, 0,  IPOPT, NONE, 0, TC_MUT_BLOB, "", NULL, NULL, "RFC 791 3.1", "options, padded to a 32-bit boundary") \
	A(IP, FLAGS,    "ip.flags",       48,  3,  HEX,  NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 791 3.1", "the three flag bits: rb df mf")

/* IPv6, RFC 8200 */
#define TC_FIELDS_IPV6(F, A) \
	F(IPV6, VERSION, "ipv6.version",     0,   4,  UINT, NONE, 6, TC_MUT_NUM, "", NULL, NULL, "RFC 8200 3", "version of the protocol") \
	F(IPV6, DSCP,    "ipv6.tclass.dscp", 4,   6,  UINT, NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 2474 3", "differentiated services codepoint") \
	F(IPV6, ECN,     "ipv6.tclass.ecn",  10,  2,  UINT, NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 3168 5", "explicit congestion notification") \
	F(IPV6, FLOW,    "ipv6.flow",        12,  20, HEX,  NONE, 0, TC_MUT_NUM, "", NULL, "ipv6.fl", "RFC 8200 6, RFC 6437", "flow label") \
	F(IPV6, PLEN,    "ipv6.plen",        32,  16, UINT, BODY_LEN, 0, TC_MUT_CALC, "bytes", NULL, NULL, "RFC 8200 3", "length of what follows, extension headers with it") \
	F(IPV6, NXT,     "ipv6.nxt",         48,  8,  UINT, IPPROTO, 6, TC_MUT_NUM, "", tc_syms_ipproto, "ipv6.nh", "RFC 8200 3", "next header: extension or protocol of the payload") \
	F(IPV6, HLIM,    "ipv6.hlim",        56,  8,  UINT, NONE, 64, TC_MUT_NUM, "hops", NULL, NULL, "RFC 8200 3", "hop limit") \
	F(IPV6, SRC,     "ipv6.src",         64,  128, IP6, NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 8200 3", "source address") \
	F(IPV6, DST,     "ipv6.dst",         192, 128, IP6, NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 8200 3", "destination address; before a routing header the next hop") \
	A(IPV6, TCLASS,  "ipv6.tclass",      4,   8,  HEX,  NONE, 0, TC_MUT_NUM, "", NULL, "ipv6.tc", "RFC 8200 7", "traffic class: DSCP (6 bits) and ECN (2 bits)")

/* IPv6 extension headers. Options are written with their types and lengths. */
#define TC_FIELDS_HOPOPTS(F, A) \
	F(HOPOPTS, NXT,     "ipv6.hopopts.nxt",     0,  8, UINT, IPPROTO, 59, TC_MUT_NUM, "", tc_syms_ipproto, "ipv6.hopopts.nh", "RFC 8200 4.3", "next header") \
	F(HOPOPTS, LEN,     "ipv6.hopopts.len",     8,  8, UINT, EXT_LEN, 0, TC_MUT_CALC, "8-byte units", NULL, NULL, "RFC 8200 4.3", "length of the header behind its first 8 bytes") \
	F(HOPOPTS, OPTIONS, "ipv6.hopopts.options", 16, 0, IP6OPT, NONE, 0, TC_MUT_BLOB, "", NULL, NULL, "RFC 8200 4.2", "options that each hop looks at, padded to 8 bytes")

#define TC_FIELDS_ROUTING(F, A) \
	F(ROUTING, NXT,     "ipv6.routing.nxt",     0,  8,  UINT, IPPROTO, 59, TC_MUT_NUM, "", tc_syms_ipproto, "ipv6.routing.nh", "RFC 8200 4.4", "next header") \
	F(ROUTING, LEN,     "ipv6.routing.len",     8,  8,  UINT, EXT_LEN, 0, TC_MUT_CALC, "8-byte units", NULL, NULL, "RFC 8200 4.4", "length of the header behind its first 8 bytes") \
	F(ROUTING, TYPE,    "ipv6.routing.type",    16, 8,  UINT, NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 8200 4.4, RFC 5095, RFC 6275 6.4, RFC 8754 2", "variant: 0 (source route), 2 (mobility), 4 (segments)") \
	F(ROUTING, SEGLEFT, "ipv6.routing.segleft", 24, 8,  UINT, NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 8200 4.4", "addresses that are still to be visited; 0: ipv6.dst is the last") \
	F(ROUTING, RESERVED, "ipv6.routing.src.reserved", 32, 32, HEX, NONE, 0, TC_MUT_NUM, "", NULL, "ipv6.routing.reserved", "RFC 8200 4.4, RFC 8754 2", "reserved; of type 4: last entry, flags and tag") \
	F(ROUTING, ADDRS,   "ipv6.routing.src.addr", 64, 0, IP6LIST, NONE, 0, TC_MUT_BLOB, "", NULL, "ipv6.routing.addresses", "RFC 8200 4.4, RFC 8754 2", "addresses on the way, the last hop last (of type 4: first)")

#define TC_FIELDS_FRAGHDR(F, A) \
	F(FRAGHDR, NXT,      "ipv6.fraghdr.nxt",            0,  8,  UINT, IPPROTO, 59, TC_MUT_NUM, "", tc_syms_ipproto, "ipv6.fraghdr.nh", "RFC 8200 4.5", "next header of the whole packet") \
	F(FRAGHDR, RES1,     "ipv6.fraghdr.reserved_octet", 8,  8,  UINT, NONE, 0, TC_MUT_NUM, "", NULL, "ipv6.fraghdr.res1", "RFC 8200 4.5", "reserved, must be zero") \
	F(FRAGHDR, OFFSET,   "ipv6.fraghdr.offset",         16, 13, UINT, NONE, 0, TC_MUT_NUM, "8-byte units", NULL, NULL, "RFC 8200 4.5", "place of this fragment in the packet") \
	F(FRAGHDR, RES2,     "ipv6.fraghdr.reserved_bits",  29, 2,  UINT, NONE, 0, TC_MUT_NUM, "", NULL, "ipv6.fraghdr.res2", "RFC 8200 4.5", "reserved, must be zero") \
	F(FRAGHDR, MORE,     "ipv6.fraghdr.more",           31, 1,  FLAG, NONE, 0, TC_MUT_FLAG, "", NULL, NULL, "RFC 8200 4.5", "more fragments follow") \
	F(FRAGHDR, IDENT,    "ipv6.fraghdr.ident",          32, 32, HEX,  NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 8200 4.5", "identification of a packet's fragments")

#define TC_FIELDS_DSTOPTS(F, A) \
	F(DSTOPTS, NXT,     "ipv6.dstopts.nxt",     0,  8, UINT, IPPROTO, 59, TC_MUT_NUM, "", tc_syms_ipproto, "ipv6.dstopts.nh", "RFC 8200 4.6", "next header") \
	F(DSTOPTS, LEN,     "ipv6.dstopts.len",     8,  8, UINT, EXT_LEN, 0, TC_MUT_CALC, "8-byte units", NULL, NULL, "RFC 8200 4.6", "length of the header behind its first 8 bytes") \
	F(DSTOPTS, OPTIONS, "ipv6.dstopts.options", 16, 0, IP6OPT, NONE, 0, TC_MUT_BLOB, "", NULL, NULL, "RFC 8200 4.2", "options for the destination, padded to 8 bytes")

/* ICMP: the part that every message has, RFC 792 */
#define TC_FIELDS_ICMP(F, A) \
	F(ICMP, TYPE,     "icmp.type",     0,  8,  UINT, NONE, 8, TC_MUT_NUM, "", tc_syms_icmp, NULL, "RFC 792", "type of message") \
	F(ICMP, CODE,     "icmp.code",     8,  8,  UINT, NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 792", "code within the type") \
	F(ICMP, CHECKSUM, "icmp.checksum", 16, 16, CSUM, CSUM_ALL, 0, TC_MUT_CALC, "", NULL, "icmp.chksum", "RFC 792, RFC 1071", "one's-complement checksum of the message") \
	F(ICMP, REST,     "icmp.unused",   32, 16, HEX,  NONE, 0, TC_MUT_NUM, "", NULL, "icmp.ident", "RFC 792", "identifier, or unused in errors") \
	F(ICMP, MTU,      "icmp.mtu",      48, 16, UINT, NONE, 0, TC_MUT_NUM, "bytes", NULL, "icmp.nexthopmtu", "RFC 1191 4", "next-hop MTU of type 3 code 4, or sequence")

/* ICMPv6: what every message begins with, RFC 4443 2.1; its type says which body follows */
#define TC_FIELDS_ICMPV6(F, A) \
	F(ICMPV6, TYPE,     "icmpv6.type",     0,  8,  UINT, ICMPV6, 128, TC_MUT_NUM, "", tc_syms_icmpv6, NULL, "RFC 4443 2.1", "type of message; below 128 an error") \
	F(ICMPV6, CODE,     "icmpv6.code",     8,  8,  UINT, NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 4443 2.1", "code within the type") \
	F(ICMPV6, CHECKSUM, "icmpv6.checksum", 16, 16, CSUM, CSUM_PSEUDO, 0, TC_MUT_CALC, "", NULL, "icmpv6.cksum", "RFC 4443 2.3, RFC 8200 8.1", "one's-complement checksum of pseudo-header and message")

#define TC_FIELDS_ICMPV6_ERROR(F, A) \
	F(ICMPV6_ERROR, UNUSED, "icmpv6.reserved", 0, 32, HEX, NONE, 0, TC_MUT_NUM, "", NULL, "icmpv6.unused", "RFC 4443 3.1, 3.3", "unused in an unreachable and in a time exceeded")

#define TC_FIELDS_ICMPV6_BIG(F, A) \
	F(ICMPV6_BIG, MTU, "icmpv6.mtu", 0, 32, UINT, NONE, 1280, TC_MUT_NUM, "bytes", NULL, NULL, "RFC 4443 3.2, RFC 8201", "next-hop MTU")

#define TC_FIELDS_ICMPV6_PARAM(F, A) \
	F(ICMPV6_PARAM, POINTER, "icmpv6.pointer", 0, 32, UINT, NONE, 0, TC_MUT_NUM, "bytes", NULL, "icmpv6.ptr", "RFC 4443 3.4", "where in the packet the error is")

#define TC_FIELDS_ICMPV6_ECHO(F, A) \
	F(ICMPV6_ECHO, IDENT, "icmpv6.echo.identifier",      0,  16, HEX,  NONE, 0, TC_MUT_NUM, "", NULL, "icmpv6.id", "RFC 4443 4.1", "identifier") \
	F(ICMPV6_ECHO, SEQ,   "icmpv6.echo.sequence_number", 16, 16, UINT, NONE, 0, TC_MUT_NUM, "", NULL, "icmpv6.seq", "RFC 4443 4.1", "sequence number")

/* Neighbour discovery, RFC 4861 */
#define TC_FIELDS_ICMPV6_RS(F, A) \
	F(ICMPV6_RS, RESERVED, "icmpv6.nd.rs.reserved", 0,  32, HEX,   NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 4861 4.1", "reserved, must be zero") \
	F(ICMPV6_RS, OPTIONS,  "icmpv6.nd.rs.options",  32, 0,  NDOPT, NONE, 0, TC_MUT_BLOB, "", NULL, NULL, "RFC 4861 4.6", "options: each type, length in 8 bytes, data")

#define TC_FIELDS_ICMPV6_RA(F, A) \
	F(ICMPV6_RA, HLIM,     "icmpv6.nd.ra.cur_hop_limit",   0,  8,  UINT, NONE, 0, TC_MUT_NUM, "hops", NULL, "icmpv6.chlim", "RFC 4861 4.2", "hop limit for the hosts of the link, 0 = not said") \
	F(ICMPV6_RA, MANAGED,  "icmpv6.nd.ra.flag.m",          8,  1,  FLAG, NONE, 0, TC_MUT_FLAG, "", NULL, NULL, "RFC 4861 4.2", "addresses by DHCPv6") \
	F(ICMPV6_RA, OTHER,    "icmpv6.nd.ra.flag.o",          9,  1,  FLAG, NONE, 0, TC_MUT_FLAG, "", NULL, NULL, "RFC 4861 4.2", "other configuration by DHCPv6") \
	F(ICMPV6_RA, HOME,     "icmpv6.nd.ra.flag.h",          10, 1,  FLAG, NONE, 0, TC_MUT_FLAG, "", NULL, NULL, "RFC 6275 7.1", "the router is a home agent") \
	F(ICMPV6_RA, PRF,      "icmpv6.nd.ra.flag.prf",        11, 2,  UINT, NONE, 0, TC_MUT_NUM, "", NULL, "icmpv6.prf", "RFC 4191 2.2", "preference of the router") \
	F(ICMPV6_RA, PROXY,    "icmpv6.nd.ra.flag.p",          13, 1,  FLAG, NONE, 0, TC_MUT_FLAG, "", NULL, NULL, "RFC 4389 4.1.3.3", "proxied") \
	F(ICMPV6_RA, RSV,      "icmpv6.nd.ra.flag.rsv",        14, 2,  UINT, NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 4861 4.2", "reserved, must be zero") \
	F(ICMPV6_RA, LIFETIME, "icmpv6.nd.ra.router_lifetime", 16, 16, UINT, NONE, 1800, TC_MUT_NUM, "seconds", NULL, "icmpv6.routerlifetime", "RFC 4861 4.2", "how long it is a default router, 0 = not") \
	F(ICMPV6_RA, REACHABLE, "icmpv6.nd.ra.reachable_time", 32, 32, UINT, NONE, 0, TC_MUT_NUM, "ms", NULL, "icmpv6.reachabletime", "RFC 4861 4.2", "how long a neighbour counts as reachable, 0 = not said") \
	F(ICMPV6_RA, RETRANS,  "icmpv6.nd.ra.retrans_timer",   64, 32, UINT, NONE, 0, TC_MUT_NUM, "ms", NULL, "icmpv6.retranstimer", "RFC 4861 4.2", "between solicitations, 0 = not said") \
	F(ICMPV6_RA, OPTIONS,  "icmpv6.nd.ra.options",         96, 0,  NDOPT, NONE, 0, TC_MUT_BLOB, "", NULL, NULL, "RFC 4861 4.6", "options: each type, length in 8 bytes, data") \
	A(ICMPV6_RA, FLAGS,    "icmpv6.nd.ra.flag",            8,  8,  HEX,  NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 4861 4.2", "the flags: m o h prf p")

#define TC_FIELDS_ICMPV6_NS(F, A) \
	F(ICMPV6_NS, RESERVED, "icmpv6.nd.ns.reserved",       0,   32,  HEX,   NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 4861 4.3", "reserved, must be zero") \
	F(ICMPV6_NS, TARGET,   "icmpv6.nd.ns.target_address", 32,  128, IP6,   NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 4861 4.3", "address that is asked for") \
	F(ICMPV6_NS, OPTIONS,  "icmpv6.nd.ns.options",        160, 0,   NDOPT, NONE, 0, TC_MUT_BLOB, "", NULL, NULL, "RFC 4861 4.6", "options: each type, length in 8 bytes, data")

#define TC_FIELDS_ICMPV6_NA(F, A) \
	F(ICMPV6_NA, ROUTER,    "icmpv6.nd.na.flag.r",         0,   1,   FLAG,  NONE, 0, TC_MUT_FLAG, "", NULL, NULL, "RFC 4861 4.4", "the sender is a router") \
	F(ICMPV6_NA, SOLICITED, "icmpv6.nd.na.flag.s",         1,   1,   FLAG,  NONE, 0, TC_MUT_FLAG, "", NULL, NULL, "RFC 4861 4.4", "answers a solicitation") \
	F(ICMPV6_NA, OVERRIDE,  "icmpv6.nd.na.flag.o",         2,   1,   FLAG,  NONE, 0, TC_MUT_FLAG, "", NULL, NULL, "RFC 4861 4.4", "replaces what is known") \
	F(ICMPV6_NA, RSV,       "icmpv6.nd.na.flag.rsv",       3,   29,  UINT,  NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 4861 4.4", "reserved, must be zero") \
	F(ICMPV6_NA, TARGET,    "icmpv6.nd.na.target_address", 32,  128, IP6,   NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 4861 4.4", "address whose hardware address is told") \
	F(ICMPV6_NA, OPTIONS,   "icmpv6.nd.na.options",        160, 0,   NDOPT, NONE, 0, TC_MUT_BLOB, "", NULL, NULL, "RFC 4861 4.6", "options: each type, length in 8 bytes, data") \
	A(ICMPV6_NA, FLAGS,     "icmpv6.nd.na.flag",           0,   32,  HEX,   NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 4861 4.4", "the flags and what is reserved: r s o")

#define TC_FIELDS_ICMPV6_RD(F, A) \
	F(ICMPV6_RD, RESERVED, "icmpv6.nd.rd.reserved",       0,   32,  HEX,   NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 4861 4.5", "reserved, must be zero") \
	F(ICMPV6_RD, TARGET,   "icmpv6.nd.rd.target_address", 32,  128, IP6,   NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 4861 4.5", "better first hop") \
	F(ICMPV6_RD, DEST,     "icmpv6.rd.na.destination_address", 160, 128, IP6, NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 4861 4.5", "address that is reached by it") \
	F(ICMPV6_RD, OPTIONS,  "icmpv6.nd.rd.options",        288, 0,   NDOPT, NONE, 0, TC_MUT_BLOB, "", NULL, NULL, "RFC 4861 4.6", "options: each type, length in 8 bytes, data")

/* TCP, RFC 9293 */
#define TC_FIELDS_TCP(F, A) \
	F(TCP, SRCPORT, "tcp.srcport",           0,   16, PORT, NONE, 20000, TC_MUT_NUM, "", tc_syms_port, "tcp.sport", "RFC 9293 3.1", "source port") \
	F(TCP, DSTPORT, "tcp.dstport",           16,  16, PORT, NONE, 80, TC_MUT_NUM, "", tc_syms_port, "tcp.dport", "RFC 9293 3.1", "destination port") \
	F(TCP, SEQ,     "tcp.seq",               32,  32, UINT, NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 9293 3.4", "sequence number of the first byte (of the SYN if there is one)") \
	F(TCP, ACK,     "tcp.ack",               64,  32, UINT, NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 9293 3.4", "next sequence number expected, if flag ack is set") \
	F(TCP, HDR_LEN, "tcp.hdr_len",           96,  4,  UINT, HDR_LEN, 5, TC_MUT_CALC, "32-bit words", NULL, "tcp.dataofs", "RFC 9293 3.1", "data offset: length of the header") \
	F(TCP, RES,     "tcp.flags.res",         100, 3,  UINT, NONE, 0, TC_MUT_NUM, "", NULL, "tcp.reserved", "RFC 9293 3.1", "reserved, must be zero") \
	F(TCP, AE,      "tcp.flags.ae",          103, 1,  FLAG, NONE, 0, TC_MUT_FLAG, "", NULL, "tcp.flags.ns", "RFC 3540, RFC 8311 3.1", "accurate ECN; once the nonce sum, then reserved") \
	F(TCP, CWR,     "tcp.flags.cwr",         104, 1,  FLAG, NONE, 0, TC_MUT_FLAG, "", NULL, NULL, "RFC 3168 6.1", "congestion window reduced") \
	F(TCP, ECE,     "tcp.flags.ece",         105, 1,  FLAG, NONE, 0, TC_MUT_FLAG, "", NULL, NULL, "RFC 3168 6.1", "ECN echo") \
	F(TCP, URG,     "tcp.flags.urg",         106, 1,  FLAG, NONE, 0, TC_MUT_FLAG, "", NULL, NULL, "RFC 9293 3.1", "the urgent pointer counts") \
	F(TCP, ACKF,    "tcp.flags.ack",         107, 1,  FLAG, NONE, 0, TC_MUT_FLAG, "", NULL, NULL, "RFC 9293 3.1", "the acknowledgment number counts") \
	F(TCP, PUSH,    "tcp.flags.push",        108, 1,  FLAG, NONE, 0, TC_MUT_FLAG, "", NULL, "tcp.flags.psh", "RFC 9293 3.1", "push: hand the data up") \
	F(TCP, RESET,   "tcp.flags.reset",       109, 1,  FLAG, NONE, 0, TC_MUT_FLAG, "", NULL, "tcp.flags.rst", "RFC 9293 3.5.2", "reset the connection") \
	F(TCP, SYN,     "tcp.flags.syn",         110, 1,  FLAG, NONE, 0, TC_MUT_FLAG, "", NULL, NULL, "RFC 9293 3.5", "synchronise sequence numbers") \
	F(TCP, FIN,     "tcp.flags.fin",         111, 1,  FLAG, NONE, 0, TC_MUT_FLAG, "", NULL, NULL, "RFC 9293 3.6", "no more data from the sender") \
	F(TCP, WINDOW,  "tcp.window_size_value", 112, 16, UINT, NONE, 64240, TC_MUT_NUM, "", NULL, "tcp.window", "RFC 9293 3.8.6", "receive window, before scaling") \
	F(TCP, CHECKSUM, "tcp.checksum",         128, 16, CSUM, CSUM_PSEUDO, 0, TC_MUT_CALC, "", NULL, "tcp.chksum", "RFC 9293 3.1, RFC 1071", "one's-complement checksum of pseudo-header, header and data") \
	F(TCP, URGENT,  "tcp.urgent_pointer",    144, 16, UINT, NONE, 0, TC_MUT_NUM, "bytes", NULL, "tcp.urgptr", "RFC 9293 3.8.5", "end of the urgent data, from tcp.seq") \
	F(TCP, OPTIONS, "tcp.options",           160, 0,  TCPOPT, NONE, 0, TC_MUT_BLOB | TC_MUT_OPTION, "", NULL, NULL, "RFC 9293 3.2", "options, padded to a 32-bit boundary") \
	A(TCP, FLAGS,   "tcp.flags",             100, 12, TCPFLAGS, NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 9293 3.1", "reserved bits and the eight flags, as letters or a number")

/* The frame of the legacy PROT server */
#define TC_FIELDS_PROT(F, A) \
	F(PROT, MAGIC,    "prot.magic",    0,  32, HEX,   NONE, 0x50524f54, TC_MUT_NUM, "", NULL, NULL, "PROT", "\"PROT\"") \
	F(PROT, VERSION,  "prot.version",  32, 8,  UINT,  NONE, 1, TC_MUT_NUM, "", NULL, NULL, "PROT", "version of the protocol") \
	F(PROT, LENGTH,   "prot.length",   40, 32, UINT,  VAR_LEN, 0, TC_MUT_CALC, "bytes", NULL, NULL, "PROT", "length of the payload, 512 at most") \
	F(PROT, PAYLOAD,  "prot.payload",  72, 0,  BYTES, NONE, 0, TC_MUT_BLOB, "", NULL, NULL, "PROT", "payload") \
	F(PROT, CHECKSUM, "prot.checksum", 0,  16, CSUM_LE, XOR, 0, TC_MUT_CALC, "", NULL, NULL, "PROT", "XOR of the payload bytes; little-endian, so the high byte is 0")

/* Bytes that no other header claims */
#define TC_FIELDS_DATA(F, A) \
	F(DATA, DATA, "data.data", 0, 0, BYTES, NONE, 0, TC_MUT_BLOB, "", NULL, "raw.load", "-", "payload bytes")

/* Bytes after the datagram, such as the padding of a short Ethernet frame. No header
 * counts them in its length or checksum. */
#define TC_FIELDS_TRAILER(F, A) \
	F(TRAILER, DATA, "trailer.data", 0, 0, BYTES, NONE, 0, TC_MUT_BLOB, "", NULL, "eth.padding", "IEEE 802.3 3.2.8", "bytes that no header counts")

#endif
