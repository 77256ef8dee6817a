/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How fast something is sent or begun: the n-th is due n / rate after the first. Other hosts
 * are spared unless the user says how much they may get (--rate). Pure.
 */
#ifndef BASE_PACE_H
#define BASE_PACE_H

#include <tcpcraft/clock.h>

#include <stdbool.h>
#include <stddef.h>

/* A second. A connection is about five packets, so both are the same load. */
#define TC_OFF_HOST_PACKETS 100.0
#define TC_OFF_HOST_CONNECTIONS 20.0
/* Of many experiments, or cases, that go on at once each needs about so many packets. */
#define TC_OFF_HOST_OF_ONE 20.0

#define TC_PACE_ALL INT64_MAX	/* who comes late makes up for all of it */

struct tc_pace {		/* the user sets the first two */
	double rate;		/* a second; 0 = as fast as it goes */
	tc_time behind;		/* what is made up for in a burst; more than that is lost */
	tc_time start;		/* when the first was due; 0 = it is due now */
	uint64_t gone;		/* since then */
};

/* What the user gave, if anything (> 0); else no limit (0) on this host, `usual` off it. */
static inline double tc_pace_choose(double given, bool on_this_host, double usual)
{
	return given > 0 || on_this_host ? given : usual;
}

/* Of experiments or cases that go on at once, how many that rate is enough for: one at least,
 * `most` at most, and all of them without a rate (0). */
unsigned tc_pace_at_once(double rate, unsigned most);

/* How many may go now, `most` at most. Say how many went by adding to `gone`. */
size_t tc_pace_may(struct tc_pace *p, tc_time now, size_t most);

/* When the next is due; 0 without a rate, or before the first. */
tc_time tc_pace_next(const struct tc_pace *p);

#endif
