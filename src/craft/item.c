/* SPDX-License-Identifier: BSD-2-Clause */
/* A value of an item, put where it belongs. */
#include "own.h"

#include <tcpcraft/error.h>

int tc_craft_set_item(struct tc_packet *p, int layer, const struct tc_spec_assign *a,
		      const struct tc_spec_item *item, tc_value value,
		      struct tc_error *err)
{
	switch (item->kind) {
	case ITEM_RANGE:
	case ITEM_RANDOM:
		return tc_packet_set_ref(p, layer, &a->ref, value, err);
	case ITEM_AUTO:
	case ITEM_BAD:
		return tc_packet_set_text(p, a->ref.field->name,
					  item->kind == ITEM_BAD ? "bad" : "auto", NULL,
					  err);
	case ITEM_SET:
		return tc_packet_set_text(p, a->ref.field->name, a->sets + (size_t)value, NULL, err);
	}
	return 0;
}
