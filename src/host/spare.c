/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * May this interface carry a host of our own? Each condition is checked before anything
 * is sent, and refused with its reason: an address that silently never gets an answer
 * would be taken for a silent peer.
 */
#include <tcpcraft/neigh.h>

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/route.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "interface.h"
#include "nl.h"

#include "base/addr.h"

#define ADDRS_MOST 64
#define GROUP_BIT 0x01		/* of a MAC's first byte: multicast and broadcast */

/* The networks of one interface that are of the family of `addr`, and how it lies in them. */
struct subnets {
	int ifindex;
	struct tc_addr addr;
	bool inside, is_network, is_broadcast;
	bool has_room;		/* some of them has addresses to spare */
	char list[256];		/* "10.77.0.1/24, 192.168.1.1/16" */
};

/* An IPv4 network of more than two (RFC 3021) has an address of its own, and one for all. The
 * first of an IPv6 network is that of its routers (RFC 4291 2.6.1). */
static void look_at_ends(struct subnets *s, unsigned bits)
{
	uint32_t hosts = bits < 32 ? UINT32_MAX >> bits : 0;

	if (bits + 1u >= tc_nl_bits(&s->addr))
		return;
	s->is_network |= tc_addr_is_first(&s->addr, bits);
	s->is_broadcast |= s->addr.family == 4 && (tc_addr_v4(&s->addr) & hosts) == hosts;
}

static void look_at(struct subnets *s, const struct tc_interface_addr *a)
{
	size_t used = strlen(s->list);

	snprintf(s->list + used, sizeof s->list - used, "%s%s/%u", used ? ", " : "",
		 TC_HOST(&a->net), a->bits);
	s->has_room |= a->bits < tc_nl_bits(&a->net) - 1u;
	if (!tc_addr_same_net(&a->net, &s->addr, a->bits))
		return;
	s->inside = true;
	look_at_ends(s, a->bits);
}

static int ask_addresses(struct subnets *s, struct tc_error *err)
{
	struct tc_interface_addr all[ADDRS_MOST];
	int n = tc_interface_addrs(s->ifindex, s->addr.family, all, ADDRS_MOST, err);

	for (int i = 0; i < n; i++)
		look_at(s, &all[i]);
	return n;
}

static int check_subnet(const struct tc_path *path, const struct tc_addr *addr,
			struct tc_error *err)
{
	struct subnets s = { .ifindex = path->ifindex, .addr = *addr };
	char text[TC_ADDR_STRING];
	int rc = ask_addresses(&s, err);

	if (rc < 0)
		return rc;
	tc_addr_string(addr, text);
	if (!s.list[0])
		return tc_fail(err, -EINVAL, "source %s: %s has no IPv%u address, so no subnet"
			       " to be in: ip address add ... dev %s", text, path->ifname,
			       addr->family, path->ifname);
	if (!s.inside)
		return tc_fail(err, -EINVAL, "source %s is not an address of this host, and not in"
			       " the subnet of %s (%s)%s", text, path->ifname, s.list,
			       s.has_room ? ": choose an unused one there" : ", which has no "
			       "room for another: leave out --source");
	if (s.is_network || s.is_broadcast)
		return tc_fail(err, -EINVAL, "source %s is the %s address of the subnet of %s "
			       "(%s): choose an unused one between", text,
			       s.is_broadcast ? "broadcast" : addr->family == 6 ? "routers'" :
			       "network's own", path->ifname, s.list);
	return 0;
}

static bool is_wifi(const struct tc_path *path)
{
	static const char *const signs[] = { "wireless", "phy80211" };
	char name[sizeof "/sys/class/net//wireless" + IF_NAMESIZE];

	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
		snprintf(name, sizeof name, "/sys/class/net/%s/%s", path->ifname, signs[i]);
		if (access(name, F_OK) == 0)
			return true;
	}
	return false;
}

int tc_spare_check(const struct tc_path *path, const struct tc_addr *addr,
		   struct tc_error *err)
{
	const char *asks = addr->family == 6 ? "neighbour discovery" : "ARP";
	char text[TC_ADDR_STRING];

	tc_addr_string(addr, text);
	if (path->local)
		return tc_fail(err, -EINVAL, "source %s is not an address of this host, and the "
			       "path goes over lo, where nobody asks for one by %s: take one"
			       " of this host%s, or a target in a namespace", text, asks,
			       addr->family == 6 ? "" : " (127.0.0.2)");
	if (!path->ethernet)
		return tc_fail(err, -EINVAL, "source %s is not an address of this host, and %s has"
			       " no Ethernet, where others would ask for it by %s: leave out"
			       " --source", text, path->ifname, asks);
	if (is_wifi(path))
		return tc_fail(err, -EINVAL, "source %s is not an address of this host, and %s is "
			       "Wi-Fi, whose access point takes frames from one MAC only: "
			       "leave out --source, or use a wire", text, path->ifname);
	/* in a VLAN are networks that the kernel does not know */
	return path->vlan.n ? 0 : check_subnet(path, addr, err);
}

/* What decides whether the kernel forwards a packet is the interface's own switch, which
 * net.ipv4.ip_forward sets for all of them, and net.ipv6.conf.all.forwarding. */
static bool forwards(const struct tc_path *path)
{
	char name[sizeof "/proc/sys/net/ipv4/conf//forwarding" + IF_NAMESIZE];
	struct tc_buf b = { 0 };
	bool yes;

	snprintf(name, sizeof name, "/proc/sys/net/ipv%u/conf/%s/forwarding",
		 path->dst.family == 6 ? 6 : 4, path->ifname);
	yes = tc_buf_read_file(&b, name, 64, NULL) == 0 && b.len && b.data[0] != '0';
	tc_buf_free(&b);
	return yes;
}

int tc_spare_check_mac(const struct tc_path *path, const uint8_t mac[6],
		       struct tc_error *err)
{
	static const uint8_t zero[6];
	bool six = path->dst.family == 6;

	if (mac[0] & GROUP_BIT || memcmp(mac, zero, sizeof zero) == 0)
		return tc_fail(err, -EINVAL, "source MAC %s is not a single host's: its first "
			       "byte must be even, as in 02:00:00:00:00:01", TC_MAC(mac));
	/* what has a tag is for others to the kernel, whatever its MAC: it forwards none */
	if (!path->vlan.n && memcmp(mac, path->mac, sizeof path->mac) == 0 && forwards(path))
		return tc_fail(err, -EINVAL, "source MAC own while this host forwards (%s=1, "
			       "net.ipv%u.conf.%s.forwarding=1): the kernel would forward the "
			       "peer's segments, with %s and ICMP errors of its own; leave out "
			       "--source-mac", six ? "net.ipv6.conf.all.forwarding" :
			       "net.ipv4.ip_forward", six ? 6 : 4, path->ifname,
			       six ? "solicitations" : "ARP");
	return 0;
}
