/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's list of this host's TCP sockets (sock_diag(7)), as far as it tells without
 * privilege. */
#ifndef HOST_SOCKET_LIST_H
#define HOST_SOCKET_LIST_H

#include "nl.h"

#include <linux/inet_diag.h>

#include <stdbool.h>

/* Call cb for each socket of the family (AF_INET, AF_INET6) in one of these states, a bit each
 * as the kernel numbers them. s: of tc_nl_open and NETLINK_SOCK_DIAG; NULL: one for this question.
 * 0, or the kernel's negative errno. */
int tc_socket_list(struct mnl_socket *s, uint8_t family, uint32_t states, mnl_cb_t cb, void *data);

/* What cb is given: the socket, or NULL where the message is none. */
const struct inet_diag_msg *tc_socket_listed(const struct nlmsghdr *nlh);

/* Does the socket's local address cover this one? One of IPv6 on :: may be of both families, and
 * is taken for it. */
bool tc_socket_covers(const struct inet_diag_msg *m, const struct tc_addr *addr);

#endif
