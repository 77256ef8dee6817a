/* SPDX-License-Identifier: BSD-2-Clause */
/* The way to a destination: interface, addresses, next hop. Found by tcpcraft/route.h. */
#ifndef TCPCRAFT_PATH_H
#define TCPCRAFT_PATH_H

#include <tcpcraft/addr.h>
#include <tcpcraft/vlan.h>

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

struct tc_path {		/* addresses without a scope: ifindex says it */
	struct tc_addr dst;	/* none: many, of either family */
	struct tc_addr src;	/* none: any of ours */
	struct tc_addr gateway;	/* none: dst is on the link */
	int ifindex;
	char ifname[IF_NAMESIZE];
	unsigned mtu;		/* bytes of IP: the route's, else the interface's */
	uint16_t advmss;	/* the MSS that the route wants announced; 0: none named */
	bool local;		/* dst is an address of this host: goes over lo */
	bool many;		/* dst is a broadcast or multicast address */
	bool ethernet;		/* the interface has Ethernet headers and a MAC; false on lo */
	bool src_is_ours;	/* some interface of this host owns src */
	uint8_t mac[6];		/* the interface's own, when ethernet */
	uint8_t next_mac[6];	/* of dst or gateway, when ethernet; see tc_path_resolve */
	bool resolved;		/* next_mac is known */
	struct tc_vlan vlan;	/* the tags of all frames, which is when the kernel knows nothing
				 * of the network: neither addresses nor routes */
};

#endif
