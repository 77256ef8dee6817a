/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes seen and not seen; see stream_map.h. */
#include "stream_map.h"

#include <stdlib.h>
#include <string.h>

#define FAR (1u << 30)
#define HOLES_FIRST 8u

struct tc_hole {
	tc_seq from, to;
};

/* In order of their numbers, apart from each other. */
struct tc_holes {
	uint32_t size;
	struct tc_hole at[];
};

static void drop(struct tc_stream_map *m, uint32_t i)
{
	struct tc_hole *h = m->holes->at + i;

	memmove(h, h + 1, (--m->n_holes - i) * sizeof *h);
}

/* Room for one more. */
static bool make_room(struct tc_stream_map *m)
{
	uint32_t size = m->holes ? m->holes->size : 0;
	struct tc_holes *more;

	if (m->n_holes < size)
		return true;
	if (size == STREAM_HOLES_MOST) {
		drop(m, 0);
		return true;
	}
	size = size ? 2 * size : HOLES_FIRST;
	more = realloc(m->holes, sizeof *more + size * sizeof more->at[0]);
	if (!more)
		return false;
	more->size = size;
	m->holes = more;
	return true;
}

/* Inserts a hole at index i; the oldest one is dropped if there is no room. */
static void insert(struct tc_stream_map *m, uint32_t i, struct tc_hole hole)
{
	uint32_t before = m->n_holes;
	struct tc_hole *h;

	if (!make_room(m))
		return;
	if (m->n_holes < before && i > 0)
		i--;
	h = m->holes->at + i;
	memmove(h + 1, h, (m->n_holes - i) * sizeof *h);
	m->n_holes++;
	*h = hole;
}

/* The part of hole i that lies in from..to is filled: how much. It may leave two. */
static uint32_t fill(struct tc_stream_map *m, uint32_t i, tc_seq from, tc_seq to)
{
	struct tc_hole *h = m->holes->at + i, whole = *h;

	from = tc_seq_max(from, whole.from);
	to = tc_seq_min(to, whole.to);
	if (from == whole.from && to == whole.to) {
		drop(m, i);
	} else if (from == whole.from) {
		h->from = to;
	} else {
		h->to = from;
		if (to != whole.to)
			insert(m, i + 1, (struct tc_hole){ to, whole.to });
	}
	return to - from;
}

static uint32_t fill_holes(struct tc_stream_map *m, tc_seq from, tc_seq to)
{
	uint32_t fresh = 0;

	for (uint32_t i = m->n_holes; i-- > 0;)
		if (tc_seq_lt(from, m->holes->at[i].to) && tc_seq_gt(to, m->holes->at[i].from))
			fresh += fill(m, i, from, to);
	return fresh;
}

static void forget_far(struct tc_stream_map *m)
{
	while (m->n_holes && m->next - m->holes->at[0].from > FAR)
		drop(m, 0);
	if (m->next - m->low > FAR)
		m->open_below = false;
}

void tc_stream_begin(struct tc_stream_map *m, tc_seq seq)
{
	if (m->known)
		return;
	m->known = true;
	m->low = m->next = seq;
}

static uint32_t take_before(struct tc_stream_map *m, tc_seq seq, tc_seq end)
{
	tc_seq to = tc_seq_min(end, m->low);

	if (!m->open_below || tc_seq_geq(seq, m->low))
		return 0;
	if (to != m->low)
		insert(m, 0, (struct tc_hole){ to, m->low });
	m->low = seq;
	return to - seq;
}

/* Takes n bytes that are not simply the next ones. */
static uint32_t take_elsewhere(struct tc_stream_map *m, tc_seq seq, uint32_t n)
{
	tc_seq end = seq + n;
	uint32_t fresh;

	if (seq - m->next + FAR > 2 * FAR)	/* no window reaches so far (RFC 7323 2.3) */
		return n;
	if (tc_seq_gt(seq, m->next)) {
		insert(m, m->n_holes, (struct tc_hole){ m->next, seq });
		m->next = end;
		return n;
	}
	fresh = take_before(m, seq, end) + fill_holes(m, seq, end);
	if (tc_seq_gt(end, m->next)) {
		fresh += end - m->next;
		m->next = end;
	}
	return fresh;
}

uint32_t tc_stream_take(struct tc_stream_map *m, tc_seq seq, uint32_t n)
{
	if (!m->known) {
		tc_stream_begin(m, seq);
		m->open_below = true;
	}
	if (m->n_holes || m->open_below)
		forget_far(m);
	if (n == 0)
		return 0;
	if (seq != m->next)
		return take_elsewhere(m, seq, n);
	m->next += n;
	return n;
}

void tc_stream_free(struct tc_stream_map *m)
{
	free(m->holes);
}
