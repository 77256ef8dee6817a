/* SPDX-License-Identifier: BSD-2-Clause */
/* Chains and rules as rules.c and nft.c read them. Not for others. */
#ifndef DOCTOR_MODEL_H
#define DOCTOR_MODEL_H

#include "own.h"

#define TC_MODEL_NAME_MAX 96

enum { WAY_OUT = 1, WAY_IN = 2 };	/* by which a packet gets into a chain */
enum tc_model_kind { KIND_DROP, KIND_JUMP };

struct tc_model_chain {
	char name[TC_MODEL_NAME_MAX];	/* "table chain" */
	unsigned ways;
};

struct tc_model_rule {
	unsigned chain, target;		/* target: of a jump */
	enum tc_model_kind kind;
	bool invalid;			/* conntrack's state is what it looks at */
	bool not_lo;			/* only of another interface than lo */
	char text[120];
};

struct tc_model {
	struct tc_model_chain *chains;
	struct tc_model_rule *rules;
	unsigned n_chains, n_rules;
	char table[TC_MODEL_NAME_MAX];	/* being read */
	unsigned chain;
};

/* False when there is no memory; free it all the same. */
bool tc_model_new(struct tc_model *m);
void tc_model_free(struct tc_model *m);

/* Number of a chain of the table being read; a new one is added. The last takes what does
 * not fit. */
unsigned tc_model_chain_of(struct tc_model *m, const char *name, size_t len);

/* A new rule of the chain being read; the last takes what does not fit. */
struct tc_model_rule *tc_model_rule_new(struct tc_model *m, enum tc_model_kind kind,
					const char *text, size_t len);

/* What all rules come to. */
void tc_model_judge(struct tc_model *m, struct tc_doctor_rules *out);

/* A chain or table of this name: whose is it? */
void tc_model_note_manager(struct tc_doctor_rules *r, const char *name);

#endif
