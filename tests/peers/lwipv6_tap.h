/* SPDX-License-Identifier: BSD-2-Clause */
/* LWIPv6 at the other end of a tap that was made beforehand, for the programs here. */
#ifndef PEERS_LWIPV6_TAP_H
#define PEERS_LWIPV6_TAP_H

#include <lwipv6.h>

#include <arpa/inet.h>
#include <string.h>

/* Why it is not up, of these words. */
#define UP_FAILED "no interface %s of address %s/%s: it is a tap that is there, and nobody else's " \
		  "(ip tuntap add mode tap)"

/* argv[1] to [3] are the tap, its address and how many bits of that are the network's. */
static struct stack *up(char **argv)
{
	struct stack *stack = lwip_add_stack(0);
	struct netif *tap = stack ? lwip_add_tapif(stack, argv[1], 0) : NULL;
	unsigned bits = (unsigned)atoi(argv[3]);
	struct ip_addr addr, mask;
	uint8_t a[4];

	if (!tap || bits < 1 || bits > 32 || inet_pton(AF_INET, argv[2], a) != 1)
		return NULL;
	IP64_ADDR(&addr, a[0], a[1], a[2], a[3]);
	memset(&mask, 0xff, sizeof mask);
	mask.addr[3] = htonl(0xffffffffu << (32 - bits));
	if (lwip_add_addr(tap, &addr, &mask) < 0 || lwip_ifup(tap) < 0)
		return NULL;
	return stack;
}

#endif
