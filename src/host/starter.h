/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process that starts one program again and again for who is behind a wall (wall/wall.h): begun
 * before it, it reads nothing from outside, and whatever is asked of it, it starts that program
 * only, with the words that it had then. What the program reads is another matter: a descriptor in
 * `fds` that is shared with who is behind the wall brings what he writes, who may have been taken
 * over. For rooms above. One thread at a time; it ends with the thread that opened it
 * (PR_SET_PDEATHSIG), and all that it started with it.
 */
#ifndef HOST_STARTER_H
#define HOST_STARTER_H

#include <tcpcraft/clock.h>

#include <stdbool.h>
#include <sys/types.h>

struct tc_error;
struct tc_starter;

#define TC_STARTER_FDS 4

struct tc_starter_config {
	const char *name;		/* of the program, in error lines; outlives the starter */
	/* In the starter, whose descriptors are `fds`: begin it as the leader of a process group
	 * that ends when the calling thread does, such as by tc_command_start; -1 with errno. By
	 * system calls alone. */
	pid_t (*start)(void *ctx);
	void *ctx;			/* outlives the starter, as it was when that was opened */
	const int *fds;			/* -1: /dev/null */
	unsigned n_fds;			/* at most TC_STARTER_FDS: -EINVAL */
};

int tc_starter_open(struct tc_starter **out, const struct tc_starter_config *cfg,
		    struct tc_error *err);

/* What runs is ended. NULL is fine. */
void tc_starter_close(struct tc_starter *s);

/* What ran before is ended. 0 or -errno; -ECHILD here and below: the starter has ended, or does
 * not answer. */
int tc_starter_start(struct tc_starter *s, struct tc_error *err);

/* The line for such a number, below 0; it is returned. */
int tc_starter_fail(const struct tc_starter *s, int rc, struct tc_error *err);

/* Was it started, and neither ended nor left since? */
bool tc_starter_runs(const struct tc_starter *s);

/* As tc_child_wait, or until stop_fd (-1: none), as of signals, is readable: -ECANCELED. What has
 * ended is to be ended or left yet. */
int tc_starter_wait(struct tc_starter *s, tc_time deadline, int stop_fd);

/* Kill it and all of its group, also when it has ended by itself. */
void tc_starter_end(struct tc_starter *s);

/* When it has ended: what it has started goes on. One that runs yet is killed. */
void tc_starter_leave(struct tc_starter *s);

#endif
