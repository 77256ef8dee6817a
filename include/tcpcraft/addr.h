/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An address of either family, as a value: 24 bytes, no memory of its own. Two addresses
 * that are the same have the same bytes throughout, so that they may be compared and hashed
 * whole. Thread-safe; only the names of interfaces ask the system.
 *
 *	struct tc_addr a;
 *	if (tc_addr_parse(&a, "fe80::1%eth0", &err) == 0)
 *		puts(tc_addr_string(&a, (char[TC_ADDR_STRING]){ 0 }));
 */
#ifndef TCPCRAFT_ADDR_H
#define TCPCRAFT_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct tc_error;

struct tc_addr {
	uint8_t family;		/* 4 or 6; 0: none */
	uint8_t zero[3];
	uint32_t scope;		/* IPv6: index of the interface, 0 = none (RFC 4007) */
	uint8_t bytes[16];	/* network order; of IPv4 the first four, the rest is zero */
};

/* Room for the longest texts and their NUL: with a name of an interface (15 letters), and
 * with brackets and a port besides. */
#define TC_ADDR_STRING sizeof "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%eth4567890abcde"
#define TC_ADDR_PORT_STRING (TC_ADDR_STRING + sizeof "[]:65535" - 1)

/*
 * Read an address, the whole text: any form of inet_aton(3) for IPv4 ("127.1",
 * "0x7f000001"), any of RFC 4291 2.2 for IPv6, also in brackets, with a scope as the name or
 * number of an interface (RFC 4007 11: "fe80::1%eth0", "fe80::1%3"). No names of hosts.
 * -EINVAL: no address; -ENODEV: there is no interface of this name. *a is then untouched.
 */
int tc_addr_parse(struct tc_addr *a, const char *text, struct tc_error *err);

/*
 * Read an address with or without a port: "10.0.0.1:80", "[::1]:80", "[::1]", "::1". *port
 * is left alone when there is none (an IPv6 address without brackets has none). -EINVAL also
 * for a port that is not a number of 0 to 65535.
 */
int tc_addr_parse_port(struct tc_addr *a, uint16_t *port, const char *text,
		       struct tc_error *err);

/* Write it as RFC 5952 says, dotted for IPv4 and behind ::ffff:0:0/96, with the scope's
 * name, or its number where the interface is gone; "-" for none. They return text. */
const char *tc_addr_string(const struct tc_addr *a, char text[TC_ADDR_STRING]);
const char *tc_addr_port_string(const struct tc_addr *a, uint16_t port,
				char text[TC_ADDR_PORT_STRING]);

/* From and to numbers in host order (10.0.0.1 is 0x0a000001). tc_addr_v4 of what is not IPv4
 * and not mapped (tc_addr_is_mapped) is 0. */
static inline struct tc_addr tc_addr_from_v4(uint32_t addr)
{
	return (struct tc_addr){ .family = 4, .bytes = {
		(uint8_t)(addr >> 24), (uint8_t)(addr >> 16), (uint8_t)(addr >> 8),
		(uint8_t)addr } };
}

struct tc_addr tc_addr_from_v6(const uint8_t bytes[16]);
uint32_t tc_addr_v4(const struct tc_addr *a);

/* None: of no family. */
static inline bool tc_addr_is_none(const struct tc_addr *a)
{
	return a->family == 0;
}

/* Do the first `bits` of both, of one family, agree? (Up to 32 or 128.) */
bool tc_addr_same_net(const struct tc_addr *a, const struct tc_addr *b, unsigned bits);

/* The address n further on; false, and *a untouched, where there is none. */
bool tc_addr_add(struct tc_addr *a, uint32_t n);

/* An order: by family, bytes, scope. Negative, 0, positive. */
int tc_addr_compare(const struct tc_addr *a, const struct tc_addr *b);

/* In three words: the compiler makes them of the memcmp. */
static inline bool tc_addr_equal(const struct tc_addr *a, const struct tc_addr *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

/* For tables: spread over all 32 bits, the same for equal addresses in every run. Not for
 * keys that an enemy may choose; mix a secret into `seed` there. */
uint32_t tc_addr_hash(const struct tc_addr *a, uint32_t seed);

/* What it is for. An IPv4 address mapped into IPv6 is asked about as IPv4 but for
 * tc_addr_is_mapped. */
bool tc_addr_is_unspecified(const struct tc_addr *a);	/* 0.0.0.0, :: */
bool tc_addr_is_loopback(const struct tc_addr *a);	/* 127.0.0.0/8, ::1 */
bool tc_addr_is_private(const struct tc_addr *a);	/* RFC 1918; ULA, fc00::/7 (RFC 4193) */
bool tc_addr_is_link_local(const struct tc_addr *a);	/* 169.254.0.0/16, fe80::/10 */
bool tc_addr_is_multicast(const struct tc_addr *a);	/* 224.0.0.0/4, ff00::/8 */
bool tc_addr_is_documentation(const struct tc_addr *a);	/* RFC 5737, RFC 3849, RFC 9637 */
bool tc_addr_is_mapped(const struct tc_addr *a);	/* ::ffff:0:0/96 (RFC 4291 2.5.5.2) */

#endif
