/* SPDX-License-Identifier: BSD-2-Clause */
/* The server under test as a process: run, watched, run again; see tcpcraft/fuzz.h. */
#include <tcpcraft/fuzz.h>

#include "host/child.h"
#include "base/opened.h"
#include "host/command.h"
#include "host/edges.h"
#include "host/starter.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_KEPT 65536		/* of what it says, to look for a sanitizer's report */

struct process {			/* that the command is run in */
	const struct tc_fuzz_target *t;
	struct tc_starter *starter;
	int log;			/* memory file with what it printed, or -1 */
	off_t said;			/* bytes of it that were looked at while it ran */
};

struct tc_fuzz_target {
	const char *command;		/* NULL: not ours */
	struct process *process;
	unsigned n_processes;		/* at once, at most */
	int watch;			/* pidfd, or -1 */
	const char *what;		/* it is: "server" … */
	bool client;			/* it may end: it is run for each call */
	bool waits;			/* its input is empty, and has no end: it might end with it */
	struct tc_error fault;		/* of this machine: of the server nothing is known then */
	char death[128];		/* that was seen, and not told yet */
	struct tc_edges *coverage;	/* of what is ours, or NULL */
	char *covered;			/* the command with it */
};

/* In the starter, with what it prints as its outputs. */
static pid_t start(void *ctx)
{
	const struct tc_fuzz_target *t = ((const struct process *)ctx)->t;

	return tc_command_start(t->covered ? t->covered : t->command, (const int[]){ 0, 1, 2 }, true);
}

static int fail_to_keep(const struct tc_fuzz_target *t, struct tc_error *err)
{
	return tc_fail_errno(err, "cannot keep what the %s prints", t->what);
}

/* Before any wall: it can start the command behind one. It runs in the background, again and
 * again: who reads from a terminal there is stopped, and a file would be the first's alone. The
 * other end of an input that has no end is the starter's. */
static int open_process(struct process *p, struct tc_error *err)
{
	int input[2] = { -1, -1 }, rc;

	p->log = memfd_create(p->t->what, MFD_CLOEXEC);
	if (p->log < 0)
		return fail_to_keep(p->t, err);
	if (p->t->waits && pipe2(input, O_CLOEXEC) < 0)
		return tc_fail_errno(err, "no input for the %s", p->t->what);

	const int fds[] = { input[0], p->log, p->log, input[1] };
	const struct tc_starter_config cfg = { p->t->command, start, p, fds, 4 };

	rc = tc_starter_open(&p->starter, &cfg, err);
	if (p->t->waits) {
		close(input[0]);
		close(input[1]);
	}
	return rc;
}

static int spawn(struct process *p, struct tc_error *err)
{
	int rc;

	if (ftruncate(p->log, 0) < 0 || lseek(p->log, 0, SEEK_SET) < 0)
		return fail_to_keep(p->t, err);
	p->said = 0;
	rc = tc_starter_start(p->starter, err);
	return rc < 0 ? rc : 0;
}

/* Where no memory can be shared its edges are not counted, and all else is as ever. */
static void open_coverage(struct tc_fuzz_target *t)
{
	if (tc_edges_open(&t->coverage, NULL) < 0)
		t->coverage = NULL;
	else
		t->covered = tc_edges_command(t->coverage, t->command);
}

unsigned tc_fuzz_target_edges(struct tc_fuzz_target *t, unsigned *all)
{
	*all = 0;
	return t && t->coverage ? tc_edges_new(t->coverage, all) : 0;
}

/* A command, if there is one, that is not run yet, in so many processes at once. */
static int open_command(struct tc_fuzz_target *t, unsigned n, bool counts, struct tc_error *err)
{
	int rc = 0;

	if (!t->command)
		return 0;
	t->process = calloc(n, sizeof *t->process);
	if (!t->process)
		return tc_nomem(err);
	if (counts)
		open_coverage(t);
	while (rc >= 0 && t->n_processes < n) {
		struct process *p = &t->process[t->n_processes++];

		*p = (struct process){ .t = t, .log = -1 };
		rc = open_process(p, err);
	}
	return rc;
}

int tc_fuzz_target_open(struct tc_fuzz_target **out, const char *command, int pid,
			struct tc_error *err)
{
	struct tc_fuzz_target *t = calloc(1, sizeof *t);
	char why[128];
	int rc = 0;

	if (!t)
		return tc_nomem(err);
	*t = (struct tc_fuzz_target){ .command = command, .what = "server", .watch = -1,
				      .waits = true };
	if (command) {
		rc = open_command(t, 1, true, err);
		if (rc >= 0)
			rc = spawn(t->process, err);
		if (rc >= 0) {		/* what the shell cannot run ends at once */
			usleep(50000);
			if (tc_fuzz_target_died(t, why))
				rc = tc_fail(err, -ENOENT, "the server did not start: '%s' "
					     "ended with %s", command, why);
		}
	} else if (pid) {
		t->watch = tc_child_handle(pid);
		if (t->watch < 0)
			rc = tc_fail_errno(err, "cannot watch process %d", pid);
	}
	return TC_OPENED(out, t, rc, tc_fuzz_target_close);
}

/* One whose command is run when it is asked for. */
static int open_idle(struct tc_fuzz_target **out, const struct tc_fuzz_target *as, unsigned n,
		     bool counts, struct tc_error *err)
{
	struct tc_fuzz_target *t = malloc(sizeof *t);
	int rc;

	if (!t)
		return tc_nomem(err);
	*t = *as;
	rc = open_command(t, n, counts, err);
	return TC_OPENED(out, t, rc, tc_fuzz_target_close);
}

int tc_fuzz_target_open_client(struct tc_fuzz_target **out, const char *command, unsigned n,
			       struct tc_error *err)
{
	const struct tc_fuzz_target as = { .command = command, .what = "client", .watch = -1,
					   .client = true };

	return open_idle(out, &as, n, true, err);
}

int tc_fuzz_target_open_revival(struct tc_fuzz_target **out, const char *command,
				struct tc_error *err)
{
	const struct tc_fuzz_target as = { .command = command, .what = "command of --revive",
					   .watch = -1 };

	return open_idle(out, &as, 1, false, err);
}

void tc_fuzz_target_close(struct tc_fuzz_target *t)
{
	if (!t)
		return;
	for (unsigned i = 0; i < t->n_processes; i++) {
		tc_starter_close(t->process[i].starter);
		if (t->process[i].log >= 0)
			close(t->process[i].log);
	}
	free(t->process);
	if (t->watch >= 0)
		close(t->watch);
	tc_edges_close(t->coverage);
	free(t->covered);
	free(t);
}

bool tc_fuzz_target_spawned(const struct tc_fuzz_target *t)
{
	return t && t->command;
}

int tc_fuzz_target_restart(struct tc_fuzz_target *t, struct tc_error *err)
{
	if (!tc_fuzz_target_spawned(t))
		return tc_fail(err, -ENOTSUP, "the server is not ours to start: see --spawn");
	for (unsigned i = 0; i < t->n_processes; i++)
		tc_starter_end(t->process[i].starter);
	t->death[0] = 0;
	return spawn(t->process, err);
}

/* "ERROR: AddressSanitizer: heap-buffer-overflow on …", "…: runtime error: …" */
static bool sanitizer_line(const struct process *p, char why[128])
{
	static const char *const marks[] = { "ERROR: ", "runtime error: " };
	char *text = calloc(1, LOG_KEPT + 1), *at = NULL;
	ssize_t n = text ? pread(p->log, text, LOG_KEPT, 0) : 0;

	for (size_t i = 0; n > 0 && i < 2 && !at; i++)
		at = strstr(text, marks[i]);
	if (at && (strstr(at, "Sanitizer") || strncmp(at, "runtime", 7) == 0))
		snprintf(why, 128, "%.*s", (int)(strcspn(at, "\n") < 90 ? strcspn(at, "\n") : 90),
			 strncmp(at, "ERROR: ", 7) == 0 ? at + 7 : at);
	else
		at = NULL;
	free(text);
	return at != NULL;
}

/* Has it printed something since the last time? */
static bool said_more(struct process *p)
{
	struct stat st;
	bool more = fstat(p->log, &st) == 0 && st.st_size > p->said;

	if (more)
		p->said = st.st_size;
	return more;
}

static bool process_died(struct tc_fuzz_target *t, struct process *p, char why[128])
{
	int code;

	if (!p->starter || !tc_starter_runs(p->starter))
		return false;
	code = tc_starter_wait(p->starter, 0, -1);
	if (code == -ETIMEDOUT)
		return said_more(p) && sanitizer_line(p, why);	/* some go on after it */
	tc_starter_end(p->starter);	/* what it left behind holds the port */
	if (code < 0) {
		tc_starter_fail(p->starter, code, &t->fault);
		return false;
	}
	if (sanitizer_line(p, why))
		return true;
	/* 126 and 127: the shell cannot run it */
	if (t->client && code < 126)
		return false;
	/* a shell says 128 + the signal that ended what it ran */
	if (code > 128 && code < 128 + NSIG && sigabbrev_np(code - 128))
		snprintf(why, 128, "SIG%s", sigabbrev_np(code - 128));
	else
		snprintf(why, 128, "exit %d", code);
	return true;
}

static bool has_died(struct tc_fuzz_target *t, char why[128])
{
	struct pollfd p = { .fd = t->watch, .events = POLLIN };

	if (t->watch >= 0 && poll(&p, 1, 0) > 0) {
		close(t->watch);
		t->watch = -1;
		snprintf(why, 128, "the process is gone");
		return true;
	}
	for (unsigned i = 0; i < t->n_processes; i++)
		if (process_died(t, &t->process[i], why))
			return true;
	return false;
}

bool tc_fuzz_target_is_dead(struct tc_fuzz_target *t)
{
	char why[128] = "";

	if (t && !t->death[0] && has_died(t, why))
		memcpy(t->death, why, sizeof t->death);
	return t && t->death[0];
}

bool tc_fuzz_target_died(struct tc_fuzz_target *t, char why[128])
{
	if (!tc_fuzz_target_is_dead(t))
		return false;
	memcpy(why, t->death, sizeof t->death);
	t->death[0] = 0;
	return true;
}

static unsigned running(const struct tc_fuzz_target *t)
{
	unsigned n = 0;

	for (unsigned i = 0; i < t->n_processes; i++)
		n += tc_starter_runs(t->process[i].starter);
	return n;
}

int tc_fuzz_target_call(struct tc_fuzz_target *t, unsigned most)
{
	unsigned run;
	int n = 0, rc = 0;

	if (!t || !t->client || !t->command || tc_fuzz_target_is_dead(t))
		return 0;
	run = running(t);
	for (unsigned i = 0; i < t->n_processes && run + (unsigned)n < most && rc == 0; i++)
		if (!tc_starter_runs(t->process[i].starter)) {
			rc = spawn(&t->process[i], &t->fault);
			n += rc == 0;
		}
	return rc < 0 ? rc : n;
}

unsigned tc_fuzz_target_callers(struct tc_fuzz_target *t)
{
	if (!t || !t->client)
		return 0;
	tc_fuzz_target_is_dead(t);	/* takes notice of those that ended */
	return running(t);
}

void tc_fuzz_target_end_callers(struct tc_fuzz_target *t)
{
	for (unsigned i = 0; t && t->client && i < t->n_processes; i++)
		tc_starter_end(t->process[i].starter);
}

int tc_fuzz_target_fault(const struct tc_fuzz_target *t, struct tc_error *err)
{
	return t && t->fault.code ? tc_fail(err, t->fault.code, "%s", t->fault.msg) : 0;
}

int tc_fuzz_target_run(struct tc_fuzz_target *t, tc_time within, struct tc_error *err)
{
	char said[160] = "";
	struct process *p;
	ssize_t n;
	int rc;

	if (!tc_fuzz_target_spawned(t))
		return tc_fail(err, -ENOTSUP, "there is no command to run");
	p = t->process;
	rc = spawn(p, err);
	if (rc < 0)
		return rc;
	rc = tc_starter_wait(p->starter, tc_clock_monotonic() + within, -1);
	if (rc < 0)
		tc_starter_end(p->starter);
	else
		tc_starter_leave(p->starter);
	if (rc == 0)
		return rc;
	if (rc == -ETIMEDOUT)
		return tc_fail(err, rc, "'%s' has not ended in %d s", t->command,
			       (int)(within / TC_S));
	if (rc < 0)
		return tc_starter_fail(p->starter, rc, err);
	n = pread(p->log, said, sizeof said - 1, 0);
	said[n > 0 ? n : 0] = 0;
	return tc_fail(err, -EPROTO, "'%s' ended with exit %d%s%s", t->command, rc,
		       *said ? ": " : "", said);
}
