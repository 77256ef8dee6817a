/* SPDX-License-Identifier: BSD-2-Clause */
/* Another program's words, within a time limit. Its standard error is not wanted: what a
 * tool cannot do it says by its exit code. */
#include "own.h"

#include "host/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
	int ends[2], rc;
	pid_t pid;

	if (!find(argv[0], path, sizeof path))
		return -ENOENT;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = tc_child_fork(SIGKILL);
	if (pid == 0) {
		tc_child_descriptors((const int[]){ -1, ends[1], -1 }, 3);
		tc_child_become(path, argv);
		_exit(127);
	}
	close(ends[1]);
	rc = pid < 0 ? -errno : collect(ends[0], out, until);
	close(ends[0]);
	if (pid < 0)
		return rc;
	if (rc >= 0)
		return tc_child_wait(pid, TC_CHILD_NEVER);
	tc_child_kill(pid);
	return rc;
}
