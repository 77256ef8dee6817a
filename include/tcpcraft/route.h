/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way to a destination: route, interface, source address, MTU and next hop from
 * rtnetlink (libmnl); the next hop's hardware address from the kernel's table or by an
 * ARP request of our own. Nothing is cached and nothing of the host is changed.
 */
#ifndef TCPCRAFT_ROUTE_H
#define TCPCRAFT_ROUTE_H

#include <tcpcraft/clock.h>
#include <tcpcraft/path.h>

#include <stdbool.h>
#include <stdint.h>

struct tc_error;

/*
 * Ask the kernel. src 0: let it choose; ifname NULL: any. A src that no interface owns is
 * allowed (src_is_ours tells). -ENETUNREACH "no route to 10.9.9.9: …", -ENODEV "no such
 * interface: eth7 (there are: lo, eth0)", -ENETDOWN when the interface is down.
 */
int tc_path_find(struct tc_path *path, uint32_t dst, uint32_t src, const char *ifname,
		 struct tc_error *err);

/* Fill next_mac (no-op unless ethernet): the kernel's neighbour table when the entry is
 * usable, else ARP requests from path->src until `timeout` ns passed. -EHOSTUNREACH
 * "10.0.0.9 does not answer ARP on veth0". */
int tc_path_resolve(struct tc_path *path, tc_time timeout, struct tc_error *err);

/*
 * HOST as people write it: a name (resolver) or anything inet_aton takes ("0", "127.1").
 * 0 is 127.0.0.1, as for connect(2). Host order. -ENOENT "unknown host 'x': …".
 * `numeric_only`: never ask the resolver (-EINVAL). tc_port_parse: 1..65535 or a service
 * name of tcp; -EINVAL.
 */
int tc_host_parse(uint32_t *addr, const char *text, bool numeric_only, struct tc_error *err);
int tc_port_parse(uint16_t *port, const char *text, struct tc_error *err);

/* True for targets that need no --authorized: this host (any address of its own),
 * RFC 1918, 6598, 3927, 5737 and 2544 ranges. */
bool tc_path_is_free_target(const struct tc_path *path);

#endif
