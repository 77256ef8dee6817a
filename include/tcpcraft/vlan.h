/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual LAN that frames belong to: the tags behind the MACs of their Ethernet header,
 * one of IEEE 802.1Q, or one of 802.1ad (the provider's service tag) before it. Pure,
 * thread-safe, no allocation but where tc_packet says so.
 */
#ifndef TCPCRAFT_VLAN_H
#define TCPCRAFT_VLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_error;
struct tc_packet;

#define TC_VLAN_TAGS 2
#define TC_VLAN_TAG_BYTES 4

struct tc_vlan {			/* zero: untagged */
	uint8_t n;			/* tags */
	uint8_t priority;		/* of each of them, 0..7 (IEEE 802.1Q 9.6) */
	uint16_t id[TC_VLAN_TAGS];	/* 1..4094, from the outer one on */
};

/* "ID[.ID][:PRIO]". -EINVAL with what is wrong in it and what is allowed; *v is untouched. */
int tc_vlan_parse(struct tc_vlan *v, const char *text, struct tc_error *err);

#define TC_VLAN_TEXT 48

/* The tags of the first n bytes of a frame of this link type, as lists of captures name them:
 * "vlan 10", "vlan 100, vlan 10"; "" where there are none. Of more tags the first ones. */
void tc_vlan_around(const uint8_t *frame, size_t n, int dlt, char text[TC_VLAN_TEXT]);

/* The same of v. */
void tc_vlan_text(const struct tc_vlan *v, char text[TC_VLAN_TEXT]);

/*
 * Is the frame of this VLAN: are its tags those of v, no more and no fewer? Which Ethernet type
 * announces a tag is not asked: what takes it out of the frame, card or kernel, need not hand
 * that on. A tag with the ID 0 has a priority alone and counts as none (802.1Q 6.9).
 */
bool tc_vlan_has(const struct tc_vlan *v, const uint8_t *frame, size_t n, int dlt);

/* Push an Ethernet header and the tags of v onto a packet: as tc_packet_push. */
int tc_vlan_push(struct tc_packet *p, const uint8_t to[6], const uint8_t from[6],
		 const struct tc_vlan *v, struct tc_error *err);

/* Bytes of what tc_vlan_push pushes. */
size_t tc_vlan_head(const struct tc_vlan *v);

#endif
