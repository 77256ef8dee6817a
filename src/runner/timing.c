/* SPDX-License-Identifier: BSD-2-Clause */
/* When an event of a script is due. */
#include "own.h"

tc_time tc_run_tolerance(const struct tc_script_run *r, tc_time gap)
{
	tc_time part = (tc_time)((double)gap * r->percent / 100);

	return part > r->tolerance ? part : r->tolerance;
}

/* From the last event to this one, in the script. */
tc_time tc_run_gap(const struct tc_script_run *r, const struct tc_script_event *e)
{
	bool absolute = e->time.when == TC_WHEN_ABSOLUTE || e->time.when == TC_WHEN_RANGE;

	return e->time.from - (absolute ? r->script : 0);
}

/* Sleep until an event of ours is due; what comes meanwhile is kept. */
int tc_run_wait_until(struct tc_script_run *r, tc_time at)
{
	int rc = 0;

	do
		rc = tc_run_wait(r, at);
	while (rc >= 0 && tc_run_now(r) < at);
	return rc;
}

int tc_run_wait_for(struct tc_script_run *r, const struct tc_script_event *e, tc_time *at)
{
	tc_time now;
	int rc;

	*at = r->planned + tc_run_gap(r, e);
	rc = tc_run_wait_until(r, *at);
	now = tc_run_now(r);
	if (rc >= 0 && now > *at && !r->cfg.tape)	/* by what was done before, not only asleep */
		tc_run_was_late(r, now - *at, now);
	return rc;
}
