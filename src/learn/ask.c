/* SPDX-License-Identifier: BSD-2-Clause */
/* Words asked until their answers are believed. */
#include "own.h"

#include <tcpcraft/error.h>

#include <stdlib.h>
#include <string.h>

bool tc_learn_word_join(struct tc_word *out, const struct tc_word *a, const uint8_t *b, unsigned n)
{
	if (a->n + n > TC_WORD_MAX)
		return false;
	*out = *a;
	memcpy(out->in + a->n, b, n);
	out->n = (uint8_t)(a->n + n);
	return true;
}

/* Longest first: the answers to a word are those to all that it begins with. */
static int by_length(const void *x, const void *y)
{
	const struct tc_word *a = *(struct tc_word *const *)x, *b = *(struct tc_word *const *)y;

	if (a->n != b->n)
		return a->n > b->n ? -1 : 1;
	return a < b ? -1 : a > b;
}

/* Its nodes are marked; false: another word of this round goes through its last one. */
static bool is_first(struct learner *a, const struct tc_word *w)
{
	uint32_t at = tc_learn_tree_at(&a->tree, w->in, w->n), up = 0;
	struct node *nodes = a->tree.nodes;

	if (!at)		/* no memory: then tc_learn_tree_note says so */
		return true;
	if (nodes[at].round == a->round)
		return false;
	for (unsigned i = 0; i < w->n; i++) {
		up = nodes[up].kids + w->in[i];
		nodes[up].round = a->round;
	}
	return true;
}

static void give_up(struct learner *a, const struct tc_word *w, uint32_t at)
{
	const struct node *n = &a->tree.nodes[at];
	struct tc_learned *l = a->l;

	l->end = TC_LEARN_UNSTEADY;
	l->doubtful = *w;
	for (l->n_votes = 0; l->n_votes < VOTES && n->times[l->n_votes]; l->n_votes++) {
		l->votes[l->n_votes].out = n->out[l->n_votes];
		l->votes[l->n_votes].times = n->times[l->n_votes];
	}
}

/* Chooses the words whose answers are not known: how many, or -1 if one can never be known. */
static ssize_t choose(struct learner *a, struct tc_word *words, size_t n, bool sure,
		      struct tc_word **due)
{
	size_t n_open = 0, n_due = 0;
	uint32_t at = 0;

	a->round++;
	for (size_t i = 0; i < n; i++) {
		switch (tc_learn_tree_look(&a->tree, &words[i], sure, &at)) {
		case KNOWN:
			break;
		case HOPELESS:
			give_up(a, &words[i], at);
			return -1;
		case ASK:
			due[n_open++] = &words[i];
		}
	}
	qsort(due, n_open, sizeof(struct tc_word *), by_length);
	for (size_t i = 0; i < n_open; i++)
		if (is_first(a, due[i]))
			due[n_due++] = due[i];
	return (ssize_t)n_due;
}

static bool has_patience(const struct tc_word *w)
{
	for (unsigned i = 0; i < w->n; i++)
		if (w->patience[i])
			return true;
	return false;
}

static void count(struct learner *a, struct tc_word **due, size_t n)
{
	struct tc_learn_stats *s = &a->l->stats;

	s->words += n;
	for (size_t i = 0; i < n; i++) {
		s->symbols += due[i]->n;
		s->repeated += has_patience(due[i]);
	}
}

static int ask(struct learner *a, struct tc_word **due, size_t n, struct tc_error *err)
{
	int rc = a->cfg->ask(a->cfg->ctx, due, n, err);

	if (rc < 0)
		return rc;
	count(a, due, n);
	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = tc_learn_tree_note(&a->tree, due[i], err);
	a->l->stats.disputes = a->tree.disputes;
	if (a->cfg->progress)
		a->cfg->progress(a->cfg->progress_ctx, &a->l->stats);
	return rc;
}

int tc_learn_ask_all(struct learner *a, struct tc_word *words, size_t n, bool sure,
	    struct tc_error *err)
{
	struct tc_word **due = malloc((n + 1) * sizeof(struct tc_word *));
	ssize_t open = -1;
	int rc = 0;

	if (!due)
		return tc_nomem(err);
	while (rc >= 0 && (open = choose(a, words, n, sure, due)) > 0) {
		if (a->l->stats.words >= a->cfg->words_most) {
			a->l->end = TC_LEARN_BOUNDED;
			break;
		}
		rc = ask(a, due, (size_t)open, err);
	}
	free(due);
	return rc < 0 ? rc : open == 0;
}
