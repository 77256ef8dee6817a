/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A peer as a Mealy machine, and active learning of it (L* of Angluin 1987 over rows of
 * outputs, as Shahbaz and Groz 2009; a counterexample gives one suffix, as Rivest and
 * Schapire 1993). Pure: what is asked is answered by a callback, chance comes from the seed.
 * What was answered is kept in a tree of prefixes, and nothing that is known is asked again.
 * An answer that contradicts an earlier one is settled by asking again and by majority; where
 * there is none, the peer is no machine of this kind, and that is told. One thread.
 */
#ifndef TCPCRAFT_LEARN_H
#define TCPCRAFT_LEARN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_buf;
struct tc_error;

#define TC_MEALY_INPUTS_MAX 32
#define TC_MEALY_OUTPUTS_MAX 1024
#define TC_MEALY_STATES_MAX 1024
#define TC_MEALY_NAME_MAX 80		/* bytes of a symbol's name, the NUL counted */
#define TC_WORD_MAX 96			/* inputs of a word */

/* Output 0 of every machine: nothing came. Silence is believed when it was seen twice; silence
 * that would add a state only when it was waited for with the most patience. */
#define TC_SILENCE 0
#define TC_SILENCE_NAME "-"

/* Names of symbols, numbered from 0. Zeroed it is empty. */
struct tc_symbols {
	char (*names)[TC_MEALY_NAME_MAX];
	unsigned n;
};

/* The number of this name, which is copied and added if it is new. -ERANGE: beyond `most`;
 * -EMSGSIZE: longer than TC_MEALY_NAME_MAX; -ENOMEM. */
int tc_symbol(struct tc_symbols *s, const char *name, unsigned most, struct tc_error *err);
void tc_symbols_free(struct tc_symbols *s);

/* State 0 is the initial one; the others are numbered by breadth, in the order of inputs. */
struct tc_mealy {
	struct tc_symbols inputs, outputs;
	unsigned n_states;
	struct tc_transition {
		uint16_t next, out;
	} *steps;			/* [state * inputs.n + input] */
};

void tc_mealy_free(struct tc_mealy *m);

static inline const struct tc_transition *tc_mealy_step(const struct tc_mealy *m,
							unsigned state, unsigned input)
{
	return &m->steps[state * m->inputs.n + input];
}

/*
 * As text: a line "STATE INPUT OUTPUT NEXT" for each step, in the order of states and inputs,
 * comments behind '#'. Every step must be there, once; states may come in any order and are
 * numbered anew from "0". tc_mealy_parse: the text may be anything and need not end in NUL. On 0
 * *m is for tc_mealy_free; on failure it is empty. -EBADMSG: what is wrong, with the line where
 * one line is; -ENOMEM.
 */
void tc_mealy_print(const struct tc_mealy *m, struct tc_buf *out);
int tc_mealy_parse(struct tc_mealy *m, const char *text, size_t n, struct tc_error *err);

/* As a graph for Graphviz, and as one JSON object. */
void tc_mealy_dot(const struct tc_mealy *m, const char *title, struct tc_buf *out);
void tc_mealy_json(const struct tc_mealy *m, struct tc_buf *out);

/* For people: a line a state and a column for what it answers and where it goes. */
void tc_mealy_table(const struct tc_mealy *m, struct tc_buf *out);

/* The shortest word, the first in the order of a's inputs, whose last answer differs. */
struct tc_mealy_difference {
	uint8_t word[2 * TC_MEALY_STATES_MAX];	/* inputs of a */
	unsigned n;
	uint16_t out_a, out_b;			/* its last output there, and there */
};

/* Do both have the same inputs? 0, and where map is not NULL, those of a as b numbers them;
 * -EINVAL. */
int tc_mealy_inputs(const struct tc_mealy *a, const struct tc_mealy *b,
		    uint8_t map[TC_MEALY_INPUTS_MAX], struct tc_error *err);

/* 1 and *d; 0: they are the same. -EINVAL: their inputs are not, or one has no state;
 * -ENOMEM. */
int tc_mealy_diff(const struct tc_mealy *a, const struct tc_mealy *b,
		  struct tc_mealy_difference *d, struct tc_error *err);

/* ---- learning ---------------------------------------------------------------------- */

#define TC_PATIENCE_MOST 4

struct tc_word {
	uint8_t in[TC_WORD_MAX];
	uint16_t out[TC_WORD_MAX];	/* by the oracle, one for each input */
	uint8_t patience[TC_WORD_MAX];	/* that is due for each answer, TC_PATIENCE_MOST at most:
				 * it grows where answers were other ones before */
	uint8_t n;
};

/* What one who learns has done so far. */
struct tc_learn_stats {
	uint64_t words, symbols;	/* asked of the oracle */
	uint64_t repeated;		/* of these words: to be sure, or behind an answer that
					 * was not */
	uint64_t disputes;		/* answers that were not those of before */
	unsigned states;		/* of the last hypothesis */
	unsigned hypotheses;
	unsigned searched;		/* words that agree with it */
};

struct tc_learn_config {
	unsigned n_inputs;
	/* Answer n words, each from the initial state. Negative ends the learning. */
	int (*ask)(void *ctx, struct tc_word **words, size_t n, struct tc_error *err);
	void *ctx;
	uint64_t seed;
	unsigned search;	/* so many random words that agree with a hypothesis end it */
	uint64_t words_most;	/* bounds: of words asked, */
	unsigned states_most;	/* of states */
	void (*progress)(void *ctx, const struct tc_learn_stats *s);	/* or NULL */
	void *progress_ctx;
};

enum tc_learn_end {
	TC_LEARN_STOPPED,	/* ask failed: what is there is what was known by then */
	TC_LEARN_DONE,
	TC_LEARN_BOUNDED,	/* words_most, states_most or TC_WORD_MAX did not suffice */
	TC_LEARN_UNSTEADY,	/* no majority: see doubtful */
};

struct tc_learned {
	enum tc_learn_end end;
	struct tc_mealy model;		/* without names of symbols; n_states 0: none yet */
	struct tc_learn_stats stats;
	struct tc_word doubtful;	/* its last input has these answers, as often: */
	struct {
		uint16_t out;
		unsigned times;
	} votes[4];
	unsigned n_votes;
};

/* 0, whatever `end` is but STOPPED: then what ask returned. -EINVAL: cfg's inputs or bounds are
 * none, or more than the limits above; -ENOMEM. *l is filled in each case, and the caller's. */
int tc_learn(const struct tc_learn_config *cfg, struct tc_learned *l, struct tc_error *err);
void tc_learned_free(struct tc_learned *l);

#endif
