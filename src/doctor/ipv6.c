/* SPDX-License-Identifier: BSD-2-Clause */
/* What IPv6 lacks on this host. */
#include "own.h"

#include "host/netns.h"

#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FILE_MAX (4u << 20)
#define ADDRESSES "/proc/net/if_inet6"
#define SCOPE_GLOBAL 0x00u	/* there */

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

/* In a network of our own; what is written is its own as well. */
void tc_doctor_want_ipv6(void)
{
	tc_netns_sysctl("net/ipv6/conf/all/disable_ipv6", "0");
	tc_netns_sysctl("net/ipv6/conf/lo/disable_ipv6", "0");
}
