/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections by four-tuple: open addressing, linear probing, backward-shift deletion
 * (no tombstones), at most half full. */
#include "own.h"

#include "wire/flow.h"

#include <errno.h>
#include <stdlib.h>

#define TABLE_FIRST 64u

struct tc_conn *tc_table_find(const struct tc_table *t, const struct tc_flow *flow)
{
	uint32_t i;

	if (!t->cap)
		return NULL;
	for (i = tc_flow_hash(flow) & (t->cap - 1); t->slot[i]; i = (i + 1) & (t->cap - 1))
		if (tc_flow_same(&t->slot[i]->flow, flow))
			return t->slot[i];
	return NULL;
}

static void put(struct tc_table *t, struct tc_conn *c)
{
	uint32_t i = tc_flow_hash(&c->flow) & (t->cap - 1);

	while (t->slot[i])
		i = (i + 1) & (t->cap - 1);
	t->slot[i] = c;
}

static int grow(struct tc_table *t)
{
	struct tc_table bigger = { .cap = t->cap ? t->cap * 2 : TABLE_FIRST, .used = t->used };

	bigger.slot = calloc(bigger.cap, sizeof *bigger.slot);
	if (!bigger.slot)
		return -ENOMEM;
	for (uint32_t i = 0; i < t->cap; i++)
		if (t->slot[i])
			put(&bigger, t->slot[i]);
	free(t->slot);
	*t = bigger;
	return 0;
}

int tc_table_add(struct tc_table *t, struct tc_conn *c)
{
	if (t->used * 2 >= t->cap && grow(t) < 0)
		return -ENOMEM;
	put(t, c);
	t->used++;
	return 0;
}

void tc_table_remove(struct tc_table *t, struct tc_conn *c)
{
	uint32_t mask = t->cap - 1;
	uint32_t hole = tc_flow_hash(&c->flow) & mask;
	uint32_t i, home;

	while (t->slot[hole] != c)
		hole = (hole + 1) & mask;
	for (i = (hole + 1) & mask; t->slot[i]; i = (i + 1) & mask) {
		home = tc_flow_hash(&t->slot[i]->flow) & mask;
		if (((i - home) & mask) >= ((i - hole) & mask)) {
			t->slot[hole] = t->slot[i];
			hole = i;
		}
	}
	t->slot[hole] = NULL;
	t->used--;
}
