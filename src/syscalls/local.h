/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * This machine's kernel as the peer of a run, in networks of our own: a hand (hand.h) in a
 * network namespace makes system calls when it is told to (or another TCP is there, and another
 * hand's make them), and a veth pair joins it to the
 * namespace that the calling process moves into. There we have an address that no kernel
 * owns (tcpcraft/neigh.h), so nobody but us answers, and no guard is needed. What is on the
 * wire is what the kernel's TCP sent: offloads are off. The calling thread and the hand's go
 * before other processes, if they may (host/realtime.h): the kernel's timers would not wait for
 * one that is late. Everything ends with us.
 *
 * One thread.
 */
#ifndef SYSCALLS_LOCAL_H
#define SYSCALLS_LOCAL_H

#include <tcpcraft/addr.h>
#include <tcpcraft/clock.h>

#include <stdbool.h>
#include <stdint.h>

struct tc_error;
struct tc_hand;
struct tc_hand_ops;
struct tc_local;
struct tc_session_config;

struct tc_local_config {	/* zeros: the defaults */
	uint8_t family;		/* of both addresses; 0 = 4 */
	struct tc_addr addr;	/* the kernel's; none = 192.168.0.1, fd3d:fa7b:d17d::1 */
	struct tc_addr peer;	/* ours; none = 192.0.2.1, 2001:db8::1 */
	unsigned mtu;		/* of what the kernel sends; 0 = 1500 */
	/* An answer does not depend on when it was asked for: the kernel delays no ACK, and sends
	 * each challenge ACK (RFC 5961), which it else holds back for half a second. */
	bool steady;
	/* Commands run, and files are opened, in the folder of this file; NULL: where we are. */
	const char *script;
	/* Who makes the calls there instead of the kernel, which then has another address of that
	 * network, so that addr is nobody's at first; NULL: the kernel. */
	const struct tc_hand_ops *other;
	void *other_ctx;
};

/* Where it is in its network: for `other`. addr and peer of cfg that are none are set. */
#define TC_LOCAL_IFNAME "tun0"		/* as packetdrill's, which scripts name */
int tc_local_defaults(struct tc_local_config *cfg, struct tc_error *err);
const uint8_t *tc_local_mac(const struct tc_local_config *cfg);

/*
 * Move into a new network, as tc_netns_enter does (there is no way back, and the process
 * must have one thread), and start the child in its own. The child's kernel has the
 * settings that matter to TCP at Linux' usual values, whatever the host's are, and reno as
 * its congestion control. -EINVAL when both ends have the same address, or addresses of two
 * families; -EAFNOSUPPORT: this kernel has no IPv6; errors of
 * host/netns.h; nothing is left behind then but the namespace we are in.
 */
int tc_local_open(struct tc_local **l, const struct tc_local_config *cfg,
		  struct tc_error *err);

/* Its hardware address, for the kernel of our side: asked for it would not answer, and a change of
 * our own makes that kernel forget it. */
int tc_local_introduce(const struct tc_local *l, struct tc_error *err);

/* Ends the child and every call. NULL is allowed. */
void tc_local_close(struct tc_local *l);

/* Fill in what says how the child is reached: dst, source, its MAC, the interface. Ports
 * and the rest are the caller's. */
void tc_local_session(const struct tc_local *l, struct tc_session_config *cfg);

struct tc_hand *tc_local_hand(const struct tc_local *l);	/* it makes its calls */
unsigned tc_local_mtu(const struct tc_local *l);	/* of what the kernel sends */

#endif
