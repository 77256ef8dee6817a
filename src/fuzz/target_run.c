/* SPDX-License-Identifier: BSD-2-Clause */
/* A command of the user's that brings a target back, and ends; see tcpcraft/fuzz.h. */
#include <tcpcraft/fuzz.h>

#include "host/command.h"

#include <tcpcraft/clock.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOOK_EACH (10 * TC_MS)

/* Its exit code, or -ETIMEDOUT. */
static int await(pid_t pid, tc_time within)
{
	const struct timespec nap = { 0, LOOK_EACH };
	tc_time until = tc_clock_monotonic() + within;
	int status = 0;

	while (waitpid(pid, &status, WNOHANG) != pid) {
		if (tc_clock_monotonic() >= until) {
			kill(-pid, SIGKILL);
			waitpid(pid, NULL, 0);
			return -ETIMEDOUT;
		}
		nanosleep(&nap, NULL);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
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
