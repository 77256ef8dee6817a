/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files share that learn a peer's machine as the program does it. */
#ifndef STUDY_OWN_H
#define STUDY_OWN_H

#include "study.h"

#include "live/progress.h"
#include "live/run_hand.h"
#include "oracle/abstract.h"
#include "oracle/wire.h"

/* One in so many words with a reset of our own kernel's is too many. The few that slip through
 * a guard are one in a thousand, and out-voted where an answer is in dispute. */
#define STUDY_LEAK 20
#define STUDY_SEARCH 3000		/* random words, unless --words says otherwise */

struct study {
	const struct options *o;
	const char *host;
	uint16_t port;
	struct live live;
	struct run_hand hand;		/* makes calls: --dut */
	uint8_t inputs[TC_INPUTS];	/* of enum tc_input */
	unsigned n_inputs;
	struct tc_oracle *oracle;
	struct tc_oracle_seen seen;
	struct tc_mealy against;		/* n_states 0: none */
	struct tc_outfile *model, *dot;
	struct tc_learn_stats now;		/* as told by the learner */
	struct tc_learned learned;
	tc_time began, ended;
	struct progress progress;
	int rc;				/* of tc_learn */
	struct tc_error why;		/* … when it is negative */
	const char *verdict;
	struct tc_buf sentence;
	struct tc_mealy_difference diff;
	bool differs;
};

/* most.c: words at once, at most, and unless the user says otherwise. */
unsigned study_most(const struct study *g);
unsigned study_at_once(const struct study *g);

/* Both ends are this machine's: no rate has to be kept. */
static inline bool study_is_local(const struct study *g)
{
	return g->hand.kernel || tc_session_path(g->live.session)->local;
}

/* What was learned is our own kernel's doing as well as the peer's. */
static inline bool study_is_spoiled(const struct study *g)
{
	return g->seen.resets_leaked * STUDY_LEAK > g->learned.stats.words;
}

/* inputs.c: which inputs there are, by --inputs, the model of --against (which is read), or all
 * that can be made. -EINVAL; -ENOMEM. */
int study_inputs(struct study *g, struct tc_error *err);

/* tell.c: names of symbols to what was learned. */
int study_name(const struct study *g, struct tc_symbols *inputs, struct tc_error *err);
int study_name_all(struct study *g, struct tc_error *err);

/* What came of it: the verdict and its sentence; for people or programs; the files. */
void study_tell(struct study *g);
void study_put(const struct study *g, int code);
int study_write(struct study *g, struct tc_error *err);
void study_say(void *ctx, struct tc_buf *out);		/* the sentence */

#endif
