/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table: for each state a word that leads there, and behind it each step. All are signed
 * by their answers to the suffixes; no two states have the same signature, and when each
 * step has that of a state the table is a hypothesis.
 */
#include "own.h"

#include <tcpcraft/error.h>

#include <stdlib.h>
#include <string.h>

unsigned tc_learn_table_next(const struct learner *a, unsigned state, unsigned input)
{
	return a->steps[state * a->cfg->n_inputs + input].state;
}

/* The suffixes begin with the single inputs, so a state's signature begins with this. */
unsigned tc_learn_table_out(const struct learner *a, unsigned state, unsigned input)
{
	return a->states[state].sign[input];
}

static void free_rows(struct row *rows, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		free(rows[i].sign);
	free(rows);
}

void tc_learn_table_free(struct learner *a)
{
	free_rows(a->states, a->n_states);
	free_rows(a->steps, a->n_states * a->cfg->n_inputs);
	free(a->suffixes);
	a->states = a->steps = NULL;
	a->suffixes = NULL;
	a->n_states = a->n_suffixes = a->sign_len = 0;
}

int tc_learn_table_add_suffix(struct learner *a, const uint8_t *in, unsigned n, struct tc_error *err)
{
	struct tc_word *more = TC_ARRAY_ADD(a->suffixes, a->n_suffixes);

	if (!more)
		return tc_nomem(err);
	more->n = (uint8_t)n;
	memcpy(more->in, in, n);
	a->sign_len += n;
	return 1;
}

/* A state that this word leads to, and its steps. */
static int add_state(struct learner *a, const struct tc_word *w, struct tc_error *err)
{
	unsigned k = a->cfg->n_inputs, n = a->n_states;
	struct row *states, *steps;
	uint8_t input;

	if (n >= a->cfg->states_most || w->n >= TC_WORD_MAX) {
		a->l->end = TC_LEARN_BOUNDED;
		return 0;
	}
	states = realloc(a->states, (n + 1) * sizeof *states);
	a->states = states ? states : a->states;
	steps = realloc(a->steps, (n + 1) * k * sizeof *steps);
	a->steps = steps ? steps : a->steps;
	if (!states || !steps)
		return tc_nomem(err);
	states[n] = (struct row){ .word = *w, .state = (uint16_t)n };
	for (unsigned i = 0; i < k; i++) {
		struct row *step = &steps[n * k + i];

		*step = (struct row){ 0 };
		input = (uint8_t)i;
		tc_learn_word_join(&step->word, w, &input, 1);
	}
	a->n_states++;
	return 1;
}

int tc_learn_table_begin(struct learner *a, struct tc_error *err)
{
	struct tc_word empty = { 0 };
	int rc = 1;

	tc_learn_table_free(a);
	for (unsigned i = 0; i < a->cfg->n_inputs && rc > 0; i++) {
		uint8_t input = (uint8_t)i;

		rc = tc_learn_table_add_suffix(a, &input, 1, err);
	}
	return rc > 0 ? add_state(a, &empty, err) : rc;
}

/* ---- signatures -------------------------------------------------------------------- */

static struct row *row_at(const struct learner *a, size_t i)
{
	return i < a->n_states ? &a->states[i] : &a->steps[i - a->n_states];
}

/* The words of n rows from `first` on, by suffixes. Their number, -1 when one is too long. */
static ssize_t put_words(const struct learner *a, size_t first, size_t n_rows,
			 struct tc_word *words)
{
	size_t n = 0;

	for (size_t r = first; r < first + n_rows; r++)
		for (unsigned s = 0; s < a->n_suffixes; s++)
			if (!tc_learn_word_join(&words[n++], &row_at(a, r)->word, a->suffixes[s].in,
				       a->suffixes[s].n))
				return -1;
	return (ssize_t)n;
}

static int sign_row(struct learner *a, struct row *row, const struct tc_word *words,
		    struct tc_error *err)
{
	uint16_t *at = realloc(row->sign, a->sign_len * sizeof *at);

	if (!at)
		return tc_nomem(err);
	row->sign = at;
	for (unsigned s = 0; s < a->n_suffixes; s++, words++) {
		unsigned n = a->suffixes[s].n;

		memcpy(at, words->out + words->n - n, n * sizeof *at);
		at += n;
	}
	return 1;
}

/* As tc_learn_ask_all, of the rows' words. */
static int sign(struct learner *a, size_t first, size_t n_rows, bool sure,
		struct tc_error *err)
{
	struct tc_word *words = malloc(n_rows * a->n_suffixes * sizeof *words);
	ssize_t n = words ? put_words(a, first, n_rows, words) : 0;
	int rc = 0;

	if (!words)
		return tc_nomem(err);
	if (n < 0)
		a->l->end = TC_LEARN_BOUNDED;
	else
		rc = tc_learn_ask_all(a, words, (size_t)n, sure, err);
	for (size_t r = 0; r < n_rows && rc > 0; r++)
		rc = sign_row(a, row_at(a, first + r), words + r * a->n_suffixes, err);
	free(words);
	return rc;
}

/* The state with this signature, or n_states. */
static unsigned find(const struct learner *a, const uint16_t *of)
{
	for (unsigned i = 0; i < a->n_states; i++)
		if (a->states[i].sign &&
		    memcmp(a->states[i].sign, of, a->sign_len * sizeof *of) == 0)
			return i;
	return a->n_states;
}

/* A step that leads to no state that is known, and is sure to: the state is added. 1: it
 * was, or what was answered was wrong. */
static int discover(struct learner *a, unsigned step, struct tc_error *err)
{
	struct tc_word w = a->steps[step].word;
	int rc = sign(a, a->n_states + step, 1, true, err);

	if (rc <= 0 || find(a, a->steps[step].sign) < a->n_states)
		return rc;
	rc = add_state(a, &w, err);
	if (rc <= 0)
		return rc;
	return sign(a, a->n_states - 1, 1, true, err);
}

/* The first step to each state that looks new: how many, their places in `first`. */
static size_t new_steps(const struct learner *a, size_t n_steps, size_t *first)
{
	size_t n = 0, k;

	for (size_t i = 0; i < n_steps; i++) {
		const uint16_t *of = a->steps[i].sign;

		for (k = 0; k < n; k++)
			if (memcmp(a->steps[first[k]].sign, of, a->sign_len * sizeof *of) == 0)
				break;
		if (k == n && find(a, of) == a->n_states)
			first[n++] = i;
	}
	return n;
}

/* Before: ask together, with full patience, the words of all steps that look like new states. */
static int make_sure(struct learner *a, struct tc_error *err)
{
	size_t n_steps = a->n_states * (size_t)a->cfg->n_inputs;
	size_t *first = malloc(n_steps * sizeof *first);
	size_t n = first ? new_steps(a, n_steps, first) : 0;
	struct tc_word *words = n > 1 ? malloc(n * a->n_suffixes * sizeof *words) : NULL;
	int rc = first && (words || n <= 1) ? 1 : tc_nomem(err);

	for (size_t i = 0; i < n && words; i++)		/* (none too long: it is signed) */
		put_words(a, a->n_states + first[i], 1, words + i * a->n_suffixes);
	if (words)
		rc = tc_learn_ask_all(a, words, n * a->n_suffixes, true, err);
	free(first);
	free(words);
	return rc;
}

/* Each step to the state that it leads to; states that are new are added, all that can be
 * told from what was asked. 1: every step leads to one that was there. 0: not yet, or it is
 * over. */
static int assign(struct learner *a, struct tc_error *err)
{
	unsigned before = a->n_states;
	bool whole = true;
	int sure = make_sure(a, err);

	if (sure <= 0)
		return sure;
	for (unsigned i = 0; i < before * a->cfg->n_inputs; i++) {
		unsigned to = find(a, a->steps[i].sign);

		if (to == a->n_states) {
			int rc = discover(a, i, err);

			if (rc <= 0)
				return rc;
			whole = false;
		} else {
			a->steps[i].state = (uint16_t)to;
		}
	}
	return whole;
}

static bool has_twins(const struct learner *a)
{
	for (unsigned i = 0; i < a->n_states; i++)
		if (find(a, a->states[i].sign) != i)
			return true;
	return false;
}

/* From the empty word on, with the suffixes that there are. As tc_learn_ask_all. */
static int rebuild(struct learner *a, struct tc_error *err)
{
	struct tc_word *had = a->suffixes;
	unsigned n = a->n_suffixes;
	int rc;

	a->suffixes = NULL;
	rc = tc_learn_table_begin(a, err);
	for (unsigned i = a->cfg->n_inputs; i < n && rc > 0; i++)
		rc = tc_learn_table_add_suffix(a, had[i].in, had[i].n, err);
	free(had);
	return rc;
}

/* Signatures are of what is believed now: where an answer of before was wrong, two states may
 * have become one, and the table is made anew of what is known. */
int tc_learn_table_close(struct learner *a, struct tc_error *err)
{
	int rc;

	do {
		rc = sign(a, 0, a->n_states * (size_t)(1 + a->cfg->n_inputs), false, err);
		if (rc > 0 && has_twins(a)) {
			rc = rebuild(a, err);
			if (rc > 0)
				rc = sign(a, 0, 1 + a->cfg->n_inputs, false, err);
		}
		if (rc > 0)
			rc = assign(a, err);
	} while (rc == 0 && a->l->end == TC_LEARN_STOPPED);
	return rc;
}
