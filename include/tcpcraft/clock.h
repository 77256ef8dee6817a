/* SPDX-License-Identifier: BSD-2-Clause */
/* Time as nanoseconds. Only conn/ and above read a clock; wire/ and tcp/ are told. */
#ifndef TCPCRAFT_CLOCK_H
#define TCPCRAFT_CLOCK_H

#include <stdint.h>

typedef int64_t tc_time;	/* nanoseconds */

#define TC_US ((tc_time)1000)
#define TC_MS ((tc_time)1000000)
#define TC_S  ((tc_time)1000000000)

tc_time tc_clock_monotonic(void);	/* CLOCK_MONOTONIC: for timers and `now` */
tc_time tc_clock_realtime(void);	/* CLOCK_REALTIME: what capture stamps count */

#endif
