/* SPDX-License-Identifier: BSD-2-Clause */
/* Interfaces, asked for with rtnetlink(7); see interface.h. */
#include "interface.h"
#include "nl.h"

#include "base/addr.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#define ADDRS_MOST 64

static int on_link(const struct nlmsghdr *nlh, void *data)
{
	struct tc_interface *i = data;
	struct ifinfomsg *info = mnl_nlmsg_get_payload(nlh);
	struct tc_nl_attrs a;

	if (nlh->nlmsg_type != RTM_NEWLINK || mnl_nlmsg_get_payload_len(nlh) < sizeof *info)
		return MNL_CB_OK;
	tc_nl_attrs(nlh, sizeof *info, &a);
	i->flags = info->ifi_flags;
	i->mtu = tc_nl_u32(&a, IFLA_MTU);
	i->carries = a.at[IFLA_OPERSTATE] &&
		     mnl_attr_get_u8(a.at[IFLA_OPERSTATE]) == IF_OPER_UP;
	if (a.at[IFLA_IFNAME])
		snprintf(i->name, sizeof i->name, "%s",
			 mnl_attr_get_str(a.at[IFLA_IFNAME]));
	i->ethernet = info->ifi_type == ARPHRD_ETHER && a.at[IFLA_ADDRESS] &&
		      mnl_attr_get_payload_len(a.at[IFLA_ADDRESS]) == sizeof i->mac;
	if (i->ethernet)
		memcpy(i->mac, mnl_attr_get_payload(a.at[IFLA_ADDRESS]), sizeof i->mac);
	return MNL_CB_OK;
}

int tc_interface_ask(struct tc_interface *i, int ifindex, struct tc_error *err)
{
	uint8_t buf[TC_NL_BUFFER];
	struct nlmsghdr *nlh = tc_nl_request(buf, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
	struct ifinfomsg *info = mnl_nlmsg_get_payload(nlh);
	int rc;

	*i = (struct tc_interface){ 0 };
	info->ifi_index = ifindex;
	rc = tc_nl_query(NETLINK_ROUTE, nlh, on_link, i);
	if (rc < 0)
		return tc_fail(err, rc, "interface %d: %s", ifindex, strerror(-rc));
	if (!(i->flags & IFF_UP))
		return tc_fail(err, -ENETDOWN, "%s is down: ip link set %s up", i->name,
			       i->name);
	return 0;
}

int tc_interface_check_family(uint8_t family, const char *what, const char *whom,
			      struct tc_error *err)
{
	struct tc_buf b = { 0 };
	bool off = family == 6 && (tc_buf_read_file(&b, "/proc/sys/net/ipv6/conf/all/disable_ipv6",
						    64, NULL) < 0 ||
				   (b.len && b.data[0] == '1'));

	tc_buf_free(&b);
	return off ? tc_fail(err, -ENETUNREACH, "%s%s: IPv6 is switched off here: sysctl "
			     "net.ipv6.conf.all.disable_ipv6=0", what, whom) : 0;
}

int tc_interface_none(const char *ifname, struct tc_error *err)
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

int tc_interface_said(const struct tc_addr *a, struct tc_error *err)
{
	if (a->family != 6 || a->scope || !tc_addr_is_link_local(a))
		return 0;
	return tc_fail(err, -EINVAL, "%s is another host on each link: name the interface, as "
		       "in %s%%eth0", TC_HOST(a), TC_HOST(a));
}

struct addrs {
	int ifindex;
	uint8_t family;
	struct tc_interface_addr *out;
	size_t n, most;
};

/* Where there are but two ends IFA_ADDRESS is the other one, and of its network (rtnetlink(7)).
 * The message's header; NULL where it has no address. */
static const struct ifaddrmsg *read_addr(const struct nlmsghdr *nlh, struct tc_interface_addr *out)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct tc_nl_attrs a;

	if (nlh->nlmsg_type != RTM_NEWADDR || mnl_nlmsg_get_payload_len(nlh) < sizeof *ifa)
		return NULL;
	tc_nl_attrs(nlh, sizeof *ifa, &a);
	out->net = tc_nl_addr(&a, IFA_ADDRESS);
	out->addr = a.at[IFA_LOCAL] ? tc_nl_addr(&a, IFA_LOCAL) : out->net;
	out->bits = ifa->ifa_prefixlen;
	return out->addr.family && out->addr.family == out->net.family &&
	       out->bits <= tc_nl_bits(&out->net) ? ifa : NULL;
}

/* Of all interfaces; family AF_UNSPEC: of all. 0 or the kernel's negative errno. */
static int ask_addrs(uint8_t family, mnl_cb_t cb, void *data)
{
	uint8_t buf[TC_NL_BUFFER];
	struct nlmsghdr *nlh = tc_nl_request(buf, RTM_GETADDR, NLM_F_DUMP,
					     sizeof(struct ifaddrmsg));
	struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);

	ifa->ifa_family = family;
	return tc_nl_query(NETLINK_ROUTE, nlh, cb, data);
}

static int on_addr(const struct nlmsghdr *nlh, void *data)
{
	struct addrs *s = data;
	struct tc_interface_addr a;
	const struct ifaddrmsg *ifa = read_addr(nlh, &a);

	if (ifa && (int)ifa->ifa_index == s->ifindex && s->n < s->most &&
	    (!s->family || a.addr.family == s->family))
		s->out[s->n++] = a;
	return MNL_CB_OK;
}

static bool has_link_local(int ifindex)
{
	struct tc_interface_addr all[ADDRS_MOST];
	int n = tc_interface_addrs(ifindex, 6, all, ADDRS_MOST, NULL);

	for (int i = 0; i < n; i++)
		if (tc_addr_is_link_local(&all[i].addr))
			return true;
	return false;
}

uint32_t tc_interface_only_link(void)
{
	struct if_nameindex *all = if_nameindex();
	uint32_t only = 0, found = 0;

	for (struct if_nameindex *i = all; i && i->if_index; i++)
		if (has_link_local((int)i->if_index)) {
			only = i->if_index;
			found++;
		}
	if (all)
		if_freenameindex(all);
	return found == 1 ? only : 0;
}

struct given {
	const struct tc_addr *addr;
	int ifindex;
	enum tc_given state;
};

/* Of two interfaces that have it one may be good. */
static int on_given(const struct nlmsghdr *nlh, void *data)
{
	struct given *g = data;
	struct tc_interface_addr a;
	const struct ifaddrmsg *ifa = read_addr(nlh, &a);

	if (ifa && (!g->ifindex || (int)ifa->ifa_index == g->ifindex) && g->state != TC_GIVEN &&
	    tc_addr_same_net(&a.addr, g->addr, tc_nl_bits(g->addr)))
		g->state = ifa->ifa_flags & IFA_F_DADFAILED ? TC_GIVEN_TAKEN :
			   ifa->ifa_flags & IFA_F_TENTATIVE ? TC_GIVEN_TENTATIVE : TC_GIVEN;
	return MNL_CB_OK;
}

enum tc_given tc_interface_given(const struct tc_addr *addr, int ifindex)
{
	struct given g = { .addr = addr, .ifindex = ifindex };

	return ask_addrs(tc_nl_family(addr), on_given, &g) < 0 ? TC_GIVEN_NOT : g.state;
}

int tc_interface_addrs(int ifindex, uint8_t family, struct tc_interface_addr *out, size_t most,
		       struct tc_error *err)
{
	struct addrs s = { .ifindex = ifindex, .family = family, .out = out, .most = most };
	int rc = ask_addrs(AF_UNSPEC, on_addr, &s);

	return rc < 0 ? tc_fail(err, rc, "cannot read the addresses of interface %d: %s", ifindex,
				strerror(-rc)) : (int)s.n;
}
