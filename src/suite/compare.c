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

static const struct tc_suite_case *find(const struct tc_suite *s, const char *id)
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

static void compare(struct tc_buf *out, const struct tc_suite *s, const json_t *line,
		    bool *worse)
{
	const struct tc_suite_case *c =
		find(s, json_string_value(json_object_get(line, "case")));
	enum tc_case_verdict was =
		verdict_of(json_string_value(json_object_get(line, "verdict")));

	if (!c || was == TC_CASE_NOT_MADE || c->verdict == TC_CASE_NOT_MADE ||
	    c->verdict == was)
		return;
	*worse |= was == TC_CASE_PASS || c->verdict == TC_CASE_FAIL;
	tc_buf_printf(out, "was %s:\n", tc_case_verdict_name[was]);
	tc_suite_put_case(out, c);
}

int tc_suite_compare(struct tc_buf *out, const struct tc_suite *s, const char *file,
		     const char *text, size_t n, bool *worse, struct tc_error *err)
{
	const char *end = text + n, *eol;
	unsigned number = 1;

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
		if (is_case(line))
			compare(out, s, line, worse);
		json_decref(line);
	}
	return 0;
}
