/* SPDX-License-Identifier: BSD-2-Clause */
/* Which segment of one end is which of the other; see passage.h. */
#include "passage_own.h"

#include "base/array.h"

#include <tcpcraft/error.h>

#include <stdlib.h>

#define BUCKETS 65536u
#define STEPS_BACK 64u		/* segments before the place where one should be a part */
#define SLACK (2 * TC_MS)	/* a segment may seem to arrive this much before it was sent */

/* What has to be equal, from the strictest to the mildest. */
enum { SAME_DATAGRAM, SAME_SEGMENT, SAME_TEXT, SAME_PLACE, STRICTNESSES };

struct matching {
	struct tc_passages *p;
	struct tc_passing **bucket;	/* those that were sent, by place; newest first */
	tc_time usual[2];		/* between the stamps of both ends, of most */
	bool aligned;
};

#define MARKS (TC_FLAG_SYN | TC_FLAG_FIN | TC_FLAG_RST)

/* The hash of a segment's place. Bare ACKs of a long download all have the same place, so they are
 * spread by the number that they acknowledge. */
static unsigned bucket_of(const struct tc_passing *s)
{
	bool bare = !s->rx.seg.len && !(s->rx.seg.flags & MARKS);

	return (s->seq * 2654435761u ^ (bare ? s->ack * 2246822519u >> 7 : 0) ^
		s->rx.seg.len * 40503u ^ s->from) % BUCKETS;
}

static bool is_like(const struct tc_passing *s, const struct tc_passing *r, unsigned strict)
{
	const struct tc_seg *a = &s->rx.seg, *b = &r->rx.seg;

	if (s->from != r->from || s->seq != r->seq || a->len != b->len ||
	    (a->flags ^ b->flags) & MARKS)
		return false;
	if (strict == SAME_PLACE)
		return a->len || (a->flags & MARKS);
	if (s->hash != r->hash || s->ack != r->ack)
		return false;
	if (strict == SAME_TEXT)
		return true;
	if ((a->opts.present & TC_HAS_TS) != (b->opts.present & TC_HAS_TS) ||
	    (a->opts.present & TC_HAS_TS && a->opts.ts_val != b->opts.ts_val))
		return false;
	return strict == SAME_SEGMENT || (s->rx.ip_id && s->rx.ip_id == r->rx.ip_id);
}

/* How far from where it should be in time; INT64_MAX: it came before it was sent. */
static tc_time distance(const struct matching *m, const struct tc_passing *s,
			const struct tc_passing *r)
{
	tc_time off = r->g->frame.stamp - s->g->frame.stamp - m->usual[s->from];

	if (m->aligned && tc_passage_delay(m->p, s, r) < -SLACK - m->p->clock.error)
		return INT64_MAX;
	return off < 0 ? -off : off;
}

/* The sent segment without a partner (or, if `taken`, with one) whose time fits best. */
static struct tc_passing *find(const struct matching *m, const struct tc_passing *r,
			       unsigned strict, bool taken)
{
	struct tc_passing *best = NULL;
	tc_time least = INT64_MAX, d;

	for (struct tc_passing *s = m->bucket[bucket_of(r)]; s; s = s->next) {
		if ((s->other != NULL) != taken || !is_like(s, r, strict))
			continue;
		d = distance(m, s, r);
		if (d < least || (!m->aligned && d <= least)) {
			least = d;
			best = s;
		}
	}
	return best;
}

/* Was only one segment sent that is like it? */
static bool is_unmistakable(const struct matching *m, const struct tc_passing *r)
{
	unsigned n = 0;

	for (struct tc_passing *s = m->bucket[bucket_of(r)]; s && n < 2; s = s->next)
		n += is_like(s, r, SAME_TEXT);
	return n == 1;
}

static void pass(struct matching *m, unsigned strict)
{
	struct tc_passages *p = m->p;

	for (unsigned end = 0; end < 2; end++)
		for (size_t i = 0; i < p->n_seg[end]; i++) {
			struct tc_passing *r = &p->seg[end][i], *s;

			if (r->from == end || r->other)
				continue;
			if (!m->aligned && !is_unmistakable(m, r))
				continue;
			s = find(m, r, strict, false);
			if (!s)
				continue;
			r->other = s;
			s->other = r;
		}
}

/* ---- segments that offload cut or joined ----------------------------------------------- */

static bool is_within(const struct tc_passing *part, const struct tc_passing *whole)
{
	uint32_t off = part->seq - whole->seq;

	return part->from == whole->from && off <= whole->rx.seg.len &&
	       part->rx.seg.len <= whole->rx.seg.len - off;
}

static int by_place(const void *a, const void *b)
{
	const struct tc_passing *s = *(struct tc_passing *const *)a,
				*t = *(struct tc_passing *const *)b;

	return s->from != t->from ? (s->from < t->from ? -1 : 1) :
	       s->seq != t->seq ? (s->seq < t->seq ? -1 : 1) :
	       s->g < t->g ? -1 : s->g > t->g;
}

/* All of one end that carry something and are not found: by place. */
static struct tc_passing **unmatched(struct tc_passages *p, unsigned end, size_t *n)
{
	struct tc_passing **list = calloc(p->n_seg[end] + 1, sizeof *list);

	*n = 0;
	for (size_t i = 0; list && i < p->n_seg[end]; i++)
		if (!p->seg[end][i].other && p->seg[end][i].rx.seg.len)
			list[(*n)++] = &p->seg[end][i];
	if (list)
		qsort(list, *n, sizeof *list, by_place);
	return list;
}

static struct tc_passing *whole_of(struct tc_passing **list, size_t n,
				   const struct tc_passing *part)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {		/* the first that begins behind it */
		size_t mid = lo + (hi - lo) / 2;

		if (list[mid]->from < part->from ||
		    (list[mid]->from == part->from && list[mid]->seq <= part->seq))
			lo = mid + 1;
		else
			hi = mid;
	}
	for (size_t back = 0; back < STEPS_BACK && lo > back; back++)
		if (is_within(part, list[lo - 1 - back]))
			return list[lo - 1 - back];
	return NULL;
}

static int find_parts(struct tc_passages *p, struct tc_error *err)
{
	size_t n[2];
	struct tc_passing **list[2] = { unmatched(p, 0, &n[0]), unmatched(p, 1, &n[1]) };
	int rc = list[0] && list[1] ? 0 : tc_nomem(err);

	for (unsigned end = 0; end < 2 && rc == 0; end++)
		for (size_t i = 0; i < n[end]; i++) {
			struct tc_passing *part = list[end][i], *whole;

			whole = part->other || part->parts ? NULL
				: whole_of(list[!end], n[!end], part);
			if (!whole || whole->other)
				continue;
			part->other = whole;
			whole->parts++;
			whole->covered += part->rx.seg.len;
		}
	free(list[0]);
	free(list[1]);
	return rc;
}

/* ---- the whole ---------------------------------------------------------------------------- */

/* The middle of the differences of stamps, of each direction. */
static int find_usual(struct matching *m, struct tc_error *err)
{
	const struct tc_passages *p = m->p;

	for (unsigned end = 0; end < 2; end++) {
		tc_time *d = calloc(p->n_seg[end] + 1, sizeof *d);
		size_t n = 0;

		if (!d)
			return tc_nomem(err);
		for (size_t i = 0; i < p->n_seg[end]; i++) {
			const struct tc_passing *s = &p->seg[end][i];

			if (s->from == end && s->other)
				d[n++] = s->other->g->frame.stamp - s->g->frame.stamp;
		}
		tc_times_sort(d, n);
		m->usual[end] = n ? d[n / 2] : 0;
		free(d);
	}
	return 0;
}

/* What came once more, though it was sent once. */
static void find_copies(struct matching *m, unsigned strict)
{
	for (unsigned end = 0; end < 2; end++)
		for (size_t i = 0; i < m->p->n_seg[end]; i++) {
			struct tc_passing *r = &m->p->seg[end][i];

			if (r->from == end || r->other || r->parts)
				continue;
			r->other = find(m, r, strict, true);
			r->copy = r->other != NULL;
		}
}

int tc_passage_match(struct tc_passages *p, struct tc_error *err)
{
	struct matching m = { .p = p, .bucket = calloc(BUCKETS, sizeof *m.bucket) };
	int rc = m.bucket ? 0 : tc_nomem(err);

	for (unsigned end = 0; end < 2 && rc == 0; end++)
		for (size_t i = 0; i < p->n_seg[end]; i++) {
			struct tc_passing *s = &p->seg[end][i];

			if (s->from != end)
				continue;
			s->next = m.bucket[bucket_of(s)];
			m.bucket[bucket_of(s)] = s;
		}
	if (rc == 0) {
		pass(&m, SAME_TEXT);
		tc_passage_align(p);
		rc = find_usual(&m, err);
	}
	m.aligned = true;
	for (unsigned strict = 0; rc == 0 && strict < STRICTNESSES; strict++) {
		pass(&m, strict);
		if (strict == SAME_DATAGRAM)
			find_copies(&m, strict);
	}
	if (rc == 0) {
		find_copies(&m, SAME_SEGMENT);
		rc = find_parts(p, err);
	}
	free(m.bucket);
	return rc;
}
