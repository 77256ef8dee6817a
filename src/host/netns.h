/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Network namespaces of one's own, and what stands in them: a process moves into a new
 * one, interfaces come up, a pair of virtual Ethernet interfaces joins two of them. All of
 * it ends with the last process inside. Nothing of the host is changed.
 *
 * Addresses are of either family. Failing calls set *err to one line.
 */
#ifndef HOST_NETNS_H
#define HOST_NETNS_H

#include <tcpcraft/addr.h>
#include <tcpcraft/clock.h>

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct tc_error;

/*
 * Move the calling process, which must have one thread only, into a new network namespace
 * and bring lo up there. Where it may not do that, into a user namespace as well, in which
 * it is root (user_namespaces(7)). There is no way back. -EPERM and others of unshare(2).
 */
int tc_netns_enter(struct tc_error *err);

/* The same, always with a user namespace. */
int tc_netns_enter_user(struct tc_error *err);

/* Bring an interface of this namespace up. */
int tc_netns_up(const char *ifname, struct tc_error *err);

/* It asks for no neighbour and answers nobody who does, as a tun device: what it sends is on the
 * wire at once, to whatever gateway a route names. What it knew of neighbours is forgotten. */
int tc_netns_unasked(const char *ifname, struct tc_error *err);

/* Wait until it can send (it is up and so is what it is joined to); -ETIMEDOUT when it is
 * not at `until` (monotonic). */
int tc_netns_running(const char *ifname, tc_time until, struct tc_error *err);

/* A veth pair (veth(4)): `here` in this namespace, `there` in that of process `pid`; both
 * are down. -EOPNOTSUPP where the kernel has none. */
int tc_netns_wire(const char *here, const char *there, pid_t pid, unsigned mtu,
		  struct tc_error *err);

/* Frames of this interface are what goes over a wire: no segments larger than the MTU, no
 * checksums left for hardware to finish. */
int tc_netns_plain(const char *ifname, struct tc_error *err);

/*
 * IPv6 of this namespace, of the interfaces that come from now on: on, where nothing is said
 * but what a run sends (no routers are looked for, no link-local addresses made, no address is
 * asked for before it is used), or off. -errno: this kernel has none.
 */
int tc_netns_ipv6(bool on);

/* One that is good at once (IPv6: without RFC 4862 5.4). */
int tc_netns_address(const char *ifname, const struct tc_addr *addr, unsigned bits,
		     struct tc_error *err);

/* An interface's MTU, 0 when it cannot be asked; and another one, or -errno. */
unsigned tc_netns_mtu(const char *ifname);
int tc_netns_set_mtu(const char *ifname, unsigned mtu);

/* mtu: of the packets that take this way, 0 = the interface's. quickack: no ACK is delayed.
 * A route that is there is replaced. */
int tc_netns_route(const char *ifname, const struct tc_addr *net, unsigned bits, unsigned mtu,
		   bool quickack, struct tc_error *err);

/* Give the route to a net that is there this MTU, and leave the rest of it as it is: 0, or
 * -errno (-ESRCH: there is none). */
int tc_netns_route_mtu(const struct tc_addr *net, unsigned bits, unsigned mtu);
int tc_netns_hwaddr(const char *ifname, const uint8_t mac[6], struct tc_error *err);
int tc_netns_neighbour(const char *ifname, const struct tc_addr *addr, const uint8_t mac[6],
		       struct tc_error *err);

/* Write a file below /proc/sys, "net/ipv4/tcp_sack"; 0 or -errno. */
int tc_netns_sysctl(const char *name, const char *value);

#endif
