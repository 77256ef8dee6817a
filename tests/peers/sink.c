/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sink ADDR PORT: a server that reads, says nothing, and closes when its client does; for
 * thousands of clients a second, and before all else that runs here where it may. Says
 * "listening" when it does.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 256

static void must(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static int open_listener(const char *addr, const char *port)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_PASSIVE,
				  .ai_socktype = SOCK_STREAM }, *ai = NULL;
	int fd, on = 1;

	must(getaddrinfo(addr, port, &hints, &ai) == 0, "address");
	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	must(fd >= 0, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	must(bind(fd, ai->ai_addr, ai->ai_addrlen) == 0, "bind");
	must(listen(fd, 4096) == 0, "listen");
	freeaddrinfo(ai);
	return fd;
}

static void watch(int epoll, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev) == 0, "epoll");
}

static void accept_all(int epoll, int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
		watch(epoll, fd);
}

static void read_all(int fd)
{
	char bytes[4096];
	ssize_t n;

	while ((n = read(fd, bytes, sizeof bytes)) > 0)
		;
	if (n == 0 || errno != EAGAIN)
		close(fd);
}

int main(int argc, char **argv)
{
	struct epoll_event ev[EVENTS];
	int listener, epoll;

	if (argc != 3)
		return 2;
	sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){ .sched_priority = 1 });
	listener = open_listener(argv[1], argv[2]);
	epoll = epoll_create1(0);
	must(epoll >= 0, "epoll");
	watch(epoll, listener);
	printf("listening\n");
	fflush(stdout);
	for (;;) {
		int n = epoll_wait(epoll, ev, EVENTS, -1);

		for (int i = 0; i < n; i++)
			if (ev[i].data.fd == listener)
				accept_all(epoll, listener);
			else
				read_all(ev[i].data.fd);
	}
}
