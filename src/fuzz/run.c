/* SPDX-License-Identifier: BSD-2-Clause */
/* A window of cases, and whose fault it is when the server is not well after it. */
#include "own.h"

#include <tcpcraft/clock.h>

#include <errno.h>
#include <stdlib.h>

#define CONTROL_EVERY FUZZ_PAST
#define AGAIN_MOST 4		/* times for the silent ones of a window */

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

/* What it did the first time is part of the evidence. Where there was a stop silence still
 * proves nothing: then it is as if it had not been asked. */
static void take_again(struct tc_fuzz_outcome *out, struct tc_fuzz_outcome *now, bool stop)
{
	const tc_time from = out->from;
	const bool alone = out->alone;
	struct tc_fuzz_outcome far = *out;

	tc_fuzz_keep_furthest(&far, now);
	if (now->verdict != TC_VERDICT_INTERRUPTED && !(stop && tc_fuzz_is_silence(now))) {
		*out = *now;
		out->from = from;
		out->alone = alone;
	} else if (stop) {
		out->verdict = TC_VERDICT_INTERRUPTED;
	}
}

/* Runs those cases again that were silent: the server may have been too busy (f->unwell). */
static int silent_again(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
			struct tc_fuzz_outcome *out, struct tc_error *err)
{
	struct tc_fuzz_case *some = calloc(n, sizeof *some);
	struct tc_fuzz_outcome *now = calloc(n, sizeof *now);
	struct tc_fuzz_outcome none = { .verdict = TC_VERDICT_INTERRUPTED };
	unsigned k = 0;
	int rc = some && now ? 0 : tc_nomem(err);

	for (unsigned i = 0; i < n && rc == 0; i++)
		if (tc_fuzz_is_silence(&out[i]))
			some[k++] = cases[i];
	if (k > 0)
		rc = tc_fuzz_ask(f, some, k, now, err);
	for (unsigned i = n; i-- > 0;)
		if (tc_fuzz_is_silence(&out[i]))
			take_again(&out[i], k ? &now[--k] : &none, rc < 0);
	free(some);
	free(now);
	return rc;
}

/* Is it well after all? Then it was busy, and no silence of such a window counts. */
static int look_again(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
		      struct tc_fuzz_outcome *out, enum tc_fuzz_kind *kind, char why[160],
		      struct tc_error *err)
{
	int rc = 0;

	*kind = tc_fuzz_examine_slowly(f, why);
	for (unsigned i = 0; rc == 0 && f->unwell && *kind == TC_FUZZ_NOTHING && !f->stop &&
	     i < AGAIN_MOST; i++) {
		rc = silent_again(f, cases, n, out, err);
		if (rc == 0)
			*kind = tc_fuzz_examine_slowly(f, why);
	}
	return rc;
}

int tc_fuzz_run_here(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
		     struct tc_fuzz_outcome *out, struct tc_error *err)
{
	enum tc_fuzz_kind kind = TC_FUZZ_NOTHING;
	char why[160] = "";
	int rc = tc_fuzz_window(f, cases, n, out, err);

	if (f->past_is_well)
		f->n_past = 0;
	f->past_is_well = false;
	out[0].alone = n == 1;
	f->since_control += n;
	if (rc < 0)
		return rc;
	n = tc_fuzz_asked(out, n);
	if (all_is_well(f, out, n, why)) {
		f->over = 0;
		tc_fuzz_remember(f, cases, n);
		tc_fuzz_note_novel(f, out, n);
		return 0;
	}
	if (why[0])
		kind = TC_FUZZ_DIED;
	else
		rc = look_again(f, cases, n, out, &kind, why, err);
	if (rc < 0)
		return rc;
	f->since_control = 0;
	for (unsigned i = 0; i < n; i++)
		out[i].control = out[i].control_good = kind == TC_FUZZ_NOTHING;
	if (f->stop)
		return tc_fuzz_stopped(f, err);
	if (kind != TC_FUZZ_NOTHING)
		rc = tc_fuzz_blame(f, cases, n, out, kind, why, err);
	f->n_past = f->over = 0;
	if (kind == TC_FUZZ_NOTHING)
		tc_fuzz_remember_well(f, cases, n);
	tc_fuzz_note_novel(f, out, n);
	return rc;
}

int tc_fuzz_run_share(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
		      struct tc_fuzz_outcome *out, struct tc_error *err)
{
	enum tc_fuzz_kind kind = TC_FUZZ_NOTHING;
	char why[160] = "";
	int rc = tc_fuzz_window(f, cases, n, out, err);

	if (rc >= 0)
		rc = look_again(f, cases, n, out, &kind, why, err);
	f->since_control = f->over = 0;
	if (rc < 0)
		return rc;
	if (f->stop)
		return tc_fuzz_stopped(f, err);
	if (kind != TC_FUZZ_NOTHING || tc_fuzz_asked(out, n) < n)
		return tc_fail(err, -EAGAIN, "the server was not well: %s", why);
	for (unsigned i = 0; i < n; i++)
		out[i].control = out[i].control_good = true;
	return 0;
}

/* A server that is gone for good leaves only what the shares saw: who is run again now would only
 * see that. */
int tc_fuzz_take_shares(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
			struct tc_fuzz_outcome *out, bool all_well, struct tc_error *err)
{
	enum tc_fuzz_kind kind;
	char why[160] = "";
	int rc = 0;

	f->n_past = f->since_control = 0;
	f->past_is_well = false;
	if (!all_well) {
		kind = tc_fuzz_examine_slowly(f, why);
		if (f->stop)
			return tc_fuzz_stopped(f, err);
		if (kind == TC_FUZZ_NOTHING)
			return tc_fuzz_run_here(f, cases, n, out, err);
		rc = tc_fuzz_blame(f, cases, n, out, kind, why, err);
		/* Behind the first that was not run: the caller reads outcomes only up to it. */
		if (rc < 0 && f->cfg.late)
			for (unsigned i = tc_fuzz_asked(out, n); i < n && !f->stop; i++)
				if (out[i].control && !out[i].control_good)
					f->cfg.late(f->cfg.ctx, &cases[i], &out[i]);
	}
	f->n_past = f->since_control = f->over = 0;
	if (all_well)
		tc_fuzz_remember_well(f, cases, n);
	tc_fuzz_note_novel(f, out, tc_fuzz_asked(out, n));
	return rc;
}

/* May it end when it likes? A client that is not ours may have done its work. */
static bool may_end(const struct tc_fuzz *f)
{
	return f->cfg.call_port && !tc_fuzz_target_spawned(f->cfg.target);
}

static int last_look(struct tc_fuzz *f, struct tc_error *err)
{
	struct tc_fuzz_outcome o = { 0 };
	enum tc_fuzz_kind kind;
	struct tc_fuzz_case c;
	char why[160] = "";
	int rc;

	if (f->n_past == 0 || (f->past_is_well && may_end(f)))
		return 0;
	kind = tc_fuzz_examine_slowly(f, why);
	if (f->stop)
		return tc_fuzz_stopped(f, err);
	f->since_control = 0;
	/* its end alone accuses none that it was well behind, or of who may end */
	if (kind != TC_FUZZ_NOTHING && (f->past_is_well || may_end(f))) {
		rc = tc_fuzz_blame_past(f, kind, why, err);
		f->n_past = 0;
		return rc;
	}
	c = f->past[--f->n_past];
	rc = kind == TC_FUZZ_NOTHING ? 0 : tc_fuzz_blame(f, &c, 1, &o, kind, why, err);
	f->n_past = 0;
	if (o.control && !o.control_good && f->cfg.late)
		f->cfg.late(f->cfg.ctx, &c, &o);
	return rc;
}

int tc_fuzz_last_look(struct tc_fuzz *f, struct tc_error *err)
{
	int rc = last_look(f, err);

	return rc == 0 && f->cfg.against ? last_look(f->cfg.against, err) : rc;
}

/* What was before it does not count. */
int tc_fuzz_alone(struct tc_fuzz *f, const struct tc_fuzz_case *c, enum tc_fuzz_kind kind,
		  struct tc_fuzz_outcome *out, struct tc_error *err)
{
	enum tc_fuzz_kind now;
	char why[160] = "";
	int rc = tc_fuzz_window(f, c, 1, out, err);

	f->lost = false;
	out->alone = true;
	if (rc < 0 || (kind == TC_FUZZ_ACCEPTED && out->kind == kind))
		return rc;	/* what does not bring it may do worse */
	f->since_control = f->n_past = 0;
	for (now = tc_fuzz_examine(f, why); tc_fuzz_is_one_of_several(f, now);
	     now = tc_fuzz_examine_again(f, why))	/* that may be of its own will */
		tc_fuzz_note_missing(f, NULL, 0, NULL, now, why);
	if (f->stop)
		return tc_fuzz_stopped(f, err);
	if (now == TC_FUZZ_NOTHING)
		return 0;
	tc_fuzz_find(out, now, why);
	rc = tc_fuzz_recover(f, err);
	f->lost = rc < 0;
	return rc;
}
