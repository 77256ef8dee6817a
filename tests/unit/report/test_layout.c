/* SPDX-License-Identifier: BSD-2-Clause */
/* Text for terminals: where lines end, and what is coloured. */
#include "check.h"

#include <tcpcraft/buf.h>
#include "report/layout.h"

#include <stdio.h>
#include <string.h>

#define SEGMENT "  0.000151 <-- S.   seq 0 ack 1 win 65483 <mss 65495,sackOK,TS val 395805028 " \
		"ecr 3866514800,nop,wscale 10> [checksum partial]\n"

static void laid(const char *text, unsigned width, bool colour, const char *want)
{
	struct tc_layout how = { .width = width, .colour = colour };
	struct tc_buf out = { 0 };

	tc_layout(&out, &how, text, strlen(text));
	tc_buf_add_u8(&out, 0);
	CU_ASSERT_STRING_EQUAL((const char *)out.data, want);
	if (strcmp((const char *)out.data, want))
		fprintf(stderr, "got:\n%s\n", (const char *)out.data);
	tc_buf_free(&out);
}

static void without_limit(void)
{
	laid(SEGMENT, 0, false, SEGMENT);
	laid("", 80, true, "");
	laid("no end", 80, false, "no end");
	laid("\n\nshort\n", 80, false, "\n\nshort\n");
	laid(SEGMENT, 200, false, SEGMENT);
}

static void options_go_on(void)
{
	laid(SEGMENT, 80, false,
	     "  0.000151 <-- S.   seq 0 ack 1 win 65483\n"
	     "                 <mss 65495,sackOK,TS val 395805028 ecr 3866514800,nop,\n"
	     "                 wscale 10> [checksum partial]\n");
	laid("  0.000207 --> .    seq 1 ack 1 win 32768\n", 40, false,
	     "  0.000207 --> .\n"
	     "                 seq 1 ack 1 win 32768\n");
}

/* What stands beside a segment in a run's ladder has its own '<', '[' and blanks. */
static void a_script_line_is_one(void)
{
	laid("  0.000206 --> .    seq 1 ack 1 win 32768 <nop,nop,TS val 1 ecr 2>   3| +0 < . 1:1(0) "
	     "ack 1\n", 80, false,
	     "  0.000206 --> .    seq 1 ack 1 win 32768 <nop,nop,TS val 1 ecr 2>\n"
	     "                 3| +0 < . 1:1(0) ack 1\n");
	laid("  1| 0 < S 0:0(0) win 65535 <mss 1460,sackOK>\n", 40, false,
	     "  1| 0 < S 0:0(0) win 65535 <mss 1460,\n"
	     "      sackOK>\n");
	/* beside nothing a program's call moves to the left */
	laid("  0.000000                    |  socket(..., SOCK_STREAM, ...) = 3\n", 50, false,
	     "  0.000000    |  socket(..., SOCK_STREAM, ...) = 3\n");
	laid("  0.000000       |  socket(..., SOCK_STREAM, ...) = 3\n", 40, false,
	     "  0.000000       |\n      socket(..., SOCK_STREAM, ...) = 3\n");
}

static void names_keep_values(void)
{
	for (unsigned width = 40; width < 120; width++) {
		struct tc_layout how = { .width = width };
		struct tc_buf out = { 0 };
		const char *all;

		tc_layout(&out, &how, SEGMENT, strlen(SEGMENT));
		tc_buf_add_u8(&out, 0);
		all = (const char *)out.data;
		CU_ASSERT_PTR_NOT_NULL(strstr(all, "win 65483"));
		CU_ASSERT_PTR_NOT_NULL(strstr(all, "wscale 10>"));
		CU_ASSERT_PTR_NOT_NULL(strstr(all, "mss 65495"));
		for (const char *line = all; *line; line = strchr(line, '\n') + 1)
			CU_ASSERT_TRUE(strcspn(line, "\n") <= width);
		tc_buf_free(&out);
	}
}

static void words_longer_than_lines(void)
{
	laid("  0123456789012345678901234567890123456789\n", 30, false,
	     "  0123456789012345678901234567\n"
	     "      890123456789\n");
	/* counted in characters, and none is torn */
	laid("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
	     "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\n",
	     20, false,
	     "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
	     "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\n");
}

static void colours_mark_what_is_said(void)
{
	laid("  0.000001 --> S    seq 0\n", 0, true,
	     "\033[2m  0.000001 \033[0m\033[1;36m--> S\033[0m    seq 0\n");
	laid("  0.000002 [3] <-- R    seq 0 [retransmission]\n", 0, true,
	     "\033[2m  0.000002 [3] \033[0m\033[1;32m<-- R\033[0m    seq 0 "
	     "\033[33m[retransmission]\033[0m\n");
	laid("                 * tcp.window 1 -> 0\n", 0, true,
	     "                 \033[1;33m* tcp.window 1 -> 0\033[0m\n");
	laid("reply: the peer\n", 0, true, "\033[1;32mreply\033[0m: the peer\n");
	laid("reset: the peer\n", 0, true, "\033[1;31mreset\033[0m: the peer\n");
	laid("hello.pkt: passed: it\n", 0, true, "hello.pkt\033[1;32m: passed:\033[0m it\n");
	laid("hello.pkt: failed: it\n", 0, true, "hello.pkt:\033[1;31m failed:\033[0m it\n");
	laid("10.0.0.2:80 isn: rfc6528: it\n", 0, true,
	     "10.0.0.2:80 isn: \033[1mrfc6528\033[0m: it\n");
	laid("talk      waits: it\n", 0, true, "talk      \033[1mwaits\033[0m: it\n");
	laid("talk      waits a while: it\n", 0, true, "talk      waits a while: it\n");
	laid("not-testable   5: it\n", 0, true, "not-testable   5: it\n");
	laid("tcpcraft: probe: it\n", 0, true, "tcpcraft: probe: it\n");
	laid("  1  A > B S  <-  S.  ! the answer\n", 0, true,
	     "  1  A > B S  <-  S.\033[1;31m  ! \033[0mthe answer\n");
	laid("nothing of it\n", 0, true, "nothing of it\n");
}

CU_TestInfo tests_layout[] = {
	{ "without a width and colours text is as it was", without_limit },
	{ "options stand below what they belong to", options_go_on },
	{ "a script's line is not parted for its signs", a_script_line_is_one },
	{ "a name is not parted from its value, and no line is too long", names_keep_values },
	{ "what is longer than a line is broken between characters", words_longer_than_lines },
	{ "colours mark direction, changes, faults and the verdict", colours_mark_what_is_said },
	CU_TEST_INFO_NULL,
};
