/* SPDX-License-Identifier: BSD-2-Clause */
/* Many scripts as one: heads, verdicts, and what is told of them. */
#include "check.h"

#include "suite/suite.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <stdlib.h>

static const char head[] =
	"//: name a reset\n"
	"//: sound It ends the connection.\n"
	"// a remark\n"
	"//: clause RFC 9293 3.5.2\n"
	"//: class MUST\n"
	"//: needs echo\n"
	"//: family 6\n"
	"//: path wire\n"
	"//: given\n"
	"0 < S 0:0(0)\n"
	"//: offer\n"
	"* > S. 0:0(0) ack 1\n"
	"//: then\n"
	"+0 < R 1:1(0)\n";

static int read_head(struct tc_suite_head *h, const char *text, struct tc_error *err)
{
	*h = (struct tc_suite_head){ 0 };
	*err = (struct tc_error){ 0 };
	return tc_suite_head_read(h, "x.pkt", text, strlen(text), err);
}

static void heads_are_read(void)
{
	struct tc_suite_head h;
	struct tc_error err;

	CHECK(read_head(&h, head, &err) == 0);
	CHECK_STR(h.name, "a reset");
	CHECK_STR(h.sound, "It ends the connection.");
	CHECK_STR(h.clause, "RFC 9293 3.5.2");
	CHECK_STR(h.class_name, "MUST");
	CHECK_U64(h.needs, TC_NEEDS_ECHO);
	CHECK_U64(h.family, 6);
	CHECK(h.wire);
	CHECK_U64(h.n_marks, 3);
	CHECK_U64(h.mark[1].line, 11);
	tc_suite_head_free(&h);
}

static void heads_are_refused(void)
{
	static const struct { const char *text, *line; } bad[] = {
		{ "//: nme x\n", "x.pkt:1: 'nme': is none of name, sound, clause, class, needs, "
		  "family, path, given, offer, then" },
		{ "//: name x\n//: name y\n", "x.pkt:2: 'name': is said twice" },
		{ "\n//: name \n", "x.pkt:2: 'name': nothing is said" },
		{ "//: class OUGHT\n", "x.pkt:1: 'class': MUST, SHOULD or MAY" },
		{ "//: needs luck\n", "x.pkt:1: 'needs': outside, echo, closes, nobody or dut" },
		{ "//: family 5\n", "x.pkt:1: 'family': 4 or 6" },
		{ "//:\n", "x.pkt:1: '': is none of name, sound, clause, class, needs, family, "
		  "path, given, offer, then" },
		{ "//: path long\n", "x.pkt:1: 'path': wire" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct tc_suite_head h;
		struct tc_error err;

		CHECK(read_head(&h, bad[i].text, &err) == -EINVAL);
		CHECK_STR(err.msg, bad[i].line);
		tc_suite_head_free(&h);
	}
}

/* The same failure means what the mark above its line says. */
static void marks_decide(void)
{
	static const struct { unsigned line; enum tc_case_verdict v; } at[] = {
		{ 10, TC_CASE_INCONCLUSIVE }, { 12, TC_CASE_NOT_SUPPORTED }, { 14, TC_CASE_FAIL },
	};
	struct tc_suite_case c = { .exit = 4 };
	struct tc_error err;

	c.result.line = 3;
	tc_suite_judge(&c);
	CHECK_U64(c.verdict, TC_CASE_FAIL);	/* no marks: every line is the question */
	CHECK(read_head(&c.head, head, &err) == 0);
	c.result.line = 12;
	c.result.silent = true;
	tc_suite_judge(&c);
	CHECK_U64(c.verdict, TC_CASE_INCONCLUSIVE);
	c.result.silent = false;
	for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
		c.result.line = at[i].line;
		tc_suite_judge(&c);
		CHECK_U64(c.verdict, at[i].v);
	}
	c.result.kernel_resets = 1;		/* ours, in the middle of it */
	tc_suite_judge(&c);
	CHECK_U64(c.verdict, TC_CASE_INCONCLUSIVE);
	CHECK(strstr(c.why, "reset what the peer sent, 1 time:"));
	c.result.kernel_resets = 0;
	c.exit = 0;
	tc_suite_judge(&c);
	CHECK_U64(c.verdict, TC_CASE_PASS);
	c.exit = 2;
	tc_suite_judge(&c);
	CHECK_U64(c.verdict, TC_CASE_NOT_RUN);
	c.exit = 3;
	tc_suite_judge(&c);
	CHECK_U64(c.verdict, TC_CASE_ERROR);
	c.exit = 143;
	tc_suite_judge(&c);
	CHECK_U64(c.verdict, TC_CASE_ERROR);
	tc_suite_head_free(&c.head);
}

/* ---- what is told ------------------------------------------------------------------ */

/* Three cases that stand for all: one passed, one failed with hostile words, one that the
 * peer does not support. */
static struct tc_suite three(struct tc_suite_case c[3])
{
	memset(c, 0, 3 * sizeof *c);
	c[0].id = (char *)(uintptr_t)"a/one";
	c[0].verdict = TC_CASE_PASS;
	c[1].id = (char *)(uintptr_t)"a/t#wo";
	c[1].verdict = TC_CASE_FAIL;
	tc_fail(&c[1].result.error, -TC_ERR_UNMET, "it's <bad> & \"worse\"");
	c[2].id = (char *)(uintptr_t)"b/three";
	c[2].verdict = TC_CASE_NOT_SUPPORTED;
	snprintf(c[2].why, sizeof c[2].why, "no SACK");
	for (int i = 0; i < 3; i++)
		c[i].path = c[i].id;
	return (struct tc_suite){ .command = "conform", .cases = c, .n = 3 };
}

static const char *text_of(struct tc_buf *b)
{
	tc_buf_add_u8(b, 0);
	return b->failed ? "" : (const char *)b->data;
}

static void tap_is_written(void)
{
	struct tc_suite_case c[3];
	struct tc_suite s = three(c);
	struct tc_buf out = { 0 };

	tc_suite_tap(&out, &s);
	CHECK_STR(text_of(&out), "TAP version 14\n1..3\n"
		  "ok 1 - a/one\n"
		  "not ok 2 - a/t\\#wo\n"
		  "  ---\n"
		  "  verdict: 'fail'\n"
		  "  message: 'it''s <bad> & \"worse\"'\n"
		  "  ...\n"
		  "ok 3 - b/three # SKIP not-supported: no SACK\n");
	tc_buf_free(&out);
}

static void junit_is_written(void)
{
	struct tc_suite_case c[3];
	struct tc_suite s = three(c);
	struct tc_buf out = { 0 };

	tc_suite_junit(&out, &s);
	CHECK_STR(text_of(&out), "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
		  "<testsuite name=\"tcpcraft conform\" tests=\"3\" failures=\"1\" errors=\"0\" "
		  "skipped=\"1\" time=\"0.000\">\n"
		  "<testcase classname=\"a\" name=\"a/one\" time=\"0.000\"></testcase>\n"
		  "<testcase classname=\"a\" name=\"a/t#wo\" time=\"0.000\"><failure type=\"fail\" "
		  "message=\"it&#39;s &#60;bad&#62; &#38; &#34;worse&#34;\"/></testcase>\n"
		  "<testcase classname=\"b\" name=\"b/three\" time=\"0.000\"><skipped "
		  "type=\"not-supported\" message=\"no SACK\"/></testcase>\n"
		  "</testsuite>\n</testsuites>\n");
	tc_buf_free(&out);
}

static void sums_are_told(void)
{
	struct tc_suite_case c[3];
	struct tc_suite s = three(c);
	struct tc_buf out = { 0 };

	tc_suite_put_sections(&out, &s);
	tc_suite_put_sum(&out, &s);
	CHECK_STR(text_of(&out), "a                        1 pass, 1 fail\n"
		  "b                        1 not-supported\n"
		  "3 scripts: 1 pass, 1 fail, 1 not-supported; 0.0 s\n");
	CHECK_U64(tc_suite_exit(&s), 4);
	c[1].verdict = TC_CASE_INCONCLUSIVE;
	CHECK_U64(tc_suite_exit(&s), 1);
	c[1].verdict = TC_CASE_PASS;
	CHECK_U64(tc_suite_exit(&s), 0);
	tc_buf_free(&out);
}

/* What --json wrote of one run is what another is held against. */
static void runs_are_compared(void)
{
	struct tc_suite_case c[3];
	struct tc_suite s = three(c);
	struct tc_buf before = { 0 }, out = { 0 };
	struct tc_error err = { 0 };

	for (int i = 0; i < 3; i++)
		tc_suite_json_case(&before, &c[i]);
	CHECK(tc_suite_read_before(&s, "b", (char *)before.data, before.len, &err) == 0);
	CHECK(!tc_suite_compare(&s));
	tc_suite_put_others(&out, &s);
	CHECK_U64(out.len, 0);
	c[1].verdict = TC_CASE_PASS;
	CHECK(tc_suite_read_before(&s, "b", (char *)before.data, before.len, &err) == 0);
	CHECK(!tc_suite_compare(&s));
	tc_suite_put_others(&out, &s);
	CHECK_STR(text_of(&out), "was fail:\npass           a/t#wo\n");
	c[0].verdict = TC_CASE_INCONCLUSIVE;
	CHECK(tc_suite_read_before(&s, "b", (char *)before.data, before.len, &err) == 0);
	CHECK(tc_suite_compare(&s));
	CHECK(tc_suite_read_before(&s, "b", "{}\nno\n", 6, &err) == -EBADMSG);
	CHECK_STR(err.msg, "b:2: no line of JSON: what --json printed is expected");
	tc_buf_free(&before);
	tc_buf_free(&out);
}

/* Who passed at the second asking passed, but not as one who passed at the first. */
static void second_askings_are_told(void)
{
	struct tc_suite_case c[3];
	struct tc_suite s = three(c);
	struct tc_buf out = { 0 };

	c[0].asked = 1;
	tc_suite_put_case(&out, &s.cases[0]);
	c[0].asked = 2;
	tc_suite_put_case(&out, &s.cases[0]);
	tc_suite_json_case(&out, &s.cases[0]);
	CHECK_STR(text_of(&out), "pass           a/one\npass           a/one  asked twice\n"
		  "{\"type\":\"case\",\"case\":\"a/one\",\"verdict\":\"pass\",\"asked\":2,"
		  "\"script\":\"a/one\",\"duration_us\":0}\n");
	out.len = 0;
	s.n = 1;
	tc_suite_tap(&out, &s);
	CHECK_STR(text_of(&out), "TAP version 14\n1..1\nok 1 - a/one\n  ---\n  asked: 2\n  ...\n");
	out.len = 0;
	tc_suite_junit(&out, &s);
	CHECK(strstr(text_of(&out), "<testcase classname=\"a\" name=\"a/one\" time=\"0.000\">"
		     "<properties><property name=\"asked\" value=\"2\"/></properties></testcase>"));
	tc_buf_free(&out);
}

/* What fails is worse where the run before does not have it, or did not make it. */
static void new_failures_are_worse(void)
{
	static const char before[] = "{\"type\":\"case\",\"case\":\"a/one\",\"verdict\":\"pass\"}\n";
	static const char not_made[] =
		"{\"type\":\"case\",\"case\":\"a/t#wo\",\"verdict\":\"not-made\"}\n";
	struct tc_suite_case c[3];
	struct tc_suite s = three(c);
	struct tc_buf out = { 0 };
	struct tc_error err = { 0 };

	CHECK(tc_suite_read_before(&s, "b", not_made, sizeof not_made - 1, &err) == 0);
	CHECK(tc_suite_compare(&s));
	CHECK(tc_suite_read_before(&s, "b", before, sizeof before - 1, &err) == 0);
	CHECK(tc_suite_compare(&s) && !c[0].is_other && c[1].is_other && !c[2].is_other);
	tc_suite_json_others(&out, &s);
	CHECK_STR(text_of(&out), "{\"type\":\"case\",\"case\":\"a/t#wo\",\"verdict\":\"fail\","
		  "\"was\":\"not-made\",\"script\":\"a/t#wo\",\"why\":"
		  "\"it's <bad> & \\\"worse\\\"\",\"duration_us\":0}\n");
	c[1].verdict = TC_CASE_INCONCLUSIVE;
	CHECK(tc_suite_read_before(&s, "b", before, sizeof before - 1, &err) == 0);
	CHECK(!tc_suite_compare(&s) && !c[1].is_other);
	CHECK(tc_suite_read_before(&s, "b", "", 0, &err) == -EBADMSG);
	CHECK_STR(err.msg, "b: no case is in it: what --json printed is expected");
	CHECK(tc_suite_read_before(&s, "b", "{}\n", 3, &err) == -EBADMSG);
	tc_buf_free(&out);
}

CU_TestInfo tests_suite[] = {
	{ "a head is read, and marks with their lines", heads_are_read },
	{ "a head that says what nobody knows is refused", heads_are_refused },
	{ "what is not met means what the mark above it says", marks_decide },
	{ "TAP: quoted, and a skip says why", tap_is_written },
	{ "JUnit: escaped, and counted", junit_is_written },
	{ "sums by section, and the exit code", sums_are_told },
	{ "a run is compared with one before", runs_are_compared },
	{ "that a case was asked twice is told", second_askings_are_told },
	{ "a failure that the run before does not have is worse", new_failures_are_worse },
	CU_TEST_INFO_NULL,
};
