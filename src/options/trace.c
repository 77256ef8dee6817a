/* SPDX-License-Identifier: BSD-2-Clause */
/* The options that let people look and take part: other programs' calls, and every segment
 * by hand. */
#include "own.h"

#include <errno.h>

static int one_trace(const struct options *o, struct tc_error *err)
{
	if (o->trace.exec || o->trace.pid)
		return tc_fail(err, -EINVAL, "--trace-exec and --trace-pid: one of them, once");
	return 0;
}

static int set_trace_exec(struct options *o, const char *v, struct tc_error *err)
{
	int rc = one_trace(o, err);

	if (rc == 0 && !*v)
		rc = tc_fail(err, -EINVAL, "--trace-exec: the command is empty");
	o->trace.exec = v;
	return rc;
}

static int set_trace_pid(struct options *o, const char *v, struct tc_error *err)
{
	uint64_t n = 0;
	int rc = one_trace(o, err);

	if (rc == 0)
		rc = option_number("--trace-pid", v, 1u << 30, &n, err);
	if (rc == 0 && n == 0)
		rc = tc_fail(err, -EINVAL, "--trace-pid: 0 is not a process");
	o->trace.pid = (int)n;
	return rc;
}

const struct option_row trace_rows[] = {
	{ 0, "trace-exec", "CMD", GROUP_TRACE,
	  "start CMD with strace; its calls beside the wire",
	  CUSTOM(set_trace_exec), USUAL(GROUP_TALK) },
	{ 0, "trace-pid", "N", GROUP_TRACE, "the same of a running process",
	  CUSTOM(set_trace_pid) },
	{ 0, "step", NULL, GROUP_MUTATE, "ask before each segment; change it, or not",
	  FLAG(step), USUAL(GROUP_TALK) },
	{ 0, "list", NULL, GROUP_TEACH, "the lessons there are", FLAG(teach.list) },
	{ 0, "auto", NULL, GROUP_TEACH, "questions are not waited for",
	  FLAG(teach.go_on) },
	{ 0, "lesson", "FILE", GROUP_TEACH, "one of your own", FILE_NAME(teach.file) },
	{ 0, "check", "FILE", GROUP_TEACH, "read a lesson of your own, run nothing",
	  FILE_NAME(teach.check) },
	{ 0, "log", "FILE", GROUP_TEACH, "add a line with answers and score (JSON)",
	  FILE_NAME(teach.log) },
	{ 0 }
};
