/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is the server still well? After a window of cases in which something was not as usual a
 * control exchange asks; when it fails, the window is gone through one by one.
 */
#include "own.h"

#include <tcpcraft/clock.h>

#include <errno.h>
#include <stdio.h>

#define CONTROL_TRIES 3
#define DEATH_NS (200 * TC_MS)		/* a dump may take its time */
#define RECOVER_NS (5 * TC_S)
#define PAUSE_NS (5 * TC_MS)
#define RESTART_NS (100 * TC_MS)	/* … before one that ended at its start is started again */

/* It did not do what it does when all is well; perhaps it takes its time to die. */
static enum tc_fuzz_kind name_it(struct tc_fuzz *f, enum tc_verdict v, char why[160])
{
	tc_time until = tc_clock_monotonic() + DEATH_NS;

	while (tc_clock_monotonic() < until) {
		if (tc_fuzz_target_died(f->cfg.target, why))
			return TC_FUZZ_DIED;
		if (tc_fuzz_pause(f, PAUSE_NS) < 0)
			return TC_FUZZ_NOTHING;
	}
	if (f->mute)
		tc_fuzz_name_missing(f, why);
	else if (v == f->usual)
		snprintf(why, 160, "a good request is answered, but the check %s",
			 f->check_hangs ? "does not end" : "fails");
	else if (f->cfg.call_port && v == TC_VERDICT_NO_ANSWER)
		snprintf(why, 160, "the client does not call again");
	else
		snprintf(why, 160, "a good request afterwards: %s", tc_verdict_name(v));
	if (f->mute)
		return TC_FUZZ_HANG;
	return v == f->usual || v == TC_VERDICT_REFUSED || v == TC_VERDICT_CLOSED ||
	       v == TC_VERDICT_RESET ? TC_FUZZ_REFUSES : TC_FUZZ_HANG;
}

/* What is wrong with it, and why; NOTHING when it is well. A transient silence does not
 * count: it is asked again. */
enum tc_fuzz_kind tc_fuzz_examine(struct tc_fuzz *f, char why[160])
{
	struct tc_fuzz_outcome o = { 0 };

	f->check_hangs = false;
	for (unsigned i = 0; i < CONTROL_TRIES; i++) {
		if (tc_fuzz_target_died(f->cfg.target, why))
			return TC_FUZZ_DIED;
		if (tc_fuzz_control(f, &o) < 0)
			return TC_FUZZ_NOTHING;
		f->mute = o.verdict == f->usual && !tc_fuzz_all_call(f, tc_fuzz_call_wait(f));
		if (!f->mute && o.verdict == f->usual && tc_fuzz_check_passes(f))
			return tc_fuzz_target_died(f->cfg.target, why) ? TC_FUZZ_DIED
								       : TC_FUZZ_NOTHING;
		if (f->check_hangs)	/* it has had all the patience that there is */
			break;
	}
	return name_it(f, o.verdict, why);
}

/* After a client was reported missing: are the others well? Where none was missing any more, each
 * of them has called meanwhile, so they are. */
enum tc_fuzz_kind tc_fuzz_examine_again(struct tc_fuzz *f, char why[160])
{
	enum tc_fuzz_kind kind = tc_fuzz_examine(f, why);

	if (tc_fuzz_is_one_of_several(f, kind) && !tc_fuzz_is_one_missing(f)) {
		why[0] = 0;
		kind = TC_FUZZ_NOTHING;
	}
	return kind;
}

/* Once more, with all patience. */
enum tc_fuzz_kind tc_fuzz_examine_slowly(struct tc_fuzz *f, char why[160])
{
	const tc_time within = FUZZ_SLOWEST * f->cfg.patience;
	enum tc_fuzz_kind kind = tc_fuzz_examine(f, why);
	struct tc_fuzz_outcome o = { 0 };
	tc_time rest = within;
	bool was_mute;
	int rc;

	if (kind != TC_FUZZ_HANG || f->stop)
		return kind;
	was_mute = f->mute;
	f->control_x.timeout = within;
	rc = tc_fuzz_control(f, &o);
	if (was_mute)		/* who was missing has been waited for */
		rest -= CONTROL_TRIES * f->cfg.patience;
	f->mute = rc == 0 && o.verdict == f->usual && !tc_fuzz_all_call(f, rest);
	if (rc < 0 || (o.verdict == f->usual && !f->mute)) {
		why[0] = 0;
		kind = TC_FUZZ_NOTHING;
	} else {
		f->control_x.timeout = f->cfg.patience;
		if (f->mute || was_mute)	/* it is another one than before, or all */
			kind = name_it(f, o.verdict, why);
	}
	return tc_fuzz_target_died(f->cfg.target, why) ? TC_FUZZ_DIED : kind;
}

/* The next try of one that is started: it may end at once, as its port is not free yet. */
static int wait_for_it(struct tc_fuzz *f, struct tc_error *err)
{
	char why[128];
	int rc;

	if (!tc_fuzz_target_spawned(f->cfg.target) || !tc_fuzz_target_died(f->cfg.target, why))
		return tc_fuzz_pause(f, PAUSE_NS);
	rc = tc_fuzz_pause(f, RESTART_NS);
	return rc < 0 ? rc : tc_fuzz_target_restart(f->cfg.target, err);
}

/* Until a control exchange is as usual. */
int tc_fuzz_recover(struct tc_fuzz *f, struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + RECOVER_NS;
	bool spawned = tc_fuzz_target_spawned(f->cfg.target);
	struct tc_fuzz_outcome o = { 0 };
	int rc = 0;

	f->since_control = 0;
	if (spawned && f->cfg.call_port)
		rc = tc_fuzz_end_callers(f);
	if (spawned && rc == 0)
		rc = tc_fuzz_target_restart(f->cfg.target, err);
	while (rc == 0 && tc_clock_monotonic() < until) {
		rc = tc_fuzz_control(f, &o);
		if (rc == 0 && o.verdict == f->usual)
			return 0;
		if (rc == 0)
			rc = wait_for_it(f, err);
	}
	if (rc == -EINTR)
		return tc_fuzz_stopped(f, err);
	return rc < 0 ? rc : tc_fail(err, -ECONNREFUSED, "the %s does not %s any more (%s)%s%s%s",
				     tc_fuzz_who(f), f->cfg.call_port ? "call" : "answer",
				     tc_verdict_name(o.verdict), spawned ? "" : ": with ",
				     spawned ? "" : f->cfg.call_port ? "--call" : "--spawn",
				     spawned ? "" : " it would be started again");
}
