/* SPDX-License-Identifier: BSD-2-Clause */
/* teach --check: what a lesson has, and questions that cannot be answered, for its author. */
#include "lesson.h"

#include <tcpcraft/buf.h>

static bool is_words(const struct tc_script_event *e)
{
	return e->kind == TC_SCRIPT_SAY || e->kind == TC_SCRIPT_ASK;
}

/* Does any event follow it, a packet or a call, that may answer the question? */
static bool is_answered(const struct tc_script_event *e)
{
	while (e && is_words(e))
		e = e->next;
	return e != NULL;
}

/* The number of a part's events; a line for each of its questions that none follows. */
static unsigned review_part(struct tc_buf *out, const struct tc_lesson *l,
			    const struct tc_lesson_part *part, const char *file)
{
	const struct tc_lesson_step *s;
	unsigned happens = 0;

	for (const struct tc_script_event *e = part->script->events; e; e = e->next) {
		happens += !is_words(e);
		s = e->kind == TC_SCRIPT_ASK ? tc_lesson_step(l, e->text) : NULL;
		if (s && s->n_choices && !is_answered(e))
			tc_buf_printf(out, "%s:%u:1: nothing happens behind this question: the "
				      "wire does not answer it\n", file, s->line);
	}
	return happens;
}

void tc_lesson_review(struct tc_buf *out, const struct tc_lesson *l, const char *file)
{
	unsigned happens = 0, questions = 0, hints = 0;

	for (unsigned i = 0; i < l->n_steps; i++) {
		questions += l->step[i].n_choices != 0;
		hints += l->step[i].hint != NULL;
	}
	for (unsigned i = 0; i < l->n_parts; i++)
		happens += review_part(out, l, &l->part[i], file);
	tc_buf_printf(out, "%s: %s: parts: %u, questions: %u (with a hint: %u), events: %u\n",
		      file, l->title, l->n_parts, questions, hints, happens);
}
