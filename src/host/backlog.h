/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions about who listens on this host, for a process that can open no socket later. */
#ifndef HOST_BACKLOG_H
#define HOST_BACKLOG_H

#include <tcpcraft/addr.h>
#include <tcpcraft/backlog.h>

struct tc_backlogs;

/* NULL: the kernel cannot be asked. Needs no privilege. */
struct tc_backlogs *tc_backlogs_open(void);
void tc_backlogs_close(struct tc_backlogs *ask);

/* About a port on an address of this host, in this network namespace. ask may be NULL: then
 * l->known is false. */
void tc_backlogs_find(struct tc_backlogs *ask, struct tc_backlog *l,
		      const struct tc_addr *addr, uint16_t port);

#endif
