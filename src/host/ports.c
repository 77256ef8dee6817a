/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Source ports that nobody else uses. A bound socket keeps a port (the kernel answers its
 * segments exactly as before, since nothing listens); for a large block some are bound,
 * spread over it, and all are looked up in the kernel's list of sockets.
 */
#include "socket_list.h"
#include "base/opened.h"

#include "base/addr.h"

#include <tcpcraft/error.h>
#include "ports.h"
#include "sockaddr.h"
#include <tcpcraft/rng.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BOUND_MAX 64
#define PORT_MAX 65535u
#define PORT_UNPRIVILEGED 1024u
#define PORT_COMFORTABLE 10000u	/* few services listen from here on */
#define TRIES 16		/* random places in each zone */
#define RESERVED_TEXT 4096	/* of ip_local_reserved_ports */

struct tc_ports {
	unsigned first;
	unsigned count;
	unsigned n_bound;
	int bound[BOUND_MAX];
};

struct range {
	unsigned low, high;	/* both belong to it */
};

static bool read_text(const char *path, char *text, int size)
{
	FILE *f = fopen(path, "re");
	bool ok = f && fgets(text, size, f);

	if (f)
		fclose(f);
	return ok;
}

/* The ports that the kernel gives to clients by itself. */
static struct range kernel_range(void)
{
	struct range r = { 32768, 60999 };
	char text[64];

	if (read_text("/proc/sys/net/ipv4/ip_local_port_range", text, sizeof text))
		sscanf(text, "%u %u", &r.low, &r.high);
	return r;
}

/* Is a port of the block in ip_local_reserved_ports ("8080,9148-9150")? */
static bool is_set_aside(unsigned first, unsigned count)
{
	char text[RESERVED_TEXT], *save = NULL, *item;
	unsigned low, high;

	if (!read_text("/proc/sys/net/ipv4/ip_local_reserved_ports", text, sizeof text))
		return false;
	for (item = strtok_r(text, ",\n", &save); item;
	     item = strtok_r(NULL, ",\n", &save)) {
		int n = sscanf(item, "%u-%u", &low, &high);

		if (n >= 1 && low < first + count && (n == 2 ? high : low) >= first)
			return true;
	}
	return false;
}

struct search {
	struct tc_addr addr;
	unsigned first, count;
	unsigned found;		/* a port of the block in use, 0: none */
};

static int on_socket(const struct nlmsghdr *nlh, void *data)
{
	const struct inet_diag_msg *m = tc_socket_listed(nlh);
	struct search *s = data;
	unsigned port;

	if (!m)
		return MNL_CB_OK;
	port = ntohs(m->id.idiag_sport);
	if (port >= s->first && port - s->first < s->count && tc_socket_covers(m, &s->addr))
		s->found = port;
	return MNL_CB_OK;
}

static int look_up(struct search *s, uint8_t family, struct tc_error *err)
{
	/* TIME-WAIT, and bound without use (Linux 6.8) */
	int rc = tc_socket_list(NULL, family, UINT32_MAX, on_socket, s);

	if (rc < 0)
		return tc_fail(err, rc, "cannot read the kernel's list of sockets: %s",
			       strerror(-rc));
	return 0;
}

static int in_use(const struct tc_addr *addr, unsigned port, struct tc_error *err)
{
	return tc_fail(err, -EADDRINUSE,
		       "port %u is in use on %s: choose another (ss -tan shows whose it is)", port,
		       tc_addr_is_none(addr) ? "0.0.0.0" : TC_HOST(addr));
}

/* A socket of no family named is of both where this host has both. */
static int open_socket(const struct tc_addr *addr, bool *v6)
{
	int fd = -1, only = addr->family == 6;

	*v6 = addr->family != 4;
	if (*v6)
		fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
	if (fd >= 0)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
	if (fd >= 0 || addr->family == 6)
		return fd;
	*v6 = false;
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
}

static int bind_to(int fd, const struct tc_addr *addr, bool v6, unsigned port)
{
	struct tc_addr ours = *addr;
	struct sockaddr_storage at;
	socklen_t n;

	ours.family = v6 ? 6 : 4;	/* none is any, of the socket's family */
	n = tc_sockaddr(&at, &ours, (uint16_t)port);
	return bind(fd, (const struct sockaddr *)&at, n);
}

/* Bind one port. 0 also when the address is not ours: then the port is nobody's. */
static int bind_one(struct tc_ports *p, const struct tc_addr *addr, unsigned port,
		    struct tc_error *err)
{
	bool v6;
	int fd = open_socket(addr, &v6);
	int rc = 0;

	if (fd < 0)
		return tc_fail_errno(err, "cannot reserve source port %u", port);
	if (bind_to(fd, addr, v6, port) == 0) {
		p->bound[p->n_bound++] = fd;
		return 0;
	}
	if (errno == EADDRINUSE)
		rc = in_use(addr, port, err);
	else if (errno == EACCES)
		rc = tc_fail(err, -EACCES, "source port %u is below 1024 and needs root "
			     "(CAP_NET_BIND_SERVICE): choose another with -g", port);
	else if (errno != EADDRNOTAVAIL && !(v6 && errno == EINVAL))	/* fe80:: without a scope */
		rc = tc_fail_errno(err, "cannot reserve source port %u", port);
	close(fd);
	return rc;
}

static void unbind(struct tc_ports *p)
{
	while (p->n_bound > 0)
		close(p->bound[--p->n_bound]);
}

/* Take the block at p->first: all of it, or nothing. */
static int take(struct tc_ports *p, const struct tc_addr *addr, struct tc_error *err)
{
	struct search s = { .addr = *addr, .first = p->first, .count = p->count };
	unsigned n = p->count < BOUND_MAX ? p->count : BOUND_MAX;
	int rc = 0;

	for (unsigned i = 0; i < n && rc == 0; i++)
		rc = bind_one(p, addr, p->first + i * p->count / n, err);
	if (rc == 0 && p->count > BOUND_MAX && p->n_bound > 0) {
		unsigned bound = p->n_bound;

		unbind(p);	/* or our own would be found in use */
		rc = look_up(&s, AF_INET, err);
		if (rc == 0)
			rc = look_up(&s, AF_INET6, err);
		if (rc == 0 && s.found)
			rc = in_use(addr, s.found, err);
		for (unsigned i = 0; i < bound && rc == 0; i++)
			rc = bind_one(p, addr, p->first + i * p->count / n, err);
	}
	if (rc < 0)
		unbind(p);
	return rc;
}

/* How far apart the bound ports of a large block are. It begins at a multiple of it, so that two
 * that are as large, of two runs, have a bound port in common wherever they overlap. */
static unsigned stride_of(unsigned count)
{
	return count > BOUND_MAX ? count / BOUND_MAX : 1;
}

/* Places for a block in a zone; the first in *first. */
static unsigned places_in(const struct range *zone, unsigned count, unsigned *first)
{
	unsigned stride = stride_of(count);

	*first = (zone->low + stride - 1) / stride * stride;
	return *first + count <= zone->high + 1
		? (zone->high + 1 - count - *first) / stride + 1 : 0;
}

/* A random place in the zones, each place equally likely; 0 when it fits nowhere. */
static unsigned random_place(const struct range *zone, int n, unsigned count)
{
	uint64_t places = 0, at;
	unsigned first, here;

	for (int i = 0; i < n; i++)
		places += places_in(&zone[i], count, &first);
	if (!places)
		return 0;
	at = tc_rng_kernel_u64() % places;
	for (int i = 0;; i++) {
		here = places_in(&zone[i], count, &first);
		if (at < here)
			return first + (unsigned)at * stride_of(count);
		at -= here;
	}
}

/* First outside the kernel's range where it is quiet, then anywhere outside of it, then
 * (the range may cover everything) inside, where only the bound sockets protect us. */
static int choose(struct tc_ports *p, const struct tc_addr *addr, struct tc_error *err)
{
	struct range k = kernel_range();
	struct range zones[][2] = {
		{ { PORT_COMFORTABLE, k.low - 1 }, { k.high + 1, PORT_MAX } },
		{ { PORT_UNPRIVILEGED, k.low - 1 }, { k.high + 1, PORT_MAX } },
		{ { PORT_UNPRIVILEGED, PORT_MAX }, { 1, 0 } },
	};
	int rc = tc_fail(err, -ERANGE, "there is no room for %u source ports in %u..%u",
			 p->count, PORT_UNPRIVILEGED, PORT_MAX);

	for (size_t z = 0; z < sizeof zones / sizeof zones[0]; z++) {
		for (unsigned i = 0; i < TRIES; i++) {
			p->first = random_place(zones[z], 2, p->count);
			if (!p->first)
				break;
			if (is_set_aside(p->first, p->count))
				continue;
			rc = take(p, addr, err);
			if (rc != -EADDRINUSE)
				return rc;
		}
	}
	return rc;
}

int tc_ports_reserve(struct tc_ports **out, const struct tc_addr *addr, uint16_t first,
		     unsigned count, struct tc_error *err)
{
	struct tc_ports *p;
	int rc;

	if (count < 1 || count > PORT_MAX || first + count - 1 > PORT_MAX)
		return tc_fail(err, -ERANGE, "%u source ports from %u on do not end by %u",
			       count, first, PORT_MAX);
	p = calloc(1, sizeof *p);
	if (!p)
		return tc_nomem(err);
	p->first = first;
	p->count = count;
	rc = first ? take(p, addr, err) : choose(p, addr, err);
	return TC_OPENED(out, p, rc, tc_ports_release);
}

uint16_t tc_ports_first(const struct tc_ports *p)
{
	return (uint16_t)p->first;
}

unsigned tc_ports_count(const struct tc_ports *p)
{
	return p->count;
}

bool tc_ports_are_ours(const struct tc_ports *p)
{
	struct range k = kernel_range();

	return p->n_bound == p->count || p->first > k.high || p->first + p->count <= k.low;
}

void tc_ports_release(struct tc_ports *p)
{
	if (!p)
		return;
	unbind(p);
	free(p);
}
