/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first questions to a service of which nothing is known, in the order in which their
 * answers are of use, each an experiment as probe has them: what was found by then decides
 * whether the next is worth its time. One thread.
 *
 * How to add a question: a row in steps.c, and the experiment that answers it, if probe has
 * none: one file here. What follows from it is said in verdict.c.
 */
#ifndef MEET_MEET_H
#define MEET_MEET_H

#include <tcpcraft/probe.h>

struct tc_meet;
struct tc_session;

/* From where a question is asked. */
enum tc_meet_from {
	TC_MEET_USUAL,
	TC_MEET_LOW_PORT,		/* below 1024, which some servers want */
	TC_MEET_OTHER_ADDRESS,
	TC_MEET_FROMS
};

struct tc_meet_step {
	const char *name;
	const struct tc_experiment *what;
	enum tc_meet_from from;
	tc_time timeout;		/* of its waits; 0: the experiment's own */
	tc_time most;			/* of the whole question, behind that */
	/* NULL: it is worth asking; else why not. */
	const char *(*not_now)(const struct tc_meet *m);
};

/* In their order, n filled. */
const struct tc_meet_step *tc_meet_steps(size_t *n);

#define TC_MEET_STEPS_MAX 16

/* Zero-initialise; free with tc_meet_free. */
struct tc_meet {
	struct tc_finding found[TC_MEET_STEPS_MAX];	/* of each step; .experiment NULL: not
							 * yet; verdict "not-asked": it was not */
	struct tc_unprovoked usual;
	bool stopped;			/* by a signal */
};

void tc_meet_free(struct tc_meet *m);

/* What a step found; NULL: it was not asked. */
const struct tc_finding *tc_meet_found(const struct tc_meet *m, const char *step);
bool tc_meet_is(const struct tc_meet *m, const char *step, const char *verdict);

/* It took connections at first, and behind some step refused them for a second: what that step
 * sent may be why. */
bool tc_meet_is_gone(const struct tc_meet *m);

struct tc_meet_config {
	struct tc_probe_config probe;	/* its session is the usual one; timeout 0: as the steps
					 * say */
	/* The session from elsewhere, with tc_meet_ports(from) ports or more. NULL: there is
	 * none, and *err says why. */
	struct tc_session *(*session)(void *ctx, enum tc_meet_from from, struct tc_error *err);
	void (*told)(void *ctx, const struct tc_meet *m, size_t step);	/* after each */
	void *ctx;
};

/* How many ports the session from there needs. */
unsigned tc_meet_ports(enum tc_meet_from from);

/* All of them take so long at most, and cfg->probe.timeout more. */
#define TC_MEET_WITHIN (28 * TC_S)

/* Ask them all. 0, or negative as tc_probe_run: -EINTR, then m->stopped. */
int tc_meet_run(struct tc_meet *m, const struct tc_meet_config *cfg, struct tc_error *err);

/* What they come to: a word, and a sentence that is appended to *out. */
const char *tc_meet_verdict(const struct tc_meet *m, struct tc_buf *out);

/* What to do next, as commands for a shell: the nth from 0 is appended to *out, *why says
 * what for. False: there are no more. */
struct tc_meet_target {
	const char *host;		/* as the user wrote it */
	uint16_t port;
	const char *options;		/* that each command needs: " --authorized", or "" */
};

bool tc_meet_next(const struct tc_meet *m, const struct tc_meet_target *t, unsigned n,
		  struct tc_buf *out, const char **why);

/* For people, and lines of JSON: a step; the end; and what comes next, which is a shell's:
 * lines that stay whole, however narrow the terminal is. */
struct tc_meet_told {
	struct tc_meet_target target;
	uint64_t seed;
	bool all;			/* evidence, and what was not asked, too */
	int exit;
};

void tc_meet_put_step(struct tc_buf *out, const struct tc_meet *m, size_t step,
		      const struct tc_meet_told *t);
void tc_meet_put_end(struct tc_buf *out, const struct tc_meet *m, const struct tc_meet_told *t);
void tc_meet_put_nexts(struct tc_buf *out, const struct tc_meet *m,
		       const struct tc_meet_told *t);
void tc_meet_json_step(struct tc_buf *out, const struct tc_meet *m, size_t step,
		       const struct tc_meet_told *t);
void tc_meet_json_end(struct tc_buf *out, const struct tc_meet *m,
		      const struct tc_meet_told *t);

#endif
