/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread before others; see realtime.h. */
#include "realtime.h"

#include <sched.h>

static void go_first(int policy)
{
	struct sched_param p = { .sched_priority = sched_get_priority_min(SCHED_RR) };

	sched_setscheduler(0, policy, &p);
}

void tc_realtime(void)
{
	go_first(SCHED_RR | SCHED_RESET_ON_FORK);
}

void tc_realtime_all(void)
{
	go_first(SCHED_RR);
}
