/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this process gives up before it reads bytes that others wrote: new privileges
 * (PR_SET_NO_NEW_PRIVS), capabilities(7), the file system (landlock(7)), and every system call
 * that the work ahead does not need (seccomp(2); a call that is refused fails with EPERM). Once,
 * for all of the process, and for good. A wall that kernel or build have not is left out.
 */
#ifndef WALL_WALL_H
#define WALL_WALL_H

struct tc_buf;
struct tc_error;

/* What the work ahead still does besides computing, waiting, and reading and writing what is
 * open: each has its system calls in table.c. */
enum tc_wall_need {
	TC_WALL_COMPUTES = 1 << 0,	/* nothing of what follows */
	TC_WALL_READS = 1 << 1,		/* opens the files of `reads`, to read them */
	TC_WALL_NAMES = 1 << 2,		/* gives its outputs their names, in their folders */
	TC_WALL_WRITES = 1 << 3,	/* opens files in the folders of its outputs */
	TC_WALL_TALKS = 1 << 4,		/* over sockets that are open */
	TC_WALL_AWAITS = 1 << 5,	/* the end of children that it has, or ends them (pidfd) */
	TC_WALL_SERVES = 1 << 6,	/* makes TCP sockets of the kernel's, and asks for links */
	TC_WALL_THREADS = 1 << 7,	/* begins threads, which stand behind it, too */
	/* of who has a session with its guard, and outputs that are open */
	TC_WALL_SESSION = TC_WALL_TALKS | TC_WALL_NAMES | TC_WALL_AWAITS,
};

struct tc_wall {
	unsigned needs;			/* of enum tc_wall_need */
	const char *const *reads;	/* paths; what is not there is passed over */
	unsigned n_reads;
	const char *const *outputs;	/* the same; NULL and "-" have no folder */
	unsigned n_outputs;
};

/* Other threads keep their capabilities and their view of the file system, but have no other
 * system calls either. Negative, with the line: a wall that there is could not be put up; what
 * stood by then stays. */
int tc_wall_up(const struct tc_wall *w, struct tc_error *err);

/* Append which walls kernel and build have, and why not the others: "no new privileges, no
 * capabilities, no files (Landlock 7), few system calls (seccomp)". */
void tc_wall_print(struct tc_buf *out);

#endif
