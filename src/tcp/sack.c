/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 2018, selective acknowledgment: the blocks we send are the ranges kept beyond a hole,
 * before them what came twice (RFC 2883); those that come in are remembered until they are
 * acknowledged or a timeout shows that the peer may have thrown them away.
 */
#include "own.h"

#define OPTIONS_MAX 40u

static bool came_twice(const struct tc_tcb *t)
{
	return t->twice.left != t->twice.right;
}

/* They fit in the segment that the path takes; with text in a quarter of it. */
static unsigned blocks(const struct tc_tcb *t, bool with_text)
{
	unsigned n, room, fits, all = t->n_ooo + came_twice(t);

	if (!t->sack_ok || !all)
		return 0;
	room = OPTIONS_MAX - tc_tcp_steady_options(t);
	fits = tc_tcp_eff_mss(t) / (with_text ? 4 : 1);
	if (room > fits)
		room = fits;
	n = room > 4 ? (room - 4) / 8 : 0;
	return n < all ? n : all;
}

unsigned tc_tcp_sack_len(const struct tc_tcb *t, bool with_text)
{
	unsigned n = blocks(t, with_text);

	return n ? 4 + 8 * n : 0;
}

/* Once, but for what is told of in front of the blocks. */
static void add_block(struct tc_seg_opts *o, unsigned front, struct tc_range r)
{
	for (unsigned i = front; i < o->n_sack; i++)
		if (o->sack[i].left == r.left)
			return;
	o->sack[o->n_sack].left = r.left;
	o->sack[o->n_sack].right = r.right;
	o->n_sack++;
}

void tc_tcp_sack_twice(struct tc_tcb *t, tc_seq left, tc_seq right)
{
	t->twice = (struct tc_range){ left, right };
}

/* The first part of it that is (RFC 2883 4). */
void tc_tcp_sack_twice_kept(struct tc_tcb *t, tc_seq left, tc_seq right)
{
	for (unsigned i = 0; i < t->n_ooo && !came_twice(t); i++) {
		tc_seq from = tc_seq_max(left, t->ooo[i].left);
		tc_seq to = tc_seq_min(right, t->ooo[i].right);

		if (tc_seq_lt(from, to))
			tc_tcp_sack_twice(t, from, to);
	}
}

/* Section 4: the block with the newest text first, then those reported most recently, then
 * whatever else there is. */
void tc_tcp_sack_fill(struct tc_tcb *t, struct tc_seg *seg)
{
	unsigned max = blocks(t, seg->len), front = came_twice(t);
	unsigned i, k;

	if (!max || !(seg->flags & TC_FLAG_ACK) || seg->flags & TC_FLAG_SYN)
		return;
	seg->opts.present |= TC_HAS_SACK;
	if (front)
		add_block(&seg->opts, 0, t->twice);
	t->twice.right = t->twice.left;
	for (i = 0; i < TC_SACK_BLOCKS; i++)
		for (k = 0; k < t->n_ooo && seg->opts.n_sack < max; k++)
			if (tc_seq_in(t->ooo_recent[i], t->ooo[k].left,
				      t->ooo[k].right - t->ooo[k].left))
				add_block(&seg->opts, front, t->ooo[k]);
	for (k = 0; k < t->n_ooo && seg->opts.n_sack < max; k++)
		add_block(&seg->opts, front, t->ooo[k]);
}

void tc_tcp_sack_received(struct tc_tcb *t, tc_seq at)
{
	for (unsigned i = TC_SACK_BLOCKS - 1; i > 0; i--)
		t->ooo_recent[i] = t->ooo_recent[i - 1];
	t->ooo_recent[0] = at;
}

/* Blocks that lie elsewhere than between SND.UNA and SND.NXT are old, or lies. */
static bool believable(const struct tc_tcb *t, struct tc_range r)
{
	return tc_seq_gt(r.left, t->snd_una) && tc_seq_lt(r.left, r.right) &&
	       tc_seq_leq(r.right, t->snd_max);
}

bool tc_tcp_sack_take(struct tc_step *s)
{
	struct tc_tcb *t = s->t;
	uint32_t before = tc_tcp_sacked_below(t, t->snd_max);
	const struct tc_seg_opts *o = &s->seg.opts;

	if (!t->sack_ok || !t->sacked || !(o->present & TC_HAS_SACK))
		return false;
	for (unsigned i = 0; i < o->n_sack && i < TC_SACK_BLOCKS; i++) {
		struct tc_range r = { o->sack[i].left, o->sack[i].right };

		if (believable(t, r))
			tc_ranges_insert(t->sacked, &t->n_sacked, TC_SACKED_MAX, r);
	}
	return tc_tcp_sacked_below(t, t->snd_max) != before;
}

/* SND.UNA has moved. */
void tc_tcp_sack_acked(struct tc_tcb *t)
{
	while (t->n_sacked && tc_seq_leq(t->sacked[0].right, t->snd_una))
		tc_ranges_remove(t->sacked, &t->n_sacked, 0, 1);
	/* acknowledged into the middle of a block: then the peer's blocks are not true */
	if (t->n_sacked && tc_seq_leq(t->sacked[0].left, t->snd_una))
		tc_ranges_remove(t->sacked, &t->n_sacked, 0, 1);
}

/* Bytes before end that the peer has beyond a hole. */
uint32_t tc_tcp_sacked_below(const struct tc_tcb *t, tc_seq end)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < t->n_sacked && tc_seq_lt(t->sacked[i].left, end); i++)
		n += tc_seq_min(t->sacked[i].right, end) - t->sacked[i].left;
	return n;
}
