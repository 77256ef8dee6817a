/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of RFC 9293 3.9.1 on our own TCP; see ours.h. */
#include "ours_own.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define PORT_FIRST 49152		/* dynamic ports, RFC 6335 6 */
#define TURN TC_S

/* ---- sockets ---------------------------------------------------------------------------- */

static struct socket *new_socket(struct tc_ours *o)
{
	struct socket *s = calloc(1, sizeof *s);

	if (s)
		*s = (struct socket){ .o = o, .number = -1, .send_buffer = SEND_BUFFER,
				      .receive_buffer = (int)tc_stack_receive_buffer(o->stack),
				      .keep_idle = KEEP_IDLE };
	return s;
}

static int give_number(struct tc_ours *o, struct socket *s)
{
	for (int i = 0; i < (int)SOCKETS; i++)
		if (!o->socket[i]) {
			o->socket[i] = s;
			return s->number = i;
		}
	return -EMFILE;
}

static void free_socket(struct socket *s)
{
	if (s->number >= 0)
		s->o->socket[s->number] = NULL;
	tc_buf_free(&s->in);
	free(s);
}

/* ABORT: a RST where the peer knows the connection. */
static void reset(struct socket *s)
{
	struct tc_conn *c = s->conn;

	s->conn = NULL;		/* nobody is told */
	if (c)
		tc_conn_free(c);
	free_socket(s);
}

/* ---- what the connection tells ------------------------------------------------------------ */

static void on_connected(struct tc_conn *c, void *ctx)
{
	struct socket *s = ctx;

	(void)c;
	s->connected = true;
	tc_ours_options(s);
}

/* Nobody will read it: RFC 9293 3.6 and RFC 1122 4.2.2.13 want a reset. */
static void on_data(struct tc_conn *c, void *ctx, const uint8_t *bytes, size_t n)
{
	struct socket *s = ctx;

	if (s->deaf)
		tc_conn_consumed(c, n);
	else
		tc_buf_add(&s->in, bytes, n);
	if (s->in.failed || (s->number < 0 && s->said_fin))
		tc_conn_abort(c);
}

static void on_peer_closed(struct tc_conn *c, void *ctx)
{
	(void)c;
	((struct socket *)ctx)->peer_closed = true;
}

/* Nobody has that protocol or port there: as if it had said so by a reset (RFC 1122 4.2.3.9, and
 * RFC 4443 3.1 and 3.4 for IPv6). */
static bool nobody_is_there(const struct tc_conn *c)
{
	struct tc_conn_info i;

	tc_conn_info(c, &i);
	if (i.flow.remote_addr.family == 4)
		return i.icmp_code == ICMP_PROT_UNREACH || i.icmp_code == ICMP_PORT_UNREACH;
	return i.icmp_type == ICMP6_DST_UNREACH ? i.icmp_code == ICMP6_DST_UNREACH_NOPORT :
	       i.icmp_type == ICMP6_PARAM_PROB && i.icmp_code == ICMP6_PARAMPROB_NEXTHEADER;
}

static int error_of(const struct tc_conn *c, enum tc_end end)
{
	switch (end) {
	case TC_END_REFUSED:
		return ECONNREFUSED;
	case TC_END_RESET:
	case TC_END_ABORTED:
		return ECONNRESET;
	case TC_END_TIMED_OUT:
		return ETIMEDOUT;
	case TC_END_UNREACHABLE:
		return nobody_is_there(c) ? ECONNREFUSED : EHOSTUNREACH;
	case TC_END_NONE:
	case TC_END_CLOSED:
		break;
	}
	return 0;
}

static void on_ended(struct tc_conn *c, void *ctx, enum tc_end end)
{
	struct socket *s = ctx;

	s->over = true;
	s->error = error_of(c, end);
	if (!s->conn || s->number >= 0 || !s->said_fin)
		return;
	tc_conn_detach(c);		/* closed long ago, and nobody's */
	free_socket(s);
}

static const struct tc_conn_ops conn_ops = {
	.connected = on_connected, .data = on_data, .peer_closed = on_peer_closed,
	.ended = on_ended,
};

/* ---- opening ------------------------------------------------------------------------------ */

static int ours_open(void *ctx, uint8_t family)
{
	struct tc_ours *o = ctx;
	struct socket *s;
	int number;

	if (family != o->addr.family)
		return -EAFNOSUPPORT;
	s = new_socket(o);
	number = s ? give_number(o, s) : -ENOMEM;
	if (s && number < 0)
		free_socket(s);
	return number;
}

static int ours_bind(void *ctx, int number, const struct tc_addr *addr, uint16_t port)
{
	struct tc_ours *o = ctx;
	struct socket *s = tc_ours_at(o, number);

	if (s->port || s->conn)
		return -EINVAL;
	if (!tc_addr_is_unspecified(addr) && !tc_addr_equal(addr, &o->addr))
		return -EADDRNOTAVAIL;
	s->port = port;
	return 0;
}

/* For one that is bound to none. */
static uint16_t next_port(struct tc_ours *o)
{
	uint16_t port = o->next_port;

	o->next_port = port == UINT16_MAX ? PORT_FIRST : (uint16_t)(port + 1);
	return port;
}

/* A handshake is complete: it waits for accept. */
static const struct tc_conn_ops *on_call(void *ctx, struct tc_conn *c, void **conn_ctx)
{
	struct tc_ours *o = ctx;
	struct socket *s = new_socket(o), **last = &o->waiting;
	struct tc_conn_info info;

	if (!s)
		return NULL;
	tc_conn_info(c, &info);
	s->conn = c;
	s->told = true;
	s->nodelay = o->listener->nodelay;
	s->keepalive = o->listener->keepalive;
	s->keep_idle = o->listener->keep_idle;
	s->receive_buffer = o->listener->receive_buffer;
	s->port = info.flow.local_port;
	s->from = info.flow.remote_addr;
	s->from_port = info.flow.remote_port;
	while (*last)
		last = &(*last)->next;
	*last = s;
	*conn_ctx = s;
	return &conn_ops;
}

static int ours_listen(void *ctx, int number, int backlog)
{
	struct tc_ours *o = ctx;
	struct socket *s = tc_ours_at(o, number);
	int rc;

	if (s->conn)
		return -EINVAL;
	if (s->listening)
		return 0;
	if (o->listener)
		return -EOPNOTSUPP;
	if (!s->port)
		s->port = next_port(o);
	tc_stack_set_receive_buffer(o->stack, (uint32_t)s->receive_buffer);
	rc = tc_stack_listen(o->stack, &o->addr, s->port, backlog > 0 ? (unsigned)backlog : 1,
			     on_call, o, NULL);
	if (rc < 0)
		return rc;
	s->listening = true;
	o->listener = s;
	return 0;
}

static int ours_accept(void *ctx, int number, struct tc_addr *from, uint16_t *port)
{
	struct tc_ours *o = ctx;
	struct socket *s = o->waiting;
	int rc;

	if (!tc_ours_at(o, number)->listening)
		return -EINVAL;
	if (!s)
		return -EAGAIN;
	rc = give_number(o, s);
	if (rc < 0)
		return rc;
	o->waiting = s->next;
	*from = s->from;
	*port = s->from_port;
	return rc;
}

/* The first port from the next one on that has no connection to there. */
static int open_actively(struct tc_ours *o, struct socket *s, const struct tc_addr *addr,
			 uint16_t port)
{
	struct tc_flow flow = { .local_addr = o->addr, .local_port = s->port,
				.remote_addr = *addr, .remote_port = port };

	for (int i = 0; i < UINT16_MAX - PORT_FIRST && !s->conn; i++) {
		tc_stack_set_receive_buffer(o->stack, (uint32_t)s->receive_buffer);
		if (!s->port)
			flow.local_port = next_port(o);
		s->conn = tc_conn_open(o->stack, &flow, tc_stack_iss(o->stack, &flow), &conn_ops,
				       s, NULL);
		if (s->port)
			break;
	}
	if (!s->conn)
		return -EADDRINUSE;
	s->port = flow.local_port;
	tc_ours_options(s);
	return -EAGAIN;
}

/* It has failed, and the socket may try again. */
static int refused(struct socket *s)
{
	struct tc_conn *c = s->conn;
	int error = tc_ours_take_error(s);

	s->conn = NULL;
	s->over = false;
	tc_conn_free(c);
	return -error;
}

static int ours_connect(void *ctx, int number, const struct tc_addr *addr, uint16_t port)
{
	struct tc_ours *o = ctx;
	struct socket *s = tc_ours_at(o, number);
	bool first = !s->told;

	if (s->listening)
		return -EISCONN;
	if (addr->family != o->addr.family)
		return -EAFNOSUPPORT;
	if (!s->conn)
		return open_actively(o, s, addr, port);
	if (s->error)
		return s->connected ? -tc_ours_take_error(s) : refused(s);
	if (s->over && first)		/* what it ended with was told, and success never was */
		return -ECONNABORTED;
	if (!s->connected)
		return -EAGAIN;
	s->told = true;
	return first ? 0 : -EISCONN;
}

/* ---- bytes ---------------------------------------------------------------------------------- */

static long ours_send(void *ctx, int number, const uint8_t *bytes, size_t n,
		      enum tc_dut_how how)
{
	struct socket *s = tc_ours_at(ctx, number);
	size_t room;
	int rc;

	if (s->error)
		return -tc_ours_take_error(s);
	if (!s->conn)
		return -ENOTCONN;
	if (s->said_fin || s->over)
		return -EPIPE;
	if (!s->connected)
		return -EAGAIN;
	room = tc_conn_unacked(s->conn);
	room = room < (size_t)s->send_buffer ? (size_t)s->send_buffer - room : 0;
	if (n && !room)
		return -EAGAIN;
	n = n < room ? n : room;
	rc = how == TC_DUT_URGENT ? tc_conn_send_urgent(s->conn, bytes, n, NULL) :
	     tc_conn_send(s->conn, bytes, n, NULL);
	return rc < 0 ? rc : (long)n;
}

static long take_bytes(struct socket *s, uint8_t *to, size_t room, bool peeks)
{
	size_t n = s->in.len - s->taken;

	n = n < room ? n : room;
	memcpy(to, s->in.data + s->taken, n);
	if (peeks)
		return (long)n;
	s->taken += n;
	if (s->taken == s->in.len)
		s->in.len = s->taken = 0;
	tc_conn_consumed(s->conn, n);
	return (long)n;
}

static long ours_receive(void *ctx, int number, uint8_t *to, size_t room, enum tc_dut_how how)
{
	struct socket *s = tc_ours_at(ctx, number);

	if (how == TC_DUT_URGENT)	/* it comes in line (RFC 6093 2.1) */
		return -EOPNOTSUPP;
	if (s->conn && s->in.len > s->taken)
		return take_bytes(s, to, room, how == TC_DUT_PEEK);
	if (s->error)
		return -tc_ours_take_error(s);
	if (!s->conn)
		return -ENOTCONN;
	return s->peer_closed || s->deaf || s->over ? 0 : -EAGAIN;
}

/* ---- ends ----------------------------------------------------------------------------------- */

static int ours_shutdown(void *ctx, int number, int how)
{
	struct socket *s = tc_ours_at(ctx, number);

	if (!s->conn || s->over)
		return -ENOTCONN;
	s->deaf |= how != SHUT_WR;
	if (how == SHUT_RD || s->said_fin)
		return 0;
	s->said_fin = true;
	tc_conn_close(s->conn);
	return 0;
}

static void stop_listening(struct socket *s)
{
	struct tc_ours *o = s->o;
	struct socket *next;

	tc_stack_unlisten(o->stack);
	o->listener = NULL;
	for (; o->waiting; o->waiting = next) {
		next = o->waiting->next;
		reset(o->waiting);
	}
}

static int ours_abort(void *ctx, int number)
{
	struct socket *s = tc_ours_at(ctx, number);

	if (s->listening)
		stop_listening(s);
	reset(s);
	return 0;
}

/* What was not read is lost to the peer, which a FIN would not say (RFC 1122 4.2.2.13). */
static int ours_close(void *ctx, int number)
{
	struct socket *s = tc_ours_at(ctx, number);
	struct tc_conn *c = s->conn;

	if (!c || s->listening || (s->in.len > s->taken && !s->over))
		return ours_abort(ctx, number);
	s->o->socket[number] = NULL;
	s->number = -1;
	if (s->over) {
		tc_conn_detach(c);
		free_socket(s);
		return 0;
	}
	if (s->said_fin)
		return 0;
	s->said_fin = true;
	tc_conn_close(c);		/* s may be gone behind this */
	return 0;
}

static int ours_wait(void *ctx, struct pollfd *fds, unsigned n)
{
	struct tc_ours *o = ctx;
	int rc;

	for (;;) {
		rc = tc_stack_run(o->stack, tc_clock_monotonic() + TURN, fds, n, NULL);
		if (rc < 0)
			return rc;
		for (unsigned i = 0; i < n; i++)
			if (fds[i].revents)
				return 1;
	}
}

const struct tc_dut_machine tc_dut_ours = {
	.lacks = true,
	.open = ours_open, .bind = ours_bind, .listen = ours_listen, .accept = ours_accept,
	.connect = ours_connect, .send = ours_send, .receive = ours_receive,
	.shutdown = ours_shutdown, .close = ours_close, .abort = ours_abort, .set = tc_ours_set,
	.get = tc_ours_get, .status = tc_ours_status, .wait = ours_wait,
};

struct tc_ours *tc_ours_new(struct tc_stack *stack, const struct tc_addr *addr)
{
	struct tc_ours *o = calloc(1, sizeof *o);

	if (o)
		*o = (struct tc_ours){ .stack = stack, .addr = *addr, .next_port = PORT_FIRST };
	return o;
}

void tc_ours_free(struct tc_ours *o)
{
	if (!o)
		return;
	for (unsigned i = 0; i < SOCKETS; i++)
		if (o->socket[i])
			ours_abort(o, (int)i);
	free(o);
}
