/* SPDX-License-Identifier: BSD-2-Clause */
/* What this host's kernel has on a port of its own: who listens, and how full his queue is.
 * tc_session_listener asks. */
#ifndef TCPCRAFT_LISTENER_H
#define TCPCRAFT_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

struct tc_listener {
	bool known;		/* the kernel told */
	unsigned sockets;	/* that listen there; of the one with least room in its queue: */
	uint32_t waiting;	/* connections that nobody has accepted yet */
	uint32_t most;		/* as listen(2) was asked, at most net.core.somaxconn */
};

/* Linux drops each SYN while more connections wait than listen(2) was asked for. */
bool tc_listener_is_full(const struct tc_listener *l);

#endif
