/* SPDX-License-Identifier: BSD-2-Clause */
/* Network namespaces: entered by unshare(2), furnished by rtnetlink(7) and ioctl(2). */
#include "netns.h"
#include "interface.h"
#include "base/addr.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "nl.h"

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		rc = -errno;
	close(fd);
	return rc;
}

int tc_netns_sysctl(const char *name, const char *value)
{
	char path[256];

	if (snprintf(path, sizeof path, "/proc/sys/%s", name) >= (int)sizeof path)
		return -ENAMETOOLONG;
	return write_file(path, value);
}

/* Root inside is us outside: programs that look at their user ID are content. */
static int enter_user(struct tc_error *err)
{
	char uids[32], gids[32];

	snprintf(uids, sizeof uids, "0 %u 1", (unsigned)geteuid());
	snprintf(gids, sizeof gids, "0 %u 1", (unsigned)getegid());
	/* A program with file capabilities does not own its /proc files otherwise. */
	prctl(PR_SET_DUMPABLE, 1);
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return tc_fail_errno(err, "unshare");
	write_file("/proc/self/setgroups", "deny");
	if (write_file("/proc/self/uid_map", uids) < 0 ||
	    write_file("/proc/self/gid_map", gids) < 0)
		return tc_fail_errno(err, "/proc/self/uid_map");
	return 0;
}

int tc_netns_enter_user(struct tc_error *err)
{
	int rc = enter_user(err);

	return rc < 0 ? rc : tc_netns_up("lo", err);
}

int tc_netns_enter(struct tc_error *err)
{
	return unshare(CLONE_NEWNET) < 0 ? tc_netns_enter_user(err) : tc_netns_up("lo", err);
}

/* One ioctl about an interface. */
static int ask(unsigned long what, struct ifreq *r)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc;

	if (fd < 0)
		return -errno;
	rc = ioctl(fd, what, r) < 0 ? -errno : 0;
	close(fd);
	return rc;
}

static struct ifreq about(const char *ifname)
{
	struct ifreq r = { 0 };

	snprintf(r.ifr_name, sizeof r.ifr_name, "%s", ifname);
	return r;
}

int tc_netns_hwaddr(const char *ifname, const uint8_t mac[6], struct tc_error *err)
{
	struct ifreq r = about(ifname);
	int rc;

	r.ifr_hwaddr.sa_family = ARPHRD_ETHER;
	memcpy(r.ifr_hwaddr.sa_data, mac, 6);
	rc = ask(SIOCSIFHWADDR, &r);
	return rc < 0 ? tc_fail(err, rc, "%s: its hardware address cannot be changed: %s", ifname,
				strerror(-rc)) : 0;
}

unsigned tc_netns_mtu(const char *ifname)
{
	struct ifreq r = about(ifname);

	return ask(SIOCGIFMTU, &r) < 0 ? 0 : (unsigned)r.ifr_mtu;
}

int tc_netns_set_mtu(const char *ifname, unsigned mtu)
{
	struct ifreq r = about(ifname);

	r.ifr_mtu = (int)mtu;
	return ask(SIOCSIFMTU, &r);
}

static int set_flag(const char *ifname, int flag, const char *what, struct tc_error *err)
{
	struct ifreq r = about(ifname);
	int rc = ask(SIOCGIFFLAGS, &r);

	r.ifr_flags = (short)(r.ifr_flags | flag);
	if (rc == 0)
		rc = ask(SIOCSIFFLAGS, &r);
	return rc < 0 ? tc_fail(err, rc, "%s %s: %s", ifname, what, strerror(-rc)) : 0;
}

int tc_netns_up(const char *ifname, struct tc_error *err)
{
	return set_flag(ifname, IFF_UP, "up", err);
}

int tc_netns_unasked(const char *ifname, struct tc_error *err)
{
	return set_flag(ifname, IFF_NOARP, "without neighbours", err);
}

/* Waits until the interface carries frames. Its flag IFF_RUNNING comes before its queue is there,
 * and until then the kernel drops what is sent; the operational state, asked by rtnetlink under
 * the lock under which both are made (linkwatch), does not. */
int tc_netns_running(const char *ifname, tc_time until, struct tc_error *err)
{
	struct timespec pause = { .tv_nsec = (long)TC_MS };
	int index = (int)if_nametoindex(ifname), rc;
	struct tc_interface i;

	if (!index)
		return tc_interface_none(ifname, err);
	while ((rc = tc_interface_ask(&i, index, err)) >= 0 && !i.carries) {
		if (tc_clock_monotonic() > until)
			return tc_fail(err, -ETIMEDOUT, "%s has no carrier", ifname);
		nanosleep(&pause, NULL);
	}
	return rc;
}

int tc_netns_plain(const char *ifname, struct tc_error *err)
{
	static const uint32_t offloads[] = {
		ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO, ETHTOOL_STXCSUM,
	};
	struct ethtool_value off = { 0 };
	struct ifreq r = about(ifname);
	int rc = 0;

	r.ifr_data = (void *)&off;
	for (size_t i = 0; i < sizeof offloads / sizeof *offloads && rc == 0; i++) {
		off.cmd = offloads[i];
		rc = ask(SIOCETHTOOL, &r);
	}
	return rc < 0 ? tc_fail(err, rc, "%s without offloads: %s", ifname, strerror(-rc)) : 0;
}

/* A request that makes something, with `size` zeroed bytes of its own header. */
static struct nlmsghdr *make(void *buf, uint16_t type, size_t size, void **header)
{
	struct nlmsghdr *nlh = tc_nl_request(buf, type, NLM_F_CREATE | NLM_F_EXCL, size);

	*header = mnl_nlmsg_get_payload(nlh);
	return nlh;
}

static int nothing(const struct nlmsghdr *nlh, void *data)
{
	(void)nlh, (void)data;
	return MNL_CB_OK;
}

static int tell(struct nlmsghdr *nlh, const char *what, const char *ifname,
		struct tc_error *err)
{
	int rc = tc_nl_query(NETLINK_ROUTE, nlh, nothing, NULL);

	return rc < 0 ? tc_fail(err, rc, "cannot give %s %s: %s", ifname, what, strerror(-rc))
		      : 0;
}

/* Two ends that have the same number, as in new namespaces, would look to the kernel like
 * no pair, whose carrier is news at once, but like hardware, where it may take a second. */
#define HERE_INDEX 1000

int tc_netns_wire(const char *here, const char *there, pid_t pid, unsigned mtu,
		  struct tc_error *err)
{
	uint8_t buf[TC_NL_BUFFER];
	void *header;
	struct nlmsghdr *nlh = make(buf, RTM_NEWLINK, sizeof(struct ifinfomsg), &header);
	struct nlattr *info, *data, *peer;

	((struct ifinfomsg *)header)->ifi_index = HERE_INDEX;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, here);
	mnl_attr_put_u32(nlh, IFLA_MTU, mtu);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_str(nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, there);
	mnl_attr_put_u32(nlh, IFLA_MTU, mtu);
	mnl_attr_put_u32(nlh, IFLA_NET_NS_PID, (uint32_t)pid);
	mnl_attr_nest_end(nlh, peer);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return tell(nlh, "the other end of a veth pair", here, err);
}

int tc_netns_ipv6(bool on)
{
	static const struct { const char *name, *value; } quiet[] = {
		{ "accept_dad", "0" }, { "accept_ra", "0" }, { "autoconf", "0" },
		{ "router_solicitations", "0" }, { "addr_gen_mode", "1" },
		{ "mldv2_unsolicited_report_interval", "1" }, { "hop_limit", "64" },
	};
	char name[80];
	int rc = tc_netns_sysctl("net/ipv6/conf/all/disable_ipv6", on ? "0" : "1");

	if (rc >= 0)
		rc = tc_netns_sysctl("net/ipv6/conf/default/disable_ipv6", on ? "0" : "1");
	for (size_t i = 0; i < sizeof quiet / sizeof *quiet && on && rc >= 0; i++) {
		snprintf(name, sizeof name, "net/ipv6/conf/default/%s", quiet[i].name);
		tc_netns_sysctl(name, quiet[i].value);
	}
	return rc;
}

static uint8_t af_of(const struct tc_addr *addr)
{
	return addr->family == 6 ? AF_INET6 : AF_INET;
}

static void put_addr(struct nlmsghdr *nlh, uint16_t type, const struct tc_addr *addr)
{
	mnl_attr_put(nlh, type, addr->family == 6 ? 16 : 4, addr->bytes);
}

int tc_netns_address(const char *ifname, const struct tc_addr *addr, unsigned bits,
		     struct tc_error *err)
{
	uint8_t buf[TC_NL_BUFFER];
	void *header;
	struct nlmsghdr *nlh = make(buf, RTM_NEWADDR, sizeof(struct ifaddrmsg), &header);

	*(struct ifaddrmsg *)header = (struct ifaddrmsg){
		.ifa_family = af_of(addr), .ifa_prefixlen = (uint8_t)bits,
		.ifa_flags = addr->family == 6 ? IFA_F_NODAD : 0,
		.ifa_index = if_nametoindex(ifname),
	};
	put_addr(nlh, IFA_LOCAL, addr);
	put_addr(nlh, IFA_ADDRESS, addr);
	return tell(nlh, "an address", ifname, err);
}

int tc_netns_route(const char *ifname, const struct tc_addr *net, unsigned bits, unsigned mtu,
		   bool quickack, struct tc_error *err)
{
	uint8_t buf[TC_NL_BUFFER];
	void *header;
	struct nlmsghdr *nlh = make(buf, RTM_NEWROUTE, sizeof(struct rtmsg), &header);
	struct nlattr *metrics;

	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE;
	*(struct rtmsg *)header = (struct rtmsg){
		.rtm_family = af_of(net), .rtm_dst_len = (uint8_t)bits,
		.rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_STATIC,
		.rtm_scope = RT_SCOPE_LINK, .rtm_type = RTN_UNICAST,
	};
	put_addr(nlh, RTA_DST, net);
	mnl_attr_put_u32(nlh, RTA_OIF, if_nametoindex(ifname));
	metrics = mtu || quickack ? mnl_attr_nest_start(nlh, RTA_METRICS) : NULL;
	if (mtu)
		mnl_attr_put_u32(nlh, RTAX_MTU, mtu);
	if (quickack)
		mnl_attr_put_u32(nlh, RTAX_QUICKACK, 1);
	if (metrics)
		mnl_attr_nest_end(nlh, metrics);
	return tell(nlh, "a route", ifname, err);
}

/* A route as the kernel tells it, as a request for the same one with another MTU. */
struct rewrite {
	const struct tc_addr *net;
	unsigned bits, mtu;
	uint8_t buf[TC_NL_BUFFER];
	struct nlmsghdr *nlh;		/* NULL: none yet */
	bool full;
};

static bool copy_attr(struct rewrite *w, const struct nlattr *a)
{
	return mnl_attr_put_check(w->nlh, sizeof w->buf, a->nla_type,
				  mnl_attr_get_payload_len(a), mnl_attr_get_payload(a));
}

static int on_metric(const struct nlattr *a, void *data)
{
	return mnl_attr_get_type(a) == RTAX_MTU || copy_attr(data, a) ? MNL_CB_OK : MNL_CB_ERROR;
}

static bool put_metrics(struct rewrite *w, const struct nlattr *old)
{
	struct nlattr *metrics = mnl_attr_nest_start_check(w->nlh, sizeof w->buf, RTA_METRICS);
	bool fits = metrics && mnl_attr_put_u32_check(w->nlh, sizeof w->buf, RTAX_MTU, w->mtu);

	if (fits && old)
		fits = mnl_attr_parse_nested(old, on_metric, w) >= 0;
	if (metrics)
		mnl_attr_nest_end(w->nlh, metrics);
	return fits;
}

static int on_route(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg *is = mnl_nlmsg_get_payload(nlh);
	struct rewrite *w = data;
	struct tc_nl_attrs has;
	struct tc_addr dst;
	struct rtmsg *rtm;

	if (w->nlh || mnl_nlmsg_get_payload_len(nlh) < sizeof *is ||
	    is->rtm_table != RT_TABLE_MAIN || is->rtm_dst_len != w->bits)
		return MNL_CB_OK;
	tc_nl_attrs(nlh, sizeof *is, &has);
	dst = tc_nl_addr(&has, RTA_DST);
	if (!tc_addr_equal(&dst, w->net))
		return MNL_CB_OK;
	w->nlh = tc_nl_request(w->buf, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, sizeof *rtm);
	rtm = mnl_nlmsg_get_payload(w->nlh);
	*rtm = *is;
	rtm->rtm_flags &= RTNH_F_ONLINK;	/* the others are the kernel's own */
	for (unsigned i = 1; i < TC_NL_ATTRS; i++)
		if (has.at[i] && i != RTA_METRICS && i != RTA_CACHEINFO && !copy_attr(w, has.at[i]))
			w->full = true;
	w->full |= !put_metrics(w, has.at[RTA_METRICS]);
	return MNL_CB_OK;
}

int tc_netns_route_mtu(const struct tc_addr *net, unsigned bits, unsigned mtu)
{
	struct rewrite w = { .net = net, .bits = bits, .mtu = mtu };
	uint8_t buf[TC_NL_BUFFER];
	struct nlmsghdr *nlh = tc_nl_request(buf, RTM_GETROUTE, NLM_F_DUMP, sizeof(struct rtmsg));
	int rc;

	((struct rtmsg *)mnl_nlmsg_get_payload(nlh))->rtm_family = tc_nl_family(net);
	rc = tc_nl_query(NETLINK_ROUTE, nlh, on_route, &w);
	if (rc < 0 || !w.nlh)
		return rc < 0 ? rc : -ESRCH;
	return w.full ? -EMSGSIZE : tc_nl_query(NETLINK_ROUTE, w.nlh, nothing, NULL);
}

int tc_netns_neighbour(const char *ifname, const struct tc_addr *addr, const uint8_t mac[6],
		       struct tc_error *err)
{
	uint8_t buf[TC_NL_BUFFER];
	void *header;
	struct nlmsghdr *nlh = make(buf, RTM_NEWNEIGH, sizeof(struct ndmsg), &header);

	*(struct ndmsg *)header = (struct ndmsg){
		.ndm_family = af_of(addr), .ndm_ifindex = (int)if_nametoindex(ifname),
		.ndm_state = NUD_PERMANENT,
	};
	put_addr(nlh, NDA_DST, addr);
	mnl_attr_put(nlh, NDA_LLADDR, 6, mac);
	return tell(nlh, "a neighbour", ifname, err);
}
