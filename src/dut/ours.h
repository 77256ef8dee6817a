/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sockets of our own TCP (src/tcp, by the driver of conn/), for a server of the protocol: a
 * machine under test without a kernel. One listener at a time; urgent data is sent, and received
 * in line alone; most options are -EOPNOTSUPP. One thread.
 */
#ifndef DUT_OURS_H
#define DUT_OURS_H

#include "machine.h"

#include <sys/types.h>

struct tc_error;
struct tc_ours;
struct tc_personality;
struct tc_stack;

/* ours.c: at this address of the stack, both borrowed until tc_ours_free. NULL: no memory. */
struct tc_ours *tc_ours_new(struct tc_stack *stack, const struct tc_addr *addr);
void tc_ours_free(struct tc_ours *o);		/* its connections are reset. NULL is allowed */

extern const struct tc_dut_machine tc_dut_ours;	/* ctx is a struct tc_ours */

/* Where it is: an address that no host has, in the network of an interface here, and the one
 * peer that it speaks to. */
struct tc_ours_place {
	struct tc_addr addr, peer;
	uint8_t mac[6];			/* the address's */
	const char *ifname;
	/* What our TCP is like, as of struct tc_session_config. May be NULL. */
	int (*tune)(void *ctx, struct tc_personality *p, struct tc_error *err);
	void *tune_ctx;
};

/* ours_way.c: a process of ours is there, and serves requests on *fd until that is closed: its
 * number, which leads a group. What the session says where it is none. */
pid_t tc_ours_start(const struct tc_ours_place *at, int *fd, struct tc_error *err);

#endif
