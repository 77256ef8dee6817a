/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree of what was answered: each node is a word, with the answers to its last input. */
#include "own.h"

#include <tcpcraft/error.h>

#include <stdlib.h>
#include <string.h>

#define SILENCE_SURE (1 + TC_PATIENCE_MOST)	/* times, each with more patience */
#define SURE 3			/* votes of a majority among answers that differ, which */
#define MAJORITY 3		/* is so many times all others */
#define PATIENCE 16		/* votes; then there is none */
#define CALM 24			/* of one answer in a row: so much patience is not needed */
#define DOUBTS TC_PATIENCE_MOST	/* contradictions, each of which asks for more patience */

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

	if (n->doubt)
		return best >= SURE && best >= MAJORITY * others;
	if (n->out[0] == TC_SILENCE)
		return best >= (sure ? SILENCE_SURE : 2);
	return best >= (sure ? 2 : 1);
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

/* An answer that was waited for with this patience. A first contradiction may be an answer that came
 * too late: what was asked with less patience does not count any more. */
static void hear(struct tree *t, struct node *n, uint16_t out, unsigned patience)
{
	bool other = n->times[0] && n->out[0] != out;

	t->disputes += other;
	if (patience < n->doubt)
		return;
	if (other && n->doubt < DOUBTS) {
		if (++n->doubt <= n->most)
			n->needed = n->doubt;
		n->most = n->doubt > n->most ? n->doubt : n->most;
		memset(n->times, 0, sizeof n->times);
	}
	if (patience >= n->doubt)
		vote(n, out);
	/* what is steady now may have been disturbed once; but not twice */
	if (n->doubt && n->doubt > n->needed && n->times[0] >= CALM &&
	    n->times[0] == all_votes(n)) {
		n->doubt--;
		n->times[0] = SURE;
	}
}

/* What was answered behind another answer says nothing. */
static void forget(struct tree *t, uint32_t at)
{
	uint32_t kids = t->nodes[at].kids;

	for (unsigned i = 0; kids && i < t->n_inputs; i++) {
		memset(t->nodes[kids + i].times, 0, sizeof t->nodes[0].times);
		t->nodes[kids + i].doubt = t->nodes[kids + i].needed = 0;
		t->nodes[kids + i].most = 0;
		forget(t, kids + i);
	}
}

int tc_learn_tree_note(struct tree *t, const struct tc_word *w, struct tc_error *err)
{
	uint32_t at = 0;

	for (unsigned i = 0; i < w->n; i++) {
		struct node *n;

		at = kid(t, at, w->in[i]);
		if (!at)
			return tc_nomem(err);
		n = &t->nodes[at];
		hear(t, n, w->out[i], w->patience[i]);
		if (n->out[0] != w->out[i] ||
		    (n->doubt && !tc_learn_node_is_believed(n, false)))
			break;
		if (n->past != n->out[0])
			forget(t, at);
		t->nodes[at].past = w->out[i];
	}
	return 0;
}

const struct node *tc_learn_tree_kids(const struct tree *t, uint32_t at)
{
	const struct node *n = &t->nodes[at];

	return n->kids && (at == 0 || n->past == n->out[0]) ? t->nodes + n->kids : NULL;
}

/* What was silent, or is not sure, is waited for longer each time. */
static uint8_t more_patience(const struct node *n)
{
	unsigned all = n->doubt + all_votes(n);

	return (uint8_t)(all < DOUBTS ? all : DOUBTS);
}

enum known tc_learn_tree_look(const struct tree *t, struct tc_word *w, bool sure,
			      uint32_t *where)
{
	enum known known = KNOWN;
	uint32_t at = 0;

	memset(w->patience, 0, sizeof w->patience);
	for (unsigned i = 0; i < w->n; i++) {
		const struct node *n = tc_learn_tree_kids(t, at);

		if (!n)
			return ASK;
		n += w->in[i];
		at = (uint32_t)(n - t->nodes);
		w->patience[i] = n->doubt;
		if (n->doubt == DOUBTS && all_votes(n) >= PATIENCE &&
		    !tc_learn_node_is_believed(n, true)) {
			*where = at;
			w->n = (uint8_t)(i + 1);
			return HOPELESS;
		}
		if (!tc_learn_node_is_believed(n, sure)) {
			if (known == KNOWN)
				w->patience[i] = more_patience(n);
			known = ASK;
		}
		w->out[i] = n->out[0];
	}
	return known;
}
