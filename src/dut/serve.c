/* SPDX-License-Identifier: BSD-2-Clause */
/* This kernel's sockets behind the protocol; see serve.h. */
#include "serve.h"

#include "host/sockaddr.h"
#include "syscalls/kernel.h"
#include "syscalls/words.h"

#include <tcpcraft/addr.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BYTES_MOST ((size_t)1 << 20)	/* of one send */

/* ---- replies --------------------------------------------------------------------------- */

static void say(struct tc_dut_server *s, const struct tc_dut_line *l, const char *words)
{
	int n = snprintf(s->reply, sizeof s->reply, "%u %s\n", l->id, words);

	s->reply_n = n < 0 || (size_t)n >= sizeof s->reply ? 0 : (size_t)n;
}

/* What a system call has returned: ok, or its error by name. */
static void say_call(struct tc_dut_server *s, const struct tc_dut_line *l, long result)
{
	bool waits = errno == EINPROGRESS || errno == EALREADY;

	say(s, l, result >= 0 ? TC_DUT_OK : waits ? TC_DUT_WAIT : tc_call_errno(errno));
}

static void say_value(struct tc_dut_server *s, const struct tc_dut_line *l, long value)
{
	char words[40];

	snprintf(words, sizeof words, "%s %ld", TC_DUT_OK, value);
	say(s, l, words);
}

static void say_number(struct tc_dut_server *s, const struct tc_dut_line *l, long result)
{
	if (result < 0)
		say_call(s, l, result);
	else
		say_value(s, l, result);
}

/* ---- sockets --------------------------------------------------------------------------- */

/* The one that word 1 names; -1: none, which errno says. */
static int socket_of(const struct tc_dut_server *s, const struct tc_dut_line *l)
{
	long n;

	if (!tc_dut_number(l->word[1], 0, TC_DUT_SOCKETS - 1, &n) || !s->used[n]) {
		errno = EBADF;
		return -1;
	}
	return s->fd[n];
}

/* It has a number from now on; -1: there are too many. */
static long keep(struct tc_dut_server *s, int fd)
{
	for (unsigned i = 0; fd >= 0 && i < TC_DUT_SOCKETS; i++)
		if (!s->used[i]) {
			s->used[i] = true;
			s->fd[i] = fd;
			return i;
		}
	if (fd >= 0) {
		close(fd);
		errno = EMFILE;
	}
	return -1;
}

static void forget(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	long n;

	if (tc_dut_number(l->word[1], 0, TC_DUT_SOCKETS - 1, &n))
		s->used[n] = false;
}

void tc_dut_serve_reset(struct tc_dut_server *s)
{
	for (unsigned i = 0; i < TC_DUT_SOCKETS; i++)
		if (s->used[i]) {
			s->used[i] = false;
			if (tc_kernel_abort(s->fd[i]) < 0)
				close(s->fd[i]);
		}
}

/* ADDR PORT, words 2 and 3. */
static bool read_address(const struct tc_dut_line *l, struct sockaddr_storage *at, socklen_t *n)
{
	struct tc_addr addr;
	long port;

	errno = EINVAL;
	if (tc_addr_parse(&addr, l->word[2], NULL) < 0 ||
	    !tc_dut_number(l->word[3], 0, UINT16_MAX, &port))
		return false;
	*n = tc_sockaddr(at, &addr, (uint16_t)port);
	return true;
}

/* ---- requests -------------------------------------------------------------------------- */

static void serve_reset(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	tc_dut_serve_reset(s);
	say(s, l, TC_DUT_OK);
}

static void serve_open(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	int family = l->n > 1 && strcmp(l->word[1], "6") == 0 ? AF_INET6 : AF_INET;

	say_number(s, l, keep(s, socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)));
}

/* One case follows another, whose connections may be in TIME-WAIT. */
static void serve_bind(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	const int yes = 1;
	int fd = socket_of(s, l);
	struct sockaddr_storage at;
	socklen_t n;

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	say_call(s, l, fd >= 0 && read_address(l, &at, &n) ?
		 bind(fd, (const struct sockaddr *)&at, n) : -1);
}

static void serve_listen(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	int fd = socket_of(s, l);
	long backlog;

	if (fd >= 0 && !tc_dut_number(l->word[2], INT32_MIN, INT32_MAX, &backlog)) {
		errno = EINVAL;
		fd = -1;
	}
	say_call(s, l, fd < 0 ? -1 : listen(fd, (int)backlog));
}

static void serve_accept(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	struct sockaddr_storage from = { 0 };
	struct sockaddr_in6 in6;
	struct sockaddr_in in;
	socklen_t n = sizeof from;
	char addr[INET6_ADDRSTRLEN] = "0.0.0.0", words[INET6_ADDRSTRLEN + 40];
	int fd = socket_of(s, l);
	long number = fd < 0 ? -1 : keep(s, accept4(fd, (struct sockaddr *)&from, &n,
						   SOCK_NONBLOCK | SOCK_CLOEXEC));
	uint16_t port;

	if (number < 0) {
		say_call(s, l, number);
		return;
	}
	memcpy(&in, &from, sizeof in);
	memcpy(&in6, &from, sizeof in6);
	if (from.ss_family == AF_INET6)
		inet_ntop(AF_INET6, &in6.sin6_addr, addr, sizeof addr);
	else
		inet_ntop(AF_INET, &in.sin_addr, addr, sizeof addr);
	port = from.ss_family == AF_INET6 ? ntohs(in6.sin6_port) : ntohs(in.sin_port);
	snprintf(words, sizeof words, "%s %ld %s %u", TC_DUT_OK, number, addr, port);
	say(s, l, words);
}

static void serve_connect(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	int fd = socket_of(s, l);
	struct sockaddr_storage to;
	socklen_t n;

	say_call(s, l, fd >= 0 && read_address(l, &to, &n) ?
		 connect(fd, (const struct sockaddr *)&to, n) : -1);
}

static bool is_urgent(const struct tc_dut_line *l)
{
	return l->n > 3 && strcmp(l->word[3], "urgent") == 0;
}

static void serve_send(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	int fd = socket_of(s, l), rc = 0;
	struct tc_buf bytes = { 0 };

	if (fd >= 0)
		rc = tc_dut_bytes_read(&bytes, l->word[2], BYTES_MOST, NULL);
	if (fd < 0 || rc < 0)
		errno = fd < 0 ? EBADF : EMSGSIZE;
	say_number(s, l, fd < 0 || rc < 0 ? -1 :
		   send(fd, bytes.data ? bytes.data : (const uint8_t *)"", bytes.len,
			MSG_NOSIGNAL | (is_urgent(l) ? MSG_OOB : 0)));
	tc_buf_free(&bytes);
}

static void serve_receive(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	int fd = socket_of(s, l);
	uint8_t bytes[TC_DUT_BYTES];
	struct tc_buf words = { 0 };
	ssize_t got = -1;
	long n;

	if (fd >= 0 && !tc_dut_number(l->word[2], 0, TC_DUT_BYTES, &n))
		errno = EINVAL;
	else if (fd >= 0)
		got = recv(fd, bytes, (size_t)n, is_urgent(l) ? MSG_OOB : 0);
	if (got < 0) {
		say_call(s, l, got);
		return;
	}
	tc_buf_printf(&words, "%s ", TC_DUT_OK);
	tc_dut_bytes_put(&words, bytes, (size_t)got);
	tc_buf_add(&words, "", 1);
	say(s, l, words.failed ? "ENOMEM" : (const char *)words.data);
	tc_buf_free(&words);
}

static void serve_shutdown(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	static const char *const how[] = { "read", "write", "both" };
	int fd = socket_of(s, l), i = 0;

	while (i < 3 && strcmp(how[i], l->word[2]) != 0)
		i++;
	say_call(s, l, fd < 0 ? -1 : shutdown(fd, i));
}

static void serve_close(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	int fd = socket_of(s, l);

	say_call(s, l, fd < 0 ? -1 : close(fd));
	forget(s, l);
}

static void serve_abort(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	int fd = socket_of(s, l);

	say_call(s, l, fd < 0 ? -1 : tc_kernel_abort(fd));
	forget(s, l);
}

static long set_option(int fd, const struct tc_dut_option *o, const char *word)
{
	struct linger l;
	long v;
	int i;

	errno = EINVAL;
	if (!tc_dut_number(word, INT32_MIN, INT32_MAX, &v))
		return -1;
	i = (int)v;
	l = tc_dut_linger(i);
	return tc_dut_option_lingers(o) ?
	       setsockopt(fd, o->level, o->number, &l, sizeof l) :
	       setsockopt(fd, o->level, o->number, &i, sizeof i);
}

static int get_option(int fd, const struct tc_dut_option *o, int *value)
{
	struct linger l = { 0 };
	socklen_t n = tc_dut_option_lingers(o) ? sizeof l : sizeof *value;
	void *to = tc_dut_option_lingers(o) ? (void *)&l : (void *)value;
	int rc = getsockopt(fd, o->level, o->number, to, &n);

	if (tc_dut_option_lingers(o))
		*value = tc_dut_linger_seconds(&l);
	return rc;
}

static void serve_option(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	const struct tc_dut_option *o = tc_dut_option_named(l->word[2]);
	int fd = socket_of(s, l), value = 0;

	if (!o)
		say(s, l, TC_DUT_UNSUPPORTED);
	else if (fd < 0)
		say_call(s, l, -1);
	else if (l->n > 3)
		say_call(s, l, set_option(fd, o, l->word[3]));
	else if (get_option(fd, o, &value) < 0)
		say_call(s, l, -1);
	else
		say_value(s, l, value);
}

static void serve_info(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	int fd = socket_of(s, l);
	long state = fd < 0 ? -1 : tc_kernel_status(fd);
	char words[40];

	snprintf(words, sizeof words, "%s %s", TC_DUT_OK, tc_dut_state((int)state));
	if (state < 0)
		say_call(s, l, state);
	else
		say(s, l, words);
}

static const struct {
	const char *verb;
	unsigned least, most;		/* words */
	void (*serve)(struct tc_dut_server *s, const struct tc_dut_line *l);
} requests[] = {
	{ "reset", 1, 1, serve_reset }, { "open", 1, 2, serve_open },
	{ "bind", 4, 4, serve_bind }, { "listen", 3, 3, serve_listen },
	{ "accept", 2, 2, serve_accept }, { "connect", 4, 4, serve_connect },
	{ "send", 3, 4, serve_send }, { "receive", 3, 4, serve_receive },
	{ "shutdown", 3, 3, serve_shutdown }, { "close", 2, 2, serve_close },
	{ "abort", 2, 2, serve_abort }, { "option", 3, 4, serve_option },
	{ "info", 2, 2, serve_info },
};

static void carry_out(struct tc_dut_server *s, const struct tc_dut_line *l)
{
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		if (strcmp(requests[i].verb, l->word[0]) != 0)
			continue;
		if (l->n < requests[i].least || l->n > requests[i].most)
			say(s, l, "EINVAL");
		else
			requests[i].serve(s, l);
		return;
	}
	say(s, l, TC_DUT_UNSUPPORTED);
}

/* Numbers go round at 2^32, and so do differences. */
static bool begins_session(const struct tc_dut_server *s, const struct tc_dut_line *l)
{
	return strcmp(l->word[0], "reset") == 0 && s->last - l->id >= TC_DUT_OLD &&
	       s->before - l->id >= TC_DUT_OLD;
}

size_t tc_dut_serve_line(struct tc_dut_server *s, const char *text, size_t n)
{
	struct tc_dut_line l;

	if (tc_dut_line_read(&l, text, n, NULL) < 0)
		return 0;
	if (l.id == s->last)	/* the reply was lost, not the request */
		return s->reply_n;
	if (l.id - s->last >= TC_DUT_OLD) {
		if (!begins_session(s, &l))
			return 0;
		s->before = s->last;
	}
	carry_out(s, &l);
	s->last = l.id;
	return s->reply_n;
}
