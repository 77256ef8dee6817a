/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `strace -f -ttt -T -yy` writes, taken apart: a line, or the two halves of one, become
 * a system call with its time. Pure: bytes in, records out. What cannot be understood is
 * counted and left out. One thread per parser.
 */
#ifndef STRACE_READ_H
#define STRACE_READ_H

#include <tcpcraft/clock.h>

#include <stdbool.h>
#include <stddef.h>

struct tc_error;
struct tc_strace;

enum tc_syscall_kind {
	TC_SYSCALL_CALL,	/* "read(4, "hello", 512) = 5" */
	TC_SYSCALL_SIGNAL,	/* "--- SIGPIPE ---" */
	TC_SYSCALL_EXIT,	/* "+++ exited with 0 +++" */
};

#define TC_SYSCALL_TEXT 1024
#define TC_SYSCALL_SOCKETS 16

/* A TCP socket that a call named: -yy prints its ends. 0: not known (yet). */
struct tc_syscall_socket {
	uint16_t local, remote;	/* ports */
	bool is_result;		/* what the call returned: accept(2) */
};

struct tc_syscall {
	enum tc_syscall_kind kind;
	int pid;			/* 0: the line named none */
	tc_time entry;			/* CLOCK_REALTIME */
	tc_time duration;		/* -1: not known */
	char name[32];			/* of the call, the signal */
	char text[TC_SYSCALL_TEXT];	/* as strace wrote it, without what -yy added; printable */
	size_t args, args_len;		/* in text: between the parentheses */
	bool returned;			/* `value` is what it returned; else "= ?" */
	long long value;
	char error[24];			/* "ECONNRESET"; empty: none */
	unsigned n_sockets;
	struct tc_syscall_socket sockets[TC_SYSCALL_SOCKETS];
	uint16_t address_port;		/* of a struct sockaddr among the arguments, or 0 */
};

/* Borrowed for the call. */
typedef void tc_syscall_fn(void *ctx, const struct tc_syscall *call);

int tc_strace_open(struct tc_strace **s, struct tc_error *err);
void tc_strace_close(struct tc_strace *s);		/* NULL is allowed */

/* Bytes as they come, in pieces of any size. */
void tc_strace_feed(struct tc_strace *s, const uint8_t *bytes, size_t n, tc_syscall_fn *tell,
		    void *ctx);

/* No more will come: tell of the calls that never returned. */
void tc_strace_end(struct tc_strace *s, tc_syscall_fn *tell, void *ctx);

/* Lines that were neither a call nor a signal nor an exit. */
uint64_t tc_strace_odd(const struct tc_strace *s);

/* When the call is over: entry + duration. */
static inline tc_time tc_syscall_at(const struct tc_syscall *c)
{
	return c->entry + (c->duration > 0 ? c->duration : 0);
}

#endif
