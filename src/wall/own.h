/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef WALL_OWN_H
#define WALL_OWN_H

#include "wall.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif

/* Why there is neither: what a sanitizer calls and opens behind our back is its own, and changes
 * with it. NULL in other builds. */
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer) || \
	defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define WALL_SANITIZED "built with a sanitizer"
#else
#define WALL_SANITIZED NULL
#endif

/* What a system call may be asked for: any, or an argument with these bits of it alone. */
enum wall_only {
	WALL_ANY,
	WALL_READING,		/* open for reading what is there */
	WALL_LOOKING,		/* ioctl that asks a terminal or a device, and changes nothing */
	WALL_OURSELVES,		/* a signal to this process */
	WALL_PLAIN,		/* a mode without set-user-ID, set-group-ID, sticky */
	WALL_STREAMS,		/* a socket of TCP, or to ask the kernel of its links */
	WALL_FLAGS,		/* fcntl of flags and copies, but for O_ASYNC */
	WALL_THREAD,		/* clone of a thread */
	WALL_UNKNOWN,		/* as in a kernel that has it not: an older call is made then */
};

struct wall_call {
	const char *name;
	unsigned needs;		/* one of these lets it through */
	enum wall_only only;
};

extern const struct wall_call tc_wall_calls[];
extern const size_t tc_wall_n_calls;

/* landlock.c: its version, 0 where it is not used. */
int tc_wall_landlock_version(void);
int tc_wall_landlock(const struct tc_wall *w, struct tc_error *err);
bool tc_wall_folder_is_ours(const char *path);	/* in which an output has its name */

/* seccomp.c: why there is none; NULL where there is. */
const char *tc_wall_no_seccomp(void);
int tc_wall_seccomp(const struct tc_wall *w, struct tc_error *err);

#endif
