/* SPDX-License-Identifier: BSD-2-Clause */
/* Who listens on a port of this host, and how full his queue is. */
#include "check.h"

#include "host/backlog.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LIMIT 1

/* A listener on that address of IPv4, whose limit is LIMIT, with the port (0: any, set). */
static int listener(const char *addr, uint16_t *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(*port) };
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, addr, &a.sin_addr);
	CHECK(bind(fd, (struct sockaddr *)&a, n) == 0 && listen(fd, LIMIT) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&a, &n) == 0);
	*port = ntohs(a.sin_port);
	return fd;
}

static int client(const char *addr, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, addr, &a.sin_addr);
	CHECK(connect(fd, (struct sockaddr *)&a, sizeof a) == 0);
	return fd;
}

static struct tc_backlog found(const char *addr, uint16_t port)
{
	struct tc_backlogs *ask = tc_backlogs_open();
	struct tc_backlog l;
	struct tc_addr a;

	tc_addr_parse(&a, addr, NULL);
	tc_backlogs_find(ask, &l, &a, port);
	CHECK(l.known);
	tc_backlogs_close(ask);
	return l;
}

/* As Linux has it: one more than the limit is let in, and then the queue is full. */
static void a_queue_is_full_beyond_its_limit(void)
{
	uint16_t port = 0;
	int one = listener("127.0.0.1", &port), two = listener("127.0.0.2", &port);
	int clients[LIMIT + 1];
	struct tc_backlog l = found("127.0.0.1", port);

	CHECK_U64(l.sockets, 1);
	CHECK_U64(l.most, LIMIT);
	for (unsigned i = 0; i <= LIMIT; i++) {
		CHECK_U64(l.waiting, i);
		CHECK(!tc_backlog_is_full(&l));
		clients[i] = client("127.0.0.1", port);
		l = found("127.0.0.1", port);
	}
	CHECK_U64(l.waiting, LIMIT + 1);
	CHECK(tc_backlog_is_full(&l));
	l = found("127.0.0.2", port);		/* another address's has room */
	CHECK(l.sockets == 1 && l.waiting == 0 && !tc_backlog_is_full(&l));
	l = found("127.0.0.3", port);
	CHECK(!l.sockets && !tc_backlog_is_full(&l));
	for (unsigned i = 0; i <= LIMIT; i++)
		close(clients[i]);
	close(one);
	close(two);
}

/* One of IPv6 on :: is of both families, unless it said that it is not. */
static void both_families_are_looked_at(void)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6 };
	socklen_t n = sizeof a;

	for (int only = 0; only < 2; only++) {
		int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (fd < 0)
			return;			/* a kernel without IPv6 */
		a.sin6_port = 0;
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
		CHECK(bind(fd, (struct sockaddr *)&a, n) == 0 && listen(fd, LIMIT) == 0);
		CHECK(getsockname(fd, (struct sockaddr *)&a, &n) == 0);
		CHECK_U64(found("127.0.0.1", ntohs(a.sin6_port)).sockets, !only);
		CHECK_U64(found("::1", ntohs(a.sin6_port)).sockets, 1);
		close(fd);
	}
}

static void nobody_to_ask_knows_nothing(void)
{
	struct tc_backlog l = { .known = true };

	tc_backlogs_find(NULL, &l, &(struct tc_addr){ .family = 4 }, 80);
	CHECK(!l.known && !tc_backlog_is_full(&l));
	tc_backlogs_close(NULL);
}

CU_TestInfo tests_backlog[] = {
	{ "a queue is full beyond its limit", a_queue_is_full_beyond_its_limit },
	{ "both families are looked at", both_families_are_looked_at },
	{ "with nobody to ask nothing is known", nobody_to_ask_knows_nothing },
	CU_TEST_INFO_NULL,
};
