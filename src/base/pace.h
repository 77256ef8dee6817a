/* SPDX-License-Identifier: BSD-2-Clause */
/* How fast other hosts are sent to: they are spared unless the user says how much they may
 * get (--rate). */
#ifndef BASE_PACE_H
#define BASE_PACE_H

#include <stdbool.h>

/* A second. A connection is about five packets, so both are the same load. */
#define TC_OFF_HOST_PACKETS 100.0
#define TC_OFF_HOST_CONNECTIONS 20.0

/* What the user gave, if anything (> 0); else no limit (0) on this host, `usual` off it. */
static inline double tc_pace_choose(double given, bool on_this_host, double usual)
{
	return given > 0 || on_this_host ? given : usual;
}

#endif
