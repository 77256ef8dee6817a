/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * This machine's kernel as the peer of a run, in networks of our own: a child process in a
 * network namespace makes system calls when it is told to, and a veth pair joins it to the
 * namespace that the calling process moves into. There we have an address that no kernel
 * owns (tcpcraft/neigh.h), so nobody but us answers, and no guard is needed. What is on the
 * wire is what the kernel's TCP sent: offloads are off. Everything ends with us.
 *
 * One thread; a call runs in a thread of the child, so several may block at a time.
 */
#ifndef SYSCALLS_LOCAL_H
#define SYSCALLS_LOCAL_H

#include <tcpcraft/addr.h>
#include <tcpcraft/clock.h>

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct tc_error;
struct tc_local;
struct tc_session_config;

struct tc_local_config {	/* zeros: the defaults */
	uint8_t family;		/* of both addresses; 0 = 4 */
	struct tc_addr addr;	/* the kernel's; none = 192.168.0.1, fd3d:fa7b:d17d::1 */
	struct tc_addr peer;	/* ours; none = 192.0.2.1, 2001:db8::1 */
	unsigned mtu;		/* of what the kernel sends; 0 = 1500 */
};

/*
 * Move into a new network, as tc_netns_enter does (there is no way back, and the process
 * must have one thread), and start the child in its own. The child's kernel has the
 * settings that matter to TCP at Linux' usual values, whatever the host's are, and reno as
 * its congestion control. -EINVAL when both ends have the same address, or addresses of two
 * families; -EAFNOSUPPORT: this kernel has no IPv6; errors of
 * tcpcraft/netns.h; nothing is left behind then but the namespace we are in.
 */
int tc_local_open(struct tc_local **l, const struct tc_local_config *cfg,
		  struct tc_error *err);

/* Ends the child and every call. NULL is allowed. */
void tc_local_close(struct tc_local *l);

/* Fill in what says how the child is reached: dst, source, its MAC, the interface. Ports
 * and the rest are the caller's. */
void tc_local_session(const struct tc_local *l, struct tc_session_config *cfg);

pid_t tc_local_pid(const struct tc_local *l);	/* of the child */
const struct tc_addr *tc_local_addr(const struct tc_local *l);	/* the kernel's */
const struct tc_addr *tc_local_peer(const struct tc_local *l);	/* ours */
unsigned tc_local_mtu(const struct tc_local *l);	/* of what the kernel sends */

#define TC_LOCAL_CALLS 8	/* at a time */
#define TC_LOCAL_BYTES ((size_t)1 << 20)	/* room for what a call reads and writes */
#define TC_LOCAL_SHELL (-1)	/* number of the call that runs bytes[] in sh -c */
/* … of the one that writes struct tcp_info of the socket arg[0] to bytes, what SO_MEMINFO says
 * behind it, each in so many bytes, with zeros behind what this kernel has. */
#define TC_LOCAL_STATE (-2)
#define TC_LOCAL_INFO 512

struct tc_local_call {		/* in memory that the child has at the same address */
	long number;		/* SYS_…, or TC_LOCAL_SHELL */
	long arg[6];		/* pointers point into bytes */
	long result;		/* as of syscall(2); the exit code of a shell, 128 + its signal */
	int error;		/* errno when result is -1 */
	tc_time began, ended;	/* CLOCK_REALTIME, as capture stamps are */
	tc_time waited;		/* of that, for a processor that others had; 0 if not known */
	uint8_t *bytes;		/* TC_LOCAL_BYTES of them */
};

/* A call that is not in use, zeroed but for bytes; NULL when all are. It is in use until
 * tc_local_release. */
struct tc_local_call *tc_local_new(struct tc_local *l);
void tc_local_release(struct tc_local *l, struct tc_local_call *c);

/* Make it. Its result is there when tc_local_next has returned it. */
int tc_local_start(struct tc_local *l, struct tc_local_call *c, struct tc_error *err);

/* Readable when tc_local_next has something to say. */
int tc_local_fd(const struct tc_local *l);

/* The next call that has ended; NULL with err->code 0: none yet. With `until` (monotonic)
 * it waits for one until then, or until stop_fd (-1: none) is readable: -ECANCELED in *err.
 * -ECHILD: the child is gone. */
struct tc_local_call *tc_local_next(struct tc_local *l, tc_time until, int stop_fd,
				    struct tc_error *err);

#endif
