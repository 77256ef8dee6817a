/* SPDX-License-Identifier: BSD-2-Clause */
/* Scripts read and printed: tests/golden/scripts.txt holds what comes of each. */
#include "check.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/header_read.h>
#include <tcpcraft/script.h>

#include <errno.h>
#include <stdlib.h>

#define GOLDEN "tests/golden/scripts.txt"
#define GOLDEN_LEAST 60

static const struct tc_script_define defines[] = { { "NAME", "S." }, { "WIN", "1000" } };

/* What is printed of a text, or the error. */
static char *made_of(const char *text, size_t n)
{
	struct tc_error err = { 0 };
	struct tc_script *s = NULL;
	struct tc_buf out = { 0 };

	if (tc_script_parse(&s, "x.pkt", text, n, defines, 2, &err) < 0)
		tc_buf_printf(&out, "%s\n", err.msg);
	else
		tc_script_print(&out, s);
	tc_script_free(s);
	return (char *)out.data;
}

static char *read_golden(void)
{
	struct tc_error err = { 0 };
	struct tc_buf b = { 0 };

	CHECK_OK(tc_buf_read_file(&b, GOLDEN, 1 << 20, &err), err);
	tc_buf_add_u8(&b, 0);
	return (char *)b.data;
}

/* The next case, cut out of the text in place: false at the end. */
static bool next_case(char **at, char **name, char **script, char **want)
{
	char *begin = strstr(*at, "=== "), *next, *middle;

	if (!begin)
		return false;
	*name = begin + 4;
	*script = strchr(begin, '\n') + 1;
	(*script)[-1] = 0;
	middle = strstr(*script, "---\n");
	*want = middle + 4;
	*middle = 0;
	next = strstr(*want, "\n=== ");
	*at = next ? next + 1 : *want + strlen(*want);
	return true;
}

static void golden(void)
{
	char *text = read_golden(), *at = text, *name, *script, *want, *got, keep;
	unsigned n = 0;

	while (next_case(&at, &name, &script, &want)) {
		keep = *at;
		*at = 0;
		got = made_of(script, strlen(script));
		check_str(got, want, name, __LINE__, __FILE__);
		*at = keep;
		free(got);
		n++;
	}
	CHECK(n >= GOLDEN_LEAST);
	free(text);
}

static void fixed_point(void)
{
	char *text = read_golden(), *at = text, *name, *script, *want, *got, keep;
	unsigned n = 0;

	while (next_case(&at, &name, &script, &want)) {
		if (strncmp(name, "error", 5) == 0)
			continue;
		keep = *at;
		*at = 0;
		got = made_of(want, strlen(want));
		check_str(got, want, name, __LINE__, __FILE__);
		*at = keep;
		free(got);
		n++;
	}
	CHECK(n >= 20);
	free(text);
}

/* Each begins with a place inside the text, or is not an error. */
static void keep_first(void *ctx, const struct tc_error *err)
{
	struct tc_error *first = ctx;

	if (!first->code)
		*first = *err;
}

/* tc_script_check tells first what parsing has failed for, and nothing where it has not. */
static void check_tells(const char *script, size_t n, const struct tc_error *want)
{
	struct tc_error first = { 0 }, err = { 0 };
	int told = tc_script_check(NULL, "x.pkt", script, n, NULL, 0, keep_first, &first, &err);

	CHECK(want->code ? told > 0 : told == 0);
	CHECK_STR(first.msg, want->msg);
}

static void each_error_is_told(void)
{
	static const char script[] = "+0 < S 0:0(0)\nrepeat 2 {\n+0 < S 0:0(0) ack\n"
		"+0 < . 1:1(0)\n}\n+0 read(3, ...\n+0 < . 1:1(0) win\n";
	struct tc_error first = { 0 }, err = { 0 };

	CHECK_U64(tc_script_check(NULL, "x.pkt", script, sizeof script - 1, NULL, 0, keep_first,
				  &first, &err), 3);
	CHECK_STR(first.msg, "x.pkt:4:1: expected a number, found '+0'");
}

static int errors_of(const char *script)
{
	struct tc_error first = { 0 }, err = { 0 };

	return tc_script_check(NULL, "x.pkt", script, strlen(script), NULL, 0, keep_first, &first,
			       &err);
}

static void what_is_sound_behind_an_error_is_not_told(void)
{
	char none[4000];

	CHECK_U64((uint64_t)errors_of("+0 < S 0:0(0)\nif seen > S. 0:0(0) ack 1 {\n+0 < . 1:1(0) win\n"
		"+0 < R 1:1(0)\n} else {\n+0 < R 1:1(0)\n}\n"), 1);
	CHECK_U64((uint64_t)errors_of("--\n--=\n+0 < S 0:0(0)\n"), 2);
	CHECK_U64((uint64_t)errors_of("+0 < S0W 0:0(0)\n+0 < S07 0:0(0)\n+0 < S3 0:0(0)\n"), 2);
	memset(none, 0, sizeof none);
	for (size_t i = 0; i + 2 < sizeof none; i += 2)
		memcpy(none + i, "+\n", 2);
	CHECK_U64((uint64_t)errors_of(none), 101);
	CHECK_U64((uint64_t)errors_of("repeat 2 {\n--x\n}\n+0 < S 0:0(0)\n"), 1);
}

static void truncations(void)
{
	char *text = read_golden(), *at = text, *name, *script, *want;
	struct tc_error err;
	struct tc_script *s;

	while (next_case(&at, &name, &script, &want)) {
		for (size_t n = 0; n < strlen(script); n++) {
			s = NULL;
			err = (struct tc_error){ 0 };
			if (tc_script_parse(&s, "x.pkt", script, n, NULL, 0, &err) >= 0)
				CHECK(s && s->events);
			else
				check_true(strncmp(err.msg, "x.pkt:", 6) == 0, name, __LINE__,
					   __FILE__);
			tc_script_free(s);
			check_tells(script, n, &err);
		}
	}
	free(text);
}

static void refused(void)
{
	static const struct tc_script_define bad[] = { { "2x", "1" } };
	struct tc_error err = { 0 };
	struct tc_script *s;
	char *big = malloc(TC_SCRIPT_MAX + 2);

	memset(big, ' ', TC_SCRIPT_MAX + 2);
	CHECK_U64(tc_script_parse(&s, "x", big, TC_SCRIPT_MAX + 2, NULL, 0, &err), -EMSGSIZE);
	CHECK_U64(tc_script_check(NULL, "x", big, TC_SCRIPT_MAX + 2, NULL, 0, keep_first, &err,
				  NULL), -EMSGSIZE);
	free(big);
	CHECK_U64(tc_script_parse(&s, "x", "any", 3, bad, 1, &err), -EINVAL);
	CHECK_STR(err.msg, "-D 2x: a name is letters, digits and _");
	CHECK_U64(tc_script_parse(&s, "x", "an\0y", 4, NULL, 0, &err), -EINVAL);
	CHECK_STR(err.msg, "x:1:3: a script cannot contain a NUL byte");
	CHECK_U64(tc_script_parse(&s, "x", "+0 +", 4, NULL, 0, NULL), -EINVAL);
}

static void switches(void)
{
	const char text[] = "--a=1\n--b --a=2\n+0 < S 0:0(0)";
	struct tc_error err = { 0 };
	struct tc_script *s = NULL;

	CHECK_OK(tc_script_parse(&s, "x", text, sizeof text - 1, NULL, 0, &err), err);
	CHECK_STR(tc_script_switch_value(s, "a"), "2");
	CHECK_STR(tc_script_switch_value(s, "b"), "");
	CHECK(tc_script_switch_value(s, "c") == NULL);
	CHECK_U64(s->events->line, 3);
	CHECK_STR(s->events->source, "+0 < S 0:0(0)");
	tc_script_free(s);
}

/* A header that was read from text gives scripts a word, as PROT's does. */
static void frames_of_a_spec(void)
{
	static const char spec[] = "header box\nmark 8 const 7\nkind 8 default 1 names ask=1,tell=2\n"
				   "length 8 length-of body\nbody * max 9\n",
		lines[] = "0 < P. 1:6(5) ack 1 box{box.kind=tell} \"ab\"\n"
			  "+0 > P. 1:6(5) ack 6 <...> box hex:6162\n",
		longer[] = "0 < P. 1:7(6) ack 1 box \"ab\"\n",
		strange[] = "0 < P. 1:6(5) ack 1 box{tcp.seq=1} \"ab\"\n";
	struct tc_error err = { 0 };
	struct tc_header *h = NULL;
	struct tc_script *s = NULL;
	struct tc_buf out = { 0 };

	CHECK_OK(tc_header_read(&h, "box", spec, sizeof spec - 1, &err), err);
	CHECK_OK(tc_script_parse_with(&s, h, "x", lines, sizeof lines - 1, NULL, 0, &err), err);
	CHECK(s->events->packet.payload.frame == h);
	tc_script_print(&out, s);
	CHECK(strstr((char *)out.data, "ack 1 box{box.kind=tell} \"ab\"") != NULL);
	tc_script_free(s);
	tc_buf_free(&out);
	CHECK(tc_script_parse(&s, "x", lines, sizeof lines - 1, NULL, 0, &err) < 0);
	CHECK(tc_script_parse_with(&s, h, "x", longer, sizeof longer - 1, NULL, 0, &err) < 0);
	CHECK_STR(err.msg, "x:1:21: this payload has 5 bytes, the packet says 6");
	CHECK(tc_script_parse_with(&s, h, "x", strange, sizeof strange - 1, NULL, 0, &err) < 0);
	CHECK_STR(err.msg, "x:1:25: tcp.seq is not a field of box");
	tc_header_free(h);
}

/* How many ports a run needs that shares a block of them with others. */
static void connections_of_a_script(void)
{
	static const struct {
		const char *text;
		unsigned most;
	} of[] = {
		{ "0 < S 0:0(0) win 9\n+0 > S. 0:0(0) ack 1\n", 1 },
		{ "0 < 9 > 80 S 0:0(0) win 9\n+0 > 80 > 9 S. 0:0(0) ack 1\n"
		  "+0 < 10 > 80 S 0:0(0) win 9\n", 4 },
		{ "0 < S 0:0(0) win 9\nrepeat 3 {\n+0 < . 1:1(0) ack 1 win 9\n}\n", 1 },
		{ "let n = 1\nrepeat 3 {\n0 < (n) > 80 S 0:0(0) win 9\nlet n = n + 1\n}\n",
		  TC_SCRIPT_NO_LIMIT },
	};

	for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
		struct tc_script *s = NULL;
		struct tc_error err = { 0 };

		CHECK_OK(tc_script_parse(&s, "x", of[i].text, strlen(of[i].text), NULL, 0, &err),
			 err);
		if (s)
			CHECK_U64(tc_script_connections(s), of[i].most);
		tc_script_free(s);
	}
}

CU_TestInfo tests_script[] = {
	{ "scripts read as they should, and errors say where", golden },
	{ "what is printed reads as the same", fixed_point },
	{ "a script that is cut anywhere is a script or an error with its place", truncations },
	{ "each error of a script is told", each_error_is_told },
	{ "what is sound behind an error is not told", what_is_sound_behind_an_error_is_not_told },
	{ "what is too large, or no text, is refused", refused },
	{ "switches and source lines are kept", switches },
	{ "frames of a header from text are words, too", frames_of_a_spec },
	{ "how many connections a script can have at most", connections_of_a_script },
	CU_TEST_INFO_NULL,
};
