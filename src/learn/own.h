/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the room share. */
#ifndef LEARN_OWN_H
#define LEARN_OWN_H

#include "base/array.h"

#include <tcpcraft/learn.h>
#include <tcpcraft/rng.h>

/* tree.c: what was answered, by prefix, and what of it is believed. */
#define VOTES 4

struct node {
	uint32_t kids;		/* where those for each input begin; 0: none */
	uint32_t round;		/* the last in which a word through it was asked */
	uint16_t out[VOTES];	/* the answers seen here, the most frequent first; */
	uint8_t times[VOTES];	/* 0: no such */
	uint8_t doubt;		/* votes of words with less patience do not count */
	uint8_t most, needed;	/* the most it ever was; what it was raised to twice: it does
				 * not fall under that again */
	uint16_t past;		/* the answer here that what is below rests on */
};

struct tree {
	struct node *nodes;	/* [0]: the empty word */
	size_t n, cap;
	unsigned n_inputs;
	uint64_t disputes;
};

int tc_learn_tree_init(struct tree *t, unsigned n_inputs, struct tc_error *err);
void tc_learn_tree_free(struct tree *t);

/* The node of a prefix, made if need be; 0: no memory. */
uint32_t tc_learn_tree_at(struct tree *t, const uint8_t *in, unsigned n);

/* Note the answers; those behind one that is not believed are of another past, and not noted. */
int tc_learn_tree_note(struct tree *t, const struct tc_word *w, struct tc_error *err);

enum known { ASK, KNOWN, HOPELESS };

/* Are all answers to w believed? Then they are filled in. ASK: the patience is. HOPELESS: *at is
 * where there is no majority, w->n cut there. sure: one that came but once is not. */
enum known tc_learn_tree_look(const struct tree *t, struct tc_word *w, bool sure, uint32_t *at);

bool tc_learn_node_is_believed(const struct node *n, bool sure);

/* Where the nodes for each input begin, if they are of what is believed here; else NULL. */
const struct node *tc_learn_tree_kids(const struct tree *t, uint32_t at);

/* ask.c */
struct learner {
	const struct tc_learn_config *cfg;
	struct tc_learned *l;
	struct tree tree;
	struct tc_rng rng;
	uint32_t round;
	struct row {
		struct tc_word word;		/* leads to the state, or to one step behind it */
		uint16_t state;
		uint16_t *sign;			/* answers to all suffixes */
	} *states, *steps;			/* steps: [state * n_inputs + input] */
	unsigned n_states;
	struct tc_word *suffixes;
	unsigned n_suffixes;
	unsigned sign_len;
};

/* Until all are known: 1 and their outputs are filled in. 0: it is over, l->end says why.
 * Negative as ask. sure: as tc_learn_tree_look has it, for what the machine grows by. */
int tc_learn_ask_all(struct learner *a, struct tc_word *words, size_t n, bool sure,
	    struct tc_error *err);

/* a, then b: false if that is too long. */
bool tc_learn_word_join(struct tc_word *out, const struct tc_word *a, const uint8_t *b, unsigned n);

/* table.c: rows of states and of steps, which all suffixes tell apart. As tc_learn_ask_all. */
int tc_learn_table_begin(struct learner *a, struct tc_error *err);
int tc_learn_table_close(struct learner *a, struct tc_error *err);
void tc_learn_table_free(struct learner *a);
int tc_learn_table_add_suffix(struct learner *a, const uint8_t *in, unsigned n, struct tc_error *err);

/* The hypothesis: where an input leads, and what comes. */
unsigned tc_learn_table_next(const struct learner *a, unsigned state, unsigned input);
unsigned tc_learn_table_out(const struct learner *a, unsigned state, unsigned input);

/* search.c: a word that the hypothesis answers otherwise, cut behind the first difference. 1
 * and *w; 0: none was found, or it is over (l->end is not STOPPED). Negative as ask. */
int tc_learn_search(struct learner *a, struct tc_word *w, struct tc_error *err);

/* And the suffix that it shows to be lacking. As tc_learn_ask_all. */
int tc_learn_search_split(struct learner *a, const struct tc_word *w, struct tc_error *err);

/* model.c: from a table of steps, numbered anew by breadth; what is not reached is left out.
 * Inputs and outputs keep their numbers, names are not looked at. */
int tc_mealy_build(struct tc_mealy *m, unsigned n_inputs, unsigned n_states,
		const struct tc_transition *steps, struct tc_error *err);

#endif
