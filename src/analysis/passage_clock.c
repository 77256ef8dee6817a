/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two clocks, by the segments alone: the fastest of each direction bound what they can differ
 * by. If no segment needs less than no time, the difference lies between; half of the fastest
 * round trip is what cannot be told.
 */
#include "passage_own.h"

#include <stdlib.h>

#define DRIFT_MIN (100 * TC_US)	/* between the halves: less is chance */
#define HALVES_MIN 8		/* segments in each half of the time, before drift is asked for */

tc_time tc_passage_time(const struct tc_passages *p, unsigned capture, tc_time stamp)
{
	const struct tc_passage_clock *c = &p->clock;
	double since = (double)(stamp - c->since);

	if (capture == 0 || !(c->known || c->one_way))
		return stamp;
	return stamp - c->offset - (c->drifts ? (tc_time)(c->drift * since) : 0);
}

/* The least that stamps of arrival are more than those of sending, of each direction. */
struct bounds {
	bool any[2];
	tc_time least[2];
	unsigned n[2];
	tc_time first, last;	/* by the client's clock */
};

static void take(struct bounds *b, const struct tc_passing *s, tc_time client)
{
	tc_time d = s->other->g->frame.stamp - s->g->frame.stamp;
	unsigned from = s->from;

	b->first = client < b->first ? client : b->first;
	b->last = client > b->last ? client : b->last;
	if (!b->any[from] || d < b->least[from])
		b->least[from] = d;
	b->any[from] = true;
	b->n[from]++;
}

/* Of what was sent from `lo` to before `hi` by the client's clock, as it is uncorrected. */
static struct bounds bounds_of(const struct tc_passages *p, tc_time lo, tc_time hi)
{
	struct bounds b = { .first = INT64_MAX, .last = INT64_MIN };

	for (unsigned end = 0; end < 2; end++)
		for (size_t i = 0; i < p->n_seg[end]; i++) {
			const struct tc_passing *s = &p->seg[end][i];
			tc_time client;

			if (s->from != end || !s->other || s->other->other != s)
				continue;
			client = (end ? s->other : s)->g->frame.stamp;
			if (client >= lo && client < hi)
				take(&b, s, client);
		}
	return b;
}

static tc_time offset_of(const struct bounds *b)
{
	return (b->least[0] - b->least[1]) / 2;
}

static tc_time error_of(const struct bounds *b)
{
	tc_time e = (b->least[0] + b->least[1]) / 2;

	return e > 0 ? e : -e;
}

/*
 * Each half of the time has a difference of its own. The fastest round trip of both is about
 * the same where it is the clock that runs, and not the path that changed. Proven: by one
 * difference the fastest would have needed less than no time.
 */
static void find_drift(struct tc_passages *p, tc_time first, tc_time last, bool proven)
{
	struct tc_passage_clock *c = &p->clock;
	tc_time mid = first + (last - first) / 2, off[2];
	struct bounds half[2] = { bounds_of(p, first, mid), bounds_of(p, mid, last + 1) };
	tc_time moved;

	for (unsigned i = 0; i < 2; i++) {
		if (half[i].n[0] < HALVES_MIN || half[i].n[1] < HALVES_MIN)
			return;
		off[i] = offset_of(&half[i]);
	}
	moved = llabs((long long)(off[1] - off[0]));
	if (last == first || (moved < DRIFT_MIN && !proven) ||
	    moved < 4 * llabs((long long)(error_of(&half[1]) - error_of(&half[0]))))
		return;
	c->drifts = true;
	c->drift = (double)(off[1] - off[0]) / ((double)(last - first) / 2);
	c->offset = off[0];
	c->since = first + (last - first) / 4 + off[0];
}

void tc_passage_align(struct tc_passages *p)
{
	struct tc_passage_clock *c = &p->clock;
	struct bounds all = bounds_of(p, INT64_MIN, INT64_MAX);

	*c = (struct tc_passage_clock){ .known = all.any[0] && all.any[1],
					.one_way = all.any[0] != all.any[1] };
	if (c->known) {
		c->offset = offset_of(&all);
		c->error = error_of(&all);
		find_drift(p, all.first, all.last, all.least[0] + all.least[1] < 0);
	} else if (c->one_way) {
		c->offset = all.any[0] ? all.least[0] : -all.least[1];
	}
}
