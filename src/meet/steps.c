/* SPDX-License-Identifier: BSD-2-Clause */
/* The questions, in their order, and when they are worth asking; see meet.h. */
#include "meet.h"
#include "steps.h"

#include <string.h>

#define SOON 2.5			/* seconds after the handshake */

static const char *nobody(const struct tc_meet *m)
{
	return tc_meet_is(m, "answers", "accepts") ? NULL : "nobody accepts connections there";
}

/* Only where every connection ends soon, whatever is sent, can it matter who we are. */
static const char *stays_open(const struct tc_meet *m)
{
	const struct tc_finding *talk = tc_meet_found(m, "talk");
	bool ends = m->usual.habit == TC_HABIT_RESETS || m->usual.habit == TC_HABIT_CLOSES;

	if (nobody(m))
		return nobody(m);
	return talk && ends && m->usual.after_s < SOON ? NULL
		: "the server does not end every connection soon";
}

static const char *low_port_does(const struct tc_meet *m)
{
	const struct tc_finding *low = tc_meet_found(m, "low-port");

	if (stays_open(m))
		return stays_open(m);
	return low && low->answered && !tc_meet_is(m, "low-port", "resets") &&
	       !tc_meet_is(m, "low-port", "closes") ? "a port below 1024 is what it wants" : NULL;
}

/* What a read takes shows where the server ends, or answers, because of what it got. */
static const char *no_reads(const struct tc_meet *m)
{
	static const char *const worth[] = { "closes-on-data", "lines", "replies",
					      "echoes-in-part" };

	for (size_t i = 0; i < sizeof worth / sizeof *worth; i++)
		if (tc_meet_is(m, "talk", worth[i]))
			return NULL;
	return nobody(m) ? nobody(m) : "nothing that was sent shows what its reads take";
}

static const char *not_silent(const struct tc_meet *m)
{
	return tc_meet_is(m, "talk", "silent") ? NULL : "it is not a server that takes all and "
		"says nothing";
}

static const struct tc_meet_step steps[] = {
	{ "answers", &tc_meet_answers, TC_MEET_USUAL, 0, 2 * TC_S, NULL },
	{ "talk", &tc_meet_talk, TC_MEET_USUAL, 0, 6 * TC_S, nobody },
	{ "low-port", &tc_meet_talk, TC_MEET_LOW_PORT, 2 * TC_S, 5 * TC_S, stays_open },
	{ "other-address", &tc_meet_talk, TC_MEET_OTHER_ADDRESS, 2 * TC_S, 5 * TC_S,
	  low_port_does },
	{ "read-size", &tc_experiment_read_size, TC_MEET_USUAL, 2 * TC_S, 6 * TC_S, no_reads },
	{ "takes", &tc_meet_takes, TC_MEET_USUAL, 0, 3 * TC_S, not_silent },
	{ "options", &tc_experiment_options, TC_MEET_USUAL, 2 * TC_S, 4 * TC_S, nobody },
	{ "path", &tc_experiment_path, TC_MEET_USUAL, TC_S, 8 * TC_S, NULL },
};

_Static_assert(sizeof steps / sizeof *steps <= TC_MEET_STEPS_MAX, "room for all findings");

const struct tc_meet_step *tc_meet_steps(size_t *n)
{
	*n = sizeof steps / sizeof *steps;
	return steps;
}

const struct tc_finding *tc_meet_found(const struct tc_meet *m, const char *step)
{
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (strcmp(steps[i].name, step) == 0)
			return m->found[i].experiment &&
			       strcmp(m->found[i].verdict, "not-asked") != 0 ? &m->found[i] : NULL;
	return NULL;
}

bool tc_meet_is(const struct tc_meet *m, const char *step, const char *verdict)
{
	const struct tc_finding *f = tc_meet_found(m, step);

	return f && strcmp(f->verdict, verdict) == 0;
}

bool tc_meet_is_gone(const struct tc_meet *m)
{
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (m->found[i].target_after && strcmp(m->found[i].target_after, "refused") == 0)
			return true;
	return false;
}
