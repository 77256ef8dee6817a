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
 *   bits  1..64, or 0: as long as the value is (at most one such row in a header)
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

/* ICMP: the part that every message has, RFC 792 */
#define TC_FIELDS_ICMP(F, A) \
	F(ICMP, TYPE,     "icmp.type",     0,  8,  UINT, NONE, 8, TC_MUT_NUM, "", tc_syms_icmp, NULL, "RFC 792", "type of message") \
	F(ICMP, CODE,     "icmp.code",     8,  8,  UINT, NONE, 0, TC_MUT_NUM, "", NULL, NULL, "RFC 792", "code within the type") \
	F(ICMP, CHECKSUM, "icmp.checksum", 16, 16, CSUM, CSUM_ALL, 0, TC_MUT_CALC, "", NULL, "icmp.chksum", "RFC 792, RFC 1071", "one's-complement checksum of the message") \
	F(ICMP, REST,     "icmp.unused",   32, 16, HEX,  NONE, 0, TC_MUT_NUM, "", NULL, "icmp.ident", "RFC 792", "identifier, or unused in errors") \
	F(ICMP, MTU,      "icmp.mtu",      48, 16, UINT, NONE, 0, TC_MUT_NUM, "bytes", NULL, "icmp.nexthopmtu", "RFC 1191 4", "next-hop MTU of type 3 code 4, or sequence")

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
