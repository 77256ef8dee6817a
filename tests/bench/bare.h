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

/* Of the environment OURS and MAC, our interface and its address; `nobody` and the server's MAC are
 * text, *frame becomes a PROT frame, which *how borrows. -1: something is missing or no address. */
int bench_bare_prepare(struct bench_bare *how, const char *nobody, const char *peer_mac,
		       const struct bench_end *server, struct tc_buf *frame);

/* `count` exchanges (SYN, ACK, request, FIN, ACK of ours, and what the server says to them),
 * at_once of them under way: thousands a second, or negative and why, also where more than a
 * hundredth is lost. *cpu: us of processor time of one, ours with what the kernel does in our
 * name. */
double bench_bare_rate(const struct bench_bare *how, unsigned at_once, unsigned count, double *cpu,
		       struct tc_error *err);

#endif
