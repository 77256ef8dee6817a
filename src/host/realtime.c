/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread before others; see realtime.h. */
#include "realtime.h"

#include <sched.h>
#include <sys/resource.h>

#define ON_END 2000000		/* us of a processor, without a wait */

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
	const struct rlimit most = { ON_END, ON_END };	/* SIGKILL, and no core before */

	if (setrlimit(RLIMIT_RTTIME, &most) == 0)
		go_first(SCHED_RR, 0);
}
