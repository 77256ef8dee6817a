/* SPDX-License-Identifier: BSD-2-Clause */
/* One job of --jobs: a session of its own, and its shares of the windows; see job.h. */
#include "job.h"

#include "host/child.h"
#include "wall/wall.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#define JOB_FD 3		/* behind standard input and outputs */

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
		j->share->done = tc_fuzz_under_way(j->g->fuzz, &looking);
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
	/* where nobody is there the next read says so */
	(void)!send(JOB_FD, "", 1, MSG_NOSIGNAL);
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
	int rc;

	if (read(JOB_FD, &byte, 1) != 1)	/* who asks could not begin */
		return;
	s->rc = rc = begin(&j, cfg);
	answer();			/* from here on s->rc is the parent's */
	/* -EAGAIN: the next share may be better */
	while ((rc >= 0 || rc == -EAGAIN) && !j.gone && is_asked(&j)) {
		s->rc = rc = tc_fuzz_run_share(g->fuzz, g->jobs->cases + s->first, s->n,
					       g->jobs->out + s->first, &s->err);
		answer();
	}
	tc_fuzz_close(g->fuzz);
	if (g->live.session)
		live_close(&g->live, EXIT_DONE);
	s->sum = g->live.sum;
}

/* Becomes job k; does not return. The process that began it prints everything, also why a job
 * ended early. */
void campaign_be_job(struct campaign *g, unsigned k, int fd, struct tc_session_config *cfg)
{
	const int fds[JOB_FD + 1] = { -1, -1, g->jobs->said[k], fd };

	tc_child_descriptors(fds, JOB_FD + 1);
	g->tape = g->jobs->tape[k];
	work(g, &g->jobs->share[k], cfg);
	_exit(0);
}
