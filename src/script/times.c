/* SPDX-License-Identifier: BSD-2-Clause */
/* The time in front of an event; see script.h. */
#include "own.h"

#include <tcpcraft/tcp.h>

int tc_sc_time(struct script_cursor *c, struct tc_script_time *t)
{
	bool relative;
	const char *from = tc_sc_skip(c);
	int rc;

	if (tc_sc_accept(c, "*")) {
		t->when = TC_WHEN_ANY;
		return 0;
	}
	relative = tc_sc_accept(c, "+");
	rc = tc_sc_seconds(c, &t->from);
	t->when = relative ? TC_WHEN_RELATIVE : TC_WHEN_ABSOLUTE;
	if (rc < 0 || !tc_sc_accept(c, "~"))
		return rc;
	t->when = relative ? TC_WHEN_RELATIVE_RANGE : TC_WHEN_RANGE;
	if (tc_sc_accept(c, "+") && !relative)
		return tc_sc_fail_at(c, from, "a range is T~T or +T~+T, not one of each");
	rc = tc_sc_seconds(c, &t->to);
	if (rc >= 0 && t->to < t->from)
		return tc_sc_fail_at(c, from, "this range ends before it begins");
	return rc;
}

/* T...T of a call that may block. Both count from the same moment. */
int tc_sc_until(struct script_cursor *c, struct tc_script_event *e)
{
	const char *from = c->at;
	int rc;

	if (!tc_sc_accept(c, "..."))
		return 0;
	if (e->time.when != TC_WHEN_ABSOLUTE && e->time.when != TC_WHEN_RELATIVE)
		return tc_sc_fail_at(c, from,
				     "only T...T and +T...T say how long a call blocks");
	tc_sc_accept(c, "+");
	e->call.blocks = true;
	rc = tc_sc_seconds(c, &e->call.until);
	if (rc >= 0 && e->call.until < e->time.from)
		return tc_sc_fail_at(c, from, "this call ends before it begins");
	return rc;
}

bool tc_sc_begins_time(struct script_cursor *c)
{
	return tc_sc_is_digit(c) || strchr("+*.", *c->at);
}

bool tc_sc_is_window(const struct tc_script_time *t)
{
	return t->when != TC_WHEN_ABSOLUTE && t->when != TC_WHEN_RELATIVE;
}
