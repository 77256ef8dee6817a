/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft teach: lessons on real traffic, in a network that nobody else sees. */
#include "commands.h"
#include "lessons.h"
#include "teaching.h"

#include <errno.h>
#include <string.h>

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
	terminal_write(o, stdout, line.data, line.len);
	tc_buf_free(&line);
	tc_lesson_free(l);
	return 0;
}

static int list(struct options *o)
{
	struct tc_error err = { 0 };

	if (lessons_each(list_one, o, &err) < 0)
		return fail(o, err.code == -EINVAL ? EXIT_USAGE : EXIT_MACHINE, &err);
	if (!o->json && !o->quiet)
		fprintf(stderr, "tcpcraft teach LESSON begins one\n");
	return EXIT_DONE;
}

static void put_title(const struct teaching *t)
{
	size_t n = strlen(t->lesson->title);

	if (t->o->json)
		return;
	printf("%s\n", t->lesson->title);
	while (n--)
		putchar('=');
	putchar('\n');
}

static int teach(struct teaching *t)
{
	int code = EXIT_DONE;

	put_title(t);
	for (unsigned i = 0; i < t->lesson->n_parts && code == EXIT_DONE; i++)
		code = teaching_part(t, &t->lesson->part[i]);
	if (code == EXIT_DONE && !t->o->json && !t->o->teach.go_on && t->questions)
		printf("\nThat was it: %u of %u questions answered right.\n", t->right,
		       t->questions);
	return code;
}

int cmd_teach(const struct command *cmd, struct options *o, int argc, char **argv)
{
	struct teaching t = { .o = o };
	struct tc_lesson *lesson = NULL;
	struct tc_error err = { 0 };
	int code;

	(void)cmd;
	if (argc && o->teach.file) {
		tc_fail(&err, -EINVAL, "LESSON and --lesson both name one: use one");
		return fail(o, EXIT_USAGE, &err);
	}
	if (o->teach.list || (argc == 0 && !o->teach.file))
		return list(o);
	if (lessons_read(&lesson, o->teach.file, argv[0], &err) < 0)
		return fail(o, EXIT_USAGE, &err);
	o->script.local = true;
	t.lesson = lesson;
	code = teach(&t);
	tc_lesson_free(lesson);
	return code;
}
