/* SPDX-License-Identifier: BSD-2-Clause */
/* What this host's kernel has on a port of its own: who listens, and how full his queue is.
 * tc_session_backlog asks. */
#ifndef TCPCRAFT_BACKLOG_H
#define TCPCRAFT_BACKLOG_H

#include <stdbool.h>
#include <stdint.h>

struct tc_backlog {
	bool known;		/* the kernel told */
	unsigned sockets;	/* that listen there; of the one with least room in its queue: */
	uint32_t waiting;	/* connections that nobody has accepted yet */
	uint32_t most;		/* as listen(2) was asked, at most net.core.somaxconn */
};

/* Linux drops each SYN while more connections wait than listen(2) was asked for. */
bool tc_backlog_is_full(const struct tc_backlog *l);

#endif
