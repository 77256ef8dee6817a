/* SPDX-License-Identifier: BSD-2-Clause */
/* Which scripts a suite has. */
#include "suite.h"

#include "base/array.h"

#include <tcpcraft/error.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SUFFIX ".pkt"
#define DEPTH 16		/* of folders: a link may lead in a circle */
#define CASES_MOST 10000

static bool is_script(const char *path)
{
	size_t n = strlen(path);

	return n > strlen(SUFFIX) && strcmp(path + n - strlen(SUFFIX), SUFFIX) == 0;
}

/* base/9293/x.pkt is 9293/x; without a base the path is as good a name as any. */
static char *make_id(const char *path, const char *base)
{
	size_t n = base ? strlen(base) : 0;

	if (!base || strncmp(path, base, n) != 0 || path[n] != '/')
		return strdup(path);
	path += n + 1;
	return strndup(path, strlen(path) - (is_script(path) ? strlen(SUFFIX) : 0));
}

static int add_file(struct tc_suite *s, const char *path, const char *base,
		    struct tc_error *err)
{
	struct tc_suite_case *c;

	if (s->n == CASES_MOST)
		return tc_fail(err, -ERANGE, "more than %d scripts", CASES_MOST);
	c = TC_ARRAY_ADD(s->cases, s->n);
	if (!c)
		return tc_nomem(err);
	c->path = strdup(path);
	c->id = make_id(path, base);
	return c->path && c->id ? 0 : tc_nomem(err);
}

static int add(struct tc_suite *s, const char *path, const char *base, unsigned depth,
	       struct tc_error *err);

static int wanted(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int add_folder(struct tc_suite *s, const char *path, const char *base, unsigned depth,
		      struct tc_error *err)
{
	struct dirent **list;
	int n = scandir(path, &list, wanted, versionsort), rc = 0;

	if (n < 0)
		return tc_fail_errno(err, "%s", path);
	for (int i = 0; i < n; i++) {
		struct tc_buf name = { 0 };
		struct stat st;

		tc_buf_printf(&name, "%s/%s", path, list[i]->d_name);
		if (rc >= 0 && name.failed)
			rc = tc_nomem(err);
		else if (rc >= 0 && (is_script(list[i]->d_name) ||
				     (stat((char *)name.data, &st) == 0 && S_ISDIR(st.st_mode))))
			rc = add(s, (char *)name.data, base, depth + 1, err);
		tc_buf_free(&name);
		free(list[i]);
	}
	free(list);
	return rc;
}

static int add(struct tc_suite *s, const char *path, const char *base, unsigned depth,
	       struct tc_error *err)
{
	struct stat st;

	if (depth > DEPTH)
		return tc_fail(err, -ELOOP, "%s: folders in folders, more than %d", path, DEPTH);
	if (stat(path, &st) < 0)
		return tc_fail_errno(err, "%s", path);
	return S_ISDIR(st.st_mode) ? add_folder(s, path, base, depth, err) :
	       add_file(s, path, base, err);
}

int tc_suite_add(struct tc_suite *s, const char *path, const char *base, struct tc_error *err)
{
	size_t before = s->n;
	int rc = add(s, path, base, 0, err);

	if (rc >= 0 && s->n == before)
		rc = tc_fail(err, -ENOENT, "%s: no script in there, *" SUFFIX, path);
	return rc;
}

static void free_case(struct tc_suite_case *c)
{
	tc_suite_head_free(&c->head);
	tc_buf_free(&c->output);
	tc_buf_free(&c->frames);
	free(c->path);
	free(c->id);
	free(c->capture);
}

/* With one script the capture's own name is enough. */
static int set_capture(struct tc_suite_case *c, const char *capture, bool alone)
{
	struct tc_buf id = { 0 };

	free(c->id);
	if (!alone)
		tc_buf_printf(&id, "%s: ", c->path);
	tc_buf_printf(&id, "%s", capture);
	c->id = id.failed ? NULL : strdup((const char *)id.data);
	c->capture = strdup(capture);
	tc_buf_free(&id);
	return c->id && c->capture ? 0 : -ENOMEM;
}

int tc_suite_cross(struct tc_suite *s, char *const *captures, size_t n, struct tc_error *err)
{
	struct tc_suite scripts = *s;
	int rc = 0;

	s->cases = NULL;
	s->n = 0;
	for (size_t k = 0; k < n && rc >= 0; k++)
		for (size_t i = 0; i < scripts.n && rc >= 0; i++) {
			rc = add_file(s, scripts.cases[i].path, NULL, err);
			if (rc >= 0 && set_capture(&s->cases[s->n - 1], captures[k],
						   scripts.n == 1) < 0)
				rc = tc_nomem(err);
		}
	tc_suite_free(&scripts);
	return rc;
}

void tc_suite_drop(struct tc_suite *s, size_t at)
{
	free_case(&s->cases[at]);
	memmove(&s->cases[at], &s->cases[at + 1], (s->n - at - 1) * sizeof *s->cases);
	s->n--;
}

void tc_suite_free(struct tc_suite *s)
{
	for (size_t i = 0; i < s->n; i++)
		free_case(&s->cases[i]);
	free(s->cases);
	*s = (struct tc_suite){ 0 };
}

const char *tc_suite_section(const struct tc_suite_case *c, size_t *n)
{
	const char *slash = strrchr(c->id, '/');

	*n = slash ? (size_t)(slash - c->id) : 0;
	return c->id;
}
