/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hand on the sockets of a script: a child process that makes its calls, one in a thread,
 * so several may block at a time. What becomes of a call is for who opens the hand: a system
 * call of this kernel (local.h), or a line to a device (dut/remote.h). It ends with us.
 *
 * One thread.
 */
#ifndef SYSCALLS_HAND_H
#define SYSCALLS_HAND_H

#include <tcpcraft/clock.h>
#include <tcpcraft/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct tc_hand;

#define TC_HAND_CALLS 8		/* at a time */
#define TC_HAND_BYTES ((size_t)1 << 20)	/* room for what a call reads and writes */
#define TC_HAND_INFO 512

/* Numbers of calls beside SYS_…. */
enum {
	TC_HAND_SHELL = -1,	/* runs bytes[] in sh -c */
	/* Writes struct tcp_info of the socket arg[0] to bytes, what SO_MEMINFO says behind it,
	 * each in TC_HAND_INFO bytes, with zeros behind what this kernel has. */
	TC_HAND_STATE = -2,
	TC_HAND_ABORT = -3,	/* ABORT of RFC 9293 3.9.1.5, of the socket arg[0] */
	TC_HAND_STATUS = -4,	/* STATUS, 3.9.1.6: TCP_ESTABLISHED … of the socket arg[0] */
	TC_HAND_LEAVE = -5,	/* of a far hand: no socket is left there */
};

struct tc_hand_call {		/* in memory that the child has at the same address */
	long number;		/* SYS_…, or one of those above */
	long arg[6];		/* pointers point into bytes */
	long result;		/* as of syscall(2); the exit code of a shell, 128 + its signal */
	int error;		/* errno when result is -1 */
	struct tc_error fault;	/* its code is not 0: there is no result, and why */
	tc_time began, ended;	/* CLOCK_REALTIME, as capture stamps are */
	tc_time waited;		/* of that, for a processor that others had; 0 if not known */
	uint8_t *bytes;		/* TC_HAND_BYTES of them */
};

struct tc_hand_ops {		/* in the child */
	int (*begin)(void *ctx, struct tc_error *err);	/* one thread yet */
	int (*ready)(void *ctx, struct tc_error *err);	/* … and behind it; may be NULL */
	void (*make)(void *ctx, struct tc_hand_call *c);	/* in one of its threads */
	/* When it is closed: leave nothing behind, within 2 s. NULL: it is killed at once. */
	void (*end)(void *ctx);
	/* Calls go over a wire: how late one ends says nothing, nor does how long it takes. */
	bool far;
	bool urgent;		/* its threads go before others (host/realtime.h) */
};

/* Start it, and wait until it has begun; then until it is ready. What it says is ours. */
int tc_hand_open(struct tc_hand **h, const struct tc_hand_ops *ops, void *ctx,
		 struct tc_error *err);
int tc_hand_ready(struct tc_hand *h, struct tc_error *err);

/* Ends the child and every call. NULL is allowed. */
void tc_hand_close(struct tc_hand *h);

pid_t tc_hand_pid(const struct tc_hand *h);
bool tc_hand_is_far(const struct tc_hand *h);

/* A call that is not in use, zeroed but for bytes; NULL when all are. It is in use until
 * tc_hand_release. */
struct tc_hand_call *tc_hand_new(struct tc_hand *h);
void tc_hand_release(struct tc_hand *h, struct tc_hand_call *c);

/* Make it. Its result is there when tc_hand_next has returned it. */
int tc_hand_start(struct tc_hand *h, struct tc_hand_call *c, struct tc_error *err);

/* Readable when tc_hand_next has something to say. */
int tc_hand_fd(const struct tc_hand *h);

/* The next call that has ended; NULL with err->code 0: none yet. With `until` (monotonic)
 * it waits for one until then, or until stop_fd (-1: none) is readable: -ECANCELED in *err.
 * -ECHILD: the child is gone. */
struct tc_hand_call *tc_hand_next(struct tc_hand *h, tc_time until, int stop_fd,
				  struct tc_error *err);

#endif
