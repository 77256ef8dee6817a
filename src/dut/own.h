/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files share that make calls by lines: the machine at the other end. */
#ifndef DUT_OWN_H
#define DUT_OWN_H

#include "remote.h"

#include <pthread.h>
#include <stdatomic.h>

/* Each call has a thread, and several may be of one socket. */
struct dut_socket {
	atomic_bool used, nonblocking, connecting;
	atomic_bool aborts;		/* SO_LINGER with 0 s: close is ABORT */
	atomic_int number;		/* the machine's */
	atomic_int error;		/* of a read that gave bytes first; 0: none */
};

struct dut_remote {
	struct tc_way way;
	pid_t command;			/* at the other end; 0: none */
	/* Held from a request to its reply: lines, id, fault, and whoever takes a socket. */
	pthread_mutex_t lock;
	struct tc_lines lines;
	uint32_t id;			/* of the last request */
	struct tc_error fault;		/* code not 0: it is beyond help, and why at first */
	atomic_bool left;		/* nothing is waited for any more */
	struct dut_socket sockets[TC_DUT_SOCKETS];
};

/* ask.c: make a request of a call, and read what is answered: true, *reply is "ok" with
 * `words` more at least. Else the call has its result, or its fault. `waits`: as long as the
 * answer is TC_DUT_WAIT it is asked again. */
bool tc_dut_ask(struct dut_remote *r, struct tc_hand_call *c, bool waits, unsigned words,
		struct tc_dut_line *reply, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));

/* The machine says what cannot be. Without the lock. */
void tc_dut_lies(struct dut_remote *r, struct tc_hand_call *c, const char *what,
		 const char *word);
/* The call is none that the protocol has, or not like this. */
#define tc_dut_lacks(call, ...) tc_fail(&(call)->fault, -TC_ERR_HAND_LACKS, __VA_ARGS__)

/* translate.c: a system call of a script as requests. */
void tc_dut_make(void *remote, struct tc_hand_call *c);

#endif
