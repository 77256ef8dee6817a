/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * To be a host of one's own on an Ethernet: answer ARP (RFC 826) and neighbour solicitations
 * (RFC 4861) for addresses that no host owns, after having asked whether that is so (RFC
 * 5227, RFC 4862 5.4). Nothing is answered but while somebody passes received frames to
 * tc_neigh_answer, so it ends with the run.
 *
 * One thread at a time per struct tc_neigh.
 */
#ifndef TCPCRAFT_NEIGH_H
#define TCPCRAFT_NEIGH_H

#include <tcpcraft/addr.h>

#include <stdint.h>

struct tc_error;
struct tc_link;
struct tc_path;
struct tc_rx;

/* What was seen while we answered. */
struct tc_neigh_seen {
	uint64_t answered;
	uint64_t conflicts;	/* frames in which another claims an address of ours */
	struct tc_addr contested;	/* the address of the last conflict … */
	uint8_t rival[6];	/* … and who claimed it */
};

struct tc_neigh {			/* zero, then set the first three */
	const struct tc_addr *addrs;	/* spare addresses, without scope; borrowed */
	unsigned n;
	uint8_t mac[6];		/* where they are */
	struct tc_neigh_seen seen;
};

/*
 * Can `addr`, which no interface of this host owns, be a host of its own on the path's
 * interface? -EINVAL with the reason and the cure: the path goes over lo or a device
 * without Ethernet or over Wi-Fi (an access point forwards only the station's MAC), the
 * address is in no subnet of the interface (they are named), or is the network's own or
 * its broadcast address.
 */
int tc_spare_check(const struct tc_path *path, const struct tc_addr *addr,
		   struct tc_error *err);

/*
 * May `mac` be the address's? -EINVAL for a group or zero MAC, and for the interface's own
 * while the kernel forwards what arrives there: it would send the peer's segments on, with
 * ARP and ICMP errors of its own.
 */
int tc_spare_check_mac(const struct tc_path *path, const uint8_t mac[6],
		       struct tc_error *err);

/*
 * RFC 5227 2.1.1, RFC 4862 5.4: three probes for each address, 200 ms apart. 0 when
 * nobody claims any; -EADDRINUSE names the address and the MAC that did. Opens a link of
 * its own; errors as tc_link_open.
 */
int tc_neigh_probe(const struct tc_neigh *a, const struct tc_path *path, struct tc_error *err);

/* RFC 5227 2.3, RFC 4861 7.2.6: tell the neighbours, so that what they remember of an earlier holder of
 * the addresses is replaced. As tc_link_send. */
int tc_neigh_announce(const struct tc_neigh *a, struct tc_link *l, struct tc_error *err);

/*
 * Answer a received frame of ARP or neighbour discovery over `l`, which sends Ethernet, if it
 * asks for an address of ours; note in a->seen if another claims one. frame: the Ethernet
 * frame that rx is of. 1 answered, 0 not
 * for us, negative as tc_link_send. Our own frames, captured, are nothing.
 */
int tc_neigh_answer(struct tc_neigh *a, struct tc_link *l, const struct tc_rx *rx,
		    const uint8_t *frame, struct tc_error *err);

#endif
