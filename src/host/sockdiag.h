/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a kernel knows of a TCP connection of its own: sock_diag(7), with the TCP_INFO of
 * tcp(7), in another process's network namespace.
 */
#ifndef HOST_SOCKDIAG_H
#define HOST_SOCKDIAG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct tc_error;

struct tc_sockdiag {		/* names as in TCP_INFO; times in microseconds */
	bool found;
	bool info;		/* the part from TCP_INFO is there (TIME-WAIT has none) */
	uint8_t state;		/* as the kernel numbers them: 1 ESTABLISHED … 10 LISTEN */
	uint8_t timer;		/* 0 none, 1 retransmission, 2 keep-alive, 3 TIME-WAIT, 4 probe */
	uint8_t timer_retrans;	/* how often it went off in a row */
	uint32_t timer_ms;	/* until it goes off */
	uint32_t rqueue, wqueue;	/* bytes not read; not acknowledged. Of a listener:
					 * connections that wait, and most that may */
	uint32_t unacked, retrans, total_retrans;	/* segments */
	uint32_t rto, rtt, rttvar;
	uint32_t snd_mss, snd_cwnd, snd_ssthresh;
	uint32_t rcv_space;
};

/* A socket for questions, in the network namespace of process `pid`. Negative: -EPERM and
 * others of setns(2), -EPROTONOSUPPORT. One thread, which is back in its own then. */
int tc_sockdiag_open(pid_t pid, struct tc_error *err);

/* The connection from its `local` port to `remote`; remote 0: the listener. 0 also when there
 * is none (found is false). */
int tc_sockdiag_find(int fd, uint16_t local, uint16_t remote, struct tc_sockdiag *d,
		     struct tc_error *err);

#endif
