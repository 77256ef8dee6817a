/* SPDX-License-Identifier: BSD-2-Clause */
/* Is the hypothesis right? First what is known already is held against it, then random words. */
#include "own.h"

#include <tcpcraft/error.h>

#include <stdlib.h>

#define BATCH 256		/* words asked at once */
#define BEHIND 7		/* inputs behind a word that leads to a state */

static unsigned run(const struct learner *a, unsigned state, const uint8_t *in, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		state = tc_learn_table_next(a, state, in[i]);
	return state;
}

/* Where the answers, which are known, leave those of the hypothesis from `state`, the first
 * being in[0]; n when nowhere. */
static unsigned departs(const struct learner *a, unsigned state, const uint8_t *in,
			const uint16_t *out, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (tc_learn_table_out(a, state, in[i]) != out[i])
			return i;
		state = tc_learn_table_next(a, state, in[i]);
	}
	return n;
}

/* The first of these words that the hypothesis answers otherwise, shortest first, cut behind
 * that answer; w->n 0: none. */
static void find_departing(const struct learner *a, const struct tc_word *words, size_t n,
			   struct tc_word *w)
{
	w->n = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned at = departs(a, 0, words[i].in, words[i].out, words[i].n);

		if (at == words[i].n || (w->n && at + 1 >= w->n))
			continue;
		*w = words[i];
		w->n = (uint8_t)(at + 1);
	}
}

/* ---- what is known ----------------------------------------------------------------- */

struct walk {
	struct tc_word now;
	struct tc_word found[BATCH];
	unsigned n;
};

static void compare_known(const struct learner *a, uint32_t at, unsigned state, struct walk *k)
{
	const struct node *kids = tc_learn_tree_kids(&a->tree, at);
	uint8_t n = k->now.n;

	if (!kids)
		return;
	for (unsigned i = 0; i < a->cfg->n_inputs && k->n < BATCH; i++) {
		if (!tc_learn_node_is_believed(&kids[i], false))
			continue;
		k->now.in[n] = (uint8_t)i;
		k->now.n = (uint8_t)(n + 1);
		if (kids[i].out[0] != tc_learn_table_out(a, state, i))
			k->found[k->n++] = k->now;
		else
			compare_known(a, a->tree.nodes[at].kids + i, tc_learn_table_next(a, state, i), k);
	}
	k->now.n = n;
}

/* Looks for a counterexample among the answers that are known. Words that contradict the hypothesis
 * are asked again: an earlier answer may have been wrong. */
static int search_known(struct learner *a, struct tc_word *w, struct tc_error *err)
{
	struct walk *k = malloc(sizeof *k);
	int rc = k ? 1 : tc_nomem(err);

	w->n = 0;
	while (rc > 0 && !w->n) {
		k->n = k->now.n = 0;
		compare_known(a, 0, 0, k);
		if (!k->n)
			break;
		rc = tc_learn_ask_all(a, k->found, k->n, true, err);
		if (rc > 0)
			find_departing(a, k->found, k->n, w);
	}
	free(k);
	return rc;
}

/* ---- random words ------------------------------------------------------------------ */

/* To a state, any of them, and on from there. */
static void draw(struct learner *a, struct tc_word *w)
{
	unsigned state = (unsigned)tc_rng_below(&a->rng, a->n_states);
	unsigned n = 1 + (unsigned)tc_rng_below(&a->rng, BEHIND);
	uint8_t in[BEHIND];

	for (unsigned i = 0; i < n; i++)
		in[i] = (uint8_t)tc_rng_below(&a->rng, a->cfg->n_inputs);
	if (!tc_learn_word_join(w, &a->states[state].word, in, n))
		*w = a->states[state].word;
}

static int search_by_lot(struct learner *a, struct tc_word *w, struct tc_error *err)
{
	struct tc_word *words = malloc(BATCH * sizeof *words);
	unsigned *done = &a->l->stats.searched;
	int rc = words ? 1 : tc_nomem(err);

	*done = 0;
	while (rc > 0 && !w->n && *done < a->cfg->search) {
		size_t n = a->cfg->search - *done < BATCH ? a->cfg->search - *done : BATCH;

		for (size_t i = 0; i < n; i++)
			draw(a, &words[i]);
		rc = tc_learn_ask_all(a, words, n, false, err);
		if (rc > 0)
			find_departing(a, words, n, w);
		if (rc > 0 && w->n)		/* or not, when it is made sure of */
			rc = search_known(a, w, err);
		*done += (unsigned)n;
	}
	free(words);
	return rc;
}

int tc_learn_search(struct learner *a, struct tc_word *w, struct tc_error *err)
{
	int rc = search_known(a, w, err);

	if (rc > 0 && !w->n)
		rc = search_by_lot(a, w, err);
	return rc > 0 ? w->n != 0 : rc;
}

/* ---- what a counterexample shows ---------------------------------------------------- */

/* For each i: the state that the hypothesis reaches by w's first i inputs, by the word that
 * leads to it, and behind it the rest of w. Where its answers begin to be those of the
 * hypothesis, the input before tells two states apart that the table takes for one. */
int tc_learn_search_split(struct learner *a, const struct tc_word *w, struct tc_error *err)
{
	struct tc_word *words = malloc(w->n * sizeof *words);
	int rc = words ? 1 : tc_nomem(err);

	for (unsigned i = 0; i < w->n && rc > 0; i++) {
		const struct row *s = &a->states[run(a, 0, w->in, i)];

		if (!tc_learn_word_join(&words[i], &s->word, w->in + i, w->n - i)) {
			a->l->end = TC_LEARN_BOUNDED;
			rc = 0;
		}
	}
	if (rc > 0)
		rc = tc_learn_ask_all(a, words, w->n, true, err);
	for (unsigned i = 1; i < w->n && rc > 0; i++) {
		unsigned state = run(a, 0, w->in, i), n = w->n - i;

		if (departs(a, state, w->in + i, words[i].out + words[i].n - n, n) < n)
			continue;
		rc = tc_learn_table_add_suffix(a, w->in + i, n, err);
		break;
	}
	free(words);
	return rc;
}
