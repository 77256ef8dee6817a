/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses as the kernel takes them; for rooms above. */
#ifndef HOST_SOCKADDR_H
#define HOST_SOCKADDR_H

#include <tcpcraft/addr.h>

#include <sys/socket.h>

/* A struct sockaddr_in6 of what is IPv6, else a struct sockaddr_in: its length. The port is in
 * host order. */
socklen_t tc_sockaddr(struct sockaddr_storage *at, const struct tc_addr *a, uint16_t port);

#endif
