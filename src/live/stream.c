/* SPDX-License-Identifier: BSD-2-Clause */
/* One connection between the peer and our standard input and output; see stream.h. */
#include "stream.h"

#include <tcpcraft/payload.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define SEND_QUEUE_MAX (1u << 20)	/* stop reading input beyond this */
#define READ_AT_ONCE 65536

#define REPLY_KEPT 4096
#define PAUSE_NS (200 * TC_MS)	/* of the peer: its answer is whole */
#define LAST_INPUT_NS (250 * TC_MS)	/* patience with input once the peer has closed */

/* A message was sent; after the last one our half is closed. */
static void sent(struct stream *s)
{
	if (s->asked == s->messages.n) {
		s->all_asked = true;
		tc_conn_close(s->conn);
	}
	s->deadline = live_now(&s->live) + s->o->timeout;
}

static void send_next(struct stream *s)
{
	const uint8_t *bytes;
	size_t n;

	bytes = messages_at(&s->messages, s->asked++, &n);
	s->answer.len = 0;
	s->answered_at = 0;
	tc_conn_send(s->conn, bytes, n, NULL);
	sent(s);
}

int stream_open(struct stream *s, struct tc_error *err)
{
	struct tc_stack *stack = tc_session_stack(s->live.session);
	const uint8_t *first = NULL;
	struct tc_flow flow;
	size_t n = 0;

	tc_session_flow(s->live.session, 0, &flow);
	s->deadline = live_now(&s->live) + s->o->timeout;
	if (s->messages.n)
		first = messages_at(&s->messages, s->asked++, &n);
	s->conn = tc_conn_open_with(stack, &flow, tc_stack_iss(stack, &flow), first, n,
				    &stream_ops, s, err);
	return s->conn ? 0 : err->code;
}

static void on_connected(struct tc_conn *c, void *ctx)
{
	struct stream *s = ctx;

	s->conn = c;
	s->connected = true;
	s->deadline = 0;
	if (!s->messages.n)
		return;
	s->eof = true;		/* of standard input: it is not asked */
	if (s->asked)
		sent(s);
	else
		send_next(s);
}

/* When the answer to a message is whole: with its last byte where a frame's fields say so,
 * else when the peer has paused. */
static tc_time whole_at(const struct stream *s)
{
	struct tc_error err;
	int rc = -ENOTSUP;

	if (s->o->payload)
		rc = tc_payload_length(s->o->payload, s->answer.data, s->answer.len, &err);
	if (rc == -EAGAIN)
		return 0;
	return live_now(&s->live) + (rc < 0 ? PAUSE_NS : 0);
}

static void on_data(struct tc_conn *c, void *ctx, const uint8_t *bytes, size_t n)
{
	struct stream *s = ctx;
	size_t room = REPLY_KEPT - s->reply.len;

	(void)c;
	tc_buf_add(&s->reply, bytes, n < room ? n : room);
	terminal_put(&s->terminal, &s->to_stdout, bytes, n);
	s->unread += n;
	if (s->deadline)
		s->deadline = live_now(&s->live) + s->o->timeout;
	if (!s->asked)
		return;
	if (s->asked == s->messages.n) {	/* that there is one is all that counts */
		s->answer.len = 0;
		tc_buf_add_u8(&s->answer, bytes[0]);
		return;
	}
	tc_buf_add(&s->answer, bytes, n);
	s->answered_at = whole_at(s);
}

/* An upload goes on as long as the peer takes it. */
static void on_acked(struct tc_conn *c, void *ctx)
{
	struct stream *s = ctx;

	(void)c;
	if (s->deadline && s->connected)
		s->deadline = live_now(&s->live) + s->o->timeout;
}

static void on_peer_closed(struct tc_conn *c, void *ctx)
{
	struct stream *s = ctx;

	/* The peer may still listen: what standard input has ready is sent first. At a
	 * terminal nobody waits for that: the conversation is over. */
	if (!s->eof && !isatty(STDIN_FILENO)) {
		s->last_input_by = live_now(&s->live) + LAST_INPUT_NS;
		return;
	}
	s->eof = true;
	s->answered_at = 0;	/* what was not yet asked will not be */
	tc_conn_close(c);
}

static void on_ended(struct tc_conn *c, void *ctx, enum tc_end end)
{
	struct stream *s = ctx;

	(void)c;
	(void)end;
	s->over = true;
	s->deadline = s->answered_at = 0;
	if (!s->o->json)
		terminal_end(&s->terminal, &s->to_stdout);
}

const struct tc_conn_ops stream_ops = {
	.connected = on_connected,
	.data = on_data,
	.acked = on_acked,
	.peer_closed = on_peer_closed,
	.ended = on_ended,
};

static bool takes_more(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&out, 1, 0) > 0;
}

/* In pieces that a pipe takes without blocking, since POLLOUT promises no more. */
static void write_some(struct stream *s)
{
	size_t total = 0, n;
	ssize_t done;

	do {
		n = s->to_stdout.len - total;
		n = n < PIPE_BUF ? n : PIPE_BUF;
		done = s->o->json ? (ssize_t)n
				  : write(STDOUT_FILENO, s->to_stdout.data + total, n);
		if (done > 0)
			total += (size_t)done;
	} while (done > 0 && total < s->to_stdout.len && takes_more());
	if (done < 0 && errno != EINTR && errno != EAGAIN)
		tc_fail_errno(&s->live.output_err, "cannot write standard output");
	tc_buf_drop(&s->to_stdout, total);
	/* Escaped, bytes are more than they were: then it takes all of them, or none yet. */
	if (s->terminal.escapes)
		total = s->to_stdout.len ? 0 : s->unread;
	tc_conn_consumed(s->conn, total);
	s->unread -= total < s->unread ? total : s->unread;
}

static void read_some(struct stream *s)
{
	uint8_t bytes[READ_AT_ONCE];
	ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);

	if (n > 0)
		tc_conn_send(s->conn, bytes, (size_t)n, NULL);
	if (n > 0 && s->last_input_by)
		s->last_input_by = live_now(&s->live) + LAST_INPUT_NS;
	if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) {
		s->eof = s->all_asked = true;
		tc_conn_close(s->conn);
		if (s->o->timeout_given)
			s->deadline = live_now(&s->live) + s->o->timeout;
	}
}

/* Something of ours, if only the FIN, is on its way to the peer's TCP? */
static bool is_outstanding(const struct stream *s, const struct tc_conn_info *info)
{
	return tc_conn_unacked(s->conn) > 0 || info->state == TC_ST_FIN_WAIT_1 ||
	       info->state == TC_ST_CLOSING || info->state == TC_ST_LAST_ACK;
}

/* When the peer has taken nothing of what is outstanding, and sent nothing, for --timeout;
 * 0: nothing is. A peer that is alive and keeps its window shut may have its reasons: only
 * a --timeout that was asked for ends its patience. */
static tc_time stalls_at(struct stream *s)
{
	struct tc_conn_info info;
	uint64_t progress;

	if (!s->conn || !s->connected || s->over)
		return 0;
	tc_conn_info(s->conn, &info);
	if (!is_outstanding(s, &info)) {
		s->progress_at = 0;
		return 0;
	}
	progress = info.bytes_acked + info.bytes_received +
		   (s->o->timeout_given ? 0 : info.segments_received);
	if (!s->progress_at || progress != s->progress)
		s->progress_at = live_now(&s->live);
	s->progress = progress;
	return s->progress_at + s->o->timeout;
}

/* The peer is not to blame for what never left this machine. */
static int give_up(struct stream *s)
{
	const struct tc_path *path = tc_session_path(s->live.session);
	struct tc_stack_stats st;
	struct tc_error err;

	tc_stack_stats(tc_session_stack(s->live.session), &st);
	tc_conn_abort(s->conn);
	if (!st.send_error)
		return 0;
	tc_fail(&err, st.send_error, "nothing can be sent on %s: %s (ip link show %s)",
		path->ifname, strerror(-st.send_error), path->ifname);
	return fail(s->o, EXIT_MACHINE, &err);
}

static tc_time sooner(tc_time a, tc_time b)
{
	return b && b < a ? b : a;
}

/* One turn: wait for the wire, for input while the send buffer has room, for output while
 * there is something to write. */
static int turn(struct stream *s)
{
	bool want_in = s->conn && s->connected && !s->eof && !s->over &&
		       tc_conn_unacked(s->conn) < SEND_QUEUE_MAX;
	struct pollfd fds[2] = {
		{ .fd = want_in ? STDIN_FILENO : -1, .events = POLLIN },
		{ .fd = s->to_stdout.len ? STDOUT_FILENO : -1, .events = POLLOUT },
	};
	tc_time now = live_now(&s->live);
	tc_time until = s->deadline ? s->deadline : now + (s->over ? 10 * TC_MS : TC_S);
	tc_time stalls;
	int code;

	until = sooner(until, want_in ? s->last_input_by : 0);
	until = sooner(sooner(until, s->answered_at), stalls_at(s));
	code = live_turn(&s->live, until + s->live.stood_still, fds, 2);
	if (code)
		return code;
	if (fds[1].revents)
		write_some(s);
	if (fds[0].revents)
		read_some(s);
	if (want_in && s->last_input_by && !fds[0].revents &&
	    live_now(&s->live) >= s->last_input_by) {
		s->eof = true;
		tc_conn_close(s->conn);
	}
	if (s->answered_at && live_now(&s->live) >= s->answered_at)
		send_next(s);
	now = live_now(&s->live);
	stalls = stalls_at(s);
	if (s->conn && ((s->deadline && now >= s->deadline) || (stalls && now >= stalls)))
		return give_up(s);
	return 0;
}

int stream_messages(struct stream *s, struct options *o, struct tc_error *err)
{
	if (!o->n_messages && !o->n_sets)
		return 0;
	o->frames = o->payload != NULL;
	return messages_make(&s->messages, o, o->payload, err);
}

int stream_drive(struct stream *s)
{
	int code = 0;

	s->terminal = terminal_begin(s->o);
	s->far = !s->o->listen && !tc_session_path(s->live.session)->local;
	while (code == 0 && !s->live.signal && !s->live.output_err.code &&
	       !(s->over && tc_conn_is_quiet(s->conn) && s->to_stdout.len == 0))
		code = turn(s);
	return code;
}

static enum tc_verdict judge(const struct stream *s, const struct tc_conn_info *info)
{
	if (s->live.signal)
		return TC_VERDICT_INTERRUPTED;
	if (s->messages.n > 1 && (s->asked < s->messages.n || !s->answer.len))
		return tc_verdict_of(info, false);
	if (info->end == TC_END_CLOSED && info->bytes_received)
		return TC_VERDICT_REPLY;
	if (info->end == TC_END_ABORTED && info->bytes_received &&
	    info->bytes_acked == info->bytes_sent && !info->beyond_hole)
		return TC_VERDICT_REPLY;	/* it answered, and then stayed open */
	return tc_verdict_of(info, info->bytes_received > 0);
}

/* All that we had was taken, and both sides said that this is the end: no reply is needed
 * for that to be what netcat is for. */
static bool is_orderly(const struct stream *s)
{
	return s->verdict == TC_VERDICT_CLOSED && s->all_asked && s->info.bytes_sent &&
	       s->info.bytes_acked == s->info.bytes_sent && s->messages.n <= 1;
}

/* What came may not have been all. */
static void put_unfinished(const struct stream *s, struct tc_buf *out)
{
	tc_buf_printf(out, "; the peer did not close in %g s",
		      (double)s->o->timeout / (double)TC_S);
	if (s->info.beyond_hole)
		tc_buf_printf(out, ", and %u byte%s came beyond a hole that was never filled",
			      s->info.beyond_hole, s->info.beyond_hole > 1 ? "s" : "");
	else if (s->far)
		tc_buf_printf(out, ": if there is more, large segments may get lost on the way "
			      "(tcpcraft probe options measures the path MTU)");
}

static void put_verdict(const struct stream *s, struct tc_buf *out)
{
	if (!live_put_verdict(&s->live, out, s->verdict, &s->info, &s->reply))
		return;
	if (is_orderly(s))
		tc_buf_printf(out, ": all was taken, an orderly end");
	else if (s->info.end == TC_END_ABORTED && s->info.bytes_received &&
		 s->verdict != TC_VERDICT_INTERRUPTED && s->verdict != TC_VERDICT_UNACKED)
		put_unfinished(s, out);
}

/* The last line, for people. */
static void put_sentence(void *ctx, struct tc_buf *out)
{
	const struct stream *s = ctx;

	put_verdict(s, out);
	tc_buf_printf(out, "; ");
	tc_guard_sentence(out, &s->live.sum);
}

static void print_result(struct stream *s, const char *host, uint16_t port, int code)
{
	const struct tc_conn_info *info = &s->info;
	struct tc_buf line = { 0 };
	tc_time handshake = info->established_at - info->syn_sent_at;
	struct tc_result res = {
		.command = s->command, .verdict = s->verdict, .host = host, .port = port,
		.info = info, .connections = 1, .bytes_sent = info->bytes_sent,
		.bytes_acked = info->bytes_acked, .bytes_received = info->bytes_received,
		.reply = s->reply.data, .reply_len = s->reply.len, .handshake_ns = &handshake,
		.n_handshakes = info->established_at ? 1 : 0, .tcp = &s->o->tcp,
		.seed = s->o->seed, .exit = code, .sum = &s->live.sum,
	};

	if (code == EXIT_USAGE)		/* the message has said it */
		return;
	if (s->o->json) {
		tc_json_result(&line, &res);
		terminal_write(s->o, stdout, line.data, line.len);
	} else if (!s->o->quiet) {
		if (s->live.astray.code)	/* which was told as what went wrong */
			tc_guard_sentence(&line, &s->live.sum);
		else
			put_sentence(s, &line);
		terminal_line(s->o, stderr, &line);
	} else if (code == EXIT_PEER) {
		put_verdict(s, &line);
		terminal_line(s->o, stderr, &line);
	}
	tc_buf_free(&line);
}

int stream_finish(struct stream *s, int code, const char *host, uint16_t port)
{
	if (s->conn && !s->over)
		tc_conn_abort(s->conn);
	if (s->conn)
		tc_conn_info(s->conn, &s->info);
	s->verdict = judge(s, &s->info);
	if (code == 0)
		code = live_outputs(&s->live);
	if (code == 0 && s->verdict != TC_VERDICT_REPLY && !is_orderly(s))
		code = EXIT_PEER;
	s->live.say = put_sentence;
	s->live.say_ctx = s;
	if (s->live.page_ladder && s->conn)
		tc_html_ladder_outcome(s->live.page_ladder, s->info.id,
				       tc_verdict_name(s->verdict));
	code = live_close(&s->live, code);
	print_result(s, host, port, code);
	tc_buf_free(&s->to_stdout);
	tc_buf_free(&s->reply);
	tc_buf_free(&s->answer);
	return code;
}
