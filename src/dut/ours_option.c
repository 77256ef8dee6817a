/* SPDX-License-Identifier: BSD-2-Clause */
/* Options and states of our own TCP's sockets. */
#include "ours_own.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

static bool is_option(const struct tc_dut_option *o, int level, int number)
{
	return o->level == level && o->number == number;
}

/* RFC 6093 6 wants the second. */
static bool is_always(const struct tc_dut_option *o)
{
	return is_option(o, SOL_SOCKET, SO_REUSEADDR) || is_option(o, SOL_SOCKET, SO_OOBINLINE);
}

void tc_ours_options(struct socket *s)
{
	tc_conn_set_nodelay(s->conn, s->nodelay);
	if (s->keepalive)		/* else as the configuration has it */
		tc_conn_set_keepalive(s->conn, s->keep_idle * TC_S);
}

/* The values of Linux's, tcp(7) */
static int set_keepalive(struct socket *s, bool on, int idle)
{
	bool was = s->keepalive;

	if (idle < 1 || idle > INT16_MAX)
		return -EINVAL;
	s->keepalive = on;
	s->keep_idle = idle;
	if (s->conn && !s->over && (on || was))
		tc_conn_set_keepalive(s->conn, on ? idle * TC_S : 0);
	return 0;
}

int tc_ours_set(void *ctx, int number, const struct tc_dut_option *o, int value)
{
	struct socket *s = tc_ours_at(ctx, number);

	if (is_option(o, IPPROTO_TCP, TCP_NODELAY)) {
		s->nodelay = value != 0;
		if (s->conn && !s->over)
			tc_conn_set_nodelay(s->conn, s->nodelay);
	} else if (is_option(o, SOL_SOCKET, SO_SNDBUF)) {
		s->send_buffer = value > 0 ? value : 1;
	} else if (is_option(o, SOL_SOCKET, SO_RCVBUF) && !s->conn && !s->listening) {
		const int most = (int)tc_stack_receive_buffer(s->o->stack);

		s->receive_buffer = value < 1 ? 1 : value < most ? value : most;
	} else if (is_option(o, SOL_SOCKET, SO_KEEPALIVE)) {
		return set_keepalive(s, value != 0, s->keep_idle);
	} else if (is_option(o, IPPROTO_TCP, TCP_KEEPIDLE)) {
		return set_keepalive(s, s->keepalive, value);
	} else if (!is_always(o) || !value) {
		return -EOPNOTSUPP;
	}
	return 0;
}

int tc_ours_get(void *ctx, int number, const struct tc_dut_option *o, int *value)
{
	struct socket *s = tc_ours_at(ctx, number);

	if (is_option(o, IPPROTO_TCP, TCP_NODELAY))
		*value = s->nodelay;
	else if (is_option(o, SOL_SOCKET, SO_SNDBUF))
		*value = s->send_buffer;
	else if (is_option(o, SOL_SOCKET, SO_RCVBUF))
		*value = s->receive_buffer;
	else if (is_option(o, SOL_SOCKET, SO_KEEPALIVE))
		*value = s->keepalive;
	else if (is_option(o, IPPROTO_TCP, TCP_KEEPIDLE))
		*value = s->keep_idle;
	else if (is_option(o, SOL_SOCKET, SO_ERROR))
		*value = tc_ours_take_error(s);
	else if (is_always(o))
		*value = 1;
	else
		return -EOPNOTSUPP;
	return 0;
}

int tc_ours_status(void *ctx, int number)
{
	const struct socket *s = tc_ours_at(ctx, number);
	struct tc_conn_info info = { .state = s->listening ? TC_ST_LISTEN : TC_ST_CLOSED };
	int state = TCP_CLOSE;

	if (s->conn)
		tc_conn_info(s->conn, &info);
	tc_dut_state_read(tc_state_name(info.state), &state);
	return state;
}
