/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the two families of addresses differ in, as one row of each: who needs the length of a
 * header, its hop limit or the least MTU reads it here and asks for no family.
 */
#ifndef WIRE_FAMILY_H
#define WIRE_FAMILY_H

#include <tcpcraft/packet.h>

struct tc_rx;

struct tc_family {
	uint8_t version;		/* 4, 6 */
	enum tc_header_id header;	/* its rows: */
	unsigned src, dst;
	unsigned ttl;			/* the hop limit */
	unsigned next;			/* the protocol number of what follows */
	unsigned number;		/* 16 bits of it or more, for a sender's own use */
	unsigned length;
	unsigned not_counted;		/* bytes of the header that `length` leaves out */
	const char *ds;			/* the name of the whole DS field */
	const char *next_words;		/* of `next`, for people */
	unsigned ip_bytes;		/* of the header without options and extensions */
	unsigned packet_max;		/* bytes that `length` can say, with the header */
	unsigned mtu_least;		/* of every link: RFC 791 3.2, RFC 8200 5 */
	uint16_t mss_default;		/* where no SYN says one: RFC 9293 3.7.1, MUST-15 */
	/* libpcap's words: the header, its ICMP, the errors that a host sends because of what
	 * it cannot take, the byte of TCP's flags, what is asked and answered about neighbours. */
	const char *ip, *icmp, *unreachable, *flags, *neighbours;
};

/* 4 and 6, in this order. */
#define TC_FAMILIES 2
extern const struct tc_family tc_families[TC_FAMILIES];

/* Never NULL: IPv4 where `version` is not 6. */
const struct tc_family *tc_family(uint8_t version);

/* NULL: not the header of a family. */
const struct tc_family *tc_family_of(const struct tc_header *h);

/* The family of a packet that begins with these n bytes and has a whole fixed header there.
 * NULL: none. */
const struct tc_family *tc_family_at(const uint8_t *packet, size_t n);

/* The name of a row of it: "ip.ttl". */
const char *tc_family_field(const struct tc_family *f, unsigned row);

/* Bytes of the header that begins here, with IPv4's options as it says them. */
size_t tc_ip_head(const uint8_t *ip);

/* Bytes of data and options that a segment may have where a link carries `mtu`; at least 1. */
unsigned tc_family_mss(uint8_t version, unsigned mtu);

/* Set the DS field (RFC 2474, RFC 3168) of the IP header that is this layer. */
void tc_family_set_ds(struct tc_packet *p, int ip, uint8_t ds);

/* The number of a packet: its identification, or its flow label. Of an ICMP error: that of the
 * packet it quotes. 0: a label that no 16 bits hold, which is a kernel's own. */
uint16_t tc_family_number(const struct tc_rx *rx);
uint16_t tc_family_quoted_number(const struct tc_rx *rx);

#endif
