/* SPDX-License-Identifier: BSD-2-Clause */
/* How a script ends: the first failure is its verdict. */
#include "own.h"

#include "base/format.h"
#include "base/name.h"

#include <errno.h>
#include <stdio.h>

#define SHORTEST (40 * TC_MS)	/* of the peer's timers: Linux delays an ACK for so long */
#define TIMES 8			/* a round trip that is so much longer moves the RTO by three
				 * times that (RFC 6298 2.2), and the next ones double it */

/* What goes wrong without the peer's doing. */
static const struct {
	int code;
	enum tc_script_verdict verdict;
} blames[] = {
	{ -EOPNOTSUPP, TC_SCRIPT_NOT_RUN },
	{ -TC_ERR_HAND_LACKS, TC_SCRIPT_NOT_SUPPORTED },
	{ -TC_ERR_HAND_GONE, TC_SCRIPT_INCONCLUSIVE },
	{ -ECANCELED, TC_SCRIPT_INTERRUPTED },
	{ -TC_ERR_UNMET, TC_SCRIPT_FAILED },
};

bool tc_script_verdict_of(int code, enum tc_script_verdict *v)
{
	for (size_t i = 0; i < sizeof blames / sizeof *blames; i++)
		if (blames[i].code == code) {
			*v = blames[i].verdict;
			return true;
		}
	return false;
}

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

	TC_FORMAT(text, sizeof text, fmt);
	r->result->event = e;
	return end(r, TC_SCRIPT_FAILED, e->line, e->column, text);
}

void tc_run_was_late(struct tc_script_run *r, tc_time by, tc_time until)
{
	r->lately = (struct run_late){ by, until };
	if (by > r->late.by)
		r->late = r->lately;
	if (by > TC_RUN_STALL && until > r->stalled_until)
		r->stalled_until = until;
}

static void cut(struct run_late *late, tc_time from)
{
	tc_time left = late->until > from ? late->until - from : 0;

	late->by = late->by > left ? left : late->by;
}

void tc_run_met(struct tc_script_run *r, tc_time at)
{
	cut(&r->late, at);
	cut(&r->lately, at);
	if (r->lately.by > r->late.by)
		r->late = r->lately;
}

static bool explains(const struct tc_script_run *r, tc_time off)
{
	tc_time late = r->late.by;

	return off ? late > r->tolerance && off <= TIMES * late : late > SHORTEST;
}

int tc_run_doubt(struct tc_script_run *r, const struct tc_script_event *e, tc_time off,
		 const char *fmt, ...)
{
	char text[TC_ERROR_MSG_MAX], whole[TC_ERROR_MSG_MAX + 80];

	TC_FORMAT(text, sizeof text, fmt);
	if (!explains(r, off))
		return tc_run_fail(r, e, "%s", text);
	snprintf(whole, sizeof whole, "this machine was %.3f ms late, and that may be why: %s",
		 (double)r->late.by / TC_MS, text);
	r->result->event = e;
	return end(r, TC_SCRIPT_INCONCLUSIVE, e->line, e->column, whole);
}

int tc_run_cannot(struct tc_script_run *r, unsigned line, unsigned column, const char *fmt,
		  ...)
{
	char text[TC_ERROR_MSG_MAX];

	TC_FORMAT(text, sizeof text, fmt);
	return end(r, TC_SCRIPT_NOT_RUN, line, column, text);
}

int tc_run_blame(struct tc_script_run *r, const struct tc_script_event *e,
		 const struct tc_error *why)
{
	enum tc_script_verdict v = TC_SCRIPT_FAILED;

	if (why->code == -ECANCELED)
		return why->code;
	tc_script_verdict_of(why->code, &v);
	if (v == TC_SCRIPT_FAILED)
		return tc_run_fail(r, e, "%s", why->msg);
	r->result->event = e;
	return end(r, v, e->line, e->column, why->msg);
}

const char *tc_script_verdict_name(enum tc_script_verdict v)
{
	static const char *const names[] = {
		[TC_SCRIPT_PASSED] = "passed", [TC_SCRIPT_FAILED] = "failed",
		[TC_SCRIPT_NOT_RUN] = "not-run", [TC_SCRIPT_INTERRUPTED] = "interrupted",
		[TC_SCRIPT_NOT_SUPPORTED] = "not-supported",
		[TC_SCRIPT_INCONCLUSIVE] = "inconclusive",
	};

	return TC_NAME(names, v);
}
