/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ICMP errors of both families: their names, what they say, and what TCP makes of them.
 * One table, from RFC 792, RFC 1122 3.2.2, RFC 1812 5.2.7.1, RFC 4443 and RFC 5461 2.
 * `family` is 4 or 6. Thread-safe: it is constant.
 */
#ifndef WIRE_ICMP_H
#define WIRE_ICMP_H

#include <stdbool.h>
#include <stdint.h>

struct tc_buf;
struct tc_error;
struct tc_packet;
struct tc_rx;

#define TC_ICMP_ECHO_REPLY 0
#define TC_ICMP_UNREACHABLE 3
#define TC_ICMP_QUENCH 4
#define TC_ICMP_REDIRECT 5
#define TC_ICMP_ECHO 8
#define TC_ICMP_EXCEEDED 11
#define TC_ICMP_PARAMETER 12
#define TC_ICMP_FRAG_NEEDED 4	/* code of TC_ICMP_UNREACHABLE, RFC 1191 */

#define TC_ICMPV6_UNREACHABLE 1
#define TC_ICMPV6_BIG 2
#define TC_ICMPV6_EXCEEDED 3
#define TC_ICMPV6_PARAMETER 4

/* What TCP is to do (RFC 1122 4.2.3.9, RFC 9293 3.9.2.2; MUST-54, MUST-56, SHLD-26). */
enum tc_icmp_class {
	TC_ICMP_UNUSED,		/* nothing: Source Quench (MUST-55) among it */
	TC_ICMP_SOFT,
	TC_ICMP_HARD,
	TC_ICMP_TOO_BIG,	/* smaller segments, RFC 1191, RFC 8201 */
};

struct tc_icmp_row {
	uint8_t family, type, code;
	enum tc_icmp_class class;
	const char *name;	/* as scripts write the code; NULL: by number only */
	const char *also;	/* the other family's name for it, or NULL */
	const char *note;	/* "ICMP: port unreachable" */
	const char *words;	/* "port unreachable" */
};

/* NULL: no error that an RFC knows. */
const struct tc_icmp_row *tc_icmp_find(uint8_t family, uint8_t type, uint8_t code);

/* The next row of this type after `row` (NULL: the first), or NULL. */
const struct tc_icmp_row *tc_icmp_next(uint8_t family, uint8_t type, const struct tc_icmp_row *row);

/* The row of this name, or of the other family's for the same; NULL: there is none. */
const struct tc_icmp_row *tc_icmp_named(uint8_t family, const char *name);

/* For people: the row's words, else the type's name, else "error". Never NULL. */
const char *tc_icmp_words(uint8_t family, uint8_t type, uint8_t code);

/* Append "port unreachable (type 3 code 3)". */
void tc_icmp_put(struct tc_buf *out, uint8_t family, uint8_t type, uint8_t code);

/* An error carries the header of the datagram that provoked it (RFC 792); what is not an error
 * carries none. */
bool tc_icmp_quotes(uint8_t family, uint8_t type);

bool tc_icmp_is_too_big(uint8_t family, uint8_t type, uint8_t code);

/* The way to the peer is shut, whatever the code says; not a datagram that was too big. */
bool tc_icmp_is_unreachable(uint8_t family, uint8_t type, uint8_t code);

/* Add the layers of an error; `mtu` is said by those that have a place for it. What is quoted
 * comes behind. Negative errno. */
int tc_icmp_push(struct tc_packet *p, uint8_t family, uint8_t type, uint8_t code, uint32_t mtu,
		 struct tc_error *err);

/* The same for an echo request of IPv4 (RFC 792); its data comes behind. */
int tc_icmp_push_echo(struct tc_packet *p, uint8_t code, uint16_t ident, uint16_t number,
		      struct tc_error *err);

/* Is it an echo reply of IPv4? Then *ident says to which requests. */
bool tc_icmp_is_echo_reply(const struct tc_rx *rx, uint16_t *ident);

#endif
