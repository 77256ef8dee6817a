/* SPDX-License-Identifier: BSD-2-Clause */
/* A lesson's steps as JSON lines. */
#include "report/json.h"

#include "lesson.h"

static const char *kind_name(enum tc_lesson_kind kind)
{
	switch (kind) {
	case TC_LESSON_PROSE:
		return "prose";
	case TC_LESSON_ASK:
		return "question";
	case TC_LESSON_SHOW:
		return "show";
	case TC_LESSON_EXPLAIN:
		return "explain";
	case TC_LESSON_CHECKSUM:
		return "checksum";
	}
	return "";
}

void tc_json_lesson(struct tc_buf *out, const struct tc_lesson_step *s)
{
	json_t *o = json_object(), *choices = json_array();

	put_text(o, "type", "lesson");
	put_text(o, "kind", kind_name(s->kind));
	put_int(o, "line", s->line);
	put_text(o, "text", s->text);
	for (unsigned i = 0; i < s->n_choices; i++)
		json_array_append_new(choices, json_string(s->choice[i]));
	if (s->n_choices)
		json_object_set(o, "choices", choices);
	json_decref(choices);
	if (s->right)
		put_int(o, "right", s->right);
	put_line(out, o);
}

void tc_json_lesson_title(struct tc_buf *out, const char *name, const char *title)
{
	json_t *o = json_object();

	put_text(o, "type", "lesson");
	put_text(o, "name", name);
	put_text(o, "title", title);
	put_line(out, o);
}

void tc_json_lesson_answer(struct tc_buf *out, const struct tc_lesson_step *s, unsigned said)
{
	json_t *o = json_object();

	put_text(o, "type", "answer");
	put_int(o, "line", s->line);
	if (said)
		put_int(o, "said", said);
	put_int(o, "right", s->right);
	json_object_set_new(o, "correct", json_boolean(said == s->right));
	put_line(out, o);
}

void tc_json_lesson_result(struct tc_buf *out, const struct tc_lesson *l, unsigned questions,
			   unsigned right, int exit_code)
{
	json_t *o = json_object();

	put_text(o, "type", "result");
	put_text(o, "command", "teach");
	put_text(o, "title", l->title);
	put_int(o, "questions", questions);
	put_int(o, "right", right);
	put_int(o, "exit", (uint64_t)exit_code);
	put_line(out, o);
}
