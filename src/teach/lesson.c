/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lessons read. A part is written anew as a script, line for line: script lines as they
 * are, what begins a step as say or ask with the step's number, the rest as empty lines.
 * So what the script's parser says of a place is true of the lesson.
 */
#include "lesson.h"
#include "base/opened.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LESSON_MAX (256u << 10)
#define SCRIPT_INDENT 4			/* blanks; or a tab */

struct reader {
	struct tc_lesson *l;
	const char *file;
	char *at;			/* the next line; the text is cut into strings */
	unsigned line;
	struct tc_buf script;		/* of the part, as far as it is read */
	struct tc_lesson_part *part;
	struct tc_lesson_step *step;	/* the one that this line may continue, or NULL */
	bool begun;			/* the part has had a line that is no --switch */
	struct tc_error *err;
};

static int wrong(const struct reader *r, const char *what)
{
	return tc_fail(r->err, -EINVAL, "%s:%u:1: %s", r->file, r->line, what);
}

/* ---- steps --------------------------------------------------------------------------- */

static int begin_step(struct reader *r, enum tc_lesson_kind kind, const char *text)
{
	struct tc_lesson *l = r->l;

	if (l->n_steps == TC_LESSON_STEPS)
		return wrong(r, "too many paragraphs and questions");
	r->step = &l->step[l->n_steps];
	*r->step = (struct tc_lesson_step){ .kind = kind, .line = r->line, .text = text };
	tc_buf_printf(&r->script, "%s \"%u\"", kind == TC_LESSON_ASK ? "ask" : "say",
		      l->n_steps);
	l->n_steps++;
	r->begun = true;
	return 0;
}

/* Append a line to its text, in place: in the file one follows the other, and only what was
 * trimmed lies between. */
static void go_on(const char *text, const char *more)
{
	char *end = (char *)(uintptr_t)text + strlen(text);

	*end++ = ' ';
	memmove(end, more, strlen(more) + 1);
}

static int choice(struct reader *r, const char *text, bool right)
{
	struct tc_lesson_step *s = r->step;

	if (!s || s->kind != TC_LESSON_ASK)
		return wrong(r, "an answer (- or +) without a question (?) before it");
	if (s->hint)
		return wrong(r, "an answer behind the hint (~): the hint is the last line");
	if (s->n_choices == TC_LESSON_CHOICES)
		return wrong(r, "too many answers: 6 at most");
	if (right && s->right)
		return wrong(r, "a second right answer (+)");
	s->choice[s->n_choices++] = text;
	if (right)
		s->right = s->n_choices;
	return 0;
}

static int hint(struct reader *r, const char *text)
{
	struct tc_lesson_step *s = r->step;

	if (!s || !s->n_choices)
		return wrong(r, "a hint (~) without answers (- or +) before it");
	if (s->hint)
		return wrong(r, "a second hint (~) for this question");
	s->hint = text;
	return 0;
}

static int prose(struct reader *r, const char *text)
{
	struct tc_lesson_step *s = r->step;

	if (s && s->hint) {
		go_on(s->hint, text);
		return 0;
	}
	if (s && s->n_choices) {
		go_on(s->choice[s->n_choices - 1], text);
		return 0;
	}
	if (s && (s->kind == TC_LESSON_PROSE || s->kind == TC_LESSON_ASK)) {
		go_on(s->text, text);
		return 0;
	}
	return begin_step(r, TC_LESSON_PROSE, text);
}

/* ---- directives ----------------------------------------------------------------------- */

static int guard(struct reader *r, const char *mode)
{
	struct tc_error why = { 0 };
	int rc = tc_guard_mode_parse(mode, &why);

	if (rc < 0)
		return wrong(r, why.msg);
	if (r->begun)
		return wrong(r, "! guard stands before all else of a part");
	r->part->guarded = true;
	r->part->guard = (enum tc_guard_mode)rc;
	return 0;
}

static int directive(struct reader *r, const char *text)
{
	static const struct { const char *word; enum tc_lesson_kind kind; } words[] = {
		{ "show", TC_LESSON_SHOW },
		{ "explain", TC_LESSON_EXPLAIN },
		{ "checksum", TC_LESSON_CHECKSUM },
	};
	int rc;

	if (strncmp(text, "guard ", 6) == 0)
		return guard(r, text + 6);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(text, words[i].word) == 0) {
			rc = begin_step(r, words[i].kind, "");
			r->step = NULL;
			return rc;
		}
	return wrong(r, "! show, ! explain, ! checksum or ! guard MODE is expected");
}

/* ---- parts ------------------------------------------------------------------------------ */

/* Its lines are numbered as in the file: as many empty ones come first. */
static int begin_part(struct reader *r)
{
	if (r->l->n_parts == TC_LESSON_PARTS)
		return wrong(r, "too many parts: 8 at most");
	r->part = &r->l->part[r->l->n_parts++];
	r->step = NULL;
	r->begun = false;
	r->script.len = 0;
	for (unsigned i = 1; i < r->line; i++)
		tc_buf_add_u8(&r->script, '\n');
	return 0;
}

/* A question with answers has a right one: else whatever a student says is wrong. */
static int check_answers(const struct reader *r)
{
	for (const struct tc_lesson_step *s = r->l->step; s < r->l->step + r->l->n_steps; s++)
		if (s->n_choices && !s->right)
			return tc_fail(r->err, -EINVAL, "%s:%u:1: none of the answers of this "
				       "question is the right one: begin it with +", r->file,
				       s->line);
	return 0;
}

static int end_part(struct reader *r)
{
	if (r->script.failed)
		return tc_nomem(r->err);
	if (!r->begun)
		return wrong(r, "this part of the lesson is empty");
	if (check_answers(r) < 0)
		return -EINVAL;
	return tc_script_parse(&r->part->script, r->file, (const char *)r->script.data,
			       r->script.len, NULL, 0, r->err);
}

/* ---- lines ------------------------------------------------------------------------------ */

static char *next_line(struct reader *r)
{
	char *line = r->at, *end = line ? strchr(line, '\n') : NULL;
	size_t n;

	if (!line || !*line)
		return NULL;
	r->at = end ? end + 1 : NULL;
	if (end)
		*end = 0;
	for (n = strlen(line); n && isspace((unsigned char)line[n - 1]);)
		line[--n] = 0;
	r->line++;
	return line;
}

static bool is_script(const char *line)
{
	return line[0] == '\t' || strspn(line, " ") >= SCRIPT_INDENT;
}

static const char *behind(const char *line)
{
	return line + 1 + strspn(line + 1, " \t");
}

static int read_line(struct reader *r, const char *line)
{
	const char *text = line + strspn(line, " ");

	if (!*text) {
		r->step = NULL;
		return 0;
	}
	if (is_script(line) || strncmp(line, "--", 2) == 0) {
		tc_buf_text(&r->script, line);
		r->step = NULL;
		r->begun |= is_script(line);
		return 0;
	}
	switch (*text) {
	case '?':
		return begin_step(r, TC_LESSON_ASK, behind(text));
	case '-':
	case '+':
		return choice(r, behind(text), *text == '+');
	case '~':
		return hint(r, behind(text));
	case '!':
		return directive(r, behind(text));
	default:
		return prose(r, text);
	}
}

static int read_lesson(struct reader *r)
{
	char *line = next_line(r);
	int rc;

	if (!line || line[0] != '#') {
		r->line = 1;
		return wrong(r, "a lesson begins with # and its title");
	}
	r->l->title = behind(line);
	if (!*r->l->title)
		return wrong(r, "the title is empty");
	r->line++;
	rc = begin_part(r);
	r->line--;
	while (rc >= 0 && (line = next_line(r))) {
		if (strcmp(line, "---") == 0) {
			rc = end_part(r);
			r->line++;
			if (rc >= 0)
				rc = begin_part(r);
			r->line--;
			continue;
		}
		rc = read_line(r, line);
		tc_buf_add_u8(&r->script, '\n');
	}
	return rc < 0 ? rc : end_part(r);
}

int tc_lesson_parse(struct tc_lesson **out, const char *file, const char *text, size_t n,
		    struct tc_error *err)
{
	struct tc_lesson *l = calloc(1, sizeof *l);
	struct reader r = { .l = l, .file = file, .err = err };
	int rc;

	if (n > LESSON_MAX) {
		free(l);
		return tc_fail(err, -EMSGSIZE, "%s: %zu bytes, a lesson has %u at most", file,
			       n, LESSON_MAX);
	}
	if (l)		/* one more byte: a line may end the file without a newline */
		l->memory = r.at = malloc(n + 1);
	if (!l || !l->memory) {
		tc_lesson_free(l);
		return tc_nomem(err);
	}
	memcpy(r.at, text, n);
	r.at[n] = 0;
	rc = strlen(r.at) == n ? read_lesson(&r) : wrong(&r, "a lesson cannot contain a NUL byte");
	tc_buf_free(&r.script);
	return TC_OPENED(out, l, rc, tc_lesson_free);
}

void tc_lesson_free(struct tc_lesson *l)
{
	if (!l)
		return;
	for (unsigned i = 0; i < l->n_parts; i++)
		tc_script_free(l->part[i].script);
	free(l->memory);
	free(l);
}

bool tc_lesson_is_right(const struct tc_lesson_answer *a)
{
	return a->said == a->step->right && !a->hinted;
}

unsigned tc_lesson_right(const struct tc_lesson_sheet *s)
{
	unsigned right = 0;

	for (unsigned i = 0; i < s->n; i++)
		right += tc_lesson_is_right(&s->answer[i]);
	return right;
}

const struct tc_lesson_step *tc_lesson_step(const struct tc_lesson *l, const char *text)
{
	unsigned long n = strtoul(text, NULL, 10);

	return n < l->n_steps ? &l->step[n] : NULL;
}
