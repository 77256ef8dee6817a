/* SPDX-License-Identifier: BSD-2-Clause */
/* A whole line of strace; private to src/strace. */
#ifndef STRACE_LINE_H
#define STRACE_LINE_H

#include "read.h"

struct strace_head {
	int pid;
	tc_time at;
};

/* "PID SECONDS.FRACTION ", "[pid PID] SECONDS.FRACTION " or the time alone: where the rest
 * of the line begins, NULL when it does not begin so. */
const char *tc_strace_head(struct strace_head *h, const char *line);

/* What stands behind the head. A call whose end is missing has not returned. */
bool tc_strace_line(struct tc_syscall *c, const struct strace_head *h, const char *text);

#endif
