/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls as a program would make them, one after the other; see sockets.h. */
#include "sockets.h"

#include "abstract.h"

#include "host/sockaddr.h"
#include "syscalls/hand.h"
#include "syscalls/words.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define BACKLOG 0			/* one connection, where the machine has no larger least */
#define READ 1000			/* bytes of a receive: all that a word has sent */
#define PATIENCE (10 * TC_S)		/* with the hand, whose own with a machine is 3 s */

/* A call, and what came of it. */
struct call {
	const struct tc_caller *k;
	struct tc_hand_call *c;
	long result;
	const char *said;		/* it failed, and this is why; NULL: it did not */
};

static int begin(struct call *call, const struct tc_caller *k, long number, long first,
		 struct tc_error *err)
{
	*call = (struct call){ .k = k, .c = tc_hand_new(k->hand) };
	if (!call->c)
		return tc_fail(err, -EBUSY, "the hand on the sockets is busy");
	call->c->number = number;
	call->c->arg[0] = first;
	return 0;
}

/* The call is given back, whatever came of it. */
static int finish(struct call *call, struct tc_error *err)
{
	struct tc_hand_call *c = call->c, *ended = NULL;
	struct tc_error why = { 0 };
	int rc = tc_hand_start(call->k->hand, c, err);

	do {				/* one that was interrupted may end before it */
		if (rc >= 0)
			ended = tc_hand_next(call->k->hand, tc_clock_monotonic() + PATIENCE,
					     call->k->stop_fd, &why);
	} while (ended && ended != c);
	if (rc >= 0 && !ended)
		rc = why.code == -ECANCELED ? tc_fail(err, -EINTR, "stopped by a signal") :
		     why.code ? tc_fail(err, why.code, "%s", why.msg) :
		     tc_fail(err, -TC_ERR_HAND_GONE, "a call that must not wait did not return");
	else if (rc >= 0 && c->fault.code && c->fault.code != -TC_ERR_HAND_LACKS)
		rc = tc_fail(err, c->fault.code, "%s", c->fault.msg);
	if (rc >= 0) {
		call->result = c->result;
		call->said = c->fault.code ? "unsupported" :
			     c->result < 0 ? tc_call_errno(c->error) : NULL;
	}
	if (rc != -EINTR)		/* else it is still being made */
		tc_hand_release(call->k->hand, c);
	return rc;
}

static int simple(struct call *call, const struct tc_caller *k, long number, long first,
		  long second, struct tc_error *err)
{
	int rc = begin(call, k, number, first, err);

	if (rc < 0)
		return rc;
	call->c->arg[1] = second;
	return finish(call, err);
}

/* With an address and a port. */
static int addressed(struct call *call, const struct tc_caller *k, long number, long socket,
		     const struct tc_addr *addr, uint16_t port, struct tc_error *err)
{
	struct sockaddr_storage at = { 0 };
	socklen_t n = tc_sockaddr(&at, addr, port);
	int rc = begin(call, k, number, socket, err);

	if (rc < 0)
		return rc;
	memcpy(call->c->bytes, &at, sizeof at);
	call->c->arg[1] = (long)(intptr_t)call->c->bytes;
	call->c->arg[2] = (long)n;
	return finish(call, err);
}

/* Connections of words before may linger on its port. A machine that has no such option has no
 * such rule, or it shows. */
static int share_port(const struct tc_caller *k, long socket, struct tc_error *err)
{
	const int on = 1;
	struct call call;
	int rc = begin(&call, k, SYS_setsockopt, socket, err);

	if (rc < 0)
		return rc;
	memcpy(call.c->bytes, &on, sizeof on);
	call.c->arg[1] = SOL_SOCKET;
	call.c->arg[2] = SO_REUSEADDR;
	call.c->arg[3] = (long)(intptr_t)call.c->bytes;
	call.c->arg[4] = sizeof on;
	return finish(&call, err);
}

/* A socket at the word's port of the machine: 1; 0: there is none, and *said why. */
static int open_socket(struct tc_socket *s, const struct tc_caller *k, const char **said,
		       struct tc_error *err)
{
	const struct tc_flow *flow = k->flow;
	struct call call;
	int rc = simple(&call, k, SYS_socket, flow->remote_addr.family == 6 ? AF_INET6 : AF_INET,
			SOCK_STREAM | SOCK_NONBLOCK, err);

	*said = call.said;
	if (rc < 0 || call.said)
		return rc;
	*s = (struct tc_socket){ TC_SOCKET_OPEN, call.result };
	rc = share_port(k, s->number, err);
	if (rc >= 0)
		rc = addressed(&call, k, SYS_bind, s->number, &flow->remote_addr,
			       flow->remote_port, err);
	if (rc < 0 || !call.said)
		return rc < 0 ? rc : 1;
	*said = call.said;
	return tc_socket_end(s, k, err);
}

static int make_accept(struct tc_socket *s, const struct tc_caller *k, struct call *call,
		       struct tc_error *err)
{
	struct call flags, closed;
	int rc = simple(call, k, SYS_accept, s->number, 0, err);

	if (rc < 0 || call->said)
		return rc;
	rc = simple(&closed, k, SYS_close, s->number, 0, err);
	s->number = call->result;
	if (rc >= 0)
		rc = begin(&flags, k, SYS_fcntl, s->number, err);
	if (rc < 0)
		return rc;
	flags.c->arg[1] = F_SETFL;
	flags.c->arg[2] = O_NONBLOCK;
	return finish(&flags, err);
}

/* A byte to send, or room for all that is there. */
static int transfer(const struct tc_caller *k, struct call *call, long number, long socket,
		    long bytes, struct tc_error *err)
{
	int rc = begin(call, k, number, socket, err);

	if (rc < 0)
		return rc;
	call->c->bytes[0] = 'x';
	call->c->arg[1] = (long)(intptr_t)call->c->bytes;
	call->c->arg[2] = bytes;
	call->c->arg[3] = MSG_DONTWAIT | (number == SYS_sendto ? MSG_NOSIGNAL : 0);
	return finish(call, err);
}

static int make(struct tc_socket *s, const struct tc_caller *k, unsigned input,
		struct call *call, struct tc_error *err)
{
	switch (input) {
	case TC_INPUT_LISTEN:
		return simple(call, k, SYS_listen, s->number, BACKLOG, err);
	case TC_INPUT_CONNECT:
		return addressed(call, k, SYS_connect, s->number, &k->flow->local_addr,
				 k->flow->local_port, err);
	case TC_INPUT_ACCEPT:
		return make_accept(s, k, call, err);
	case TC_INPUT_SEND:
		return transfer(k, call, SYS_sendto, s->number, 1, err);
	case TC_INPUT_RECEIVE:
		return transfer(k, call, SYS_recvfrom, s->number, READ, err);
	default:			/* its number is free, whatever close says */
		s->state = TC_SOCKET_OVER;
		return simple(call, k, SYS_close, s->number, 0, err);
	}
}

int tc_socket_call(struct tc_socket *s, const struct tc_caller *k, unsigned input,
		   const char **said, struct tc_error *err)
{
	bool opens = input == TC_INPUT_LISTEN || input == TC_INPUT_CONNECT;
	struct call call;
	int rc = s->state == TC_SOCKET_OPEN;

	*said = "EBADF";
	if (s->state == TC_SOCKET_NONE && opens)
		rc = open_socket(s, k, said, err);
	if (rc <= 0)
		return rc;
	rc = make(s, k, input, &call, err);
	if (rc >= 0)
		*said = call.said ? call.said : input != TC_INPUT_RECEIVE ? "ok" :
			call.result > 0 ? "data" : "end";
	return rc < 0 ? rc : 0;
}

int tc_socket_end(struct tc_socket *s, const struct tc_caller *k, struct tc_error *err)
{
	bool open = s->state == TC_SOCKET_OPEN;
	struct call call;

	s->state = TC_SOCKET_OVER;
	return open ? simple(&call, k, TC_HAND_ABORT, s->number, 0, err) : 0;
}

int tc_socket_leave(const struct tc_caller *k, struct tc_error *err)
{
	struct call call;

	return tc_hand_is_far(k->hand) ? simple(&call, k, TC_HAND_LEAVE, 0, 0, err) : 0;
}
