/* SPDX-License-Identifier: BSD-2-Clause */
/* Awaiting what neighbours say; and: has another host an address that is to be ours (RFC 5227
 * 2.1.1, RFC 4862 5.4)? */
#include <tcpcraft/neigh.h>

#include <tcpcraft/error.h>

#include "neigh_frame.h"
#include "receiver.h"

#include "base/addr.h"

#include <errno.h>
#include <string.h>

#define PROBES 3
/* DEVIATION: RFC 5227 1.1 waits 1 to 2 s between probes and 2 s after them, for networks
 * that are slow to come up. Ours is up, and a person waits. */
#define PROBE_EVERY (200 * TC_MS)
#define PROBE_BUFFER ((size_t)1 << 20)

int tc_neigh_await(struct tc_link *l, tc_time until, tc_neigh_take *take, void *ctx,
		 struct tc_error *err)
{
	struct tc_receiver r = { .link = l, .ops = &tc_receiver_no_ends };
	struct tc_neigh_said said;
	struct tc_heard h;
	int rc;

	for (;;) {
		while ((rc = tc_receiver_next(&r, &h, err)) > 0) {
			rc = h.parsed && tc_neigh_read(&said, &h.rx, h.frame.bytes) ?
			     take(ctx, &said, err) : 0;
			if (rc != 0)
				return rc;
		}
		if (rc < 0 || tc_clock_monotonic() >= until)
			return rc;
		tc_receiver_wait(&r, until, NULL, 0);
	}
}

struct claim {
	const struct tc_neigh *neigh;
	const struct tc_path *path;
};

/* RFC 5227 2.1.1, RFC 4862 5.4.3: any word from the address, or another's probe for it. */
static int check_claim(void *ctx, const struct tc_neigh_said *said, struct tc_error *err)
{
	const struct claim *c = ctx;
	bool probe = tc_addr_is_none(&said->sender);
	const struct tc_addr *addr = probe ? &said->target : &said->sender;

	if (!tc_neigh_is_ours(c->neigh, addr) ||
	    memcmp(said->mac, c->neigh->mac, sizeof c->neigh->mac) == 0)
		return 0;
	return tc_fail(err, -EADDRINUSE, "%s %s %s on %s: choose an address that nobody has",
		       TC_HOST(addr), probe ? "is being taken by" : "is in use by",
		       TC_MAC(said->mac), c->path->ifname);
}

int tc_neigh_probe(const struct tc_neigh *a, const struct tc_path *path, struct tc_error *err)
{
	struct tc_link_config cfg = {
		.path = path, .inject = TC_INJECT_LINK, .filter = "arp or icmp6", .immediate = true,
		.at_once = true, .busy_poll = true, .promiscuous = true,
		.buffer_bytes = PROBE_BUFFER,
	};
	struct claim claim = { a, path };
	struct tc_link *l;
	int rc = tc_link_open(&l, &cfg, err);

	if (rc < 0)
		return rc;
	for (int i = 0; i < PROBES && rc >= 0; i++) {
		rc = tc_neigh_tell_all(a, l, false, err);
		if (rc >= 0)
			rc = tc_neigh_await(l, tc_clock_monotonic() + PROBE_EVERY, check_claim,
					  &claim, err);
	}
	tc_link_close(l);
	return rc;
}
