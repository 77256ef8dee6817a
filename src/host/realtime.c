/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread before others; see realtime.h. */
#include "realtime.h"

#include <sched.h>

/* above: of those that go first, too */
static void go_first(int policy, int above)
{
	struct sched_param p = {
		.sched_priority = sched_get_priority_min(SCHED_RR) + above,
	};

	sched_setscheduler(0, policy, &p);
}

void tc_realtime(void)
{
	go_first(SCHED_RR | SCHED_RESET_ON_FORK, 1);
}

void tc_realtime_all(void)
{
	go_first(SCHED_RR, 0);
}
