/* SPDX-License-Identifier: BSD-2-Clause */
/* From a spec to its first packet, and how the others differ from it. */
#include "own.h"
#include "base/opened.h"
#include "wire/family.h"

#include <tcpcraft/error.h>
#include <tcpcraft/segment.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t nobody[6];

#define SLOT_PAD 16	/* a patch touches whole words */

/* ---- the first packet ------------------------------------------------------------ */

static int push_layers(struct tc_craft *c, struct tc_error *err)
{
	unsigned layers = tc_spec_layers(c->spec);
	int rc = 0;

	for (enum tc_header_id id = 0; id < TC_HDR_COUNT && rc >= 0; id++)
		if (id == TC_HDR_ETH && layers >> id & 1)
			rc = tc_vlan_push(&c->base, nobody, nobody, &c->cfg.vlan, err);
		else if (layers >> id & 1)
			rc = tc_packet_push(&c->base, tc_header_get(id), err);
	c->ethernet = layers >> TC_HDR_ETH & 1;
	return rc;
}

/* Does a field given earlier, and changing, write bits of this one? */
static bool is_overwritten(const struct tc_craft *c, const struct tc_spec_assign *a)
{
	const struct tc_field *f = a->ref.field, *g;

	for (size_t i = 0; i < c->n_cursors; i++) {
		g = c->cursor[i].a->ref.field;
		if (c->cursor[i].a->ref.hdr == a->ref.hdr && f->off < g->off + g->bits &&
		    g->off < f->off + f->bits)
			return true;
	}
	return false;
}

static int set_first(struct tc_craft *c, const struct tc_spec_assign *a,
		     struct tc_error *err)
{
	int layer = tc_packet_layer(&c->base, a->ref.hdr, 0);

	if (a->n_items == 0)
		return tc_packet_set_text(&c->base, a->ref.field->name, a->text, NULL, err);
	if (assign_varies(a) || is_overwritten(c, a))
		c->cursor[c->n_cursors++] = (struct cursor){ .a = a, .layer = layer };
	return tc_craft_set_item(&c->base, layer, a, &a->items[0], a->items[0].low, err);
}

static int make_base(struct tc_craft *c, struct tc_error *err)
{
	int rc = push_layers(c, err), data;

	for (size_t i = 0; i < c->spec->n && rc >= 0; i++)
		rc = set_first(c, &c->spec->assign[i], err);
	data = tc_packet_layer(&c->base, tc_header_get(TC_HDR_DATA), 0);
	if (rc >= 0 && c->spec->payload.len)
		rc = tc_packet_set_bytes(&c->base, data, c->spec->payload.data,
					 c->spec->payload.len, err);
	return rc;
}

static int offset_of(const struct tc_packet *p, enum tc_header_id id)
{
	int layer = tc_packet_layer(p, tc_header_get(id), 0);

	return layer < 0 ? -1 : (int)tc_packet_offset(p, layer);
}

static int check_fragments(const struct tc_craft *c, struct tc_error *err)
{
	int ip = tc_packet_layer(&c->base, tc_header_get(TC_HDR_IP), 0);
	uint64_t set;

	if (!c->cfg.fragment)
		return 0;
	if (c->cfg.fragment % 8)
		return tc_fail(err, -EINVAL,
			       "fragments of %u bytes: all but the last hold a "
			       "multiple of 8 (RFC 791 3.2)",
			       c->cfg.fragment);
	if (tc_packet_layer(&c->base, tc_header_get(TC_HDR_FRAGHDR), 0) >= 0)
		return tc_fail(err, -EINVAL, "a fragment header is given, and fragments have "
			       "their own: leave one out");
	if (tc_packet_layer(&c->base, tc_header_get(TC_HDR_IPV6), 0) >= 0)
		return 0;
	if (ip < 0)
		return tc_fail(err, -EINVAL, "only IP packets have fragments");
	set = c->base.layer[ip].set & (1u << TC_IP_MF | 1u << TC_IP_FRAG);
	if (set)
		return tc_fail(err, -EINVAL, "%s is given, and fragments have their own: "
			       "leave one out", c->base.layer[ip].hdr->rows[
			       __builtin_ctzll(set)].name);
	return 0;
}

/* ---- opening ---------------------------------------------------------------------- */

static bool make_patches(struct tc_craft *c)
{
	struct patch patches[ASSIGNS_MAX];

	bool may = !c->cfg.fragment && tc_patch_sites(&c->sites, &c->base);

	for (size_t i = 0; i < c->n_cursors; i++) {
		struct cursor *k = &c->cursor[i];

		may = may && !tc_values_special(k->a);
		if (k->a->sets)
			continue;
		tc_patch_make(&k->patch, &c->sites, &c->base, k->layer, &k->a->ref);
		patches[i] = k->patch;
	}
	return may && tc_patch_is_exact(&c->sites, patches, c->n_cursors, c->slots);
}

/* Sets of options make packets of several lengths. Leaves the first set in the packet. */
static int find_longest(struct tc_craft *c, struct tc_error *err)
{
	int rc = 0;

	c->first = c->longest = tc_packet_offset(&c->base, (int)c->base.n);
	for (size_t i = 0; i < c->n_cursors; i++) {
		const struct cursor *k = &c->cursor[i];

		for (size_t n = k->a->sets ? k->a->n_items : 0; n-- > 0 && rc >= 0;) {
			const struct tc_spec_item *it = &k->a->items[n];
			size_t len;

			rc = tc_craft_set_item(&c->base, k->layer, k->a, it, it->low, err);
			len = tc_packet_offset(&c->base, (int)c->base.n);
			c->longest = len > c->longest ? len : c->longest;
		}
	}
	return rc;
}

/* Room for the batch, every slot holding the first packet. */
static int fill_slots(struct tc_craft *c, struct tc_error *err)
{
	int n;

	c->slot_bytes = (c->longest + SLOT_PAD + 63) / 64 * 64;
	c->slots = calloc(TC_CRAFT_BATCH, c->slot_bytes);
	c->whole = malloc(c->slot_bytes);
	if (!c->slots || !c->whole)
		return tc_nomem(err);
	n = tc_packet_build(&c->base, c->slots, c->slot_bytes, err);
	for (size_t i = 1; i < TC_CRAFT_BATCH && n >= 0; i++)
		memcpy(c->slots + i * c->slot_bytes, c->slots, (size_t)n);
	return n;
}

static uint64_t times(uint64_t packets, uint64_t rounds)
{
	return rounds == 0 || packets > (UINT64_MAX - 1) / rounds ? UINT64_MAX
								  : packets * rounds;
}

static int open_spec(struct tc_craft *c, struct tc_error *err)
{
	int rc = make_base(c, err);

	if (rc >= 0)
		rc = check_fragments(c, err);
	if (rc >= 0)
		rc = find_longest(c, err);
	if (rc >= 0)
		rc = fill_slots(c, err);
	if (rc < 0)
		return rc;
	c->at.ip = offset_of(&c->base, TC_HDR_IP);
	if (c->at.ip < 0)
		c->at.ip = offset_of(&c->base, TC_HDR_IPV6);
	c->at.tcp = offset_of(&c->base, TC_HDR_TCP);
	c->patched = !c->cfg.md5 && !c->cfg.ao && make_patches(c);	/* a digest is of all */
	c->packets = times(tc_spec_packets(c->spec), c->cfg.rounds);
	tc_craft_rewind(c);
	return 0;
}

int tc_craft_open(struct tc_craft **out, const struct tc_spec *spec,
		  const struct tc_craft_config *cfg, struct tc_error *err)
{
	struct tc_craft *c = calloc(1, sizeof *c);
	int rc;

	if (!c)
		return tc_nomem(err);
	c->spec = spec;
	c->cfg = *cfg;
	rc = open_spec(c, err);
	return TC_OPENED(out, c, rc, tc_craft_close);
}

/* Where TCP is behind IPv4, or right behind IPv6, if the headers say so; else -1. */
static int tcp_of(const uint8_t *frame, size_t n, size_t ip, const struct tc_family *f)
{
	const struct tc_header *h = tc_header_get(f->header);
	const struct tc_header *tcp = tc_header_get(TC_HDR_TCP);
	bool whole = f->header != TC_HDR_IP ||
		     tc_field_get(&h->rows[TC_IP_FRAG], frame + ip) == 0;
	size_t at = ip + tc_ip_head(frame + ip);

	if (tc_field_get(&h->rows[f->next], frame + ip) != (uint64_t)tcp->ipproto || !whole ||
	    at < ip + h->head_bytes || at + tcp->head_bytes > n)
		return -1;
	return (int)at;
}

/* Where IP and TCP are in a frame that somebody else made, if it says so itself. */
static struct tc_places places_of(const uint8_t *frame, size_t n, bool ethernet)
{
	struct tc_places at = { -1, -1 };
	const struct tc_family *f;
	size_t ip = 0;
	uint16_t type = 0;
	int rc = ethernet ? tc_link_header(frame, n, TC_DLT_EN10MB, &type, NULL) : 0;

	if (rc < 0)
		return at;
	ip = (size_t)rc;
	f = tc_family(n > ip && frame[ip] >> 4 == 6 ? 6 : 4);
	if (ethernet)
		f = tc_family(type == tc_header_get(TC_HDR_IPV6)->ethertype ? 6 : 4);
	if ((ethernet && type != tc_header_get(f->header)->ethertype) || n < ip + f->ip_bytes)
		return at;
	at.ip = (int)ip;
	at.tcp = tcp_of(frame, n, ip, f);
	return at;
}

/* The link header of frames that begin with `first`. Its length, which has room in head. */
static int make_head(const struct tc_craft *c, enum tc_header_id first, const uint8_t *mac,
		     uint8_t head[TC_HEAD_MAX], struct tc_error *err)
{
	struct tc_packet p = { 0 };
	int rc = tc_vlan_push(&p, mac, mac + 6, &c->cfg.vlan, err);

	if (rc >= 0)
		rc = tc_packet_push(&p, tc_header_get(first), err);
	if (rc >= 0)
		rc = tc_packet_build(&p, head, TC_HEAD_MAX, err);
	tc_packet_free(&p);
	return rc < 0 ? rc : (int)tc_vlan_head(&c->cfg.vlan);
}

/* Copy all frames into one buffer, each behind the header that it lacks. */
static int copy_frames(struct tc_craft *c, const struct tc_bytes *frames, size_t n,
		       const uint8_t *head, size_t head_len, struct tc_error *err)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		if (frames[i].len == 0)
			return tc_fail(err, -EINVAL, "frame %zu is empty", i + 1);
		tc_buf_add(&c->frames, head, head_len);
		tc_buf_add(&c->frames, frames[i].bytes, frames[i].len);
	}
	c->frame = calloc(n, sizeof *c->frame);
	c->frame_at = calloc(n, sizeof *c->frame_at);
	if (c->frames.failed || !c->frame || !c->frame_at)
		return tc_nomem(err);
	for (size_t i = 0; i < n; i++) {
		size_t len = frames[i].len + head_len;

		c->frame[i] = (struct tc_bytes){ c->frames.data + at, len };
		c->frame_at[i] = places_of(c->frames.data + at, len, c->ethernet);
		c->longest = len > c->longest ? len : c->longest;
		at += len;
	}
	return 0;
}

int tc_craft_open_frames(struct tc_craft **out, const struct tc_bytes *frames, size_t n,
			 enum tc_header_id first, const uint8_t *mac,
			 const struct tc_craft_config *cfg, struct tc_error *err)
{
	struct tc_craft *c = calloc(1, sizeof *c);
	uint8_t head[TC_HEAD_MAX];
	int rc = 0;

	if (!c)
		return tc_nomem(err);
	c->cfg = *cfg;
	c->ethernet = first == TC_HDR_ETH || mac;
	if (mac && first != TC_HDR_ETH)
		rc = make_head(c, first, mac, head, err);
	if (rc >= 0)
		rc = n ? copy_frames(c, frames, n, head, (size_t)rc, err)
		       : tc_fail(err, -EINVAL, "there is no frame to send");
	if (rc < 0) {
		tc_craft_close(c);
		return rc;
	}
	c->packets = times(n, cfg->rounds);
	c->n_frames = n;
	c->at = c->frame_at[0];
	*out = c;
	return 0;
}

void tc_craft_close(struct tc_craft *c)
{
	if (!c)
		return;
	tc_packet_free(&c->base);
	tc_fragments_free(&c->pieces);
	tc_buf_free(&c->frames);
	free(c->frame);
	free(c->frame_at);
	free(c->slots);
	free(c->whole);
	free(c);
}
