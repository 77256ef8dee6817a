/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Source ports of a run: one contiguous block, outside net.ipv4.ip_local_port_range so
 * that the kernel gives none of them to others meanwhile. Up to 64 ports are reserved by
 * bound sockets; larger blocks are checked against the kernel's tables (sock_diag), since
 * nothing may need a descriptor per connection.
 */
#ifndef HOST_PORTS_H
#define HOST_PORTS_H

#include <tcpcraft/addr.h>

#include <stdbool.h>
#include <stdint.h>

struct tc_error;
struct tc_ports;

/*
 * Reserve `count` ports on local address addr (none: on all, of both families; an address that
 * is not ours reserves nothing and cannot fail for being in use). first 0: chosen at random (kernel
 * randomness), tried at several places; else exactly first .. first+count-1.
 * -EADDRINUSE "source port 9999 is in use on 127.0.0.1 …: choose another with -g",
 * -ERANGE when the block passes 65535. On success *ports is the caller's, to be released.
 */
int tc_ports_reserve(struct tc_ports **ports, const struct tc_addr *addr, uint16_t first,
		     unsigned count, struct tc_error *err);

uint16_t tc_ports_first(const struct tc_ports *p);
unsigned tc_ports_count(const struct tc_ports *p);

/* Will nobody else get one of them meanwhile? Each is bound, or the kernel gives none of them to
 * a client by itself. */
bool tc_ports_are_ours(const struct tc_ports *p);

void tc_ports_release(struct tc_ports *p);	/* NULL is allowed */

#endif
