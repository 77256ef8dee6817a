/* SPDX-License-Identifier: BSD-2-Clause */
/* What is silent, and how far it got. */
#include "own.h"

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
