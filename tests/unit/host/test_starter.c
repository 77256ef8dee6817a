/* SPDX-License-Identifier: BSD-2-Clause */
/* A starter: how the end of what it starts is told, and what ends with it. */
#include "check.h"

#include "host/child.h"
#include "host/command.h"
#include "host/starter.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOOK (5 * TC_MS)

static pid_t start_shell(void *ctx)
{
	return tc_command_start(ctx, (const int[]){ 0, 1, 2 }, true);
}

static struct tc_starter *open_starter(char *command, int output)
{
	const int fds[] = { -1, output, output };
	const struct tc_starter_config cfg = { "sh", start_shell, command, fds, 3 };
	struct tc_starter *s = NULL;
	struct tc_error err = { 0 };

	CHECK_OK(tc_starter_open(&s, &cfg, &err), err);
	return s;
}

/* Started twice, waited for. */
static int twice(const char *text, tc_time patience)
{
	char command[80];
	struct tc_starter *s;
	int first, rc;

	snprintf(command, sizeof command, "%s", text);
	s = open_starter(command, -1);
	CHECK(!tc_starter_runs(s));
	CHECK(tc_starter_wait(s, 0, -1) == -ECHILD);
	CHECK(tc_starter_start(s, NULL) == 0);
	first = tc_starter_wait(s, tc_clock_monotonic() + patience, -1);
	CHECK(tc_starter_start(s, NULL) == 0);
	rc = tc_starter_wait(s, tc_clock_monotonic() + patience, -1);
	CHECK(tc_starter_runs(s));
	tc_starter_end(s);
	CHECK(!tc_starter_runs(s));
	tc_starter_close(s);
	CHECK(first == rc);
	return rc;
}

/* Also where who started us ignores SIGCHLD, which is inherited. */
static void ends_are_told(void)
{
	void (*before)(int);

	CHECK_U64(twice("exit 7", 60 * TC_S), 7);
	CHECK_U64(twice("kill -9 $$", 60 * TC_S), 128 + SIGKILL);
	CHECK_U64(twice("/no/such/program 2>/dev/null", 60 * TC_S), 127);
	CHECK(twice("sleep 600", 0) == -ETIMEDOUT);
	before = signal(SIGCHLD, SIG_IGN);
	CHECK_U64(twice("exit 8", 60 * TC_S), 8);
	signal(SIGCHLD, before);
}

static void what_runs_yet_is_not_left(void)
{
	char command[] = "exec sleep 600";
	struct tc_starter *s = open_starter(command, -1);

	CHECK(tc_starter_start(s, NULL) == 0);
	tc_starter_leave(s);		/* and does not wait for ten minutes */
	CHECK(!tc_starter_runs(s));
	CHECK(tc_starter_wait(s, 0, -1) == -ECHILD);
	tc_starter_close(s);
}

/* The parent of the leader of its group is the starter. */
static void one_that_is_gone_is_told_of(void)
{
	char command[] = "read -r n name state p rest </proc/$PPID/stat; kill -9 $p; sleep 600";
	struct tc_starter *s = open_starter(command, -1);
	struct tc_error err = { 0 };

	/* it may be gone before it has said that it started something */
	if (tc_starter_start(s, NULL) == 0)
		CHECK(tc_starter_wait(s, tc_clock_monotonic() + 60 * TC_S, -1) == -ECHILD);
	CHECK(tc_starter_start(s, &err) == -ECHILD);
	CHECK(strstr(err.msg, "starts 'sh' is gone") != NULL);
	tc_starter_close(s);
}

static void too_many_descriptors_are_refused(void)
{
	static const int fds[TC_STARTER_FDS + 1];
	const struct tc_starter_config cfg = { "sh", start_shell, NULL, fds, TC_STARTER_FDS + 1 };
	struct tc_starter *s = NULL;

	CHECK(tc_starter_open(&s, &cfg, NULL) == -EINVAL);
	CHECK(s == NULL);
}

/* The number that was written there, a line; 0: none yet. */
static pid_t number_in(int output)
{
	char text[32] = "";

	return pread(output, text, sizeof text - 1, 0) > 0 && strchr(text, '\n') ? atoi(text) : 0;
}

/* A handle of it; -1: there are none before Linux 5.3. */
static int handle_of(pid_t pid)
{
	int handle = pid > 1 ? tc_child_handle(pid) : -1;

	CHECK(pid > 1);
	CHECK(handle >= 0 || errno == ENOSYS);
	return handle;
}

/* What it left running when it ended. */
static int left_running(struct tc_starter *s, int output)
{
	CHECK(tc_starter_start(s, NULL) == 0);
	CHECK(tc_starter_wait(s, tc_clock_monotonic() + 60 * TC_S, -1) == 0);
	return handle_of(number_in(output));
}

static bool ends_within(int handle, int ms)
{
	struct pollfd p = { .fd = handle, .events = POLLIN };

	return poll(&p, 1, ms) > 0;
}

static void what_is_left_running_is_ended_or_left(void)
{
	char command[] = "sleep 600 & echo $!";
	int output = memfd_create("output", MFD_CLOEXEC), handle;
	struct tc_starter *s = open_starter(command, output);

	handle = left_running(s, output);
	if (handle < 0) {
		tc_starter_close(s);
		close(output);
		return;
	}
	tc_starter_end(s);
	CHECK(ends_within(handle, 60000));
	close(handle);
	CHECK(ftruncate(output, 0) == 0);
	CHECK(lseek(output, 0, SEEK_SET) == 0);
	handle = left_running(s, output);
	tc_starter_leave(s);
	tc_starter_close(s);
	CHECK(!ends_within(handle, 0));
	CHECK(syscall(SYS_pidfd_send_signal, handle, SIGKILL, NULL, 0) == 0);
	CHECK(ends_within(handle, 60000));
	close(handle);
	close(output);
}

static void closing_ends_what_runs(void)
{
	char command[] = "echo $$; exec sleep 600";
	int output = memfd_create("output", MFD_CLOEXEC), handle;
	struct tc_starter *s = open_starter(command, output);
	tc_time deadline = tc_clock_monotonic() + 60 * TC_S;

	CHECK(tc_starter_start(s, NULL) == 0);
	while (!number_in(output) && tc_clock_monotonic() < deadline &&
	       tc_starter_wait(s, tc_clock_monotonic() + LOOK, -1) == -ETIMEDOUT)
		;
	handle = handle_of(number_in(output));
	CHECK(handle < 0 || !ends_within(handle, 0));
	tc_starter_close(s);
	CHECK(handle < 0 || ends_within(handle, 60000));
	if (handle >= 0)
		close(handle);
	close(output);
}

CU_TestInfo tests_starter[] = {
	{ "the end of what was started is told, each time", ends_are_told },
	{ "what it left running is ended, or goes on", what_is_left_running_is_ended_or_left },
	{ "closing it ends what runs", closing_ends_what_runs },
	{ "what runs yet is not left, but ended", what_runs_yet_is_not_left },
	{ "a starter that is gone is told of", one_that_is_gone_is_told_of },
	{ "too many descriptors are refused", too_many_descriptors_are_refused },
	CU_TEST_INFO_NULL,
};
