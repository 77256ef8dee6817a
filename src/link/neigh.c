/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Being a neighbour with addresses of our own: the announcement (RFC 5227 2.3, RFC 4861
 * 7.2.6), the answers (RFC 826, RFC 4861 7.2.4); the probe before is in neigh_probe.c. An
 * address that another claims meanwhile is noted and not defended (RFC 5227 2.4 leaves the
 * choice): the other may be the rightful one.
 */
#include <tcpcraft/neigh.h>

#include <tcpcraft/link.h>
#include <tcpcraft/segment.h>

#include <string.h>

#include "neigh_frame.h"

int tc_neigh_send(struct tc_link *l, const struct tc_neigh_frame *frame, struct tc_error *err)
{
	uint8_t bytes[TC_NEIGH_FRAME_MAX];
	struct tc_neigh_frame f = *frame;
	struct tc_out out = { .bytes = bytes };
	int rc;

	f.vlan = tc_link_vlan(l);
	rc = tc_neigh_frame_build(&f, bytes, err);
	out.len = rc < 0 ? 0 : (size_t)rc;

	return rc < 0 ? rc : tc_link_send(l, &out, 1, err);
}

bool tc_neigh_is_ours(const struct tc_neigh *a, const struct tc_addr *addr)
{
	for (unsigned i = 0; i < a->n; i++)
		if (tc_addr_equal(&a->addrs[i], addr))
			return true;
	return false;
}

int tc_neigh_answer(struct tc_neigh *a, struct tc_link *l, const struct tc_rx *rx,
		    const uint8_t *frame, struct tc_error *err)
{
	struct tc_neigh_frame f = { .tells = true, .src_mac = a->mac };
	struct tc_neigh_said said;
	int rc;

	if (!tc_neigh_read(&said, rx, frame) || memcmp(said.mac, a->mac, sizeof a->mac) == 0)
		return 0;
	if (tc_neigh_is_ours(a, &said.sender)) {
		a->seen.conflicts++;
		a->seen.contested = said.sender;
		memcpy(a->seen.rival, said.mac, sizeof a->seen.rival);
		return 0;
	}
	if (said.tells || !tc_neigh_is_ours(a, &said.target))
		return 0;
	f.target = said.target;
	f.to_mac = said.mac;
	f.to = said.sender;
	rc = tc_neigh_send(l, &f, err);
	a->seen.answered += rc > 0;
	return rc;
}

int tc_neigh_tell_all(const struct tc_neigh *a, struct tc_link *l, bool announce,
		      struct tc_error *err)
{
	struct tc_neigh_frame f = { .tells = announce, .src_mac = a->mac };
	int rc = 0;

	for (unsigned i = 0; i < a->n && rc >= 0; i++) {
		f.target = a->addrs[i];
		rc = tc_neigh_send(l, &f, err);
	}
	return rc < 0 ? rc : 0;
}

int tc_neigh_announce(const struct tc_neigh *a, struct tc_link *l, struct tc_error *err)
{
	return tc_neigh_tell_all(a, l, true, err);
}
