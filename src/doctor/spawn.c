/* SPDX-License-Identifier: BSD-2-Clause */
/* Another program's words, within a time limit. Its standard error is not wanted: what a
 * tool cannot do it says by its exit code. */
#include "own.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX (32u << 20)

/* The sbin folders too: an ordinary user's PATH often has none. */
static bool find(const char *program, char *path, size_t n)
{
	char folders[4096], *save = NULL, *dir;
	const char *own = getenv("PATH");

	snprintf(folders, sizeof folders, "%s:/usr/sbin:/sbin", own ? own : "/usr/bin:/bin");
	for (dir = strtok_r(folders, ":", &save); dir; dir = strtok_r(NULL, ":", &save))
		if (snprintf(path, n, "%s/%s", dir, program) < (int)n &&
		    access(path, X_OK) == 0)
			return true;
	return false;
}

bool tc_doctor_has(const char *program)
{
	char path[PATH_MAX];

	return find(program, path, sizeof path);
}

/* In the child, after fork(2): only calls that are safe there. */
static void become(const char *path, const char *const *argv, int out, pid_t parent)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent || null < 0)
		_exit(126);
	signal(SIGPIPE, SIG_DFL);
	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	execv(path, (char *const *)(uintptr_t)argv);
	_exit(127);
}

/* Until the output ends. 0, or -ETIMEDOUT, or what read(2) says. */
static int collect(int fd, struct tc_buf *out, tc_time until)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char bytes[4096];
	tc_time left;
	ssize_t n;

	for (;;) {
		left = until - tc_clock_monotonic();
		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&p, 1, (int)(left / TC_MS) + 1) <= 0)
			continue;
		n = read(fd, bytes, sizeof bytes);
		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0 && out->len < OUTPUT_MAX)
			tc_buf_add(out, bytes, (size_t)n);
	}
}

int tc_doctor_spawn(const char *const *argv, struct tc_buf *out, tc_time until)
{
	char path[PATH_MAX];
	int ends[2], rc, status = 0;
	pid_t parent = getpid(), pid;

	if (!find(argv[0], path, sizeof path))
		return -ENOENT;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		become(path, argv, ends[1], parent);
	close(ends[1]);
	rc = pid < 0 ? -errno : collect(ends[0], out, until);
	close(ends[0]);
	if (pid < 0)
		return rc;
	if (rc < 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (rc < 0)
		return rc;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
