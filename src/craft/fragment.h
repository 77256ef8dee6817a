/* SPDX-License-Identifier: BSD-2-Clause */
/* A datagram in pieces (RFC 791 3.2, "An Example Fragmentation Procedure"; RFC 8200 4.5). */
#ifndef CRAFT_FRAGMENT_H
#define CRAFT_FRAGMENT_H

#include <tcpcraft/packet.h>

/* Frames one behind the other in `bytes`; frame i ends at end[i]. */
struct tc_fragments {
	struct tc_buf bytes;
	struct tc_buf end;		/* size_t each */
	struct tc_packet piece;		/* memory kept from one packet to the next */
};

/*
 * Cut the datagram of a built packet, `whole` being its bytes, into frames of at most
 * `size` bytes of IP payload (behind the fragment header of IPv6), a multiple of 8. All rows
 * that were set stay as they are; the others are computed for each frame. A trailer follows
 * the last. -EINVAL: the packet has no IP header.
 */
int tc_fragments_make(struct tc_fragments *f, const struct tc_packet *p,
		      const uint8_t *whole, size_t size, struct tc_error *err);
/* Bytes of headers, from the frame's first on, before the payload of a fragment of p. */
size_t tc_fragments_head(const struct tc_packet *p);

void tc_fragments_free(struct tc_fragments *f);

static inline size_t fragments_count(const struct tc_fragments *f)
{
	return f->end.len / sizeof(size_t);
}

#endif
