/* SPDX-License-Identifier: BSD-2-Clause */
/* The doctor's look at the host: what we may do, what there is enough of, which way
 * packets go. Everything is only read. */
#include "own.h"

#include <tcpcraft/link.h>
#include "host/ports.h"
#include "sign/library.h"
#include "wall/wall.h"

#include <errno.h>
#include <jansson.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#define FILE_MAX 8192
#define CAP_NET_ADMIN_BIT 12
#define CAP_NET_RAW_BIT 13
#define DESCRIPTORS_NEEDED 32	/* capture, link, guard, signals, a few ports */
#define DESCRIPTORS_ENOUGH 128	/* 64 bound ports beside them */
#define PORTS_ENOUGH 1000
#define ANYWHERE 0xc0000201u	/* 192.0.2.1, RFC 5737: asked about, never sent to */

/* A small file as a string in *b; NULL when it is not there. */
static const char *read_text(const char *path, struct tc_buf *b)
{
	b->len = 0;
	if (tc_buf_read_file(b, path, FILE_MAX, NULL) < 0)
		return NULL;
	tc_buf_add_u8(b, '\0');
	return b->failed ? NULL : (const char *)b->data;
}

static bool in_user_namespace(void)
{
	struct tc_buf b = { 0 };
	unsigned inside, outside, n;
	const char *map = read_text("/proc/self/uid_map", &b);
	bool yes = map && sscanf(map, "%u %u %u", &inside, &outside, &n) == 3 &&
		   n != UINT32_MAX;

	tc_buf_free(&b);
	return yes;
}

static uint64_t effective_capabilities(void)
{
	struct tc_buf b = { 0 };
	const char *status = read_text("/proc/self/status", &b);
	const char *line = status ? strstr(status, "\nCapEff:") : NULL;
	uint64_t caps = line ? strtoull(line + strlen("\nCapEff:"), NULL, 16) : 0;

	tc_buf_free(&b);
	return caps;
}

/* What we may, and what of it is given up. */
static void say_walls(struct tc_checkup *f, const char *where)
{
	struct tc_buf walls = { 0 };

	tc_wall_print(&walls);
	tc_doctor_say(f, TC_HEALTH_OK, "CAP_NET_RAW and CAP_NET_ADMIN%s; behind the walls %s", where,
		      walls.failed ? "" : (char *)walls.data);
	tc_buf_free(&walls);
}

void tc_doctor_privileges(struct tc_doctor *d, struct tc_checkup *f)
{
	uint64_t caps = effective_capabilities();
	const char *where = in_user_namespace() ? ", in a user namespace" : "";
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	if (fd >= 0)
		close(fd);
	else if (caps >> CAP_NET_RAW_BIT & 1) {
		tc_doctor_say(f, TC_HEALTH_FAIL, "root of a user namespace to which this "
			      "network does not belong");
		tc_doctor_cure(f, "take a network along: unshare -Urn");
		return;
	}
	d->may_capture = caps >> CAP_NET_RAW_BIT & 1;
	d->may_filter = caps >> CAP_NET_ADMIN_BIT & 1;
	if (d->may_capture && d->may_filter)
		say_walls(f, where);
	else
		tc_doctor_say(f, TC_HEALTH_FAIL, "no %s%s%s: nothing can be %s",
			      d->may_capture ? "" : "CAP_NET_RAW",
			      d->may_capture || d->may_filter ? "" : " and no ",
			      d->may_filter ? "" : "CAP_NET_ADMIN",
			      d->may_capture ? "guarded from the kernel's RST" :
			      "captured or sent");
	if (geteuid() == 0 && !(d->may_capture && d->may_filter))
		tc_doctor_cure(f, "root lacks it here: give it (docker run --cap-add %s)%s",
			       d->may_capture ? "NET_ADMIN" : "NET_RAW --cap-add NET_ADMIN",
			       d->may_capture ? "; --source with an unused address of the "
			       "subnet needs no guard, nor does --guard off" :
			       ", or take a network of your own: unshare -Urn");
}

void tc_doctor_versions(struct tc_buf *out)
{
	tc_link_versions(out);
	tc_buf_printf(out, ", libmnl " TC_LIBMNL ", jansson %s, zlib %s, libseccomp %u.%u.%u",
		      jansson_version_str(), zlibVersion(), seccomp_version()->major,
		      seccomp_version()->minor, seccomp_version()->micro);
	tc_sign_version(out);
}

void tc_doctor_libraries(struct tc_doctor *d, struct tc_checkup *f)
{
	struct tc_buf b = { 0 };

	(void)d;
	tc_doctor_versions(&b);
	tc_doctor_say(f, TC_HEALTH_OK, "%s", b.failed ? "" : (char *)b.data);
	tc_buf_free(&b);
}

void tc_doctor_descriptors(struct tc_doctor *d, struct tc_checkup *f)
{
	struct rlimit r = { 0 };
	enum tc_health h = TC_HEALTH_OK;

	(void)d;
	getrlimit(RLIMIT_NOFILE, &r);
	if (r.rlim_cur < DESCRIPTORS_NEEDED)
		h = TC_HEALTH_FAIL;
	else if (r.rlim_cur < DESCRIPTORS_ENOUGH)
		h = TC_HEALTH_WARN;
	tc_doctor_say(f, h, "%llu may be open, %d are needed (%d for many connections)",
		      (unsigned long long)r.rlim_cur, DESCRIPTORS_NEEDED,
		      DESCRIPTORS_ENOUGH);
}

void tc_doctor_ports(struct tc_doctor *d, struct tc_checkup *f)
{
	struct tc_buf b = { 0 };
	const char *text = read_text("/proc/sys/net/ipv4/ip_local_port_range", &b);
	unsigned low = 32768, high = 60999, outside;
	const struct tc_addr lo = tc_addr_from_v4(INADDR_LOOPBACK);
	struct tc_error err = { 0 };
	struct tc_ports *p;

	(void)d;
	if (text)
		sscanf(text, "%u %u", &low, &high);
	tc_buf_free(&b);
	outside = (low > 1024 ? low - 1024 : 0) + (high < 65535 ? 65535 - high : 0);
	if (tc_ports_reserve(&p, &lo, 0, 1, &err) < 0) {
		tc_doctor_say(f, TC_HEALTH_FAIL, "%s", err.msg);
		return;
	}
	tc_ports_release(p);
	tc_doctor_say(f, outside < PORTS_ENOUGH ? TC_HEALTH_WARN : TC_HEALTH_OK,
		      "the kernel's own clients use %u-%u, %u are left for us", low, high,
		      outside);
}

/* Why an ordinary user gets no network of their own, as far as a switch tells. */
static void explain_refusal(struct tc_checkup *f)
{
	static const struct {
		const char *path, *bad, *cure;
	} switches[] = {
		{ "/proc/sys/user/max_user_namespaces", "0",
		  "sysctl user.max_user_namespaces=10000" },
		{ "/proc/sys/user/max_net_namespaces", "0",
		  "sysctl user.max_net_namespaces=10000" },
		{ "/proc/sys/kernel/unprivileged_userns_clone", "0",
		  "sysctl kernel.unprivileged_userns_clone=1" },
		{ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1",
		  "sysctl kernel.apparmor_restrict_unprivileged_userns=0" },
	};
	struct tc_buf b = { 0 };
	const char *text;

	for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
		text = read_text(switches[i].path, &b);
		if (text && strcspn(text, "\n") == 1 && text[0] == switches[i].bad[0])
			tc_doctor_cure(f, "%s", switches[i].cure);
	}
	tc_buf_free(&b);
}

void tc_doctor_namespaces(struct tc_doctor *d, struct tc_checkup *f)
{
	struct tc_doctor_proof p = { 0 };

	if (tc_doctor_try_user(&p, d->until) == 0) {
		tc_doctor_say(f, TC_HEALTH_OK, "a user may have a network of their own: "
			      "unshare -Urn");
		return;
	}
	tc_doctor_say(f, TC_HEALTH_WARN, "no user namespace with a network: %s", p.err.msg);
	explain_refusal(f);
}

void tc_doctor_path(struct tc_doctor *d, struct tc_checkup *f)
{
	const struct tc_addr anywhere = tc_addr_from_v4(ANYWHERE);
	char wifi[sizeof "/sys/class/net//phy80211" + IF_NAMESIZE];
	struct tc_error err = { 0 };

	if (tc_path_find(&d->path, &anywhere, NULL, NULL, &err) < 0) {
		d->path.ifindex = 0;
		tc_doctor_say(f, TC_HEALTH_OK, "no default route: only this host and its "
			      "subnets");
		return;
	}
	snprintf(wifi, sizeof wifi, "/sys/class/net/%s/phy80211", d->path.ifname);
	if (!d->path.ethernet)
		tc_doctor_say(f, TC_HEALTH_WARN, "the default route goes over %s, a tunnel "
			      "without Ethernet: no eth.* fields, no wrong ip.len or "
			      "ip.checksum, no spare address", d->path.ifname);
	else if (access(wifi, F_OK) == 0)
		tc_doctor_say(f, TC_HEALTH_WARN, "the default route goes over %s, which is "
			      "Wi-Fi: no spare address", d->path.ifname);
	else
		tc_doctor_say(f, TC_HEALTH_OK, "the default route goes over %s, Ethernet, "
			      "MTU %u", d->path.ifname, d->path.mtu);
}

static int rp_filter_of(const char *ifname)
{
	char path[sizeof "/proc/sys/net/ipv4/conf//rp_filter" + IF_NAMESIZE];
	struct tc_buf b = { 0 };
	const char *text;
	int value;

	snprintf(path, sizeof path, "/proc/sys/net/ipv4/conf/%s/rp_filter", ifname);
	text = read_text(path, &b);
	value = text ? atoi(text) : 0;
	tc_buf_free(&b);
	return value;
}

/* The kernel takes the larger of the two (ip-sysctl). It never hinders us. */
void tc_doctor_rp_filter(struct tc_doctor *d, struct tc_checkup *f)
{
	const char *ifname = d->path.ifindex ? d->path.ifname : "lo";
	int all = rp_filter_of("all"), own = rp_filter_of(ifname);
	int value = own > all ? own : all;

	tc_doctor_say(f, TC_HEALTH_OK, "%d on %s%s", value, ifname, value == 1 ?
		      " (strict): the kernel drops answers to foreign sources, the capture "
		      "still sees them" : ": nothing is dropped that we wait for");
}

static bool offload_is_on(int fd, const char *ifname, uint32_t command)
{
	struct ethtool_value v = { .cmd = command };
	struct ifreq r = { .ifr_data = (void *)&v };

	snprintf(r.ifr_name, sizeof r.ifr_name, "%s", ifname);
	return ioctl(fd, SIOCETHTOOL, &r) == 0 && v.data;
}

void tc_doctor_offloads(struct tc_doctor *d, struct tc_checkup *f)
{
	static const struct { uint32_t command; const char *name; } offloads[] = {
		{ ETHTOOL_GTSO, "tso" }, { ETHTOOL_GGSO, "gso" }, { ETHTOOL_GGRO, "gro" },
		{ ETHTOOL_GTXCSUM, "tx" },
	};
	const char *ifname = d->path.ifindex ? d->path.ifname : "lo";
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct tc_buf on = { 0 };

	for (size_t i = 0; fd >= 0 && i < sizeof offloads / sizeof *offloads; i++)
		if (offload_is_on(fd, ifname, offloads[i].command))
			tc_buf_printf(&on, " %s", offloads[i].name);
	if (fd >= 0)
		close(fd);
	if (on.len)
		tc_doctor_say(f, TC_HEALTH_OK, "%s has%s; super-segments and partial checksums"
			      " are understood", ifname, (char *)on.data);
	else
		tc_doctor_say(f, TC_HEALTH_OK, "none on %s: what is captured is what was on "
			      "the wire", ifname);
	tc_buf_free(&on);
}
