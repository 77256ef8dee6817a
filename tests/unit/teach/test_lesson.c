/* SPDX-License-Identifier: BSD-2-Clause */
/* Lessons as text, and both ends of a connection as a table. */
#include "check.h"

#include <tcpcraft/buf.h>
#include "teach/ends.h"
#include <tcpcraft/error.h>
#include "teach/lesson.h"

#include <errno.h>

static struct tc_lesson *read_text(const char *text, struct tc_error *err)
{
	struct tc_lesson *l = NULL;

	*err = (struct tc_error){ 0 };
	tc_lesson_parse(&l, "x.lesson", text, strlen(text), err);
	return l;
}

static const char small[] =
	"# A title\n"
	"--tolerance_usecs=7\n"
	"One line\n"
	"and another.\n"
	"\n"
	"Say \"quotes\" and \\ as they are.\n"
	"? What\n"
	"  comes?\n"
	"- this\n"
	"+ that,\n"
	"  or so\n"
	"    0 < S 0:0(0) win 1\n"
	"\t* > S. 0:0(0) ack 1\n"
	"! show\n"
	"After.\n"
	"---\n"
	"! guard off\n"
	"Second.\n"
	"    0 < R 0:0(0)\n";

static void test_steps(void)
{
	struct tc_error err;
	struct tc_lesson *l = read_text(small, &err);

	CHECK_OK(l ? 0 : -1, err);
	if (!l)
		return;
	CHECK_STR(l->title, "A title");
	CHECK_U64(l->n_parts, 2);
	CHECK_U64(l->n_steps, 6);
	CHECK_STR(l->step[0].text, "One line and another.");
	CHECK_STR(l->step[1].text, "Say \"quotes\" and \\ as they are.");
	CHECK_U64(l->step[2].kind, TC_LESSON_ASK);
	CHECK_STR(l->step[2].text, "What comes?");
	CHECK_U64(l->step[2].n_choices, 2);
	CHECK_U64(l->step[2].right, 2);
	CHECK_STR(l->step[2].choice[0], "this");
	CHECK_STR(l->step[2].choice[1], "that, or so");
	CHECK_U64(l->step[3].kind, TC_LESSON_SHOW);
	CHECK_STR(l->step[4].text, "After.");
	CHECK(!l->part[0].guarded && l->part[1].guarded);
	CHECK_U64(l->part[1].guard, TC_GUARD_OFF);
	tc_lesson_free(l);
}

static void test_scripts(void)
{
	static const struct { enum tc_script_kind kind; unsigned line; } want[] = {
		{ TC_SCRIPT_SAY, 3 }, { TC_SCRIPT_SAY, 6 }, { TC_SCRIPT_ASK, 7 },
		{ TC_SCRIPT_PACKET, 12 }, { TC_SCRIPT_PACKET, 13 }, { TC_SCRIPT_SAY, 14 },
		{ TC_SCRIPT_SAY, 15 },
	};
	struct tc_error err;
	struct tc_lesson *l = read_text(small, &err);
	const struct tc_script_event *e = l ? l->part[0].script->events : NULL;

	for (size_t i = 0; i < sizeof want / sizeof *want && e; i++, e = e->next) {
		CHECK_U64(e->kind, want[i].kind);
		CHECK_U64(e->line, want[i].line);
		if (e->kind != TC_SCRIPT_PACKET)
			CHECK_U64(tc_lesson_step(l, e->text)->line, want[i].line);
	}
	CHECK(!e);
	if (l) {
		CHECK_STR(tc_script_switch_value(l->part[0].script, "tolerance_usecs"), "7");
		CHECK_U64(l->part[1].script->events->line, 18);
		CHECK(tc_lesson_step(l, "6") == NULL);
	}
	tc_lesson_free(l);
}

static void test_wrong(void)
{
	static const struct { const char *text, *why; } bad[] = {
		{ "", "x.lesson:1:1: a lesson begins with # and its title" },
		{ "Hello\n", "x.lesson:1:1: a lesson begins with # and its title" },
		{ "#\nHello\n", "x.lesson:1:1: the title is empty" },
		{ "# T\n", "x.lesson:1:1: this part of the lesson is empty" },
		{ "# T\n- no\n", "x.lesson:2:1: an answer (- or +) without a question" },
		{ "# T\n? q\n+ a\n+ b\n", "x.lesson:4:1: a second right answer (+)" },
		{ "# T\n! dance\n", "x.lesson:2:1: ! show, ! explain, ! checksum or" },
		{ "# T\nx\n! guard rst\n", "x.lesson:3:1: ! guard stands before all else" },
		{ "# T\n! guard dog\n", "x.lesson:2:1: guard 'dog' is unknown: auto, rst, shield" },
		{ "# T\n! guard off\n", "x.lesson:2:1: this part of the lesson is empty" },
		{ "# T\nfine\n    0 < Q 0:0(0)\n", "x.lesson:3:9: " },
		{ "# T\nfine\n---\nalso\n\n\t< S 0:1(2)\n", "x.lesson:6:" },
		{ "# T\nfine\n---\n", "x.lesson:3:1: this part of the lesson is empty" },
	};
	struct tc_error err;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct tc_lesson *l = read_text(bad[i].text, &err);

		CHECK(!l);
		CHECK_STR(strncmp(err.msg, bad[i].why, strlen(bad[i].why)) == 0 ? bad[i].why
									     : err.msg,
			  bad[i].why);
		tc_lesson_free(l);
	}
}

static void test_large(void)
{
	struct tc_buf text = { 0 };
	struct tc_error err;
	struct tc_lesson *l = NULL;

	tc_buf_text(&text, "# T\n");
	for (int i = 0; i <= TC_LESSON_STEPS; i++)
		tc_buf_text(&text, "x\n\n");
	CHECK_U64(tc_lesson_parse(&l, "x", (char *)text.data, text.len, &err), -EINVAL);
	CHECK(strstr(err.msg, "too many paragraphs") != NULL);
	while (text.len <= 256u << 10)
		tc_buf_text(&text, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n");
	CHECK_U64(tc_lesson_parse(&l, "x", (char *)text.data, text.len, &err), -EMSGSIZE);
	CHECK_U64(tc_lesson_parse(&l, "x", "# T\n\0x\n", 7, &err), -EINVAL);
	tc_buf_free(&text);
}

/* ---- both ends ------------------------------------------------------------------------ */

#define OUR_ISS 0xfffffff0u
#define THEIR_ISS 0xfffffffau

static void pass(struct tc_ends *e, bool ours, uint16_t flags, uint32_t seq, uint32_t ack,
		 uint32_t len)
{
	struct tc_rx rx = { .kind = TC_RX_TCP, .sport = ours ? 1 : 2, .dport = ours ? 2 : 1 };

	rx.seg = (struct tc_seg){ .flags = flags, .len = len, .wnd = ours ? 100 : 200,
				  .seq = seq + (ours ? OUR_ISS : THEIR_ISS),
				  .ack = ack + (ours ? THEIR_ISS : OUR_ISS) };
	tc_ends_segment(e, ours, &rx);
}

#define ACK TC_FLAG_ACK

static void test_ends(void)
{
	struct tc_ends e = { 0 };

	CHECK_U64(tc_ends_state(&e), TC_ST_CLOSED);
	pass(&e, true, TC_FLAG_SYN, 0, 0, 0);
	CHECK_U64(tc_ends_state(&e), TC_ST_SYN_SENT);
	pass(&e, false, TC_FLAG_SYN | ACK, 0, 1, 0);
	CHECK_U64(tc_ends_state(&e), TC_ST_ESTABLISHED);
	pass(&e, true, ACK, 1, 1, 0);
	pass(&e, true, ACK, 1, 1, 100);		/* wraps */
	CHECK_U64(tc_ends_variables(&e).snd_nxt, 101);
	CHECK_U64(tc_ends_variables(&e).snd_una, 1);
	pass(&e, true, ACK, 1, 1, 100);
	CHECK_U64(e.retransmitted, 1);
	pass(&e, false, ACK, 1, 101, 30);
	CHECK_U64(tc_ends_variables(&e).snd_una, 101);
	CHECK_U64(tc_ends_variables(&e).rcv_nxt, 31);
	CHECK_U64(tc_ends_variables(&e).snd_wnd, 200);
	pass(&e, true, TC_FLAG_FIN | ACK, 101, 31, 0);
	CHECK_U64(tc_ends_state(&e), TC_ST_FIN_WAIT_1);
	pass(&e, false, ACK, 31, 102, 0);
	CHECK_U64(tc_ends_state(&e), TC_ST_FIN_WAIT_2);
	pass(&e, false, TC_FLAG_FIN | ACK, 31, 102, 0);
	CHECK_U64(tc_ends_state(&e), TC_ST_TIME_WAIT);
	pass(&e, true, TC_FLAG_SYN, 5000, 0, 0);
	CHECK_U64(tc_ends_state(&e), TC_ST_SYN_SENT);
}

static void test_ends_passive(void)
{
	struct tc_ends e = { 0 };

	pass(&e, false, TC_FLAG_SYN, 0, 0, 0);
	CHECK_U64(tc_ends_state(&e), TC_ST_LISTEN);
	pass(&e, true, TC_FLAG_SYN | ACK, 0, 1, 0);
	CHECK_U64(tc_ends_state(&e), TC_ST_SYN_RECEIVED);
	pass(&e, false, ACK, 1, 1, 0);
	CHECK_U64(tc_ends_state(&e), TC_ST_ESTABLISHED);
	pass(&e, false, TC_FLAG_FIN | ACK, 1, 1, 0);
	CHECK_U64(tc_ends_state(&e), TC_ST_CLOSE_WAIT);
	pass(&e, true, TC_FLAG_FIN | ACK, 1, 2, 0);
	CHECK_U64(tc_ends_state(&e), TC_ST_LAST_ACK);
	pass(&e, false, ACK, 2, 2, 0);
	CHECK_U64(tc_ends_state(&e), TC_ST_CLOSED);
	e = (struct tc_ends){ 0 };
	pass(&e, true, TC_FLAG_SYN, 0, 0, 0);
	pass(&e, false, TC_FLAG_RST | ACK, 0, 1, 0);
	CHECK_U64(tc_ends_state(&e), TC_ST_CLOSED);
}

static void test_table(void)
{
	struct tc_sockdiag d = { .found = true, .info = true, .state = 1, .timer = 1,
				 .timer_ms = 204, .wqueue = 5, .rto = 204000, .rtt = 1500,
				 .unacked = 1, .total_retrans = 3, .snd_cwnd = 10, .snd_ssthresh = 7,
				 .snd_mss = 1000 };
	struct tc_ends e = { 0 };
	struct tc_buf out = { 0 };

	pass(&e, true, TC_FLAG_SYN, 0, 0, 0);
	pass(&e, false, TC_FLAG_SYN | ACK, 0, 1, 0);
	tc_ends_print(&out, &e, &d);
	tc_buf_add_u8(&out, 0);
	CHECK_STR((char *)out.data,
		  "  | our end (RFC 9293 3.3.1)      | the kernel's end (TCP_INFO)\n"
		  "  | state     ESTABLISHED         | state     ESTABLISHED\n"
		  "  | SND.UNA   1                   | timer     retransmit, in 204 ms\n"
		  "  | SND.NXT   1                   | queues    0 to read, 5 not acked\n"
		  "  | SND.WND   200                 | rto       204 ms (rtt 1.500 ms)\n"
		  "  | RCV.NXT   1                   | in flight 1 segments, resent 3\n"
		  "  | RCV.WND   100                 | cwnd      10 of 1000 bytes, ssthresh 7\n");
	out.len = 0;
	tc_ends_json(&out, &e, &d);
	CHECK_STR((char *)out.data,
		  "{\"type\":\"ends\",\"ours\":{\"state\":\"ESTABLISHED\",\"snd_una\":1,"
		  "\"snd_nxt\":1,\"snd_wnd\":200,\"rcv_nxt\":1,\"rcv_wnd\":100},\"kernel\":{"
		  "\"state\":\"ESTABLISHED\",\"timer\":\"retransmit\",\"timer_ms\":204,"
		  "\"rqueue\":0,\"wqueue\":5,\"rto_us\":204000,\"rtt_us\":1500,\"unacked\":1,"
		  "\"total_retrans\":3,\"snd_cwnd\":10,\"snd_mss\":1000,\"snd_ssthresh\":7}}\n");
	tc_buf_free(&out);
}

static void test_hints(void)
{
	static const char text[] = "# T\n? What?\n- a\n+ b\n~ think\n  twice\n\nProse.\n"
				   "    0 < S 0:0(0)\n? And then?\n- a\n+ b\n";
	struct tc_lesson_sheet s = { .user = "ada", .began = 7 };
	struct tc_buf out = { 0 };
	struct tc_error err;
	struct tc_lesson *l = read_text(text, &err);

	CHECK_OK(l ? 0 : -1, err);
	if (!l)
		return;
	CHECK_STR(l->step[0].hint, "think twice");
	CHECK_STR(l->step[1].text, "Prose.");
	s.lesson = l;
	s.answer[s.n++] = (struct tc_lesson_answer){ &l->step[0], 2, true };
	s.answer[s.n++] = (struct tc_lesson_answer){ &l->step[2], 2, false };
	CHECK_U64(tc_lesson_right(&s), 1);
	tc_json_lesson_score(&out, &s, 60, 0);
	tc_lesson_review(&out, l, "x");
	tc_buf_add_u8(&out, 0);
	CHECK_STR((char *)out.data,
		  "{\"type\":\"score\",\"user\":\"ada\",\"began\":7,\"seconds\":60,"
		  "\"title\":\"T\",\"questions\":2,\"right\":1,\"exit\":0,\"answers\":["
		  "{\"line\":2,\"said\":2,\"right\":2,\"correct\":false,\"hinted\":true},"
		  "{\"line\":10,\"said\":2,\"right\":2,\"correct\":true}]}\n"
		  "x:10:1: nothing happens behind this question: the wire does not answer it\n"
		  "x: T: parts: 1, questions: 2 (with a hint: 1), events: 1\n");
	tc_buf_free(&out);
	tc_lesson_free(l);
	CHECK(!read_text("# T\n? A\n~ hint\n", &err));
	CHECK_STR(err.msg, "x.lesson:3:1: a hint (~) without answers (- or +) before it");
	CHECK(!read_text("# T\n? A\n+ b\n~ hint\n- c\n", &err));
	CHECK_STR(err.msg, "x.lesson:5:1: an answer behind the hint (~): the hint is the last line");
}

CU_TestInfo tests_lesson[] = {
	{ "a lesson's paragraphs, questions and parts", test_steps },
	{ "its scripts have the file's line numbers", test_scripts },
	{ "what is wrong is told with its place", test_wrong },
	{ "a lesson that is too long, or no text", test_large },
	{ "our end of a connection that we open and close", test_ends },
	{ "our end of one that the peer opens, closes, resets", test_ends_passive },
	{ "both ends as a table and as JSON", test_table },
	{ "hints, and the sheet of a student", test_hints },
	CU_TEST_INFO_NULL
};
