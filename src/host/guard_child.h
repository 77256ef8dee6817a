/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rst-guard as a child process, spoken to in lines over one socket. The child has a
 * session of its own and inherits nothing but that socket, so that the death of this
 * process is the end of its input. Private to link/.
 */
#ifndef HOST_GUARD_CHILD_H
#define HOST_GUARD_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <tcpcraft/clock.h>

struct tc_error;

struct tc_guard_child {
	pid_t pid;
	int fd;
	size_t len;		/* bytes of in[] that hold no whole line yet */
	char in[1024];
	char said[384];		/* the script's last message, without its name; or "" */
	int code;		/* … and what its word for programs means; 0 without one */
};

/* Start the script with argv[2..] (argv[0] and [1] are filled in here; NULL at the end).
 * -TC_ERR_NO_GUARD_SCRIPT when the script is nowhere. */
int tc_guard_child_start(struct tc_guard_child *c, const char **argv, struct tc_error *err);

/* The same, but it waits for a line to be said before it begins; without one it ends. For who
 * will not be able to start anything later. */
int tc_guard_child_start_waiting(struct tc_guard_child *c, const char **argv,
				 struct tc_error *err);

/* A child of the same kind without a script: our own code, run(ctx, socket), which does not return
 * and does what may be done there (child.h). */
int tc_guard_child_fork(struct tc_guard_child *c, void (*run)(void *ctx, int fd), void *ctx,
			struct tc_error *err);

/* Send one line (with its newline); a dead child is not an error here: reading tells. */
void tc_guard_child_say(struct tc_guard_child *c, const char *line);

/* The next line of its output without newline, cut to n - 1 bytes; messages go to said[]
 * instead, and with `heed` end the wait too. 1 a line, 0 the end of the output: every
 * process of the script is gone; -EPIPE a message, -ETIMEDOUT at the deadline. */
int tc_guard_child_line(struct tc_guard_child *c, char *line, size_t n, tc_time deadline,
			bool heed);

/* Close the socket and reap. Its exit code, 128 + signal, or -ETIMEDOUT when it still
 * runs at the deadline (it ends by itself, and nobody reaps it but init). */
int tc_guard_child_end(struct tc_guard_child *c, tc_time deadline);

#endif
