/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions to the kernel over netlink: one request, its answers, by libmnl. */
#ifndef HOST_NL_H
#define HOST_NL_H

#include <libmnl/libmnl.h>
#include <tcpcraft/addr.h>

#include <stdint.h>

#define TC_NL_BUFFER 1024	/* room for any request we make */
#define TC_NL_ATTRS 64

struct tc_nl_attrs {
	const struct nlattr *at[TC_NL_ATTRS];	/* by type; NULL when absent */
};

/* Begin a request of this type and these NLM_F_… in buf: its message, which has `extra` bytes of
 * a header, zero, as its payload (mnl_nlmsg_get_payload). */
struct nlmsghdr *tc_nl_request(uint8_t buf[TC_NL_BUFFER], uint16_t type, uint16_t flags,
			       size_t extra);

/* Send nlh on a socket of `bus` (NETLINK_ROUTE …) and call cb for each answer, which may
 * come more than once. 0 or the kernel's negative errno. */
int tc_nl_query(int bus, struct nlmsghdr *nlh, mnl_cb_t cb, void *data);

/* The same on a socket that is kept, for a process that can open none later (mnl_socket_close
 * ends it). After an error there may be answers left in it, and it is of no use any more. */
int tc_nl_open(struct mnl_socket **out, int bus);
int tc_nl_query_on(struct mnl_socket *s, struct nlmsghdr *nlh, mnl_cb_t cb, void *data);

/* Attributes that follow `header` bytes of a message. */
void tc_nl_attrs(const struct nlmsghdr *nlh, size_t header, struct tc_nl_attrs *out);

/* An address of the family (AF_INET, AF_INET6) that the attribute's length says; none when
 * absent or of another length. And put one. */
struct tc_addr tc_nl_addr(const struct tc_nl_attrs *a, unsigned type);
void tc_nl_put_addr(struct nlmsghdr *nlh, uint16_t type, const struct tc_addr *addr);

/* AF_INET or AF_INET6, and the bits of an address. */
uint8_t tc_nl_family(const struct tc_addr *addr);
uint8_t tc_nl_bits(const struct tc_addr *addr);

/* A 32-bit attribute as it is; 0 when absent or short. */
uint32_t tc_nl_u32(const struct tc_nl_attrs *a, unsigned type);

#endif
