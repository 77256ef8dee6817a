/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hand on LWIPv6's sockets: the protocol of tcpcraft-dut(5) at standard input and output.
 *
 *	lwipv6_dut TAP ADDR BITS
 *
 * Its calls wait, so that what would is found out before; connect and send have a thread of
 * their own. It has no abort, closes no half of a connection (lwip_shutdown() sends nothing),
 * and tells no state. What still calls when its script is over ends with this process.
 */
#include "dut_lines.h"
#include "lwipv6_tap.h"

#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define SOCKETS 1024		/* their numbers are descriptors */
#define BYTES_MOST 8192		/* of one send, which waits for room for all of them: POLLOUT
				 * tells of 16384, but what is queued is counted in segments, too */
#define SEND_MOST 1		/* seconds; the tester waits for 3 */

static struct stack *stack;
static struct sock {
	bool open, called, stuck;	/* called: its thread is there, or was; stuck: in a send */
	_Atomic int connected;		/* -1: not yet; 0; an error */
	struct sockaddr_in to;
	unsigned char bytes[BYTES_MOST];	/* that are sent */
	int n, sent;
} socks[SOCKETS];

static const char *error_name(int e)
{
	static const struct {
		int e;
		const char *name;
	} names[] = {
		{ 0, "ok" }, { EAGAIN, "EAGAIN" }, { EADDRINUSE, "EADDRINUSE" },
		{ ECONNREFUSED, "ECONNREFUSED" }, { ECONNRESET, "ECONNRESET" },
		{ ECONNABORTED, "ECONNABORTED" }, { ETIMEDOUT, "ETIMEDOUT" },
		{ ENOTCONN, "ENOTCONN" }, { EHOSTUNREACH, "EHOSTUNREACH" },
		{ EINVAL, "EINVAL" }, { ENOMEM, "ENOMEM" }, { EPIPE, "EPIPE" },
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].e == e)
			return names[i].name;
	return "EIO";
}

static const char *result(int fd, int rc)
{
	int e = 0;
	socklen_t n = sizeof e;

	if (rc < 0 && lwip_getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &n) == 0)
		return error_name(e ? e : EIO);
	return rc < 0 ? "EIO" : "ok";
}

static bool is_ready(int fd, int events)
{
	return lwip_event_subscribe(NULL, NULL, fd, events) != 0;
}

/* "ok N" and what follows it, or that there is none: it does not say why. */
static void give(int fd, const char *more, char *out)
{
	if (fd < 0 || fd >= SOCKETS) {
		if (fd >= 0)
			lwip_close(fd);
		strcpy(out, "ENOMEM");
		return;
	}
	socks[fd] = (struct sock){ .open = true, .connected = -1 };
	sprintf(out, "ok %d%s", fd, more);
}

static bool read_address(char **w, struct sockaddr_in *at)
{
	*at = (struct sockaddr_in){ .sin_family = AF_INET,
				    .sin_port = htons((in_port_t)atoi(w[3])) };
	return inet_pton(AF_INET, w[2], &at->sin_addr) == 1;
}

/* ---- requests: each writes what follows the number ------------------------------------ */

static void serve_bind(int fd, char **w, char *out)
{
	struct sockaddr_in at;

	strcpy(out, !read_address(w, &at) ? "EINVAL" :
	       result(fd, lwip_bind(fd, (struct sockaddr *)&at, sizeof at)));
}

static void serve_listen(int fd, char **w, char *out)
{
	strcpy(out, result(fd, lwip_listen(fd, atoi(w[2]))));
}

/* (Who called it tells of UDP alone: netconn_peer() has no case of TCP.) */
static void serve_accept(int fd, char **w, char *out)
{
	(void)w;
	if (is_ready(fd, POLLIN))
		give(lwip_accept(fd, NULL, NULL), " 0.0.0.0 1", out);
	else
		strcpy(out, "EAGAIN");
}

static void *connect_it(void *arg)
{
	struct sock *s = arg;
	int fd = (int)(s - socks), e = 0;
	socklen_t n = sizeof e;

	if (lwip_connect(fd, (struct sockaddr *)&s->to, sizeof s->to) < 0 &&
	    (lwip_getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &n) < 0 || !e))
		e = EIO;
	s->connected = e;
	return NULL;
}

static void serve_connect(int fd, char **w, char *out)
{
	struct sock *s = &socks[fd];
	pthread_t thread;

	if (!s->called) {
		s->called = read_address(w, &s->to) &&
			    pthread_create(&thread, NULL, connect_it, s) == 0;
		if (s->called)
			pthread_detach(thread);
	}
	strcpy(out, !s->called ? "EINVAL" : s->connected < 0 ? "EAGAIN" :
	       s->connected == ECONNRESET ? "ECONNREFUSED" : error_name(s->connected));
}

static void *send_it(void *arg)
{
	struct sock *s = arg;

	s->sent = (int)lwip_send((int)(s - socks), s->bytes, s->n, 0);
	return NULL;
}

/* In time, or it is left alone: how many it has taken nobody can tell. */
static bool has_sent(struct sock *s)
{
	struct timespec until;
	pthread_t thread;

	if (pthread_create(&thread, NULL, send_it, s) != 0)
		return false;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += SEND_MOST;
	s->stuck = pthread_timedjoin_np(thread, NULL, &until) != 0;
	if (s->stuck)
		pthread_detach(thread);
	return !s->stuck;
}

static void serve_send(int fd, char **w, char *out)
{
	struct sock *s = &socks[fd];

	if (*w[3] || s->stuck || !is_ready(fd, POLLOUT)) {
		strcpy(out, *w[3] ? "unsupported urgent" : "EAGAIN");
		return;
	}
	s->n = (int)dut_bytes(w[2], s->bytes, sizeof s->bytes);
	if (!has_sent(s))
		strcpy(out, "unsupported without-room");
	else if (s->sent < 0)
		strcpy(out, result(fd, s->sent));
	else
		sprintf(out, "ok %d", s->sent);
}

static void serve_receive(int fd, char **w, char *out)
{
	unsigned char bytes[1000];
	int most = atoi(w[2]) < 1000 ? atoi(w[2]) : 1000, n;

	if (*w[3] || !is_ready(fd, POLLIN)) {
		strcpy(out, *w[3] ? "unsupported urgent-or-peek" : "EAGAIN");
		return;
	}
	n = (int)lwip_recv(fd, bytes, most, 0);
	if (n < 0) {
		strcpy(out, result(fd, n));
		return;
	}
	out += sprintf(out, n ? "ok " : "ok -");
	for (int i = 0; i < n; i++)
		out += sprintf(out, "%02x", bytes[i]);
}

/* (Who still calls, or sends, is woken by nobody: it is left alone.) */
static void serve_close(int fd, char **w, char *out)
{
	(void)w;
	if (socks[fd].stuck || (socks[fd].called && socks[fd].connected < 0)) {
		strcpy(out, "unsupported while-it-waits");
		return;
	}
	socks[fd].open = false;
	strcpy(out, lwip_close(fd) < 0 ? "EIO" : "ok");
}

static void serve_option(int fd, char **w, char *out)
{
	int level = strncmp(w[2], "SO_", 3) == 0 ? SOL_SOCKET : IPPROTO_TCP, value = atoi(w[3]);
	int name = strcmp(w[2], "SO_KEEPALIVE") == 0 ? SO_KEEPALIVE :
		   strcmp(w[2], "TCP_NODELAY") == 0 ? TCP_NODELAY : -1;

	strcpy(out, name < 0 || !*w[3] ? "unsupported" :
	       result(fd, lwip_setsockopt(fd, level, name, &value, sizeof value)));
}

static const struct {
	const char *verb;
	void (*serve)(int fd, char **w, char *out);
} requests[] = {
	{ "bind", serve_bind }, { "listen", serve_listen }, { "accept", serve_accept },
	{ "connect", serve_connect }, { "send", serve_send }, { "receive", serve_receive },
	{ "close", serve_close }, { "option", serve_option },
};

static void carry_out(char **w, char *out)
{
	int fd = atoi(w[1]);

	strcpy(out, "unsupported");
	if (strcmp(w[0], "reset") == 0) {
		for (fd = 0; fd < SOCKETS; fd++)
			if (socks[fd].open)
				serve_close(fd, w, out);
		strcpy(out, "ok");
	} else if (strcmp(w[0], "open") == 0 && strcmp(w[1], "6") != 0) {
		give(lwip_msocket(stack, AF_INET, SOCK_STREAM, 0), "", out);
	}
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
		if (strcmp(requests[i].verb, w[0]) == 0) {
			if (fd < 0 || fd >= SOCKETS || !socks[fd].open)
				strcpy(out, "EBADF");
			else
				requests[i].serve(fd, w, out);
		}
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: lwipv6_dut TAP ADDR BITS\n");
		return 2;
	}
	stack = up(argv);
	if (!stack) {
		fprintf(stderr, "lwipv6_dut: " UP_FAILED "\n", argv[1], argv[2], argv[3]);
		return 2;
	}
	dut_serve(carry_out);
	return 0;
}
