/* SPDX-License-Identifier: BSD-2-Clause */
/* This kernel's sockets, for a server of the protocol. */
#include "machine.h"

#include "host/sockaddr.h"
#include "syscalls/kernel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int result_of(long result)
{
	return result < 0 ? -errno : (int)result;
}

static int kernel_open(void *ctx, uint8_t family)
{
	(void)ctx;
	return result_of(socket(family == 6 ? AF_INET6 : AF_INET,
				SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

/* One case follows another, whose connections may be in TIME-WAIT. */
static int kernel_bind(void *ctx, int fd, const struct tc_addr *addr, uint16_t port)
{
	const int yes = 1;
	struct sockaddr_storage at;
	socklen_t n = tc_sockaddr(&at, addr, port);

	(void)ctx;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	return result_of(bind(fd, (const struct sockaddr *)&at, n));
}

static int kernel_listen(void *ctx, int fd, int backlog)
{
	(void)ctx;
	return result_of(listen(fd, backlog));
}

static int kernel_accept(void *ctx, int fd, struct tc_addr *from, uint16_t *port)
{
	struct sockaddr_storage at = { 0 };
	struct sockaddr_in6 in6;
	struct sockaddr_in in;
	socklen_t n = sizeof at;
	int got = accept4(fd, (struct sockaddr *)&at, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)ctx;
	memcpy(&in, &at, sizeof in);
	memcpy(&in6, &at, sizeof in6);
	if (at.ss_family == AF_INET6)
		*from = tc_addr_from_v6((const uint8_t *)&in6.sin6_addr);
	else
		*from = tc_addr_from_v4(ntohl(in.sin_addr.s_addr));
	*port = ntohs(at.ss_family == AF_INET6 ? in6.sin6_port : in.sin_port);
	return result_of(got);
}

static int kernel_connect(void *ctx, int fd, const struct tc_addr *addr, uint16_t port)
{
	struct sockaddr_storage to;
	socklen_t n = tc_sockaddr(&to, addr, port);
	int rc = result_of(connect(fd, (const struct sockaddr *)&to, n));

	(void)ctx;
	return rc == -EINPROGRESS || rc == -EALREADY ? -EAGAIN : rc;
}

static int flag_of(enum tc_dut_how how)
{
	return how == TC_DUT_URGENT ? MSG_OOB : how == TC_DUT_PEEK ? MSG_PEEK : 0;
}

static long kernel_send(void *ctx, int fd, const uint8_t *bytes, size_t n, enum tc_dut_how how)
{
	ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL | flag_of(how));

	(void)ctx;
	return sent < 0 ? -errno : sent;
}

static long kernel_receive(void *ctx, int fd, uint8_t *to, size_t room, enum tc_dut_how how)
{
	ssize_t got = recv(fd, to, room, flag_of(how));

	(void)ctx;
	return got < 0 ? -errno : got;
}

static int kernel_shutdown(void *ctx, int fd, int how)
{
	(void)ctx;
	return result_of(shutdown(fd, how));
}

static int kernel_close(void *ctx, int fd)
{
	(void)ctx;
	return result_of(close(fd));
}

static int kernel_abort(void *ctx, int fd)
{
	int rc = result_of(tc_kernel_abort(fd));

	(void)ctx;
	if (rc < 0)
		close(fd);
	return rc;
}

static int kernel_set(void *ctx, int fd, const struct tc_dut_option *o, int value)
{
	struct linger l = tc_dut_linger(value);

	(void)ctx;
	return result_of(tc_dut_option_lingers(o) ?
			 setsockopt(fd, o->level, o->number, &l, sizeof l) :
			 setsockopt(fd, o->level, o->number, &value, sizeof value));
}

static int kernel_get(void *ctx, int fd, const struct tc_dut_option *o, int *value)
{
	struct linger l = { 0 };
	socklen_t n = tc_dut_option_lingers(o) ? sizeof l : sizeof *value;
	void *to = tc_dut_option_lingers(o) ? (void *)&l : (void *)value;
	int rc = result_of(getsockopt(fd, o->level, o->number, to, &n));

	(void)ctx;
	if (tc_dut_option_lingers(o))
		*value = tc_dut_linger_seconds(&l);
	return rc;
}

static int kernel_status(void *ctx, int fd)
{
	(void)ctx;
	return result_of(tc_kernel_status(fd));
}

static int kernel_wait(void *ctx, struct pollfd *fds, unsigned n)
{
	(void)ctx;
	return result_of(poll(fds, n, -1));
}

const struct tc_dut_machine tc_dut_kernel = {
	.open = kernel_open, .bind = kernel_bind, .listen = kernel_listen,
	.accept = kernel_accept, .connect = kernel_connect, .send = kernel_send,
	.receive = kernel_receive, .shutdown = kernel_shutdown, .close = kernel_close,
	.abort = kernel_abort, .set = kernel_set, .get = kernel_get, .status = kernel_status,
	.wait = kernel_wait,
};
