/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ARP for addresses of our own: the announcement (RFC 5227 2.3), the answers (RFC 826);
 * the probe before is in arp_probe.c. An address that another claims meanwhile is noted and not
 * defended (2.4 leaves the choice): the other may be the rightful one.
 */
#include <tcpcraft/arp.h>

#include <tcpcraft/bits.h>
#include <tcpcraft/error.h>
#include <tcpcraft/fields.h>
#include <tcpcraft/link.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/segment.h>

#include <string.h>

#include "arp_frame.h"

#include "base/addr.h"

#define MAC_EVERYBODY 0xffffffffffffu

int tc_arp_frame_build(const struct tc_arp_frame *f, uint8_t *out, struct tc_error *err)
{
	uint64_t to = f->to ? tc_mac_number(f->to) : MAC_EVERYBODY;
	uint64_t dst_mac = f->dst_mac ? tc_mac_number(f->dst_mac) : 0;
	uint64_t src_mac = tc_mac_number(f->src_mac);
	struct tc_packet p = { 0 };
	struct tc_error why = { 0 };
	int eth, arp, rc;

	eth = tc_packet_push(&p, tc_header_get(TC_HDR_ETH), &why);
	arp = tc_packet_push(&p, tc_header_get(TC_HDR_ARP), &why);
	if (eth < 0 || arp < 0 || tc_packet_set(&p, eth, TC_ETH_DST, to, &why) < 0 ||
	    tc_packet_set(&p, eth, TC_ETH_SRC, src_mac, &why) < 0 ||
	    tc_packet_set(&p, arp, TC_ARP_OPCODE, f->opcode, &why) < 0 ||
	    tc_packet_set(&p, arp, TC_ARP_SRC_HW, src_mac, &why) < 0 ||
	    tc_packet_set(&p, arp, TC_ARP_SRC_PROTO, f->src, &why) < 0 ||
	    tc_packet_set(&p, arp, TC_ARP_DST_HW, dst_mac, &why) < 0 ||
	    tc_packet_set(&p, arp, TC_ARP_DST_PROTO, f->dst, &why) < 0)
		rc = tc_fail(err, why.code, "%s", why.msg);
	else
		rc = tc_packet_build(&p, out, TC_ARP_FRAME_MAX, err);
	tc_packet_free(&p);
	return rc;
}

static int send_frame(struct tc_link *l, const struct tc_arp_frame *f, struct tc_error *err)
{
	uint8_t bytes[TC_ARP_FRAME_MAX];
	int rc = tc_arp_frame_build(f, bytes, err);
	struct tc_out out = { .bytes = bytes, .len = rc < 0 ? 0 : (size_t)rc };

	return rc < 0 ? rc : tc_link_send(l, &out, 1, err);
}

unsigned tc_arp_opcode(const struct tc_rx *rx)
{
	return tc_get16(rx->l3 + TC_ARP_OPCODE_OFF / 8);
}

const uint8_t *tc_arp_sender(const struct tc_rx *rx)
{
	return rx->l3 + TC_ARP_SRC_HW_OFF / 8;
}

bool tc_arp_is_ours(const struct tc_arp *a, uint32_t addr)
{
	for (unsigned i = 0; i < a->n; i++)
		if (a->addrs[i] == addr)
			return true;
	return false;
}

int tc_arp_answer(struct tc_arp *a, struct tc_link *l, const struct tc_rx *rx,
		  struct tc_error *err)
{
	const uint8_t *sender = tc_arp_sender(rx);
	struct tc_arp_frame f = {
		.opcode = TC_ARP_REPLY, .to = sender, .src_mac = a->mac, .src = tc_addr_v4(&rx->dst),
		.dst_mac = sender, .dst = tc_addr_v4(&rx->src),
	};
	int rc;

	if (memcmp(sender, a->mac, sizeof a->mac) == 0)
		return 0;
	if (tc_arp_is_ours(a, tc_addr_v4(&rx->src))) {
		a->seen.conflicts++;
		a->seen.contested = tc_addr_v4(&rx->src);
		memcpy(a->seen.rival, sender, sizeof a->seen.rival);
		return 0;
	}
	if (tc_arp_opcode(rx) != TC_ARP_REQUEST || !tc_arp_is_ours(a, tc_addr_v4(&rx->dst)))
		return 0;
	rc = send_frame(l, &f, err);
	a->seen.answered += rc > 0;
	return rc;
}

int tc_arp_ask_all(const struct tc_arp *a, struct tc_link *l, bool announce,
		   struct tc_error *err)
{
	struct tc_arp_frame f = { .opcode = TC_ARP_REQUEST, .src_mac = a->mac };
	int rc = 0;

	for (unsigned i = 0; i < a->n && rc >= 0; i++) {
		f.src = announce ? a->addrs[i] : 0;
		f.dst = a->addrs[i];
		rc = send_frame(l, &f, err);
	}
	return rc < 0 ? rc : 0;
}

int tc_arp_announce(const struct tc_arp *a, struct tc_link *l, struct tc_error *err)
{
	return tc_arp_ask_all(a, l, true, err);
}
