/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses as the kernel takes them; see sockaddr.h. */
#include "sockaddr.h"

#include <netinet/in.h>
#include <string.h>

socklen_t tc_sockaddr(struct sockaddr_storage *at, const struct tc_addr *a, uint16_t port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port),
				    .sin6_scope_id = a->scope };
	bool six = a->family == 6;
	socklen_t n = six ? sizeof in6 : sizeof in;

	memcpy(&in.sin_addr, a->bytes, sizeof in.sin_addr);
	memcpy(&in6.sin6_addr, a->bytes, sizeof in6.sin6_addr);
	memcpy(at, six ? (const void *)&in6 : (const void *)&in, n);
	return n;
}
