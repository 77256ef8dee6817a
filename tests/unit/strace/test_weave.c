/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a system call stands among the segments. Times are microseconds. */
#include "check.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include "strace/weave.h"

#include <stdlib.h>

#define EPOCH (1000 * TC_S)
#define OURS 40000
#define THEIRS 9999

static struct tc_weave *new_weave(void)
{
	struct tc_weave *w = NULL;

	CHECK_U64(tc_weave_open(&w, false, NULL), 0);
	tc_weave_ports(w, OURS, OURS + 9, THEIRS);
	return w;
}

static void seen(struct tc_weave *w, tc_time us, bool from_peer, uint16_t flags,
		 uint32_t stream_end, const char *text)
{
	struct tc_weave_mark m = {
		.stamp = EPOCH + us * TC_US, .segment = true, .from_peer = from_peer,
		.flags = flags, .our_port = OURS, .peer_port = THEIRS,
		.stream_end = stream_end,
	};
	struct tc_buf line = { 0 };

	tc_buf_printf(&line, "%s\n", text);
	tc_weave_line(w, &m, line.data, line.len);
	tc_buf_free(&line);
}

static struct tc_syscall made(tc_time entry, tc_time took, const char *name, long long value)
{
	struct tc_syscall c = {
		.pid = 7, .entry = EPOCH + entry * TC_US, .duration = took * TC_US,
		.returned = true, .value = value, .n_sockets = 1,
		.sockets = { { THEIRS, OURS, false } },
	};

	snprintf(c.name, sizeof c.name, "%s", name);
	snprintf(c.text, sizeof c.text, "%s", name);
	return c;
}

static void did(struct tc_weave *w, tc_time entry, tc_time took, const char *name,
		long long value)
{
	struct tc_syscall c = made(entry, took, name, value);

	tc_weave_call(w, &c);
}

/* The lines as "SYN,accept4~,data": a '~' was moved. */
static void order_is(struct tc_weave *w, tc_time until, const char *want, unsigned line)
{
	struct tc_buf out = { 0 }, got = { 0 };
	char *at, *bar, *save = NULL;

	tc_weave_release(w, until, EPOCH, &out);
	tc_buf_add_u8(&out, 0);
	tc_buf_text(&got, "");
	for (at = strtok_r((char *)out.data, "\n", &save); at;
	     at = strtok_r(NULL, "\n", &save)) {
		bar = strchr(at, '|');
		tc_buf_printf(&got, "%s%s%s", got.len ? "," : "", bar ? bar + 3 : at,
			      bar && bar[1] == '~' ? "~" : "");
	}
	check_str(got.data ? (char *)got.data : "", want, "order", line, __FILE__);
	tc_buf_free(&out);
	tc_buf_free(&got);
}

#define ORDER(w, until, want) order_is(w, until, want, __LINE__)

static void open_connection(struct tc_weave *w)
{
	seen(w, 0, false, TC_FLAG_SYN, 0, "S");
	seen(w, 30, true, TC_FLAG_SYN | TC_FLAG_ACK, 0, "S.");
	seen(w, 70, false, TC_FLAG_ACK, 0, ".");
}

static void test_end_not_begin(void)
{
	struct tc_weave *w = new_weave();

	open_connection(w);
	did(w, 80, 1000000, "read", 5);		/* blocked for a second */
	seen(w, 999900, false, TC_FLAG_ACK, 5, "data");
	ORDER(w, TC_WEAVE_ALL, "S,S.,.,data,read");
	tc_weave_close(w);
}

static void test_read_behind_its_data(void)
{
	struct tc_weave *w = new_weave();

	open_connection(w);
	did(w, 90, 100, "read", 5);		/* ends at 190 */
	seen(w, 210, false, TC_FLAG_ACK, 5, "data");
	seen(w, 220, true, TC_FLAG_ACK, 0, "ack");
	did(w, 230, 10, "read", 3);
	seen(w, 245, false, TC_FLAG_ACK, 8, "more");
	ORDER(w, TC_WEAVE_ALL, "S,S.,.,data,read~,ack,more,read~");
	tc_weave_close(w);
}

/* The bytes of the first segment were read; that the second comes soon is chance. */
static void test_read_stays(void)
{
	struct tc_weave *w = new_weave();

	open_connection(w);
	seen(w, 100, false, TC_FLAG_ACK, 5, "data");
	did(w, 110, 10, "read", 5);
	seen(w, 130, false, TC_FLAG_ACK, 10, "more");
	ORDER(w, TC_WEAVE_ALL, "S,S.,.,data,read,more");
	tc_weave_close(w);
}

static void test_accept_and_end(void)
{
	struct tc_weave *w = new_weave();

	did(w, 10, 40, "accept4", 4);		/* ends at 50, before our ACK */
	open_connection(w);
	did(w, 90, 10, "read", 0);
	seen(w, 120, false, TC_FLAG_FIN | TC_FLAG_ACK, 0, "F.");
	ORDER(w, TC_WEAVE_ALL, "S,S.,.,accept4~,F.,read~");
	tc_weave_close(w);
}

static void test_write_before_its_data(void)
{
	struct tc_weave *w = new_weave();

	open_connection(w);
	seen(w, 200, true, TC_FLAG_ACK, 3, "reply");
	did(w, 150, 80, "sendto", 3);		/* ends at 230 */
	seen(w, 240, true, TC_FLAG_FIN | TC_FLAG_ACK, 3, "F.");
	did(w, 235, 15, "close", 0);
	ORDER(w, TC_WEAVE_ALL, "S,S.,.,sendto~,reply,close~,F.");
	tc_weave_close(w);
}

static void test_only_near(void)
{
	struct tc_weave *w = new_weave();

	open_connection(w);
	seen(w, 200, true, TC_FLAG_ACK, 3, "reply");
	did(w, 100, 120000, "write", 3);	/* took long: stands where it ended */
	seen(w, 130000, true, TC_FLAG_RST, 3, "R");
	did(w, 130040, 30, "close", 0);		/* 70 us later */
	ORDER(w, TC_WEAVE_ALL, "S,S.,.,reply,write,R,close");
	tc_weave_close(w);
}

/* strace, kept waiting, learned late that the call had ended. */
static void test_late_end(void)
{
	struct tc_weave *w = new_weave();

	open_connection(w);
	seen(w, 200, true, TC_FLAG_ACK, 3, "reply");
	seen(w, 300, false, TC_FLAG_FIN | TC_FLAG_ACK, 0, "F.");
	did(w, 150, 30000, "sendto", 3);
	ORDER(w, TC_WEAVE_ALL, "S,S.,.,sendto~,reply,F.");
	tc_weave_close(w);
}

/* The server's parent closes its copy: nothing is sent. The child's close ends it. */
static void test_two_processes(void)
{
	struct tc_weave *w = new_weave();
	struct tc_syscall c = made(100, 10, "close", 0);

	open_connection(w);
	tc_weave_call(w, &c);
	c.pid = 8;
	c.entry = EPOCH + 500 * TC_US;
	snprintf(c.text, sizeof c.text, "last");
	tc_weave_call(w, &c);
	seen(w, 505, true, TC_FLAG_FIN | TC_FLAG_ACK, 0, "F.");
	ORDER(w, TC_WEAVE_ALL, "S,S.,.,[7] close,[8] last~,F.");
	tc_weave_close(w);
}

static void test_client(void)
{
	struct tc_weave *w = new_weave();
	struct tc_syscall c = made(10, 80, "connect", -1);

	snprintf(c.error, sizeof c.error, "EINPROGRESS");
	c.address_port = OURS;
	c.sockets[0] = (struct tc_syscall_socket){ 0 };
	seen(w, 60, true, TC_FLAG_SYN, 0, "S");
	seen(w, 80, false, TC_FLAG_SYN | TC_FLAG_ACK, 0, "S.");
	tc_weave_call(w, &c);
	did(w, 30, 40, "poll", 1);		/* that it may write cannot be known yet */
	did(w, 100, 20, "shutdown(3, SHUT_RD)", 0);
	seen(w, 110, true, TC_FLAG_FIN | TC_FLAG_ACK, 0, "F.");
	did(w, 105, 25, "close", 0);
	ORDER(w, TC_WEAVE_ALL, "connect~,S,S.,poll~,close~,F.,shutdown(3, SHUT_RD)");
	tc_weave_close(w);
}

/* The machine's own doings are told at once, what the wire showed before comes later. */
static void test_state_lines(void)
{
	struct tc_weave *w = new_weave();
	struct tc_weave_mark now = { .stamp = EPOCH + 500 * TC_US };

	open_connection(w);
	did(w, 80, 20, "accept4", 4);
	did(w, 350, 20, "first", 0);
	tc_weave_line(w, &now, "state\n", 6);
	did(w, 600, 20, "second", 0);
	seen(w, 150, false, TC_FLAG_ACK, 5, "data");
	seen(w, 400, true, TC_FLAG_ACK, 0, "ack");
	did(w, 300, 50, "read", 5);
	ORDER(w, TC_WEAVE_ALL, "S,S.,.,accept4,state,data,read,first,ack,second");
	tc_weave_close(w);
}

static void test_late_calls(void)
{
	struct tc_weave *w = new_weave();

	open_connection(w);
	ORDER(w, EPOCH + 50 * TC_US, "S,S.");
	did(w, 20, 2, "getsockopt", 0);		/* of 22: those are printed already */
	ORDER(w, EPOCH + 60 * TC_US, "getsockopt");
	ORDER(w, EPOCH + 70 * TC_US, ".");
	CHECK(tc_weave_is_empty(w));
	did(w, 90, 1, "write", 3);
	ORDER(w, EPOCH + 90 * TC_US, "");
	CHECK(!tc_weave_is_empty(w));
	ORDER(w, EPOCH + 91 * TC_US, "write");
	tc_weave_close(w);
}

static void test_no_start(void)
{
	struct tc_weave *w = new_weave();
	struct tc_buf out = { 0 };

	did(w, 20, 2, "write", 1);
	tc_weave_release(w, EPOCH + TC_S, 0, &out);
	CHECK_U64(out.len, 0);
	tc_weave_release(w, TC_WEAVE_ALL, 0, &out);
	tc_buf_add_u8(&out, 0);
	CHECK_STR((char *)out.data, "  0.000000                                  |  write\n");
	tc_buf_free(&out);
	tc_weave_close(w);
}

static void test_others(void)
{
	struct tc_weave *w = new_weave();
	struct tc_syscall c = made(10, 1, "read", 5);

	c.sockets[0].remote = 50000;		/* another client's */
	tc_weave_call(w, &c);
	c.sockets[0].local = 80;		/* another server's, and nobody's yet */
	c.sockets[0].remote = 0;
	tc_weave_call(w, &c);
	c.n_sockets = 0;			/* a file */
	tc_weave_call(w, &c);
	c.kind = TC_SYSCALL_EXIT;		/* of a process that did nothing of ours */
	tc_weave_call(w, &c);
	CHECK(tc_weave_is_empty(w));
	did(w, 20, 1, "socket", 3);
	tc_weave_call(w, &c);
	ORDER(w, TC_WEAVE_ALL, "read,socket");
	tc_weave_close(w);
}

static void test_json(void)
{
	struct tc_syscall c = made(100, 20, "read", -1);
	struct tc_buf out = { 0 };

	snprintf(c.text, sizeof c.text, "read(4, 0x7f, 9) = -1 ECONNRESET (Connection reset)");
	snprintf(c.error, sizeof c.error, "ECONNRESET");
	c.args = 5;
	c.args_len = strlen("4, 0x7f, 9");
	tc_syscall_json(&out, &c, EPOCH, true, 2);
	CHECK_STR((char *)out.data,
		  "{\"type\":\"syscall\",\"time_us\":120,\"epoch_ns\":1000000120000,\"connection\":2,\"pid\":7,"
		  "\"kind\":\"call\",\"name\":\"read\",\"args\":\"4, 0x7f, 9\",\"result\":-1,"
		  "\"errno\":\"ECONNRESET\",\"duration_us\":20,\"text\":\"read(4, 0x7f, 9) = -1 "
		  "ECONNRESET (Connection reset)\",\"causal\":true}\n");
	tc_buf_free(&out);
}

static void note_place(void *ctx, const struct tc_woven *c)
{
	tc_buf_printf(ctx, "%s%s %lld;", c->call->name, c->moved ? "~" : "",
		      (long long)(c->place - EPOCH));
}

/* For who draws: by its place a call is before or behind the line it was moved to. */
static void test_places(void)
{
	struct tc_weave *w = new_weave();
	struct tc_buf places = { 0 }, text = { 0 };

	tc_weave_on_call(w, note_place, &places, false);
	open_connection(w);
	did(w, 90, 100, "read", 5);		/* ends at 190, behind the data of 210 */
	seen(w, 210, false, TC_FLAG_ACK, 5, "data");
	seen(w, 300, true, TC_FLAG_ACK | TC_FLAG_PSH, 3, "answer");
	did(w, 300, 20, "sendto", 3);		/* before the answer */
	tc_weave_release(w, TC_WEAVE_ALL, EPOCH, &text);
	tc_buf_add_u8(&text, 0);
	CHECK_STR((char *)places.data, "read~ 210000;sendto~ 299999;");
	CHECK_STR((char *)text.data, "S\nS.\n.\ndata\nanswer\n");
	tc_buf_free(&places);
	tc_buf_free(&text);
	tc_weave_close(w);
}

CU_TestInfo tests_weave[] = {
	{ "a call stands where it ended", test_end_not_begin },
	{ "a read stands behind the data it read", test_read_behind_its_data },
	{ "a read that needs no more stays", test_read_stays },
	{ "accept follows the handshake, an empty read the FIN", test_accept_and_end },
	{ "a write stands before its data, a close before its FIN", test_write_before_its_data },
	{ "calls are moved over short distances only", test_only_near },
	{ "a call whose end is learned late stands before what it sent", test_late_end },
	{ "of two processes the one that ends the connection", test_two_processes },
	{ "a connect that does not wait stands before the SYN", test_client },
	{ "what the machine did is not a barrier for calls", test_state_lines },
	{ "calls that come late are told all the same", test_late_calls },
	{ "without a segment calls wait for the end", test_no_start },
	{ "other connections, listeners, files and processes are left out", test_others },
	{ "a call's place tells the side of its segment", test_places },
	{ "a call as JSON", test_json },
	CU_TEST_INFO_NULL
};
