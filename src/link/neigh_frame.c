/* SPDX-License-Identifier: BSD-2-Clause */
/* The frames of ARP and of neighbour discovery; see neigh_frame.h. */
#include "neigh_frame.h"

#include "base/addr.h"
#include "wire/place.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/error.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/segment.h>
#include <tcpcraft/vlan.h>

#include <string.h>

#define ARP_REQUEST 1
#define ARP_REPLY 2
#define SOLICITATION 135
#define ADVERTISEMENT 136
#define ND_HOPS 255		/* RFC 4861 7.1: it came over no router */
#define ND_BYTES (4 + 20)	/* ICMPv6, flags, target */
#define SOURCE_LINK 1		/* options: RFC 4861 4.6.1 */
#define TARGET_LINK 2
#define LINK_OPTION 8		/* bytes of either */

static const uint8_t all_nodes[16] = { 0xff, 0x02, [15] = 1 };
static const uint8_t everybody[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

void tc_group_mac(const struct tc_addr *group, uint8_t mac[6])
{
	const uint8_t *b = group->bytes;
	const uint8_t v4[6] = { 0x01, 0x00, 0x5e, b[1] & 0x7f, b[2], b[3] };
	const uint8_t v6[6] = { 0x33, 0x33, b[12], b[13], b[14], b[15] };

	memcpy(mac, group->family == 6 ? v6 : v4, sizeof v4);
}

/* RFC 4291 2.7.1: where the host with this address listens. */
static struct tc_addr solicited_node(const struct tc_addr *a)
{
	const uint8_t *b = a->bytes;

	return tc_addr_from_v6((const uint8_t[16]){ 0xff, 0x02, [11] = 1, 0xff, b[13], b[14],
						    b[15] });
}

static int set(struct tc_packet *p, int layer, unsigned row, tc_value value,
	       struct tc_error *err)
{
	return layer < 0 ? layer : tc_packet_set(p, layer, row, value, err);
}

/* What tells all, tells it as a question about itself (RFC 5227 2.3). */
static int push_arp(struct tc_packet *p, const struct tc_neigh_frame *f, struct tc_error *err)
{
	uint64_t to = f->to_mac ? tc_mac_number(f->to_mac) : 0;
	int rc = tc_vlan_push(p, f->to_mac ? f->to_mac : everybody, f->src_mac, f->vlan, err);
	int arp = rc < 0 ? rc : tc_packet_push(p, tc_header_get(TC_HDR_ARP), err);
	const struct { unsigned row; uint64_t value; } rows[] = {
		{ TC_ARP_OPCODE, f->tells && f->to_mac ? ARP_REPLY : ARP_REQUEST },
		{ TC_ARP_SRC_HW, tc_mac_number(f->src_mac) },
		{ TC_ARP_SRC_PROTO, tc_addr_v4(f->tells ? &f->target : &f->src) },
		{ TC_ARP_DST_HW, to },
		{ TC_ARP_DST_PROTO, tc_addr_v4(f->tells && f->to_mac ? &f->to : &f->target) },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0] && rc >= 0; i++)
		rc = set(p, arp, rows[i].row, rows[i].value, err);
	return rc;
}

/* Where a frame of neighbour discovery goes: a question to the group of the target, an answer
 * to who asked, or to all where that one has no address (RFC 4861 7.2.4). */
static struct tc_addr nd_destination(const struct tc_neigh_frame *f)
{
	if (!f->tells)
		return solicited_node(&f->target);
	return tc_addr_is_none(&f->to) ? tc_addr_from_v6(all_nodes) : f->to;
}

static int push_ipv6(struct tc_packet *p, const struct tc_neigh_frame *f, struct tc_error *err)
{
	struct tc_addr to = nd_destination(f), from = f->tells ? f->target : f->src;
	uint8_t mac[6];
	int ip, rc;

	if (f->to_mac && !tc_addr_is_multicast(&to))
		memcpy(mac, f->to_mac, sizeof mac);
	else
		tc_group_mac(&to, mac);
	rc = tc_vlan_push(p, mac, f->src_mac, f->vlan, err);
	ip = rc < 0 ? rc : tc_packet_push(p, tc_header_get(TC_HDR_IPV6), err);
	rc = set(p, ip, TC_IPV6_HLIM, ND_HOPS, err);
	if (rc >= 0)
		tc_packet_set_addrs(p, ip, &from, &to);
	return rc;
}

/* A question of nobody yet has no option: RFC 4861 4.3. */
static int push_nd(struct tc_packet *p, const struct tc_neigh_frame *f, struct tc_error *err)
{
	const uint8_t *m = f->src_mac;
	const uint8_t option[LINK_OPTION] = { f->tells ? TARGET_LINK : SOURCE_LINK, 1, m[0], m[1],
					      m[2], m[3], m[4], m[5] };
	bool bare = !f->tells && tc_addr_is_none(&f->src);
	int rc = push_ipv6(p, f, err), icmp, body;
	const struct tc_header *h = tc_header_get(f->tells ? TC_HDR_ICMPV6_NA : TC_HDR_ICMPV6_NS);

	icmp = rc < 0 ? rc : tc_packet_push(p, tc_header_get(TC_HDR_ICMPV6), err);
	rc = set(p, icmp, TC_ICMPV6_TYPE, f->tells ? ADVERTISEMENT : SOLICITATION, err);
	body = rc < 0 ? rc : tc_packet_push(p, h, err);
	if (body < 0)
		return body;
	memcpy(p->layer[body].fixed + TC_ICMPV6_NS_TARGET_OFF / 8, f->target.bytes, 16);
	if (f->tells) {
		rc = set(p, body, TC_ICMPV6_NA_OVERRIDE, 1, err);
		if (rc >= 0)
			rc = set(p, body, TC_ICMPV6_NA_SOLICITED, !tc_addr_is_none(&f->to), err);
	}
	return rc < 0 || bare ? rc : tc_packet_set_bytes(p, body, option, sizeof option, err);
}

int tc_neigh_frame_build(const struct tc_neigh_frame *f, uint8_t *out, struct tc_error *err)
{
	struct tc_packet p = { 0 };
	int rc = f->target.family == 6 ? push_nd(&p, f, err) : push_arp(&p, f, err);

	if (rc >= 0)
		rc = tc_packet_build(&p, out, TC_NEIGH_FRAME_MAX, err);
	tc_packet_free(&p);
	return rc;
}

static void read_arp(struct tc_neigh_said *said, const struct tc_rx *rx)
{
	*said = (struct tc_neigh_said){
		.tells = tc_get16(PLACE(rx->l3, ARP_OPCODE)) != ARP_REQUEST,
		.sender = rx->src, .target = rx->dst, .mac = PLACE(rx->l3, ARP_SRC_HW),
	};
	if (tc_addr_is_unspecified(&said->sender))
		said->sender = (struct tc_addr){ 0 };
}

/* The link-layer address among the options; NULL: there is none, or their lengths lie. */
static const uint8_t *link_option(const uint8_t *at, size_t n, uint8_t type)
{
	const uint8_t *found = NULL;

	for (size_t len; n; at += len, n -= len) {
		len = n < 2 ? 0 : at[1] * 8u;
		if (len == 0 || len > n)
			return NULL;
		if (at[0] == type && len == LINK_OPTION)
			found = at + 2;
	}
	return found;
}

static bool read_nd(struct tc_neigh_said *said, const struct tc_rx *rx,
		    const uint8_t *ethernet)
{
	const uint8_t *icmp = rx->l3 + IPV6_BYTES;
	const uint8_t *options = icmp + ND_BYTES;

	if (rx->l3_len < (size_t)IPV6_BYTES + ND_BYTES || rx->ttl != ND_HOPS ||
	    *PLACE(rx->l3, IPV6_NXT) != ICMPV6_IPPROTO || rx->icmp_code != 0 ||
	    rx->icmp_checksum != TC_CSUM_OK)
		return false;
	if (rx->icmp_type != SOLICITATION && rx->icmp_type != ADVERTISEMENT)
		return false;
	said->tells = rx->icmp_type == ADVERTISEMENT;
	said->target = tc_addr_from_v6(icmp + 4 + TC_ICMPV6_NS_TARGET_OFF / 8);
	said->sender = said->tells ? said->target : rx->src;
	if (tc_addr_is_unspecified(&said->sender))
		said->sender = (struct tc_addr){ 0 };
	said->mac = link_option(options, rx->l3_len - IPV6_BYTES - ND_BYTES,
				said->tells ? TARGET_LINK : SOURCE_LINK);
	if (!said->mac)
		said->mac = PLACE(ethernet, ETH_SRC);
	return true;
}

bool tc_neigh_read(struct tc_neigh_said *said, const struct tc_rx *rx,
		   const uint8_t *ethernet)
{
	*said = (struct tc_neigh_said){ 0 };
	if (rx->kind == TC_RX_ARP) {
		read_arp(said, rx);
		return true;
	}
	return rx->kind == TC_RX_OTHER && rx->l3 && rx->src.family == 6 &&
	       read_nd(said, rx, ethernet);
}
