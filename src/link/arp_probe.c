/* SPDX-License-Identifier: BSD-2-Clause */
/* Awaiting ARP; and: has another host an address that is to be ours (RFC 5227 2.1.1)? */
#include <tcpcraft/arp.h>

#include <tcpcraft/error.h>

#include "arp_frame.h"
#include "receiver.h"

#include <errno.h>
#include <string.h>

#define PROBES 3
/* DEVIATION: RFC 5227 1.1 waits 1 to 2 s between probes and 2 s after them, for networks
 * that are slow to come up. Ours is up, and a person waits. */
#define PROBE_EVERY (200 * TC_MS)
#define PROBE_BUFFER ((size_t)1 << 20)

int tc_arp_await(struct tc_link *l, tc_time until, tc_arp_take *take, void *ctx,
		 struct tc_error *err)
{
	struct tc_receiver r = { .link = l, .ops = &tc_receiver_no_ends };
	struct tc_heard h;
	int rc;

	for (;;) {
		while ((rc = tc_receiver_next(&r, &h, err)) > 0) {
			rc = h.parsed && h.rx.kind == TC_RX_ARP ? take(ctx, &h.rx, err) : 0;
			if (rc != 0)
				return rc;
		}
		if (rc < 0 || tc_clock_monotonic() >= until)
			return rc;
		tc_receiver_wait(&r, until, NULL, 0);
	}
}

struct claim {
	const struct tc_arp *arp;
	const struct tc_path *path;
};

/* RFC 5227 2.1.1: any ARP frame from the address, or another's probe for it. */
static int check_claim(void *ctx, const struct tc_rx *rx, struct tc_error *err)
{
	const struct claim *c = ctx;
	const uint8_t *m = tc_arp_sender(rx);
	bool probe = tc_arp_opcode(rx) == TC_ARP_REQUEST && tc_addr_v4(&rx->src) == 0;
	uint32_t addr = tc_addr_v4(probe ? &rx->dst : &rx->src);

	if (!tc_arp_is_ours(c->arp, addr) || memcmp(m, c->arp->mac, sizeof c->arp->mac) == 0)
		return 0;
	return tc_fail(err, -EADDRINUSE, "%u.%u.%u.%u %s %02x:%02x:%02x:%02x:%02x:%02x on %s:"
		       " choose an address that nobody has", addr >> 24, addr >> 16 & 0xff,
		       addr >> 8 & 0xff, addr & 0xff,
		       probe ? "is being taken by" : "is in use by", m[0], m[1], m[2], m[3],
		       m[4], m[5], c->path->ifname);
}

int tc_arp_probe(const struct tc_arp *a, const struct tc_path *path, struct tc_error *err)
{
	struct tc_link_config cfg = {
		.path = path, .inject = TC_INJECT_LINK, .filter = "arp", .immediate = true,
		.busy_poll = true, .promiscuous = true, .buffer_bytes = PROBE_BUFFER,
	};
	struct claim claim = { a, path };
	struct tc_link *l;
	int rc = tc_link_open(&l, &cfg, err);

	if (rc < 0)
		return rc;
	for (int i = 0; i < PROBES && rc >= 0; i++) {
		rc = tc_arp_ask_all(a, l, false, err);
		if (rc >= 0)
			rc = tc_arp_await(l, tc_clock_monotonic() + PROBE_EVERY, check_claim,
					  &claim, err);
	}
	tc_link_close(l);
	return rc;
}
