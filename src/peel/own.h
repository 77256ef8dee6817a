/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files share that look for tunnels: where they are in a frame. A function that passes
 * a header returns false where the way ends: behind it is nothing that has one.
 */
#ifndef PEEL_OWN_H
#define PEEL_OWN_H

#include "headers.h"
#include "tunnel.h"
#include "wire/link_type.h"

#define ETHERTYPE_ETHERNET 0x6558	/* transparent Ethernet bridging */
#define GRE_BYTES 4		/* without what its flags add */

/* Headers are passed from the outermost to the innermost; this is where we are. */
struct tc_walk {
	const uint8_t *frame;
	size_t n, off;
	uint16_t type;			/* ethertype of what is at off */
	struct tc_tunnel *t;
};

static inline bool tc_walk_has(struct tc_walk *w, size_t bytes)
{
	if (w->n - w->off >= bytes)
		return true;
	w->t->lost = TC_TUNNEL_CUT;
	return false;
}

static inline bool tc_walk_strange(struct tc_walk *w)
{
	w->t->lost = TC_TUNNEL_STRANGE;
	return false;
}

/* Note a header of this kind, `behind` bytes after w->off. */
static inline void tc_walk_mark(struct tc_walk *w, size_t behind, unsigned kind, size_t bytes)
{
	struct tc_tunnel *t = w->t;

	if (t->n_headers < TC_TUNNEL_HEADERS)
		t->header[t->n_headers++] = (struct tc_tunnel_header){
			.at = (uint32_t)(w->off + behind), .len = (uint32_t)bytes,
			.kind = kind };
}

/* Pass a header of so many bytes; `type` is what follows. */
static inline bool tc_walk_step(struct tc_walk *w, size_t bytes, uint16_t type)
{
	w->off += bytes;
	w->type = type;
	return true;
}

/* Of an IP packet, where nothing else says which it is. */
static inline uint16_t tc_type_of_version(uint8_t first)
{
	return first >> 4 == 4 ? IP_ETHERTYPE : first >> 4 == 6 ? IPV6_ETHERTYPE : TC_TYPE_NONE;
}

/* walk.c: tell of a layer, with its number unless it is negative. */
void tc_walk_name(struct tc_walk *w, const char *what, int64_t number);

/* walk.c: pass a tunnel's header of so many bytes; `type` is what it carries. */
bool tc_walk_enter(struct tc_walk *w, size_t bytes, uint16_t type);

/* walk.c: the same; it carries an 802.11 frame. */
bool tc_walk_enter_wlan(struct tc_walk *w, size_t bytes);

/* tunnel_tag.c: what stands between an Ethernet header and what it carries; false where w->type
 * is none of that. */
bool tc_walk_tag(struct tc_walk *w);

/* tunnel_gre.c: the header's bytes, which those are of its first two; of version 0. */
size_t tc_walk_gre_bytes(unsigned flags);

/* tunnel_gre.c, tunnel_udp.c: what follows an IP header of these protocols. */
bool tc_walk_gre(struct tc_walk *w);
bool tc_walk_udp(struct tc_walk *w);

#endif
