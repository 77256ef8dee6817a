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
 * TC_HAND_STATE gave; run all, once with each runner: -TC_ERR_UNMET for one that fails,
 * -EOPNOTSUPP if it cannot be, -ECANCELED when stop_fd is readable first. */
struct tc_code;
struct tc_code_runner {
	struct tc_starter *starter;	/* of python3 … */
	struct tc_buf program;		/* … with this, which no one behind a wall can change */
	int lines, said;		/* memory files: what it is to do, what went wrong */
};
int tc_code_note(struct tc_code **all, const struct tc_script_event *e, const uint8_t *bytes,
		 struct tc_error *err);
int tc_code_run(struct tc_code_runner *r, const struct tc_code *all, const struct tc_script *s,
		tc_time patience, int stop_fd, const struct tc_script_event **failed,
		struct tc_error *err);
void tc_code_free(struct tc_code *all);		/* NULL is allowed */

#define TC_CALL_ARGS 6

/* What an argument of a call is: how it is written in memory, and what comes back (args.c). */
enum tc_call_arg {
	CALL_END,			/* there are no more */
	CALL_NUMBER,
	CALL_NUMBER_IF_ANY,		/* it may be left out */
	CALL_DOMAIN,			/* of a socket; ... is the run's */
	CALL_DESCRIPTOR,
	CALL_PEER,			/* an address; ... is our side's */
	CALL_KERNEL,			/* … the kernel's */
	CALL_ADDRESS_LENGTH,
	CALL_ADDRESS_BACK,
	CALL_LENGTH_BACK,
	CALL_BYTES,			/* to write; their number follows */
	CALL_BYTES_BACK,		/* to be read; the room for them follows */
	CALL_VALUE,			/* of an option */
	CALL_VALUE_BACK,
	CALL_NUMBER_BACK,		/* [1000], where a number comes back; it may be left out */
	CALL_VECTOR,			/* of bytes to write: [{"abc", 3}, {..., 10}] */
	CALL_VECTOR_BACK,		/* … to be read */
	CALL_MESSAGE,			/* a msghdr to send */
	CALL_MESSAGE_BACK,
	CALL_POLLED,			/* what poll looks at */
	CALL_EVENT,			/* of epoll_ctl */
	CALL_EVENTS_BACK,		/* of epoll_wait; their number follows */
	CALL_PIPE_BACK,			/* [5, 6]: two descriptors */
	CALL_PATH,
	CALL_OFFSET,			/* in a file: [0], NULL */
	CALL_ARG_COUNT,
};

enum tc_call_gives { GIVES_NUMBER, GIVES_SOCKET, GIVES_FILE };

struct tc_call_kind {			/* a call that scripts may make */
	const char *name;
	long number;			/* SYS_…, TC_HAND_… */
	enum tc_call_arg args[TC_CALL_ARGS + 1];
	enum tc_call_gives gives;
	bool reaches_files;		/* of this machine */
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
	struct tc_call_fds *fds;	/* NULL: only to check */
	struct tc_addr addr, peer;	/* the kernel's, ours, as sockets name them */
	uint16_t bind_port, connect_port;
	/* The script's second 0 (CLOCK_REALTIME), and the first that it was since a command ran:
	 * it moves by what we are late, which is no fault of the kernel's. */
	tc_time zero, zero_first;
	tc_time tolerance;		/* of a time that comes back */
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
	bool back;			/* the kernel writes it */
	struct tc_error *err;
};

/* memory.c: what is wrong with an argument (NULL: with the call), at its place; its
 * number. */
int tc_call_fail_at(const struct tc_call_writer *w, const struct tc_script_arg *a, int code,
		    const char *what);
int tc_call_arg_number(const struct tc_call_writer *w, const struct tc_script_arg *a, long *v);

/* memory.c: the kernel's number of a descriptor, and that it stands for the script's from now
 * on; a number of 1, 2, 4 or 8 bytes in memory. */
long tc_call_descriptor(const struct tc_call_env *env, long script);
void tc_call_name_descriptor(struct tc_call_fds *fds, long script, long live);
void tc_call_store(uint8_t *at, unsigned size, long v);
long tc_call_load(const uint8_t *at, unsigned size);

/* memory.c: n zeroed bytes of the call's memory; the argument in hand points to them. */
int tc_call_room(struct tc_call_writer *w, long n, uint8_t **at);
int tc_call_point(struct tc_call_writer *w, long n, uint8_t **at);

/* memory.c: is it NULL; or that, or an address that no process has anything at (for calls that
 * shall fail)? Then that is what the call gets. */
bool tc_call_is_null(const struct tc_script_arg *a);
bool tc_call_put_bad_pointer(struct tc_call_writer *w, const struct tc_script_arg *a);

/* memory.c: are the sockets of IPv6? An address as they name it; the one that ... stands for where
 * we are connected to, in memory. */
bool tc_call_is_six(const struct tc_call_writer *w);
void tc_call_store_address(uint8_t *at, const struct tc_addr *addr, uint16_t port);
int tc_call_put_peer(struct tc_call_writer *w, uint8_t **at, long *n);

/* memory.c: bytes that are written, in room for n, and whether those that were read are as "…"
 * says, of which `got` are there. */
int tc_call_put_bytes(struct tc_call_writer *w, const struct tc_script_arg *a, long n,
		      bool back, uint8_t **at);
int tc_call_compare_bytes(const struct tc_call_writer *w, const struct tc_script_arg *a,
			  const uint8_t *at, long got);

/* members.c: a structure by the names of its members. Some stand for several that a place may
 * have. */
struct tc_call_member {
	const char *name;
	unsigned off, size;
	bool fd;			/* the script's number of a descriptor */
};
#define TC_CALL_MEMBERS 10
struct tc_call_struct {
	unsigned size;
	struct tc_call_member members[TC_CALL_MEMBERS];	/* a last one has no name */
};
#define TC_CALL_STRUCT 32u	/* bytes of the largest */
extern const struct tc_call_struct tc_call_sockaddr, tc_call_value, tc_call_pollfd,
	tc_call_epoll_event, tc_call_sock_error, tc_call_timestamp;

/* The members that {…} names, in memory; are they as it says? -TC_ERR_UNMET: not. */
int tc_call_fill(const struct tc_call_writer *w, const struct tc_call_struct *of,
		 const struct tc_script_arg *a, uint8_t *at);
int tc_call_differs(const struct tc_call_writer *w, const struct tc_call_struct *of,
		    const struct tc_script_arg *a, const uint8_t *at);

/* How an argument of a kind is written, and compared when it came back (NULL: it does not). */
typedef int tc_call_put(struct tc_call_writer *w, const struct tc_script_arg *a);
typedef int tc_call_compare_arg(const struct tc_call_writer *w, const struct tc_script_arg *a,
				const uint8_t *at);

/* message.c */
tc_call_put tc_call_put_vector, tc_call_put_message;
tc_call_compare_arg tc_call_compare_vector, tc_call_compare_message;
/* ready.c */
tc_call_put tc_call_put_polled, tc_call_put_event, tc_call_put_events_back;
tc_call_compare_arg tc_call_compare_polled, tc_call_compare_events;

/* words.c: inet_pton("…") or inet_pton(AF_INET6, "…"): 16 bytes. -EOPNOTSUPP: a is not. */
int tc_call_address6(const struct tc_script *s, const struct tc_script_arg *a,
		     uint8_t bytes[16], struct tc_error *err);

/* Is what came back in memory as the arguments say? When not, -TC_ERR_UNMET says how. */
int tc_call_compare(const struct tc_call_env *env, const struct tc_script_event *e,
		    const struct tc_call_kind *kind, const struct tc_hand_call *done,
		    struct tc_error *err);

#endif
