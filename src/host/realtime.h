/* SPDX-License-Identifier: BSD-2-Clause */
/* Being in time on a machine that is busy; for rooms above. */
#ifndef HOST_REALTIME_H
#define HOST_REALTIME_H

/*
 * The calling thread goes before all that are not so urgent (SCHED_RR of the second least
 * priority, sched(7)), if it may (CAP_SYS_NICE); else all stays as it is. For threads that
 * measure how soon a peer answers: being late would change what it does, as its timers do not
 * wait. They must sleep when there is nothing to do. What they start does not take it over.
 */
void tc_realtime(void);

/* The same for the program that this process becomes, and all that it starts, one priority lower.
 * These programs are not ours, and one that never sleeps would keep a processor to itself: it is
 * killed after 2 s on end (RLIMIT_RTTIME, setrlimit(2)). (A nice value would not help against
 * processes of another session: sched(7), autogroup.) */
void tc_realtime_all(void);

#endif
