/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose sockets a server of the protocol gives away: this kernel's, or those of our own TCP.
 * Nothing blocks. What fails is negative, an errno: -EAGAIN is not yet. One thread.
 */
#ifndef DUT_MACHINE_H
#define DUT_MACHINE_H

#include "line.h"

#include <tcpcraft/addr.h>

struct pollfd;

/* Bytes as the stream has them; those that are urgent; a look at those that stay to be read. */
enum tc_dut_how { TC_DUT_PLAIN, TC_DUT_URGENT, TC_DUT_PEEK };

/* A socket is a number from 0 on, which `open` and `accept` give and `close` and `abort` take
 * back; lengths are bytes, ports host order. */
struct tc_dut_machine {
	bool lacks;			/* -EOPNOTSUPP is what it has not got, no call's errno */
	int (*open)(void *ctx, uint8_t family);
	int (*bind)(void *ctx, int socket, const struct tc_addr *addr, uint16_t port);
	int (*listen)(void *ctx, int socket, int backlog);
	int (*accept)(void *ctx, int socket, struct tc_addr *from, uint16_t *port);
	int (*connect)(void *ctx, int socket, const struct tc_addr *addr, uint16_t port);
	long (*send)(void *ctx, int socket, const uint8_t *bytes, size_t n, enum tc_dut_how how);
	long (*receive)(void *ctx, int socket, uint8_t *to, size_t room, enum tc_dut_how how);
	int (*shutdown)(void *ctx, int socket, int how);	/* SHUT_RD … */
	int (*close)(void *ctx, int socket);
	int (*abort)(void *ctx, int socket);
	int (*set)(void *ctx, int socket, const struct tc_dut_option *o, int value);
	int (*get)(void *ctx, int socket, const struct tc_dut_option *o, int *value);
	int (*status)(void *ctx, int socket);	/* TCP_ESTABLISHED … */
	/* Wait until one of these is ready, as poll(2), while the TCP goes on. */
	int (*wait)(void *ctx, struct pollfd *fds, unsigned n);
};

extern const struct tc_dut_machine tc_dut_kernel;	/* ctx is NULL */

#endif
