/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of our own TCP's sockets share. */
#ifndef DUT_OURS_OWN_H
#define DUT_OURS_OWN_H

#include "ours.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/conn.h>

#define SOCKETS (TC_DUT_SOCKETS + 1)	/* one more is opened before it is refused */
#define SEND_BUFFER (1u << 20)
#define KEEP_IDLE 7200			/* s, RFC 9293 MUST-28 */

struct socket {
	struct tc_ours *o;
	struct socket *next;		/* of those that wait for accept */
	int number;			/* -1: it has none yet, or was closed */
	struct tc_addr from;		/* the peer of one that was accepted */
	uint16_t port, from_port;	/* port: bound to, 0: to none */
	bool listening, deaf, nodelay, keepalive;
	int keep_idle;			/* seconds */
	bool connected, told;		/* … and connect has said so */
	bool peer_closed, said_fin, over;
	int error;			/* of the connection, until it is told; or 0 */
	int send_buffer, receive_buffer;	/* bytes */
	struct tc_conn *conn;		/* NULL: none */
	struct tc_buf in;		/* received, from taken on not read */
	size_t taken;
};

struct tc_ours {
	struct tc_stack *stack;
	struct tc_addr addr;
	struct socket *socket[SOCKETS];
	struct socket *listener, *waiting;	/* one that listens; oldest that waits for accept */
	uint16_t next_port;
};

static inline struct socket *tc_ours_at(void *ctx, int number)
{
	return ((struct tc_ours *)ctx)->socket[number];
}

/* What the connection ended with, told once. 0: nothing. */
static inline int tc_ours_take_error(struct socket *s)
{
	int error = s->error;

	s->error = 0;
	return error;
}

/* ours_option.c: what was set before there was a connection; set, get and status of struct tc_dut_machine */
void tc_ours_options(struct socket *s);
int tc_ours_set(void *ctx, int number, const struct tc_dut_option *o, int value);
int tc_ours_get(void *ctx, int number, const struct tc_dut_option *o, int *value);
int tc_ours_status(void *ctx, int number);

#endif
