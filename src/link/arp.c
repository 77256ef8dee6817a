/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ARP for addresses of our own: the probe before (RFC 5227 2.1.1), the announcement
 * (2.3), the answers (RFC 826). An address that another claims meanwhile is noted and not
 * defended (2.4 leaves the choice): the other may be the rightful one.
 */
#include <tcpcraft/arp.h>

#include <tcpcraft/bits.h>
#include <tcpcraft/error.h>
#include <tcpcraft/fields.h>
#include <tcpcraft/link.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/segment.h>

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "arp_frame.h"

#include "base/addr.h"

#define PROBES 3
/* DEVIATION: RFC 5227 1.1 waits 1 to 2 s between probes and 2 s after them, for networks
 * that are slow to come up. Ours is up, and a person waits. */
#define PROBE_EVERY (200 * TC_MS)
#define PROBE_BUFFER ((size_t)1 << 20)
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

/* The parts of a frame that tc_rx_parse found to be ARP for IPv4 over Ethernet. */
static unsigned opcode_of(const struct tc_rx *rx)
{
	return tc_get16(rx->l3 + TC_ARP_OPCODE_OFF / 8);
}

static const uint8_t *sender_of(const struct tc_rx *rx)
{
	return rx->l3 + TC_ARP_SRC_HW_OFF / 8;
}

static bool is_ours(const struct tc_arp *a, uint32_t addr)
{
	for (unsigned i = 0; i < a->n; i++)
		if (a->addrs[i] == addr)
			return true;
	return false;
}

int tc_arp_answer(struct tc_arp *a, struct tc_link *l, const struct tc_rx *rx,
		  struct tc_error *err)
{
	const uint8_t *sender = sender_of(rx);
	struct tc_arp_frame f = {
		.opcode = TC_ARP_REPLY, .to = sender, .src_mac = a->mac, .src = rx->dst,
		.dst_mac = sender, .dst = rx->src,
	};
	int rc;

	if (memcmp(sender, a->mac, sizeof a->mac) == 0)
		return 0;
	if (is_ours(a, rx->src)) {
		a->seen.conflicts++;
		a->seen.contested = rx->src;
		memcpy(a->seen.rival, sender, sizeof a->seen.rival);
		return 0;
	}
	if (opcode_of(rx) != TC_ARP_REQUEST || !is_ours(a, rx->dst))
		return 0;
	rc = send_frame(l, &f, err);
	a->seen.answered += rc > 0;
	return rc;
}

/* One request for each address: from 0.0.0.0 it is a probe, from the address itself an
 * announcement. */
static int ask_all(const struct tc_arp *a, struct tc_link *l, bool announce,
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
	return ask_all(a, l, true, err);
}

/* RFC 5227 2.1.1: any ARP frame from the address, or another's probe for it. */
static int check_claim(const struct tc_arp *a, const struct tc_path *path, int dlt,
		       const struct tc_frame *f, struct tc_error *err)
{
	const uint8_t *m;
	struct tc_rx rx;
	uint32_t addr;
	bool probe;

	if (tc_rx_parse(&rx, f->bytes, f->len, dlt, NULL) < 0 || rx.kind != TC_RX_ARP)
		return 0;
	m = sender_of(&rx);
	probe = opcode_of(&rx) == TC_ARP_REQUEST && rx.src == 0;
	addr = probe ? rx.dst : rx.src;
	if (!is_ours(a, addr) || memcmp(m, a->mac, sizeof a->mac) == 0)
		return 0;
	return tc_fail(err, -EADDRINUSE, "%s %s %s on %s: choose an address that nobody "
		       "has", TC_ADDR(addr), probe ? "is being taken by" : "is in use by",
		       TC_MAC(m), path->ifname);
}

static int listen_until(const struct tc_arp *a, const struct tc_path *path,
			struct tc_link *l, tc_time until, struct tc_error *err)
{
	struct pollfd fd = { .fd = tc_link_fd(l), .events = POLLIN };
	struct tc_frame f;
	tc_time left;
	int rc;

	for (;;) {
		while ((rc = tc_link_recv(l, &f, err)) > 0) {
			rc = check_claim(a, path, tc_link_dlt(l), &f, err);
			if (rc < 0)
				return rc;
		}
		left = until - tc_clock_monotonic();
		if (rc < 0 || left <= 0)
			return rc;
		poll(&fd, 1, (int)(left / TC_MS) + 1);
	}
}

int tc_arp_probe(const struct tc_arp *a, const struct tc_path *path, struct tc_error *err)
{
	struct tc_link_config cfg = {
		.path = path, .inject = TC_INJECT_LINK, .filter = "arp", .immediate = true,
		.busy_poll = true, .promiscuous = true, .buffer_bytes = PROBE_BUFFER,
	};
	struct tc_link *l;
	int rc = tc_link_open(&l, &cfg, err);

	if (rc < 0)
		return rc;
	for (int i = 0; i < PROBES && rc >= 0; i++) {
		rc = ask_all(a, l, false, err);
		if (rc >= 0)
			rc = listen_until(a, path, l, tc_clock_monotonic() + PROBE_EVERY,
					  err);
	}
	tc_link_close(l);
	return rc;
}
