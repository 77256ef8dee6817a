/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A command of the user's. Between it and us is a process that leads its group: a shell may
 * be told to die with us, but not what it has started. It runs our code after fork(2), and
 * other threads of ours may have been anywhere, so it keeps to system calls.
 */
#include "child.h"
#include "command.h"
#include "realtime.h"

#include <signal.h>
#include <unistd.h>

/* We are gone: so is the group, and the leader with it. */
static void end_group(int sig)
{
	(void)sig;
	kill(0, SIGKILL);
}

/* A group of our own, which ends when we hear that our parent has. */
static void lead_group(const int *fds, unsigned n)
{
	struct sigaction gone = { .sa_handler = end_group };
	sigset_t only;

	setpgid(0, 0);
	sigfillset(&only);
	sigdelset(&only, SIGHUP);
	if (sigaction(SIGHUP, &gone, NULL) < 0)
		_exit(126);
	sigprocmask(SIG_SETMASK, &only, NULL);
	signal(SIGCHLD, SIG_DFL);	/* else no end would be heard of */
	tc_child_descriptors(fds, n);
}

static void become_shell(const char *command)
{
	const char *const sh[] = { "sh", "-c", command, NULL };

	tc_child_become("/bin/sh", sh);
	_exit(127);
}

static void lead(const char *command, const int fds[3], bool stays)
{
	pid_t pid;
	int rc;

	lead_group(fds, 3);
	pid = tc_child_fork(0);
	if (pid == 0)
		become_shell(command);
	rc = pid < 0 ? pid : tc_child_wait(pid, TC_CHILD_NEVER);
	if (!stays)
		end_group(SIGKILL);
	_exit(rc < 0 ? 126 : rc);
}

pid_t tc_command_start(const char *command, const int fds[3], bool stays)
{
	pid_t pid = tc_child_fork(SIGHUP);

	if (pid == 0)
		lead(command, fds, stays);
	if (pid > 0)
		setpgid(pid, pid);
	return pid;
}

pid_t tc_command_group(void)
{
	pid_t pid = tc_child_fork(SIGHUP);

	if (pid == 0) {
		lead_group(NULL, 0);
		for (;;)
			pause();
	}
	if (pid > 0)
		setpgid(pid, pid);
	return pid;
}

pid_t tc_command_join(pid_t group, const char *command, int output)
{
	const int fds[] = { -1, output, output };
	pid_t pid = tc_child_fork(0);

	if (pid == 0) {
		if (setpgid(0, group) < 0)
			_exit(126);
		tc_child_descriptors(fds, 3);
		tc_realtime_all();	/* between calls whose times count */
		become_shell(command);
	}
	return pid;
}
