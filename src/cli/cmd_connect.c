/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft connect: netcat over the userspace stack. Standard input goes to the peer, the
 * peer's data to standard output; the end of input closes our half. */
#include "commands.h"
#include "batch/each.h"
#include "live/stream.h"

static int dial(struct stream *s, const char *host, const char *port)
{
	struct tc_session_config cfg;
	struct tc_error err = { 0 };
	int code = live_open_stream(&s->live, s->o, host, port, false, &cfg);

	if (code)
		return code;
	if (stream_open(s, &err) < 0)
		return live_close(&s->live, fail(s->o, EXIT_MACHINE, &err));
	code = stream_drive(s);
	return stream_finish(s, code, host, cfg.dst_port);
}

static int entry(const struct command *cmd, struct options *o, int argc, char **argv)
{
	struct stream s = { .o = o, .command = cmd->name };
	struct tc_error err = { 0 };
	int code;

	(void)argc;
	if (o->each)
		return each_run(o, &(struct each_config){ .command = cmd->name,
				.header = o->payload }, argv[0], argv[1]);
	o->stdin_is_payload |= !o->data_how;
	if (stream_messages(&s, o, &err) < 0)
		code = fail(o, EXIT_USAGE, &err);
	else
		code = dial(&s, argv[0], argv[1]);
	messages_free(&s.messages);
	return code;
}

const struct command cmd_connect = {
	.name = "connect", .args = "HOST PORT",
	.one_line = "netcat over the userspace stack",
	.groups = GROUP_DATA | GROUP_TALK | GROUP_SPEC | GROUP_MUTATE | GROUP_TRACE |
		  GROUP_CLIENT | GROUP_NET | GROUP_RECORD | GROUP_TCP | GROUP_LADDER | GROUP_EACH |
		  GROUP_OUT,
	.min_args = 2, .max_args = 2, .host = 1,
	.run = entry,
	.more = "tcpcraft connect 127.0.0.1 9999 --data-string '{\"command\": \"status\"}'\n"
		"tcpcraft connect 127.0.0.1 9999 --data-each 1..64 --parallel 16",
	.wall = TC_WALL_SESSION,
};
