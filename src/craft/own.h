/* SPDX-License-Identifier: BSD-2-Clause */
/* What a craft is made of; shared by craft.c and open.c. */
#ifndef CRAFT_OWN_H
#define CRAFT_OWN_H

#include "fragment.h"
#include "patch.h"
#include "spec.h"

#include <tcpcraft/craft.h>
#include <tcpcraft/rng.h>

/* A field whose value is not the same in all packets, or that stands over one. */
struct cursor {
	const struct tc_spec_assign *a;
	int layer;
	size_t item;		/* the value is in a->items[item] … */
	tc_value value;		/* … and this, in a range */
	struct patch patch;
};

struct tc_craft {
	const struct tc_spec *spec;
	struct tc_craft_config cfg;
	struct tc_packet base;
	struct tc_places at;
	struct cursor cursor[ASSIGNS_MAX];
	size_t n_cursors;
	struct patch_sites sites;
	bool patched, ethernet;
	struct tc_rng rng;
	uint64_t packet;		/* the one in hand, from 0 */
	uint64_t packets;		/* in all rounds */
	size_t longest;			/* frame, before it is cut into fragments … */
	size_t first, whole_len;	/* … the first one, and the one in hand */

	uint8_t *slots;			/* TC_CRAFT_BATCH frames of slot_bytes */
	size_t slot_bytes;
	uint8_t *whole;			/* the packet in hand, when it is to be cut … */
	struct tc_fragments pieces;	/* … and its fragments */
	size_t next_piece;

	struct tc_buf frames;		/* whole frames, instead of base and cursors */
	struct tc_bytes *frame;
	struct tc_places *frame_at;
	size_t n_frames;
};

int tc_craft_set_item(struct tc_packet *p, int layer, const struct tc_spec_assign *a,
		      const struct tc_spec_item *item, tc_value value,
		      struct tc_error *err);

#endif
