/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft teach: lessons on real traffic, in a network that nobody else sees. */
#include "commands.h"
#include "syscalls/calls.h"
#include "tutor/lessons.h"
#include "tutor/scores.h"
#include "tutor/teaching.h"

#include <errno.h>
#include <string.h>
#include <time.h>

static int list_one(void *ctx, const char *name, struct tc_error *err)
{
	const struct options *o = ctx;
	struct tc_lesson *l = NULL;
	struct tc_buf line = { 0 };
	int rc = lessons_read(&l, NULL, name, err);

	if (rc < 0)
		return rc;
	if (o->json)
		tc_json_lesson_title(&line, name, l->title);
	else
		tc_buf_printf(&line, "%-16s %s\n", name, l->title);
	terminal_give(o, stdout, &line);
	tc_lesson_free(l);
	return 0;
}

static int list(struct options *o)
{
	struct tc_error err = { 0 };

	if (lessons_each(list_one, o, &err) < 0)
		return fail(o, exit_for(OF_WORDS, &err), &err);
	if (!o->json && !o->quiet)
		terminal_say(o, stderr, "tcpcraft teach LESSON begins one\n");
	return EXIT_DONE;
}

static void put_title(const struct teaching *t)
{
	struct tc_buf line = { 0 };

	if (t->o->json)
		return;
	tc_buf_printf(&line, "%s\n", t->lesson->title);
	for (size_t n = strlen(t->lesson->title); n; n--)
		tc_buf_add_u8(&line, '=');
	terminal_line(t->o, stdout, &line);
	tc_buf_free(&line);
}

static void put_result(const struct teaching *t, int code)
{
	struct tc_buf line = { 0 };

	tc_json_lesson_result(&line, &t->sheet, code);
	terminal_give(t->o, stdout, &line);
}

static int teach(struct teaching *t, struct options *o)
{
	struct tc_error err = { 0 };
	int code, log = scores_open(o->teach.log, &err);

	if (o->teach.log && log < 0)
		return fail(o, EXIT_MACHINE, &err);
	t->sheet.lesson = t->lesson;
	t->sheet.began = time(NULL);
	put_title(t);
	code = teaching_parts(t);
	if (t->o->json)
		put_result(t, code);
	if (code == EXIT_DONE && !t->o->json && !t->o->teach.go_on && t->sheet.n)
		terminal_say(o, stdout, "\nThat was it: %u of %u questions answered "
			     "right.\n", tc_lesson_right(&t->sheet), t->sheet.n);
	if (log >= 0 && scores_add(log, o->teach.log, &t->sheet, code, &err) < 0)
		code = fail(o, EXIT_MACHINE, &err);
	return code;
}

/* For who writes lessons: it is read as if it were to be run. */
static int check(struct options *o)
{
	struct tc_lesson *l = NULL;
	struct tc_error err = { 0 };
	struct tc_buf words = { 0 };

	int rc = lessons_read(&l, o->teach.check, NULL, &err);

	for (unsigned i = 0; rc >= 0 && i < l->n_parts; i++)
		rc = tc_calls_check(l->part[i].script, false, &err);
	if (rc >= 0) {
		tc_lesson_review(&words, l, l->part[0].script->file);
		terminal_write(o, stdout, words.data, words.len);
	}
	tc_buf_free(&words);
	tc_lesson_free(l);
	return rc < 0 ? fail(o, EXIT_USAGE, &err) : EXIT_DONE;
}

static int add_word(void *ctx, const char *name, struct tc_error *err)
{
	(void)err;
	words_add(ctx, name, NULL);
	return 0;
}

static void words(struct words *w)
{
	struct tc_error err;

	lessons_each(add_word, w, &err);
}

static int entry(const struct command *cmd, struct options *o, int argc, char **argv)
{
	struct teaching t = { .o = o };
	struct tc_lesson *lesson = NULL;
	struct tc_error err = { 0 };
	int code;

	(void)cmd;
	if ((argc > 0) + (o->teach.file != NULL) + (o->teach.check != NULL) > 1)
		return fail_usage(o, "LESSON, --lesson and --check each name one: use one");
	if (o->teach.check)
		return check(o);
	if (o->teach.list || (argc == 0 && !o->teach.file))
		return list(o);
	if (lessons_read(&lesson, o->teach.file, argv[0], &err) < 0)
		return fail(o, EXIT_USAGE, &err);
	if (o->write_file && strcmp(o->write_file, "-") == 0) {
		tc_lesson_free(lesson);
		return fail_usage(o, "-w: the lesson is on standard output, a capture needs a file");
	}
	o->script.dut = OPTIONS_KERNEL;
	t.lesson = lesson;
	code = teach(&t, o);
	tc_lesson_free(lesson);
	return code;
}

const struct command cmd_teach = {
	.name = "teach", .args = "[LESSON]",
	.one_line = "TCP on real traffic, with questions; without LESSON a list",
	.groups = GROUP_TEACH | GROUP_FILES | GROUP_FORCE | GROUP_LADDER | GROUP_OUT,
	.min_args = 0, .max_args = 1, .words_at = 1, .words = words,
	.run = entry,
	.more = "tcpcraft teach handshake\n"
		"tcpcraft teach --lesson mine.lesson --auto",
};
