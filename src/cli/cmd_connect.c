/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft connect: netcat over the userspace stack. Standard input goes to the peer, the
 * peer's data to standard output; the end of input closes our half. */
#include "commands.h"
#include "stream.h"

int cmd_connect(const struct command *cmd, struct options *o, int argc, char **argv)
{
	struct stream s = { .o = o, .command = cmd->name };
	struct tc_session_config cfg;
	struct tc_error err = { 0 };
	struct tc_flow flow;
	int code;

	(void)argc;
	o->stdin_is_payload |= !o->data_how;
	code = live_open(&s.live, o, argv[0], argv[1], 1, false, true, &cfg);
	if (code)
		return code;
	tc_session_flow(s.live.session, 0, &flow);
	s.deadline = live_now(&s.live) + o->timeout;
	s.conn = tc_conn_open(tc_session_stack(s.live.session), &flow, live_iss(&s.live),
			      &stream_ops, &s, &err);
	if (!s.conn)
		return live_close(&s.live, fail(o, EXIT_MACHINE, &err));
	code = stream_drive(&s);
	return stream_finish(&s, code, argv[0], cfg.dst_port);
}
