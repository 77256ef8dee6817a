/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft probe: the target brought back where an experiment ended it, and how far it is. */
#include "survey.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define BACK_WITHIN (10 * TC_S)		/* from its start to its first answer */
#define REVIVE_WITHIN (60 * TC_S)	/* what --revive runs must end */
#define START_GAP (50 * TC_MS)		/* between starts that brought no call */
#define GUESS (3 * TC_S)		/* of an experiment without a patience of its own */

/* ---- the target -------------------------------------------------------------------- */

int probing_target_open(struct probing *p, struct tc_error *err)
{
	const char *spawn = p->o->fuzz.spawn;
	int rc = 0;

	if ((spawn || p->o->probe.revive) && p->n_targets > 1)
		return tc_fail(err, -EINVAL, "--spawn and --revive bring one target back, here are "
			       "%zu", p->n_targets);
	if (p->o->fuzz.call)
		return tc_fuzz_target_open_client(&p->target, p->o->fuzz.call, 1, err);
	if (p->o->probe.revive)
		rc = tc_fuzz_target_open_revival(&p->revival, p->o->probe.revive, err);
	return rc >= 0 && spawn ? tc_fuzz_target_open(&p->target, spawn, 0, err) : rc;
}

void probing_target_close(struct probing *p)
{
	tc_fuzz_target_close(p->target);
	tc_fuzz_target_close(p->revival);
}

/* A server that has just been started takes its time. */
static int await(const struct tc_probe_config *cfg, struct tc_error *err)
{
	int rc = tc_probe_answers(cfg, BACK_WITHIN, err);

	return rc == 0 ? tc_fail(err, -ETIMEDOUT, "the target does not answer within %d s of its "
				 "start", (int)(BACK_WITHIN / TC_S)) : rc;
}

int probing_target_up(struct probing *p, const struct tc_probe_config *cfg,
		      struct tc_error *err)
{
	return p->target && !p->clients ? await(cfg, err) : 0;
}

bool probing_target_call(void *ctx)
{
	struct probing *p = ctx;
	tc_time now = tc_clock_monotonic();

	if (tc_fuzz_target_is_dead(p->target))
		return false;
	if (now >= p->start_after && tc_fuzz_target_call(p->target, 1) > 0)
		p->start_after = now + START_GAP;
	return true;
}

/* The server's process may have ended, though somebody still answers for it. */
int probing_target_look(struct probing *p, struct tc_finding *f, struct tc_error *err)
{
	const struct tc_target *t = (const struct tc_target *)(const void *)p->targets.data;
	bool none = strcmp(f->verdict, "no-call") == 0;
	bool never = p->o->fuzz.call && none && !p->called;
	char why[128] = "";

	p->called |= !none;
	if (!tc_fuzz_target_died(p->target, why) && !never)
		return tc_fuzz_target_fault(p->target, err);
	if (tc_fuzz_target_fault(p->target, err) < 0)
		return err->code;
	if (never)
		return tc_fail(err, -ECONNREFUSED, "--call: '%s' did not call port %u of ours%s%s: "
			       "--timeout waits longer", p->o->fuzz.call,
			       t->port ? t->port : p->port,
			       *why ? ": it ended with " : "", why);
	tc_buf_printf(&f->sentence, "; the %s ended with %s", f->peer, why);
	if (!f->target_after)
		f->target_after = "ended";
	return 0;
}

bool probing_target_back(struct probing *p, const struct tc_probe_config *cfg,
			 struct tc_error *err)
{
	int rc = 0;

	if (!p->target && !p->revival)
		return false;
	if (p->revival)
		rc = tc_fuzz_target_run(p->revival, REVIVE_WITHIN, err);
	if (rc >= 0 && p->target)
		rc = tc_fuzz_target_restart(p->target, err);
	return rc >= 0 && (p->clients || await(cfg, err) > 0);
}

/* ---- how far it is ----------------------------------------------------------------- */

static tc_time takes(const struct probing *p, const struct tc_experiment *e)
{
	if (e->patience && p->o->timeout_given)
		return p->o->timeout;
	return e->patience ? e->patience : GUESS;
}

static void every_second(void *ctx)
{
	struct probing *p = ctx;
	const struct tc_experiment *e = p->chosen[p->at];
	tc_time spent = tc_clock_monotonic() - p->since_at, left = takes(p, e) - spent;
	char whom[80] = "";

	if (!progress_is_due(&p->progress))
		return;
	if (left < 0)
		left = 0;
	for (size_t i = p->at + 1; i < p->n_chosen; i++)
		left += takes(p, p->chosen[i]);
	if (p->n_targets > 1)
		snprintf(whom, sizeof whom, "target %zu of %zu, ", p->target_at + 1,
			 p->n_targets);
	for (size_t t = p->target_at + 1; t < p->n_targets; t++)
		for (size_t i = 0; i < p->n_chosen; i++)
			left += takes(p, p->chosen[i]);
	progress_show(&p->progress, "%s%s (%zu of %zu): %d s; about %d s left", whom, e->name,
		      p->at + 1, p->n_chosen, (int)(spent / TC_S), (int)(left / TC_S));
}

void probing_progress(struct probing *p, struct tc_probe_config *cfg)
{
	p->progress.o = p->o;
	cfg->second = every_second;
	cfg->second_ctx = p;
}
