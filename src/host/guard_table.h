/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guard as a table of nf_tables that is its owner's (Linux 5.12): when the netlink socket
 * that made it is closed, and so when the process that has it ends in whatever way, the kernel
 * removes it. Its one rule drops what the peer sends to our ports before the kernel's filters
 * or a socket see it, so that there is nothing to reject or reset; packet sockets have by then.
 * It is in the way of what is for this host alone: what a gateway forwards never comes there, nor
 * what its NAT has turned back to another host. Conntrack, which comes before, follows
 * connections of which it sees both directions.
 */
#ifndef HOST_GUARD_TABLE_H
#define HOST_GUARD_TABLE_H

#include <stdint.h>

#include <tcpcraft/guard.h>

#define TC_GUARD_TABLE_NAME 256

struct tc_guard_table {
	int fd;			/* the netlink socket; the table is there until it is closed */
	uint8_t family;		/* NFPROTO_IPV4 or NFPROTO_IPV6 */
	char name[TC_GUARD_TABLE_NAME];
};

/* For one peer, our addresses of its family and our ports: -EINVAL without. Else the kernel's
 * negative errno, such as -EPERM, or -EOPNOTSUPP where it has no such tables. */
int tc_guard_table_open(struct tc_guard_table *t, const struct tc_guard_spec *spec);

/* In a child (tc_guard_child_fork): keep the table as `rst-guard hold` keeps its rule, and by the
 * same lines. ctx: the table. It takes no lock and no memory: other threads of ours may have been
 * anywhere. */
void tc_guard_table_keep(void *ctx, int talk);

#endif
