/* SPDX-License-Identifier: BSD-2-Clause */
/* The server under test as a process: run, watched, run again; see tcpcraft/fuzz.h. */
#include <tcpcraft/fuzz.h>

#include "host/child.h"
#include "base/opened.h"
#include "host/command.h"
#include "host/edges.h"
#include "host/starter.h"

#include <tcpcraft/clock.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_KEPT 65536		/* of what it says, to look for a sanitizer's report */

struct tc_fuzz_target {
	const char *command;		/* NULL: not ours */
	struct tc_starter *starter;	/* of the command, or NULL */
	int watch;			/* pidfd, or -1 */
	int log;			/* memory file with what it printed, or -1 */
	const char *what;		/* it is: "server" … */
	bool client;			/* it may end: it is run for each call */
	struct tc_error fault;		/* of this machine: of the server nothing is known then */
	char death[128];		/* that was seen, and not told yet */
	struct tc_edges *coverage;	/* of what is ours, or NULL */
	char *covered;			/* the command with it */
	off_t said;			/* bytes of it that were looked at while it ran */
};

/* In the starter, with what it prints as its outputs. */
static pid_t start(void *ctx)
{
	const struct tc_fuzz_target *t = ctx;

	return tc_command_start(t->covered ? t->covered : t->command, (const int[]){ 0, 1, 2 });
}

/* Before any wall: it can start the command behind one. It runs in the background, again and
 * again: who reads from a terminal there is stopped, and a file would be the first's alone. */
static int open_starter(struct tc_fuzz_target *t, struct tc_error *err)
{
	const int fds[] = { -1, t->log, t->log };
	const struct tc_starter_config cfg = { t->command, start, t, fds, 3 };

	return tc_starter_open(&t->starter, &cfg, err);
}

static int fail_to_keep(const struct tc_fuzz_target *t, struct tc_error *err)
{
	return tc_fail_errno(err, "cannot keep what the %s prints", t->what);
}

static int spawn(struct tc_fuzz_target *t, struct tc_error *err)
{
	int rc;

	if (ftruncate(t->log, 0) < 0 || lseek(t->log, 0, SEEK_SET) < 0)
		return fail_to_keep(t, err);
	t->said = 0;
	rc = tc_starter_start(t->starter, err);
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

/* A command, if there is one, that is not run yet. */
static int open_command(struct tc_fuzz_target *t, bool counts, struct tc_error *err)
{
	if (!t->command)
		return 0;
	t->log = memfd_create(t->what, MFD_CLOEXEC);
	if (t->log < 0)
		return fail_to_keep(t, err);
	if (counts)
		open_coverage(t);
	return open_starter(t, err);
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
				      .log = -1 };
	if (command) {
		rc = open_command(t, true, err);
		if (rc >= 0)
			rc = spawn(t, err);
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
static int open_idle(struct tc_fuzz_target **out, const struct tc_fuzz_target *as, bool counts,
		     struct tc_error *err)
{
	struct tc_fuzz_target *t = malloc(sizeof *t);
	int rc;

	if (!t)
		return tc_nomem(err);
	*t = *as;
	rc = open_command(t, counts, err);
	return TC_OPENED(out, t, rc, tc_fuzz_target_close);
}

int tc_fuzz_target_open_client(struct tc_fuzz_target **out, const char *command,
			       struct tc_error *err)
{
	const struct tc_fuzz_target as = { .command = command, .what = "client", .watch = -1,
					   .log = -1, .client = true };

	return open_idle(out, &as, true, err);
}

int tc_fuzz_target_open_revival(struct tc_fuzz_target **out, const char *command,
				struct tc_error *err)
{
	const struct tc_fuzz_target as = { .command = command, .what = "command of --revive",
					   .watch = -1, .log = -1 };

	return open_idle(out, &as, false, err);
}

void tc_fuzz_target_close(struct tc_fuzz_target *t)
{
	if (!t)
		return;
	tc_starter_close(t->starter);
	if (t->watch >= 0)
		close(t->watch);
	if (t->log >= 0)
		close(t->log);
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
	tc_starter_end(t->starter);
	t->death[0] = 0;
	return spawn(t, err);
}

/* "ERROR: AddressSanitizer: heap-buffer-overflow on …", "…: runtime error: …" */
static bool sanitizer_line(const struct tc_fuzz_target *t, char why[128])
{
	static const char *const marks[] = { "ERROR: ", "runtime error: " };
	char *text = calloc(1, LOG_KEPT + 1), *at = NULL;
	ssize_t n = text ? pread(t->log, text, LOG_KEPT, 0) : 0;

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
static bool said_more(struct tc_fuzz_target *t)
{
	struct stat st;
	bool more = fstat(t->log, &st) == 0 && st.st_size > t->said;

	if (more)
		t->said = st.st_size;
	return more;
}

static bool has_died(struct tc_fuzz_target *t, char why[128])
{
	struct pollfd p = { .fd = t ? t->watch : -1, .events = POLLIN };
	int code;

	if (t && t->watch >= 0 && poll(&p, 1, 0) > 0) {
		close(t->watch);
		t->watch = -1;
		snprintf(why, 128, "the process is gone");
		return true;
	}
	if (!t || !t->starter || !tc_starter_runs(t->starter))
		return false;
	code = tc_starter_wait(t->starter, 0, -1);
	if (code == -ETIMEDOUT)
		return said_more(t) && sanitizer_line(t, why);	/* some go on after it */
	tc_starter_end(t->starter);	/* what it left behind holds the port */
	if (code < 0) {
		tc_starter_fail(t->starter, code, &t->fault);
		return false;
	}
	if (sanitizer_line(t, why))
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

int tc_fuzz_target_call(struct tc_fuzz_target *t)
{
	int rc;

	if (!t || !t->client || !t->command || tc_starter_runs(t->starter) ||
	    tc_fuzz_target_is_dead(t))
		return 0;
	rc = spawn(t, &t->fault);
	return rc < 0 ? rc : 1;
}

int tc_fuzz_target_fault(const struct tc_fuzz_target *t, struct tc_error *err)
{
	return t && t->fault.code ? tc_fail(err, t->fault.code, "%s", t->fault.msg) : 0;
}

int tc_fuzz_target_run(struct tc_fuzz_target *t, tc_time within, struct tc_error *err)
{
	char said[160] = "";
	ssize_t n;
	int rc;

	if (!tc_fuzz_target_spawned(t))
		return tc_fail(err, -ENOTSUP, "there is no command to run");
	rc = spawn(t, err);
	if (rc < 0)
		return rc;
	rc = tc_starter_wait(t->starter, tc_clock_monotonic() + within, -1);
	if (rc < 0)
		tc_starter_end(t->starter);
	else
		tc_starter_leave(t->starter);
	if (rc == 0)
		return rc;
	if (rc == -ETIMEDOUT)
		return tc_fail(err, rc, "'%s' has not ended in %d s", t->command,
			       (int)(within / TC_S));
	if (rc < 0)
		return tc_starter_fail(t->starter, rc, err);
	n = pread(t->log, said, sizeof said - 1, 0);
	said[n > 0 ? n : 0] = 0;
	return tc_fail(err, -EPROTO, "'%s' ended with exit %d%s%s", t->command, rc,
		       *said ? ": " : "", said);
}
