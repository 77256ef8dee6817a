/* SPDX-License-Identifier: BSD-2-Clause */
#include <tcpcraft/clock.h>

#include <time.h>

static tc_time read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (tc_time)ts.tv_sec * TC_S + ts.tv_nsec;
}

tc_time tc_clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

tc_time tc_clock_realtime(void)
{
	return read_clock(CLOCK_REALTIME);
}
