/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other end of the protocol: a machine's sockets, as requests say. Nothing blocks. One
 * thread.
 */
#ifndef DUT_SERVE_H
#define DUT_SERVE_H

#include "machine.h"

#include <tcpcraft/clock.h>

struct tc_dut_server {			/* machine, ctx, link and only_link, and zeros */
	const struct tc_dut_machine *machine;
	void *ctx;			/* the machine's */
	uint32_t link;			/* interface of link-local addresses; 0: … */
	uint32_t (*only_link)(void);	/* … who says so of each such address; NULL: nobody */
	bool used[TC_DUT_SOCKETS];
	int socket[TC_DUT_SOCKETS];
	uint32_t before;		/* id of the last request of the session before */
	uint32_t last;			/* id of the last that was carried out; 0: none … */
	char reply[TC_DUT_LINE];	/* … and what was said to it */
	size_t reply_n;
};

/*
 * Carry out a request of n bytes. The reply, with its end of line, is in s->reply; its length
 * is returned, 0: there is none, as to what is no request, and to what is older than the last:
 * one of the session's comes soon behind the last, and one of another session is `reset`, far
 * from this one's and from those of the session before.
 */
size_t tc_dut_serve_line(struct tc_dut_server *s, const char *text, size_t n);

/* No socket is left, each connection reset. */
void tc_dut_serve_reset(struct tc_dut_server *s);

#define TC_DUT_PATIENCE (3 * TC_S)	/* with a client that does not read */

/* Requests from in, replies to out, until `in` ends. 0; -EPIPE: nobody reads; -ETIMEDOUT: not for
 * so long (0: waits); what the machine's wait says. s has machine and ctx, and no socket
 * afterwards. */
int tc_dut_serve_stream(struct tc_dut_server *s, int in, int out, tc_time patience);
/* The same over a socket for datagrams, and over one that listens (a new client takes the place of
 * the last one, whose sockets are closed): until an error, as of accept(2). */
int tc_dut_serve_datagrams(struct tc_dut_server *s, int fd);
int tc_dut_serve_clients(struct tc_dut_server *s, int listener);

#endif
