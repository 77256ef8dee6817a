/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way to a destination: route, interface, source address, MTU and next hop from
 * rtnetlink (libmnl); the next hop's hardware address from the kernel's table or by an
 * ARP request or neighbour solicitation of our own. Nothing is cached and nothing of the host is changed.
 */
#ifndef TCPCRAFT_ROUTE_H
#define TCPCRAFT_ROUTE_H

#include <tcpcraft/addr.h>
#include <tcpcraft/clock.h>
#include <tcpcraft/path.h>

#include <stdbool.h>
#include <stdint.h>

struct tc_error;

/*
 * Ask the kernel. src NULL or none: let it choose (RFC 6724); ifname NULL: any, or that of
 * dst's scope. A src that no interface owns is allowed (src_is_ours tells). -EINVAL: src is
 * of the other family, or a link-local dst is of no interface. -ENETUNREACH "no route to 10.9.9.9: …",
 * -ENODEV "no such interface: eth7 (there are: lo, eth0)", -ENETDOWN when the interface is down.
 * An end of IPv6 that an interface was given a moment ago is waited for, for 5 s at most (RFC 4862
 * 5.4; -EINTR). A src that is not good after that is refused: -EADDRINUSE, another host of the link
 * has it; -EADDRNOTAVAIL, whether one has is not known.
 */
int tc_path_find(struct tc_path *path, const struct tc_addr *dst, const struct tc_addr *src,
		 const char *ifname, struct tc_error *err);

/*
 * The same into a VLAN of an interface, of which the kernel knows nothing: dst is on the link,
 * src is ours if we answer for it, and none is that of the interface whose network dst is in
 * (-EADDRNOTAVAIL). ifname NULL: the interface of dst's scope, or of the route that frames
 * without a tag take. dst none: for a listener. -EINVAL: no Ethernet header (lo, tun), an MTU
 * that leaves too little, ends that are the same or of different families.
 */
int tc_path_find_vlan(struct tc_path *path, const struct tc_vlan *vlan, const struct tc_addr *dst,
		      const struct tc_addr *src, const char *ifname, struct tc_error *err);

/* The addresses of the path's interface, of this family (0: of both), `most` of them: their
 * number, -EADDRNOTAVAIL when it has none. */
int tc_path_device_addrs(const struct tc_path *path, uint8_t family, struct tc_addr *out,
			 unsigned most, struct tc_error *err);

/* Fill next_mac (no-op unless ethernet): the kernel's neighbour table when the entry is
 * usable (of a path into a VLAN it is not asked), else ARP requests or neighbour solicitations from path->src until `timeout` ns passed. -EHOSTUNREACH
 * "10.0.0.9 does not answer ARP on veth0". */
int tc_path_resolve(struct tc_path *path, tc_time timeout, struct tc_error *err);

/*
 * HOST as people write it: a name (resolver) or what tc_addr_parse takes ("0", "127.1",
 * "::1", "[fe80::1%eth0]"). 0 and :: are this host's loopback address, as for connect(2),
 * and an IPv4 address mapped into IPv6 is that IPv4 address. `family` 4 or 6: no other; 0:
 * of a name that has both the one with a route, IPv4 first. -TC_ERR_NO_HOST "unknown host
 * 'x': …", -EAFNOSUPPORT for an address of the other family.
 * `numeric_only`: never ask the resolver (-EINVAL). tc_port_parse: 1..65535 or a service
 * name of tcp; -EINVAL.
 */
int tc_host_parse(struct tc_addr *addr, const char *text, uint8_t family, bool numeric_only,
		  struct tc_error *err);
int tc_port_parse(uint16_t *port, const char *text, struct tc_error *err);

/* True for targets that need no --authorized: this host (any address of its own),
 * RFC 1918, 6598, 3927, 5737 and 2544 ranges; ::1, fc00::/7, fe80::/10, 2001:db8::/32 and
 * 3fff::/20. */
bool tc_path_is_free_target(const struct tc_path *path);

#endif
