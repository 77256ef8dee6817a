/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Another program under strace: started, or one that runs already. A keeper stands between
 * us and it, so that what was started ends when we do, also by kill -9, with all that it
 * started itself; a program that was only watched goes on. One thread.
 */
#ifndef STRACE_TRACER_H
#define STRACE_TRACER_H

#include "read.h"

struct tc_buf;
struct tc_error;
struct tc_tracer;

struct tc_tracer_config {
	const char *exec;	/* a shell command to start, or NULL: */
	int pid;		/* the process to watch */
	bool untraced;		/* only start it */
};

/*
 * Where strace is missing or may not trace, the program is started all the same, and *notice
 * says in a line what is wrong and what the cure is. What the program prints goes to our
 * standard error; it reads nothing. -TC_ERR_NO_PROCESS: there is none of that number.
 */
int tc_tracer_open(struct tc_tracer **t, const struct tc_tracer_config *cfg,
		   struct tc_buf *notice, struct tc_error *err);

/* End what was started: asked to first, made to after a third of a second. NULL is allowed. */
void tc_tracer_close(struct tc_tracer *t);

/* Readable when there are calls to be told of; -1: nothing is traced (any more). */
int tc_tracer_fd(const struct tc_tracer *t);

/* Tell of all calls that are there. */
void tc_tracer_read(struct tc_tracer *t, tc_syscall_fn *tell, void *ctx);

/* What is wanted of a server before somebody connects. */
enum tc_tracer_state {
	TC_TRACER_STARTING,
	TC_TRACER_LISTENS,
	TC_TRACER_ENDED,	/* before it listened */
};

/* Look once: does what was started listen on this TCP port? (tc_tracer_read learns it from
 * the calls; an untraced one is looked for in /proc/net/tcp and tcp6.) */
enum tc_tracer_state tc_tracer_look(struct tc_tracer *t, uint16_t port);

#endif
