/* SPDX-License-Identifier: BSD-2-Clause */
/* From a plan to packets: what they say of themselves, what nobody named, the craft. */
#include "send.h"

#include "base/addr.h"
#include "wire/addr_value.h"
#include "wire/family.h"
#include "wire/link_type.h"
#include "wire/target.h"

#include <tcpcraft/rng.h>
#include <tcpcraft/route.h>

#include <errno.h>
#include <string.h>

#define PORTS_MOST 1024		/* source ports of one run, then they begin again */
#define ND_HOPS 255		/* of neighbour discovery, RFC 4861 */
#define TARGETS_MOST 65536	/* destinations that are looked at one by one */

/* ---- what the packets of a spec say ----------------------------------------------- */

/* Fields that lead a filter by addresses and ports astray. */
static const struct {
	enum tc_header_id id;
	unsigned row;
} misleading[] = {
	{ TC_HDR_ETH, TC_ETH_TYPE },  { TC_HDR_VLAN, TC_VLAN_ETYPE },
	{ TC_HDR_IP, TC_IP_VERSION }, { TC_HDR_IP, TC_IP_HDR_LEN },
	{ TC_HDR_IP, TC_IP_LEN },     { TC_HDR_IP, TC_IP_PROTO },
	{ TC_HDR_IP, TC_IP_MF },      { TC_HDR_IP, TC_IP_FRAG },
};

/* What leads a packet of this family on from where its header says. */
static const char *route_field(uint8_t family)
{
	return family == 6 ? tc_header_get(TC_HDR_ROUTING)->rows[TC_ROUTING_ADDRS].name
			   : tc_header_get(TC_HDR_IP)->rows[TC_IP_OPTIONS].name;
}

static bool is_free(void *ctx, tc_value low, tc_value high)
{
	const uint8_t *family = ctx;
	struct tc_path path = { 0 };

	if (high - low >= TARGETS_MOST)
		return false;
	for (tc_value a = low; a <= high; a++) {
		path.dst = tc_addr_of_value(*family, a);
		if (!tc_path_is_free_target(&path))
			return false;
	}
	return true;
}

/* The field by which packets are sent on, or NULL. */
static const char *source_route(const struct tc_spec *s)
{
	struct tc_buf options = { 0 };
	bool routed = tc_spec_bytes(s, TC_HDR_IP, TC_IP_OPTIONS, &options) &&
		      tc_options_route(options.data, options.len);

	tc_buf_free(&options);
	return routed ? route_field(4) :
	       tc_spec_names_field(s, TC_HDR_ROUTING, TC_ROUTING_ADDRS) ? route_field(6) : NULL;
}

static void addresses_extent(const struct send_plan *p, struct send_extent *e)
{
	const struct tc_spec *s = p->spec;
	const struct tc_family *f = tc_family(send_is_ipv6(p) ? 6 : 4);

	e->family = f->version;
	e->src_given = tc_spec_range(s, f->header, f->src, &e->src_lo, &e->src_hi);
	e->dst_given = tc_spec_range(s, f->header, f->dst, &e->dst_lo, &e->dst_hi);
	e->free_targets = tc_spec_each(s, f->header, f->dst, is_free, &e->family);
	e->source_route = source_route(s);
}

static void spec_extent(const struct send_plan *p, struct send_extent *e)
{
	const struct tc_spec *s = p->spec;
	tc_value low, high;

	e->tcp = tc_spec_has_layer(s, TC_HDR_TCP);
	e->vlan = tc_spec_has_layer(s, TC_HDR_VLAN);
	e->syn = e->tcp && tc_spec_may_be_set(s, TC_HDR_TCP, TC_TCP_SYN);
	e->odd = !e->tcp || p->o->send.fragment;
	for (size_t i = 0; i < sizeof misleading / sizeof *misleading; i++)
		e->odd = e->odd ||
			 tc_spec_range(s, misleading[i].id, misleading[i].row, &low, &high);
	addresses_extent(p, e);
	e->sport_given = tc_spec_range(s, TC_HDR_TCP, TC_TCP_SRCPORT, &e->sport_lo,
				       &e->sport_hi);
	if (!tc_spec_range(s, TC_HDR_TCP, TC_TCP_DSTPORT, &e->dport_lo, &e->dport_hi))
		e->dport_lo = e->dport_hi =
			tc_header_get(TC_HDR_TCP)->rows[TC_TCP_DSTPORT].def;
}

/* ---- what whole frames say -------------------------------------------------------- */

static void widen(tc_value *low, tc_value *high, tc_value v, bool first)
{
	*low = first || v < *low ? v : *low;
	*high = first || v > *high ? v : *high;
}

/* Where the frame goes, also if nobody could take it apart. */
static void frame_target(const struct tc_bytes *f, int dlt, struct send_extent *e)
{
	const struct tc_header *eth = tc_header_get(TC_HDR_ETH);
	struct tc_packet_target t;
	uint16_t type = 0;
	int l3 = tc_link_header(f->bytes, f->len, dlt, &type, NULL);
	tc_value to;

	if (dlt == TC_DLT_EN10MB && f->len >= eth->head_bytes)
		e->vlan = e->vlan || tc_is_tag((uint16_t)tc_field_get(&eth->rows[TC_ETH_TYPE],
								      f->bytes));
	if (l3 < 0 || !tc_target_of(&t, f->bytes + l3, f->len - (size_t)l3))
		return;
	to = tc_addr_value(&t.addr);
	e->free_targets = e->free_targets && is_free(&t.addr.family, to, to);
	if (t.routed)
		e->source_route = route_field(t.addr.family);
}

static void frames_extent(const struct send_plan *p, struct send_extent *e)
{
	int dlt = p->first == TC_HDR_ETH ? TC_DLT_EN10MB : TC_DLT_RAW;
	struct tc_rx rx;

	e->odd = true;
	e->free_targets = true;
	e->family = send_is_ipv6(p) || p->to.family == 6 ? 6 : 4;
	for (size_t i = 0; i < p->n_frames; i++) {
		const struct tc_bytes *f = &p->frames[i];

		frame_target(f, dlt, e);
		if (tc_rx_parse(&rx, f->bytes, f->len, dlt, NULL) < 0 || !rx.l3 ||
		    rx.kind == TC_RX_ARP || rx.src.family != e->family)
			continue;
		widen(&e->src_lo, &e->src_hi, tc_addr_value(&rx.src), !e->src_given);
		widen(&e->dst_lo, &e->dst_hi, tc_addr_value(&rx.dst), !e->dst_given);
		e->src_given = e->dst_given = true;
		if (rx.kind != TC_RX_TCP)
			continue;
		widen(&e->sport_lo, &e->sport_hi, rx.sport, !e->tcp);
		widen(&e->dport_lo, &e->dport_hi, rx.dport, !e->tcp);
		e->syn = e->syn || rx.seg.flags & TC_FLAG_SYN;
		e->tcp = true;
	}
	e->sport_given = true;
}

void send_extent(const struct send_plan *p, struct send_extent *e)
{
	*e = (struct send_extent){ 0 };
	if (p->frames)
		frames_extent(p, e);
	else
		spec_extent(p, e);
}

/* ---- IPv6 ------------------------------------------------------------------------- */

/* What a switch sets in IPv4, and in IPv6; NULL: why not. */
static const struct {
	const char *ipv4, *ipv6, *lacks;
} switches[] = {
	{ "ip.ttl", "ipv6.hlim", NULL },
	{ "ip.dsfield", "ipv6.tclass", NULL },
	{ "ip.flags.df", NULL, "--df: IPv6 has no DF, no router fragments its packets (RFC 8200 "
	  "4.5): leave it out" },
	{ "ip.id", NULL, "--id: IPv6 has an identification only in fragments: use "
	  "ipv6.fraghdr.ident=N" },
};

bool send_is_ipv6(const struct send_plan *p)
{
	if (p->frames)
		return p->first == TC_HDR_IPV6;
	return p->spec && tc_spec_has_layer(p->spec, TC_HDR_IPV6);
}

int send_add_switch(struct send_plan *p, const char *field, const char *value,
		    struct tc_error *err)
{
	for (size_t i = 0; i < sizeof switches / sizeof *switches && send_is_ipv6(p); i++) {
		if (strcmp(switches[i].ipv4, field) != 0)
			continue;
		if (!switches[i].ipv6)
			return tc_fail(err, -EINVAL, "%s", switches[i].lacks);
		field = switches[i].ipv6;
	}
	return tc_spec_add(p->spec, field, value, err);
}

int send_check_family(const struct send_plan *p, const struct tc_addr *to, struct tc_error *err)
{
	if (!p->spec || !send_is_ipv6(p) || to->family == 6 ||
	    tc_spec_names_field(p->spec, TC_HDR_IPV6, TC_IPV6_DST))
		return 0;
	return tc_fail(err, -EINVAL, "%s makes the packets IPv6, and HOST %.80s is not: "
		       "give an IPv6 address, or ipv6.dst", tc_spec_names_ipv6(p->spec),
		       p->host);
}

/* Where the addresses are of the packets' family. */
static int default_addresses(struct send_plan *p, const struct tc_addr *src,
			     const struct tc_addr *dst, struct tc_error *err)
{
	const struct tc_family *f = tc_family(send_is_ipv6(p) ? 6 : 4);
	int rc = 0;

	if (src->family == f->version)
		rc = tc_spec_default_value(p->spec, f->header, f->src, tc_addr_value(src), err);
	if (rc >= 0 && dst->family == f->version)
		rc = tc_spec_default_value(p->spec, f->header, f->dst, tc_addr_value(dst), err);
	for (enum tc_header_id id = TC_HDR_ICMPV6_RS; id <= TC_HDR_ICMPV6_RD && rc >= 0; id++)
		if (tc_spec_has_layer(p->spec, id))	/* who comes from afar is not believed */
			rc = tc_spec_default_value(p->spec, TC_HDR_IPV6, TC_IPV6_HLIM, ND_HOPS,
						   err);
	return rc;
}

/* ---- packets ---------------------------------------------------------------------- */

unsigned send_ports(const struct send_plan *p, uint16_t first)
{
	uint64_t packets = tc_spec_packets(p->spec), n = PORTS_MOST;

	packets /= tc_spec_run(p->spec, TC_HDR_TCP, TC_TCP_DSTPORT);
	if (p->rounds && packets < PORTS_MOST && p->rounds < PORTS_MOST &&
	    packets * p->rounds < PORTS_MOST)
		n = packets * p->rounds;
	if (first && n > 65536u - first)
		n = 65536u - first;
	return (unsigned)n;
}

int send_defaults(struct send_plan *p, const struct tc_addr *src, const struct tc_addr *dst,
		  uint16_t first_port, unsigned n_ports, const uint8_t *macs,
		  struct tc_error *err)
{
	struct tc_spec *s = p->spec;
	struct tc_rng rng;
	uint64_t id;
	int rc;

	rc = default_addresses(p, src, dst, err);
	if (rc >= 0)
		rc = tc_spec_default_by_packet(s, TC_HDR_TCP, TC_TCP_SRCPORT, first_port,
					   n_ports,
					   tc_spec_run(s, TC_HDR_TCP, TC_TCP_DSTPORT), err);
	/* never 0, which a raw socket would replace; counting, so that ICMP tells packets
	 * apart by it */
	tc_rng_seed(&rng, p->o->seed);
	id = 1 + tc_rng_below(&rng, 0x7fff);
	if (rc >= 0)
		rc = tc_spec_default_by_packet(s, TC_HDR_IP, TC_IP_ID, id, 0x10000 - id, 1,
					   err);
	if (macs || p->o->vlan.n)
		tc_spec_use_layer(s, TC_HDR_ETH);
	if (rc >= 0 && macs)
		rc = tc_spec_default_value(s, TC_HDR_ETH, TC_ETH_DST,
					   tc_mac_number(macs), err);
	if (rc >= 0 && macs)
		rc = tc_spec_default_value(s, TC_HDR_ETH, TC_ETH_SRC,
					   tc_mac_number(macs + 6), err);
	return rc < 0 ? rc : 0;
}

int send_open_craft(const struct send_plan *p, const uint8_t *macs,
		    struct tc_craft **craft, struct tc_error *err)
{
	struct tc_craft_config cfg = {
		.seed = p->o->seed, .rounds = p->rounds,
		.fragment = p->o->send.fragment, .vlan = p->o->vlan,
		.md5 = p->o->tcp.value.ip.md5.n ? &p->o->tcp.value.ip.md5 : NULL,
		.ao = p->o->tcp.value.ip.ao.n ? &p->o->tcp.value.ip.ao : NULL,
	};
	static const uint8_t nobody[12];

	if (p->frames)
		return tc_craft_open_frames(craft, p->frames, p->n_frames, p->first,
					    !macs && cfg.vlan.n ? nobody : macs, &cfg, err);
	return tc_craft_open(craft, p->spec, &cfg, err);
}
