/* SPDX-License-Identifier: BSD-2-Clause */
/* How long a check may take: longer where much else runs. */
#include "doctor/own.h"

#include <stdlib.h>
#include <unistd.h>

#define MOST_TIMES 10.0

tc_time tc_doctor_time(tc_time quiet)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	double load, times = 1;

	if (cpus > 0 && getloadavg(&load, 1) == 1 && load > (double)cpus)
		times = load / (double)cpus;
	return (tc_time)((double)quiet * (times < MOST_TIMES ? times : MOST_TIMES));
}
