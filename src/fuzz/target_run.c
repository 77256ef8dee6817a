/* SPDX-License-Identifier: BSD-2-Clause */
/* A command of the user's that brings a target back, and ends; see tcpcraft/fuzz.h. */
#include <tcpcraft/fuzz.h>

#include "host/child.h"
#include "host/command.h"

#include <tcpcraft/clock.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* Its exit code, or -ETIMEDOUT. */
static int await(pid_t pid, tc_time within)
{
	int rc = tc_child_wait(pid, tc_clock_monotonic() + within);

	if (rc == -ETIMEDOUT)
		tc_child_kill(-pid);
	return rc;
}

int tc_fuzz_target_run(const char *command, tc_time within, struct tc_error *err)
{
	int log = memfd_create("command", MFD_CLOEXEC), rc;
	char said[160] = "";
	ssize_t n;
	pid_t pid;

	if (log < 0)
		return tc_fail_errno(err, "cannot keep what '%s' prints", command);
	pid = tc_command_start(command, log);
	rc = pid < 0 ? tc_fail_errno(err, "cannot start '%s'", command) : await(pid, within);
	n = pread(log, said, sizeof said - 1, 0);
	close(log);
	if (pid < 0 || rc == 0)
		return rc;
	said[n > 0 ? n : 0] = 0;
	if (rc < 0)
		return tc_fail(err, rc, "'%s' has not ended in %d s", command,
			       (int)(within / TC_S));
	return tc_fail(err, -ECHILD, "'%s' ended with exit %d%s%s", command, rc,
		       *said ? ": " : "", said);
}
