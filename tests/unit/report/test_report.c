/* SPDX-License-Identifier: BSD-2-Clause */
/* How a run ends, for people and for programs: verdicts, sentences, JSON lines, comments. */
#include "check.h"
#include "frames.h"

#include "base/addr.h"
#include "report/comments.h"
#include "report/json.h"
#include "report/ladder.h"

#include <tcpcraft/backlog.h>
#include <tcpcraft/error.h>
#include <tcpcraft/filter.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/pcapfile.h>
#include <tcpcraft/verdict.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void text_is(struct tc_buf *out, const char *want)
{
	tc_buf_add_u8(out, 0);
	CHECK_STR((const char *)out->data, want);
	tc_buf_free(out);
}

/* What the end of a connection alone says: RFC 9293 3.10.7.3 and 3.8.3 by its numbers. */
static void verdicts(void)
{
	static const struct {
		struct tc_conn_info info;
		bool replied;
		enum tc_verdict want;
		const char *closed_by;
	} rows[] = {
		{ { .end = TC_END_NONE }, false, TC_VERDICT_NONE, "none" },
		{ { .end = TC_END_REFUSED }, false, TC_VERDICT_REFUSED, "peer" },
		{ { .end = TC_END_RESET, .furthest = TC_ST_ESTABLISHED }, true,
		  TC_VERDICT_RESET, "peer" },
		{ { .end = TC_END_TIMED_OUT, .furthest = TC_ST_SYN_SENT }, false,
		  TC_VERDICT_NO_ANSWER, "none" },
		{ { .end = TC_END_TIMED_OUT, .furthest = TC_ST_SYN_SENT, .icmp_from.family = 6,
		    .icmp_from.bytes = { 0xfd, 1 } }, false, TC_VERDICT_UNREACHABLE, "none" },
		{ { .end = TC_END_TIMED_OUT, .furthest = TC_ST_ESTABLISHED, .bytes_sent = 9,
		    .bytes_acked = 8 }, true, TC_VERDICT_UNACKED, "none" },
		{ { .end = TC_END_ABORTED, .furthest = TC_ST_ESTABLISHED, .bytes_sent = 9,
		    .bytes_acked = 9 }, false, TC_VERDICT_SILENT, "us" },
		{ { .end = TC_END_CLOSED, .furthest = TC_ST_CLOSE_WAIT, .peer_fin_first = true },
		  false, TC_VERDICT_CLOSED, "peer" },
		{ { .end = TC_END_CLOSED, .furthest = TC_ST_FIN_WAIT_2, .our_fin = true }, true,
		  TC_VERDICT_BAD_REPLY, "us" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CHECK(tc_verdict_of(&rows[i].info, rows[i].replied) == rows[i].want);
		CHECK_STR(tc_closed_by(&rows[i].info), rows[i].closed_by);
	}
}

static void says(enum tc_verdict v, const struct tc_conn_info *info, const char *reply,
		 const char *want)
{
	struct tc_buf out = { 0 };

	tc_verdict_sentence(&out, v, info, (const uint8_t *)reply, strlen(reply), 2 * TC_S, NULL);
	text_is(&out, want);
}

static void sentences(void)
{
	struct tc_conn_info info = { .bytes_sent = 10, .bytes_acked = 10, .bytes_received = 3 };

	says(TC_VERDICT_REPLY, &info, "AC\x1b", "the peer replied with 3 bytes: \"AC\\x1b\"");
	info.bytes_received = 1;
	says(TC_VERDICT_BAD_REPLY, &info, "x",
	     "the reply is not the expected one: 1 byte: \"x\"");
	info.bytes_received = 0;
	says(TC_VERDICT_SILENT, &info, "",
	     "the peer's TCP acknowledged all 10 bytes, but no reply came in 2 s");
	info.beyond_hole = 4;
	says(TC_VERDICT_SILENT, &info, "", "the peer's TCP acknowledged all 10 bytes, but no "
	     "reply came in 2 s in order: 4 bytes came beyond a hole that was never filled");
	info.bytes_acked = 7;
	says(TC_VERDICT_UNACKED, &info, "", "the peer's TCP acknowledged 7 of our 10 bytes in 2 s"
	     "; its window is shut");
	info.bytes_acked = 0;
	info.peer_window = 1;
	says(TC_VERDICT_UNACKED, &info, "", "connected, but the peer's TCP acknowledged none of "
	     "our 10 bytes in 2 s");
	info.end = TC_END_TIMED_OUT;
	info.furthest = TC_ST_ESTABLISHED;
	says(TC_VERDICT_UNACKED, &info, "", "connected, but the peer's TCP acknowledged none of "
	     "our 10 bytes before our own TCP gave up");
	info = (struct tc_conn_info){ .segments_sent = 1, .furthest = TC_ST_SYN_SENT };
	says(TC_VERDICT_NO_ANSWER, &info, "", "no answer to our SYN in 2 s (sent 1 time): the "
	     "host is down, a firewall drops it, or its port's queue of connections is full");
	info.end = TC_END_TIMED_OUT;
	says(TC_VERDICT_NO_ANSWER, &info, "", "no answer to our SYN in 2 s (sent 1 time): the "
	     "host is down, a firewall drops it, or its port's queue of connections is full");
	info.syns_over = true;
	says(TC_VERDICT_NO_ANSWER, &info, "", "no answer to our SYN before our own TCP gave up (sent "
	     "1 time): the host is down, a firewall drops it, or its port's queue of connections "
	     "is full");
	info.signed_by = TC_OPT_MD5;
	says(TC_VERDICT_NO_ANSWER, &info, "", "no answer to our SYN before our own TCP gave up (sent "
	     "1 time): the host is down, a firewall drops it, or its port's queue of connections "
	     "is full, or it has not the key of --md5");
	says(TC_VERDICT_INTERRUPTED, &info, "", "stopped by a signal in state SYN-SENT");
	info = (struct tc_conn_info){ .icmp_type = 1, .icmp_code = 4 };
	tc_addr_parse(&info.icmp_from, "fd77::1", NULL);
	says(TC_VERDICT_UNREACHABLE, &info, "",
	     "fd77::1 says by ICMP: port unreachable (type 1 code 4)");
	tc_addr_parse(&info.icmp_from, "10.0.0.1", NULL);
	info.icmp_type = info.icmp_code = 3;
	says(TC_VERDICT_UNREACHABLE, &info, "",
	     "10.0.0.1 says by ICMP: port unreachable (type 3 code 3)");
}

static void silent(const struct tc_backlog *ours, const char *want)
{
	struct tc_buf out = { 0 };

	tc_verdict_silence(&out, ours);
	text_is(&out, want);
}

/* An address of this host is not down, and its kernel knows what is in the queue. */
static void silence_of_this_host(void)
{
	struct tc_backlog l = { 0 };

	silent(&l, "a firewall drops it, or its port's queue of connections is full");
	l.known = true;
	silent(&l, "nothing of this host's kernel listens there: a firewall drops it, or the kernel's "
	       "reset");
	l.sockets = 1;
	silent(&l, "a server listens there and its queue of connections has room: a firewall drops "
	       "it, or the server takes only what is signed with its key");
	l.waiting = l.most = 2;		/* so many are let in: the limit is one less than the room */
	silent(&l, "a server listens there and its queue of connections has room: a firewall drops "
	       "it, or the server takes only what is signed with its key");
	l.waiting = 3;
	silent(&l, "its port's queue of connections is full (3 wait to be accepted, the limit of "
	       "listen(2) is 2)");
	l.waiting = 1;
	l.most = 0;
	silent(&l, "its port's queue of connections is full (1 waits to be accepted, the limit of "
	       "listen(2) is 0)");
}

static void guards(void)
{
	struct tc_session_summary sum = { .guard = TC_GUARD_RST, .resets_blocked = 4 };
	struct tc_buf out = { 0 };

	tc_guard_sentence(&out, &sum);
	text_is(&out, "kernel resets: 4 blocked, 0 leaked (guard rst)");
	sum.guard = TC_GUARD_SHIELD;
	sum.segments_hidden = 5;
	sum.icmp_leaked = 1;
	out = (struct tc_buf){ 0 };
	tc_guard_sentence(&out, &sum);
	text_is(&out, "the guard hid 5 segments from the kernel; kernel resets: 0 leaked (guard "
		"shield); this host's packet filter rejects what the peer sends: 1 ICMP error "
		"went out (--guard shield hides it from the filter)");
}

/* The keys in their order are a contract. */
static void results(void)
{
	struct tc_session_summary sum = {
		.guard = TC_GUARD_NONE, .segments_sent = 5, .segments_received = 4, .spare = true,
		.ipv6 = true, .mac = { 2, 0, 0, 0, 0, 9 }, .neigh.answered = 3,
	};
	struct tc_conn_info info = { .end = TC_END_CLOSED, .our_fin = true };
	tc_time handshake[] = { 42 * TC_US };
	struct tc_result r = {
		.command = "prot", .verdict = TC_VERDICT_REPLY, .host = "fd77::2", .port = 80,
		.info = &info, .connections = 1, .bytes_sent = 16, .bytes_acked = 16,
		.bytes_received = 3, .reply = (const uint8_t *)"ACK", .reply_len = 3,
		.handshake_ns = handshake, .n_handshakes = 1, .seed = 7, .sum = &sum,
	};
	struct tc_buf out = { 0 };

	tc_json_result(&out, &r);
	text_is(&out, "{\"type\":\"result\",\"command\":\"prot\",\"verdict\":\"reply\","
		"\"host\":\"fd77::2\",\"port\":80,\"connections\":1,\"bytes_sent\":16,"
		"\"bytes_acked\":16,\"bytes_received\":3,\"closed_by\":\"us\","
		"\"reply_hex\":\"41434b\",\"reply_text\":\"ACK\",\"handshake_us\":42,"
		"\"segments_sent\":5,\"segments_received\":4,\"capture_dropped\":0,"
		"\"guard\":{\"mode\":\"none\",\"resets_blocked\":0,\"resets_leaked\":0},"
		"\"arp\":{\"mac\":\"02:00:00:00:00:09\",\"answered\":3,\"conflicts\":0},"
		"\"seed\":7,\"exit\":0}\n");
}

static void connections_and_errors(void)
{
	struct tc_conn_info info = { .end = TC_END_REFUSED, .iss = 9,
				     .flow.local_port = 4000, .flow.remote_port = 80 };
	struct tc_buf out = { 0 };

	tc_addr_parse(&info.flow.local_addr, "::1", NULL);
	tc_addr_parse(&info.flow.remote_addr, "::1", NULL);
	tc_json_connection(&out, 2, &info, TC_VERDICT_REFUSED, (const uint8_t *)"\xff", 1, NULL);
	text_is(&out, "{\"type\":\"connection\",\"connection\":2,\"verdict\":\"refused\","
		"\"src\":\"[::1]:4000\",\"dst\":\"[::1]:80\",\"iss\":9,\"bytes_sent\":0,"
		"\"bytes_acked\":0,\"bytes_received\":0,\"closed_by\":\"peer\","
		"\"reply_hex\":\"ff\"}\n");	/* what is not UTF-8 has no text */
	out = (struct tc_buf){ 0 };
	tc_json_error(&out, "no \"route\"\n", 3);
	text_is(&out, "{\"type\":\"error\",\"message\":\"no \\\"route\\\"\\n\",\"exit\":3}\n");
}

/* A frame's comment says who sent it, what was changed in it and what it did to the state. */
static void comments(void)
{
	char path[] = "/tmp/test_report.XXXXXX.pcapng";
	struct tc_error err = { 0 }, failed = { 0 };
	struct tc_pcap_writer *w = NULL;
	struct tc_comments *c = NULL;
	struct tc_mutation changed = { .field = "tcp.window", .from = "1", .to = "2" };
	struct tc_buf bytes = { 0 }, file = { 0 };
	struct tc_view v = { .start = 1 };
	struct tc_frame f = { .stamp = 5, .dlt = TC_DLT_RAW };
	struct tc_story_event e = { .kind = TC_STORY_SEGMENT, .seen = true,
				    .origin = TC_ORIGIN_US, .mutations = &changed,
				    .n_mutations = 1 };

	close(mkstemps(path, (int)strlen(".pcapng")));
	tc_hex_decode(&bytes, IP_SYN, strlen(IP_SYN), NULL);
	f.bytes = bytes.data;
	f.len = f.wire_len = bytes.len;
	e.frame = f;
	e.news.n_changes = 1;
	e.news.changes[0].from = TC_ST_CLOSED;
	e.news.changes[0].to = TC_ST_SYN_SENT;
	e.news.changes[0].clause = "RFC 9293 3.10.1";
	CHECK_OK(tc_pcap_writer_open(&w, path, TC_DLT_RAW, true, &err), err);
	CHECK_OK(tc_comments_open(&c, w, &failed, &err), err);
	tc_comments_frame(c, &f, "a guess");
	tc_comments_event(c, &v, &e);
	f.stamp = 6;
	tc_comments_frame(c, &f, "a guess");
	tc_comments_flush(c);
	tc_comments_free(c);
	CHECK_OK(tc_pcap_writer_close(w, &err), err);
	CHECK_OK(tc_buf_read_file(&file, path, 1 << 16, &err), err);
	CHECK(memmem(file.data, file.len, "sent by tcpcraft\nchanged on purpose: tcp.window 1 -> 2"
		     "\nCLOSED -> SYN-SENT (RFC 9293 3.10.1)", 91) != NULL);
	CHECK(memmem(file.data, file.len, "a guess", 7) != NULL && !failed.code);
	tc_buf_free(&bytes);
	tc_buf_free(&file);
	unlink(path);
}

/* By jansson, which has read both, and byte by byte. */
static void json_is_jansson_s(void)
{
	static const char *const lines[] = {
		"{}", "[]", "[[],{}]", "{\"a\":{\"b\":[1,\"c\",[true,false,null]],\"\":\"\"}}",
		"[0,1,-1,9223372036854775807,-9223372036854775808,0.5,-1e+300,3.0]",
		"{\"a\\\"b\":\"q\\\"\\\\/\\u0001\\n\\t\",\"k\":\"\xc3\xa9\",\"\xc3\xa9\":1}",
		"[\"\\u0000\",\"a b~\"]",
	};

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		json_t *value = json_loads(lines[i], JSON_ALLOW_NUL, NULL);
		char *theirs = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(12));
		struct tc_buf out = { 0 };

		CHECK(value && theirs);
		tc_json_put(&out, value);
		CHECK_STR((const char *)out.data, theirs);
		tc_buf_free(&out);
		free(theirs);
		json_decref(value);
	}
}

/* Half a line is not JSON: who has it is told. jansson does not write what holds itself. */
static void json_cut_is_known(void)
{
	json_t *o = json_object(), *a = json_array();
	struct tc_buf out = { 0 };

	json_object_set(o, "\xc3\xa9", a);
	json_array_append(a, o);
	tc_json_put(&out, a);
	CHECK(out.failed);
	tc_buf_free(&out);
	json_array_clear(a);
	json_decref(a);
	json_decref(o);
}

CU_TestInfo tests_report[] = {
	{ "JSON is, byte by byte, as jansson writes it", json_is_jansson_s },
	{ "what JSON cannot be made of is a failure", json_cut_is_known },
	{ "the end of a connection is a verdict", verdicts },
	{ "a verdict is a sentence, of either family", sentences },
	{ "why a SYN has no answer is another sentence on this host", silence_of_this_host },
	{ "what the guard did is a sentence", guards },
	{ "the result's line of JSON", results },
	{ "the lines of a connection and of an error", connections_and_errors },
	{ "a frame's comment says what it was", comments },
	CU_TEST_INFO_NULL
};
