/* SPDX-License-Identifier: BSD-2-Clause */
/* The jobs of --jobs, by the process that began them; see job.h. */
#include "job.h"

#include "host/child.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOOK_NS (200 * TC_MS)	/* how far they are */
#define END_NS (20 * TC_S)	/* for all to answer, or for rules to go, on a busy machine */

static void *in_common(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static int start_job(struct campaign *g, unsigned k, struct tc_session_config *cfg,
		     struct tc_error *err)
{
	struct campaign_jobs *js = g->jobs;
	struct epoll_event readable = { .events = EPOLLIN, .data.u32 = k };
	int pair[2];

	js->tape[k] = tc_fuzz_tape_open();
	js->said[k] = memfd_create("said", MFD_CLOEXEC);
	if (!js->tape[k] || js->said[k] < 0)
		return tc_nomem(err);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return tc_fail_errno(err, "cannot start a job");
	js->pid[k] = tc_child_fork(0);
	if (js->pid[k] == 0)
		campaign_be_job(g, k, pair[1], cfg);
	js->fd[k] = pair[0];
	if (js->pid[k] < 0)
		tc_fail_errno(err, "cannot start a job");
	close(pair[1]);
	if (js->pid[k] < 0)
		return err->code;
	js->handle[k] = tc_child_handle(js->pid[k]);
	return epoll_ctl(js->answers_fd, EPOLL_CTL_ADD, pair[0], &readable) < 0
		? tc_fail_errno(err, "cannot wait for a job") : 0;
}

int campaign_start_jobs(struct campaign *g, struct tc_session_config *cfg,
			struct tc_error *err)
{
	struct campaign_jobs *js;
	int rc = 0;

	if (g->o->suite.jobs < 2)
		return 0;
	js = g->jobs = calloc(1, sizeof *js);
	if (!js)
		return tc_nomem(err);
	memset(js->fd, -1, sizeof js->fd);
	memset(js->handle, -1, sizeof js->handle);
	memset(js->said, -1, sizeof js->said);
	js->n = g->o->suite.jobs;
	js->n_ports = cfg->n_ports;
	js->answers_fd = epoll_create1(EPOLL_CLOEXEC);
	js->share = in_common(js->n * sizeof *js->share);
	js->cases = in_common(CAMPAIGN_WINDOW_MAX * sizeof *js->cases);
	js->out = in_common(CAMPAIGN_WINDOW_MAX * sizeof *js->out);
	if (js->answers_fd < 0 || !js->share || !js->cases || !js->out)
		return tc_nomem(err);
	for (unsigned k = 0; rc == 0 && k < js->n; k++)
		rc = start_job(g, k, cfg, err);
	return rc;
}

/* The first line that it printed, without our name; "": none. */
static void read_said(int fd, char *line, size_t size)
{
	static const char name[] = "tcpcraft: ";
	ssize_t n = pread(fd, line, size - 1, 0);

	line[n > 0 ? n : 0] = 0;
	line[strcspn(line, "\n")] = 0;
	if (strncmp(line, name, sizeof name - 1) == 0)
		memmove(line, line + sizeof name - 1, strlen(line) - (sizeof name - 1) + 1);
}

static void answered(struct campaign_jobs *js, unsigned k)
{
	js->waiting -= js->asked[k];
	js->asked[k] = false;
}

/* Why it ended without a word: a signal, or it does not end. */
static void name_end(struct campaign_jobs *js, unsigned k, char *why, size_t size)
{
	int code = tc_child_wait(js->pid[k], tc_clock_monotonic() + LOOK_NS);

	if (code >= 0)
		js->pid[k] = 0;
	if (code > 128)
		snprintf(why, size, "signal %d", code - 128);
	else
		snprintf(why, size, "it did not answer");
}

/* A job is gone: its share was not run, and it gets no more. */
static void lose(struct campaign_jobs *js, unsigned k)
{
	struct share *s = &js->share[k];
	char why[sizeof s->err.msg] = "";

	close(js->fd[k]);
	js->fd[k] = -1;
	answered(js, k);
	read_said(js->said[k], why, sizeof why);
	if (!why[0] && s->rc >= 0)
		name_end(js, k, why, sizeof why);
	if (s->rc >= 0)
		s->rc = -ECHILD;
	if (why[0])
		tc_fail(&s->err, s->rc, "%s", why);
}

static bool is_final(int rc)
{
	return rc < 0 && rc != -EAGAIN && rc != -EINTR;
}

static void read_answers(struct campaign *g)
{
	struct campaign_jobs *js = g->jobs;
	char byte;
	ssize_t n;

	g->done_in_jobs = 0;
	for (unsigned k = 0; k < js->n; k++) {
		g->done_in_jobs += js->share[k].done;
		if (js->fd[k] < 0)
			continue;
		n = recv(js->fd[k], &byte, 1, MSG_DONTWAIT);
		if (n == 1)
			answered(js, k);
		if (n == 1 ? is_final(js->share[k].rc) : n == 0 || errno != EAGAIN)
			lose(js, k);
	}
}

/* Tells the jobs that are under way to end; they still report what they had. */
static void stop(struct campaign_jobs *js)
{
	for (unsigned k = 0; k < js->n; k++)
		if (js->fd[k] >= 0)
			shutdown(js->fd[k], SHUT_WR);
}

static int ask(struct campaign_jobs *js, unsigned k, struct tc_error *err)
{
	struct share *s = &js->share[k];

	if (js->fd[k] < 0)
		return tc_fail(err, -ECHILD, "%s", s->err.msg);
	s->done = 0;
	s->rc = 0;
	js->asked[k] = true;
	js->waiting++;
	if (send(js->fd[k], "", 1, MSG_NOSIGNAL) < 0)
		lose(js, k);
	return 0;
}

/* Until all that were asked have answered. -EINTR: it was stopped; then they have until a
 * deadline. */
static int await_answers(struct campaign *g, struct tc_error *err)
{
	struct campaign_jobs *js = g->jobs;
	struct pollfd answers = { .fd = js->answers_fd, .events = POLLIN };
	tc_time until = 0;

	while (js->waiting && (!until || tc_clock_monotonic() < until)) {
		if (until) {
			poll(&answers, 1, LOOK_NS / TC_MS);
		} else if (campaign_turn(g, tc_clock_monotonic() + LOOK_NS, &answers)) {
			until = tc_clock_monotonic() + END_NS;
			stop(js);
		}
		read_answers(g);
	}
	for (unsigned k = 0; k < js->n; k++)
		if (js->asked[k])
			lose(js, k);
	return until ? tc_fail(err, -EINTR, "stopped") : 0;
}

static int worst(const struct campaign_jobs *js, struct tc_error *err)
{
	for (unsigned k = 0; k < js->n; k++)
		if (js->share[k].rc < 0)
			return tc_fail(err, js->share[k].rc, "%s", js->share[k].err.msg);
	return 0;
}

/* One after the other: who looks for a free block of ports has to see those of the others. */
int campaign_jobs_begin(struct campaign *g, struct tc_error *err)
{
	int rc = 0;

	for (unsigned k = 0; g->jobs && k < g->jobs->n && rc == 0; k++) {
		rc = ask(g->jobs, k, err);
		if (rc == 0)
			rc = await_answers(g, err);
		if (rc == 0)
			rc = worst(g->jobs, err);
	}
	return rc;
}

static unsigned n_live(const struct campaign_jobs *js)
{
	unsigned n = 0;

	for (unsigned k = 0; k < js->n; k++)
		n += js->fd[k] >= 0;
	return n;
}

/* Shares n cases equally among the jobs that are left. */
static int ask_all(struct campaign *g, unsigned n, struct tc_error *err)
{
	struct campaign_jobs *js = g->jobs;
	unsigned of = n_live(js), i = 0;
	int rc;

	for (unsigned k = 0; k < js->n; k++) {
		js->share[k].n = 0;
		if (js->fd[k] < 0)
			continue;
		js->share[k].first = n * i / of;
		js->share[k].n = n * (i + 1) / of - js->share[k].first;
		i++;
		ask(js, k, NULL);
	}
	rc = await_answers(g, err);
	g->done_in_jobs = 0;
	return rc;
}

/* Were all shares run, and was the server well? Cases of other shares prove nothing; their outcomes
 * are voided if the campaign was stopped. */
static bool were_well(const struct campaign_jobs *js, struct tc_fuzz_outcome *out, bool stopped)
{
	bool well = true;

	for (unsigned k = 0; k < js->n; k++) {
		const struct share *s = &js->share[k];

		if (s->n == 0 || s->rc >= 0)
			continue;
		well = false;
		for (unsigned i = s->first; stopped && s->rc != -EINTR && i < s->first + s->n; i++)
			out[i] = (struct tc_fuzz_outcome){ .verdict = TC_VERDICT_INTERRUPTED };
	}
	return well;
}

/* Reports, once, each job that is gone and left a share. */
static void tell_lost(struct campaign *g)
{
	const struct campaign_jobs *js = g->jobs;

	for (unsigned k = 0; k < js->n; k++) {
		if (js->share[k].n == 0 || js->fd[k] >= 0)
			continue;
		progress_wipe(&g->progress);
		terminal_say(g->o, stderr, "tcpcraft: one of %u jobs ended: %s; its cases are "
			     "run by the others\n", js->n, js->share[k].err.msg);
	}
}

int campaign_jobs_run(struct campaign *g, const struct tc_fuzz_case *cases,
		      struct tc_fuzz_outcome *out, unsigned n, struct tc_error *err)
{
	unsigned live = g->jobs ? n_live(g->jobs) : 0;
	bool well, stopped;
	int rc;

	/* a window of few is for one: the others would only ask how the server is */
	if (live < 2 || n < CAMPAIGN_SHARE_MIN * live)
		return tc_fuzz_run(g->fuzz, cases, n, out, err);
	for (unsigned i = 0; i < n; i++)
		out[i] = (struct tc_fuzz_outcome){ .verdict = TC_VERDICT_INTERRUPTED };
	/* what ends a job may be what stops us: then what is there is kept */
	stopped = ask_all(g, n, err) < 0 || campaign_turn(g, tc_clock_monotonic(), NULL);
	well = were_well(g->jobs, out, stopped);
	if (!stopped)
		tell_lost(g);
	rc = tc_fuzz_take_shares(g->fuzz, cases, n, out, well || stopped, err);
	return stopped ? tc_fail(err, -EINTR, "stopped") : rc;
}

struct tc_fuzz_case *campaign_cases(const struct campaign *g)
{
	return g->jobs ? g->jobs->cases : calloc(CAMPAIGN_WINDOW_MAX, sizeof *g->jobs->cases);
}

struct tc_fuzz_outcome *campaign_outcomes(const struct campaign *g)
{
	return g->jobs ? g->jobs->out : calloc(CAMPAIGN_WINDOW_MAX, sizeof *g->jobs->out);
}

void campaign_tapes_keep(struct campaign *g, unsigned cases)
{
	tc_fuzz_tape_keep(g->tape, cases);	/* one process alone looks for the culprit */
	if (g->other.tape)
		tc_fuzz_tape_keep(g->other.tape, cases);
	for (unsigned k = 0; g->jobs && k < g->jobs->n; k++)
		tc_fuzz_tape_keep(g->jobs->tape[k], cases / g->jobs->n + 1);
}

const struct tc_fuzz_tape *campaign_tape(const struct campaign *g,
					 const struct tc_fuzz_outcome *o)
{
	for (unsigned k = 0; g->jobs && !o->alone && k < g->jobs->n; k++)
		if ((unsigned)(o->port - g->jobs->share[k].port) < g->jobs->n_ports)
			return g->jobs->tape[k];
	return g->tape;
}

/* Ends a job. Its session ends with it and leaves no rule: if it is killed, its guard takes the
 * rule away. */
static void end_job(struct campaign *g, unsigned k, tc_time deadline)
{
	struct campaign_jobs *js = g->jobs;
	struct tc_session_summary *sum = &g->live.sum;

	if (js->fd[k] >= 0)
		close(js->fd[k]);
	if (js->pid[k] > 0 && tc_child_wait(js->pid[k], deadline) == -ETIMEDOUT)
		tc_child_end(js->pid[k], js->handle[k]);
	if (js->handle[k] >= 0)
		close(js->handle[k]);
	if (js->said[k] >= 0)
		close(js->said[k]);
	sum->resets_blocked += js->share[k].sum.resets_blocked;
	sum->segments_hidden += js->share[k].sum.segments_hidden;
	sum->resets_leaked += js->share[k].sum.resets_leaked;
	sum->icmp_leaked += js->share[k].sum.icmp_leaked;
	sum->capture_dropped += js->share[k].sum.capture_dropped;
	tc_fuzz_tape_close(js->tape[k]);
}

int campaign_end_jobs(struct campaign *g, int code)
{
	struct campaign_jobs *js = g->jobs;
	tc_time deadline = tc_clock_monotonic() + END_NS;	/* of all together */

	if (!js)
		return code;
	if (js->share)
		stop(js);		/* all at once, before the first is waited for */
	for (unsigned k = 0; js->share && k < js->n; k++)
		end_job(g, k, deadline);
	if (js->answers_fd >= 0)
		close(js->answers_fd);
	if (js->share)
		munmap(js->share, js->n * sizeof *js->share);
	if (js->cases)
		munmap(js->cases, CAMPAIGN_WINDOW_MAX * sizeof *js->cases);
	if (js->out)
		munmap(js->out, CAMPAIGN_WINDOW_MAX * sizeof *js->out);
	free(js);
	g->jobs = NULL;
	return code;
}
