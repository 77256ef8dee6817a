/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls of scripts as requests of the protocol, and the replies as their results. */
#include "own.h"

#include "host/sockaddr.h"

#include <tcpcraft/buf.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define NUMBER_MOST 65535	/* of a socket, as the machine counts them */

static void give(struct tc_hand_call *c, long result, int error)
{
	c->result = result;
	c->error = error;
}

/* ---- sockets -------------------------------------------------------------------------- */

static struct dut_socket *find(struct dut_remote *r, long number)
{
	for (unsigned i = 0; i < TC_DUT_SOCKETS; i++)
		if (r->sockets[i].used && r->sockets[i].number == number)
			return &r->sockets[i];
	return NULL;
}

/* The socket arg[0], or EBADF. */
static struct dut_socket *of_call(struct dut_remote *r, struct tc_hand_call *c)
{
	struct dut_socket *s = find(r, c->arg[0]);

	if (!s)
		give(c, -1, EBADF);
	return s;
}

/* A place for it, with the lock held; NULL: there is none. */
static struct dut_socket *take(struct dut_remote *r, int number, bool nonblocking)
{
	struct dut_socket *s = r->sockets;

	while (s < r->sockets + TC_DUT_SOCKETS && s->used)
		s++;
	if (s == r->sockets + TC_DUT_SOCKETS)
		return NULL;
	s->number = number;
	s->nonblocking = nonblocking;
	s->connecting = s->aborts = false;
	s->error = 0;
	s->used = true;			/* last: others may be looking */
	return s;
}

/* A number that it gives stands for no other socket. */
static bool keep(struct dut_remote *r, struct tc_hand_call *c, const char *word,
		 bool nonblocking)
{
	struct dut_socket *s = NULL;
	bool twice;
	long number;

	if (!tc_dut_number(word, 0, NUMBER_MOST, &number)) {
		tc_dut_lies(r, c, "not the number of a socket", word);
		return false;
	}
	pthread_mutex_lock(&r->lock);
	twice = find(r, number);
	if (!twice)
		s = take(r, (int)number, nonblocking);
	pthread_mutex_unlock(&r->lock);
	if (twice)
		tc_dut_lies(r, c, "that socket is open already", word);
	else if (!s)
		tc_dut_lacks(c, "more than %u sockets", TC_DUT_SOCKETS);
	else
		give(c, number, 0);
	return s != NULL;
}

/* ---- addresses ------------------------------------------------------------------------ */

/* Memory that n bytes of the call are in; else EFAULT. */
static bool is_there(struct tc_hand_call *c, const void *at, long n)
{
	if (!at && n)
		give(c, -1, EFAULT);
	return at || !n;
}

/* "10.0.0.1 80" of what a sockaddr says. */
static bool put_address(struct tc_hand_call *c, const void *at, char text[TC_ADDR_PORT_STRING])
{
	struct sockaddr_storage to;
	const struct sockaddr_in *in = (const struct sockaddr_in *)&to;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&to;
	struct tc_addr addr = { .family = 4 };
	char alone[TC_ADDR_STRING];

	if (!is_there(c, at, sizeof to))
		return false;
	memcpy(&to, at, sizeof to);
	memcpy(addr.bytes, &in->sin_addr, sizeof in->sin_addr);
	if (to.ss_family == AF_INET6)
		addr = tc_addr_from_v6((const uint8_t *)&in6->sin6_addr);
	else if (to.ss_family != AF_INET) {
		tc_dut_lacks(c, "an address that is none of IPv4 or IPv6");
		return false;
	}
	snprintf(text, TC_ADDR_PORT_STRING, "%s %u", tc_addr_string(&addr, alone),
		 ntohs(in->sin_port));
	return true;
}

/* Whom accept names. */
static bool get_address(struct dut_remote *r, struct tc_hand_call *c, const char *address,
			const char *port)
{
	struct sockaddr_storage from;
	struct tc_addr addr;
	socklen_t room, n;
	long number;

	if (tc_addr_parse(&addr, address, NULL) < 0 || !tc_dut_number(port, 1, UINT16_MAX, &number)) {
		tc_dut_lies(r, c, "not an address and a port", address);
		return false;
	}
	n = tc_sockaddr(&from, &addr, (uint16_t)number);
	if (!c->arg[1] || !c->arg[2])
		return true;
	memcpy(&room, (void *)(intptr_t)c->arg[2], sizeof room);
	memcpy((void *)(intptr_t)c->arg[1], &from, room < n ? room : n);
	memcpy((void *)(intptr_t)c->arg[2], &n, sizeof n);
	return true;
}

/* ---- calls ---------------------------------------------------------------------------- */

static void make_socket(struct dut_remote *r, struct tc_hand_call *c)
{
	long family = c->arg[0], type = c->arg[1];
	struct tc_dut_line reply;

	if ((family != AF_INET && family != AF_INET6) ||
	    (type & ~(long)(SOCK_NONBLOCK | SOCK_CLOEXEC)) != SOCK_STREAM ||
	    (c->arg[2] != 0 && c->arg[2] != IPPROTO_TCP)) {
		tc_dut_lacks(c, "a socket that is not TCP's");
		return;
	}
	if (tc_dut_ask(r, c, false, 1, &reply, "open %d", family == AF_INET6 ? 6 : 4))
		keep(r, c, reply.word[1], type & SOCK_NONBLOCK);
}

static void make_bind(struct dut_remote *r, struct tc_hand_call *c)
{
	char at[TC_ADDR_PORT_STRING];
	struct tc_dut_line reply;

	if (of_call(r, c) && put_address(c, (void *)(intptr_t)c->arg[1], at) &&
	    tc_dut_ask(r, c, false, 0, &reply, "bind %ld %s", c->arg[0], at))
		give(c, 0, 0);
}

static void make_listen(struct dut_remote *r, struct tc_hand_call *c)
{
	struct tc_dut_line reply;

	if (of_call(r, c) &&
	    tc_dut_ask(r, c, false, 0, &reply, "listen %ld %ld", c->arg[0], c->arg[1]))
		give(c, 0, 0);
}

static void make_accept(struct dut_remote *r, struct tc_hand_call *c)
{
	struct dut_socket *s = of_call(r, c);
	struct tc_dut_line reply;

	if (s && tc_dut_ask(r, c, !s->nonblocking, 3, &reply, "accept %ld", c->arg[0]) &&
	    get_address(r, c, reply.word[2], reply.word[3]))
		keep(r, c, reply.word[1], false);
}

/* It begins with the first request, and the next ask how far it is. */
static void make_connect(struct dut_remote *r, struct tc_hand_call *c)
{
	struct dut_socket *s = of_call(r, c);
	char to[TC_ADDR_PORT_STRING];
	struct tc_dut_line reply;

	if (!s || !put_address(c, (void *)(intptr_t)c->arg[1], to))
		return;
	if (tc_dut_ask(r, c, !s->nonblocking, 0, &reply, "connect %ld %s", c->arg[0], to))
		give(c, 0, 0);
	else if (!c->fault.code && c->error == EAGAIN)
		c->error = s->connecting ? EALREADY : EINPROGRESS;
	s->connecting = c->error == EINPROGRESS || c->error == EALREADY;
}

static bool waits(const struct dut_socket *s, long flags)
{
	return !s->nonblocking && !(flags & MSG_DONTWAIT);
}

/* How many bytes were read; -1: none, and the call says why. */
static long read_some(struct dut_remote *r, struct tc_hand_call *c, bool wait, uint8_t *to,
		      long most)
{
	long asks = most < (long)TC_DUT_BYTES ? most : (long)TC_DUT_BYTES, got;
	struct tc_buf bytes = { 0 };
	struct tc_dut_line reply;

	if (!tc_dut_ask(r, c, wait, 1, &reply, "receive %ld %ld %s", c->arg[0], asks,
			c->arg[3] & MSG_OOB ? TC_DUT_WORD_URGENT :
			c->arg[3] & MSG_PEEK ? TC_DUT_WORD_PEEK : ""))
		return -1;
	if (tc_dut_bytes_read(&bytes, reply.word[1], (size_t)asks, NULL) < 0)
		tc_dut_lies(r, c, "not so many bytes as were asked for, or none", reply.word[1]);
	got = c->fault.code ? -1 : (long)bytes.len;
	if (got > 0)
		memcpy(to, bytes.data, (size_t)got);
	tc_buf_free(&bytes);
	return got;
}

static void make_receive(struct dut_remote *r, struct tc_hand_call *c)
{
	struct dut_socket *s = of_call(r, c);
	uint8_t *to = (uint8_t *)(intptr_t)c->arg[1];
	long want = c->arg[2], all = 0, got;
	int error = s ? atomic_exchange(&s->error, 0) : 0;

	if (error)
		give(c, -1, error);
	if (!s || error || !is_there(c, to, want))
		return;
	if (c->arg[3] & ~(long)(MSG_OOB | MSG_PEEK | MSG_DONTWAIT | MSG_NOSIGNAL)) {
		tc_dut_lacks(c, "a flag of recv() but MSG_OOB, MSG_PEEK and MSG_DONTWAIT");
		return;
	}
	if (c->arg[3] & MSG_PEEK && want > (long)TC_DUT_BYTES)	/* a second look sees the same */
		want = TC_DUT_BYTES;
	do {
		got = read_some(r, c, all == 0 && waits(s, c->arg[3]), to + all, want - all);
		all += got > 0 ? got : 0;
	} while (got == (long)TC_DUT_BYTES && all < want);
	if (c->fault.code || (got < 0 && all == 0))
		return;
	s->error = got < 0 && c->error != EAGAIN ? c->error : 0;
	give(c, all, 0);
}

static bool put_bytes(struct tc_hand_call *c, struct tc_buf *word, const uint8_t *from, long n)
{
	tc_dut_bytes_put(word, from, (size_t)n);
	tc_buf_add(word, "", 1);
	if (word->len > 2 * (size_t)TC_DUT_BYTES + 1)
		tc_dut_lacks(c, "more than %u bytes that are not all the same", TC_DUT_BYTES);
	return !c->fault.code;
}

static void make_send(struct dut_remote *r, struct tc_hand_call *c)
{
	struct dut_socket *s = of_call(r, c);
	const uint8_t *from = (const uint8_t *)(intptr_t)c->arg[1];
	long want = c->arg[2], all = 0, put = 1;
	struct tc_dut_line reply;

	if (s && (c->arg[3] & ~(long)(MSG_OOB | MSG_DONTWAIT | MSG_NOSIGNAL) || c->arg[4]))
		tc_dut_lacks(c, "a flag of send() but MSG_OOB and MSG_DONTWAIT, or an address");
	if (!s || c->fault.code || !is_there(c, from, want))
		return;
	do {
		struct tc_buf word = { 0 };

		put = -1;
		if (put_bytes(c, &word, from + all, want - all) &&
		    tc_dut_ask(r, c, waits(s, c->arg[3]), 1, &reply, "send %ld %s%s", c->arg[0],
			       (const char *)word.data, c->arg[3] & MSG_OOB ? " " TC_DUT_WORD_URGENT : "") &&
		    !tc_dut_number(reply.word[1], want > all, want - all, &put))
			tc_dut_lies(r, c, "not how many bytes it took", reply.word[1]);
		all += put > 0 ? put : 0;
		tc_buf_free(&word);
	} while (put > 0 && all < want && waits(s, c->arg[3]) && !c->fault.code);
	if (!c->fault.code && (put >= 0 || all))
		give(c, all, 0);
}

static void make_shutdown(struct dut_remote *r, struct tc_hand_call *c)
{
	static const char *const how[] = { "read", "write", "both" };	/* SHUT_RD … */
	struct tc_dut_line reply;

	if (!of_call(r, c))
		return;
	if (c->arg[1] < 0 || c->arg[1] > 2)
		give(c, -1, EINVAL);
	else if (tc_dut_ask(r, c, false, 0, &reply, "shutdown %ld %s", c->arg[0], how[c->arg[1]]))
		give(c, 0, 0);
}

static void end(struct dut_remote *r, struct tc_hand_call *c, const char *verb)
{
	struct dut_socket *s = of_call(r, c);
	struct tc_dut_line reply;

	if (!s || !tc_dut_ask(r, c, false, 0, &reply, "%s %ld", verb, c->arg[0]))
		return;
	s->used = false;
	give(c, 0, 0);
}

static void make_abort(struct dut_remote *r, struct tc_hand_call *c)
{
	end(r, c, "abort");
}

static void make_close(struct dut_remote *r, struct tc_hand_call *c)
{
	const struct dut_socket *s = find(r, c->arg[0]);

	end(r, c, s && s->aborts ? "abort" : "close");
}

static void make_status(struct dut_remote *r, struct tc_hand_call *c)
{
	struct tc_dut_line reply;
	int state;

	if (!of_call(r, c) || !tc_dut_ask(r, c, false, 1, &reply, "info %ld", c->arg[0]))
		return;
	if (tc_dut_state_read(reply.word[1], &state))
		give(c, state, 0);
	else
		tc_dut_lies(r, c, "not a state of RFC 9293 3.3.2", reply.word[1]);
}

/* ---- options -------------------------------------------------------------------------- */

static const struct tc_dut_option *option(struct tc_hand_call *c)
{
	const struct tc_dut_option *o = tc_dut_option_of((int)c->arg[1], (int)c->arg[2]);

	if (!o)
		tc_dut_lacks(c, "an option that the protocol of --dut has no name for");
	return o;
}

/* 0 s is ABORT instead of CLOSE (RFC 9293 3.9.1.5), which the machine need not know. */
static int linger(struct dut_socket *s, const void *at)
{
	struct linger l;

	memcpy(&l, at, sizeof l);
	s->aborts = l.l_onoff && l.l_linger == 0;
	return tc_dut_linger_seconds(&l);
}

static void make_setsockopt(struct dut_remote *r, struct tc_hand_call *c)
{
	struct dut_socket *s = of_call(r, c);
	const struct tc_dut_option *o = s ? option(c) : NULL;
	const void *at = (void *)(intptr_t)c->arg[3];
	struct tc_dut_line reply;
	int value;

	if (!o || !is_there(c, at, sizeof value))
		return;
	if (tc_dut_option_lingers(o))
		value = linger(s, at);
	else
		memcpy(&value, at, sizeof value);
	if (tc_dut_option_lingers(o) && value == 0)
		give(c, 0, 0);
	else if (tc_dut_ask(r, c, false, 0, &reply, "option %ld %s %d", c->arg[0], o->name, value))
		give(c, 0, 0);
}

/* What it is, in as much of the memory of the call as that says it has. */
static void give_option(struct tc_hand_call *c, const struct tc_dut_option *o, int value)
{
	const struct linger l = tc_dut_linger(value);
	bool lingers = tc_dut_option_lingers(o);
	socklen_t room, n = lingers ? sizeof l : sizeof value;

	memcpy(&room, (void *)(intptr_t)c->arg[4], sizeof room);
	n = room < n ? room : n;
	memcpy((void *)(intptr_t)c->arg[3], lingers ? (const void *)&l : (const void *)&value, n);
	memcpy((void *)(intptr_t)c->arg[4], &n, sizeof n);
	give(c, 0, 0);
}

static void make_getsockopt(struct dut_remote *r, struct tc_hand_call *c)
{
	const struct dut_socket *s = of_call(r, c);
	const struct tc_dut_option *o = s ? option(c) : NULL;
	struct tc_dut_line reply;
	long value;

	if (!o || !is_there(c, (void *)(intptr_t)c->arg[3], sizeof(int)) ||
	    !is_there(c, (void *)(intptr_t)c->arg[4], sizeof(socklen_t)))
		return;
	if (tc_dut_option_lingers(o) && s->aborts)
		give_option(c, o, 0);
	else if (!tc_dut_ask(r, c, false, 1, &reply, "option %ld %s", c->arg[0], o->name))
		return;
	else if (tc_dut_number(reply.word[1], INT32_MIN, INT32_MAX, &value))
		give_option(c, o, (int)value);
	else
		tc_dut_lies(r, c, "not a number", reply.word[1]);
}

/* Whether calls wait is for our side to know: the machine's never do. */
static void make_fcntl(struct dut_remote *r, struct tc_hand_call *c)
{
	struct dut_socket *s = of_call(r, c);

	if (!s)
		return;
	if (c->arg[1] == F_GETFL) {
		give(c, O_RDWR | (s->nonblocking ? O_NONBLOCK : 0), 0);
	} else if (c->arg[1] == F_SETFL) {
		s->nonblocking = c->arg[2] & O_NONBLOCK;
		give(c, 0, 0);
	} else {
		tc_dut_lacks(c, "fcntl() but for F_GETFL and F_SETFL");
	}
}

static void make_leave(struct dut_remote *r, struct tc_hand_call *c)
{
	struct tc_dut_line reply;

	r->left = true;
	if (tc_dut_ask(r, c, false, 0, &reply, "reset"))
		give(c, 0, 0);
}

/* ---- which ---------------------------------------------------------------------------- */

static const struct {
	long number;
	void (*make)(struct dut_remote *r, struct tc_hand_call *c);
} calls[] = {
	{ SYS_socket, make_socket }, { SYS_bind, make_bind }, { SYS_listen, make_listen },
	{ SYS_accept, make_accept }, { SYS_connect, make_connect },
	{ SYS_read, make_receive }, { SYS_recvfrom, make_receive },
	{ SYS_write, make_send }, { SYS_sendto, make_send },
	{ SYS_shutdown, make_shutdown }, { SYS_close, make_close },
	{ SYS_setsockopt, make_setsockopt }, { SYS_getsockopt, make_getsockopt },
	{ SYS_fcntl, make_fcntl }, { TC_HAND_ABORT, make_abort },
	{ TC_HAND_STATUS, make_status }, { TC_HAND_LEAVE, make_leave },
};

void tc_dut_make(void *remote, struct tc_hand_call *c)
{
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (calls[i].number == c->number) {
			calls[i].make(remote, c);
			return;
		}
	tc_dut_lacks(c, "%s", c->number == TC_HAND_SHELL ? "commands are run with --dut local alone" :
		     c->number == TC_HAND_STATE ? "code is run with --dut local alone" :
		     "the protocol of --dut has no such call");
}
