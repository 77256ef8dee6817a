/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files that make a script's calls share. See calls.h. */
#ifndef SYSCALLS_OWN_H
#define SYSCALLS_OWN_H

#include "calls.h"
#include "hand.h"
#include "words.h"

#include <tcpcraft/buf.h>

/* Words and errors, of the headers that this was built with (headers.h, words.awk); a last
 * one has no name. */
extern const struct tc_call_word {
	const char *name;
	long value;
} tc_call_words[], tc_call_errors[];

/* The members of struct tcp_info, and what SO_MEMINFO says, by their names. (words.awk) */
typedef void tc_code_value(void *ctx, const char *name, uint64_t value);
void tc_code_values(const uint8_t *info, const uint8_t *memory, tc_code_value *put, void *ctx);

/* lock.c: append the filter, in hexadecimal. */
int tc_code_lock(struct tc_buf *out, struct tc_error *err);

/* code.c: the blocks of code that the script came to, in order. Note one, with what
 * TC_HAND_STATE gave; run all: -TC_ERR_UNMET for one that fails, -EOPNOTSUPP if it cannot be,
 * -ECANCELED when stop_fd is readable first. */
struct tc_code;
int tc_code_note(struct tc_code **all, const struct tc_script_event *e, const uint8_t *bytes,
		 struct tc_error *err);
int tc_code_run(const struct tc_code *all, const struct tc_script *s, tc_time patience,
		int stop_fd, const struct tc_script_event **failed, struct tc_error *err);
void tc_code_free(struct tc_code *all);		/* NULL is allowed */

#define TC_CALL_ARGS 6

/* A call that scripts may make: how its arguments are written in memory, by a letter each
 * (args.c). */
struct tc_call_kind {
	const char *name;
	long number;			/* SYS_…, TC_HAND_… */
	const char *args;
	bool gives_fd;
};

/* kinds.c */
const struct tc_call_kind *tc_call_kind(const char *name);	/* NULL: none of that name */
int tc_call_unknown(const struct tc_script *s, const struct tc_script_event *e,
		    struct tc_error *err);

#define TC_CALL_FDS 64

struct tc_call_fds {			/* the script's numbers, and the kernel's */
	struct { long script; int live; } of[TC_CALL_FDS];
	unsigned n;
};

/* What arguments are read with. */
struct tc_call_env {
	const struct tc_script *script;
	const struct tc_call_fds *fds;	/* NULL: only to check */
	struct tc_addr addr, peer;	/* the kernel's, ours, as sockets name them */
	uint16_t bind_port, connect_port;
};

/*
 * Write the arguments into *to. -EOPNOTSUPP, with the place, for what is not known, missing,
 * too many or too large.
 */
int tc_call_args(const struct tc_call_env *env, const struct tc_script_event *e,
		 const struct tc_call_kind *kind, struct tc_hand_call *to,
		 struct tc_error *err);

/* words.c: a number: 5, A|B, ~C, htons(80), -D. */
int tc_call_number(const struct tc_script *s, const struct tc_script_arg *a, long *v,
		   struct tc_error *err);

/* An argument that is being written. */
struct tc_call_writer {
	const struct tc_call_env *env;
	const struct tc_script_event *event;
	struct tc_hand_call *to;
	size_t used;
	unsigned i;			/* the argument in hand */
	struct tc_error *err;
};

/* members.c: what is wrong with an argument (NULL: with the call), at its place; its
 * number. */
int tc_call_fail_at(const struct tc_call_writer *w, const struct tc_script_arg *a, int code,
		    const char *what);
int tc_call_arg_number(const struct tc_call_writer *w, const struct tc_script_arg *a, long *v);

/* members.c: the kernel's number of a descriptor; a number of 2, 4 or 8 bytes in memory. */
long tc_call_descriptor(const struct tc_call_env *env, long script);
void tc_call_store(uint8_t *at, unsigned size, long v);
long tc_call_load(const uint8_t *at, unsigned size);

/* The members that {…} names, in memory; are they as it says? -TC_ERR_UNMET: not. */
#define TC_CALL_STRUCT 28	/* bytes of the largest: struct sockaddr_in6 */
int tc_call_fill(const struct tc_call_writer *w, const struct tc_script_arg *a, uint8_t *at);
int tc_call_differs(const struct tc_call_writer *w, const struct tc_script_arg *a,
		    const uint8_t *at);

/* words.c: inet_pton("…") or inet_pton(AF_INET6, "…"): 16 bytes. -EOPNOTSUPP: a is not. */
int tc_call_address6(const struct tc_script *s, const struct tc_script_arg *a,
		     uint8_t bytes[16], struct tc_error *err);

/* Is what came back in memory as the arguments say? When not, -TC_ERR_UNMET says how. */
int tc_call_compare(const struct tc_call_env *env, const struct tc_script_event *e,
		    const struct tc_call_kind *kind, const struct tc_hand_call *done,
		    struct tc_error *err);

#endif
