/* SPDX-License-Identifier: BSD-2-Clause */
/* What the machine tells the driver: one action more in the list of this step. */
#include "own.h"

#include <assert.h>

/* One step needs far fewer than TC_ACTIONS_MAX: only output() loops, and leaves room. */
struct tc_action *tc_tcp_add(struct tc_step *s, enum tc_action_type type)
{
	struct tc_action *a = &s->out->a[s->out->n];

	assert(s->out->n < TC_ACTIONS_MAX);
	s->out->n++;
	a->type = type;
	return a;
}

void tc_tcp_notify(struct tc_step *s, enum tc_notify what, const char *text)
{
	struct tc_action *a = tc_tcp_add(s, TC_ACT_NOTIFY);

	a->notify.what = what;
	a->notify.text = text;
}

void tc_tcp_note(struct tc_step *s, const char *text, const char *clause)
{
	struct tc_action *a = tc_tcp_add(s, TC_ACT_NOTE);

	a->note.text = text;
	a->note.clause = clause;
}
