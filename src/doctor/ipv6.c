/* SPDX-License-Identifier: BSD-2-Clause */
/* What IPv6 lacks on this host, and the guard tried over ::1. */
#include "own.h"

#include "host/netns.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FILE_MAX (4u << 20)
#define LOOK_AGAIN_MS 20
#define ADDRESSES "/proc/net/if_inet6"
#define SCOPE_GLOBAL 0x00u	/* there */

/* ---- what it lacks --------------------------------------------------------------- */

struct addresses {
	bool kernel, loopback;
	unsigned global;
};

static struct addresses find_addresses(void)
{
	struct addresses a = { 0 };
	struct tc_buf b = { 0 };
	unsigned scope;
	char bytes[33];

	a.kernel = access(ADDRESSES, F_OK) == 0;
	tc_buf_read_file(&b, ADDRESSES, FILE_MAX, NULL);
	tc_buf_add_u8(&b, '\0');
	for (const char *line = (const char *)b.data; line && *line; line += *line == '\n') {
		if (sscanf(line, "%32s %*x %*x %x", bytes, &scope) == 2) {
			a.loopback |= strcmp(bytes, "00000000000000000000000000000001") == 0;
			a.global += scope == SCOPE_GLOBAL;
		}
		line += strcspn(line, "\n");
	}
	tc_buf_free(&b);
	return a;
}

static bool is_disabled(const char *ifname)
{
	char path[sizeof "/proc/sys/net/ipv6/conf//disable_ipv6" + IF_NAMESIZE];
	struct tc_buf b = { 0 };
	bool yes;

	snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/disable_ipv6", ifname);
	yes = tc_buf_read_file(&b, path, 64, NULL) == 0 && b.len && b.data[0] == '1';
	tc_buf_free(&b);
	return yes;
}

/* A datagram socket finds a route and sends nothing. 2001:db8::1, RFC 3849. */
static bool has_route(void)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(9),
				   .sin6_addr = { .s6_addr = { 0x20, 1, 0x0d, 0xb8,
							       [15] = 1 } } };
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool has = fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0;

	if (fd >= 0)
		close(fd);
	return has;
}

void tc_doctor_ipv6(struct tc_doctor *d, struct tc_checkup *f)
{
	struct addresses a = find_addresses();

	(void)d;
	if (!a.kernel) {
		tc_doctor_say(f, TC_HEALTH_WARN, "not in this kernel: only IPv4 works");
		tc_doctor_cure(f, "modprobe ipv6, or boot without ipv6.disable=1");
	} else if (is_disabled("all") || is_disabled("lo")) {
		tc_doctor_say(f, TC_HEALTH_WARN, "disabled by sysctl: only IPv4 works");
		tc_doctor_cure(f, "sysctl net.ipv6.conf.all.disable_ipv6=0 "
			       "net.ipv6.conf.lo.disable_ipv6=0");
	} else if (!a.loopback) {
		tc_doctor_say(f, TC_HEALTH_WARN, "lo has no ::1");
		tc_doctor_cure(f, "ip link set lo up");
	} else if (!tc_doctor_has("ip6tables-restore")) {
		tc_doctor_say(f, TC_HEALTH_WARN, tc_doctor_has("nft") ?
			      "ip6tables is missing; nft does its work" : "ip6tables is missing, "
			      "and nft too: nothing can keep the kernel's RST away");
		tc_doctor_cure(f, "apt-get install iptables");
	} else if (a.global == 0) {
		tc_doctor_say(f, TC_HEALTH_OK, "no global address: only this host and its links");
	} else {
		tc_doctor_say(f, TC_HEALTH_OK, "%u global address%s, %s", a.global,
			      a.global == 1 ? "" : "es", has_route() ? "a default route" :
			      "no default route: only this host and its subnets");
	}
}

/* ---- the guard over ::1 ------------------------------------------------------------ */

/* The kernel resets who knocks at a port without a listener; under the guard it must not.
 * The port is bound, so that it is nobody else's meanwhile. */
static int closed_port(struct sockaddr_in6 *at, struct tc_error *err)
{
	socklen_t len = sizeof *at;
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*at = (struct sockaddr_in6){ .sin6_family = AF_INET6,
				     .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	if (fd >= 0 && bind(fd, (struct sockaddr *)at, sizeof *at) == 0 &&
	    getsockname(fd, (struct sockaddr *)at, &len) == 0)
		return fd;
	tc_fail_errno(err, "no port of ::1");
	if (fd >= 0)
		close(fd);
	return -1;
}

static int knock(const struct sockaddr_in6 *at, struct tc_error *err)
{
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && (connect(fd, (const struct sockaddr *)at, sizeof *at) == 0 ||
			errno == EINPROGRESS || errno == ECONNREFUSED))
		return fd;
	tc_fail_errno(err, "no connection to ::1");
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Until the knock is refused, or the guard has dropped something; with no guard only the
 * former. */
static void await(struct tc_doctor_shake *k, int fd, struct tc_guard *g, tc_time until)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int64_t blocked = 0;

	while (blocked == 0 && k->leaked == 0 && tc_clock_monotonic() < until) {
		k->leaked = poll(&p, 1, LOOK_AGAIN_MS) > 0;
		blocked = tc_guard_blocked(g, &k->err);
		if (blocked < 0)
			return;
	}
	k->verdict = k->leaked ? TC_VERDICT_REFUSED : TC_VERDICT_SILENT;
}

void tc_doctor_knock(struct tc_doctor_shake *k, enum tc_guard_mode mode, tc_time until)
{
	struct tc_guard_spec spec = { .mode = mode };
	struct tc_guard *g = NULL;
	struct sockaddr_in6 at;
	struct tc_error *err;
	int port, fd = -1;

	*k = (struct tc_doctor_shake){ .asked = mode, .used = mode };
	port = closed_port(&at, &k->err);
	if (port < 0)
		return;
	spec.port = ntohs(at.sin6_port);
	spec.local = spec.peer = tc_addr_from_v6(at.sin6_addr.s6_addr);
	if (tc_guard_start(&g, &spec, &k->err) == 0)
		fd = knock(&at, &k->err);
	if (fd >= 0) {
		await(k, fd, g, until);
		close(fd);
	}
	k->used = g ? tc_guard_mode(g) : mode;
	err = k->err.code < 0 ? NULL : &k->err;
	tc_guard_stop(g, &k->blocked, err);
	close(port);
}

/* In a network of our own; what is written is its own as well. */
void tc_doctor_want_ipv6(void)
{
	tc_netns_sysctl("net/ipv6/conf/all/disable_ipv6", "0");
	tc_netns_sysctl("net/ipv6/conf/lo/disable_ipv6", "0");
}
