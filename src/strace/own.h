/* SPDX-License-Identifier: BSD-2-Clause */
/* The keeper of a program that was started; private to src/strace. */
#ifndef STRACE_OWN_H
#define STRACE_OWN_H

#include "tracer.h"

#include <sys/types.h>

struct keeper {
	pid_t pid;
	int life;	/* ours; its other end closed says that we are gone */
	int status;	/* readable when the program ended */
};

/*
 * Start `argv` (searched for in PATH and the sbin folders) with `lines` as descriptor 3,
 * `messages` as 2, our standard error as 4, and the null device as input and output. lines
 * may be -1. The program's process group is its own.
 */
int tc_keeper_start(struct keeper *k, const char *const *argv, int lines, int messages,
		    struct tc_error *err);
void tc_keeper_end(struct keeper *k);
bool tc_keeper_program_ended(const struct keeper *k);

#endif
