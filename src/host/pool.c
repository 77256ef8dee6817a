/* SPDX-License-Identifier: BSD-2-Clause */
/* Jobs in children; see pool.h. */
#include "pool.h"

#include "child.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define LOOK_EACH (20 * TC_MS)	/* at a child that has no handle */

struct worker {
	pid_t pid;		/* 0: idle */
	int ended;		/* tc_child_handle; -1: it is looked after */
	int output;		/* a file without a name */
	size_t job;
};

struct pooling {
	const struct tc_pool *p;
	struct worker *worker;		/* at_once of them */
	struct pollfd *fds;		/* theirs, and stop_fd */
	size_t next;			/* job to begin */
	unsigned busy;
	bool enough, stopped;
};

static bool set_streams(const struct tc_pool *p, int output)
{
	int nothing = p->talks ? -1 : open("/dev/null", O_RDONLY | O_CLOEXEC);

	return p->talks || (nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 &&
			    dup2(output, STDOUT_FILENO) >= 0 &&
			    (!p->errors_too || dup2(output, STDERR_FILENO) >= 0));
}

/* The child never returns: what the parent has open, and would do at its end, is not its. */
static void work(const struct tc_pool *p, size_t job, int output)
{
	_exit(set_streams(p, output) ? p->work(p->ctx, job) : 126);
}

static void free_worker(struct worker *w)
{
	if (w->ended >= 0)
		close(w->ended);
	if (w->output >= 0)
		close(w->output);
	*w = (struct worker){ .ended = -1, .output = -1 };
}

static int begin(struct pooling *s, struct worker *w, struct tc_error *err)
{
	int rc = s->p->prepare ? s->p->prepare(s->p->ctx, s->next, err) : 0;

	if (rc < 0)
		return rc;
	w->job = s->next;
	w->output = memfd_create("output", MFD_CLOEXEC);
	if (w->output < 0)
		return tc_fail_errno(err, "cannot keep what a job says");
	fflush(NULL);		/* what waits in here is said once */
	w->pid = tc_child_fork(SIGTERM);
	if (w->pid == 0)
		work(s->p, w->job, w->output);
	if (w->pid < 0) {
		rc = tc_fail_errno(err, "cannot begin a child");
		free_worker(w);
		return rc;
	}
	w->ended = tc_child_handle(w->pid);
	s->next++;
	s->busy++;
	return 0;
}

static void read_output(int fd, struct tc_buf *out)
{
	char bytes[4096];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, bytes, sizeof bytes, at)) > 0) {
		tc_buf_add(out, bytes, (size_t)n);
		at += n;
	}
}

static void finish(struct pooling *s, struct worker *w)
{
	int code = tc_child_wait(w->pid, TC_CHILD_NEVER);
	struct tc_buf out = { 0 };

	read_output(w->output, &out);
	if (!s->p->done(s->p->ctx, w->job, code, &out))
		s->enough = true;
	tc_buf_free(&out);
	free_worker(w);
	s->busy--;
}

static void stop(struct pooling *s)
{
	s->stopped = s->enough = true;
	for (unsigned i = 0; i < s->p->at_once; i++)
		if (s->worker[i].pid)
			kill(s->worker[i].pid, SIGTERM);
}

/* With the descriptors of all, ended or not; where one has none (before Linux 5.3), not for long. */
static int wait_for_one(struct pooling *s, struct tc_error *err)
{
	const struct tc_pool *p = s->p;
	int timeout = -1;

	for (unsigned i = 0; i < p->at_once; i++) {
		s->fds[i] = (struct pollfd){ .fd = s->worker[i].ended, .events = POLLIN };
		if (s->worker[i].pid && s->worker[i].ended < 0)
			timeout = LOOK_EACH / TC_MS;
	}
	s->fds[p->at_once] = (struct pollfd){ .fd = s->stopped ? -1 : p->stop_fd,
					      .events = POLLIN };
	if (s->busy && poll(s->fds, p->at_once + 1, timeout) < 0 && errno != EINTR)
		return tc_fail_errno(err, "cannot wait for children");
	return 0;
}

static int turn(struct pooling *s, struct tc_error *err)
{
	const struct tc_pool *p = s->p;
	int rc = 0;

	for (unsigned i = 0; i < p->at_once && rc >= 0; i++)
		if (!s->worker[i].pid && !s->enough && s->next < p->n_jobs)
			rc = begin(s, &s->worker[i], err);
	if (rc < 0)
		return rc;
	rc = wait_for_one(s, err);
	if (rc < 0)
		return rc;
	if (s->fds[p->at_once].revents)
		stop(s);
	for (unsigned i = 0; i < p->at_once; i++)
		if (s->fds[i].revents || (s->worker[i].pid && s->worker[i].ended < 0 &&
					  tc_child_has_ended(s->worker[i].pid)))
			finish(s, &s->worker[i]);
	return 0;
}

int tc_pool_run(const struct tc_pool *p, struct tc_error *err)
{
	struct pooling s = { .p = p };
	int rc = 0;

	s.worker = calloc(p->at_once, sizeof *s.worker);
	s.fds = calloc(p->at_once + 1, sizeof *s.fds);
	if (!s.worker || !s.fds)
		rc = tc_nomem(err);
	for (unsigned i = 0; rc >= 0 && i < p->at_once; i++)
		s.worker[i] = (struct worker){ .ended = -1, .output = -1 };
	while (rc >= 0 && (s.busy || (!s.enough && s.next < p->n_jobs)))
		rc = turn(&s, err);
	for (unsigned i = 0; s.busy && i < p->at_once; i++)
		if (s.worker[i].pid) {
			tc_child_end(s.worker[i].pid, s.worker[i].ended);
			free_worker(&s.worker[i]);
		}
	free(s.worker);
	free(s.fds);
	return rc < 0 ? rc : s.stopped;
}
