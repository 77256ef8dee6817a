/* SPDX-License-Identifier: BSD-2-Clause */
/* What a lesson says and asks, and what it shows besides the ladder. */
#include "teaching.h"

#include <tcpcraft/explain.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COLUMNS 78
#define ANSWER_MOST 80

void teaching_wrap(struct tc_buf *out, const char *text, const char *indent)
{
	size_t column = 0, n;

	while (*text) {
		n = strcspn(text, " ");
		if (column && column + 1 + n > COLUMNS) {
			tc_buf_text(out, "\n");
			column = 0;
		}
		tc_buf_text(out, column ? " " : indent);
		tc_buf_add(out, text, n);
		column += (column ? 1 : strlen(indent)) + n;
		text += n + strspn(text + n, " ");
	}
	tc_buf_text(out, "\n");
}

/* ---- questions --------------------------------------------------------------------------- */

static void put_question(struct tc_buf *out, const struct tc_lesson_step *s)
{
	char number[8];

	tc_buf_text(out, "\n");
	teaching_wrap(out, s->text, "? ");
	for (unsigned i = 0; i < s->n_choices; i++) {
		snprintf(number, sizeof number, "  %u  ", i + 1);
		teaching_wrap(out, s->choice[i], number);
	}
}

/* A line of standard input; at its end, or at a signal, none. */
static void read_answer(struct teaching *t, char line[ANSWER_MOST])
{
	struct pollfd fds[2] = { { .fd = STDIN_FILENO, .events = POLLIN },
				 { .fd = t->live.signal_fd, .events = POLLIN } };
	size_t n = 0;
	char ch;

	for (;;) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents)
			live_read_signal(&t->live);
		if (t->live.signal)
			break;
		if (!fds[0].revents)
			continue;
		if (read(STDIN_FILENO, &ch, 1) != 1 || ch == '\n')
			break;
		if (n + 1 < ANSWER_MOST)
			line[n++] = ch;
	}
	line[n] = 0;
}

static void ask(struct teaching *t, const struct tc_lesson_step *s)
{
	char line[ANSWER_MOST] = "";

	t->asked = s;
	t->answer = 0;
	t->questions++;
	if (!t->o->json)
		put_question(&t->live.text, s);
	if (t->o->teach.go_on) {
		live_print(&t->live);
		return;
	}
	tc_buf_text(&t->live.text, s->n_choices ? "your answer (a number, or Enter): "
						: "think, then Enter: ");
	live_print(&t->live);
	read_answer(t, line);
	t->answer = (unsigned)strtoul(line, NULL, 10);
}

void teaching_answer(struct teaching *t)
{
	const struct tc_lesson_step *s = t->asked;
	struct tc_buf *out = &t->live.text;

	t->asked = NULL;
	if (!s || !s->right || t->o->json)
		return;
	tc_buf_text(out, "\n");
	if (t->answer == s->right) {
		t->right++;
		tc_buf_printf(out, "You said %u: that is right.\n", t->answer);
	} else if (t->answer && t->answer <= s->n_choices) {
		tc_buf_printf(out, "You said %u; it was %u: ", t->answer, s->right);
		teaching_wrap(out, s->choice[s->right - 1], "");
	} else {
		tc_buf_printf(out, "The answer is %u: ", s->right);
		teaching_wrap(out, s->choice[s->right - 1], "");
	}
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
	if (s->kind != TC_LESSON_SHOW)
		teaching_answer(t);
	switch (s->kind) {
	case TC_LESSON_PROSE:
		if (!t->o->json) {
			tc_buf_text(&t->live.text, "\n");
			teaching_wrap(&t->live.text, s->text, "");
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
