/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clients that are not ours to run: do all that used to call still call? Each address has so many
 * that stand in their calls at the same time, which is learned from honest calls alone: three
 * times one behind the other as many have to come back, and soon. One that is late by then is
 * missing, and the case that its address was answered with last is under suspicion. One that
 * stays away behind an honest call has gone by itself.
 */
#include "own.h"

#include <tcpcraft/clock.h>

#include <errno.h>
#include <stdio.h>

#define ROLL_LOOK (2 * TC_MS)		/* between looks at who has called */
#define ROUNDS 3
#define LAST_CALLS (2 * TC_MS)		/* no call for so long: none is left to be read */
#define LAST_TRIES 50
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

/* (Of several at one address nobody knows which one was answered with what.) */
static bool is_missing(const struct tc_fuzz *f, const struct tc_fuzz_caller *k)
{
	bool honest = k->known > 1 ? k->cases == 0 : k->honest;

	return k->known > 0 && !honest && standing(f, k) < k->known;
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

static void want_those_there(struct tc_fuzz *f)
{
	for (unsigned i = 0; i < f->n_callers; i++)
		f->callers[i].want = standing(f, &f->callers[i]);
}

static bool are_back(const struct tc_fuzz *f)
{
	for (unsigned i = 0; i < f->n_callers; i++)
		if (standing(f, &f->callers[i]) < f->callers[i].want)
			return false;
	return true;
}

/* All that stand are answered honestly; is each back within half the time that counts as well? */
static int answer_all(struct tc_fuzz *f)
{
	struct tc_fuzz_outcome o = { 0 };
	tc_time until;
	int rc = 0;

	for (unsigned n = f->n_calls; n > 0 && rc == 0; n--)
		rc = tc_fuzz_control(f, &o);
	until = tc_clock_monotonic() + f->cfg.patience / 2;
	while (rc == 0 && !are_back(f) && tc_clock_monotonic() < until)
		rc = tc_fuzz_pause(f, ROLL_LOOK);
	return rc;
}

/* Who was not back is not counted on: of it nothing is known but what was before. */
static void strike_late(struct tc_fuzz *f)
{
	for (unsigned i = 0; i < f->n_callers; i++) {
		struct tc_fuzz_caller *k = &f->callers[i];

		if (standing(f, k) >= k->want)
			continue;
		k->want = 0;
		k->tries++;
	}
}

/* One alone has only to call again, and that is looked after. Where there is no room for one more
 * call not all are counted. */
static int count_callers(struct tc_fuzz *f)
{
	int rc = 0;

	if (f->n_calls < 2 || f->n_calls == f->calls_most || !has_more(f))
		return 0;
	want_those_there(f);
	for (unsigned i = 0; i < ROUNDS && rc == 0; i++) {
		rc = answer_all(f);
		strike_late(f);
	}
	for (unsigned i = 0; i < f->n_callers && rc == 0; i++)
		if (f->callers[i].want > f->callers[i].known)
			f->callers[i].known = f->callers[i].want;
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
		if (tc_clock_monotonic() >= until) {
			want_those_there(f);
			return false;
		}
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

/* The case that this one saw last, of these or of those before. */
static bool accuse(struct tc_fuzz *f, const struct tc_fuzz_caller *k,
		   const struct tc_fuzz_case *cases, unsigned n, struct tc_fuzz_outcome *out,
		   enum tc_fuzz_kind kind, const char *why)
{
	struct tc_fuzz_outcome late = { 0 };

	for (unsigned i = 0; i < n; i++)
		if (cases[i].number == k->last) {
			tc_fuzz_find(&out[i], kind, why);
			return true;
		}
	for (unsigned i = 0; i < f->n_past && f->cfg.late; i++)
		if (f->past[i].number == k->last) {
			tc_fuzz_find(&late, kind, why);
			f->cfg.late(f->cfg.ctx, &f->past[i], &late);
			return true;
		}
	return false;
}

bool tc_fuzz_note_missing(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
			  struct tc_fuzz_outcome *out, enum tc_fuzz_kind kind, const char *why)
{
	bool found = false;

	for (unsigned i = 0; i < f->n_callers; i++) {
		struct tc_fuzz_caller *k = &f->callers[i];

		if (!is_missing(f, k))
			continue;
		if (k->known == 1 && k->odd)
			found |= accuse(f, k, cases, n, out, kind, why);
		k->known = standing(f, k);
		if (k->known < k->want)	/* who was answered since is not back yet */
			k->known = k->want;
		k->cases = 0;
	}
	return found;
}

/* ---- those that are ours -------------------------------------------------------------- */

/* Those that call are not answered yet: each that runs stands in its call. */
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
