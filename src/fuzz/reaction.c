/* SPDX-License-Identifier: BSD-2-Clause */
/* Kinds of answers, which of them are new, what is silent and how far it got. */
#include "own.h"

#include "base/name.h"

#include <tcpcraft/clock.h>

#include <stdio.h>

const char *tc_fuzz_kind_name(enum tc_fuzz_kind k)
{
	static const char *const names[TC_FUZZ_KINDS] = {
		[TC_FUZZ_NOTHING] = "nothing", [TC_FUZZ_DIED] = "died",
		[TC_FUZZ_HANG] = "hang", [TC_FUZZ_REFUSES] = "refuses",
		[TC_FUZZ_ACCEPTED] = "accepted", [TC_FUZZ_NOVEL] = "novel",
		[TC_FUZZ_DIFFERS] = "differs",
	};

	return TC_NAME(names, k);
}

const char *tc_fuzz_reaction(const struct tc_fuzz_outcome *o)
{
	return o->not_carried ? "not-carried" : tc_verdict_name(o->verdict);
}

/* Adds sig to the known ones; true if it was not among them (always when they are full). */
bool tc_fuzz_is_new(struct tc_fuzz *f, uint64_t sig)
{
	for (unsigned i = 0; i < f->n_signatures; i++)
		if (f->signatures[i] == sig)
			return false;
	if (f->n_signatures < SIGNATURES)
		f->signatures[f->n_signatures++] = sig;
	return true;
}

void tc_fuzz_find(struct tc_fuzz_outcome *o, enum tc_fuzz_kind kind, const char *why)
{
	o->kind = kind;
	o->control = true;
	o->control_good = false;
	o->to = tc_clock_realtime();
	snprintf(o->why, sizeof o->why, "%s", why);
}

bool tc_fuzz_is_silence(const struct tc_fuzz_outcome *o)
{
	return !o->not_carried && o->kind == TC_FUZZ_NOTHING &&
	       (o->verdict == TC_VERDICT_NO_ANSWER || o->verdict == TC_VERDICT_UNACKED ||
		o->verdict == TC_VERDICT_SILENT);
}

/* No call, no answer, not acknowledged, acknowledged: how far what was silent got. */
static unsigned how_far(const struct tc_fuzz_outcome *o)
{
	return !tc_fuzz_is_silence(o) ? 0 : o->uncalled ? 1 : o->verdict == TC_VERDICT_NO_ANSWER ? 2
		: o->verdict == TC_VERDICT_UNACKED ? 3 : 4;
}

void tc_fuzz_keep_furthest(struct tc_fuzz_outcome *far, struct tc_fuzz_outcome *now)
{
	if (how_far(now) && how_far(now) < how_far(far))
		*now = *far;
	else
		*far = *now;
}
