/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft connect: netcat over the userspace stack. Standard input goes to the peer, the
 * peer's data to standard output; the end of input closes our half. */
#include "commands.h"
#include "live/stream.h"

static int dial(struct stream *s, const char *host, const char *port)
{
	struct tc_session_config cfg;
	struct tc_error err = { 0 };
	struct tc_flow flow;
	int code = live_open(&s->live, s->o, host, port, 1, false, true, &cfg);

	if (code)
		return code;
	tc_session_flow(s->live.session, 0, &flow);
	s->deadline = live_now(&s->live) + s->o->timeout;
	s->conn = tc_conn_open(tc_session_stack(s->live.session), &flow, live_iss(&s->live),
			       &stream_ops, s, &err);
	if (!s->conn)
		return live_close(&s->live, fail(s->o, EXIT_MACHINE, &err));
	code = stream_drive(s);
	return stream_finish(s, code, host, cfg.dst_port);
}

int cmd_connect(const struct command *cmd, struct options *o, int argc, char **argv)
{
	struct stream s = { .o = o, .command = cmd->name };
	struct tc_error err = { 0 };
	int code;

	(void)argc;
	o->stdin_is_payload |= !o->data_how;
	if (stream_messages(&s, o, &err) < 0)
		code = fail(o, EXIT_USAGE, &err);
	else
		code = dial(&s, argv[0], argv[1]);
	messages_free(&s.messages);
	return code;
}
