/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Jobs in children of ours, several at once: each is this program, behind fork(2), with a
 * standard output of its own that is kept, and nothing at standard input: a terminal's lines
 * are for one. For programs of one thread.
 */
#ifndef HOST_POOL_H
#define HOST_POOL_H

#include <stdbool.h>
#include <stddef.h>

struct tc_buf;
struct tc_error;

struct tc_pool {
	size_t n_jobs;
	unsigned at_once;	/* 1 or more */
	bool errors_too;	/* standard error is kept with it; else it is ours */
	bool talks;		/* to whom we do: its standard streams are ours */
	int stop_fd;		/* becomes readable when all shall end (SIGTERM); -1: never */
	/* In the parent, before each: negative: no other is begun. May be NULL. */
	int (*prepare)(void *ctx, size_t job, struct tc_error *err);
	/* In the child: its exit code. What it wrote to standard output must be flushed. */
	int (*work)(void *ctx, size_t job);
	/* In the parent, in the order in which they end: the code (128 + N after signal N), and
	 * what it wrote, where that was kept. False: no other is begun, those that run go on. */
	bool (*done)(void *ctx, size_t job, int code, struct tc_buf *out);
	void *ctx;
};

/* 1: stop_fd was readable, and all have ended; 0: all was done, or done() had enough.
 * Negative: -errno of fork(2) and others; none is left behind. */
int tc_pool_run(const struct tc_pool *p, struct tc_error *err);

#endif
