/* SPDX-License-Identifier: BSD-2-Clause */
/* What the result of a script means for a case, and what all of them do for the run. */
#include "suite.h"

#include "report/trace.h"

#include <stdio.h>

const char *const tc_case_verdict_name[TC_CASE_VERDICTS] = {
	[TC_CASE_NOT_MADE] = "not-made", [TC_CASE_PASS] = "pass", [TC_CASE_FAIL] = "fail",
	[TC_CASE_INCONCLUSIVE] = "inconclusive", [TC_CASE_NOT_SUPPORTED] = "not-supported",
	[TC_CASE_NOT_TESTABLE] = "not-testable", [TC_CASE_NOT_RUN] = "not-run",
	[TC_CASE_ERROR] = "error",
};

/* Without marks there is nothing to prepare: every line is the question. Who sends nothing at all
 * where a segment is expected has not said that there is no such thing. */
static enum tc_case_verdict unmet(const struct tc_suite_head *h,
				  const struct tc_script_result *r)
{
	enum tc_case_verdict v = h->n_marks ? TC_CASE_INCONCLUSIVE : TC_CASE_FAIL;

	for (unsigned i = 0; i < h->n_marks && h->mark[i].line < r->line; i++)
		v = h->mark[i].unmet;
	return v == TC_CASE_NOT_SUPPORTED && r->silent ? TC_CASE_INCONCLUSIVE : v;
}

/* What went wrong beside our own kernel's reset is not the peer's fault. */
static void acquit(struct tc_suite_case *c)
{
	if (c->verdict != TC_CASE_FAIL || !c->head.n_marks || !c->result.kernel_resets)
		return;
	c->verdict = TC_CASE_INCONCLUSIVE;
	snprintf(c->why, sizeof c->why, TC_KERNEL_RESETS, c->result.kernel_resets,
		 c->result.kernel_resets == 1 ? "" : "s");
}

void tc_suite_judge(struct tc_suite_case *c)
{
	switch (c->exit) {
	case 0:
		c->verdict = TC_CASE_PASS;
		break;
	case 4:
		c->verdict = unmet(&c->head, &c->result);
		acquit(c);
		break;
	case 2:
		c->verdict = c->result.verdict == TC_SCRIPT_NOT_SUPPORTED ? TC_CASE_NOT_SUPPORTED
									  : TC_CASE_NOT_RUN;
		break;
	case 1:
		c->verdict = TC_CASE_INCONCLUSIVE;
		break;
	default:
		c->verdict = TC_CASE_ERROR;
		break;
	}
	if (c->verdict != TC_CASE_PASS && !c->why[0] && !c->result.error.code)
		snprintf(c->why, sizeof c->why, "it ended with status %d", c->exit);
}

int tc_suite_exit(const struct tc_suite *s)
{
	static const int code[TC_CASE_VERDICTS] = {
		[TC_CASE_FAIL] = 4, [TC_CASE_ERROR] = 3, [TC_CASE_NOT_RUN] = 2,
		[TC_CASE_INCONCLUSIVE] = 1,
	};
	int worst = 0;

	for (size_t i = 0; i < s->n; i++)
		if (code[s->cases[i].verdict] > worst)
			worst = code[s->cases[i].verdict];
	return worst;
}
