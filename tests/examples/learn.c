/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine that is known by its answers alone is learned: a turnstile that keeps two coins.
 * What is asked here is a function; of a peer on the wire, `tcpcraft probe learn` asks the same.
 */
#include <tcpcraft/error.h>
#include <tcpcraft/learn.h>

#include <stdio.h>

enum { PUSH, COIN, INPUTS };
enum { JAMS = 1, OPENS, CLICKS, DROPS };	/* 0 is silence */

static const char *const inputs[] = { "push", "coin" };
static const char *const outputs[] = { "-", "jams", "opens", "clicks", "drops" };

/* Each word begins with a turnstile that has no coin. */
static int ask(void *ctx, struct tc_word **words, size_t n, struct tc_error *err)
{
	(void)ctx, (void)err;
	for (size_t w = 0; w < n; w++) {
		unsigned coins = 0;

		for (unsigned i = 0; i < words[w]->n; i++) {
			uint16_t *out = &words[w]->out[i];

			if (words[w]->in[i] == PUSH && coins)
				*out = OPENS, coins--;
			else if (words[w]->in[i] == PUSH)
				*out = JAMS;
			else if (coins < 2)
				*out = CLICKS, coins++;
			else
				*out = DROPS;
		}
	}
	return 0;
}

int main(void)
{
	const struct tc_learn_config cfg = {
		.n_inputs = INPUTS, .ask = ask, .seed = 1, .search = 100, .words_most = 10000,
		.states_most = 10,
	};
	struct tc_error err = { 0 };
	struct tc_learned l;

	if (tc_learn(&cfg, &l, &err) < 0) {
		fprintf(stderr, "learn: %s\n", err.msg);
		return 1;
	}
	printf("%u states, %s\n", l.model.n_states, l.end == TC_LEARN_DONE ? "done" : "not done");
	for (unsigned s = 0; s < l.model.n_states; s++)
		for (unsigned i = 0; i < INPUTS; i++) {
			const struct tc_transition *step = &l.model.steps[s * INPUTS + i];

			printf("%u %-6s %-6s %u\n", s, inputs[i], outputs[step->out], step->next);
		}
	tc_learned_free(&l);
	return 0;
}
