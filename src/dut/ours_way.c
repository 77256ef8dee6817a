/* SPDX-License-Identifier: BSD-2-Clause */
/* A process that is a host of its own, with our TCP and nothing else; see ours.h. */
#include "ours.h"
#include "serve.h"

#include "host/child.h"

#include <tcpcraft/error.h>
#include <tcpcraft/session.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORTS UINT16_MAX		/* it has all of them but 0: nobody else is there */

static int open_session(struct tc_session **session, const struct tc_ours_place *at,
			struct tc_error *err)
{
	struct tc_session_config cfg = {
		.dst = at->peer, .source = at->addr, .source_mac = at->mac, .skip_probe = true,
		.ifname = at->ifname, .source_port = 1, .n_ports = PORTS,
		.reserve_no_ports = true, .authorized = true,
		.tune = at->tune, .tune_ctx = at->tune_ctx,
	};

	return tc_session_open(session, &cfg, err);
}

/* What is said first is how the opening went. */
static void be_there(const struct tc_ours_place *at, int fd)
{
	struct tc_dut_server s = { .machine = &tc_dut_ours };
	struct tc_session *session = NULL;
	struct tc_error err = { 0 };

	signal(SIGPIPE, SIG_IGN);
	if (open_session(&session, at, &err) >= 0) {
		s.ctx = tc_ours_new(tc_session_stack(session), &at->addr);
		if (!s.ctx)
			tc_nomem(&err);
	}
	if (send(fd, &err, sizeof err, 0) == (ssize_t)sizeof err && s.ctx)
		tc_dut_serve_stream(&s, fd, fd, TC_DUT_PATIENCE);
	tc_ours_free(s.ctx);
	tc_session_close(session, NULL, NULL);
}

static int hear(int fd, struct tc_error *err)
{
	struct tc_error theirs = { 0 };

	if (recv(fd, &theirs, sizeof theirs, MSG_WAITALL) != (ssize_t)sizeof theirs)
		return tc_fail(err, -ECHILD, "the process of our own TCP has ended");
	return theirs.code ? tc_fail(err, theirs.code, "%s", theirs.msg) : 0;
}

pid_t tc_ours_start(const struct tc_ours_place *at, int *fd, struct tc_error *err)
{
	int ends[2], rc;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return tc_fail_errno(err, "cannot make a pair of sockets");
	pid = tc_child_fork(SIGKILL);
	if (pid == 0) {
		setpgid(0, 0);
		close(ends[0]);
		be_there(at, ends[1]);
		_exit(0);
	}
	close(ends[1]);
	if (pid > 0)
		setpgid(pid, pid);
	rc = pid < 0 ? tc_fail_errno(err, "cannot start a process") : hear(ends[0], err);
	if (rc < 0) {
		close(ends[0]);
		if (pid > 0)
			tc_child_kill(pid);
		return rc;
	}
	*fd = ends[0];
	return pid;
}
