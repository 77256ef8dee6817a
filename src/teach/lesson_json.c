/* SPDX-License-Identifier: BSD-2-Clause */
/* A lesson's steps as JSON lines. */
#include "base/name.h"
#include "report/json.h"

#include "lesson.h"

static const char *kind_name(enum tc_lesson_kind kind)
{
	static const char *const names[] = {
		[TC_LESSON_PROSE] = "prose", [TC_LESSON_ASK] = "question",
		[TC_LESSON_SHOW] = "show", [TC_LESSON_EXPLAIN] = "explain",
		[TC_LESSON_CHECKSUM] = "checksum",
	};

	return TC_NAME(names, kind);
}

void tc_json_lesson(struct tc_buf *out, const struct tc_lesson_step *s)
{
	json_t *o = tc_json_line("lesson"), *choices = json_array();

	put_text(o, "kind", kind_name(s->kind));
	put_int(o, "line", s->line);
	put_text(o, "text", s->text);
	for (unsigned i = 0; i < s->n_choices; i++)
		json_array_append_new(choices, json_string(s->choice[i]));
	put_some(o, "choices", choices);
	if (s->right)
		put_int(o, "right", s->right);
	put_text(o, "hint", s->hint);
	tc_json_put_line(out, o);
}

void tc_json_lesson_title(struct tc_buf *out, const char *name, const char *title)
{
	json_t *o = tc_json_line("lesson");

	put_text(o, "name", name);
	put_text(o, "title", title);
	tc_json_put_line(out, o);
}

/* What is told of an answer, wherever it stands. */
static void put_answer(json_t *o, const struct tc_lesson_answer *a)
{
	put_int(o, "line", a->step->line);
	if (a->said)
		put_int(o, "said", a->said);
	put_int(o, "right", a->step->right);
	json_object_set_new(o, "correct", json_boolean(tc_lesson_is_right(a)));
	if (a->hinted)
		json_object_set_new(o, "hinted", json_true());
}

void tc_json_lesson_answer(struct tc_buf *out, const struct tc_lesson_answer *a)
{
	json_t *o = tc_json_line("answer");

	put_answer(o, a);
	tc_json_put_line(out, o);
}

static void put_score(json_t *o, const struct tc_lesson_sheet *s, int exit_code)
{
	put_text(o, "title", s->lesson->title);
	put_int(o, "questions", s->n);
	put_int(o, "right", tc_lesson_right(s));
	put_int(o, "exit", (uint64_t)exit_code);
}

void tc_json_lesson_result(struct tc_buf *out, const struct tc_lesson_sheet *s, int exit_code)
{
	json_t *o = tc_json_result_line("teach");

	put_score(o, s, exit_code);
	tc_json_put_line(out, o);
}

void tc_json_lesson_score(struct tc_buf *out, const struct tc_lesson_sheet *s, int64_t seconds,
			  int exit_code)
{
	json_t *o = tc_json_line("score"), *answers = json_array(), *one;

	put_text(o, "user", s->user);
	put_int(o, "began", (uint64_t)s->began);
	put_int(o, "seconds", (uint64_t)seconds);
	put_score(o, s, exit_code);
	for (unsigned i = 0; i < s->n; i++) {
		one = json_object();
		put_answer(one, &s->answer[i]);
		json_array_append_new(answers, one);
	}
	json_object_set_new(o, "answers", answers);
	tc_json_put_line(out, o);
}
