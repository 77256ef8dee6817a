/* SPDX-License-Identifier: BSD-2-Clause */
/* What a spec is made of; shared by spec.c, values.c and craft.c. */
#ifndef CRAFT_SPEC_H
#define CRAFT_SPEC_H

#include <tcpcraft/buf.h>
#include <tcpcraft/spec.h>

#define ASSIGNS_MAX 64			/* fields in one spec */
#define PACKETS_MAX (UINT64_C(1) << 62)

enum tc_spec_item_kind {
	ITEM_RANGE,		/* low .. high */
	ITEM_RANDOM,		/* a new value each time */
	ITEM_AUTO,		/* computed, as if it were not set */
	ITEM_BAD,		/* a checksum: the right one XOR 1 */
	ITEM_SET,		/* TCP options: the text from sets[low] on */
};

struct tc_spec_item {
	enum tc_spec_item_kind kind;
	tc_value low, high;
};

/* One field and the values it takes. */
struct tc_spec_assign {
	struct tc_field_ref ref;
	const char *as;		/* named so: tcp.md5 is TCP's options with that alone */
	char *text;		/* as given */
	char *sets;		/* of several sets of TCP options: their texts; or NULL */
	struct tc_spec_item *items;	/* none for one value of variable width: `text` */
	size_t n_items;
	uint64_t count;		/* values in all items; 1 for a random one */
	bool given;		/* by the user, not by default */
	bool by_packet;		/* low + n / each % count of the only item, n counting
				 * packets */
	uint64_t each;
};

struct tc_spec {
	struct tc_spec_assign assign[ASSIGNS_MAX];
	size_t n;
	unsigned named;		/* bit id: a field of this header was named … */
	unsigned used;		/* … or its layer is wanted */
	struct tc_buf payload;
	uint64_t packets;
};

/* Read all values of a->text for the field a->ref; fills items, n_items and count. What
 * was allocated on failure is freed with the assign. */
int tc_values_read(struct tc_spec_assign *a, struct tc_error *err);

/* Is one of the values no number: auto, bad, or a set of options? */
bool tc_values_special(const struct tc_spec_assign *a);

/* Bit id: the packets have this layer. */
unsigned tc_spec_layers(const struct tc_spec *s);

/* Does it take more than one value, packet by packet? */
static inline bool assign_varies(const struct tc_spec_assign *a)
{
	return a->count > 1 || (a->n_items && a->items[0].kind == ITEM_RANDOM);
}

#endif
