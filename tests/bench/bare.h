/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The least that a program of raw frames can do for an exchange: no state, no check, no timer.
 * Each frame that comes is answered by what its flags ask for. What this reaches is the
 * kernel's, and no fuzzer on these sockets can be above it.
 */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

#include "sockets.h"

#include <tcpcraft/buf.h>

#include <stddef.h>
#include <stdint.h>

struct tc_error;

struct bench_bare {
	const char *ifname;		/* ours … */
	uint8_t mac[6], peer_mac[6];	/* … its address, and the server's */
	uint32_t addr, peer;		/* IPv4, as numbers: of a host that there is not, so that no
					 * kernel answers in our place; the server's */
	uint16_t port;			/* the server's */
	const uint8_t *request;		/* it answers this with a segment of data */
	size_t len;
};

/* Who talks to whom: our card and its address are $OURS and $MAC; `nobody` is an address as text,
 * and peer_mac the server's. 0, or negative. */
int bench_bare_hosts(struct bench_bare *b, const char *nobody, const char *peer_mac,
		     const struct bench_end *server);

/* The same, and the request: *frame becomes a good PROT frame, which *how borrows. */
int bench_bare_prepare(struct bench_bare *how, const char *nobody, const char *peer_mac,
		       const struct bench_end *server, struct tc_buf *frame);

/* `count` exchanges (SYN, ACK, request, FIN, ACK of ours, and what the server says to them),
 * at_once of them under way: thousands a second, or negative and why, also where more than a
 * hundredth is lost. *cpu: us of processor time of one, ours with what the kernel does in our
 * name. */
double bench_bare_rate(const struct bench_bare *how, unsigned at_once, unsigned count, double *cpu,
		       struct tc_error *err);

/* One connection, whose server answers the request with so many bytes: each frame is read, and
 * every fourth acknowledged. Nothing is looked at, and nothing is lost. 0, or negative and why. */
int bench_bare_down(const struct bench_bare *how, uint64_t bytes, struct tc_error *err);

#endif
