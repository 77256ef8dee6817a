/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls of a word, which a hand (syscalls/hand.h) makes on the machine under test. None of
 * them waits there. One thread, and no other call of the hand at the time.
 */
#ifndef ORACLE_SOCKETS_H
#define ORACLE_SOCKETS_H

#include <tcpcraft/segment.h>

struct tc_error;
struct tc_hand;

/* A word has one socket, once: `listen` or `connect` opens it, and the one that `accept` gives takes
 * the place of that which listened. So there are no more states than a connection has. Zeroed:
 * none yet. */
struct tc_socket {
	enum { TC_SOCKET_NONE, TC_SOCKET_OPEN, TC_SOCKET_OVER } state;
	long number;
};

struct tc_caller {
	struct tc_hand *hand;
	int stop_fd;			/* readable: end early (-EINTR); or -1 */
	const struct tc_flow *flow;	/* its local side is ours, its remote side the machine's */
};

/* Make the call of this input (oracle/abstract.h). *said: "ok", "data", "end", the name of the
 * error (EBADF without a socket: nobody is asked), or "unsupported"; static. -TC_ERR_HAND_GONE: the machine does
 * not answer, or as it must not; -EINTR; -ECHILD. */
int tc_socket_call(struct tc_socket *s, const struct tc_caller *k, unsigned input,
		    const char **said, struct tc_error *err);

/* The word is over: ABORT (RFC 9293 3.9.1.5). */
int tc_socket_end(struct tc_socket *s, const struct tc_caller *k, struct tc_error *err);

/* All words are: the protocol's session with the machine ends (tcpcraft-dut(5)). */
int tc_socket_leave(const struct tc_caller *k, struct tc_error *err);

#endif
