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

static int resolve(uint32_t *addr, const char *text, struct tc_error *err)
{
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, *list;
	struct sockaddr_in sin;
	int rc = getaddrinfo(text, NULL, &hints, &list);

	if (rc)
		return tc_fail(err, -TC_ERR_NO_HOST, "unknown host '%s': %s", text,
			       gai_strerror(rc));
	memcpy(&sin, list->ai_addr, sizeof sin);
	freeaddrinfo(list);
	*addr = ntohl(sin.sin_addr.s_addr);
	return 0;
}

int tc_host_parse(uint32_t *addr, const char *text, bool numeric_only, struct tc_error *err)
{
	struct in6_addr in6;

	if (!*text)
		return tc_fail(err, -EINVAL,
			       "the host is empty: give a name or an IPv4 address");
	if (tc_addr_read(addr, text)) {
		if (*addr == INADDR_ANY)
			*addr = INADDR_LOOPBACK;
		return 0;
	}
	if (inet_pton(AF_INET6, text, &in6) == 1)
		return tc_fail(err, -EAFNOSUPPORT,
			       "IPv6 is not spoken yet: give an IPv4 address instead of "
			       "'%s'", text);
	if (numeric_only)
		return tc_fail(err, -EINVAL, "'%s' is not an IPv4 address (as 10.0.0.1)",
			       text);
	return resolve(addr, text, err);
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
