/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree of what was answered: each node is a word, with the answers to its last input. */
#include "own.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SURE 3			/* votes of a majority among answers that differ, which */
#define MAJORITY 3		/* is so many times all others */
#define PATIENCE 16		/* votes; then there is none */

int tc_learn_tree_init(struct tree *t, unsigned n_inputs, struct tc_error *err)
{
	*t = (struct tree){ .n_inputs = n_inputs, .n = 1, .cap = 1024 };
	t->nodes = calloc(t->cap, sizeof *t->nodes);
	return t->nodes ? 0 : tc_nomem(err);
}

void tc_learn_tree_free(struct tree *t)
{
	free(t->nodes);
	t->nodes = NULL;
}

static bool make_kids(struct tree *t, uint32_t at)
{
	size_t need = t->n + t->n_inputs;

	if (need > t->cap) {
		size_t cap = 2 * need;
		struct node *more = realloc(t->nodes, cap * sizeof *more);

		if (!more || cap > UINT32_MAX) {
			t->nodes = more ? more : t->nodes;
			return false;
		}
		t->nodes = more;
		t->cap = cap;
	}
	memset(t->nodes + t->n, 0, t->n_inputs * sizeof *t->nodes);
	t->nodes[at].kids = (uint32_t)t->n;
	t->n = need;
	return true;
}

static uint32_t kid(struct tree *t, uint32_t at, uint8_t input)
{
	if (!t->nodes[at].kids && !make_kids(t, at))
		return 0;
	return t->nodes[at].kids + input;
}

uint32_t tc_learn_tree_at(struct tree *t, const uint8_t *in, unsigned n)
{
	uint32_t at = 0;

	for (unsigned i = 0; i < n; i++) {
		at = kid(t, at, in[i]);
		if (!at)
			return 0;
	}
	return at;
}

/* ---- votes ------------------------------------------------------------------------- */

static unsigned all_votes(const struct node *n)
{
	unsigned all = 0;

	for (unsigned i = 0; i < VOTES; i++)
		all += n->times[i];
	return all;
}

bool tc_learn_node_is_believed(const struct node *n, bool sure)
{
	unsigned best = n->times[0], others = all_votes(n) - best;

	if (others == 0)
		return best >= (sure || n->out[0] == TC_SILENCE ? 2 : 1);
	return best >= SURE && best >= MAJORITY * others;
}

static bool is_hopeless(const struct node *n)
{
	return all_votes(n) >= PATIENCE && !tc_learn_node_is_believed(n, true);
}

/* One more for this answer; more answers than are kept count as the last of them. What is at
 * its limit is halved: the votes keep their weights. */
static void vote(struct node *n, uint16_t out)
{
	unsigned i = 0;

	for (unsigned k = 0; k < VOTES && n->times[0] == UINT8_MAX; k++)
		n->times[VOTES - 1 - k] /= 2;
	while (i < VOTES - 1 && n->times[i] && n->out[i] != out)
		i++;
	if (n->times[i] == 0)
		n->out[i] = out;
	n->times[i]++;
	for (; i > 0 && n->times[i] > n->times[i - 1]; i--) {
		uint16_t o = n->out[i];
		uint8_t times = n->times[i];

		n->out[i] = n->out[i - 1];
		n->times[i] = n->times[i - 1];
		n->out[i - 1] = o;
		n->times[i - 1] = times;
	}
}

/* What was answered behind a wrong answer says nothing. */
static void forget(struct tree *t, uint32_t at)
{
	uint32_t kids = t->nodes[at].kids;

	for (unsigned i = 0; kids && i < t->n_inputs; i++) {
		memset(t->nodes[kids + i].times, 0, sizeof t->nodes[0].times);
		forget(t, kids + i);
	}
}

int tc_learn_tree_note(struct tree *t, const struct tc_word *w, struct tc_error *err)
{
	uint32_t at = 0;

	for (unsigned i = 0; i < w->n; i++) {
		struct node *n;
		bool had;
		uint16_t was;

		at = kid(t, at, w->in[i]);
		if (!at)
			return tc_nomem(err);
		n = &t->nodes[at];
		had = n->times[0];
		was = n->out[0];
		vote(n, w->out[i]);
		t->disputes += had && was != w->out[i];
		if (had && was != n->out[0])
			forget(t, at);
		if (w->out[i] != t->nodes[at].out[0])
			break;
	}
	return 0;
}

enum known tc_learn_tree_look(const struct tree *t, struct tc_word *w, bool sure, uint32_t *where)
{
	uint32_t at = 0;

	for (unsigned i = 0; i < w->n; i++) {
		const struct node *n;

		w->again = 0;
		if (!t->nodes[at].kids)
			return ASK;
		at = t->nodes[at].kids + w->in[i];
		n = &t->nodes[at];
		if (is_hopeless(n)) {
			*where = at;
			w->n = (uint8_t)(i + 1);
			return HOPELESS;
		}
		if (!tc_learn_node_is_believed(n, sure)) {
			w->again = (uint8_t)all_votes(n);
			return ASK;
		}
		w->out[i] = n->out[0];
	}
	return KNOWN;
}
