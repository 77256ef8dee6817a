/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where does the kernel send a datagram, and from which address? Asked with rtnetlink(7),
 * so policy rules, metrics and learned path MTUs count. An address is "ours" when the
 * kernel would deliver to it locally, which is what decides about its resets as well.
 */
#include "interface.h"
#include "nl.h"

#include "wire/place.h"
#include "base/addr.h"
#include "link/neigh_frame.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/clock.h>
#include <tcpcraft/error.h>
#include <tcpcraft/route.h>

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define IP_MTU_MAX 65535u	/* lo says 65536; a datagram is at most this */
#define ADVMSS_MAX (IP_MTU_MAX - IP_TCP_BYTES)
#define OWN_WAIT (5 * TC_S)	/* a second or two, by RFC 4862 5.4; and the machine may be busy */

struct answer {			/* to RTM_GETROUTE */
	uint8_t type;		/* RTN_… */
	int oif;
	struct tc_addr gateway;	/* none: on the link */
	struct tc_addr prefsrc;
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
	r->gateway = tc_nl_addr(&a, RTA_GATEWAY);
	r->prefsrc = tc_nl_addr(&a, RTA_PREFSRC);
	r->via_ipv6 = a.at[RTA_VIA] != NULL;
	if (a.at[RTA_METRICS])
		mnl_attr_parse_nested(a.at[RTA_METRICS], on_metric, r);
	return MNL_CB_OK;
}

/* src may be NULL, oif 0. The kernel refuses (-EINVAL) an IPv4 src that is not its own. What
 * IPv6 forbids is an answer there, not an error. */
static int ask_route(struct answer *r, const struct tc_addr *dst, const struct tc_addr *src,
		     int oif)
{
	uint8_t buf[TC_NL_BUFFER];
	struct nlmsghdr *nlh = tc_nl_request(buf, RTM_GETROUTE, 0, sizeof(struct rtmsg));
	struct rtmsg *rt = mnl_nlmsg_get_payload(nlh);
	int rc;

	*r = (struct answer){ 0 };
	rt->rtm_family = tc_nl_family(dst);
	rt->rtm_dst_len = tc_nl_bits(dst);
	rt->rtm_src_len = src ? tc_nl_bits(src) : 0;
	tc_nl_put_addr(nlh, RTA_DST, dst);
	if (src)
		tc_nl_put_addr(nlh, RTA_SRC, src);
	if (oif)
		mnl_attr_put_u32(nlh, RTA_OIF, (uint32_t)oif);
	rc = tc_nl_query(NETLINK_ROUTE, nlh, on_route, r);
	if (rc == 0 && (r->type == RTN_UNREACHABLE || r->type == RTN_BLACKHOLE))
		return -EHOSTUNREACH;
	return rc == 0 && r->type == RTN_PROHIBIT ? -EACCES : rc;
}

static int not_good(const struct tc_addr *a, enum tc_given given, struct tc_error *err)
{
	return given == TC_GIVEN_TAKEN ?
	       tc_fail(err, -EADDRINUSE, "%s: another host of its link has it, too (dadfailed): ip -6 "
		       "address lists it; take another", TC_HOST(a)) :
	       tc_fail(err, -EADDRNOTAVAIL, "%s is not good yet (tentative): whether another host of "
		       "its link has it shows when that is up: ip -6 address lists it", TC_HOST(a));
}

int tc_interface_owns(const struct tc_addr *a, int ifindex, struct tc_error *err)
{
	const struct timespec pause = { .tv_nsec = (long)(5 * TC_MS) };
	tc_time until = tc_clock_monotonic() + OWN_WAIT;
	enum tc_given given;
	struct answer r;

	while (ask_route(&r, a, NULL, ifindex) < 0 || r.type != RTN_LOCAL) {
		given = a->family == 6 ? tc_interface_given(a, ifindex) : TC_GIVEN_NOT;
		if (given == TC_GIVEN_NOT)
			return 0;
		if (given == TC_GIVEN_TAKEN || tc_clock_monotonic() > until)
			return given == TC_GIVEN ? 0 : not_good(a, given, err);
		if (nanosleep(&pause, NULL) < 0)
			return tc_fail(err, -EINTR, "interrupted");
	}
	return 1;
}

/* src: the address of ours that was asked for, or NULL. Rules may be about it alone. */
static int no_route(const struct tc_addr *dst, const struct tc_addr *src, int rc,
		    struct tc_error *err)
{
	char text[TC_ADDR_STRING], from[sizeof " from " + TC_ADDR_STRING] = "";
	const char *ip = dst->family == 6 ? "ip -6" : "ip";
	struct tc_interface lo;

	if (src)
		snprintf(from, sizeof from, " from %s", TC_HOST(src));
	tc_addr_string(dst, text);
	if (tc_addr_is_loopback(dst) &&
	    tc_interface_ask(&lo, (int)if_nametoindex("lo"), err) < 0)
		return tc_fail(err, -ENETDOWN,
			       "no route to %s: lo is down: ip link set lo up", text);
	switch (rc) {
	case -ENETUNREACH:
		if (tc_interface_check_family(dst->family, "no route to ", text, err) < 0)
			return rc;
		return tc_fail(err, rc, "no route to %s%s: see %s%s%s route", text, from,
			       src ? ip : "", src ? " rule and " : "", ip);
	case -EHOSTUNREACH:
	case -EACCES:
	case -EINVAL:
		return tc_fail(err, -ENETUNREACH,
			       "no route to %s%s: the routing table forbids it "
			       "(%s): see %s route get %s%s",
			       text, from, strerror(-rc), ip, text, from);
	default:
		return tc_fail(err, rc, "no route to %s%s: %s", text, from, strerror(-rc));
	}
}

/* A link-local address is another one on each interface, so that one is to be asked about. */
static int link_of(const struct tc_path *p, const struct tc_addr *a)
{
	return a->family == 6 && tc_addr_is_link_local(a) ? p->ifindex : 0;
}

/* The route, and what it says about dst. A chosen interface counts only off this host:
 * the kernel delivers to its own addresses over lo, whatever interface has them. */
static int find_route(struct answer *r, const struct tc_path *p, const char *ifname,
		      struct tc_error *err)
{
	const struct tc_addr *src = p->src_is_ours ? &p->src : NULL;
	struct tc_interface i;
	int rc = ask_route(r, &p->dst, src, link_of(p, &p->dst));

	if (rc == 0 && r->type == RTN_LOCAL) {
		if (ifname && r->oif != p->ifindex && !link_of(p, &p->dst))
			return tc_fail(err, -EINVAL,
				       "%s is an address of this host: it is "
				       "reached over lo, not %s",
				       TC_HOST(&p->dst), ifname);
		return 0;
	}
	if (ifname) {
		rc = tc_interface_ask(&i, p->ifindex, err);
		if (rc < 0)
			return rc;
		rc = ask_route(r, &p->dst, src, p->ifindex);
	}
	if (rc < 0)
		return no_route(&p->dst, src, rc, err);
	if (r->via_ipv6)
		return tc_fail(err, -ENETUNREACH,
			       "the route to %s goes through an IPv6 gateway",
			       TC_HOST(&p->dst));
	return 0;
}

/* Next hops that need no question: broadcast, and RFC 1112 6.4, RFC 2464 7 for multicast. */
static void known_next_hop(struct tc_path *p, uint8_t type)
{
	if (type == RTN_BROADCAST) {
		memset(p->next_mac, 0xff, sizeof p->next_mac);
		p->resolved = true;
	} else if (type == RTN_MULTICAST) {
		tc_group_mac(&p->dst, p->next_mac);
		p->resolved = true;
	}
}

static int fill(struct tc_path *p, const struct answer *r, struct tc_error *err)
{
	struct tc_interface i;
	int rc = tc_interface_ask(&i, r->oif, err);

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
	p->advmss = r->advmss < ADVMSS_MAX ? (uint16_t)r->advmss : ADVMSS_MAX;
	p->ethernet = i.ethernet;
	memcpy(p->mac, i.mac, sizeof p->mac);
	if (tc_addr_is_none(&p->src)) {
		p->src = r->prefsrc;
		p->src_is_ours = true;
	}
	if (tc_addr_is_none(&p->src))
		return tc_fail(err, -EADDRNOTAVAIL,
			       "%s has no IPv%u address to send from: give it "
			       "one, or name one with --source",
			       p->ifname, p->dst.family);
	if (p->ethernet)
		known_next_hop(p, r->type);
	return 0;
}

int tc_path_of_two_families(const struct tc_path *p, struct tc_error *err)
{
	return tc_fail(err, -EINVAL, "%s is of IPv%u, %s is not: both ends of a connection are of "
		       "one family", TC_HOST(&p->dst), p->dst.family, TC_HOST(&p->src));
}

/* What is asked about, as addresses that mean something here. */
static int begin(struct tc_path *p, const struct tc_addr *dst, const struct tc_addr *src,
		 const char *ifname, struct tc_error *err)
{
	*p = (struct tc_path){ .dst = *dst, .ifindex = (int)dst->scope };
	p->dst.scope = 0;
	if (src)
		p->src = *src;
	p->src.scope = 0;
	if (!tc_addr_is_none(&p->src) && p->src.family != p->dst.family)
		return tc_path_of_two_families(p, err);
	if (ifname) {
		p->ifindex = (int)if_nametoindex(ifname);
		if (!p->ifindex)
			return tc_interface_none(ifname, err);
	}
	if (dst->scope && p->ifindex != (int)dst->scope)
		return tc_fail(err, -EINVAL, "%s is not on %s", TC_HOST(dst), ifname);
	return p->ifindex ? 0 : tc_interface_said(&p->dst, err);
}

int tc_path_find(struct tc_path *path, const struct tc_addr *dst, const struct tc_addr *src,
		 const char *ifname, struct tc_error *err)
{
	char scope[IF_NAMESIZE];
	struct tc_path p;
	struct answer r;
	int rc = begin(&p, dst, src, ifname, err);

	if (rc < 0)
		return rc;
	if (!ifname && dst->scope)
		ifname = if_indextoname(dst->scope, scope);
	if (!tc_addr_is_none(&p.src))
		rc = tc_interface_owns(&p.src, link_of(&p, &p.src), err);
	p.src_is_ours = rc > 0;
	/* Its route may change in a moment; who has it as well may be who is meant. */
	if (rc >= 0 && p.dst.family == 6 &&
	    tc_interface_owns(&p.dst, link_of(&p, &p.dst), err) == -EINTR)
		rc = -EINTR;
	if (rc >= 0)
		rc = find_route(&r, &p, ifname, err);
	if (rc == 0)
		rc = fill(&p, &r, err);
	if (rc == 0)
		*path = p;
	return rc;
}

static bool is_in(const struct tc_addr *a, uint32_t net, unsigned bits)
{
	struct tc_addr n = tc_addr_from_v4(net);

	return tc_addr_same_net(a, &n, bits);
}

bool tc_path_is_free_target(const struct tc_path *path)
{
	const struct tc_addr *a = &path->dst;

	return path->local || tc_addr_is_loopback(a) || tc_addr_is_private(a) ||
	       tc_addr_is_link_local(a) || tc_addr_is_documentation(a) ||
	       is_in(a, 0x64400000, 10) ||	/* RFC 6598 */
	       is_in(a, 0xc6120000, 15);	/* RFC 2544 */
}
