/* SPDX-License-Identifier: BSD-2-Clause */
/* Children: how their end is told, and which descriptors they have. */
#include "check.h"

#include "host/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static int shell(const char *command, tc_time deadline)
{
	const char *const argv[] = { "sh", "-c", command, NULL };
	pid_t pid = tc_child_fork(SIGKILL);
	int rc;

	if (pid == 0) {
		tc_child_become("sh", argv);
		_exit(99);
	}
	rc = tc_child_wait(pid, deadline);
	if (rc == -ETIMEDOUT)
		tc_child_kill(pid);
	return rc;
}

static void ends_are_told(void)
{
	const char *const none[] = { "/no/such/program", NULL };
	pid_t pid;

	CHECK_U64(shell("exit 7", TC_CHILD_NEVER), 7);
	CHECK_U64(shell("kill -9 $$", TC_CHILD_NEVER), 128 + SIGKILL);
	CHECK(shell("exec sleep 60", tc_clock_monotonic() + 20 * TC_MS) == -ETIMEDOUT);
	pid = tc_child_fork(SIGKILL);
	if (pid == 0) {
		tc_child_become(none[0], none);
		_exit(errno == ENOENT ? 42 : 43);
	}
	CHECK_U64(tc_child_wait(pid, TC_CHILD_NEVER), 42);
	CHECK(tc_child_wait(pid, TC_CHILD_NEVER) == -ECHILD);
}

/* Its input is empty, what it says comes to us, and 3 (an end of the pipe) is closed. */
static void it_has_these_descriptors(void)
{
	const char *const argv[] = { "sh", "-c", "echo out; echo err >&2; read x; echo $?; "
				     "[ -e /proc/self/fd/3 ] && echo three", NULL };
	char said[32] = "";
	int ends[2];
	ssize_t n = 0, got;
	pid_t pid;

	CHECK(pipe(ends) == 0);		/* not close-on-exec */
	pid = tc_child_fork(SIGKILL);
	if (pid == 0) {
		tc_child_descriptors((const int[]){ -1, ends[1], ends[1] }, 3);
		tc_child_become("sh", argv);
		_exit(99);
	}
	close(ends[1]);
	while ((got = read(ends[0], said + n, sizeof said - 1 - (size_t)n)) > 0)
		n += got;
	CHECK_STR(said, "out\nerr\n1\n");
	close(ends[0]);
	CHECK_U64(tc_child_wait(pid, TC_CHILD_NEVER), 1);
}

/* Its parent is killed; what it held open is closed. */
static void it_dies_with_its_parent(void)
{
	int ends[2];
	char ch;
	pid_t pid;

	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	pid = tc_child_fork(SIGKILL);
	if (pid == 0) {
		if (tc_child_fork(SIGKILL) == 0 && write(ends[1], "x", 1) == 1)
			pause();
		pause();
	}
	close(ends[1]);
	CHECK(read(ends[0], &ch, 1) == 1);
	tc_child_kill(pid);
	CHECK(read(ends[0], &ch, 1) == 0);
	close(ends[0]);
}

CU_TestInfo tests_child[] = {
	{ "a child's end is told: its exit code, its signal, none yet", ends_are_told },
	{ "a child has the descriptors that it is given, no other", it_has_these_descriptors },
	{ "a child dies with its parent", it_dies_with_its_parent },
	CU_TEST_INFO_NULL
};
