/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes of ours: begun, waited for, ended; for rooms above. What runs in the child
 * before exec(3) may only make system calls: other threads may have been anywhere.
 */
#ifndef HOST_CHILD_H
#define HOST_CHILD_H

#include <tcpcraft/clock.h>

#include <stdbool.h>
#include <sys/types.h>

#define TC_CHILD_NEVER INT64_MAX	/* no deadline */

/* fork(2). The child gets the signal `death` when the calling thread ends, however it does
 * (PR_SET_PDEATHSIG; 0: none), and is gone if that has happened already. */
pid_t tc_child_fork(int death);

/* In the child: its descriptors 0 to n - 1 (at most 8) become these (-1: /dev/null), and no
 * other stays open: one may be what somebody waits to see closed, such as the guard. */
void tc_child_descriptors(const int *fds, unsigned n);

/* In the child: no signal is blocked, SIGPIPE and SIGXFSZ end it again; then it is the
 * program of this path, or if that has no slash, in $PATH. Returns if it cannot be. */
void tc_child_become(const char *program, const char *const *argv);

/* Wait for its end: its exit code, 128 + N after signal N; -ETIMEDOUT after the deadline
 * (monotonic), -ECHILD if somebody else has reaped it. */
int tc_child_wait(pid_t pid, tc_time deadline);

/* pidfd_open(2) of a process: readable when it has ended, and what ends it from behind a wall,
 * too. -1 with errno: ENOSYS before Linux 5.3. */
int tc_child_handle(pid_t pid);

/* Has a child, which is not reaped yet, ended? */
bool tc_child_has_ended(pid_t pid);

/* Kill a child by its handle (-1: by its number), and reap it. Which may not be killed, as
 * without a handle behind a wall, is left to end with us. */
void tc_child_end(pid_t pid, int handle);

/* Kill it, or if it leads a group (pid < 0: its number, negative), all of that; reap it. */
void tc_child_kill(pid_t pid);

/* Wait until the deadline (monotonic) for the end of what leads a group, then kill what is left
 * of all that, also when the leader has ended by itself; reap it. */
void tc_child_end_group(pid_t leader, tc_time deadline);

#endif
