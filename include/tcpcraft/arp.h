/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * To be a host of one's own on an Ethernet: answer ARP (RFC 826) for addresses that no
 * host owns, after having asked whether that is so (RFC 5227). Nothing is answered but
 * while somebody passes received frames to tc_arp_answer, so it ends with the run.
 *
 * Addresses are in host order. One thread at a time per struct tc_arp.
 */
#ifndef TCPCRAFT_ARP_H
#define TCPCRAFT_ARP_H

#include <stdint.h>

struct tc_error;
struct tc_link;
struct tc_path;
struct tc_rx;

/* What was seen while we answered. */
struct tc_arp_seen {
	uint64_t answered;
	uint64_t conflicts;	/* frames in which another claims an address of ours */
	uint32_t contested;	/* the address of the last conflict … */
	uint8_t rival[6];	/* … and who claimed it */
};

struct tc_arp {			/* zero, then set the first three */
	const uint32_t *addrs;	/* spare addresses, borrowed */
	unsigned n;
	uint8_t mac[6];		/* where they are */
	struct tc_arp_seen seen;
};

/*
 * Can `addr`, which no interface of this host owns, be a host of its own on the path's
 * interface? -EINVAL with the reason and the cure: the path goes over lo or a device
 * without Ethernet or over Wi-Fi (an access point forwards only the station's MAC), the
 * address is in no subnet of the interface (they are named), or is the network's own or
 * its broadcast address.
 */
int tc_spare_check(const struct tc_path *path, uint32_t addr, struct tc_error *err);

/*
 * May `mac` be the address's? -EINVAL for a group or zero MAC, and for the interface's own
 * while the kernel forwards what arrives there: it would send the peer's segments on, with
 * ARP and ICMP errors of its own.
 */
int tc_spare_check_mac(const struct tc_path *path, const uint8_t mac[6],
		       struct tc_error *err);

/*
 * RFC 5227 2.1.1: three probes for each address, 200 ms apart, sender address 0. 0 when
 * nobody claims any; -EADDRINUSE names the address and the MAC that did. Opens a link of
 * its own; errors as tc_link_open.
 */
int tc_arp_probe(const struct tc_arp *a, const struct tc_path *path, struct tc_error *err);

/* RFC 5227 2.3: tell the neighbours, so that what they remember of an earlier holder of
 * the addresses is replaced. As tc_link_send. */
int tc_arp_announce(const struct tc_arp *a, struct tc_link *l, struct tc_error *err);

/*
 * Answer a received ARP frame (rx->kind TC_RX_ARP) over `l`, which sends Ethernet, if it
 * asks for an address of ours; note in a->seen if another claims one. 1 answered, 0 not
 * for us, negative as tc_link_send. Our own frames, captured, are nothing.
 */
int tc_arp_answer(struct tc_arp *a, struct tc_link *l, const struct tc_rx *rx,
		  struct tc_error *err);

#endif
