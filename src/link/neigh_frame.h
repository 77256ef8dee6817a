/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What neighbours on an Ethernet ask and tell each other: ARP for IPv4 (RFC 826), neighbour
 * discovery for IPv6 (RFC 4861 4.3, 4.4). Built through the field tables, and read.
 */
#ifndef LINK_NEIGH_FRAME_H
#define LINK_NEIGH_FRAME_H

#include <tcpcraft/addr.h>
#include <tcpcraft/clock.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_neigh;
struct tc_vlan;
struct tc_error;
struct tc_link;
struct tc_rx;

#define TC_NEIGH_FRAME_MAX 96	/* Ethernet, two tags, IPv6, a solicitation */

/* The question who has `target`, or the word that src_mac has it. */
struct tc_neigh_frame {
	bool tells;
	const struct tc_vlan *vlan;	/* where: its tags, perhaps none; not NULL */
	const uint8_t *src_mac;
	struct tc_addr src;	/* whose question; none: a probe. Of a word the target */
	struct tc_addr target;
	/* of an answer to one host, else all hear it: */
	const uint8_t *to_mac;
	struct tc_addr to;	/* none: the one who asked has no address yet */
};

/* The frame's length in out[TC_NEIGH_FRAME_MAX], or as tc_packet_build. */
int tc_neigh_frame_build(const struct tc_neigh_frame *f, uint8_t *out, struct tc_error *err);

/* What a received frame says; pointers into it. */
struct tc_neigh_said {
	bool tells;		/* else it asks */
	struct tc_addr sender;	/* none: it has no address yet. Of what tells, whose MAC it is */
	struct tc_addr target;	/* asked for */
	const uint8_t *mac;	/* the sender's, 6 bytes */
};

/* false: it is neither ARP nor neighbour discovery as RFC 4861 7.1 wants it. ethernet: the
 * frame that rx is of. */
bool tc_neigh_read(struct tc_neigh_said *said, const struct tc_rx *rx,
		   const uint8_t *ethernet);

bool tc_neigh_is_ours(const struct tc_neigh *a, const struct tc_addr *addr);

/* The Ethernet address of an IP multicast group (RFC 1112 6.4, RFC 2464 7). */
void tc_group_mac(const struct tc_addr *group, uint8_t mac[6]);

/*
 * What comes over the link until `until` (CLOCK_MONOTONIC), what neighbours say shown to
 * `take`: 1 and the wait is over, 0 and it goes on, negative as it is. Returns that, 0 at
 * `until`, negative when the capture died.
 */
typedef int tc_neigh_take(void *ctx, const struct tc_neigh_said *said, struct tc_error *err);

int tc_neigh_await(struct tc_link *l, tc_time until, tc_neigh_take *take, void *ctx,
		   struct tc_error *err);

/* With the tags of the link. As tc_link_send. */
int tc_neigh_send(struct tc_link *l, const struct tc_neigh_frame *f, struct tc_error *err);

/* One question (a probe) or one announcement for each address. As tc_link_send. */
int tc_neigh_tell_all(const struct tc_neigh *a, struct tc_link *l, bool announce,
		      struct tc_error *err);

#endif
