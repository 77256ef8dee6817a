/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of scripts explained: each by its own words and by those before it. */
#include "check.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include "script/explain.h"

static void explained(const char *text, bool json, struct tc_buf *out)
{
	struct tc_error err = { 0 };
	struct tc_script *s = NULL;

	CHECK_OK(tc_script_parse(&s, "x", text, strlen(text), NULL, 0, &err), err);
	if (json)
		tc_script_explain_json(out, s);
	else
		tc_script_explain(out, s);
	tc_buf_add_u8(out, 0);
	tc_script_free(s);
}

/* The last line of a script has these notes. */
static void last_is(const char *text, const char *want)
{
	struct tc_buf out = { 0 };
	const char *at;

	explained(text, false, &out);
	at = (const char *)out.data;
	for (const char *bar = strchr(at, '|'); bar; bar = strchr(bar + 1, '|'))
		at = bar;
	at = strchr(at, '\n');
	CHECK_STR(at ? at + 1 : "", want);
	tc_buf_free(&out);
}

#define OPENED "0 < S 9:9(0) win 5000 <mss 1000>\n+0 > S. 0:0(0) ack 10 <mss 1460>\n" \
	"+0 < . 1:1(0) ack 1 win 5000\n"

static void an_opening_is_explained(void)
{
	struct tc_buf out = { 0 };

	explained("0 < S 9:9(0) win 5000 <mss 1000>\n+0 > [ect0] SE. 0:0(0) ack 1 <sackOK,...>\n", false,
		  &out);
	CHECK_STR((const char *)out.data,
		  "   1| 0 < S 9:9(0) win 5000 <mss 1000>\n      we send\n"
		  "      a connection is asked for: this side's numbers begin (RFC 9293 3.5)\n"
		  "      mss: the most that a segment to it may carry (RFC 9293 3.7.1)\n"
		  "   2| +0 > [ect0] SE. 0:0(0) ack 1 <sackOK,...>\n      the peer has to send\n"
		  "      the answer to a SYN: it is acknowledged, and this side's numbers begin "
		  "(RFC 9293 3.5)\n"
		  "      ECT(0): it may be marked instead of dropped (RFC 3168 5)\n"
		  "      ECN is agreed to (RFC 3168 6.1.1)\n"
		  "      sackOK: it takes selective acknowledgments (RFC 2018 2)\n");
	tc_buf_free(&out);
}

static void segments_are_told_apart_by_those_before(void)
{
	static const char data[] = OPENED "+0 > P. 1:3001(3000) ack 1\n";
	static const struct { const char *more, *want; } cases[] = {
		{ "+0 < . 1:1(0) ack 1001 win 5000\n",
		  "      we send\n      all below 1001 has arrived (RFC 9293 3.4)\n" },
		{ "+0 < . 1:1(0) ack 1 win 5000\n", "      we send\n      the same "
		  "acknowledgment again: duplicate number 1 (RFC 5681 2)\n" },
		{ "+0 < . 1:1(0) ack 1 win 0\n", "      we send\n      only the window is "
		  "another (RFC 9293 3.8.6)\n      its window is closed: nothing but probes may "
		  "come (RFC 9293 3.8.6.1)\n" },
		{ "repeat 1 { +0 < . 1:1(0) ack 1 win 5000 }\n+0 < . 1:1(0) ack 1 win 5000\n"
		  "+0 < . 1:1(0) ack 1 win 5000\n+0 > . 1:1001(1000) ack 1\n",
		  "      the peer has to send\n      1000 bytes of data, 1 to 1000 (RFC 9293 3.4)\n"
		  "      again, as three duplicate acknowledgments ask for it (RFC 5681 3.2)\n" },
		{ "+.3 > . 1:1001(1000) ack 1\n",
		  "      the peer has to send\n      1000 bytes of data, 1 to 1000 (RFC 9293 3.4)\n"
		  "      again, when the retransmission timer has expired (RFC 6298 5)\n" },
		{ "+0 < . 501:601(100) ack 1 win 5000\n", "      we send\n      100 bytes of "
		  "data, 501 to 600 (RFC 9293 3.4)\n      it leaves a hole: 1 comes next "
		  "(RFC 9293 3.10.7.4)\n" },
		{ "+0 < R 2:2(0)\n", "      we send\n      a reset: the connection is over at "
		  "once (RFC 9293 3.5.2)\n      its number is not 1, which is expected next: in "
		  "the window it is challenged, elsewhere dropped (RFC 5961 3.2)\n" },
		{ "+0 < F. 1:1(0) ack 3001 win 5000\n", "      we send\n      this side has no "
		  "more data: it ends (RFC 9293 3.6)\n      all below 3001 has arrived (RFC 9293 "
		  "3.4)\n" },
	};
	char text[512];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(text, sizeof text, "%s%s", data, cases[i].more);
		last_is(text, cases[i].want);
	}
}

static void calls_are_explained_by_their_words(void)
{
	last_is("0 setsockopt(3, SOL_TCP, TCP_NODELAY, [1], 4) = 0\n",
		"      a habit of the socket is set (setsockopt(2))\n      TCP_NODELAY: small "
		"segments go out at once, without Nagle's algorithm (RFC 9293 3.7.4)\n");
	last_is("0...0.5 read(4, ..., 1) = -1 ECONNRESET (so)\n",
		"      RECEIVE (RFC 9293 3.9.1.3)\n      it has to fail with ECONNRESET\n"
		"      ECONNRESET: a reset has ended the connection (RFC 9293 3.10.7.4)\n"
		"      it blocks, and has to end 0.500 s later\n");
	last_is("0 silence .5\n", "      nothing may arrive for 0.500 s\n");
}

static void json_is_an_object_a_line(void)
{
	struct tc_buf out = { 0 };

	explained("0 say \"hi\"\n\n+0 < icmp unreachable frag_needed mtu 1300\n", true, &out);
	CHECK_STR((const char *)out.data,
		  "{\"type\":\"line\",\"script\":\"x\",\"line\":1,\"source\":\"0 say \\\"hi\\\"\","
		  "\"notes\":[{\"text\":\"the words are told\"}]}\n"
		  "{\"type\":\"line\",\"script\":\"x\",\"line\":3,\"source\":\"+0 < icmp unreachable "
		  "frag_needed mtu 1300\",\"notes\":[{\"text\":\"we send\"},"
		  "{\"text\":\"an ICMP error about the MTU of the path\",\"rests_on\":\"RFC 1191 4, RFC "
		  "8201 4\"}]}\n");
	tc_buf_free(&out);
}

CU_TestInfo tests_explain_script[] = {
	{ "an opening is explained", an_opening_is_explained },
	{ "segments are told apart by those before", segments_are_told_apart_by_those_before },
	{ "calls are explained by their words", calls_are_explained_by_their_words },
	{ "JSON is an object a line", json_is_an_object_a_line },
	CU_TEST_INFO_NULL
};
