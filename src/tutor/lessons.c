/* SPDX-License-Identifier: BSD-2-Clause */
/* The lessons that came with tcpcraft: text files in a folder beside the program's other
 * files, in the source tree as well as installed. */
#include "lessons.h"

#include "options/places.h"

#include <tcpcraft/buf.h>

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LESSON_BYTES (256u << 10)
#define SUFFIX ".lesson"

static int read_file(struct tc_lesson **l, const char *path, const char *shown,
		     struct tc_error *err)
{
	struct tc_buf text = { 0 };
	int rc = tc_buf_read_file(&text, path, LESSON_BYTES, err);

	if (rc >= 0)
		rc = tc_lesson_parse(l, shown, (const char *)text.data, text.len, err);
	tc_buf_free(&text);
	return rc;
}

static int by_name(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);	/* 9, 10 */
}

/* Names without their suffix; each is to be freed. */
static size_t collect(DIR *dir, char **names, size_t most)
{
	struct dirent *d;
	size_t n = 0, len;

	while (n < most && (d = readdir(dir))) {
		len = strlen(d->d_name);
		if (len <= strlen(SUFFIX) || strcmp(d->d_name + len - strlen(SUFFIX), SUFFIX))
			continue;
		names[n] = strndup(d->d_name, len - strlen(SUFFIX));
		n += names[n] != NULL;
	}
	qsort(names, n, sizeof *names, by_name);
	return n;
}

int lessons_each(int (*tell)(void *ctx, const char *name, struct tc_error *err), void *ctx,
		 struct tc_error *err)
{
	char folder[PATH_MAX], *names[100];
	size_t n;
	int rc = 0;
	DIR *dir;

	place_find(folder, "lessons", "TCPCRAFT_LESSONS");
	dir = opendir(folder);
	if (!dir)
		return tc_fail(err, -ENOENT, "the lessons are missing: no folder %s; set "
			       "TCPCRAFT_LESSONS to where they are", folder);
	n = collect(dir, names, sizeof names / sizeof *names);
	closedir(dir);
	for (size_t i = 0; i < n; i++) {
		if (rc >= 0)
			rc = tell(ctx, names[i], err);
		free(names[i]);
	}
	return rc;
}

/* "2-guard" is meant by its whole name, by "guard" and by "2". */
struct wanted {
	const char *name;
	char found[PATH_MAX];
};

static int match(void *ctx, const char *name, struct tc_error *err)
{
	struct wanted *w = ctx;
	size_t digits = strspn(name, "0123456789"), n = strlen(w->name);

	(void)err;
	if (strcmp(name, w->name) == 0 ||
	    (digits && name[digits] == '-' && (strcmp(name + digits + 1, w->name) == 0 ||
	     (n == digits && strncmp(name, w->name, n) == 0))))
		snprintf(w->found, sizeof w->found, "%s", name);
	return 0;
}

int lessons_read(struct tc_lesson **l, const char *file, const char *name,
		 struct tc_error *err)
{
	char folder[PATH_MAX], path[PATH_MAX + sizeof SUFFIX + NAME_MAX];
	struct wanted w = { .name = name };
	int rc;

	if (file)
		return read_file(l, file, strcmp(file, "-") ? file : "stdin", err);
	rc = lessons_each(match, &w, err);
	if (rc < 0)
		return rc;
	if (!w.found[0])
		return tc_fail(err, -ENOENT, "there is no lesson '%s': tcpcraft teach --list "
			       "names them; --lesson FILE is for one of your own", name);
	place_find(folder, "lessons", "TCPCRAFT_LESSONS");
	snprintf(path, sizeof path, "%s/%.*s" SUFFIX, folder, NAME_MAX, w.found);
	return read_file(l, path, path, err);
}
