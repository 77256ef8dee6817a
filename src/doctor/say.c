/* SPDX-License-Identifier: BSD-2-Clause */
/* What all checks share: words for what was found and for the cure, and how long one may take. */
#include "own.h"

#include "base/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MOST_TIMES 10.0

void tc_doctor_say(struct tc_checkup *f, enum tc_health h, const char *fmt, ...)
{
	f->health = h;
	TC_FORMAT(f->found, sizeof f->found, fmt);
}

void tc_doctor_cure(struct tc_checkup *f, const char *fmt, ...)
{
	TC_FORMAT(f->cure, sizeof f->cure, fmt);
}

/* Longer where much else runs. */
tc_time tc_doctor_time(tc_time quiet)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	double load, times = 1;

	if (cpus > 0 && getloadavg(&load, 1) == 1 && load > (double)cpus)
		times = load / (double)cpus;
	return (tc_time)((double)quiet * (times < MOST_TIMES ? times : MOST_TIMES));
}

tc_time tc_doctor_limit(const struct tc_doctor *d, tc_time quiet)
{
	tc_time limit = tc_clock_monotonic() + tc_doctor_time(quiet);

	return limit < d->until ? limit : d->until;
}
