/* SPDX-License-Identifier: BSD-2-Clause */
/* What became of each segment between the two ends of a connection; see passage.h. */
#include "passage_own.h"

#include "wire/family.h"

#include <tcpcraft/error.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LATE (10 * TC_MS)	/* so much more than usual, and half of that again, is told */

const char *const tc_fate_name[TC_FATES] = {
	[TC_FATE_ARRIVED] = "arrived", [TC_FATE_LOST] = "lost", [TC_FATE_DOUBLED] = "doubled",
	[TC_FATE_PATH] = "path",
};

/* ---- the segments of each end ---------------------------------------------------------- */

/* Numbers count from the SYN; where a capture has none, from that of the other one, as most
 * paths change none; and where none has one, from the first. */
static void find_isns(struct tc_passages *p)
{
	bool known[2][2] = { { false } }, any[2] = { false, false };

	for (unsigned end = 0; end < 2; end++)
		for (size_t i = 0; i < p->n_seg[end]; i++) {
			const struct tc_passing *s = &p->seg[end][i];

			if (s->rx.seg.flags & TC_FLAG_SYN && !known[end][s->from]) {
				known[end][s->from] = true;
				p->isn[end][s->from] = s->rx.seg.seq;
			}
		}
	for (unsigned side = 0; side < 2; side++)
		for (unsigned end = 0; end < 2; end++)
			if (known[!end][side] && !known[end][side])
				p->isn[end][side] = p->isn[!end][side];
	for (size_t i = 0; i < p->n_seg[0]; i++) {
		unsigned side = p->seg[0][i].from;

		if (!known[0][side] && !known[1][side] && !any[side])
			p->isn[0][side] = p->isn[1][side] = p->seg[0][i].rx.seg.seq - 1;
		any[side] = true;
	}
}

static int read_segments(struct tc_passages *p, unsigned end, struct tc_error *err)
{
	const struct tc_gathered_convo *c = p->convo[end];
	struct tc_passing *s = calloc(c->n + 1, sizeof *s);

	if (!s)
		return tc_nomem(err);
	p->seg[end] = s;
	for (size_t i = 0; i < c->n; i++) {
		if (!tc_passage_read(&c->segment[i], &s->rx))
			continue;
		s->g = &c->segment[i];
		s->from = c->segment[i].from ^ (end && p->flipped);
		s->hash = tc_passage_hash(&s->rx);
		s++;
	}
	p->n_seg[end] = (size_t)(s - p->seg[end]);
	return 0;
}

static void count_from_isns(struct tc_passages *p)
{
	for (unsigned end = 0; end < 2; end++)
		for (size_t i = 0; i < p->n_seg[end]; i++) {
			struct tc_passing *s = &p->seg[end][i];

			s->seq = s->rx.seg.seq - p->isn[end][s->from];
			s->ack = s->rx.seg.flags & TC_FLAG_ACK
				 ? s->rx.seg.ack - p->isn[end][!s->from] : 0;
		}
}

/* ---- what became of them ----------------------------------------------------------------- */

static void add(struct tc_passages *p, struct tc_passage x)
{
	x.from = x.sent ? x.sent->from : x.arrived->from;
	x.at = x.sent ? tc_passage_time(p, x.from, x.sent->g->frame.stamp)
		      : tc_passage_time(p, !x.from, x.arrived->g->frame.stamp);
	x.arrived_at = x.arrived ? tc_passage_time(p, !x.from, x.arrived->g->frame.stamp) : 0;
	p->count[x.from][x.fate]++;
	p->passage[p->n++] = x;
}

/* Of one that was cut on the way the first part stands for all. */
static const struct tc_passing *first_part(const struct tc_passages *p,
					   const struct tc_passing *whole)
{
	const struct tc_passing *s = p->seg[!whole->from];

	for (size_t i = 0; i < p->n_seg[!whole->from]; i++)
		if (s[i].other == whole && !s[i].copy)
			return &s[i];
	return NULL;
}

static void tell_sent(struct tc_passages *p, const struct tc_passing *s, tc_time end)
{
	struct tc_passage x = { .sent = s, .arrived = s->other, .fate = TC_FATE_ARRIVED };

	if (s->parts) {
		x.arrived = first_part(p, s);
		x.missing = s->covered < s->rx.seg.len ? s->rx.seg.len - s->covered : 0;
		p->parts[s->from]++;
	} else if (!s->other) {
		x.fate = TC_FATE_LOST;
		x.after_end = tc_passage_time(p, s->from, s->g->frame.stamp) >
			      tc_passage_time(p, !s->from, end);
	}
	add(p, x);
}

static void tell_arrived(struct tc_passages *p, const struct tc_passing *r)
{
	struct tc_passage x = { .sent = NULL, .arrived = r };

	if (r->other && !r->copy)
		return;			/* told with what it is of */
	if (r->parts)
		return;			/* joined: told with each of its parts */
	x.fate = r->copy ? TC_FATE_DOUBLED : TC_FATE_PATH;
	add(p, x);
}

static int by_time(const void *a, const void *b)
{
	const struct tc_passage *x = a, *y = b;
	const struct tc_passing *s = x->sent ? x->sent : x->arrived,
				*t = y->sent ? y->sent : y->arrived;

	return x->at != y->at ? (x->at < y->at ? -1 : 1) : s->g < t->g ? -1 : s->g > t->g;
}

static int by_delay(const void *a, const void *b)
{
	tc_time x = *(const tc_time *)a, y = *(const tc_time *)b;

	return x < y ? -1 : x > y;
}

/* Delays of each direction, and those that are late by them. */
static int find_late(struct tc_passages *p, struct tc_error *err)
{
	tc_time *d = calloc(p->n + 1, sizeof *d);

	for (unsigned from = 0; d && from < 2; from++) {
		size_t n = 0;

		for (size_t i = 0; i < p->n; i++)
			if (p->passage[i].from == from && p->passage[i].fate == TC_FATE_ARRIVED)
				d[n++] = p->passage[i].arrived_at - p->passage[i].at;
		qsort(d, n, sizeof *d, by_delay);
		p->usual[from] = n ? d[n / 2] : 0;
		p->fastest[from] = n ? d[0] : 0;
		for (size_t i = 0; i < p->n; i++) {
			struct tc_passage *x = &p->passage[i];
			tc_time more = x->arrived_at - x->at - p->usual[from];

			if (x->from != from || x->fate != TC_FATE_ARRIVED ||
			    more < LATE || more < p->usual[from] / 2)
				continue;
			x->late = more;
			p->late[from]++;
		}
	}
	free(d);
	return d ? 0 : tc_nomem(err);
}

static void find_hops(struct tc_passages *p)
{
	for (unsigned from = 0; from < 2; from++) {
		unsigned times[256] = { 0 }, most = 0;

		for (size_t i = 0; i < p->n; i++) {
			const struct tc_passage *x = &p->passage[i];

			if (x->from == from && x->fate == TC_FATE_ARRIVED && x->sent && x->arrived)
				times[(uint8_t)(x->sent->rx.ttl - x->arrived->rx.ttl)]++;
		}
		for (unsigned h = 0; h < 256; h++)
			if (times[h] > times[most])
				most = h;
		p->hops[from] = (int8_t)most;
	}
}

static void ignore(void *ctx, const char *field, const char *was, const char *is)
{
	(void)ctx, (void)field, (void)was, (void)is;
}

int tc_passages_open(struct tc_passages *p, const struct tc_gathered_convo *client,
		     const struct tc_gathered_convo *server, const tc_time end[2],
		     struct tc_error *err)
{
	int rc;

	*p = (struct tc_passages){ .convo = { client, server },
				   .flipped = tc_passage_is_flipped(client, server) };
	rc = read_segments(p, 0, err);
	if (rc == 0)
		rc = read_segments(p, 1, err);
	if (rc < 0)
		return rc;
	find_isns(p);
	count_from_isns(p);
	rc = tc_passage_match(p, err);
	p->passage = calloc(p->n_seg[0] + p->n_seg[1] + 1, sizeof *p->passage);
	if (rc == 0 && !p->passage)
		rc = tc_nomem(err);
	for (unsigned e = 0; e < 2 && rc == 0; e++)
		for (size_t i = 0; i < p->n_seg[e]; i++)
			if (p->seg[e][i].from == e)
				tell_sent(p, &p->seg[e][i], end[!e]);
			else
				tell_arrived(p, &p->seg[e][i]);
	if (rc < 0)
		return rc;
	qsort(p->passage, p->n, sizeof *p->passage, by_time);
	rc = find_late(p, err);
	find_hops(p);
	for (size_t i = 0; i < p->n; i++)
		p->changed[p->passage[i].from] +=
			tc_passage_changes(p, &p->passage[i], ignore, NULL);
	return rc;
}

void tc_passages_free(struct tc_passages *p)
{
	free(p->seg[0]);
	free(p->seg[1]);
	free(p->passage);
	*p = (struct tc_passages){ 0 };
}
