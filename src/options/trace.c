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
		rc = tc_fail(err, -EINVAL, "--trace-pid: 0 is no process");
	o->trace.pid = (int)n;
	return rc;
}

static int set_step(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->step = true;
	return 0;
}

static int set_list(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->teach.list = true;
	return 0;
}

static int set_auto(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->teach.go_on = true;
	return 0;
}

static int set_lesson(struct options *o, const char *v, struct tc_error *err)
{
	(void)err;
	o->teach.file = v;
	return 0;
}

const struct option_row trace_rows[] = {
	{ 0, "trace-exec", "CMD", GROUP_TRACE, set_trace_exec,
	  "start CMD; its system calls beside the wire (strace)" },
	{ 0, "trace-pid", "N", GROUP_TRACE, set_trace_pid, "the same of a running process" },
	{ 0, "step", NULL, GROUP_MUTATE, set_step, "ask before each segment; change it, or not" },
	{ 0, "list", NULL, GROUP_TEACH, set_list, "the lessons there are" },
	{ 0, "auto", NULL, GROUP_TEACH, set_auto, "questions are not waited for" },
	{ 0, "lesson", "FILE", GROUP_TEACH, set_lesson, "one of your own" },
	{ 0 }
};
