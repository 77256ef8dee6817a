/* SPDX-License-Identifier: BSD-2-Clause */
/* What people are told of many scripts. */
#include "suite.h"

#include <string.h>

#define INDENT "               "

static void put_indented(struct tc_buf *out, const char *text)
{
	size_t n;

	for (; *text; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		tc_buf_printf(out, INDENT "%.*s\n", (int)n, text);
	}
}

/* What was expected, and what came: a passed case needs no words. */
static void put_why(struct tc_buf *out, const struct tc_suite_case *c)
{
	const struct tc_script_result *r = &c->result;

	if (c->head.sound && c->verdict == TC_CASE_FAIL)
		tc_buf_printf(out, INDENT "%s (%s)\n", c->head.sound, c->head.clause);
	if (c->why[0])
		put_indented(out, c->why);
	if (!r->error.code)
		return;
	put_indented(out, r->error.msg);
	if (r->expected[0])
		tc_buf_printf(out, INDENT "  expected  %s\n", r->expected);
	if (r->seen[0])
		tc_buf_printf(out, INDENT "  seen      %c %s\n", r->seen_ours ? '<' : '>',
			      r->seen);
	if (r->fields[0])
		tc_buf_printf(out, INDENT "  differs   %s\n", r->fields);
}

void tc_suite_put_case(struct tc_buf *out, const struct tc_suite_case *c)
{
	tc_buf_printf(out, "%-13s  %s%s%s", tc_case_verdict_name[c->verdict], c->id,
		      c->head.class_name ? "  " : "",
		      c->head.class_name ? c->head.class_name : "");
	if (c->capture && c->result.connections > 1)
		tc_buf_printf(out, "  connection %u of %u", c->result.connection,
			      c->result.connections);
	if (c->took)
		tc_buf_printf(out, "  %.2f s", (double)c->took / TC_S);
	if (c->asked > 1)
		tc_buf_text(out, "  asked twice");
	tc_buf_text(out, "\n");
	if (c->verdict != TC_CASE_PASS)
		put_why(out, c);
}

void tc_suite_put_others(struct tc_buf *out, const struct tc_suite *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct tc_suite_case *c = &s->cases[i];

		if (!c->is_other)
			continue;
		if (c->was == TC_CASE_NOT_MADE)
			tc_buf_text(out, "was not there:\n");
		else
			tc_buf_printf(out, "was %s:\n", tc_case_verdict_name[c->was]);
		tc_suite_put_case(out, c);
	}
}

/* ---- sums ------------------------------------------------------------------------- */

struct counts {
	unsigned of[TC_CASE_VERDICTS];
};

static bool same_section(const struct tc_suite_case *a, const struct tc_suite_case *b)
{
	size_t n, m;
	const char *one = tc_suite_section(a, &n), *other = tc_suite_section(b, &m);

	return n == m && memcmp(one, other, n) == 0;
}

/* Of the cases that share the section of the first; none is counted twice. */
static struct counts count_section(const struct tc_suite *s, size_t first)
{
	struct counts k = { { 0 } };

	for (size_t i = first; i < s->n; i++)
		if (same_section(&s->cases[first], &s->cases[i]))
			k.of[s->cases[i].verdict]++;
	return k;
}

static bool is_first_of_section(const struct tc_suite *s, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (same_section(&s->cases[i], &s->cases[at]))
			return false;
	return true;
}

static void put_counts(struct tc_buf *out, const struct counts *k)
{
	const char *sep = "";

	for (unsigned v = TC_CASE_PASS; v <= TC_CASE_VERDICTS; v++) {
		unsigned at = v % TC_CASE_VERDICTS;	/* those not made come last */

		if (k->of[at]) {
			tc_buf_printf(out, "%s%u %s", sep, k->of[at], tc_case_verdict_name[at]);
			sep = ", ";
		}
	}
}

static bool lacks_the_same(const struct tc_suite_case *a, const struct tc_suite_case *b)
{
	return a->verdict == TC_CASE_NOT_TESTABLE && b->verdict == TC_CASE_NOT_TESTABLE &&
	       strcmp(a->why, b->why) == 0;
}

void tc_suite_put_not_testable(struct tc_buf *out, const struct tc_suite *s)
{
	for (size_t i = 0; i < s->n; i++) {
		unsigned before = 0, n = 0;

		for (size_t k = 0; k < s->n; k++) {
			before += k < i && lacks_the_same(&s->cases[i], &s->cases[k]);
			n += lacks_the_same(&s->cases[i], &s->cases[k]);
		}
		if (!before && n)
			tc_buf_printf(out, "%-13s  %u: %s\n",
				      tc_case_verdict_name[TC_CASE_NOT_TESTABLE], n,
				      s->cases[i].why);
	}
}

void tc_suite_put_sections(struct tc_buf *out, const struct tc_suite *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct counts k;
		size_t n;
		const char *name = tc_suite_section(&s->cases[i], &n);

		if (!n || !is_first_of_section(s, i))
			continue;
		k = count_section(s, i);
		tc_buf_printf(out, "%-24.*s ", (int)n, name);
		put_counts(out, &k);
		tc_buf_text(out, "\n");
	}
}

const char *tc_suite_unit(const struct tc_suite *s)
{
	return s->n && s->cases[0].head.name ? "cases" : s->n && s->cases[0].capture ? "captures"
								       : "scripts";
}

void tc_suite_put_sum(struct tc_buf *out, const struct tc_suite *s)
{
	struct counts k = { { 0 } };

	for (size_t i = 0; i < s->n; i++)
		k.of[s->cases[i].verdict]++;
	tc_buf_printf(out, "%zu %s: ", s->n, tc_suite_unit(s));
	put_counts(out, &k);
	tc_buf_printf(out, "; %.1f s\n", (double)s->took / TC_S);
}
