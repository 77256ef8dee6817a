/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server is not well: which case was it? Those of the window are run again on a server
 * that is well, in halves of halves, so that each in the end has an outcome that no other's
 * had a part in; then, where none of them did it, those before them, back to the last good
 * control. A server that nobody can start again leaves only what was seen.
 */
#include "own.h"

#include <tcpcraft/clock.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLY_AGE (2 * TC_MS)	/* a reply that was had is noticed this much later, at most */

void tc_fuzz_remember(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n)
{
	for (unsigned i = 0; i < n && f->n_past < FUZZ_PAST; i++)
		f->past[f->n_past++] = cases[i];
}

void tc_fuzz_remember_well(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n)
{
	unsigned before = n > FUZZ_PAST ? n - FUZZ_PAST : 0;

	f->n_past = 0;
	tc_fuzz_remember(f, cases + before, n - before);
	f->past_is_well = true;
}

/* Reports case i as the finding, though it may be any of these cases, or several together: the text
 * names the range. */
static void find_some(const struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
		      unsigned i, struct tc_fuzz_outcome *out, enum tc_fuzz_kind kind,
		      const char *why)
{
	uint64_t first = f->n_past ? f->past[0].number : cases[0].number;
	tc_time to = out[i].to;
	char text[160];

	snprintf(text, sizeof text, first != cases[n - 1].number ? "%.90s (cases %llu to %llu)"
								  : "%.90s", why,
		 (unsigned long long)first, (unsigned long long)cases[n - 1].number);
	tc_fuzz_find(&out[i], kind, text);
	if (n > 1)
		out[i].to = to;		/* what came later was to a server that was gone */
}

/* Was there a connection, and did it end as those of a process do that dies? */
static bool was_torn(const struct tc_fuzz_outcome *o)
{
	return !o->not_carried && (o->verdict == TC_VERDICT_RESET ||
				   o->verdict == TC_VERDICT_CLOSED ||
				   o->verdict == TC_VERDICT_BAD_REPLY);
}

/* How many cases are left without those at the end for which no client called: they cannot have
 * done anything. */
static unsigned called(const struct tc_fuzz_outcome *out, unsigned n)
{
	while (n > 0 && out[n - 1].uncalled)
		n--;
	return n;
}

/* The one that was served when the server broke: of those that were torn after the last good
 * reply the first one; else the first of the silent ones. */
static unsigned suspect(const struct tc_fuzz *f, const struct tc_fuzz_outcome *out, unsigned n)
{
	unsigned torn = n, silent = n;
	tc_time replied = 0;

	for (unsigned i = 0; i < n; i++)
		if (out[i].verdict == f->usual && out[i].to > replied)
			replied = out[i].to;
	for (unsigned i = 0; i < n; i++) {
		const struct tc_fuzz_outcome *o = &out[i];

		if (was_torn(o) && o->to + REPLY_AGE >= replied &&
		    (torn == n || o->from < out[torn].from))
			torn = i;
		if ((o->verdict == TC_VERDICT_SILENT || o->verdict == TC_VERDICT_UNACKED) &&
		    !o->not_carried && (silent == n || o->from < out[silent].from))
			silent = i;
	}
	return torn < n ? torn : silent < n ? silent : called(out, n) - 1;
}

/* Resets of a dying process are not evidence against who was connected to it. */
static void drop_evidence(struct tc_fuzz_outcome *out, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (out[i].kind == TC_FUZZ_ACCEPTED && (out[i].verdict == TC_VERDICT_RESET ||
							out[i].verdict == TC_VERDICT_REFUSED)) {
			out[i].kind = TC_FUZZ_NOTHING;
			out[i].why[0] = 0;
		}
}

/* Blames the last case that a client called for. */
static void find_last(const struct tc_fuzz *f, enum tc_fuzz_kind kind, const char *why)
{
	const struct tc_fuzz_case *last = &f->past[f->n_past - 1];
	struct tc_fuzz_outcome out = { .to = tc_clock_realtime() };

	find_some(f, last, 1, 0, &out, kind, why);
	if (f->cfg.late)
		f->cfg.late(f->cfg.ctx, last, &out);
}

/* The target is gone for good: the case that was served last is blamed. No case is blamed if a
 * client took an honest answer after it (a client that we did not start may simply be done), or if
 * there were several clients: one case reaches one of them, and all are gone. */
static int give_up(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
		   struct tc_fuzz_outcome *out, enum tc_fuzz_kind kind, const char *why, int rc)
{
	drop_evidence(out, n);
	tc_fuzz_note_missing(f, NULL, 0, NULL, kind, why);
	if (called(out, n) && !f->acquitted && !f->were_several) {
		find_some(f, cases, n, suspect(f, out, n), out, kind, why);
		return rc;
	}
	/* one by one they were run behind honest calls */
	if (f->n_past && !f->looking && !f->acquitted && !f->were_several)
		find_last(f, kind, why);
	for (unsigned i = 0; i < n; i++)
		out[i].verdict = TC_VERDICT_INTERRUPTED;
	return rc;
}

/* It was slow, came back by itself, and no case makes it slow again: its host was busy. (A target
 * that we started was started again, so it does not come back by itself.) With several clients,
 * those that left during their call look as if they refused the answer. */
static bool was_busy(const struct tc_fuzz *f, enum tc_fuzz_kind kind)
{
	return !tc_fuzz_target_spawned(f->cfg.target) &&
	       (kind == TC_FUZZ_HANG ||
		(kind == TC_FUZZ_REFUSES && f->were_several && !f->cfg.check));
}

/* Blames a case that ran alone; but not if a client that was away is back and never got this case,
 * or took a good answer after it, or if several were away: one case reaches one client. */
static void find_alone(const struct tc_fuzz *f, struct tc_fuzz_outcome *out, enum tc_fuzz_kind kind,
		       const char *why)
{
	if (!was_busy(f, kind) || !(out->uncalled || f->acquitted || f->were_several))
		tc_fuzz_find(out, kind, why);
	else if (out->uncalled || f->acquitted)
		out->verdict = TC_VERDICT_INTERRUPTED;
	else	/* it was asked, and is not asked for ever */
		out->control = out->control_good = true;
}

/* One of several does not call any more: whose doing is it? Nothing is run again for that: it would
 * cost another of them, and one that went by itself looks the same. (Behind those that are not it a
 * control was good, but where one is missing that says little.) */
static bool note_one(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
		     struct tc_fuzz_outcome *out, enum tc_fuzz_kind kind, const char *why)
{
	const bool back = !tc_fuzz_is_one_missing(f);
	const bool found = tc_fuzz_note_missing(f, cases, n, out, kind, why);

	for (unsigned i = 0; i < n; i++)
		if (!out[i].costs)
			out[i].control = out[i].control_good = back;
	return found;
}

static int settle(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
		  struct tc_fuzz_outcome *out, struct tc_error *err);

/* How many of them did it, or negative; out is what each brought by itself. */
static int settle_halves(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
			 struct tc_fuzz_outcome *out, struct tc_error *err)
{
	unsigned half = n / 2;
	int first, second;

	for (unsigned i = 0; i < n; i++)	/* if it ends here, these were not run */
		out[i] = (struct tc_fuzz_outcome){ .verdict = TC_VERDICT_INTERRUPTED };
	first = half ? settle(f, cases, half, out, err) : 0;
	second = first < 0 ? first : settle(f, cases + half, n - half, out + half, err);
	return second < 0 ? second : first + second;
}

static int settle(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
		  struct tc_fuzz_outcome *out, struct tc_error *err)
{
	int rc = tc_fuzz_window(f, cases, n, out, err);
	enum tc_fuzz_kind kind;
	char why[160] = "";
	unsigned asked;

	if (rc < 0)
		return rc;
	asked = tc_fuzz_asked(out, n);
	out[0].alone = n == 1;
	for (kind = tc_fuzz_examine(f, why); tc_fuzz_is_one_of_several(f, kind);
	     kind = tc_fuzz_examine_again(f, why))
		if (note_one(f, cases, n, out, kind, why))
			return 1;	/* which is not what is looked for, but found */
	for (unsigned i = 0; i < n; i++)
		out[i].control = out[i].control_good = kind == TC_FUZZ_NOTHING;
	if (f->stop)
		return tc_fuzz_stopped(f, err);
	if (kind == TC_FUZZ_NOTHING)	/* fewer at once: each is to be asked */
		return asked < n ? settle_halves(f, cases, n, out, err) : 0;
	rc = tc_fuzz_recover(f, err);
	if (rc < 0)
		return give_up(f, cases, asked, out, kind, why, rc);
	if (n > 1)
		return settle_halves(f, cases, n, out, err);
	find_alone(f, &out[0], kind, why);
	return 1;
}

/* Looks among the cases of earlier windows. The last one comes first: how it left the target is
 * what the next window met. */
static int settle_past(struct tc_fuzz *f, struct tc_error *err)
{
	struct tc_fuzz_outcome *out = calloc(FUZZ_PAST, sizeof *out);
	unsigned n = f->n_past;
	int rc = out ? settle(f, &f->past[n - 1], 1, &out[n - 1], err)
		     : tc_nomem(err);

	if (rc == 0 && n > 1)
		rc = settle(f, f->past, n - 1, out, err);
	for (unsigned i = 0; out && i < n; i++)
		if (out[i].control && !out[i].control_good && f->cfg.late)
			f->cfg.late(f->cfg.ctx, &f->past[i], &out[i]);
	free(out);
	return rc;
}

/* A target that we started died by a signal or a sanitizer's report: that is a fault, whichever
 * case did it, for no program that is done or told to end ends like that. */
static bool has_crashed(const struct tc_fuzz *f, const char *why)
{
	return tc_fuzz_target_spawned(f->cfg.target) && strncmp(why, "exit ", 5) != 0 &&
	       strcmp(why, "SIGTERM") != 0 && strcmp(why, "SIGINT") != 0;
}

int tc_fuzz_blame(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
		  struct tc_fuzz_outcome *out, enum tc_fuzz_kind kind, const char *why,
		  struct tc_error *err)
{
	int rc;

	if (tc_fuzz_is_one_of_several(f, kind)) {
		note_one(f, cases, n, out, kind, why);
		return 0;
	}
	rc = tc_fuzz_recover(f, err);
	if (rc < 0)
		return give_up(f, cases, n, out, kind, why, rc);
	f->looking = true;
	if (n == 1 && f->n_past == 0)
		find_alone(f, &out[0], kind, why);
	else
		rc = settle_halves(f, cases, n, out, err);
	if (rc == 0 && f->n_past)
		rc = settle_past(f, err);
	if (rc == 0 && (n > 1 || f->n_past) && !was_busy(f, kind))
		find_some(f, cases, n, n - 1, out, kind, why);
	f->looking = false;
	return rc < 0 ? rc : 0;
}

int tc_fuzz_blame_past(struct tc_fuzz *f, enum tc_fuzz_kind kind, const char *why,
		       struct tc_error *err)
{
	struct tc_error how = { 0 };
	int rc;

	if (tc_fuzz_is_one_of_several(f, kind)) {
		note_one(f, f->past, 0, NULL, kind, why);
		return 0;
	}
	rc = tc_fuzz_recover(f, &how);
	if (f->stop)
		return tc_fuzz_stopped(f, err);
	if (rc < 0) {
		tc_fuzz_note_missing(f, NULL, 0, NULL, kind, why);
		return tc_fail(err, rc, "behind the last case, and no case is blamed: %s",
			       how.msg);
	}
	f->looking = true;
	rc = settle_past(f, err);
	f->looking = false;
	if (rc || was_busy(f, kind))
		return rc < 0 ? rc : 0;
	if (kind == TC_FUZZ_DIED && has_crashed(f, why)) {
		find_last(f, kind, why);
		return 0;
	}
	return tc_fail(err, -ECONNREFUSED, "behind the last case the %s was not well (%s), and no "
		       "case brings that about again", tc_fuzz_who(f), why);
}
