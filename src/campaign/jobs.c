/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cases of a window on several processors: each job is this program, behind fork(2), with a
 * session of its own (its ports, its guard, its capture), and runs its share of the window.
 * Cases, outcomes and tapes lie in memory that all have; a byte over a socket pair says that a
 * share is there, or is done. Journal, findings and table are of the one who began them, as
 * without jobs. Where the server was not well in a share, whose fault that is is not asked
 * there: the window is run again by the one session that then speaks to it.
 */
#include "campaign.h"

#include "host/child.h"
#include "wall/wall.h"

#include <tcpcraft/clock.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define JOB_FD 3		/* of a job, behind standard input and outputs */
#define LOOK_NS (200 * TC_MS)	/* how far they are */
#define END_NS (20 * TC_S)	/* for rules to go, on a busy machine */

struct share {
	unsigned first, n;		/* of the window: its own */
	unsigned over;			/* of them, so far */
	int rc;
	struct tc_error err;
	uint16_t port;			/* of its session's block the first */
	struct tc_session_summary sum;	/* once it has ended */
};

struct campaign_jobs {
	unsigned n, n_ports;		/* of each job's session */
	pid_t pid[CAMPAIGN_JOBS_MAX];
	int fd[CAMPAIGN_JOBS_MAX];	/* -1: it has ended */
	struct tc_fuzz_tape *tape[CAMPAIGN_JOBS_MAX];
	int all;			/* epoll: of all fd */
	unsigned waiting;		/* for so many answers */
	struct share *share;		/* these three are in memory that all have */
	struct tc_fuzz_case *cases;
	struct tc_fuzz_outcome *out;
};

static void *in_common(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* Of all together as many as of one: as large as each other they do not overlap (host/ports.c). */
unsigned campaign_ports(const struct options *o)
{
	const struct fuzz_options *z = &o->fuzz;
	unsigned n = CAMPAIGN_PORTS;

	while (z->jobs > 1 && n * (z->jobs + 1) > CAMPAIGN_PORTS)
		n /= 2;
	return z->listen ? 1 : z->against ? CAMPAIGN_PORTS / 4 : n;
}

/* ---- in a job ------------------------------------------------------------------------- */

struct job {
	struct campaign *g;
	struct share *share;
	bool gone;			/* who began us */
};

static int job_turn(void *ctx, tc_time until)
{
	struct job *j = ctx;
	struct pollfd asked = { .fd = JOB_FD, .events = POLLIN };
	bool looking;
	int code = live_turn(&j->g->live, until, &asked, 1);

	if (j->g->fuzz)
		j->share->over = tc_fuzz_under_way(j->g->fuzz, &looking);
	/* while a share is run nobody says anything: it is the end of who would */
	j->gone |= asked.revents != 0;
	return j->gone ? EXIT_SIGNAL + SIGTERM : code;
}

/* Between shares what comes late is still heard. */
static bool is_asked(struct job *j)
{
	struct pollfd asked = { .fd = JOB_FD, .events = POLLIN };
	char byte;

	while (!asked.revents)
		if (live_turn(&j->g->live, tc_clock_monotonic() + TC_S, &asked, 1) ||
		    j->g->live.signal)
			return false;
	return read(JOB_FD, &byte, 1) == 1;
}

static void answer(void)
{
	if (send(JOB_FD, "", 1, MSG_NOSIGNAL) < 0)
		return;			/* nobody is there: the next read says so */
}

static int begin(struct job *j, struct tc_session_config *cfg)
{
	const struct live_wall wall = { .needs = TC_WALL_SESSION };
	struct campaign *g = j->g;
	struct tc_fuzz_config fuzz;
	struct tc_flow flow;
	int rc;

	cfg->source_port = 0;		/* a block of its own */
	if (live_start(&g->live, NULL, g->port, cfg)) {
		j->share->err = g->live.start_err;
		return j->share->err.code ? j->share->err.code : -EINTR;
	}
	tc_session_flow(g->live.session, 0, &flow);
	j->share->port = flow.local_port;
	fuzz = campaign_fuzz(g, g->jobs->n, job_turn, j);
	rc = tc_fuzz_open(&g->fuzz, &fuzz, &j->share->err);
	if (rc >= 0)
		rc = live_wall_session(&g->live, &wall, &j->share->err);
	return rc < 0 ? rc : tc_fuzz_learn(g->fuzz, &j->share->err);
}

static void work(struct campaign *g, struct share *s, struct tc_session_config *cfg)
{
	struct job j = { .g = g, .share = s };
	char byte;

	if (read(JOB_FD, &byte, 1) != 1)	/* who asks could not begin */
		return;
	s->rc = begin(&j, cfg);
	answer();
	while (s->rc >= 0 && !j.gone && is_asked(&j)) {
		s->rc = tc_fuzz_run_share(g->fuzz, g->jobs->cases + s->first, s->n,
					  g->jobs->out + s->first, &s->err);
		answer();
		if (s->rc == -EAGAIN)	/* the next share may be better */
			s->rc = 0;
	}
	tc_fuzz_close(g->fuzz);
	if (g->live.session)
		live_close(&g->live, EXIT_DONE);
	s->sum = g->live.sum;
}

/* Nobody reads what it would print: who began it does the talking. */
static void be_job(struct campaign *g, unsigned k, int fd, struct tc_session_config *cfg)
{
	const int fds[JOB_FD + 1] = { -1, -1, -1, fd };

	tc_child_descriptors(fds, JOB_FD + 1);
	g->tape = g->jobs->tape[k];
	work(g, &g->jobs->share[k], cfg);
	_exit(0);
}

/* ---- who began them ------------------------------------------------------------------- */

static int start_job(struct campaign *g, unsigned k, struct tc_session_config *cfg,
		     struct tc_error *err)
{
	struct campaign_jobs *js = g->jobs;
	struct epoll_event readable = { .events = EPOLLIN, .data.u32 = k };
	int pair[2];

	js->tape[k] = tc_fuzz_tape_open();
	if (!js->tape[k])
		return tc_nomem(err);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return tc_fail_errno(err, "cannot start a job");
	js->pid[k] = tc_child_fork(0);
	if (js->pid[k] == 0)
		be_job(g, k, pair[1], cfg);
	close(pair[1]);
	js->fd[k] = pair[0];
	if (js->pid[k] < 0)
		return tc_fail_errno(err, "cannot start a job");
	return epoll_ctl(js->all, EPOLL_CTL_ADD, pair[0], &readable) < 0
		? tc_fail_errno(err, "cannot wait for a job") : 0;
}

int campaign_start_jobs(struct campaign *g, struct tc_session_config *cfg,
			struct tc_error *err)
{
	struct campaign_jobs *js;
	int rc = 0;

	if (g->o->fuzz.jobs < 2)
		return 0;
	js = g->jobs = calloc(1, sizeof *js);
	if (!js)
		return tc_nomem(err);
	memset(js->fd, -1, sizeof js->fd);
	js->n = g->o->fuzz.jobs;
	js->n_ports = cfg->n_ports;
	js->all = epoll_create1(EPOLL_CLOEXEC);
	js->share = in_common(js->n * sizeof *js->share);
	js->cases = in_common(CAMPAIGN_WINDOW_MAX * sizeof *js->cases);
	js->out = in_common(CAMPAIGN_WINDOW_MAX * sizeof *js->out);
	if (js->all < 0 || !js->share || !js->cases || !js->out)
		return tc_nomem(err);
	for (unsigned k = 0; rc == 0 && k < js->n; k++)
		rc = start_job(g, k, cfg, err);
	return rc;
}

static void give_up(struct campaign_jobs *js, unsigned k)
{
	close(js->fd[k]);
	js->fd[k] = -1;
	js->waiting--;
	if (js->share[k].rc >= 0) {
		js->share[k].rc = -ECHILD;
		tc_fail(&js->share[k].err, -ECHILD, "a job ended");
	}
}

static void read_answers(struct campaign *g)
{
	struct campaign_jobs *js = g->jobs;
	char byte;
	ssize_t n;

	g->elsewhere = 0;
	for (unsigned k = 0; k < js->n; k++) {
		g->elsewhere += js->share[k].over;
		if (js->fd[k] < 0)
			continue;
		n = recv(js->fd[k], &byte, 1, MSG_DONTWAIT);
		if (n == 1)
			js->waiting--;
		else if (n == 0 || errno != EAGAIN)
			give_up(js, k);
	}
}

/* Those that are under way end now; what they had is theirs to say. */
static void stop(struct campaign_jobs *js)
{
	for (unsigned k = 0; k < js->n; k++)
		if (js->fd[k] >= 0)
			shutdown(js->fd[k], SHUT_WR);
}

static int ask(struct campaign_jobs *js, unsigned k, struct tc_error *err)
{
	js->share[k].over = 0;
	if (js->fd[k] < 0)
		return tc_fail(err, js->share[k].rc, "%s", js->share[k].err.msg);
	js->waiting++;
	if (send(js->fd[k], "", 1, MSG_NOSIGNAL) < 0)
		give_up(js, k);
	return 0;
}

/* Until all that were asked have answered. -EINTR: it was stopped. */
static int await_answers(struct campaign *g, struct tc_error *err)
{
	struct campaign_jobs *js = g->jobs;
	struct pollfd answers = { .fd = js->all, .events = POLLIN };
	bool stopped = false;

	while (js->waiting) {
		if (stopped)
			poll(&answers, 1, -1);
		else if (campaign_turn(g, tc_clock_monotonic() + LOOK_NS, &answers)) {
			stopped = true;
			stop(js);
		}
		read_answers(g);
	}
	return stopped ? tc_fail(err, -EINTR, "stopped") : 0;
}

static int ask_all(struct campaign *g, struct tc_error *err)
{
	struct tc_error why;
	int rc = 0, stopped;

	for (unsigned k = 0; k < g->jobs->n && rc == 0; k++)
		rc = ask(g->jobs, k, err);
	stopped = await_answers(g, &why);
	g->elsewhere = 0;
	return stopped ? tc_fail(err, stopped, "%s", why.msg) : rc;
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

int campaign_jobs_run(struct campaign *g, const struct tc_fuzz_case *cases,
		      struct tc_fuzz_outcome *out, unsigned n, struct tc_error *err)
{
	struct campaign_jobs *js = g->jobs;
	int rc;

	/* a window of few is for one: the others would only ask how the server is */
	if (!js || n < CAMPAIGN_SHARE_MIN * js->n)
		return tc_fuzz_run(g->fuzz, cases, n, out, err);
	for (unsigned i = 0; i < n; i++)
		out[i] = (struct tc_fuzz_outcome){ .verdict = TC_VERDICT_INTERRUPTED };
	for (unsigned k = 0; k < js->n; k++) {
		js->share[k].first = n * k / js->n;
		js->share[k].n = n * (k + 1) / js->n - js->share[k].first;
		js->share[k].rc = 0;
	}
	rc = ask_all(g, err);
	if (rc != -EINTR && worst(js, err) < 0)
		return tc_fuzz_run(g->fuzz, cases, n, out, err);
	tc_fuzz_take_shares(g->fuzz, out, tc_fuzz_asked(out, n));
	return rc;
}

struct tc_fuzz_case *campaign_cases(const struct campaign *g)
{
	return g->jobs ? g->jobs->cases : calloc(CAMPAIGN_WINDOW_MAX, sizeof *g->jobs->cases);
}

struct tc_fuzz_outcome *campaign_outcomes(const struct campaign *g)
{
	return g->jobs ? g->jobs->out : calloc(CAMPAIGN_WINDOW_MAX, sizeof *g->jobs->out);
}

const struct tc_fuzz_tape *campaign_tape(const struct campaign *g,
					 const struct tc_fuzz_outcome *o)
{
	for (unsigned k = 0; g->jobs && !o->alone && k < g->jobs->n; k++)
		if ((unsigned)(o->port - g->jobs->share[k].port) < g->jobs->n_ports)
			return g->jobs->tape[k];
	return g->tape;
}

/* Their sessions end with them, and leave no rule. */
static void end_job(struct campaign *g, unsigned k)
{
	struct campaign_jobs *js = g->jobs;
	struct tc_session_summary *sum = &g->live.sum;

	if (js->fd[k] >= 0)
		close(js->fd[k]);
	if (js->pid[k] > 0)
		tc_child_wait(js->pid[k], tc_clock_monotonic() + END_NS);
	sum->resets_blocked += js->share[k].sum.resets_blocked;
	sum->resets_leaked += js->share[k].sum.resets_leaked;
	sum->icmp_leaked += js->share[k].sum.icmp_leaked;
	sum->capture_dropped += js->share[k].sum.capture_dropped;
	tc_fuzz_tape_close(js->tape[k]);
}

int campaign_end_jobs(struct campaign *g, int code)
{
	struct campaign_jobs *js = g->jobs;

	if (!js)
		return code;
	if (js->share)
		stop(js);		/* all at once, before the first is waited for */
	for (unsigned k = 0; js->share && k < js->n; k++)
		end_job(g, k);
	if (js->all >= 0)
		close(js->all);
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
