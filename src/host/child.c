/* SPDX-License-Identifier: BSD-2-Clause */
/* Children; see child.h. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FDS_MOST 8
#define OUT_OF_THE_WAY 16	/* above FDS_MOST */
#define MOST_OPEN 65536
#define LOOK_EACH (2 * TC_MS)

pid_t tc_child_fork(int death)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0 && death && (prctl(PR_SET_PDEATHSIG, death) != 0 || getppid() != parent))
		_exit(126);
	return pid;
}

/* One by one before Linux 5.9, as far as there are any, or likely to be. */
static void close_from(unsigned n)
{
	struct rlimit most = { MOST_OPEN, 0 };

	if (syscall(SYS_close_range, n, ~0u, 0u) == 0)
		return;
	getrlimit(RLIMIT_NOFILE, &most);
	for (rlim_t i = n; i < most.rlim_cur && i < MOST_OPEN; i++)
		close((int)i);
}

void tc_child_descriptors(const int *fds, unsigned n)
{
	int from[FDS_MOST], null = -1;

	for (unsigned i = 0; i < n; i++) {
		if (fds[i] < 0 && null < 0)
			null = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (fds[i] < 0 && null < 0)
			_exit(126);
		from[i] = fcntl(fds[i] < 0 ? null : fds[i], F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
	}
	for (unsigned i = 0; i < n; i++)
		if (from[i] < 0)	/* it was closed */
			close((int)i);
		else
			dup2(from[i], (int)i);
	close_from(n);
}

void tc_child_become(const char *program, const char *const *argv)
{
	sigset_t none;

	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(program, (char *const *)(uintptr_t)argv);
}

int tc_child_wait(pid_t pid, tc_time deadline)
{
	int status, options = deadline == TC_CHILD_NEVER ? 0 : WNOHANG;
	pid_t got;

	while ((got = waitpid(pid, &status, options)) != pid) {
		if (got < 0 && errno != EINTR)
			return -errno;
		if (tc_clock_monotonic() >= deadline)
			return -ETIMEDOUT;
		if (got == 0)
			poll(NULL, 0, LOOK_EACH / TC_MS);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int tc_child_handle(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0u);
}

bool tc_child_has_ended(pid_t pid)
{
	siginfo_t ended = { 0 };

	return waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 ||
	       ended.si_pid != 0;
}

void tc_child_end(pid_t pid, int handle)
{
	int rc = handle < 0 ? kill(pid, SIGKILL) :
		 (int)syscall(SYS_pidfd_send_signal, handle, SIGKILL, NULL, 0u);

	if (rc == 0 || errno == ESRCH)
		tc_child_wait(pid < 0 ? -pid : pid, TC_CHILD_NEVER);
}

void tc_child_kill(pid_t pid)
{
	tc_child_end(pid, -1);
}

/* The leader is not reaped before: until then its number stands for no other group. */
void tc_child_end_group(pid_t leader, tc_time deadline)
{
	while (!tc_child_has_ended(leader) && tc_clock_monotonic() < deadline)
		poll(NULL, 0, LOOK_EACH / TC_MS);
	tc_child_kill(-leader);
}
