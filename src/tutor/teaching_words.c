/* SPDX-License-Identifier: BSD-2-Clause */
/* What a lesson says and asks, and what it shows besides the ladder. */
#include "teaching.h"

#include <tcpcraft/explain.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COLUMNS 78u
#define COLUMNS_MIN 20u		/* as of the terminal's own lines: report/layout.h */
#define ANSWER_MOST 80

/* Text as paragraphs of lines: `first` before the first, as much blank before the others where it
 * is blank itself or a question's. */
static void wrap(struct tc_buf *out, const char *text, const char *first)
{
	size_t indent = first[0] == ' ' || first[0] == '?' ? strlen(first) : 0;
	size_t column = strlen(first), n;
	unsigned width = terminal_width(stdout), columns = !width || width > COLUMNS ? COLUMNS :
		width < COLUMNS_MIN ? COLUMNS_MIN : width;
	bool begins = true;

	tc_buf_text(out, first);
	for (; *text; text += n + strspn(text + n, " ")) {
		n = strcspn(text, " ");
		if (!begins && column + 1 + n > columns) {
			tc_buf_printf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!begins) {
			tc_buf_text(out, " ");
			column++;
		}
		begins = false;
		tc_buf_add(out, text, n);
		column += n;
	}
	tc_buf_text(out, "\n");
}

/* ---- questions --------------------------------------------------------------------------- */

/* An empty line, if the last one is none. */
static void space(struct teaching *t)
{
	if (!t->spaced)
		tc_buf_text(&t->live.text, "\n");
	t->spaced = true;
}

static void put_question(struct tc_buf *out, const struct tc_lesson_step *s)
{
	char number[16];

	wrap(out, s->text, "? ");
	for (unsigned i = 0; i < s->n_choices; i++) {
		snprintf(number, sizeof number, "  %u  ", i + 1);
		wrap(out, s->choice[i], number);
	}
}

/* A number of one of the answers, or 0 for none; false: neither. */
static bool understood(const struct tc_lesson_step *s, const char *line, unsigned *said)
{
	const char *text = line + strspn(line, " \t");
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	*said = 0;
	if (!s->n_choices || text[strspn(text, " \t\r")] == 0)
		return true;
	if (*text < '0' || *text > '9' || end[strspn(end, " \t\r")] || n < 1 ||
	    n > s->n_choices)
		return false;
	*said = (unsigned)n;
	return true;
}

/* Words for the student between question and answer; as JSON they are messages. */
static void prompt(struct teaching *t, const char *words)
{
	if (t->o->json)
		terminal_say(t->o, stderr, "tcpcraft: %s\n", words);
	else
		tc_buf_text(&t->live.text, words);
	live_print(&t->live);
}

/* Until it is one that can be understood. */
static unsigned hear_answer(struct teaching *t, const struct tc_lesson_step *s)
{
	char line[ANSWER_MOST] = "", first[64];
	unsigned said;

	live_read_line(&t->live, STDIN_FILENO, line, sizeof line);
	while (!understood(s, line, &said) && !t->live.signal) {
		snprintf(first, sizeof first, "a number from 1 to %u, or Enter: ", s->n_choices);
		prompt(t, first);
		live_read_line(&t->live, STDIN_FILENO, line, sizeof line);
	}
	return said;
}

/* A wrong answer may be thought over once, with a hint. */
static void hear(struct teaching *t, struct tc_lesson_answer *a)
{
	struct tc_buf words = { 0 };

	a->said = hear_answer(t, a->step);
	if (!a->step->hint || !a->said || a->said == a->step->right || t->live.signal)
		return;
	a->hinted = true;
	if (t->o->json) {
		tc_buf_printf(&words, "a hint: %s", a->step->hint);
	} else {
		wrap(&words, a->step->hint, "Not that. A hint: ");
		tc_buf_text(&words, "once more (a number, or Enter): ");
	}
	if (!words.failed) {
		tc_buf_add_u8(&words, 0);
		prompt(t, (const char *)words.data);
	}
	tc_buf_free(&words);
	a->said = hear_answer(t, a->step);
}

static void ask(struct teaching *t, const struct tc_lesson_step *s)
{
	struct tc_lesson_answer *a;

	if (t->n_asked == TEACHING_ASKED)
		teaching_answers(t);
	a = &t->asked[t->n_asked++];
	*a = (struct tc_lesson_answer){ .step = s };
	if (!t->o->json) {
		space(t);
		put_question(&t->live.text, s);
		t->spaced = false;
	}
	if (!t->o->json && !t->o->teach.go_on)
		tc_buf_text(&t->live.text, s->n_choices ? "your answer (a number, or Enter): "
							: "think, then Enter: ");
	live_print(&t->live);
	if (!t->o->teach.go_on)
		hear(t, a);
}

static void answer(struct teaching *t, const struct tc_lesson_answer *a)
{
	const struct tc_lesson_step *s = a->step;
	struct tc_buf *out = &t->live.text;
	char first[64];

	if (t->sheet.n < TC_LESSON_STEPS)	/* a loop asks a question more than once */
		t->sheet.answer[t->sheet.n++] = *a;
	if (t->o->json) {
		tc_json_lesson_answer(out, a);
		return;
	}
	if (a->said == s->right) {
		tc_buf_printf(out, "You said %u: right%s.\n", a->said,
			      a->hinted ? ", with a hint" : "");
		return;
	}
	if (a->said && a->said <= s->n_choices)
		snprintf(first, sizeof first, "You said %u; it is %u: ", a->said, s->right);
	else
		snprintf(first, sizeof first, "It is %u: ", s->right);
	wrap(out, s->choice[s->right - 1], first);
}

void teaching_answers(struct teaching *t)
{
	bool first = true;

	for (unsigned i = 0; i < t->n_asked; i++) {
		if (!t->asked[i].step->right)
			continue;
		if (first && !t->o->json)
			space(t);
		first = t->spaced = false;
		answer(t, &t->asked[i]);
	}
	t->n_asked = 0;
}

/* ---- what there is to see ------------------------------------------------------------------ */

static void show_ends(struct teaching *t)
{
	struct tc_sockdiag d, *known = NULL;
	struct tc_error err;

	if (t->diag >= 0 &&
	    tc_sockdiag_find(t->diag, t->ends.peer_port, t->ends.our_port, &d, &err) >= 0)
		known = &d;
	if (t->o->json)
		tc_ends_json(&t->live.text, &t->ends, known);
	else
		tc_ends_print(&t->live.text, &t->ends, known);
}

/* The TCP layer of the last packet: of all of them it is the subject. */
static void show_packet(struct teaching *t, bool sum)
{
	struct tc_frame f = { .bytes = t->last.data, .len = t->last.len,
			      .wire_len = t->last.len };
	struct tc_buf *out = &t->live.text;
	struct tc_explain e;

	if (t->o->json || t->last.len == 0)
		return;
	if (tc_explain_open(&e, &f, t->last_dlt, TC_HDR_IP, NULL) == 0) {
		for (unsigned i = 0; i < e.n_layers; i++) {
			if (e.layer[i].hdr != tc_header_get(TC_HDR_TCP))
				continue;
			if (sum)
				tc_explain_sum(out, &e, i, TC_TCP_CHECKSUM);
			else
				tc_explain_ruler(out, &e, i);
		}
	}
	tc_explain_free(&e);
}

void teaching_step(struct teaching *t, const struct tc_lesson_step *s)
{
	if (t->o->json)
		tc_json_lesson(&t->live.text, s);
	if (s->kind != TC_LESSON_SHOW && s->kind != TC_LESSON_ASK)
		teaching_answers(t);
	switch (s->kind) {
	case TC_LESSON_PROSE:
		if (!t->o->json) {
			space(t);
			wrap(&t->live.text, s->text, "");
			tc_buf_text(&t->live.text, "\n");
		}
		break;
	case TC_LESSON_ASK:
		ask(t, s);
		break;
	case TC_LESSON_SHOW:
		show_ends(t);
		break;
	case TC_LESSON_EXPLAIN:
	case TC_LESSON_CHECKSUM:
		show_packet(t, s->kind == TC_LESSON_CHECKSUM);
		break;
	}
}
