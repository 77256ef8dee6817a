/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * New values in a built frame without building it: the field's bits are written, and each
 * checksum that covers them is updated by the difference (RFC 1624). What may be patched
 * is decided once, from a built packet.
 */
#ifndef CRAFT_PATCH_H
#define CRAFT_PATCH_H

#include <tcpcraft/packet.h>

#define PATCH_SITES 4
#define PATCH_WORDS 9		/* 16-bit words that 128 bits can touch */

/* A checksum in the frame, and what it covers. */
struct patch_site {
	size_t at;			/* bytes from the frame's start, even */
	size_t from, to;
	size_t pseudo_from, pseudo_to;	/* addresses of the IP header outside */
	uint16_t flip;			/* 1: wrong on purpose, the right value XOR 1 */
};

struct patch_sites {
	struct patch_site site[PATCH_SITES];
	unsigned n;
};

struct patch {
	const struct tc_field *field;
	size_t base;			/* where field->off counts from */
	size_t word;			/* first 16-bit word that it touches, even */
	unsigned words;
	unsigned sites;			/* bit n: site n covers it */
};

/* The checksums of a built packet that are computed. False when one of them cannot be
 * updated by differences. */
bool tc_patch_sites(struct patch_sites *s, const struct tc_packet *p);

/* How to change a field of layer `layer`. */
void tc_patch_make(struct patch *patch, const struct patch_sites *s,
		   const struct tc_packet *p, int layer, const struct tc_field_ref *ref);

/* Would a sum be lost if all patched fields were zero? An update cannot tell 0 from
 * 0xffff when nothing else is covered. */
bool tc_patch_is_exact(const struct patch_sites *s, const struct patch *patches, size_t n,
		       const uint8_t *frame);

/* The frame has room for a whole last word. */
void tc_patch_apply(const struct patch *patch, const struct patch_sites *s, uint8_t *frame,
		    tc_value value);

#endif
