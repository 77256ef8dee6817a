/* SPDX-License-Identifier: BSD-2-Clause */
/* Many scripts, as `run` and `conform` carry them out: children, and what is told. */
#ifndef BATCH_MANY_H
#define BATCH_MANY_H

#include "habit.h"

#include "options/options.h"
#include "suite/suite.h"

struct suite_run {
	struct options *o;
	struct tc_suite suite;
	const char *host;			/* NULL with --local */
	const char *at[TC_NEEDS_COUNT];		/* ports by what is there; NULL: it is not */
	bool cases;				/* heads count: verdicts of conformance */
	bool on_this_host;			/* the target; known when cases are asked */
	uint8_t family;				/* the target's; known then, too */
	struct tc_script_result *results;	/* of the children, one a case; or NULL */
	struct suite_share *share;		/* while they are carried out */
	struct suite_files *files;		/* then, too */
	struct suite_habit habit[TC_NEEDS_COUNT];	/* as far as is known */
	uint64_t kernel_resets;			/* in all scripts, and looks, each time */
};

/* A script or a folder of them, with the heads if s->cases; 0 or the exit code. */
int suite_add(struct suite_run *s, const char *path, const char *base);

/* Carry all out, those that failed a second time with nothing beside them if s->cases; tell;
 * the exit code. */
int suite_carry_out(struct suite_run *s);
void suite_run_free(struct suite_run *s);

#endif
