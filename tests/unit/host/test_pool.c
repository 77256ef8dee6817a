/* SPDX-License-Identifier: BSD-2-Clause */
/* Jobs in children: what they say is kept, how they end is told, and all of them end. */
#include "check.h"

#include "host/child.h"
#include "host/pool.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOBS 7

struct told {
	int code[JOBS];
	char said[JOBS][32];
	unsigned n, enough;		/* no more after so many; 0: all */
};

static bool note(void *ctx, size_t job, int code, struct tc_buf *out)
{
	struct told *t = ctx;

	t->code[job] = code;
	snprintf(t->said[job], sizeof t->said[job], "%.*s", (int)out->len,
		 out->data ? (char *)out->data : "");
	return ++t->n != t->enough;
}

static int say_and_end(void *ctx, size_t job)
{
	char text[32];
	int n = snprintf(text, sizeof text, "job %zu", job);

	(void)ctx;
	if (write(STDOUT_FILENO, text, (size_t)n) != n)
		return 99;
	if (job == 5)
		raise(SIGKILL);
	return (int)job;
}

static int sleep_on(void *ctx, size_t job)
{
	(void)ctx;
	(void)job;
	pause();
	return 0;
}

static void each_is_told(void)
{
	struct told t = { { 0 }, { "" }, 0, 0 };
	struct tc_pool p = { .n_jobs = JOBS, .at_once = 3, .stop_fd = -1, .work = say_and_end,
			     .done = note, .ctx = &t };
	struct tc_error err;

	CHECK(tc_pool_run(&p, &err) == 0);
	CHECK_U64(t.n, JOBS);
	for (int i = 0; i < JOBS; i++) {
		char want[32];

		snprintf(want, sizeof want, "job %d", i);
		CHECK_STR(t.said[i], want);
		CHECK_U64(t.code[i], i == 5 ? 128 + SIGKILL : i);
	}
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

static int read_input(void *ctx, size_t job)
{
	char byte;

	(void)ctx;
	(void)job;
	return isatty(STDIN_FILENO) ? 99 : (int)read(STDIN_FILENO, &byte, 1);
}

/* What waits at our own standard input is not for several at once. */
static void nothing_is_read(void)
{
	struct told t = { { 0 }, { "" }, 0, 0 };
	struct tc_pool p = { .n_jobs = 2, .at_once = 2, .stop_fd = -1, .work = read_input,
			     .done = note, .ctx = &t };
	struct tc_error err;
	int both[2], ours = dup(STDIN_FILENO);

	CHECK(pipe(both) == 0 && write(both[1], "line\n", 5) == 5);
	CHECK(dup2(both[0], STDIN_FILENO) == STDIN_FILENO);
	CHECK(tc_pool_run(&p, &err) == 0);
	CHECK_U64(t.n, 2);
	CHECK_U64(t.code[0], 0);
	CHECK_U64(t.code[1], 0);
	if (ours >= 0)
		dup2(ours, STDIN_FILENO);
	close(ours);
	close(both[0]);
	close(both[1]);
}

static void enough_is_enough(void)
{
	struct told t = { { 0 }, { "" }, 0, 2 };
	struct tc_pool p = { .n_jobs = JOBS, .at_once = 1, .stop_fd = -1, .work = say_and_end,
			     .done = note, .ctx = &t };
	struct tc_error err;

	CHECK(tc_pool_run(&p, &err) == 0);
	CHECK_U64(t.n, 2);
}

static void a_stop_ends_them(void)
{
	struct told t = { { 0 }, { "" }, 0, 0 };
	struct tc_pool p = { .n_jobs = JOBS, .at_once = 3, .work = sleep_on, .done = note,
			     .ctx = &t };
	struct tc_error err;
	int ends[2];

	CHECK(pipe(ends) == 0);
	CHECK(write(ends[1], "x", 1) == 1);
	p.stop_fd = ends[0];
	CHECK(tc_pool_run(&p, &err) == 1);
	CHECK_U64(t.n, 3);
	CHECK_U64(t.code[0], 128 + SIGTERM);
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	close(ends[0]);
	close(ends[1]);
}

/* As before Linux 5.3: pidfd_open(2) is no system call. False: this kernel has no filters. */
static bool forget_pidfd(void)
{
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { .len = sizeof steps / sizeof *steps, .filter = steps };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

static void old_kernels_do(void)
{
	struct told t = { { 0 }, { "" }, 0, 0 };
	struct tc_pool p = { .n_jobs = JOBS, .at_once = 3, .stop_fd = -1, .work = say_and_end,
			     .done = note, .ctx = &t };
	struct tc_error err;
	pid_t pid = tc_child_fork(SIGKILL);

	if (pid == 0) {
		if (!forget_pidfd())
			_exit(0);
		if (tc_child_handle(getpid()) >= 0 || errno != ENOSYS)
			_exit(1);
		if (tc_pool_run(&p, &err) != 0 || t.n != JOBS || t.code[5] != 128 + SIGKILL)
			_exit(2);
		pid = tc_child_fork(SIGKILL);
		if (pid == 0)
			sleep_on(NULL, 0);
		tc_child_end(pid, tc_child_handle(pid));
		_exit(waitpid(pid, NULL, WNOHANG) < 0 && errno == ECHILD ? 0 : 3);
	}
	CHECK_U64(tc_child_wait(pid, TC_CHILD_NEVER), 0);
}

CU_TestInfo tests_pool[] = {
	{ "what a job says is kept, how it ends is told", each_is_told },
	{ "who has had enough begins no more", enough_is_enough },
	{ "children have nothing to read", nothing_is_read },
	{ "a stop ends those that run", a_stop_ends_them },
	{ "without pidfd_open(2) all the same", old_kernels_do },
	CU_TEST_INFO_NULL,
};
