/* SPDX-License-Identifier: BSD-2-Clause */
/* What programs are told of many scripts: TAP, JUnit, JSON, the page's data. */
#include "suite.h"

#include "page/page.h"
#include "base/text.h"
#include "report/json.h"

#include <stdio.h>
#include <string.h>

#define WHY_MAX (TC_ERROR_MSG_MAX + sizeof ((struct tc_suite_case *)NULL)->why + 2)

/* Why a case did not pass, in one line: what was in the way; of one that failed where it failed, and
 * what else is known, in `room`. */
static const char *why(const struct tc_suite_case *c, char room[WHY_MAX])
{
	const char *where = c->result.error.code ? c->result.error.msg : "";

	if (!c->why[0])
		return where;
	if (c->verdict != TC_CASE_FAIL || !*where)
		return c->why;
	snprintf(room, WHY_MAX, "%s; %s", where, c->why);
	return room;
}

static bool was_skipped(const struct tc_suite_case *c)
{
	return c->verdict == TC_CASE_NOT_SUPPORTED || c->verdict == TC_CASE_NOT_TESTABLE ||
	       c->verdict == TC_CASE_NOT_MADE;
}

/* ---- TAP 14 ------------------------------------------------------------------------- */

/* A description ends at '#', a line at its end. */
static void put_tap_text(struct tc_buf *out, const char *text)
{
	for (; *text; text++)
		if (*text == '\n' || *text == '\r')
			tc_buf_text(out, " ");
		else
			tc_buf_printf(out, "%s%c", strchr("#\\", *text) ? "\\" : "", *text);
}

/* A YAML scalar in single quotes. */
static void put_tap_key(struct tc_buf *out, const char *key, const char *text)
{
	if (!text || !*text)
		return;
	tc_buf_printf(out, "  %s: '", key);
	for (; *text; text++)
		tc_buf_printf(out, *text == '\'' ? "''" : "%c", *text == '\n' ? ' ' : *text);
	tc_buf_text(out, "'\n");
}

static void put_tap_case(struct tc_buf *out, const struct tc_suite_case *c, size_t number)
{
	bool skipped = was_skipped(c), good = c->verdict == TC_CASE_PASS || skipped;
	char room[WHY_MAX];

	tc_buf_printf(out, "%sok %zu - ", good ? "" : "not ", number);
	put_tap_text(out, c->id);
	if (skipped) {
		tc_buf_printf(out, " # SKIP %s: ", tc_case_verdict_name[c->verdict]);
		put_tap_text(out, why(c, room));
	}
	tc_buf_text(out, "\n");
	if (good && c->asked < 2)
		return;
	tc_buf_text(out, "  ---\n");
	if (c->asked > 1)
		tc_buf_printf(out, "  asked: %u\n", c->asked);
	if (!good) {
		put_tap_key(out, "verdict", tc_case_verdict_name[c->verdict]);
		put_tap_key(out, "message", why(c, room));
		put_tap_key(out, "clause", c->head.clause);
		put_tap_key(out, "expected", c->result.expected);
		put_tap_key(out, "seen", c->result.seen);
	}
	tc_buf_text(out, "  ...\n");
}

void tc_suite_tap(struct tc_buf *out, const struct tc_suite *s)
{
	tc_buf_printf(out, "TAP version 14\n1..%zu\n", s->n);
	for (size_t i = 0; i < s->n; i++)
		put_tap_case(out, &s->cases[i], i + 1);
}

/* ---- JUnit ---------------------------------------------------------------------------- */

static void add_attribute(struct tc_buf *out, const char *name, const char *text, size_t n)
{
	tc_buf_printf(out, " %s=\"", name);
	tc_html_escape(out, text, n);	/* the five characters are XML's, too */
	tc_buf_text(out, "\"");
}

static void put_element(struct tc_buf *out, const char *element, const struct tc_suite_case *c)
{
	const char *verdict = tc_case_verdict_name[c->verdict], *text;
	char room[WHY_MAX];

	text = why(c, room);
	tc_buf_printf(out, "<%s", element);
	add_attribute(out, "type", verdict, strlen(verdict));
	add_attribute(out, "message", text, strlen(text));
	tc_buf_text(out, "/>");
}

static void put_junit_case(struct tc_buf *out, const struct tc_suite_case *c)
{
	size_t n;
	const char *section = tc_suite_section(c, &n);

	tc_buf_text(out, "<testcase");
	add_attribute(out, "classname", n ? section : "run", n ? n : 3);
	add_attribute(out, "name", c->id, strlen(c->id));
	tc_buf_printf(out, " time=\"%.3f\">", (double)c->took / TC_S);
	if (c->asked > 1)
		tc_buf_printf(out, "<properties><property name=\"asked\" value=\"%u\"/>"
			      "</properties>", c->asked);
	if (c->verdict == TC_CASE_FAIL)
		put_element(out, "failure", c);
	else if (was_skipped(c))
		put_element(out, "skipped", c);
	else if (c->verdict != TC_CASE_PASS)
		put_element(out, "error", c);
	if (c->verdict != TC_CASE_PASS && c->output.len) {
		tc_buf_text(out, "<system-out>");
		tc_html_escape(out, (const char *)c->output.data, c->output.len);
		tc_buf_text(out, "</system-out>");
	}
	tc_buf_text(out, "</testcase>\n");
}

void tc_suite_junit(struct tc_buf *out, const struct tc_suite *s)
{
	unsigned failed = 0, skipped = 0, passed = 0;

	for (size_t i = 0; i < s->n; i++) {
		failed += s->cases[i].verdict == TC_CASE_FAIL;
		passed += s->cases[i].verdict == TC_CASE_PASS;
		skipped += was_skipped(&s->cases[i]);
	}
	tc_buf_printf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
		      "<testsuite name=\"tcpcraft %s\" tests=\"%zu\" failures=\"%u\" "
		      "errors=\"%zu\" skipped=\"%u\" time=\"%.3f\">\n", s->command, s->n, failed,
		      s->n - failed - passed - skipped, skipped, (double)s->took / TC_S);
	for (size_t i = 0; i < s->n; i++)
		put_junit_case(out, &s->cases[i]);
	tc_buf_text(out, "</testsuite>\n</testsuites>\n");
}

/* ---- JSON ----------------------------------------------------------------------------- */

static json_t *case_object(const struct tc_suite_case *c)
{
	json_t *o = tc_json_line("case");
	char room[WHY_MAX];

	put_text(o, "case", c->id);
	put_text(o, "verdict", tc_case_verdict_name[c->verdict]);
	if (c->is_other)
		put_text(o, "was", tc_case_verdict_name[c->was]);
	if (c->asked > 1)
		put_int(o, "asked", c->asked);
	put_text(o, "name", c->head.name);
	put_text(o, "sound", c->head.sound);
	put_text(o, "clause", c->head.clause);
	put_text(o, "class", c->head.class_name);
	if (c->head.name)
		put_text(o, "needs", tc_needs_name[c->head.needs]);
	put_text(o, "script", c->path);
	put_text(o, "capture", c->capture);
	if (c->result.connection) {
		put_int(o, "connection", c->result.connection);
		put_int(o, "connections", c->result.connections);
	}
	if (c->verdict != TC_CASE_PASS) {
		put_text(o, "why", why(c, room));
		put_text(o, "expected", c->result.expected);
		put_text(o, "seen", c->result.seen);
		if (c->result.seen[0] && c->result.seen_ours)
			json_object_set_new(o, "seen_ours", json_true());
		put_text(o, "fields", c->result.fields);
	}
	put_int(o, "duration_us", (uint64_t)(c->took / TC_US));
	return o;
}

void tc_suite_json_case(struct tc_buf *out, const struct tc_suite_case *c)
{
	tc_json_put_line(out, case_object(c));
}

void tc_suite_json_others(struct tc_buf *out, const struct tc_suite *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->cases[i].is_other)
			tc_suite_json_case(out, &s->cases[i]);
}

void tc_suite_json_sum(struct tc_buf *out, const struct tc_suite *s, int code)
{
	json_t *o = json_object();
	unsigned of[TC_CASE_VERDICTS] = { 0 };

	for (size_t i = 0; i < s->n; i++)
		of[s->cases[i].verdict]++;
	put_text(o, "type", "suite");
	put_text(o, "command", s->command);
	put_text(o, "host", s->host);
	if (s->port)
		put_int(o, "port", s->port);
	put_int(o, "cases", s->n);
	for (unsigned v = 0; v < TC_CASE_VERDICTS; v++)
		if (of[v])
			put_int(o, tc_case_verdict_name[v], of[v]);
	put_int(o, "duration_us", (uint64_t)(s->took / TC_US));
	if (s->guard)
		put_guard(o, "guard", s->guard);
	put_int(o, "exit", (uint64_t)code);
	tc_json_put_line(out, o);
}

void tc_suite_page(struct tc_buf *out, const struct tc_suite *s)
{
	json_t *all = json_array();

	for (size_t i = 0; i < s->n; i++) {
		json_t *o = case_object(&s->cases[i]);
		struct tc_buf shown = { 0 };

		tc_text_show_all(&shown, s->cases[i].output.data, s->cases[i].output.len);
		json_object_set_new(o, "ladder", json_stringn(shown.data ? (char *)shown.data : "",
							      shown.len));
		json_array_append_new(all, o);
		tc_buf_free(&shown);
	}
	tc_json_put(out, all);
	json_decref(all);
}
