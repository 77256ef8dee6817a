/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files that make a script's calls share. See tcpcraft/script_calls.h. */
#ifndef SYSCALLS_OWN_H
#define SYSCALLS_OWN_H

#include "local.h"
#include "calls.h"

/* words.c: the value of SOCK_STREAM, POLLIN, ECONNRESET …; false: not known. */
bool tc_call_word(const char *name, long *value);
const char *tc_call_errno(int code);		/* "ECONNRESET"; "errno" for an unknown one */

#define TC_CALL_ARGS 6

/* A call that scripts may make: how its arguments are written in memory, by a letter each
 * (script_args.c). */
struct tc_call_kind {
	const char *name;
	long number;			/* SYS_… */
	const char *args;
	bool gives_fd;
};

const struct tc_call_kind *tc_call_kind(const char *name);	/* NULL: none of that name */

#define TC_CALL_FDS 64

struct tc_call_fds {			/* the script's numbers, and the kernel's */
	struct { long script; int live; } of[TC_CALL_FDS];
	unsigned n;
};

/* What arguments are read with. */
struct tc_call_env {
	const struct tc_script *script;
	const struct tc_call_fds *fds;	/* NULL: only to check */
	uint32_t addr, peer;		/* the kernel's, ours */
	uint16_t bind_port, connect_port;
};

/*
 * Write the arguments into *to. -EOPNOTSUPP, with the place, for what is not known, missing,
 * too many or too large.
 */
int tc_call_args(const struct tc_call_env *env, const struct tc_script_event *e,
		 const struct tc_call_kind *kind, struct tc_local_call *to,
		 struct tc_error *err);

/* words.c: a number: 5, A|B, ~C, htons(80), -D. */
int tc_call_number(const struct tc_script *s, const struct tc_script_arg *a, long *v,
		   struct tc_error *err);

/* Is what came back in memory as the arguments say? When not, -TC_ERR_UNMET says how. */
int tc_call_compare(const struct tc_call_env *env, const struct tc_script_event *e,
		    const struct tc_call_kind *kind, const struct tc_local_call *done,
		    struct tc_error *err);

#endif
