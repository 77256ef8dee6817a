/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is the server still well? After a window of cases in which something was not as usual a
 * control exchange asks; when it fails, the window is gone through one by one.
 */
#include "fuzz.h"

#include <tcpcraft/clock.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTROL_EVERY FUZZ_PAST
#define CONTROL_TRIES 3
#define DEATH_NS (200 * TC_MS)		/* a dump may take its time */
#define RECOVER_NS (5 * TC_S)
#define PAUSE_NS (5 * TC_MS)

int tc_fuzz_control(struct tc_fuzz *f, struct tc_fuzz_outcome *out)
{
	struct tc_error err;

	if (tc_fuzz_start(f, &f->control, NULL, out, &err) < 0)
		return -EIO;
	while (!f->control.ended)
		if (tc_fuzz_turn(f, tc_clock_monotonic() + 100 * TC_MS)) {
			tc_fuzz_give_up(&f->control);
			return -EINTR;
		}
	tc_fuzz_finish(&f->control);
	return 0;
}

bool tc_fuzz_check_passes(const struct tc_fuzz *f)
{
	return !f->cfg.check || system(f->cfg.check) == 0;
}

int tc_fuzz_pause(struct tc_fuzz *f, tc_time t)
{
	tc_time until = tc_clock_monotonic() + t;

	while (tc_clock_monotonic() < until)
		if (tc_fuzz_turn(f, until))
			return -EINTR;
	return 0;
}

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
	if (v == f->usual)
		snprintf(why, 160, "a good request is answered, but the check fails");
	else
		snprintf(why, 160, "a good request afterwards: %s", tc_verdict_name(v));
	return v == f->usual || v == TC_VERDICT_REFUSED || v == TC_VERDICT_CLOSED ||
	       v == TC_VERDICT_RESET ? TC_FUZZ_REFUSES : TC_FUZZ_HANG;
}

/* What is wrong with it, and why; NOTHING when it is well. A transient silence does not
 * count: it is asked again. */
enum tc_fuzz_kind tc_fuzz_examine(struct tc_fuzz *f, char why[160])
{
	struct tc_fuzz_outcome o = { 0 };

	for (unsigned i = 0; i < CONTROL_TRIES; i++) {
		if (tc_fuzz_target_died(f->cfg.target, why))
			return TC_FUZZ_DIED;
		if (tc_fuzz_control(f, &o) < 0)
			return TC_FUZZ_NOTHING;
		if (o.verdict == f->usual && tc_fuzz_check_passes(f))
			return tc_fuzz_target_died(f->cfg.target, why) ? TC_FUZZ_DIED
								       : TC_FUZZ_NOTHING;
	}
	return name_it(f, o.verdict, why);
}

/* Until a control exchange is as usual. */
int tc_fuzz_recover(struct tc_fuzz *f, struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + RECOVER_NS;
	struct tc_fuzz_outcome o = { 0 };
	int rc = 0;

	f->since_control = 0;
	if (tc_fuzz_target_spawned(f->cfg.target))
		rc = tc_fuzz_target_restart(f->cfg.target, err);
	while (rc == 0 && tc_clock_monotonic() < until) {
		rc = tc_fuzz_control(f, &o);
		if (rc == 0 && o.verdict == f->usual)
			return 0;
		if (rc == 0)
			rc = tc_fuzz_pause(f, PAUSE_NS);
	}
	if (rc == -EINTR)
		return tc_fail(err, rc, "stopped");
	return rc < 0 ? rc : tc_fail(err, -ECONNREFUSED, "the server does not answer any more "
				     "(%s)%s", tc_verdict_name(o.verdict),
				     tc_fuzz_target_spawned(f->cfg.target) ? "" :
				     ": with --spawn it would be started again");
}

static bool unusual(const struct tc_fuzz *f, const struct tc_fuzz_outcome *out, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (out[i].verdict != f->usual && !out[i].not_carried)
			return true;
	return false;
}

/* Nothing to ask about after this window? */
static bool all_is_well(struct tc_fuzz *f, const struct tc_fuzz_outcome *out, unsigned n,
			char why[160])
{
	return !tc_fuzz_target_died(f->cfg.target, why) && !f->unwell &&
	       !unusual(f, out, n) && f->since_control < CONTROL_EVERY;
}

int tc_fuzz_run(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
		struct tc_fuzz_outcome *out, struct tc_error *err)
{
	enum tc_fuzz_kind kind = TC_FUZZ_NOTHING;
	char why[160] = "";
	int rc = tc_fuzz_window(f, cases, n, out, err);

	out[0].alone = n == 1;
	f->since_control += n;
	if (rc < 0)
		return rc;
	if (all_is_well(f, out, n, why)) {
		f->over = 0;
		tc_fuzz_remember(f, cases, n);
		tc_fuzz_note_novel(f, out, n);
		return 0;
	}
	kind = why[0] ? TC_FUZZ_DIED : tc_fuzz_examine(f, why);
	f->since_control = 0;
	for (unsigned i = 0; i < n; i++)
		out[i].control = out[i].control_good = kind == TC_FUZZ_NOTHING;
	if (f->stop)
		return tc_fail(err, -EINTR, "stopped");
	if (kind != TC_FUZZ_NOTHING)
		rc = tc_fuzz_blame(f, cases, n, out, kind, why, err);
	f->n_past = f->over = 0;
	tc_fuzz_note_novel(f, out, n);
	return rc;
}

/* Once, with a look at the server afterwards; what was before it does not count. */
static int try(struct tc_fuzz *f, const struct tc_fuzz_case *c, enum tc_fuzz_kind kind,
	       struct tc_fuzz_outcome *out)
{
	enum tc_fuzz_kind now;
	char why[160] = "";
	int rc = tc_fuzz_window(f, c, 1, out, NULL);

	out->alone = true;
	if (rc < 0 || kind == TC_FUZZ_ACCEPTED)
		return rc;
	now = tc_fuzz_examine(f, why);
	f->since_control = f->n_past = 0;
	if (f->stop)
		return -EINTR;
	if (now == TC_FUZZ_NOTHING)
		return 0;
	tc_fuzz_find(out, now, why);
	return tc_fuzz_recover(f, NULL);
}

bool tc_fuzz_reproduces(struct tc_fuzz *f, const struct tc_fuzz_case *c,
			enum tc_fuzz_kind kind, unsigned repeat, struct tc_fuzz_outcome *out)
{
	int rc = 0;

	for (unsigned i = 0; i < repeat && rc == 0; i++) {
		rc = try(f, c, kind, out);
		if (rc == 0 && out->kind == kind)
			return true;
	}
	return false;
}
