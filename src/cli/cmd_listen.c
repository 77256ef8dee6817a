/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft listen: `nc -l` over the userspace stack. One client between our standard
 * input and output; with --keep one after another and several at once, their data to
 * standard output; with --prot the legacy server's part. */
#include "commands.h"
#include "base/addr.h"
#include "live/stream.h"
#include "live/tracing.h"

#include "exchange/server.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define BACKLOG 1024
#define ECHO_MOST 65536u	/* of one client, unacknowledged: then its window stays as it is */

struct listening {
	struct stream s;
	struct tc_prot_server prot;
	unsigned accepted, served;
	struct terminal terminal;
	struct tc_buf shown;		/* of a client's bytes; empty between calls */
	uint64_t bytes;			/* received, of all clients that are over */
};

/* The only client: the stream's connection. Later ones are reset. */
static const struct tc_conn_ops *accept_one(void *ctx, struct tc_conn *c, void **conn_ctx)
{
	struct listening *l = ctx;

	if (l->s.conn)
		return NULL;
	l->accepted++;
	l->s.conn = c;
	*conn_ctx = &l->s;
	return &stream_ops;
}

/* Bytes that cannot be kept would be missing in what comes after them: then it is reset. */
static void many_send(struct tc_conn *c, const void *bytes, size_t n)
{
	if (tc_conn_send(c, bytes, n, NULL) == -ENOMEM)
		tc_conn_abort(c);
}

/* Of many clients: what they send goes to standard output as it comes; each gets the
 * --data payload, if there is one, and our FIN after its own. */
static void many_connected(struct tc_conn *c, void *ctx)
{
	struct listening *l = ctx;

	many_send(c, l->s.messages.bytes.data, l->s.messages.bytes.len);
}

/* A client that sends and does not read finds our window shut (RFC 9293 3.8.6), or we would
 * hold all that it sends. */
static void many_acked(struct tc_conn *c, void *ctx)
{
	(void)ctx;
	if (tc_conn_unacked(c) < ECHO_MOST)
		tc_conn_consumed(c, tc_conn_unread(c));
}

static void many_data(struct tc_conn *c, void *ctx, const uint8_t *bytes, size_t n)
{
	struct listening *l = ctx;

	if (l->s.o->echo)
		many_send(c, bytes, n);
	many_acked(c, l);
	if (l->s.o->hang_up)
		tc_conn_close(c);
	if (l->s.o->json || l->s.o->echo)
		return;
	terminal_put(&l->terminal, &l->shown, bytes, n);
	terminal_flush(&l->shown);
}

static void many_peer_closed(struct tc_conn *c, void *ctx)
{
	(void)ctx;
	tc_conn_close(c);
}

static void many_ended(struct tc_conn *c, void *ctx, enum tc_end end)
{
	struct listening *l = ctx;
	struct tc_conn_info info;

	(void)end;
	tc_conn_info(c, &info);
	l->served++;
	l->bytes += info.bytes_received;
	tc_conn_detach(c);
}

static const struct tc_conn_ops many_ops = {
	.connected = many_connected,
	.data = many_data,
	.acked = many_acked,
	.peer_closed = many_peer_closed,
	.ended = many_ended,
};

static const struct tc_conn_ops *accept_many(void *ctx, struct tc_conn *c, void **conn_ctx)
{
	struct listening *l = ctx;

	(void)c;
	l->accepted++;
	*conn_ctx = l;
	return &many_ops;
}

/* The line that the real server logs for a connection. */
static void prot_done(struct tc_prot_server *server, const struct tc_conn_info *info,
		      const char *verdict, unsigned frames)
{
	struct listening *l = server->ctx;

	l->served++;
	l->bytes += info->bytes_received;
	if (!l->s.o->json && !l->s.o->quiet)
		tc_buf_printf(&l->s.live.text, "%s verdict=%s frames=%u bytes=%llu\n",
			      TC_HOST_PORT(&info->flow.remote_addr, info->flow.remote_port), verdict,
			      frames, (unsigned long long)info->bytes_received);
}

static const struct tc_conn_ops *accept_prot(void *ctx, struct tc_conn *c, void **conn_ctx)
{
	struct listening *l = ctx;

	l->accepted++;
	return tc_prot_server_accept(&l->prot, c, conn_ctx);
}

static void put_served(void *ctx, struct tc_buf *out)
{
	const struct listening *l = ctx;

	tc_buf_printf(out, "%u clients, %llu bytes received", l->accepted,
		      (unsigned long long)l->bytes);
}

/* Serve until a signal; without --keep, until the first client is served. */
static int serve(struct listening *l)
{
	int code = 0;

	l->terminal = terminal_begin(l->s.o);
	while (code == 0 && !l->s.live.signal && (l->s.o->keep || l->served == 0)) {
		code = live_turn(&l->s.live, tc_clock_monotonic() + TC_S, NULL, 0);
		fflush(stdout);
	}
	if (code == 0 && !l->s.live.signal)	/* let the last FIN be acknowledged */
		code = live_turn(&l->s.live, tc_clock_monotonic() + 50 * TC_MS, NULL, 0);
	while (code == 0 && !l->s.live.signal && tc_traits_has(&l->s.o->tcp, "msl") &&
	       !tc_stack_is_quiet(tc_session_stack(l->s.live.session)))
		code = live_turn(&l->s.live, tc_clock_monotonic() + TC_S, NULL, 0);
	l->s.live.say = put_served;
	l->s.live.say_ctx = l;
	code = live_close(&l->s.live, code);
	tc_buf_free(&l->shown);
	if (!l->s.o->quiet && !l->s.o->json)
		terminal_say(l->s.o, stderr, "%u clients, %llu bytes received\n",
			     l->accepted, (unsigned long long)l->bytes);
	return code;
}

static int listen_on(struct listening *l, const struct tc_session_config *cfg)
{
	bool many = l->s.o->keep;
	tc_accept_fn *accept = l->s.o->prot ? accept_prot : many ? accept_many : accept_one;
	const struct live_wall wall = { .needs = TC_WALL_SESSION };
	struct tc_error err = { 0 };

	if (tc_stack_listen(tc_session_stack(l->s.live.session), &cfg->source,
			    cfg->source_port, BACKLOG, accept, l, &err) < 0)
		return live_close(&l->s.live, fail(l->s.o, exit_for(OF_SESSION, &err), &err));
	if (!l->s.o->quiet)
		terminal_say(l->s.o, stderr, "listening on port %u\n", cfg->source_port);
	/* the program that it starts calls us, so it has to be outside the wall */
	if (tracing_begin(&l->s.live, 0, &err) < 0 ||
	    live_wall_session(&l->s.live, &wall, &err) < 0)
		return live_close(&l->s.live, fail(l->s.o, exit_for(OF_SESSION, &err), &err));
	tracing_ports(&l->s.live, cfg);
	if (l->s.o->prot || many)
		return serve(l);
	return stream_finish(&l->s, stream_drive(&l->s), "", cfg->source_port);
}

static int check_options(struct listening *l, struct options *o, struct tc_error *err)
{
	int rc = stream_messages(&l->s, o, err);

	if (rc >= 0 && (o->echo || o->hang_up) && (!o->keep || o->prot))
		rc = tc_fail(err, -EINVAL, "--%s goes with --keep, and without --prot",
			     o->echo ? "echo" : "hang-up");
	if (rc >= 0 && o->keep && l->s.messages.n > 1)
		rc = tc_fail(err, -EINVAL, "several messages are for one client: leave --keep "
			     "out, or give one");
	return rc;
}

static int entry(const struct command *cmd, struct options *o, int argc, char **argv)
{
	struct listening l = {
		.s = { .o = o, .command = cmd->name },
		.prot = { .ctx = &l, .done = prot_done },
	};
	struct tc_session_config cfg;
	struct tc_error err = { 0 };
	int code;

	o->listen = true;
	o->stdin_is_payload |= !o->data_how && !o->prot && !o->keep;
	if (check_options(&l, o, &err) < 0)
		code = fail(o, EXIT_USAGE, &err);
	else
		code = live_open_stream(&l.s.live, o, argc == 2 ? argv[0] : NULL, argv[argc - 1],
					o->keep, &cfg);
	if (!code)
		code = listen_on(&l, &cfg);
	messages_free(&l.s.messages);
	return code;
}

const struct command cmd_listen = {
	.name = "listen", .args = "[ADDR] PORT",
	.one_line = "nc -l over the userspace stack; --prot plays the server",
	.groups = GROUP_LISTEN | GROUP_DATA | GROUP_TALK | GROUP_SPEC | GROUP_MUTATE |
		  GROUP_TRACE | GROUP_NET | GROUP_RECORD | GROUP_TCP | GROUP_LADDER | GROUP_OUT,
	.min_args = 1, .max_args = 2, .host = 1,
	.run = entry,
	.more = "tcpcraft listen 127.0.0.1 9999 --prot --keep",
};
