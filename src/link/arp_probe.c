/* SPDX-License-Identifier: BSD-2-Clause */
/* Has another host an address that is to be ours (RFC 5227 2.1.1)? */
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

/* RFC 5227 2.1.1: any ARP frame from the address, or another's probe for it. */
static int check_claim(const struct tc_arp *a, const struct tc_path *path,
		       const struct tc_rx *rx, struct tc_error *err)
{
	const uint8_t *m = tc_arp_sender(rx);
	bool probe = tc_arp_opcode(rx) == TC_ARP_REQUEST && rx->src == 0;
	uint32_t addr = probe ? rx->dst : rx->src;

	if (!tc_arp_is_ours(a, addr) || memcmp(m, a->mac, sizeof a->mac) == 0)
		return 0;
	return tc_fail(err, -EADDRINUSE, "%u.%u.%u.%u %s %02x:%02x:%02x:%02x:%02x:%02x on %s:"
		       " choose an address that nobody has", addr >> 24, addr >> 16 & 0xff,
		       addr >> 8 & 0xff, addr & 0xff,
		       probe ? "is being taken by" : "is in use by", m[0], m[1], m[2], m[3],
		       m[4], m[5], path->ifname);
}

static int listen_until(const struct tc_arp *a, const struct tc_path *path,
			struct tc_receiver *r, tc_time until, struct tc_error *err)
{
	struct tc_heard h;
	int rc;

	for (;;) {
		while ((rc = tc_receiver_next(r, &h, err)) > 0) {
			if (h.parsed && h.rx.kind == TC_RX_ARP)
				rc = check_claim(a, path, &h.rx, err);
			if (rc < 0)
				return rc;
		}
		if (rc < 0 || tc_clock_monotonic() >= until)
			return rc;
		tc_receiver_wait(r, until, NULL, 0);
	}
}

int tc_arp_probe(const struct tc_arp *a, const struct tc_path *path, struct tc_error *err)
{
	struct tc_link_config cfg = {
		.path = path, .inject = TC_INJECT_LINK, .filter = "arp", .immediate = true,
		.busy_poll = true, .promiscuous = true, .buffer_bytes = PROBE_BUFFER,
	};
	struct tc_receiver r = { .ops = &tc_receiver_no_ends };
	int rc = tc_link_open(&r.link, &cfg, err);

	if (rc < 0)
		return rc;
	for (int i = 0; i < PROBES && rc >= 0; i++) {
		rc = tc_arp_ask_all(a, r.link, false, err);
		if (rc >= 0)
			rc = listen_until(a, path, &r, tc_clock_monotonic() + PROBE_EVERY,
					  err);
	}
	tc_link_close(r.link);
	return rc;
}
