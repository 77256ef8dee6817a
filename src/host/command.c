/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A command of the user's. Between it and us is a process that leads its group: a shell may
 * be told to die with us, but not what it has started. It runs our code after fork(2), and
 * other threads of ours may have been anywhere, so it keeps to system calls.
 */
#include "command.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* We are gone: so is the group, and the leader with it. */
static void end_group(int sig)
{
	(void)sig;
	kill(0, SIGKILL);
}

static void become(const char *command)
{
	sigset_t none;

	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static void lead(const char *command, int output, pid_t parent)
{
	struct sigaction gone = { .sa_handler = end_group };
	sigset_t only;
	int status = 0;
	pid_t pid;

	setpgid(0, 0);
	sigfillset(&only);
	sigdelset(&only, SIGHUP);
	sigprocmask(SIG_SETMASK, &only, NULL);
	if (sigaction(SIGHUP, &gone, NULL) < 0 || prctl(PR_SET_PDEATHSIG, SIGHUP) < 0 ||
	    getppid() != parent)
		_exit(126);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	/* any other may be what somebody waits to see closed, such as the guard */
	syscall(SYS_close_range, 3u, ~0u, 0u);
	pid = fork();
	if (pid == 0)
		become(command);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	_exit(pid < 0 ? 126 : WIFEXITED(status) ? WEXITSTATUS(status)
						: 128 + WTERMSIG(status));
}

pid_t tc_command_start(const char *command, int output)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		lead(command, output, parent);
	if (pid > 0)
		setpgid(pid, pid);
	return pid;
}
