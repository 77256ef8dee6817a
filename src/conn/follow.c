/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers of the wire for numbers of the machine, where a filter sent something else and the
 * connection is to go on from there. The machine is told nothing: what it sends is moved by
 * an offset on its way out, what the peer acknowledges is moved back on its way in.
 */
#include "own.h"

#include <stdlib.h>

#define POINTS_MAX 32			/* older ones are long acknowledged */

struct tc_follow {
	uint32_t offset;		/* before the first point: wire - honest */
	unsigned n;
	struct point {
		tc_seq honest, wire;	/* from here on, up to the next one */
	} at[POINTS_MAX];
};

static uint32_t offset_of(const struct tc_follow *f, tc_seq honest)
{
	for (unsigned i = f->n; i-- > 0;)
		if (tc_seq_leq(f->at[i].honest, honest))
			return f->at[i].wire - f->at[i].honest;
	return f->offset;
}

tc_seq tc_follow_out(const struct tc_conn *c, tc_seq honest)
{
	return c && c->follow ? honest + offset_of(c->follow, honest) : honest;
}

/* The honest number for one on the wire. What was sent in place of a segment counts as a whole: a
 * number inside it becomes at most the end of the honest segment. */
tc_seq tc_follow_in(const struct tc_conn *c, tc_seq wire)
{
	const struct tc_follow *f = c->follow;
	tc_seq honest;

	if (!f)
		return wire;
	for (unsigned i = f->n; i-- > 0;) {
		if (!tc_seq_leq(f->at[i].wire, wire))
			continue;
		honest = f->at[i].honest + (wire - f->at[i].wire);
		if (i + 1 < f->n && tc_seq_lt(f->at[i + 1].honest, honest))
			honest = f->at[i + 1].honest;
		return honest;
	}
	return wire - f->offset;
}

void tc_follow_seg(const struct tc_conn *c, struct tc_seg *seg)
{
	seg->ack = tc_follow_in(c, seg->ack);
	for (unsigned i = 0; i < seg->opts.n_sack; i++) {
		seg->opts.sack[i].left = tc_follow_in(c, seg->opts.sack[i].left);
		seg->opts.sack[i].right = tc_follow_in(c, seg->opts.sack[i].right);
	}
}

static void add(struct tc_follow *f, tc_seq honest, tc_seq wire)
{
	if (offset_of(f, honest) == wire - honest ||
	    (f->n && tc_seq_lt(honest, f->at[f->n - 1].honest)))
		return;		/* nothing new; or it was overtaken by a later one */
	if (f->n && f->at[f->n - 1].honest == honest) {
		f->at[f->n - 1].wire = wire;
		return;
	}
	if (f->n == POINTS_MAX) {
		f->offset = f->at[0].wire - f->at[0].honest;
		for (unsigned i = 1; i < f->n; i++)
			f->at[i - 1] = f->at[i];
		f->n--;
	}
	f->at[f->n++] = (struct point){ honest, wire };
}

void tc_conn_follow(struct tc_conn *c, const struct tc_seg *seg, tc_seq from, tc_seq to)
{
	if (!c->follow)
		c->follow = calloc(1, sizeof *c->follow);
	if (!c->follow)
		return;			/* then it does not: as a lost segment */
	add(c->follow, seg->seq, from);
	add(c->follow, seg->seq + tc_seg_seq_len(seg), to);
}
