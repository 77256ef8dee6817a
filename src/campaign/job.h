/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cases of a window on several processors: each job is this program, behind fork(2), with a
 * session of its own (its ports, its guard, its capture), and runs its share of the window.
 * Cases, outcomes and tapes lie in memory that all have; a byte over a socket pair says that a
 * share is there, or is done. Journal, findings and table are of the one who began them, as
 * without jobs. A job does not look for the culprit; the parent runs the window again.
 */
#ifndef CAMPAIGN_JOB_H
#define CAMPAIGN_JOB_H

#include "campaign.h"

struct share {
	unsigned first, n;		/* of the window: its own */
	unsigned done;			/* of them, so far */
	int rc;				/* of the job, once it has answered */
	struct tc_error err;
	uint16_t port;			/* of its session's block the first */
	struct tc_session_summary sum;	/* once it has ended */
};

struct campaign_jobs {
	unsigned n, n_ports;		/* of each job's session */
	pid_t pid[JOBS_MAX];
	int handle[JOBS_MAX];		/* tc_child_handle; -1: none */
	int fd[JOBS_MAX];		/* -1: it has ended */
	int said[JOBS_MAX];		/* its standard error: why it ended */
	bool asked[JOBS_MAX];		/* and has not answered */
	struct tc_fuzz_tape *tape[JOBS_MAX];
	int answers_fd;			/* epoll: of all fd */
	unsigned waiting;		/* for so many answers */
	struct share *share;		/* these three are in memory that all have */
	struct tc_fuzz_case *cases;
	struct tc_fuzz_outcome *out;
};

/* job.c: in the child that is job k: what is asked over fd, until nobody asks. */
_Noreturn void campaign_be_job(struct campaign *g, unsigned k, int fd,
			       struct tc_session_config *cfg);

#endif
