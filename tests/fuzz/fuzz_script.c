/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any text as a script. What is refused is refused with a line that begins with a place in
 * the text; what is read is printed, and what was printed reads as the same. The input
 * is text, or chooses pieces of the notation, or whole events.
 */
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/script.h>
#include "script/explain.h"
#include "syscalls/calls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const pieces[] = {
	"+0", "*", "0.1", "+.5~+1", "0...1", "<", ">", "S", "S.", "P.", "-", "0:0(0)",
	"1:6(5)", "1:N(5)", "ack", "win", "urg", "1", "N", "(", ")", "[", "]", "{", "}", ",",
	"<mss 1460,nop>", "<...>", "<sack 1:2 3:4>", "<TS val 1 ecr 2>", "<FO 00>", "\"hello\"",
	"hex:0102", "prot", "{prot.length=5}", "{tcp.checksum=bad}", "{ip.ttl=1-5}", "icmp",
	"unreachable", "frag_needed", "mtu", "ect0", "ttl", "silence", "any", "let", "N =",
	"repeat", "for", "in", "1..3", "if", "seen", "else", "expect", "state=CLOSED", "say",
	"#ifdef A\n", "#else\n", "\n#endif\n",
	"ask", "`true`", "%{ }%", "socket(..., SOCK_STREAM) = 3", "f({a=b, c|d}, [~1]) = -1",
	"EAGAIN", "(text)", "+", "*", "/", "%", "tcp.seq", "sent.tcp.ack", "//", "\n", "\n", "\"",
	"--strict_segments", "tcp.window", "=", ":", "4294967295", "0x10", "80 > 1000", "\\",
};
#define N_PIECES (sizeof pieces / sizeof *pieces)

/* Whole events; some end in the middle, for the next piece. */
static const char *const events[] = {
	"let N = (5 + tcp.seq) * -2 % 7\n", "+0 < S 0:0(0) win 5 <mss 1460,sackOK,wscale 7>\n",
	"* > S. 0:0(0) ack 1 <...>\n", "0.5~1 > [ect0, ttl 5] P. 1:6(5) ack 1 \"he\\x6clo\"\n",
	"+.1 < 1000 > 80 . 1:1(0) ack 1 {tcp.checksum=bad, ip.ttl=1}\n",
	"+0 < P. 1:17(16) ack 1 prot{prot.version=2} \"hello\"\n", "silence .5\n", "any\n",
	"+0 < icmp unreachable frag_needed mtu 1300 [1:1461(1460)]\n", "+0 `echo`\n",
	"repeat 3 {\n", "for N in 1..5 {", "}", "+0~+1 if seen > R 1:1(0) {\n", "} else {\n",
	"expect state=TIME_WAIT\n", "expect raw.tcp.seq >= 2\n",
	"* > S. 0:0(0) ack 1 <sackOK,...>\n", "say \"a\"\n", "ask \"b\"\n", "%{ x }%\n",
	"+0...1 connect(3, {a=b(1), c[0]}, ...) = -1 EAGAIN (try)\n", "+0 poll([{fd=4}], 1) = 1\n",
	"+0 setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=N}, 8) = 0\n",
	"+0 bind(3, {sin_port=htons(80), sin_addr=inet_addr(\"1.2.3.4\")}, ...) = 0\n",
	"+0 getsockopt(4, SOL_TCP, TCP_MAXSEG, [1, 2, 3], [4]) = ~0|1\n",
	"+0 write(4, \"abc\", 999999) = -1 EPIPE\n", "+0 sendto(4, ..., 5, 0, NULL, 0) = 5\n",
	"+0 < . 1:1(0) <sack 1:2 3:4,FO 00,md5 01,mptcp dss ack 5,hex:0500,nop,TS val 1 ecr 2>\n", "# remark\n",
};
#define N_EVENTS (sizeof events / sizeof *events)

static void must(int ok)
{
	if (!ok)
		abort();
}

static void compose(struct tc_buf *text, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		tc_buf_text(text, pieces[data[i] % N_PIECES]);
		tc_buf_text(text, data[i] / N_PIECES % 2 ? "" : " ");
	}
}

/* A few events, blocks closed as they should, and perhaps one byte that is not as it was. */
static void compose_events(struct tc_buf *text, const uint8_t *data, size_t size)
{
	unsigned open = 0;

	for (size_t i = 2; i < size && i < 12; i++) {
		const char *e = events[data[i] % N_EVENTS];

		if (*e == '}' && open == 0)
			continue;
		open -= *e == '}' && e[1] == 0;
		open += *e != '}' && strpbrk(e, "{") && !strpbrk(e, "}");
		tc_buf_text(text, e);
	}
	while (open--)
		tc_buf_text(text, "}");
	if (size > 2 && data[0] % 2 && text->len)
		text->data[data[0] * 256u % text->len] = data[1];
}

/* What its arguments mean is looked at before a script runs. */
static void check_calls(const struct tc_script *s)
{
	struct tc_error err = { 0 };
	int rc = tc_calls_check(s, true, &err);

	must(rc == 0 || (rc == -EOPNOTSUPP && strncmp(err.msg, "fuzz:", 5) == 0));
}

/* Each line has its place, and nothing in it moves a terminal. */
static void check_explained(const struct tc_script *s)
{
	struct tc_buf text = { 0 };

	tc_script_explain(&text, s);
	must(!text.failed && (!s->events || text.len));
	tc_buf_add_u8(&text, 0);
	must(strlen((const char *)text.data) + 1 == text.len &&
	     !strchr((const char *)text.data, '\033'));
	text.len = 0;
	tc_script_explain_json(&text, s);
	must(!text.failed);
	tc_buf_free(&text);
}

static void check_again(const struct tc_script *s)
{
	struct tc_buf once = { 0 }, twice = { 0 };
	struct tc_error err = { 0 };
	struct tc_script *again = NULL;

	tc_script_print(&once, s);
	must(!once.failed);
	must(tc_script_parse(&again, "again", (const char *)once.data, once.len, NULL, 0,
			     &err) >= 0);
	tc_script_print(&twice, again);
	must(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
	tc_script_free(again);
	tc_buf_free(&once);
	tc_buf_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tc_script_define define = { "X", "5" };
	struct tc_error err = { 0 };
	struct tc_script *s = NULL;
	struct tc_buf text = { 0 };

	if (size && data[0] % 4 == 1)
		compose(&text, data + 1, size - 1);
	else if (size && data[0] % 4 == 3)
		compose_events(&text, data + 1, size - 1);
	else
		tc_buf_add(&text, data, size);
	if (tc_script_parse(&s, "fuzz", (const char *)text.data, text.len, &define, 1, &err) < 0) {
		must(err.code < 0 && strncmp(err.msg, "fuzz:", 5) == 0 &&
		     !strpbrk(err.msg, "\n\r\033"));
	} else {
		check_again(s);
		check_calls(s);
		check_explained(s);
	}
	tc_script_free(s);
	tc_buf_free(&text);
	return 0;
}
