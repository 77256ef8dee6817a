/* SPDX-License-Identifier: BSD-2-Clause */
/* What the actions of a rule do to a segment: one frame in, any number out. */
#include "own.h"

#include "craft/fragment.h"
#include "wire/family.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* One of IPv6's extension headers, in its place; negative also in a segment over IPv4. */
static int put_extension(struct piece *pc, const struct tc_header *h, struct tc_error *err)
{
	int at = tc_packet_layer(&pc->p, tc_header_get(TC_HDR_IPV6), 0);

	if (at < 0)
		return -ENOMSG;
	do
		at++;
	while ((unsigned)at < pc->p.n && tc_header_is_extension(pc->p.layer[at].hdr) &&
	       pc->p.layer[at].hdr < h);
	tc_piece_say(pc, "with %s", h->name);
	return tc_packet_insert(&pc->p, (unsigned)at, h, err);
}

/* The frame in the payload, or an extension header, becomes a layer: which, or negative. */
static int make_layer(struct pieces *ps, struct piece *pc, const struct tc_header *h,
		      struct tc_error *err)
{
	int rc;

	if (pc->raw || tc_piece_tcp(pc) < 0 || tc_family_of(h))
		return -ENOMSG;
	if (tc_header_is_extension(h))
		return put_extension(pc, h, err);
	rc = tc_piece_open_frame(ps, pc, err);
	return rc < 0 ? rc : tc_packet_layer(&pc->p, h, 0);
}

static int change(struct piece *pc, int layer, const struct action *a, struct tc_error *err)
{
	const struct tc_field *f = a->ref.field;
	tc_value old;

	if (a->kind == ACT_SET)
		return tc_packet_set_text(&pc->p, f->name, a->text, a->ref.hdr, err);
	old = tc_piece_value(&pc->p, layer, &a->ref);
	old = a->kind == ACT_ADD ? old + a->n : old ^ a->n;
	return tc_packet_set_ref(&pc->p, layer, &a->ref, old & tc_field_max(f), err);
}

static int act_field(struct pieces *ps, size_t i, const struct action *a, struct tc_error *err)
{
	struct piece *pc = ps->at[i];
	int layer = tc_packet_layer(&pc->p, a->ref.hdr, 0), rc;

	if (layer < 0 && a->ref.hdr == tc_header_get(TC_HDR_ETH))
		return tc_fail(err, -EOPNOTSUPP, "%s cannot be set on this path: what is sent "
			       "begins with IP; use --inject link on an Ethernet interface",
			       a->ref.field->name);
	if (layer < 0)
		layer = make_layer(ps, pc, a->ref.hdr, err);
	if (layer < 0)
		return layer == -ENOMSG || layer == -ENOENT ? 0 : layer;
	rc = tc_piece_build(pc, ps->bytes, err);	/* so that computed fields say what they are */
	if (rc < 0)
		return rc;
	tc_piece_note(pc, layer, &a->ref);
	rc = change(pc, layer, a, err);
	return rc < 0 ? rc : 1;
}

static void clear_flags(struct piece *pc, uint64_t flags)
{
	static const struct { uint64_t flag; unsigned row; } rows[] = {
		{ TC_FLAG_SYN, TC_TCP_SYN }, { TC_FLAG_FIN, TC_TCP_FIN },
		{ TC_FLAG_RST, TC_TCP_RESET }, { TC_FLAG_PSH, TC_TCP_PUSH },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (flags & rows[i].flag)
			tc_packet_set(&pc->p, tc_piece_tcp(pc), rows[i].row, 0, NULL);
}

static void move_seq(struct piece *pc, uint32_t by)
{
	int tcp = tc_piece_tcp(pc);
	uint32_t seq = (uint32_t)tc_packet_get(&pc->p, tcp, TC_TCP_SEQ) + by;

	tc_packet_set(&pc->p, tcp, TC_TCP_SEQ, seq, NULL);
}

static bool has_flag(const struct piece *pc, unsigned row)
{
	return tc_packet_get(&pc->p, tc_piece_tcp(pc), row) != 0;
}

/* In two: the first `cut` bytes, and those from `from` on. */
static int cut_in_two(struct pieces *ps, size_t i, size_t cut, size_t from, bool fresh,
		      struct tc_error *err)
{
	struct piece *first = ps->at[i], *second;
	struct tc_buf all = { 0 };
	const uint8_t *bytes;
	int n = tc_piece_payload(ps, first, &bytes, err), rc;

	if (n < 0)
		return n;
	tc_buf_add(&all, bytes, (size_t)n);
	second = all.failed ? NULL : tc_piece_copy(ps, i, err);
	rc = second ? tc_piece_put_payload(first, all.data, cut, err) : -ENOMEM;
	for (size_t k = from; fresh && second && k < cut; k++)
		all.data[k] = (uint8_t)~all.data[k];
	if (rc >= 0)
		rc = tc_piece_put_payload(second, all.data + from, (size_t)n - from, err);
	if (rc >= 0) {
		clear_flags(first, TC_FLAG_FIN | TC_FLAG_PSH);
		move_seq(second, (uint32_t)from + has_flag(second, TC_TCP_SYN));
		clear_flags(second, TC_FLAG_SYN);
	}
	tc_buf_free(&all);
	return rc < 0 ? rc : 1;
}

static int act_split(struct pieces *ps, size_t i, const struct action *a, struct tc_error *err)
{
	const uint8_t *bytes;
	int n = tc_piece_payload(ps, ps->at[i], &bytes, err), rc;
	size_t cut = (size_t)a->n, from = cut;

	if (n < 2)
		return n < 0 ? n : 0;
	if (a->kind == ACT_OVERLAP) {
		cut = (size_t)n / 2;
		from = cut > a->n ? cut - (size_t)a->n : 0;
	}
	if (cut >= (size_t)n)
		return 0;
	rc = cut_in_two(ps, i, cut, from, a->fresh, err);
	if (rc < 0)
		return rc;
	for (size_t k = 0; k < 2; k++)
		tc_piece_say(ps->at[i + k], "%s after %zu bytes, part %zu of 2",
		    a->kind == ACT_SPLIT ? "split" : "overlap: cut", cut, k + 1);
	return 2;
}

static int act_length(struct pieces *ps, size_t i, const struct action *a, struct tc_error *err)
{
	struct piece *pc = ps->at[i];
	struct tc_buf all = { 0 };
	const uint8_t *bytes;
	int n = tc_piece_payload(ps, pc, &bytes, err), rc;
	size_t len = n < 0 ? 0 : (size_t)n;

	if (n < 0 || (a->kind == ACT_TRUNCATE && a->n >= len))
		return n < 0 ? n : 0;
	tc_piece_say(pc, "%s from %zu to %zu bytes",
		     a->kind == ACT_TRUNCATE ? "cut" : "padded", len,
	    a->kind == ACT_TRUNCATE ? (size_t)a->n : len + (size_t)a->n);
	tc_buf_add(&all, bytes, a->kind == ACT_TRUNCATE ? (size_t)a->n : len);
	for (uint64_t k = 0; a->kind == ACT_PAD && k < a->n; k++)
		tc_buf_add_u8(&all, 0);
	rc = all.failed ? tc_nomem(err)
			: tc_piece_put_payload(pc, all.data, all.len, err);
	tc_buf_free(&all);
	return rc < 0 ? rc : 1;
}

static int act_beside(struct pieces *ps, size_t i, const struct action *a, struct tc_error *err)
{
	struct piece *other = tc_piece_copy(ps, i, err), *pc = ps->at[i];
	const uint8_t *bytes;
	int n = other ? tc_piece_payload(ps, pc, &bytes, err) : -ENOMEM, rc;
	uint32_t len;

	if (n < 0)
		return n;
	len = (uint32_t)n + has_flag(pc, TC_TCP_SYN) + has_flag(pc, TC_TCP_FIN);
	if (a->kind == ACT_BEFORE) {		/* the copy stands behind: let them swap */
		ps->at[i] = other;
		ps->at[i + 1] = pc;
		len = 0;
	}
	other->extra = true;
	clear_flags(other, TC_FLAG_SYN | TC_FLAG_FIN | TC_FLAG_RST);
	move_seq(other, len);
	tc_piece_say(other, "%zu bytes of their own, %s", a->bytes.len,
	    a->kind == ACT_BEFORE ? "before" : "after");
	rc = tc_piece_put_payload(other, a->bytes.data, a->bytes.len, err);
	return rc < 0 ? rc : 2;
}

static int act_dup(struct pieces *ps, size_t i, const struct action *a, struct tc_error *err)
{
	for (unsigned k = (unsigned)a->n; k-- > 0;) {	/* the last first: it moves on */
		struct piece *copy = tc_piece_copy(ps, i, err);

		if (!copy)
			return -ENOMEM;
		tc_piece_say(copy, "copy %u of %u", k + 1, (unsigned)a->n);
	}
	return 1 + (int)a->n;
}

static int act_delay(struct pieces *ps, size_t i, const struct action *a, struct tc_error *err)
{
	struct piece *pc = ps->at[i];

	(void)err;
	pc->delay += (tc_time)a->n * TC_MS;
	tc_piece_say(pc, "delayed %llu ms", (unsigned long long)a->n);
	return 1;
}

/* Unless somebody set it, DF and fragments exclude each other. */
static void may_fragment(struct piece *pc)
{
	int ip = tc_packet_layer(&pc->p, tc_header_get(TC_HDR_IP), 0);

	if (ip < 0)
		return;
	for (unsigned i = 0; i < pc->n_mutations; i++)
		if (strncmp(pc->mutations[i].field, "ip.flags", 8) == 0)
			return;
	tc_packet_unset(&pc->p, ip, TC_IP_DF);
}

static int add_fragment(struct pieces *ps, size_t i, const uint8_t *frame, size_t len,
			const struct piece *whole, unsigned k, size_t of, struct tc_error *err)
{
	struct piece *pc = tc_piece_add(ps, i, err);
	int rc = pc ? tc_packet_parse(&pc->p, frame, len,
				      tc_frame_begins(frame, len, ps->ethernet), err) : -ENOMEM;
	int ip;

	if (!pc || (rc < 0 && pc->p.n == 0))	/* headers cut by it are kept as bytes */
		return rc;
	pc->raw = true;
	pc->numbered = whole->numbered;
	pc->from = whole->from;
	pc->to = whole->to;
	pc->delay = whole->delay;
	ip = tc_packet_layer(&pc->p, tc_header_get(TC_HDR_IP), 0);
	if (ip >= 0)
		tc_packet_unset(&pc->p, ip, TC_IP_CHECKSUM);
	tc_piece_say(pc, "fragment %u of %zu", k, of);
	return 0;
}

static int act_fragment(struct pieces *ps, size_t i, const struct action *a,
			struct tc_error *err)
{
	struct tc_fragments f = { 0 };
	struct piece *pc = ps->at[i];
	size_t from = 0, n = 0;
	int rc;

	if (pc->raw)
		return 0;
	may_fragment(pc);
	tc_piece_number(pc);
	rc = tc_piece_build(pc, ps->bytes, err);
	if (rc >= 0)
		rc = tc_fragments_make(&f, &pc->p, ps->bytes, (size_t)a->n, err);
	if (rc >= 0)
		n = fragments_count(&f);
	for (size_t k = 0; k < n && rc >= 0; k++) {
		size_t end;

		memcpy(&end, f.end.data + k * sizeof end, sizeof end);
		rc = add_fragment(ps, i + 1 + k, f.bytes.data + from, end - from, pc,
				  (unsigned)k + 1, n, err);
		from = end;
	}
	tc_fragments_free(&f);
	if (rc < 0)
		return rc;
	tc_piece_remove(ps, i);
	return (int)n;
}

static const struct {
	int (*act)(struct pieces *ps, size_t i, const struct action *a, struct tc_error *err);
	bool fragments;			/* not of whole segments alone */
} actors[] = {
	[ACT_SET] = { act_field, true },
	[ACT_ADD] = { act_field, true },
	[ACT_XOR] = { act_field, true },
	[ACT_DIGEST] = { tc_act_digest, false },
#define ACTOR(kind, name, arg, least, most, usage, act, fragments) [ACT_##kind] = { act, fragments },
	MUTATORS(ACTOR)
#undef ACTOR
};

/* One piece. Returns how many it became, 0 when nothing was done, negative on failure. */
static int act_on(struct pieces *ps, size_t i, const struct action *a, struct tc_error *err)
{
	bool fragment = ps->at[i]->raw || tc_piece_tcp(ps->at[i]) < 0;

	if (!actors[a->kind].act || (fragment && !actors[a->kind].fragments))
		return 0;
	return actors[a->kind].act(ps, i, a, err);
}

/* The segment's own first or last part, for what goes before or after it. */
static size_t own_part(const struct pieces *ps, bool last)
{
	size_t found = 0;

	for (size_t i = ps->n; i-- > 0;)
		if (!ps->at[i]->extra) {
			found = i;
			if (last)
				break;
		}
	return found;
}

int tc_pieces_act(struct pieces *ps, const struct action *a, struct tc_error *err)
{
	int done = 0, rc;

	if (a->kind == ACT_BEFORE || a->kind == ACT_AFTER)
		return act_on(ps, own_part(ps, a->kind == ACT_AFTER), a, err);
	for (size_t i = 0; i < ps->n; i += rc > 1 ? (size_t)rc : 1) {
		rc = act_on(ps, i, a, err);
		if (rc < 0)
			return rc;
		done |= rc > 0;
	}
	return done;
}
