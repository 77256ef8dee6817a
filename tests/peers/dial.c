/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An ordinary kernel client: dial ADDR PORT MILLISECONDS [SOURCE_PORT [MARK]]. Prints
 * what became of it: "connected", "refused" (a reset answered) or "silent" (nothing did
 * in time). Exit 0, or 2 when it could not try.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static int open_socket(int argc, char **argv)
{
	struct sockaddr_in me = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
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
		me.sin_port = htons((uint16_t)atoi(argv[4]));
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		if (bind(fd, (struct sockaddr *)&me, sizeof(me)) != 0)
			return -1;
	}
	return fd;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	socklen_t len = sizeof(int);
	struct pollfd p;
	int error = 0;

	if (argc < 4 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) {
		fprintf(stderr, "usage: dial ADDR PORT MILLISECONDS [SOURCE_PORT [MARK]]\n");
		return 2;
	}
	to.sin_port = htons((uint16_t)atoi(argv[2]));
	p = (struct pollfd){ .fd = open_socket(argc, argv), .events = POLLOUT };
	if (p.fd < 0) {
		perror("dial");
		return 2;
	}
	if (connect(p.fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		error = errno;
	if (error == EINPROGRESS && poll(&p, 1, atoi(argv[3])) == 1)
		getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error == 0 || error == ECONNREFUSED || error == EINPROGRESS) {
		puts(error == 0 ? "connected" : error == EINPROGRESS ? "silent" : "refused");
		return 0;
	}
	fprintf(stderr, "dial: %s\n", strerror(error));
	return 2;
}
