/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses of either family; see tcpcraft/addr.h. */
#include "addr.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#define V4_BYTES 4
#define V6_BYTES 16
#define WORDS (V6_BYTES / 2)
#define LINK_LOCAL_MAX (sizeof "fe80::%" + 15)	/* 15 letters of a name (IFNAMSIZ) */
#define V6_TEXT_MAX (TC_ADDR_STRING + 2)	/* with brackets */

_Static_assert(sizeof(struct tc_addr) == 24, "addresses are passed about by value");

/* ---- reading ----------------------------------------------------------------------- */

static int no_address(const char *text, struct tc_error *err)
{
	return tc_fail(err, -EINVAL, "'%.80s' is not an address, such as 10.0.0.1, 2001:db8::1 "
		       "or fe80::1%%eth0", text);
}

/* The index of an interface by its name, 0: there is none. As the C library reads scopes;
 * all addresses of the link's own scope have them. */
static uint32_t scope_of_name(const char *name)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_family = AF_INET6 };
	char text[LINK_LOCAL_MAX];
	struct addrinfo *found;
	struct sockaddr_in6 in;

	if (snprintf(text, sizeof text, "fe80::%%%s", name) >= (int)sizeof text ||
	    getaddrinfo(text, NULL, &hints, &found) != 0)
		return 0;
	memcpy(&in, found->ai_addr, sizeof in);
	freeaddrinfo(found);
	return in.sin6_scope_id;
}

/* The other way round: %NAME, or %NUMBER where the interface is gone. */
static void print_scope(uint32_t scope, char *at)
{
	struct sockaddr_in6 in = { .sin6_family = AF_INET6, .sin6_scope_id = scope };
	char text[LINK_LOCAL_MAX];
	const char *zone;

	inet_pton(AF_INET6, "fe80::", &in.sin6_addr);
	zone = getnameinfo((struct sockaddr *)&in, sizeof in, text, sizeof text, NULL, 0,
			   NI_NUMERICHOST) == 0 ? strchr(text, '%') : NULL;
	if (zone)
		strcpy(at, zone);
	else
		sprintf(at, "%%%u", (unsigned)scope);
}

/* A name of an interface, or its number. */
static int read_scope(uint32_t *scope, const char *zone, const char *text,
		      struct tc_error *err)
{
	uint64_t number = 0;
	const char *at = zone;

	for (; *at >= '0' && *at <= '9' && number <= UINT32_MAX; at++)
		number = 10 * number + (uint64_t)(*at - '0');
	if (!*zone)
		return no_address(text, err);
	if (!*at && number && number <= UINT32_MAX) {
		*scope = (uint32_t)number;
		return 0;
	}
	*scope = scope_of_name(zone);
	if (*scope)
		return 0;
	return tc_fail(err, -ENODEV, "%.80s: there is no interface %.40s (ip link lists them)",
		       text, zone);
}

static int read_v6(struct tc_addr *a, const char *text, struct tc_error *err)
{
	struct tc_addr got = { .family = 6 };
	char copy[V6_TEXT_MAX], *at = copy, *zone;
	size_t n = strlen(text);
	int rc = 0;

	if (n >= sizeof copy)
		return no_address(text, err);
	memcpy(copy, text, n + 1);
	if (n > 2 && copy[0] == '[' && copy[n - 1] == ']') {
		copy[n - 1] = '\0';
		at++;
	}
	zone = strchr(at, '%');
	if (zone)
		*zone++ = '\0';
	if (inet_pton(AF_INET6, at, got.bytes) != 1)
		return no_address(text, err);
	if (zone)
		rc = read_scope(&got.scope, zone, text, err);
	if (rc == 0)
		*a = got;
	return rc;
}

int tc_addr_parse(struct tc_addr *a, const char *text, struct tc_error *err)
{
	uint32_t v4;

	if (strchr(text, ':'))
		return read_v6(a, text, err);
	if (!tc_addr_read(&v4, text))
		return no_address(text, err);
	*a = tc_addr_from_v4(v4);
	return 0;
}

static bool read_port(uint16_t *port, const char *text)
{
	uint32_t v = 0;

	if (!*text)
		return false;
	for (; *text >= '0' && *text <= '9' && v <= UINT16_MAX; text++)
		v = 10 * v + (uint32_t)(*text - '0');
	if (*text || v > UINT16_MAX)
		return false;
	*port = (uint16_t)v;
	return true;
}

int tc_addr_parse_port(struct tc_addr *a, uint16_t *port, const char *text,
		       struct tc_error *err)
{
	const char *colon = strrchr(text, ':');
	bool has_port = colon && (text[0] == '[' ? colon > text && colon[-1] == ']'
						 : strchr(text, ':') == colon);
	char host[V6_TEXT_MAX];
	uint16_t got;
	int rc;

	if (!has_port)
		return tc_addr_parse(a, text, err);
	if ((size_t)(colon - text) >= sizeof host)
		return no_address(text, err);
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	if (!read_port(&got, colon + 1))
		return tc_fail(err, -EINVAL, "%.80s: a port is a number of 0 to 65535", text);
	rc = tc_addr_parse(a, host, err);
	if (rc == 0)
		*port = got;
	return rc;
}

/* ---- writing ----------------------------------------------------------------------- */

/* The longest run of zero words, the first of several; one alone is none (RFC 5952 4.2). */
static void find_run(const uint8_t *bytes, unsigned words, unsigned *from, unsigned *to)
{
	*from = *to = words;
	for (unsigned i = 0, k; i < words; i = k + 1) {
		for (k = i; k < words && tc_get16(bytes + 2 * k) == 0; k++)
			;
		if (k - i > 1 && k - i > *to - *from) {
			*from = i;
			*to = k;
		}
	}
}

static void print_v6(const struct tc_addr *a, char *text)
{
	bool mapped = tc_addr_is_mapped(a);	/* RFC 5952 5 */
	unsigned words = mapped ? WORDS - 2 : WORDS, from, to;
	char *at = text;

	find_run(a->bytes, words, &from, &to);
	for (unsigned i = 0; i < words; i++) {
		if (i == from) {
			at += sprintf(at, "::");
			i = to - 1;
			continue;
		}
		at += sprintf(at, "%s%x", i && i != to ? ":" : "",
			      (unsigned)tc_get16(a->bytes + 2 * i));
	}
	if (mapped)
		at += sprintf(at, ":%s", TC_ADDR(tc_addr_v4(a)));
	if (a->scope)
		print_scope(a->scope, at);
}

const char *tc_addr_string(const struct tc_addr *a, char text[TC_ADDR_STRING])
{
	if (a->family == 4)
		tc_addr_text(tc_addr_v4(a), text);
	else if (a->family == 6)
		print_v6(a, text);
	else
		memcpy(text, "-", 2);
	return text;
}

const char *tc_addr_port_string(const struct tc_addr *a, uint16_t port,
				char text[TC_ADDR_PORT_STRING])
{
	char host[TC_ADDR_STRING];

	if (a->family == 4)	/* captures have millions of them */
		return tc_end_text(tc_addr_v4(a), port, text);
	tc_addr_string(a, host);
	snprintf(text, TC_ADDR_PORT_STRING, a->family == 6 ? "[%s]:%u" : "%s:%u", host, port);
	return text;
}

/* ---- from, to, order --------------------------------------------------------------- */

struct tc_addr tc_addr_from_v6(const uint8_t bytes[16])
{
	struct tc_addr a = { .family = 6 };

	memcpy(a.bytes, bytes, V6_BYTES);
	return a;
}

uint32_t tc_addr_v4(const struct tc_addr *a)
{
	if (a->family == 4)
		return tc_get32(a->bytes);
	return tc_addr_is_mapped(a) ? tc_get32(a->bytes + V6_BYTES - V4_BYTES) : 0;
}

int tc_addr_compare(const struct tc_addr *a, const struct tc_addr *b)
{
	int order;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	order = memcmp(a->bytes, b->bytes, V6_BYTES);
	if (order || a->scope == b->scope)
		return order;
	return a->scope < b->scope ? -1 : 1;
}

/* Words are mixed by the multiply and shift of MurmurHash3's finish. */
uint32_t tc_addr_hash(const struct tc_addr *a, uint32_t seed)
{
	uint32_t h = seed ^ a->family ^ a->scope;

	for (unsigned i = 0; i < V6_BYTES; i += 4) {
		h ^= tc_get32(a->bytes + i);
		h = (h ^ h >> 16) * 0x85ebca6bu;
		h = (h ^ h >> 13) * 0xc2b2ae35u;
		h ^= h >> 16;
	}
	return h;
}

/* ---- what it is for ---------------------------------------------------------------- */

struct net {
	uint8_t bits;
	uint8_t bytes[6];
};

static bool matches(const uint8_t *bytes, const struct net *net)
{
	unsigned whole = net->bits / 8, rest = net->bits % 8;

	if (memcmp(bytes, net->bytes, whole) != 0)
		return false;
	return !rest || (bytes[whole] ^ net->bytes[whole]) >> (8 - rest) == 0;
}

/* Is it in one of the networks of its family? Lists end with 0 bits. */
static bool in_nets(const struct tc_addr *a, const struct net *v4, const struct net *v6)
{
	bool is_v4 = a->family == 4 || tc_addr_is_mapped(a);
	const uint8_t *bytes = a->family == 4 || !is_v4 ? a->bytes
							: a->bytes + V6_BYTES - V4_BYTES;

	if (a->family == 0)
		return false;
	for (const struct net *net = is_v4 ? v4 : v6; net->bits; net++)
		if (matches(bytes, net))
			return true;
	return false;
}

#define NETS(...) (const struct net[]){ __VA_ARGS__, { 0 } }

bool tc_addr_is_mapped(const struct tc_addr *a)
{
	static const uint8_t prefix[12] = { [10] = 0xff, 0xff };

	return a->family == 6 && memcmp(a->bytes, prefix, sizeof prefix) == 0;
}

bool tc_addr_is_unspecified(const struct tc_addr *a)
{
	static const uint8_t none[V6_BYTES];

	return a->family && (memcmp(a->bytes, none, V6_BYTES) == 0 ||
			     (tc_addr_is_mapped(a) && tc_addr_v4(a) == 0));
}

bool tc_addr_is_loopback(const struct tc_addr *a)
{
	static const uint8_t one[V6_BYTES] = { [V6_BYTES - 1] = 1 };

	if (a->family == 6 && !tc_addr_is_mapped(a))
		return memcmp(a->bytes, one, V6_BYTES) == 0;
	return in_nets(a, NETS({ 8, { 127 } }), NETS({ 0 }));
}

bool tc_addr_is_private(const struct tc_addr *a)
{
	return in_nets(a, NETS({ 8, { 10 } }, { 12, { 172, 16 } }, { 16, { 192, 168 } }),
		       NETS({ 7, { 0xfc } }));
}

bool tc_addr_is_link_local(const struct tc_addr *a)
{
	return in_nets(a, NETS({ 16, { 169, 254 } }), NETS({ 10, { 0xfe, 0x80 } }));
}

bool tc_addr_is_multicast(const struct tc_addr *a)
{
	return in_nets(a, NETS({ 4, { 224 } }), NETS({ 8, { 0xff } }));
}

bool tc_addr_is_documentation(const struct tc_addr *a)
{
	return in_nets(a, NETS({ 24, { 192, 0, 2 } }, { 24, { 198, 51, 100 } },
			       { 24, { 203, 0, 113 } }),
		       NETS({ 32, { 0x20, 0x01, 0x0d, 0xb8 } }, { 20, { 0x3f, 0xff, 0 } }));
}

static unsigned width(const struct tc_addr *a)
{
	return a->family == 6 ? 16 : 4;
}

bool tc_addr_same_net(const struct tc_addr *a, const struct tc_addr *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (a->family != b->family || memcmp(a->bytes, b->bytes, whole) != 0)
		return false;
	return !rest || (a->bytes[whole] ^ b->bytes[whole]) >> (8 - rest) == 0;
}

bool tc_addr_is_first(const struct tc_addr *a, unsigned bits)
{
	for (unsigned i = bits; i < 8 * width(a); i++)
		if (a->bytes[i / 8] >> (7 - i % 8) & 1)
			return false;
	return true;
}

bool tc_addr_add(struct tc_addr *a, uint32_t n)
{
	struct tc_addr sum = *a;
	uint64_t carry = n;

	for (unsigned i = width(a); i-- > 0 && carry; carry >>= 8) {
		carry += sum.bytes[i];
		sum.bytes[i] = (uint8_t)carry;
	}
	if (carry)
		return false;
	*a = sum;
	return true;
}
