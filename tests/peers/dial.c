/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An ordinary kernel client of either family: dial ADDR PORT MILLISECONDS [SOURCE_PORT [MARK]]. Prints
 * what became of it: "connected", "refused" (a reset answered) or "silent" (nothing did
 * in time). Exit 0, or 2 when it could not try.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* An address of either family, with the port. */
static struct addrinfo *address(const char *host, const char *port)
{
	struct addrinfo want = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
				 .ai_socktype = SOCK_STREAM }, *found = NULL;

	return getaddrinfo(host, port, &want, &found) == 0 ? found : NULL;
}

static int open_socket(int family, int argc, char **argv)
{
	struct addrinfo *me;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0), rc;
	const int on = 1;
	unsigned mark;

	if (fd < 0)
		return -1;
	if (argc > 5) {
		mark = (unsigned)strtoul(argv[5], NULL, 0);
		if (setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) != 0)
			return -1;
	}
	if (argc > 4) {
		me = address(family == AF_INET6 ? "::" : "0.0.0.0", argv[4]);
		if (!me)
			return -1;
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		rc = bind(fd, me->ai_addr, me->ai_addrlen);
		freeaddrinfo(me);
		if (rc != 0)
			return -1;
	}
	return fd;
}

/* Its state tells who is connected: an error may have been told to somebody who asked before. */
static void say(int fd, int error)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len);
	puts(error == EINPROGRESS ? "silent" : error == 0 && info.tcpi_state != TCP_CLOSE ?
	     "connected" : "refused");
}

int main(int argc, char **argv)
{
	struct addrinfo *to = argc < 4 ? NULL : address(argv[1], argv[2]);
	socklen_t len = sizeof(int);
	struct pollfd p;
	int error = 0;

	if (!to) {
		fprintf(stderr, "usage: dial ADDR PORT MILLISECONDS [SOURCE_PORT [MARK]]\n");
		return 2;
	}
	p = (struct pollfd){ .fd = open_socket(to->ai_family, argc, argv), .events = POLLOUT };
	if (p.fd < 0) {
		perror("dial");
		return 2;
	}
	if (connect(p.fd, to->ai_addr, to->ai_addrlen) != 0)
		error = errno;
	freeaddrinfo(to);
	if (error == EINPROGRESS && poll(&p, 1, atoi(argv[3])) == 1)
		getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error == 0 || error == ECONNREFUSED || error == EINPROGRESS) {
		say(p.fd, error);
		return 0;
	}
	fprintf(stderr, "dial: %s\n", strerror(error));
	return 2;
}
