/* SPDX-License-Identifier: BSD-2-Clause */
/* Servers and clients on kernel sockets. See sockets.h. */
#include "sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define FDS_MAX 16384		/* of a server; each client has one */
#define EVENTS 256
#define HEADER 9		/* PROT: magic, version, length (BE32) */
#define CHECKSUM 2
#define FRAME_MAX (HEADER + 512 + CHECKSUM)
#define CHUNK ((size_t)256 << 10)
#define ACK_LEN 3
#define BACKLOG 200000		/* as much as somaxconn allows */

int bench_end(struct bench_end *e, const char *text)
{
	*e = (struct bench_end){ .len = sizeof e->at.v4 };
	if (inet_pton(AF_INET, text, &e->at.v4.sin_addr) == 1) {
		e->at.v4.sin_family = AF_INET;
		return 0;
	}
	*e = (struct bench_end){ .len = sizeof e->at.v6 };
	e->at.v6.sin6_family = AF_INET6;
	return inet_pton(AF_INET6, text, &e->at.v6.sin6_addr) == 1 ? 0 : -EINVAL;
}

uint16_t bench_port(const struct bench_end *e)
{
	return ntohs(e->at.any.sa_family == AF_INET6 ? e->at.v6.sin6_port : e->at.v4.sin_port);
}

struct tc_addr bench_addr(const struct bench_end *e)
{
	return e->at.any.sa_family == AF_INET6 ? tc_addr_from_v6(e->at.v6.sin6_addr.s6_addr)
					       : tc_addr_from_v4(ntohl(e->at.v4.sin_addr.s_addr));
}

int bench_listen_in(const char *netns, struct bench_end *at)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int there = open(netns, O_RDONLY | O_CLOEXEC);
	int fd = -1, rc = 0;

	if (home < 0 || there < 0 || setns(there, CLONE_NEWNET) < 0) {
		rc = -errno;
	} else {
		fd = socket(at->at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (bind(fd, &at->at.any, at->len) < 0 || listen(fd, BACKLOG) < 0 ||
		    getsockname(fd, &at->at.any, &at->len) < 0)
			rc = -errno;
		if (setns(home, CLONE_NEWNET) < 0)
			rc = -errno;
	}
	close(home);
	close(there);
	if (rc == 0)
		return fd;
	close(fd);
	return rc;
}

static void go_to_first_core(void)
{
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	sched_setaffinity(0, sizeof first, &first);	/* as well as it can */
}

pid_t bench_start_server(int listener, void (*serve)(int listener))
{
	pid_t parent = getpid(), pid = fork();

	if (pid)
		return pid < 0 ? -errno : pid;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(3);
	prctl(PR_SET_NAME, "bench-server");
	go_to_first_core();
	serve(listener);
	_exit(3);
}

void bench_stop_server(pid_t server)
{
	if (server <= 0)
		return;
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
}

/* ---- PROT ---------------------------------------------------------------------------- */

struct client {
	size_t have;
	uint8_t frame[FRAME_MAX];
};

static void watch(int epoll, int fd, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.fd = fd };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) < 0)
		_exit(3);
}

static void take_clients(int epoll, int listener, struct client *clients)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		if (fd >= FDS_MAX) {
			close(fd);
			continue;
		}
		clients[fd].have = 0;
		watch(epoll, fd, EPOLLIN);
	}
}

/* 1: whole and good, 0: not yet whole, -1: no frame. */
static int check_frame(const struct client *c)
{
	static const uint8_t head[] = { 'P', 'R', 'O', 'T', 1 };
	size_t len;
	uint8_t sum = 0;

	if (c->have < HEADER)
		return 0;
	len = (size_t)c->frame[7] << 8 | c->frame[8];
	if (memcmp(c->frame, head, sizeof head) != 0 || len > 512)
		return -1;
	if (c->have < HEADER + len + CHECKSUM)
		return 0;
	for (size_t i = 0; i < len; i++)
		sum ^= c->frame[HEADER + i];
	return c->frame[HEADER + len] == sum ? 1 : -1;
}

static void serve_client(int fd, struct client *c)
{
	ssize_t n = read(fd, c->frame + c->have, sizeof c->frame - c->have);
	int rc = -1;

	if (n > 0) {
		c->have += (size_t)n;
		rc = check_frame(c);
	}
	if (rc > 0) {
		c->have = 0;
		rc = send(fd, "ACK", ACK_LEN, MSG_NOSIGNAL) == ACK_LEN ? 0 : -1;
	}
	if (rc < 0)
		close(fd);
}

void bench_serve_prot(int listener)
{
	struct client *clients = calloc(FDS_MAX, sizeof *clients);
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event events[EVENTS];
	const struct rlimit files = { FDS_MAX, FDS_MAX };

	setrlimit(RLIMIT_NOFILE, &files);	/* who may not has fewer at once */
	if (!clients || epoll < 0)
		_exit(3);
	watch(epoll, listener, EPOLLIN);
	for (;;) {
		int n = epoll_wait(epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			int fd = events[i].data.fd;

			if (fd == listener)
				take_clients(epoll, listener, clients);
			else
				serve_client(fd, &clients[fd]);
		}
	}
}

struct asking {
	const struct bench_end *to;
	const uint8_t *frame;
	size_t len;
	int epoll;
};

/* Until the peer has closed, too: one at a time. */
static int one_exchange(const struct asking *a)
{
	int rc = -EBADMSG, fd = socket(a->to->at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint8_t reply[16];

	if (connect(fd, &a->to->at.any, a->to->len) < 0 ||
	    send(fd, a->frame, a->len, MSG_NOSIGNAL) != (ssize_t)a->len)
		rc = -errno;
	else if (recv(fd, reply, sizeof reply, 0) == ACK_LEN && shutdown(fd, SHUT_WR) == 0 &&
		 recv(fd, reply, sizeof reply, 0) == 0)
		rc = 0;
	close(fd);
	return rc;
}

/* Edge-triggered, so that one epoll_ctl is enough for all of its life. */
static int begin(const struct asking *a)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT | EPOLLET };
	int fd = socket(a->to->at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	e.data.fd = fd;
	if ((connect(fd, &a->to->at.any, a->to->len) < 0 &&
	     errno != EINPROGRESS) || epoll_ctl(a->epoll, EPOLL_CTL_ADD, fd, &e) < 0) {
		int rc = -errno;

		close(fd);
		return rc;
	}
	return 0;
}

/* 1: over, 0: not yet. Closing takes it out of the epoll set. */
static int go_on(const struct asking *a, const struct epoll_event *e)
{
	uint8_t reply[16];

	if (!(e->events & EPOLLIN))
		return send(e->data.fd, a->frame, a->len, MSG_NOSIGNAL) == (ssize_t)a->len ?
			       0 : -EIO;
	if (recv(e->data.fd, reply, sizeof reply, 0) != ACK_LEN)
		return -EBADMSG;
	close(e->data.fd);
	return 1;
}

static int many_exchanges(const struct asking *a, unsigned count, unsigned parallel)
{
	struct epoll_event events[EVENTS];
	unsigned begun = 0, over = 0;
	int rc = 0;

	while (over < count && rc >= 0) {
		while (begun < count && begun - over < parallel && rc >= 0) {
			rc = begin(a);
			begun++;
		}
		int n = rc < 0 ? 0 : epoll_wait(a->epoll, events, EVENTS, 2000);

		if (n == 0 && rc >= 0)
			rc = -ETIMEDOUT;
		for (int i = 0; i < n && rc >= 0; i++) {
			rc = go_on(a, &events[i]);
			over += rc > 0;
		}
	}
	return rc < 0 ? rc : 0;
}

int bench_prot_client(const struct bench_end *to, const uint8_t *frame, size_t len,
		      unsigned count, unsigned parallel)
{
	struct asking a = { .to = to, .frame = frame, .len = len, .epoll = -1 };
	int rc = 0;

	if (parallel == 1) {
		for (unsigned i = 0; i < count && rc == 0; i++)
			rc = one_exchange(&a);
		return rc;
	}
	a.epoll = epoll_create1(EPOLL_CLOEXEC);
	rc = a.epoll < 0 ? -errno : many_exchanges(&a, count, parallel);
	close(a.epoll);
	return rc;
}

/* ---- bulk ---------------------------------------------------------------------------- */

static bool send_all(int fd, uint8_t *chunk, uint64_t bytes)
{
	while (bytes) {
		ssize_t n = send(fd, chunk, bytes < CHUNK ? bytes : CHUNK, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		bytes -= (uint64_t)n;
	}
	return true;
}

static bool take_all(int fd, uint8_t *chunk, uint64_t bytes)
{
	while (bytes) {
		ssize_t n = recv(fd, chunk, bytes < CHUNK ? bytes : CHUNK, 0);

		if (n <= 0)
			return false;
		bytes -= (uint64_t)n;
	}
	return true;
}

static void serve_order(int fd, uint8_t *chunk)
{
	struct bench_order order;

	if (recv(fd, &order, sizeof order, MSG_WAITALL) != (ssize_t)sizeof order)
		return;
	if (order.down)
		send_all(fd, chunk, order.bytes);
	else if (take_all(fd, chunk, order.bytes))
		send(fd, chunk, 1, MSG_NOSIGNAL);
	recv(fd, chunk, 1, 0);		/* the client closes first */
}

void bench_serve_bulk(int listener)
{
	uint8_t *chunk = calloc(1, CHUNK);
	int fd;

	if (!chunk || fcntl(listener, F_SETFL, 0) < 0)
		_exit(3);
	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		serve_order(fd, chunk);
		close(fd);
	}
}

int bench_bulk_client(const struct bench_end *to, const struct bench_order *order)
{
	int fd = socket(to->at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint8_t *chunk = calloc(1, CHUNK);
	bool good;

	good = chunk && connect(fd, &to->at.any, to->len) == 0 &&
	       send(fd, order, sizeof *order, MSG_NOSIGNAL) == (ssize_t)sizeof *order;
	if (good && order->down)
		good = take_all(fd, chunk, order->bytes);
	else if (good)
		good = send_all(fd, chunk, order->bytes) && take_all(fd, chunk, 1);
	close(fd);
	free(chunk);
	return good ? 0 : -EIO;
}
