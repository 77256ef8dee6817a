/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An echo server on LWIPv6 (View-OS), a TCP that was not written here, for the atlas.
 *
 *	lwipv6_echo TAP ADDR BITS	port 7 sends back what it gets, port 79 closes when it has
 *					got something; it says "listening" and runs until it is ended
 *
 * The tap is made beforehand; LWIPv6 is the host at its other end. A thread a connection.
 */
#include "lwipv6_tap.h"

#include <pthread.h>
#include <stdbool.h>

struct service {
	struct stack *stack;
	in_port_t port;
	bool closes;
};

struct client {
	int fd;
	bool closes;
};

static void *talk(void *arg)
{
	struct client c = *(struct client *)arg;
	char bytes[4096];
	ssize_t n;

	free(arg);
	while ((n = lwip_recv(c.fd, bytes, sizeof bytes, 0)) > 0 && !c.closes)
		for (ssize_t at = 0, put; at < n; at += put) {
			put = lwip_send(c.fd, bytes + at, (int)(n - at), 0);
			if (put <= 0)
				break;
		}
	lwip_close(c.fd);
	return NULL;
}

static int listener(const struct service *s)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(s->port) };
	int fd = lwip_msocket(s->stack, AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || lwip_bind(fd, (struct sockaddr *)&at, sizeof at) < 0 ||
	    lwip_listen(fd, 128) < 0)
		return -1;
	return fd;
}

static void *serve(void *arg)
{
	const struct service *s = arg;
	int fd = listener(s);

	if (fd < 0) {
		fprintf(stderr, "lwipv6_echo: cannot listen on %u\n", s->port);
		exit(1);
	}
	printf("listening on %u\n", s->port);
	fflush(stdout);
	for (;;) {
		struct client *c = malloc(sizeof *c);
		pthread_t thread;

		if (!c)
			exit(1);
		c->closes = s->closes;
		c->fd = lwip_accept(fd, NULL, NULL);
		if (c->fd < 0) {
			free(c);
		} else if (pthread_create(&thread, NULL, talk, c) == 0) {
			pthread_detach(thread);
		} else {
			lwip_close(c->fd);
			free(c);
		}
	}
}

int main(int argc, char **argv)
{
	static struct service echo = { .port = 7 }, closes = { .port = 79, .closes = true };
	pthread_t thread;

	if (argc != 4) {
		fprintf(stderr, "usage: lwipv6_echo TAP ADDR BITS\n");
		return 2;
	}
	echo.stack = closes.stack = up(argv);
	if (!echo.stack) {
		fprintf(stderr, "lwipv6_echo: " UP_FAILED "\n", argv[1], argv[2], argv[3]);
		return 1;
	}
	if (pthread_create(&thread, NULL, serve, &closes) != 0)
		return 1;
	serve(&echo);
}
