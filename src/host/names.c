/* SPDX-License-Identifier: BSD-2-Clause */
/* HOST and PORT as people write them. */
#include "base/addr.h"

#include <tcpcraft/error.h>
#include <tcpcraft/route.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#define SERVICE_BUFFER 1024

static bool take(struct tc_addr *addr, const struct addrinfo *ai)
{
	if (ai->ai_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, ai->ai_addr, sizeof in);
		*addr = tc_addr_from_v4(ntohl(in.sin_addr.s_addr));
		return true;
	}
	if (ai->ai_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, ai->ai_addr, sizeof in6);
		*addr = tc_addr_from_v6(in6.sin6_addr.s6_addr);
		addr->scope = in6.sin6_scope_id;
		return true;
	}
	return false;
}

/* The first of the list that is of this family. */
static bool first_of(struct tc_addr *addr, const struct addrinfo *list, uint8_t family)
{
	for (; list; list = list->ai_next)
		if (take(addr, list) && addr->family == family)
			return true;
	return false;
}

static bool has_route(const struct tc_addr *addr)
{
	struct tc_path path;

	return tc_path_find(&path, addr, NULL, NULL, NULL) >= 0;
}

/* Of a name with addresses of both families, the one to which there is a route; IPv4 if both. */
static void choose(struct tc_addr *addr, const struct addrinfo *list)
{
	struct tc_addr v6;
	bool has_v4 = first_of(addr, list, 4);

	if (first_of(&v6, list, 6) && (!has_v4 || (!has_route(addr) && has_route(&v6))))
		*addr = v6;
}

/* The name has no address of this family, or does not exist: the resolver's error (why) does not
 * tell which, so it is asked again without a family. */
static int none_of_family(const char *text, uint8_t family, int why, struct tc_error *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list;

	if (getaddrinfo(text, NULL, &hints, &list))
		return tc_fail(err, -TC_ERR_NO_HOST, "unknown host '%s': %s", text,
			       gai_strerror(why));
	freeaddrinfo(list);
	return tc_fail(err, -TC_ERR_NO_HOST, "'%s' has no IPv%u address, but one of IPv%u: ask "
		       "for that family, or give an address", text, family,
		       family == 6 ? 4 : 6);
}

static int resolve(struct tc_addr *addr, const char *text, uint8_t family,
		   struct tc_error *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list;
	int rc;

	if (family)
		hints.ai_family = family == 6 ? AF_INET6 : AF_INET;
	rc = getaddrinfo(text, NULL, &hints, &list);
	if (rc && family)
		return none_of_family(text, family, rc, err);
	if (rc)
		return tc_fail(err, -TC_ERR_NO_HOST, "unknown host '%s': %s", text,
			       gai_strerror(rc));
	choose(addr, list);
	freeaddrinfo(list);
	return 0;
}

/* A mapped address becomes IPv4's, an unspecified one loopback, as connect(2) takes them. */
static void settle(struct tc_addr *addr)
{
	static const uint8_t v6_loopback[16] = { [15] = 1 };

	if (tc_addr_is_mapped(addr))
		*addr = tc_addr_from_v4(tc_addr_v4(addr));
	if (tc_addr_is_unspecified(addr))
		*addr = addr->family == 6 ? tc_addr_from_v6(v6_loopback)
					  : tc_addr_from_v4(INADDR_LOOPBACK);
}

int tc_host_parse(struct tc_addr *addr, const char *text, uint8_t family, bool numeric_only,
		  struct tc_error *err)
{
	struct tc_addr a = { 0 };
	struct tc_error why;
	int rc;

	if (!*text)
		return tc_fail(err, -EINVAL, "the host is empty: give a name or an address");
	rc = tc_addr_parse(&a, text, &why);
	if (rc == -ENODEV)		/* an address, of an interface that is not there */
		return tc_fail(err, -ENODEV, "%s", why.msg);
	if (rc < 0 && (numeric_only || strchr(text, ':')))
		return tc_fail(err, -EINVAL, "%s", why.msg);
	if (rc < 0)
		rc = resolve(&a, text, family, err);
	if (rc < 0)
		return rc;
	settle(&a);
	if (family && a.family != family)
		return tc_fail(err, -EAFNOSUPPORT, "%s is an address of IPv%u, and IPv%u was "
			       "asked for", text, a.family, family);
	*addr = a;
	return 0;
}

int tc_port_parse(uint16_t *port, const char *text, struct tc_error *err)
{
	struct servent entry, *found = NULL;
	char buf[SERVICE_BUFFER];
	unsigned long v;
	char *end;

	if (isdigit((unsigned char)*text)) {
		v = strtoul(text, &end, text[0] == '0' && (text[1] | 0x20) == 'x' ? 16 : 10);
		if (*end)
			return tc_fail(err, -EINVAL, "port '%s' is not a number", text);
		if (v < 1 || v > UINT16_MAX)
			return tc_fail(err, -EINVAL, "port %s is not in 1..65535", text);
		*port = (uint16_t)v;
		return 0;
	}
	getservbyname_r(text, "tcp", &entry, buf, sizeof buf, &found);
	if (!found)
		return tc_fail(err, -EINVAL,
			       "port '%s' is neither a number in 1..65535 nor a TCP "
			       "service name",
			       text);
	*port = ntohs((uint16_t)found->s_port);
	return 0;
}
