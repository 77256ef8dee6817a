/* SPDX-License-Identifier: BSD-2-Clause */
/* The frames of a spec, one after the other; see tcpcraft/craft.h. */
#include "own.h"
#include "wire/place.h"

#include <tcpcraft/ao.h>
#include <tcpcraft/error.h>
#include <tcpcraft/md5sig.h>
#include <tcpcraft/segment.h>

#include <string.h>

/* ---- one packet after the other -------------------------------------------------- */

static tc_value random_value(struct tc_craft *c, const struct tc_field *f)
{
	tc_value v;

	if (f->bits <= 64)
		return tc_rng_u64(&c->rng) >> (64 - f->bits);
	v = (tc_value)tc_rng_u64(&c->rng) << 64;
	return (v | tc_rng_u64(&c->rng)) >> (128 - f->bits);
}

/* Values of what goes along with the packets, and of chance. */
static void draw(struct tc_craft *c)
{
	for (size_t i = 0; i < c->n_cursors; i++) {
		struct cursor *k = &c->cursor[i];
		const struct tc_spec_item *it = &k->a->items[k->item];

		if (k->a->by_packet)
			k->value = it->low + c->packet / k->a->each % k->a->count;
		else if (it->kind == ITEM_RANDOM)
			k->value = random_value(c, k->a->ref.field);
	}
}

/* The next value of one field; false when it begins again. */
static bool step(struct cursor *k)
{
	const struct tc_spec_assign *a = k->a;

	if (a->by_packet)
		return false;
	if (k->value < a->items[k->item].high && a->items[k->item].kind == ITEM_RANGE) {
		k->value++;
		return true;
	}
	k->item = k->item + 1 < a->n_items ? k->item + 1 : 0;
	k->value = a->items[k->item].low;
	return k->item != 0;
}

/* The field named last changes fastest. */
static void advance(struct tc_craft *c)
{
	c->packet++;
	for (size_t i = c->n_cursors; i-- > 0;)
		if (step(&c->cursor[i]))
			break;
	draw(c);
}

void tc_craft_rewind(struct tc_craft *c)
{
	tc_rng_seed(&c->rng, c->cfg.seed);
	c->packet = 0;
	c->next_piece = 0;
	for (size_t i = 0; i < c->n_cursors; i++) {
		c->cursor[i].item = 0;
		c->cursor[i].value = c->cursor[i].a->items[0].low;
	}
	draw(c);
}

static void patch_into(const struct tc_craft *c, uint8_t *slot)
{
	for (size_t i = 0; i < c->n_cursors; i++)
		tc_patch_apply(&c->cursor[i].patch, &c->sites, slot, c->cursor[i].value);
}

/* A code is of both ISNs, and no packet but a SYN says one: any other is taken for the first
 * behind the handshake, so that they are the numbers before its own. */
static void sign_ao(const struct tc_craft *c, uint8_t *frame, size_t n)
{
	struct tc_ao_way way = { .src_known = true, .dst_known = true };

	if (c->at.tcp < 0)
		return;
	way.src_isn = tc_get32(PLACE(frame + c->at.tcp, TCP_SEQ)) - 1;
	way.dst_isn = tc_get32(PLACE(frame + c->at.tcp, TCP_ACK)) - 1;
	way.near = (uint64_t)way.src_isn + 1;
	tc_ao_sign(c->cfg.ao, &way, frame, n, tc_craft_dlt(c));
}

static int build_into(struct tc_craft *c, uint8_t *slot, struct tc_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < c->n_cursors && rc >= 0; i++) {
		const struct cursor *k = &c->cursor[i];

		rc = tc_craft_set_item(&c->base, k->layer, k->a, &k->a->items[k->item],
				       k->value, err);
	}
	if (rc >= 0)
		rc = tc_packet_build(&c->base, slot, c->slot_bytes, err);
	if (rc >= 0 && c->cfg.md5)
		tc_md5_sign(c->cfg.md5, slot, (size_t)rc, tc_craft_dlt(c));
	if (rc >= 0 && c->cfg.ao)
		sign_ao(c, slot, (size_t)rc);
	return rc;
}

/* ---- frames ----------------------------------------------------------------------- */

/* The next frame of the packet in hand, which is cut when its first one is asked for. */
static int fill_piece(struct tc_craft *c, uint8_t *slot, struct tc_crafted *out,
		      struct tc_error *err)
{
	size_t from = 0, to;
	int rc = 0;

	if (c->next_piece == 0) {
		rc = build_into(c, c->whole, err);
		c->whole_len = rc < 0 ? 0 : (size_t)rc;
		if (rc >= 0)
			rc = tc_fragments_make(&c->pieces, &c->base, c->whole,
					       c->cfg.fragment, err);
	}
	if (rc < 0)
		return rc;
	if (c->next_piece)
		memcpy(&from, c->pieces.end.data + (c->next_piece - 1) * sizeof from,
		       sizeof from);
	memcpy(&to, c->pieces.end.data + c->next_piece * sizeof to, sizeof to);
	memcpy(slot, c->pieces.bytes.data + from, to - from);
	*out = (struct tc_crafted){
		.bytes = slot, .len = to - from, .packet = c->packet + 1,
		.part = (unsigned)c->next_piece, .whole = c->whole, .whole_len = c->whole_len,
		.at = c->at,
	};
	out->more = ++c->next_piece < fragments_count(&c->pieces);
	if (!out->more) {
		c->next_piece = 0;
		advance(c);
	}
	return 0;
}

static int fill_one(struct tc_craft *c, uint8_t *slot, struct tc_crafted *out,
		    struct tc_error *err)
{
	int rc;

	if (c->cfg.fragment)
		return fill_piece(c, slot, out, err);
	rc = (int)c->longest;
	if (c->patched)
		patch_into(c, slot);
	else
		rc = build_into(c, slot, err);
	c->whole_len = rc < 0 ? 0 : (size_t)rc;
	*out = (struct tc_crafted){
		.bytes = slot, .len = c->whole_len, .packet = c->packet + 1, .whole = slot,
		.whole_len = c->whole_len, .at = c->at,
	};
	advance(c);
	return rc;
}

int tc_craft_fill(struct tc_craft *c, struct tc_crafted out[TC_CRAFT_BATCH],
		  uint64_t packets, struct tc_error *err)
{
	size_t n = 0, which;
	int rc = 0;

	for (; n < TC_CRAFT_BATCH && c->packet < c->packets && rc >= 0; n++) {
		if (c->next_piece == 0 && packets-- == 0)
			break;
		if (!c->frame) {
			rc = fill_one(c, c->slots + n * c->slot_bytes, &out[n], err);
			continue;
		}
		which = c->packet % c->n_frames;
		out[n] = (struct tc_crafted){
			.bytes = c->frame[which].bytes, .len = c->frame[which].len,
			.packet = ++c->packet, .whole = c->frame[which].bytes,
			.whole_len = c->frame[which].len, .at = c->frame_at[which],
		};
	}
	for (size_t i = 0; i < n; i++)
		out[i].dlt = tc_craft_dlt(c);
	return rc < 0 ? rc : (int)n;
}

int tc_craft_dlt(const struct tc_craft *c)
{
	return c->ethernet ? TC_DLT_EN10MB : TC_DLT_RAW;
}

uint64_t tc_craft_packets(const struct tc_craft *c)
{
	return c->packets;
}

size_t tc_craft_longest(const struct tc_craft *c)
{
	size_t ip = c->at.ip >= 0 ? (size_t)c->at.ip : 0, head;

	if (!c->cfg.fragment)
		return c->longest - ip;
	head = tc_fragments_head(&c->base);
	if (head + c->cfg.fragment < c->longest)
		return head + c->cfg.fragment - ip;
	return c->longest - ip;
}

bool tc_craft_is_patched(const struct tc_craft *c)
{
	return c->patched;
}

void tc_craft_changing(const struct tc_craft *c, const uint8_t *frame, size_t n,
		       void (*fn)(void *ctx, const struct tc_field *f, tc_value value),
		       void *ctx)
{
	int sets = TC_HDR_COUNT;	/* what is behind them moves with their length */
	size_t base;

	for (size_t i = 0; i < c->n_cursors; i++)
		if (c->cursor[i].a->sets)
			sets = c->cursor[i].layer;
	for (size_t i = 0; i < c->n_cursors; i++) {
		const struct cursor *k = &c->cursor[i];
		const struct tc_field *f = k->a->ref.field;

		base = k->patch.base + (k->layer > sets ? n - c->first : 0);
		if (k->a->given && assign_varies(k->a) && f->bits &&
		    base + (f->off + f->bits + 7u) / 8 <= n)
			fn(ctx, f, tc_field_value(f, frame + base));
	}
}

bool tc_craft_varies_options(const struct tc_craft *c)
{
	for (size_t i = 0; i < c->n_cursors; i++)
		if (c->cursor[i].a->sets)
			return true;
	return false;
}
