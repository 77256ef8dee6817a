/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hardware address of the next hop: what the kernel already knows, else an ARP request
 * (RFC 826) or a neighbour solicitation (RFC 4861) of our own, so that a source address nobody owns works as well.
 */
#include "base/addr.h"
#include "link/neigh_frame.h"
#include "nl.h"

#include <tcpcraft/error.h>
#include <tcpcraft/link.h>
#include <tcpcraft/route.h>
#include <tcpcraft/segment.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#define RETRY (200 * TC_MS)
#define ARP_BUFFER ((size_t)1 << 20)
#define USABLE                                                                             \
	(NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT | NUD_NOARP)

static const struct tc_addr *next_hop(const struct tc_path *p)
{
	return tc_addr_is_none(&p->gateway) ? &p->dst : &p->gateway;
}

static int on_neighbour(const struct nlmsghdr *nlh, void *data)
{
	struct tc_path *p = data;
	const struct ndmsg *nd = mnl_nlmsg_get_payload(nlh);
	struct tc_nl_attrs a;
	struct tc_addr of;

	if (nlh->nlmsg_type != RTM_NEWNEIGH || mnl_nlmsg_get_payload_len(nlh) < sizeof *nd)
		return MNL_CB_OK;
	tc_nl_attrs(nlh, sizeof *nd, &a);
	of = tc_nl_addr(&a, NDA_DST);
	if (nd->ndm_ifindex == p->ifindex && (nd->ndm_state & USABLE) &&
	    tc_addr_equal(&of, next_hop(p)) && a.at[NDA_LLADDR] &&
	    mnl_attr_get_payload_len(a.at[NDA_LLADDR]) == sizeof p->next_mac) {
		memcpy(p->next_mac, mnl_attr_get_payload(a.at[NDA_LLADDR]),
		       sizeof p->next_mac);
		p->resolved = true;
	}
	return MNL_CB_OK;
}

static int ask_kernel(struct tc_path *p, struct tc_error *err)
{
	uint8_t buf[TC_NL_BUFFER];
	struct nlmsghdr *nlh = tc_nl_request(buf, RTM_GETNEIGH, NLM_F_DUMP, sizeof(struct ndmsg));
	struct ndmsg *nd = mnl_nlmsg_get_payload(nlh);
	int rc;

	nd->ndm_family = tc_nl_family(next_hop(p));
	rc = tc_nl_query(NETLINK_ROUTE, nlh, on_neighbour, p);
	if (rc < 0)
		return tc_fail(err, rc, "cannot read the neighbour table: %s",
			       strerror(-rc));
	return 0;
}

/* Is it the answer? Then take the address out of it. */
static int take_reply(void *ctx, const struct tc_neigh_said *said, struct tc_error *err)
{
	struct tc_path *p = ctx;

	(void)err;
	if (!said->tells || !tc_addr_equal(&said->sender, next_hop(p)))
		return 0;
	memcpy(p->next_mac, said->mac, sizeof p->next_mac);
	p->resolved = true;
	return 1;
}

static int ask_network(struct tc_path *p, struct tc_link *l, tc_time timeout,
		       struct tc_error *err)
{
	tc_time now = tc_clock_monotonic(), end = now + timeout;
	struct tc_neigh_frame ask = { .src_mac = p->mac, .src = p->src,
				      .target = *next_hop(p) };
	int rc;

	do {
		rc = tc_neigh_send(l, &ask, err);
		if (rc >= 0)
			rc = tc_neigh_await(l, now + RETRY < end ? now + RETRY : end,
					  take_reply, p, err);
		now = tc_clock_monotonic();
	} while (rc >= 0 && !p->resolved && now < end);
	return rc;
}

int tc_path_resolve(struct tc_path *path, tc_time timeout, struct tc_error *err)
{
	const char *asks = path->dst.family == 6 ? "neighbour solicitations" : "ARP";
	struct tc_link_config cfg = { .path = path,
				      .inject = TC_INJECT_LINK,
				      .filter = path->dst.family == 6 ? "icmp6" : "arp",
				      .immediate = true,
				      .at_once = true,
				      .busy_poll = true,
				      /* the answer goes to path->mac, perhaps not the
				       * interface's */
				      .promiscuous = !path->src_is_ours,
				      .buffer_bytes = ARP_BUFFER };
	struct tc_link *l;
	int rc;

	if (!path->ethernet || path->resolved)
		return 0;
	rc = path->vlan.n ? 0 : ask_kernel(path, err);
	if (rc < 0 || path->resolved)
		return rc;
	rc = tc_link_open(&l, &cfg, err);
	if (rc < 0)
		return rc;
	rc = ask_network(path, l, timeout, err);
	tc_link_close(l);
	if (rc >= 0 && !path->resolved)
		return tc_fail(err, -EHOSTUNREACH, "%s does not answer %s on %s: "
			       "%s up, and on that network?", TC_HOST(next_hop(path)), asks,
			       path->ifname, next_hop(path) == &path->gateway ?
			       "it is the gateway; is it" : "is it");
	return rc < 0 ? rc : 0;
}
