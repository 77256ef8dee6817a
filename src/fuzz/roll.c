/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clients that are not ours to run: do all that used to call still call? Each address has so many
 * that stand in their calls at the same time, which is learned from honest calls alone: three
 * times one behind the other as many have to come back, and soon. One that is late by then is
 * missing: the case that the only client of an address was answered with last is found where it
 * did not end as an honest call does, else it is only told which cases it could have been. One that
 * stays away behind an honest call has gone by itself.
 */
#include "own.h"

#include <tcpcraft/clock.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define ROLL_LOOK (2 * TC_MS)		/* between looks at who has called */
#define ROUNDS 3
#define LAST_CALLS (2 * TC_MS)		/* no call for so long: none is left to be read */
#define LAST_TRIES 50
#define TOGETHER 64	/* cases of clients that are ours, at most … */
#define TIMES 2		/* … and silent for so many times as long as counts */
#define TRIES 8		/* of an address whose calls were too seldom to be counted */

/* Calls of it that wait for an answer. */
static unsigned standing(const struct tc_fuzz *f, const struct tc_fuzz_caller *k)
{
	unsigned n = 0;
	struct tc_conn_info info;

	for (unsigned i = 0; i < f->n_calls; i++) {
		tc_conn_info(f->calls[i].conn, &info);
		n += tc_addr_equal(&info.flow.remote_addr, &k->addr);
	}
	return n;
}

/* (Of several at one address nobody knows which one was answered with what. And where there is no
 * room for one more call, one that stands may have been let go.) */
static bool is_missing(const struct tc_fuzz *f, const struct tc_fuzz_caller *k)
{
	bool honest = k->known > 1 ? k->cases == 0 : k->honest;

	return k->known > 0 && !honest && f->n_calls < f->calls_most && standing(f, k) < k->known;
}

bool tc_fuzz_is_one_missing(const struct tc_fuzz *f)
{
	for (unsigned i = 0; i < f->n_callers; i++)
		if (is_missing(f, &f->callers[i]))
			return true;
	return false;
}

/* ---- how many there are -------------------------------------------------------------- */

static bool has_more(const struct tc_fuzz *f)
{
	for (unsigned i = 0; i < f->n_callers; i++) {
		const struct tc_fuzz_caller *k = &f->callers[i];

		if (k->tries < TRIES && standing(f, k) > k->known)
			return true;
	}
	return false;
}

/* It is not counted on: of it nothing is known but what was before. */
static void strike(struct tc_fuzz_caller *k)
{
	k->want = 0;
	k->tries++;
}

static bool are_back(const struct tc_fuzz *f)
{
	for (unsigned i = 0; i < f->n_callers; i++)
		if (standing(f, &f->callers[i]) < f->callers[i].want)
			return false;
	return true;
}

/* All that stand are answered honestly; is each back within half the time that counts as well?
 * Of calls that nobody makes any more each takes all the time that there is: one is enough. */
static int answer_all(struct tc_fuzz *f)
{
	struct tc_fuzz_outcome o = { .verdict = f->usual };
	tc_time until;
	int rc = 0;

	for (unsigned n = f->n_calls; n > 0 && rc == 0 && o.verdict == f->usual; n--)
		rc = tc_fuzz_control(f, &o);
	/* A call that comes to nothing was none: its caller had given it up, and made another. */
	if (rc == 0 && o.verdict != f->usual)
		for (unsigned i = 0; i < f->n_callers; i++)
			if (tc_addr_equal(&f->callers[i].addr, &f->control.info.flow.remote_addr))
				strike(&f->callers[i]);
	until = tc_clock_monotonic() + f->cfg.patience / 2;
	while (rc == 0 && !are_back(f) && tc_clock_monotonic() < until)
		rc = tc_fuzz_pause(f, ROLL_LOOK);
	return rc;
}

/* One alone has only to call again, and that is looked after. Where there is no room for one more
 * call not all are counted. */
static int count_callers(struct tc_fuzz *f)
{
	int rc = 0;

	if (f->n_calls < 2 || f->n_calls == f->calls_most || !has_more(f))
		return 0;
	for (unsigned i = 0; i < f->n_callers; i++)
		f->callers[i].want = standing(f, &f->callers[i]);
	for (unsigned i = 0; i < ROUNDS && rc == 0; i++) {
		rc = answer_all(f);
		for (unsigned k = 0; k < f->n_callers; k++)
			if (standing(f, &f->callers[k]) < f->callers[k].want)
				strike(&f->callers[k]);
	}
	for (unsigned i = 0; i < f->n_callers && rc == 0; i++) {
		struct tc_fuzz_caller *k = &f->callers[i];

		if (k->want > k->known)
			k->known = k->want;
		k->shared |= k->known > 1;
		f->were_several |= k->known > 0;
	}
	return rc;
}

int tc_fuzz_meet_callers(struct tc_fuzz *f)
{
	int rc = 0;

	if (f->cfg.call_port && !tc_fuzz_target_spawned(f->cfg.target)) {
		rc = tc_fuzz_pause(f, f->cfg.patience / 2);	/* all that are there call */
		for (unsigned i = 0; i < ROUNDS && rc == 0; i++)
			rc = count_callers(f);
	}
	return rc;
}

/* ---- and are they there -------------------------------------------------------------- */

static bool roll_call(struct tc_fuzz *f, tc_time within)
{
	tc_time until = tc_clock_monotonic() + within;

	while (tc_fuzz_is_one_missing(f)) {
		if (tc_clock_monotonic() >= until)
			return false;
		if (tc_fuzz_pause(f, ROLL_LOOK) < 0)
			return true;
	}
	if (count_callers(f) < 0)
		return true;
	for (unsigned i = 0; i < f->n_callers; i++)
		f->callers[i].cases = 0;
	return true;
}

void tc_fuzz_name_missing(const struct tc_fuzz *f, char why[160])
{
	char addr[TC_ADDR_STRING] = "";

	for (unsigned i = 0; i < f->n_callers && !addr[0]; i++)
		if (is_missing(f, &f->callers[i]))
			tc_addr_string(&f->callers[i].addr, addr);
	snprintf(why, 160, "a client%s%s does not call again", addr[0] ? " at " : "", addr);
}

bool tc_fuzz_is_one_of_several(const struct tc_fuzz *f, enum tc_fuzz_kind kind)
{
	return kind == TC_FUZZ_HANG && f->mute && !tc_fuzz_target_spawned(f->cfg.target);
}

static void find(struct tc_fuzz_outcome *out, enum tc_fuzz_kind kind, const char *why)
{
	tc_fuzz_find(out, kind, why);
	out->costs = true;
}

/* The case that this one saw last, of these or of those before. */
static bool accuse(struct tc_fuzz *f, const struct tc_fuzz_caller *k,
		   const struct tc_fuzz_case *cases, unsigned n, struct tc_fuzz_outcome *out,
		   enum tc_fuzz_kind kind, const char *why)
{
	struct tc_fuzz_outcome late = { .from = k->from, .port = k->port };

	for (unsigned i = 0; i < n; i++)
		if (cases[i].number == k->last) {
			find(&out[i], kind, why);
			return true;
		}
	for (unsigned i = 0; i < f->n_past && f->cfg.late; i++)
		if (f->past[i].number == k->last) {
			find(&late, kind, why);
			f->cfg.late(f->cfg.ctx, &f->past[i], &late);
			return true;
		}
	return false;
}

static void tell(struct tc_fuzz *f, const struct tc_fuzz_caller *k)
{
	const bool one = k->known == 1 && !k->shared;
	struct tc_fuzz_missing m = {
		.addr = k->addr, .shared = !one,
		.first = one ? k->last : k->low, .last = one ? k->last : k->high,
	};

	if (f->cfg.missing)
		f->cfg.missing(f->cfg.ctx, &m);
}

bool tc_fuzz_note_missing(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
			  struct tc_fuzz_outcome *out, enum tc_fuzz_kind kind, const char *why)
{
	bool found = false;

	for (unsigned i = 0; i < f->n_callers; i++) {
		struct tc_fuzz_caller *k = &f->callers[i];

		if (!is_missing(f, k))
			continue;
		if (cases && k->known == 1 && !k->shared && k->odd &&
		    accuse(f, k, cases, n, out, kind, why))
			found = true;
		else
			tell(f, k);
		k->known = standing(f, k);
		k->cases = 0;
	}
	return found;
}

/* ---- those that are ours -------------------------------------------------------------- */

/* Waits until every client that runs has called; their calls are not answered yet. */
bool tc_fuzz_all_call(struct tc_fuzz *f, tc_time within)
{
	tc_time until = tc_clock_monotonic() + within;

	if (f->cfg.call_port && !tc_fuzz_target_spawned(f->cfg.target))
		return roll_call(f, within);
	if (f->at_once == 1)
		return true;
	while (!tc_fuzz_target_is_dead(f->cfg.target) &&
	       tc_fuzz_target_callers(f->cfg.target) > f->n_calls) {
		if (tc_clock_monotonic() >= until)
			return false;
		if (tc_fuzz_pause(f, ROLL_LOOK) < 0)
			return true;
	}
	return true;
}

/* Their last calls may not be read yet: they are, or the next case would answer one. */
int tc_fuzz_end_callers(struct tc_fuzz *f)
{
	unsigned long called;
	int rc = 0;

	tc_fuzz_target_end_callers(f->cfg.target);
	for (unsigned i = 0; i < LAST_TRIES && rc == 0; i++) {
		called = f->called;
		rc = tc_fuzz_pause(f, LAST_CALLS);
		if (rc == 0 && tc_fuzz_turn(f, tc_clock_monotonic()))	/* however busy we are */
			rc = -EINTR;
		if (f->called == called)
			break;
	}
	tc_fuzz_drop_calls(f);
	f->starting = 0;
	f->start_after = 0;
	return rc;
}

int tc_fuzz_call_alone(struct tc_fuzz *f)
{
	return tc_fuzz_target_callers(f->cfg.target) < 2 ? 0 : tc_fuzz_end_callers(f);
}

/*
 * Which cases made theirs call anew? Where all stand in their calls, as many of these cases are
 * their answers at the same time, and silent. Who calls before they are over may have been made to
 * by each that is over by then or later. Those of which nobody calls have not to be asked alone.
 */
static bool is_any_open(const struct tc_fuzz *f, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (f->runs[i].busy && !f->runs[i].ended)
			return true;
	return false;
}

/* Each with a call that stands; one whose caller is gone by now has none. */
static int begin(struct tc_fuzz *f, const struct tc_fuzz_case *const *cases, unsigned n,
		 struct tc_fuzz_outcome *out, struct tc_error *err)
{
	int rc = 0;

	f->patience = (TIMES * f->silence) << f->slowness;
	for (unsigned i = 0; i < n; i++)
		f->runs[i].busy = false;
	for (unsigned i = 0; i < n && rc >= 0; i++) {
		rc = tc_fuzz_start(f, &f->runs[i], cases[i], &out[i], err);
		if (rc >= 0 && f->waiting)
			tc_fuzz_give_up(&f->runs[i]);
	}
	return rc < 0 ? rc : 0;
}

/* (Of one that was not answered, or whose call was old, nothing is known.) */
static bool end(struct tc_fuzz_conn *r)
{
	const bool answered = r->busy && r->ended && r->answered_at && !r->late;

	if (r->busy && r->ended)
		tc_fuzz_finish(r);
	else
		tc_fuzz_give_up(r);
	return answered && !r->another && !r->unsure && r->out->kind == TC_FUZZ_NOTHING;
}

/* Waits until all n are over; the first was begun at `before`. *held: this process did not get the
 * processor for so long that calls may lie unread behind the ends of connections, which then prove
 * nothing. */
static int let_run(struct tc_fuzz *f, unsigned n, tc_time before, bool *held, struct tc_error *err)
{
	tc_time now;

	while (is_any_open(f, n)) {
		if (tc_fuzz_turn(f, tc_clock_monotonic() + f->silence))
			return tc_fuzz_stopped(f, err);
		now = tc_clock_monotonic();
		*held |= now - before > f->silence + f->silence / 4;
		before = now;
	}
	return 0;
}

static int ask(struct tc_fuzz *f, const struct tc_fuzz_case *const *cases, unsigned n, bool *sure,
	       struct tc_error *err)
{
	struct tc_fuzz_outcome *out = calloc(n, sizeof *out);
	tc_time began = tc_clock_monotonic();
	int rc = out ? begin(f, cases, n, out, err) : tc_nomem(err);
	bool held = false;

	if (rc == 0)
		rc = let_run(f, n, began, &held, err);
	for (unsigned i = 0; out && i < n; i++)
		sure[i] = end(&f->runs[i]) && rc == 0 && !held;
	f->due = NULL;
	free(out);
	return rc;
}

bool tc_fuzz_all_stand(struct tc_fuzz *f)
{
	return tc_fuzz_all_call(f, tc_fuzz_call_wait(f)) && !f->stop &&
	       !tc_fuzz_target_is_dead(f->cfg.target);
}

/* Runs one group of unsure cases; how many of them are sure now. */
static int acquit_some(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
		       bool *unsure, struct tc_error *err)
{
	const struct tc_fuzz_case *some[TOGETHER];
	unsigned which[TOGETHER], k = 0, most = f->n_calls < TOGETHER ? f->n_calls : TOGETHER;
	bool sure[TOGETHER];
	int found = 0, rc;

	most = most < f->cfg.parallel ? most : f->cfg.parallel;
	for (unsigned i = 0; i < n && k < most; i++) {
		if (!unsure[i])
			continue;
		if (tc_pace_may(&f->pace, tc_clock_monotonic(), k + 1) <= k)
			break;
		some[k] = &cases[i];
		which[k++] = i;
	}
	if (k < 2)
		return 0;
	f->pace.gone += k;
	rc = ask(f, some, k, sure, err);
	for (unsigned i = 0; i < k && rc == 0; i++) {
		unsure[which[i]] = !sure[i];
		found += sure[i];
	}
	return rc < 0 ? rc : found;
}

int tc_fuzz_acquit(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n, bool *unsure,
		   struct tc_error *err)
{
	int rc = 1;

	while (rc > 0 && tc_fuzz_all_stand(f))
		rc = acquit_some(f, cases, n, unsure, err);
	return rc < 0 ? rc : 0;
}
