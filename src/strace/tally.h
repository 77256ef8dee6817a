/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts of a connection, for weave.c. Not for others. */
#ifndef STRACE_TALLY_H
#define STRACE_TALLY_H

#include "weave.h"

/* What each end of a connection has done up to here. */
struct tally {
	uint16_t our_port, peer_port;
	unsigned connection;
	uint32_t sent, received;	/* bytes that the wire carried: ours, the peer's */
	uint32_t read, written;		/* bytes of the calls */
	bool our_fin, our_reset, peer_reset;
	bool answered;			/* we sent more than a bare SYN */
	bool closed;			/* by a call … */
	int closed_by;			/* … of this process */
};

/* What a call does to a connection. */
enum role { ROLE_NONE, ROLE_READS, ROLE_WRITES, ROLE_CLOSES, ROLE_ACCEPTS, ROLE_CONNECTS };

enum role tc_syscall_role(const struct tc_syscall *c);

/* Is it one that waits for several descriptors (select, poll, epoll)? */
bool tc_syscall_waits(const char *name);

void tc_tally_segment(struct tally *t, const struct tc_weave_mark *m);
void tc_tally_call(struct tally *t, const struct tc_syscall *c);

/* With what the wire has shown up to here, the call cannot have ended yet. */
bool tc_tally_too_early(const struct tally *t, const struct tc_syscall *c);

/* The peer's segment m is one that only this call, not yet told, can have caused. */
bool tc_tally_is_cause(const struct tally *t, const struct tc_syscall *c,
		       const struct tc_weave_mark *m);

#endif
