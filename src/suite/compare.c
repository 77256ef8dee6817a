/* SPDX-License-Identifier: BSD-2-Clause */
/* A run against one before it. */
#include "suite.h"

#include "report/json.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <string.h>

static enum tc_case_verdict verdict_of(const char *name)
{
	for (unsigned v = 0; v < TC_CASE_VERDICTS; v++)
		if (name && strcmp(name, tc_case_verdict_name[v]) == 0)
			return (enum tc_case_verdict)v;
	return TC_CASE_NOT_MADE;
}

static struct tc_suite_case *find(const struct tc_suite *s, const char *id)
{
	for (size_t i = 0; id && i < s->n; i++)
		if (strcmp(s->cases[i].id, id) == 0)
			return &s->cases[i];
	return NULL;
}

static bool is_case(const json_t *line)
{
	const char *type = json_string_value(json_object_get(line, "type"));

	return type && strcmp(type, "case") == 0;
}

static void note(const struct tc_suite *s, const json_t *line)
{
	struct tc_suite_case *c = find(s, json_string_value(json_object_get(line, "case")));

	if (c)
		c->was = verdict_of(json_string_value(json_object_get(line, "verdict")));
}

/* A case that was not run before has no verdict that could have changed; but if it fails, that is
 * reported all the same. */
static bool compare(struct tc_suite_case *c)
{
	bool is_new = c->was == TC_CASE_NOT_MADE;

	c->is_other = is_new ? c->verdict == TC_CASE_FAIL :
		      c->verdict != TC_CASE_NOT_MADE && c->verdict != c->was;
	return c->is_other && (c->was == TC_CASE_PASS || c->verdict == TC_CASE_FAIL);
}

int tc_suite_read_before(struct tc_suite *s, const char *file, const char *text, size_t n,
			 struct tc_error *err)
{
	const char *end = text + n, *eol;
	unsigned number = 1, cases = 0;

	for (; text < end; text = eol + 1, number++) {
		json_t *line;

		eol = memchr(text, '\n', (size_t)(end - text));
		if (!eol)
			eol = end;
		if (eol == text)
			continue;
		line = json_loadb(text, (size_t)(eol - text), 0, NULL);
		if (!json_is_object(line)) {
			json_decref(line);
			return tc_fail(err, -EBADMSG, "%s:%u: no line of JSON: what --json "
				       "printed is expected", file, number);
		}
		if (is_case(line)) {
			note(s, line);
			cases++;
		}
		json_decref(line);
	}
	if (!cases)
		return tc_fail(err, -EBADMSG, "%s: no case is in it: what --json printed is "
			       "expected", file);
	return 0;
}

bool tc_suite_compare(struct tc_suite *s)
{
	bool worse = false;

	for (size_t i = 0; i < s->n; i++)
		worse |= compare(&s->cases[i]);
	return worse;
}
