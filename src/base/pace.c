/* SPDX-License-Identifier: BSD-2-Clause */
/* Turns at a rate; see pace.h. */
#include "pace.h"

unsigned tc_pace_at_once(double rate, unsigned most)
{
	if (rate <= 0 || rate >= most * TC_OFF_HOST_OF_ONE)
		return most;
	return rate < TC_OFF_HOST_OF_ONE ? 1 : (unsigned)(rate / TC_OFF_HOST_OF_ONE);
}

size_t tc_pace_may(struct tc_pace *p, tc_time now, size_t most)
{
	tc_time next;
	double due;

	if (p->rate <= 0)
		return most;
	if (!p->start)
		p->start = now;
	next = tc_pace_next(p);
	if (now < next)
		return 0;
	if (now - next > p->behind) {	/* too late to be made up for */
		p->start = now;
		p->gone = 0;
		next = now;
	}
	due = (double)(now - next) * p->rate / (double)TC_S + 1;
	return due < (double)most ? (size_t)due : most;
}

tc_time tc_pace_next(const struct tc_pace *p)
{
	return p->rate > 0 ? p->start + (tc_time)((double)p->gone * (double)TC_S / p->rate)
			   : 0;
}
