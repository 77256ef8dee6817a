/* SPDX-License-Identifier: BSD-2-Clause */
/* How a script ends: the first failure is its verdict. */
#include "own.h"

#include <errno.h>
#include <stdio.h>

static int end(struct tc_script_run *r, enum tc_script_verdict v, unsigned line,
	       unsigned column, const char *text)
{
	struct tc_script_result *res = r->result;

	if (res->verdict != TC_SCRIPT_PASSED)
		return -TC_ERR_VERDICT;
	res->verdict = v;
	res->line = line;
	res->column = column;
	tc_script_fail(r->cfg.script, line, column, &res->error,
		       v == TC_SCRIPT_NOT_RUN ? -EINVAL : -TC_ERR_UNMET, "%s", text);
	return -TC_ERR_VERDICT;
}

int tc_run_fail(struct tc_script_run *r, const struct tc_script_event *e, const char *fmt,
		...)
{
	char text[TC_ERROR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	r->result->event = e;
	return end(r, TC_SCRIPT_FAILED, e->line, e->column, text);
}

int tc_run_cannot(struct tc_script_run *r, unsigned line, unsigned column, const char *fmt,
		  ...)
{
	char text[TC_ERROR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return end(r, TC_SCRIPT_NOT_RUN, line, column, text);
}

const char *tc_script_verdict_name(enum tc_script_verdict v)
{
	static const char *const names[] = {
		[TC_SCRIPT_PASSED] = "passed", [TC_SCRIPT_FAILED] = "failed",
		[TC_SCRIPT_NOT_RUN] = "not-run", [TC_SCRIPT_INTERRUPTED] = "interrupted",
	};

	return names[v];
}
