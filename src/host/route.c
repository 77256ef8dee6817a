/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where does the kernel send a datagram, and from which address? Asked with rtnetlink(7),
 * so policy rules, metrics and learned path MTUs count. An address is "ours" when the
 * kernel would deliver to it locally, which is what decides about its resets as well.
 */
#include "nl.h"

#include "wire/place.h"
#include "base/addr.h"

#include <tcpcraft/error.h>
#include <tcpcraft/route.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#define IP_MTU_MAX 65535u	/* lo says 65536; a datagram is at most this */

struct answer {			/* to RTM_GETROUTE, host order */
	uint8_t type;		/* RTN_… */
	int oif;
	uint32_t gateway;
	uint32_t prefsrc;
	unsigned mtu;		/* 0: the interface's */
	unsigned advmss;	/* 0: what the MTU leaves */
	bool via_ipv6;
};

static int on_metric(const struct nlattr *attr, void *data)
{
	struct answer *r = data;

	if (mnl_attr_get_payload_len(attr) < sizeof(uint32_t))
		return MNL_CB_OK;
	if (mnl_attr_get_type(attr) == RTAX_MTU)
		r->mtu = mnl_attr_get_u32(attr);
	if (mnl_attr_get_type(attr) == RTAX_ADVMSS)
		r->advmss = mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

static int on_route(const struct nlmsghdr *nlh, void *data)
{
	struct answer *r = data;
	struct tc_nl_attrs a;

	if (nlh->nlmsg_type != RTM_NEWROUTE ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(struct rtmsg))
		return MNL_CB_OK;
	tc_nl_attrs(nlh, sizeof(struct rtmsg), &a);
	r->type = ((struct rtmsg *)mnl_nlmsg_get_payload(nlh))->rtm_type;
	r->oif = (int)tc_nl_u32(&a, RTA_OIF);
	r->gateway = ntohl(tc_nl_u32(&a, RTA_GATEWAY));
	r->prefsrc = ntohl(tc_nl_u32(&a, RTA_PREFSRC));
	r->via_ipv6 = a.at[RTA_VIA] != NULL;
	if (a.at[RTA_METRICS])
		mnl_attr_parse_nested(a.at[RTA_METRICS], on_metric, r);
	return MNL_CB_OK;
}

/* src and oif may be 0. The kernel refuses (-EINVAL) a src that is not its own. */
static int ask_route(struct answer *r, uint32_t dst, uint32_t src, int oif)
{
	uint8_t buf[TC_NL_BUFFER];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *rt;

	*r = (struct answer){ 0 };
	nlh->nlmsg_type = RTM_GETROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	rt = mnl_nlmsg_put_extra_header(nlh, sizeof *rt);
	rt->rtm_family = AF_INET;
	rt->rtm_dst_len = 32;
	rt->rtm_src_len = src ? 32 : 0;
	mnl_attr_put_u32(nlh, RTA_DST, htonl(dst));
	if (src)
		mnl_attr_put_u32(nlh, RTA_SRC, htonl(src));
	if (oif)
		mnl_attr_put_u32(nlh, RTA_OIF, (uint32_t)oif);
	return tc_nl_query(NETLINK_ROUTE, nlh, on_route, r);
}

struct interface {
	unsigned flags;		/* IFF_… */
	unsigned mtu;
	bool ethernet;
	uint8_t mac[6];
	char name[IF_NAMESIZE];
};

static int on_link(const struct nlmsghdr *nlh, void *data)
{
	struct interface *i = data;
	struct ifinfomsg *info = mnl_nlmsg_get_payload(nlh);
	struct tc_nl_attrs a;

	if (nlh->nlmsg_type != RTM_NEWLINK || mnl_nlmsg_get_payload_len(nlh) < sizeof *info)
		return MNL_CB_OK;
	tc_nl_attrs(nlh, sizeof *info, &a);
	i->flags = info->ifi_flags;
	i->mtu = tc_nl_u32(&a, IFLA_MTU);
	if (a.at[IFLA_IFNAME])
		snprintf(i->name, sizeof i->name, "%s",
			 mnl_attr_get_str(a.at[IFLA_IFNAME]));
	i->ethernet = info->ifi_type == ARPHRD_ETHER && a.at[IFLA_ADDRESS] &&
		      mnl_attr_get_payload_len(a.at[IFLA_ADDRESS]) == sizeof i->mac;
	if (i->ethernet)
		memcpy(i->mac, mnl_attr_get_payload(a.at[IFLA_ADDRESS]), sizeof i->mac);
	return MNL_CB_OK;
}

static int ask_interface(struct interface *i, int ifindex, struct tc_error *err)
{
	uint8_t buf[TC_NL_BUFFER];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *info;
	int rc;

	*i = (struct interface){ 0 };
	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	info = mnl_nlmsg_put_extra_header(nlh, sizeof *info);
	info->ifi_index = ifindex;
	rc = tc_nl_query(NETLINK_ROUTE, nlh, on_link, i);
	if (rc < 0)
		return tc_fail(err, rc, "interface %d: %s", ifindex, strerror(-rc));
	if (!(i->flags & IFF_UP))
		return tc_fail(err, -ENETDOWN, "%s is down: ip link set %s up", i->name,
			       i->name);
	return 0;
}

static int no_interface(const char *ifname, struct tc_error *err)
{
	struct if_nameindex *all = if_nameindex();
	char list[256] = "";
	size_t used = 0;

	for (struct if_nameindex *i = all; i && i->if_index && used < sizeof list; i++)
		used += (size_t)snprintf(list + used, sizeof list - used, "%s%s",
					 used ? ", " : "", i->if_name);
	if (all)
		if_freenameindex(all);
	return tc_fail(err, -ENODEV, "no such interface: %s (there are: %s)", ifname, list);
}

/* src: the address of ours that was asked for, or 0. Rules may be about it alone. */
static int no_route(uint32_t dst, uint32_t src, int rc, struct tc_error *err)
{
	char text[TC_ADDR_SIZE], from[sizeof " from " + TC_ADDR_SIZE] = "";
	struct interface lo;

	if (src)
		snprintf(from, sizeof from, " from %s", TC_ADDR(src));
	tc_addr_text(dst, text);
	if (dst >> 24 == IN_LOOPBACKNET &&
	    ask_interface(&lo, (int)if_nametoindex("lo"), err) < 0)
		return tc_fail(err, -ENETDOWN,
			       "no route to %s: lo is down: ip link set lo up", text);
	switch (rc) {
	case -ENETUNREACH:
		return tc_fail(err, rc, "no route to %s%s: see ip route", text, from);
	case -EHOSTUNREACH:
	case -EACCES:
	case -EINVAL:
		return tc_fail(err, -ENETUNREACH,
			       "no route to %s%s: the routing table forbids it "
			       "(%s): see ip route get %s%s",
			       text, from, strerror(-rc), text, from);
	default:
		return tc_fail(err, rc, "no route to %s%s: %s", text, from, strerror(-rc));
	}
}

/* The route, and what it says about dst. A chosen interface counts only off this host:
 * the kernel delivers to its own addresses over lo, whatever interface has them. */
static int find_route(struct answer *r, const struct tc_path *p, const char *ifname,
		      struct tc_error *err)
{
	uint32_t src = p->src_is_ours ? p->src : 0;
	struct interface i;
	int rc = ask_route(r, p->dst, src, 0);

	if (rc == 0 && r->type == RTN_LOCAL) {
		if (ifname && r->oif != p->ifindex)
			return tc_fail(err, -EINVAL,
				       "%s is an address of this host: it is "
				       "reached over lo, not %s",
				       TC_ADDR(p->dst), ifname);
		return 0;
	}
	if (ifname) {
		rc = ask_interface(&i, p->ifindex, err);
		if (rc < 0)
			return rc;
		rc = ask_route(r, p->dst, src, p->ifindex);
	}
	if (rc < 0)
		return no_route(p->dst, src, rc, err);
	if (r->via_ipv6)
		return tc_fail(err, -ENETUNREACH,
			       "the route to %s goes through an IPv6 gateway",
			       TC_ADDR(p->dst));
	return 0;
}

/* Next hops that need no question: broadcast, and RFC 1112 6.4 for multicast. */
static void known_next_hop(struct tc_path *p, uint8_t type)
{
	if (type == RTN_BROADCAST) {
		memset(p->next_mac, 0xff, sizeof p->next_mac);
		p->resolved = true;
	} else if (type == RTN_MULTICAST) {
		const uint8_t group[6] = { 0x01, 0x00, 0x5e, (p->dst >> 16) & 0x7f,
					   (p->dst >> 8) & 0xff, p->dst & 0xff };

		memcpy(p->next_mac, group, sizeof group);
		p->resolved = true;
	}
}

static int fill(struct tc_path *p, const struct answer *r, struct tc_error *err)
{
	struct interface i;
	int rc = ask_interface(&i, r->oif, err);

	if (rc < 0)
		return rc;
	p->ifindex = r->oif;
	memcpy(p->ifname, i.name, sizeof p->ifname);
	p->gateway = r->gateway;
	p->local = r->type == RTN_LOCAL;
	p->many = r->type == RTN_BROADCAST || r->type == RTN_MULTICAST;
	p->mtu = r->mtu ? r->mtu : i.mtu;
	if (p->mtu > IP_MTU_MAX)
		p->mtu = IP_MTU_MAX;
	p->advmss = r->advmss < IP_MTU_MAX - IP_TCP_BYTES ? (uint16_t)r->advmss
						       : IP_MTU_MAX - IP_TCP_BYTES;
	p->ethernet = i.ethernet;
	memcpy(p->mac, i.mac, sizeof p->mac);
	if (!p->src) {
		p->src = r->prefsrc;
		p->src_is_ours = true;
	}
	if (!p->src)
		return tc_fail(err, -EADDRNOTAVAIL,
			       "%s has no IPv4 address to send from: give it "
			       "one, or name one with --source",
			       p->ifname);
	if (p->ethernet)
		known_next_hop(p, r->type);
	return 0;
}

int tc_path_find(struct tc_path *path, uint32_t dst, uint32_t src, const char *ifname,
		 struct tc_error *err)
{
	struct tc_path p = { .dst = dst, .src = src };
	struct answer r;
	int rc;

	if (ifname) {
		p.ifindex = (int)if_nametoindex(ifname);
		if (!p.ifindex)
			return no_interface(ifname, err);
	}
	if (src)
		p.src_is_ours = ask_route(&r, src, 0, 0) == 0 && r.type == RTN_LOCAL;
	rc = find_route(&r, &p, ifname, err);
	if (rc == 0)
		rc = fill(&p, &r, err);
	if (rc == 0)
		*path = p;
	return rc;
}

bool tc_path_is_free_target(const struct tc_path *path)
{
	static const struct { uint32_t net, mask; } free_nets[] = {
		{ 0x7f000000, 0xff000000 },	/* loopback */
		{ 0x0a000000, 0xff000000 },	/* RFC 1918 */
		{ 0xac100000, 0xfff00000 },
		{ 0xc0a80000, 0xffff0000 },
		{ 0x64400000, 0xffc00000 },	/* RFC 6598 */
		{ 0xa9fe0000, 0xffff0000 },	/* RFC 3927 */
		{ 0xc0000200, 0xffffff00 },	/* RFC 5737 */
		{ 0xc6336400, 0xffffff00 },
		{ 0xcb007100, 0xffffff00 },
		{ 0xc6120000, 0xfffe0000 },	/* RFC 2544 */
	};

	if (path->local)
		return true;
	for (size_t i = 0; i < sizeof free_nets / sizeof free_nets[0]; i++)
		if ((path->dst & free_nets[i].mask) == free_nets[i].net)
			return true;
	return false;
}
