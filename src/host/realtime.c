/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread before others; see realtime.h. */
#include "realtime.h"

#include <sched.h>

void tc_realtime(void)
{
	struct sched_param p = { .sched_priority = sched_get_priority_min(SCHED_RR) };

	sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &p);
}
