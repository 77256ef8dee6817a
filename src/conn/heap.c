/* SPDX-License-Identifier: BSD-2-Clause */
/* Timers: a binary heap of connections, earliest on top; each knows its place. */
#include "own.h"

#include <errno.h>
#include <stdlib.h>

int tc_heap_reserve(struct tc_heap *h, uint32_t n)
{
	struct tc_conn **at;
	uint32_t cap = h->cap ? h->cap : 64;

	if (n <= h->cap)
		return 0;
	while (cap < n)
		cap *= 2;
	at = realloc(h->at, cap * sizeof *at);
	if (!at)
		return -ENOMEM;
	h->at = at;
	h->cap = cap;
	return 0;
}

static void place(struct tc_heap *h, uint32_t i, struct tc_conn *c)
{
	h->at[i] = c;
	c->heap_at = i;
}

static void sift_up(struct tc_heap *h, uint32_t i, struct tc_conn *c)
{
	uint32_t parent;

	for (; i > 0; i = parent) {
		parent = (i - 1) / 2;
		if (h->at[parent]->timer <= c->timer)
			break;
		place(h, i, h->at[parent]);
	}
	place(h, i, c);
}

static void sift_down(struct tc_heap *h, uint32_t i, struct tc_conn *c)
{
	uint32_t child;

	for (; (child = 2 * i + 1) < h->n; i = child) {
		if (child + 1 < h->n && h->at[child + 1]->timer < h->at[child]->timer)
			child++;
		if (c->timer <= h->at[child]->timer)
			break;
		place(h, i, h->at[child]);
	}
	place(h, i, c);
}

/* Put c, whose timer changed, to its right place from place i. */
static void settle(struct tc_heap *h, uint32_t i, struct tc_conn *c)
{
	if (i > 0 && h->at[(i - 1) / 2]->timer > c->timer)
		sift_up(h, i, c);
	else
		sift_down(h, i, c);
}

static void take_out(struct tc_heap *h, struct tc_conn *c)
{
	uint32_t i = c->heap_at;
	struct tc_conn *last = h->at[--h->n];

	c->heap_at = NOT_IN_HEAP;
	if (last != c)
		settle(h, i, last);
}

void tc_heap_set(struct tc_heap *h, struct tc_conn *c, tc_time timer)
{
	if (timer == 0) {
		if (c->heap_at != NOT_IN_HEAP)
			take_out(h, c);
		c->timer = 0;
		return;
	}
	c->timer = timer;
	if (c->heap_at == NOT_IN_HEAP)
		sift_up(h, h->n++, c);
	else
		settle(h, c->heap_at, c);
}
