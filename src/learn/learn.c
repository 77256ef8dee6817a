/* SPDX-License-Identifier: BSD-2-Clause */
/* Table, hypothesis, search, suffix, and again; see tcpcraft/learn.h. */
#include "own.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <stdlib.h>

/* The hypothesis as a model, instead of the one before. */
static int keep(struct learner *a, struct tc_error *err)
{
	unsigned k = a->cfg->n_inputs;
	struct tc_transition *steps = malloc((size_t)a->n_states * k * sizeof *steps);
	int rc;

	if (!steps)
		return tc_nomem(err);
	for (unsigned s = 0; s < a->n_states; s++)
		for (unsigned i = 0; i < k; i++)
			steps[s * k + i] = (struct tc_transition){
				(uint16_t)tc_learn_table_next(a, s, i), (uint16_t)tc_learn_table_out(a, s, i) };
	tc_mealy_free(&a->l->model);
	rc = tc_mealy_build(&a->l->model, k, a->n_states, steps, err);
	free(steps);
	a->l->stats.states = a->l->model.n_states;
	a->l->stats.hypotheses++;
	return rc < 0 ? rc : 1;
}

static int learn(struct learner *a, struct tc_error *err)
{
	struct tc_word w;
	int rc = tc_learn_table_begin(a, err);

	while (rc > 0) {
		rc = tc_learn_table_close(a, err);
		if (rc > 0)
			rc = keep(a, err);
		if (rc > 0)
			rc = tc_learn_search(a, &w, err);
		if (rc == 0 && a->l->end == TC_LEARN_STOPPED) {
			a->l->end = TC_LEARN_DONE;
			return 0;
		}
		if (rc > 0)
			rc = tc_learn_search_split(a, &w, err);
	}
	return rc;
}

int tc_learn(const struct tc_learn_config *cfg, struct tc_learned *l, struct tc_error *err)
{
	struct learner a = { .cfg = cfg, .l = l };
	int rc;

	*l = (struct tc_learned){ .end = TC_LEARN_STOPPED };
	if (cfg->n_inputs == 0 || cfg->n_inputs > TC_MEALY_INPUTS_MAX ||
	    cfg->states_most == 0 || cfg->states_most > TC_MEALY_STATES_MAX)
		return tc_fail(err, -EINVAL, "%u inputs, %u states: 1 to %d and 1 to %d",
			       cfg->n_inputs, cfg->states_most, TC_MEALY_INPUTS_MAX,
			       TC_MEALY_STATES_MAX);
	rc = tc_learn_tree_init(&a.tree, cfg->n_inputs, err);
	if (rc < 0)
		return rc;
	tc_rng_seed(&a.rng, cfg->seed);
	rc = learn(&a, err);
	tc_learn_table_free(&a);
	tc_learn_tree_free(&a.tree);
	return rc;
}

void tc_learned_free(struct tc_learned *l)
{
	tc_mealy_free(&l->model);
}
