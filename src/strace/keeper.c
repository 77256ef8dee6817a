/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process between us and a program that we started. It waits for the end of file of a
 * pipe whose other end only we have; then it ends the program's process group, and what
 * left that group: orphans become its children, being a subreaper. It runs our code after
 * fork(2), and other threads of ours may have been anywhere, so it keeps to system calls.
 */
#include "own.h"

#include "host/child.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE (300 * TC_MS)	/* between asking a program to end, and making it */
#define LOOK_MS 5

/* Where things are in the program. */
enum { FD_LINES = 3, FD_ERRORS = 4, FD_FIRST_FREE = 5 };

/* ---- in the program's process, before it is the program ------------------------------ */

static void say(const char *text)
{
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		_exit(126);
}

static void become(const char *const *argv, int lines, int messages)
{
	int fds[FD_FIRST_FREE] = { -1, -1, messages, lines, STDERR_FILENO };

	setpgid(0, 0);
	tc_child_descriptors(fds, FD_FIRST_FREE);
	if (lines < 0)
		close(FD_LINES);
	tc_child_become(argv[0], argv);
	say(argv[0]);
	say(errno == ENOENT ? ": not found" : ": cannot be run");
	_exit(127);
}

/* ---- in the keeper --------------------------------------------------------------------- */

/* Children that are left. /proc names them where the kernel has that file. */
static void kill_children(int sig)
{
	char text[4096];
	int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
	pid_t pid = 0;

	if (fd >= 0)
		close(fd);
	for (ssize_t i = 0; i < n; i++) {
		if (text[i] >= '0' && text[i] <= '9')
			pid = pid * 10 + (text[i] - '0');
		else if (pid > 1) {
			kill(pid, sig);
			pid = 0;
		}
	}
}

/* True when no child is left. */
static bool reap(tc_time until)
{
	pid_t pid;

	for (;;) {
		pid = waitpid(-1, NULL, WNOHANG);
		if (pid < 0 && errno == ECHILD)
			return true;
		if (pid > 0)
			continue;
		if (tc_clock_monotonic() >= until)
			return false;
		poll(NULL, 0, LOOK_MS);
	}
}

static void end_all(pid_t group)
{
	tc_time until = tc_clock_monotonic() + PATIENCE;

	kill(-group, SIGTERM);
	kill_children(SIGTERM);
	/* who ends may leave orphans to us, which have not been asked yet */
	for (unsigned round = 0; !reap(until) && round < 40; round++) {
		kill(-group, SIGKILL);
		kill_children(SIGKILL);
		until = tc_clock_monotonic() + 25 * TC_MS;
	}
}

static void keep(const char *const *argv, int lines, int messages, int life, int status)
{
	pid_t pid;
	struct pollfd fds[2] = { { .fd = life, .events = POLLIN }, { .fd = -1 } };
	siginfo_t info;

	setsid();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_NAME, "tcpcraft-keeper");
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	pid = tc_child_fork(SIGKILL);
	if (pid == 0)
		become(argv, lines, messages);
	if (pid < 0)
		_exit(126);
	setpgid(pid, pid);
	if (lines >= 0)		/* its end is to be seen when strace has ended */
		close(lines);
	fds[1].fd = tc_child_handle(pid);
	fds[1].events = POLLIN;
	while (poll(fds, 2, -1) < 0 || !fds[0].revents) {
		if (fds[1].fd < 0 || !fds[1].revents)
			continue;
		/* not reaped: its number is its group's, and must stay that */
		waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
		close(status);
		fds[1].fd = -1;
	}
	end_all(pid);
	_exit(0);
}

/* ---- in our own process ---------------------------------------------------------------- */

/* Only what the keeper needs: any other descriptor may be what somebody waits to see
 * closed, such as the guard. */
static void keeper_child(const char *const *argv, int lines, int messages, int life, int status)
{
	int fds[4] = { lines, messages, life, status }, to = 32;

	for (unsigned i = 0; i < 4; i++)
		fds[i] = fds[i] < 0 ? -1 : fcntl(fds[i], F_DUPFD_CLOEXEC, 64);
	for (unsigned i = 0; i < 4; i++)
		if (fds[i] >= 0)
			dup3(fds[i], to + (int)i, O_CLOEXEC);
	syscall(SYS_close_range, 3u, (unsigned)to - 1, 0u);
	syscall(SYS_close_range, (unsigned)to + 4, ~0u, 0u);
	keep(argv, lines < 0 ? -1 : to, to + 1, to + 2, to + 3);
}

int tc_keeper_start(struct keeper *k, const char *const *argv, int lines, int messages,
		    struct tc_error *err)
{
	int life[2], status[2];

	if (pipe2(life, O_CLOEXEC) < 0)
		return tc_fail_errno(err, "pipe");
	if (pipe2(status, O_CLOEXEC) < 0) {
		close(life[0]);
		close(life[1]);
		return tc_fail_errno(err, "pipe");
	}
	k->pid = tc_child_fork(0);
	if (k->pid == 0)
		keeper_child(argv, lines, messages, life[0], status[1]);
	close(life[0]);
	close(status[1]);
	k->life = life[1];
	k->status = status[0];
	if (k->pid > 0)
		return 0;
	close(k->life);
	close(k->status);
	return tc_fail_errno(err, "cannot start %s", argv[0]);
}

void tc_keeper_end(struct keeper *k)
{
	close(k->life);
	close(k->status);
	tc_child_wait(k->pid, TC_CHILD_NEVER);
	k->pid = 0;
}

bool tc_keeper_program_ended(const struct keeper *k)
{
	struct pollfd p = { .fd = k->status, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}
