/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel says of an interface: its state, and the addresses it has. */
#ifndef HOST_INTERFACE_H
#define HOST_INTERFACE_H

#include <tcpcraft/addr.h>

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_error;
struct tc_path;

struct tc_interface {
	unsigned flags;		/* IFF_… */
	unsigned mtu;
	bool ethernet;
	bool carries;		/* it is said that it is up; nothing is said of some, as lo */
	uint8_t mac[6];
	char name[IF_NAMESIZE];
};

/* -ENODEV …, and -ENETDOWN when it is down. */
int tc_interface_ask(struct tc_interface *i, int ifindex, struct tc_error *err);

/* -ENODEV: there is no interface of this name, but these. */
int tc_interface_none(const char *ifname, struct tc_error *err);

/* -EINVAL: a is a link-local address (fe80::/10) and does not say of which (RFC 4007 6). */
int tc_interface_said(const struct tc_addr *a, struct tc_error *err);

/* The only interface that has a link-local address (but lo), 0: there is none, or several. */
uint32_t tc_interface_only_link(void);

/* -ENETUNREACH "WHATWHOM: IPv6 is switched off here …", for all interfaces or in a kernel that
 * knows none of it; 0 of any other family than 6. */
int tc_interface_check_family(uint8_t family, const char *what, const char *whom,
			      struct tc_error *err);

struct tc_interface_addr {
	struct tc_addr addr, net;	/* without scope; the second is of its network, of … */
	unsigned bits;
};

/* The first `most` addresses of the interface, of this family (0: of both): their number. */
int tc_interface_addrs(int ifindex, uint8_t family, struct tc_interface_addr *out, size_t most,
		       struct tc_error *err);

/* What an interface (0: any) says of an address that it was given. One of IPv6 is not good at once
 * (RFC 4862 5.4). */
enum tc_given {
	TC_GIVEN_NOT,		/* none has it; it cannot be asked */
	TC_GIVEN,
	TC_GIVEN_TENTATIVE,	/* it is not known yet whether another host of the link has it */
	TC_GIVEN_TAKEN,		/* one has */
};

enum tc_given tc_interface_given(const struct tc_addr *addr, int ifindex);

/* Does the kernel deliver to addr (of IPv6: on this interface; 0: on any) on this host? 1 or 0. For
 * one of IPv6 that an interface was given a moment ago it does so later: that is waited for, for
 * 5 s at most. -EADDRINUSE, -EADDRNOTAVAIL: TC_GIVEN_TAKEN, and TENTATIVE after that time; -EINTR. */
int tc_interface_owns(const struct tc_addr *addr, int ifindex, struct tc_error *err);

/* -EINVAL: p's ends are of different families. */
int tc_path_of_two_families(const struct tc_path *p, struct tc_error *err);

#endif
