/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft send: the session that suits the packets. */
#include "send.h"

#include "base/addr.h"
#include "wire/addr_value.h"
#include "wire/family.h"

#include <errno.h>

#define PORT_TOP 65535u

static void put_host(struct tc_buf *b, const char *side, bool given, tc_value low,
		     tc_value high, const struct tc_addr *by_path)
{
	struct tc_addr a = given ? tc_addr_of_value(by_path->family, low) : *by_path;

	if (!given || low == high)
		tc_buf_printf(b, " and %s host %s", side, TC_HOST(&a));
}

/* Traffic of these addresses and ports, seen from the side that `us` names. */
static void put_traffic(struct tc_buf *b, const struct send_plan *p, const char *what,
			const struct tc_path *path, const char *us, const char *them)
{
	const struct send_extent *e = &p->extent;

	tc_buf_printf(b, "(%s", what);
	put_host(b, us, e->src_given, e->src_lo, e->src_hi, &path->src);
	put_host(b, them, e->dst_given, e->dst_lo, e->dst_hi, &path->dst);
}

static void put_ports(struct tc_buf *b, const struct send_plan *p, const char *us,
		      const char *them, unsigned lo, unsigned hi)
{
	tc_buf_printf(b, " and %s portrange %u-%u and %s portrange %u-%u)", us, lo, hi,
		      them, (unsigned)p->extent.dport_lo, (unsigned)p->extent.dport_hi);
}

/*
 * Answers by TCP and ICMP; of ours all, to have their times, unless it is a flood. Where
 * the packets are odd, addresses alone decide: the sender knows its own by their bytes.
 */
static void make_filter(void *ctx, const struct tc_path *path, uint16_t lo, uint16_t hi,
			struct tc_buf *out)
{
	const struct send_plan *p = ctx;
	const struct send_extent *e = &p->extent;
	const struct tc_family *f = tc_family(path->dst.family);
	struct tc_buf b = { 0 };

	tc_buf_printf(&b, "(%s", f->icmp);
	put_host(&b, "dst", e->src_given, e->src_lo, e->src_hi, &path->src);
	tc_buf_printf(&b, ")");
	if (e->tcp) {
		tc_buf_printf(&b, " or ");
		put_traffic(&b, p, f->unreachable, path, "src", "dst");
		tc_buf_printf(&b, ") or ");
		put_traffic(&b, p, "tcp", path, "dst", "src");
		put_ports(&b, p, "dst", "src", lo, hi);
	}
	if (!p->o->send.flood && e->odd) {
		tc_buf_printf(&b, " or arp or ");
		put_traffic(&b, p, f->ip, path, "src", "dst");
		tc_buf_printf(&b, ")");
	} else if (!p->o->send.flood) {
		tc_buf_printf(&b, " or ");
		put_traffic(&b, p, "tcp", path, "src", "dst");
		put_ports(&b, p, "src", "dst", lo, hi);
	}
	if (b.failed)
		out->failed = true;
	else if (e->vlan)
		tc_buf_printf(out, "%s or (vlan and (%s))", b.data, b.data);
	else
		tc_buf_printf(out, "%s", b.data);
	tc_buf_free(&b);
}

/* The guard where an answer would make our kernel send a reset: to a SYN, from ports that
 * can be named. */
static enum tc_guard_mode choose_guard(const struct send_plan *p)
{
	const struct send_extent *e = &p->extent;
	bool all_ports = e->sport_given && e->sport_lo == 0 && e->sport_hi == PORT_TOP;

	if (p->o->guard_given)
		return p->o->guard;
	if (!e->tcp || !e->syn || (e->sport_given && !e->sport_hi))
		return TC_GUARD_OFF;
	if (all_ports && !p->o->quiet)
		terminal_say(p->o, stderr, "no guard: from any port means all ports of "
			     "this host, other programs' too; the kernel will reset "
			     "what is answered\n");
	return all_ports ? TC_GUARD_OFF : p->o->guard;
}

static void choose_ports(const struct send_plan *p, struct tc_session_config *cfg)
{
	const struct send_extent *e = &p->extent;
	tc_value lo = e->sport_lo ? e->sport_lo : 1;

	if (e->sport_given && e->tcp) {
		cfg->source_port = (uint16_t)lo;
		cfg->n_ports = e->sport_hi >= lo ? (unsigned)(e->sport_hi - lo + 1) : 1;
		cfg->reserve_no_ports = p->frames || cfg->guard == TC_GUARD_OFF;
	} else if (!e->tcp) {
		cfg->source_port = 1;
		cfg->n_ports = 1;
		cfg->reserve_no_ports = true;
	} else {
		cfg->n_ports = send_ports(p, p->o->source_port);
	}
}

int send_session(const struct send_plan *p, struct tc_session_config *cfg,
		 struct tc_error *err)
{
	const struct send_extent *e = &p->extent;
	const struct tc_family *f = tc_family(e->family);

	if (!p->o->authorized && !e->free_targets)
		return tc_fail(err, -EACCES, "%s goes beyond this host and the private "
			       "ranges: add --authorized if you may test that",
			       tc_family_field(f, f->dst));
	if (!p->o->authorized && e->source_route)
		return tc_fail(err, -EACCES, "%s sends packets on to other hosts: add "
			       "--authorized if you may test them", e->source_route);
	if (p->ethernet && p->o->inject == TC_INJECT_RAW)
		return tc_fail(err, -EINVAL, "%s needs an Ethernet header of ours: leave out "
			       "--inject raw", p->ethernet);
	if (p->ethernet)
		cfg->inject = TC_INJECT_LINK;
	cfg->unobserved = p->o->send.flood;
	cfg->no_stack = true;
	cfg->many = true;
	cfg->guard = choose_guard(p);
	cfg->dst_port = e->tcp && e->dport_lo == e->dport_hi ? (uint16_t)e->dport_lo : 0;
	cfg->any_peer = e->dst_given;
	cfg->filter = make_filter;
	cfg->filter_ctx = (void *)(uintptr_t)p;
	choose_ports(p, cfg);
	return 0;
}

int send_check_ethernet(const struct send_plan *p, const struct tc_session_config *cfg,
			struct tc_error *err)
{
	struct tc_path path;
	int rc;

	if (!p->ethernet)
		return 0;
	rc = cfg->vlan.n ? 0 : tc_path_find(&path, &cfg->dst, &cfg->source, cfg->ifname, err);
	if (rc >= 0 && !cfg->vlan.n && !path.ethernet)
		rc = tc_fail(err, -EINVAL,
			     "%s cannot be sent: %s has no Ethernet header; it "
			     "can on an Ethernet interface, such as a veth pair between "
			     "private namespaces",
			     p->ethernet, path.ifname);
	return rc;
}
