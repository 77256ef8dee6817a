/* SPDX-License-Identifier: BSD-2-Clause */
/* What a server does that nobody asked for, which is no fault of its TCP. */
#ifndef BATCH_HABIT_H
#define BATCH_HABIT_H

struct suite_run;
struct tc_error;

/*
 * Cases presume a port that neither speaks nor ends a connection until it is spoken to. Where one
 * failed, each such port is asked by a connection on which nothing is sent; s->habit has
 * what it does, and its cases that failed are inconclusive. 0; 1: stop_fd was readable; negative:
 * this machine cannot.
 */
int suite_look_at_habits(struct suite_run *s, int stop_fd, struct tc_error *err);

#endif
