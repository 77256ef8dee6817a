/* SPDX-License-Identifier: BSD-2-Clause */
/* An ARP frame for IPv4 over Ethernet (RFC 826), built through the field tables. */
#ifndef LINK_ARP_FRAME_H
#define LINK_ARP_FRAME_H

#include <tcpcraft/clock.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_arp;
struct tc_error;
struct tc_link;
struct tc_rx;

#define TC_ARP_REQUEST 1
#define TC_ARP_REPLY 2
#define TC_ARP_FRAME_MAX 64

struct tc_arp_frame {
	uint16_t opcode;
	const uint8_t *to;	/* Ethernet destination; NULL: everybody */
	const uint8_t *src_mac;
	uint32_t src;		/* host order */
	const uint8_t *dst_mac;	/* NULL: zero, it is what is asked for */
	uint32_t dst;
};

/* The frame's length in out[TC_ARP_FRAME_MAX], or as tc_packet_build. */
int tc_arp_frame_build(const struct tc_arp_frame *f, uint8_t *out, struct tc_error *err);

/* Of a frame that tc_rx_parse found to be ARP: its opcode and its sender's 6 bytes of MAC. */
unsigned tc_arp_opcode(const struct tc_rx *rx);
const uint8_t *tc_arp_sender(const struct tc_rx *rx);

bool tc_arp_is_ours(const struct tc_arp *a, uint32_t addr);

/*
 * What comes over the link until `until` (CLOCK_MONOTONIC), its ARP shown to `take`: 1 and
 * the wait is over, 0 and it goes on, negative as it is. Returns that, 0 at `until`,
 * negative when the capture died.
 */
typedef int tc_arp_take(void *ctx, const struct tc_rx *rx, struct tc_error *err);

int tc_arp_await(struct tc_link *l, tc_time until, tc_arp_take *take, void *ctx,
		 struct tc_error *err);

/* One request for each address: from 0.0.0.0 it is a probe, from the address itself an
 * announcement. As tc_link_send. */
int tc_arp_ask_all(const struct tc_arp *a, struct tc_link *l, bool announce,
		   struct tc_error *err);

#endif
