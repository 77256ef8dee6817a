/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A lesson as a text file: prose and questions around scripts (tcpcraft/script.h).
 *
 *	# Title
 *	--switch=value			of the scripts, before anything else of a part
 *	Prose, up to an empty line.
 *	? A question, answered by what then happens on the wire
 *	- an answer
 *	+ the right one
 *	~ a hint, for who answers wrong
 *	<tab>or four blanks: script
 *	! show | explain | checksum	what there is to see
 *	! guard off | rst		how this part is run (tcpcraft-lesson(5))
 *	---				the next part: on a new network
 *
 * Each part becomes a script in which say and ask name the steps of the lesson; its lines
 * have the numbers that they have in the file. Pure; nothing here is carried out.
 */
#ifndef TEACH_LESSON_H
#define TEACH_LESSON_H

#include <tcpcraft/guard.h>
#include <tcpcraft/script.h>

struct tc_buf;
struct tc_error;

#define TC_LESSON_PARTS 8
#define TC_LESSON_STEPS 200
#define TC_LESSON_CHOICES 6

enum tc_lesson_kind {
	TC_LESSON_PROSE,
	TC_LESSON_ASK,
	TC_LESSON_SHOW,		/* both ends, side by side */
	TC_LESSON_EXPLAIN,	/* the last packet: every field … */
	TC_LESSON_CHECKSUM,	/* … its checksum worked out */
};

struct tc_lesson_step {
	enum tc_lesson_kind kind;
	unsigned line;
	const char *text;			/* PROSE, ASK: lines joined by blanks */
	const char *choice[TC_LESSON_CHOICES];
	unsigned n_choices, right;		/* right: from 1; 0: there are no choices */
	const char *hint;			/* or NULL */
};

/* What a student said to a question. */
struct tc_lesson_answer {
	const struct tc_lesson_step *step;
	unsigned said;			/* from 1; 0: nothing */
	bool hinted;			/* after a wrong answer, and the hint */
};

struct tc_lesson_part {
	struct tc_script *script;
	bool guarded;			/* our address is the kernel's as well: */
	enum tc_guard_mode guard;	/* so this keeps it quiet, or not */
};

struct tc_lesson {
	const char *title;
	struct tc_lesson_part part[TC_LESSON_PARTS];
	unsigned n_parts;
	struct tc_lesson_step step[TC_LESSON_STEPS];
	unsigned n_steps;
	void *memory;
};

/* Messages begin with "FILE:LINE:COLUMN: ". -EINVAL, -EMSGSIZE, -ENOMEM. */
int tc_lesson_parse(struct tc_lesson **l, const char *file, const char *text, size_t n,
		    struct tc_error *err);
void tc_lesson_free(struct tc_lesson *l);	/* NULL is allowed */

/* Append for its author: what is in it, and a line for each question that the wire never
 * answers. file: its name there. */
void tc_lesson_review(struct tc_buf *out, const struct tc_lesson *l, const char *file);

/* The step that a say or ask of its scripts stands for. */
const struct tc_lesson_step *tc_lesson_step(const struct tc_lesson *l, const char *text);

/* Append a JSON line of type `lesson`: a lesson there is; a step of one. */
void tc_json_lesson_title(struct tc_buf *out, const char *name, const char *title);
void tc_json_lesson(struct tc_buf *out, const struct tc_lesson_step *s);

/* The same of type `answer`. */
void tc_json_lesson_answer(struct tc_buf *out, const struct tc_lesson_answer *a);

/* It was right, and without a hint. */
bool tc_lesson_is_right(const struct tc_lesson_answer *a);

/* Who answered what, for the one who teaches. */
struct tc_lesson_sheet {
	const struct tc_lesson *lesson;
	const char *user;			/* NULL: not known */
	int64_t began;				/* seconds since 1970 */
	struct tc_lesson_answer answer[TC_LESSON_STEPS];
	unsigned n;
};

unsigned tc_lesson_right(const struct tc_lesson_sheet *s);

/* The last line, of type `result`; and one of type `score`, for the file of a class. */
void tc_json_lesson_result(struct tc_buf *out, const struct tc_lesson_sheet *s, int exit_code);
void tc_json_lesson_score(struct tc_buf *out, const struct tc_lesson_sheet *s, int64_t seconds,
			  int exit_code);

#endif
