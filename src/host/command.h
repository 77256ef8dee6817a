/* SPDX-License-Identifier: BSD-2-Clause */
/* A command of the user's, run by sh(1); for rooms above. */
#ifndef HOST_COMMAND_H
#define HOST_COMMAND_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Start `command` with these as its standard input, output and error. All that it starts is in a
 * process group of its own, led by the process returned (-1: none, see errno), and ends
 * when the calling thread does, however that ends. To be waited for, and ended, by the caller.
 * stays: what the command leaves behind goes on without it, and the leader's exit code is the
 * command's, 128 + N after signal N. Else all of the group ends with the command: a caller
 * behind a wall could not end it any more.
 */
pid_t tc_command_start(const char *command, const int fds[3], bool stays);

/*
 * For commands whose parent is to be the caller, so that one number is that of all of them:
 * start what leads their group, and ends all that is in it when the calling thread ends (-1:
 * none); then run one in it, with no input, a child of the calling process's own, to be waited
 * for. It is urgent (tc_realtime_all).
 */
pid_t tc_command_group(void);
pid_t tc_command_join(pid_t group, const char *command, int output);

#endif
