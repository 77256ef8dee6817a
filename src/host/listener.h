/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions about who listens on this host, for a process that can open no socket later. */
#ifndef HOST_LISTENER_H
#define HOST_LISTENER_H

#include <tcpcraft/addr.h>
#include <tcpcraft/listener.h>

struct tc_listeners;

/* NULL: the kernel cannot be asked. Needs no privilege. */
struct tc_listeners *tc_listeners_open(void);
void tc_listeners_close(struct tc_listeners *ask);

/* About a port on an address of this host, in this network namespace. ask may be NULL: then
 * l->known is false. */
void tc_listeners_find(struct tc_listeners *ask, struct tc_listener *l,
		       const struct tc_addr *addr, uint16_t port);

#endif
