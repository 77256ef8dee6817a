/* SPDX-License-Identifier: BSD-2-Clause */
/* Kinds of answers, and which of them are new. */
#include "own.h"

#include "base/name.h"

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
