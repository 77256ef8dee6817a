/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way into a VLAN of an interface. What the kernel knows of networks is about others:
 * neither its routes nor its neighbours are asked. Every peer is taken to be on the link, and
 * is asked for there; our address is one that we answer for ourselves.
 */
#include "interface.h"

#include "base/addr.h"
#include "link/neigh_frame.h"
#include "wire/family.h"

#include <tcpcraft/error.h>
#include <tcpcraft/route.h>

#include <errno.h>
#include <string.h>

#define ADDRS_MOST 64
#define IP_MTU_MAX 65535u

/* The interface that leads into it: the one named, that of dst's scope, else the one that
 * frames without a tag would take. */
static int find_interface(struct tc_path *p, const struct tc_addr *dst, const char *ifname,
			  struct tc_error *err)
{
	struct tc_error why = { 0 };
	struct tc_path plain;

	if (ifname) {
		p->ifindex = (int)if_nametoindex(ifname);
		return p->ifindex ? 0 : tc_interface_none(ifname, err);
	}
	if (dst->scope) {
		p->ifindex = (int)dst->scope;
		return 0;
	}
	if (tc_addr_is_none(dst))
		return tc_fail(err, -EINVAL, "a VLAN is one of a device: name it with -i");
	if (tc_path_find(&plain, dst, NULL, NULL, &why) < 0)
		return tc_fail(err, why.code, "%s; name the device of the VLAN with -i", why.msg);
	p->ifindex = plain.ifindex;
	return 0;
}

/* Linux lets a frame be one 802.1Q tag longer than the device's MTU says, and no more:
 * packet(7) sockets count all of an 802.1ad frame. */
static int choose_mtu(struct tc_path *p, unsigned device, struct tc_error *err)
{
	const struct tc_family *f = tc_family(p->dst.family);
	unsigned tags = p->vlan.n > 1 ? p->vlan.n * TC_VLAN_TAG_BYTES : 0;

	p->mtu = device > tags ? device - tags : 0;
	if (p->mtu > IP_MTU_MAX)
		p->mtu = IP_MTU_MAX;
	if (p->mtu >= f->mtu_least)
		return 0;
	return tc_fail(err, -EINVAL, "%s carries %u bytes behind %s, IPv%u needs %u: ip link set "
		       "%s mtu %u", p->ifname, p->mtu, tags ? "two tags" : "a tag",
		       f->version, f->mtu_least, p->ifname, f->mtu_least + tags);
}

static int read_interface(struct tc_path *p, struct tc_error *err)
{
	struct tc_interface i;
	int rc = tc_interface_ask(&i, p->ifindex, err);

	if (rc < 0)
		return rc;
	memcpy(p->ifname, i.name, sizeof p->ifname);
	if (!i.ethernet)
		return tc_fail(err, -EINVAL, "%s has no Ethernet header, and no place for a tag: "
			       "name an Ethernet device with -i", p->ifname);
	p->ethernet = true;
	memcpy(p->mac, i.mac, sizeof p->mac);
	return choose_mtu(p, i.mtu, err);
}

/* Without --source the device's own address, if the network is one that it has. */
static int choose_source(struct tc_path *p, struct tc_error *err)
{
	struct tc_interface_addr all[ADDRS_MOST];
	int n = tc_interface_addrs(p->ifindex, p->dst.family, all, ADDRS_MOST, err);

	if (n < 0)
		return n;
	for (int i = 0; i < n && tc_addr_is_none(&p->src); i++)
		if (tc_addr_same_net(&all[i].net, &p->dst, all[i].bits))
			p->src = all[i].addr;
	if (tc_addr_is_none(&p->src))
		return tc_fail(err, -EADDRNOTAVAIL, "%s has no address in the network of %s: name "
			       "one that is free in the VLAN with --source", p->ifname,
			       TC_HOST(&p->dst));
	return 0;
}

static bool is_everybody(const struct tc_addr *a)
{
	return a->family == 4 && tc_addr_v4(a) == UINT32_MAX;
}

/* Next hops that need no question: broadcast, and RFC 1112 6.4, RFC 2464 7 for multicast. */
static void known_next_hop(struct tc_path *p)
{
	p->many = tc_addr_is_multicast(&p->dst) || is_everybody(&p->dst);
	if (is_everybody(&p->dst))
		memset(p->next_mac, 0xff, sizeof p->next_mac);
	else if (p->many)
		tc_group_mac(&p->dst, p->next_mac);
	p->resolved = p->many;
}

static int check_ends(const struct tc_path *p, struct tc_error *err)
{
	if (tc_addr_is_none(&p->src) || tc_addr_is_none(&p->dst))
		return 0;
	if (p->src.family != p->dst.family)
		return tc_path_of_two_families(p, err);
	if (tc_addr_equal(&p->src, &p->dst))
		return tc_fail(err, -EINVAL, "%s is both ends: name a source that is free in the "
			       "VLAN with --source", TC_HOST(&p->dst));
	if (tc_addr_is_loopback(&p->dst) || tc_addr_is_unspecified(&p->dst))
		return tc_fail(err, -EINVAL, "%s is this host, which no tag leads to: leave out "
			       "--vlan", TC_HOST(&p->dst));
	return 0;
}

int tc_path_find_vlan(struct tc_path *path, const struct tc_vlan *vlan, const struct tc_addr *dst,
		      const struct tc_addr *src, const char *ifname, struct tc_error *err)
{
	struct tc_path p = { .dst = *dst, .vlan = *vlan };
	int rc;

	if (src)
		p.src = *src;
	p.dst.scope = p.src.scope = 0;
	rc = find_interface(&p, dst, ifname, err);
	if (rc == 0 && dst->scope && p.ifindex != (int)dst->scope)
		rc = tc_fail(err, -EINVAL, "%s is not on %s", TC_HOST(dst), ifname);
	if (rc == 0)
		rc = read_interface(&p, err);
	if (rc == 0 && tc_addr_is_none(&p.src) && !tc_addr_is_none(&p.dst))
		rc = choose_source(&p, err);
	if (rc == 0)
		rc = check_ends(&p, err);
	if (rc < 0)
		return rc;
	known_next_hop(&p);
	*path = p;
	return 0;
}

int tc_path_device_addrs(const struct tc_path *path, uint8_t family, struct tc_addr *out,
			 unsigned most, struct tc_error *err)
{
	struct tc_interface_addr all[ADDRS_MOST];
	int n = tc_interface_addrs(path->ifindex, family, all, most < ADDRS_MOST ? most :
				   ADDRS_MOST, err);

	for (int i = 0; i < n; i++)
		out[i] = all[i].addr;
	if (n == 0)
		return tc_fail(err, -EADDRNOTAVAIL, "%s has no address to listen at in the VLAN: "
			       "name one that is free there", path->ifname);
	return n;
}
