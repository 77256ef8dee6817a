/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wire and another program's system calls in one story. Lines about segments come in
 * wire order, calls later, out of a pipe; both wait here a short while and leave in order.
 * A call stands at its end (entry + duration). Its clock and the capture's are read at
 * different moments, so within a small window cause goes before effect: what was read came
 * before, what a call sent follows. Pure; one thread.
 */
#ifndef STRACE_WEAVE_H
#define STRACE_WEAVE_H

#include <tcpcraft/story.h>
#include "read.h"

struct tc_buf;
struct tc_error;
struct tc_weave;

/*
 * How far a call may be moved, at most; it is marked '~' then. One that took longer, but
 * under TC_WEAVE_SHORT, may have sent its segment any time between its begin and its end (on
 * a busy machine strace learns late that a call has ended). One that cannot have ended where it stands (a read without its data) goes up to TC_WEAVE_LATE
 * further: strace reads its clock before it looks up what a descriptor is.
 */
#define TC_WEAVE_NEAR (50 * TC_US)
#define TC_WEAVE_SHORT (100 * TC_MS)
#define TC_WEAVE_LATE (10 * TC_MS)

/* What a line says of the wire. */
struct tc_weave_mark {
	tc_time stamp;			/* CLOCK_REALTIME */
	bool segment;			/* of TCP; else only its stamp counts */
	bool from_peer;
	uint16_t flags;
	uint16_t our_port, peer_port;
	unsigned connection;		/* its number, from 1 */
	uint32_t stream_end;		/* bytes of its direction up to the segment's end */
};

struct tc_weave_mark tc_weave_mark(const struct tc_story_event *e);

/*
 * Calls about TCP sockets between our ports and `peer_port` (0: any) are told, and those
 * whose socket has no peer yet (until tc_weave_ports only these); calls about other things
 * are not.
 */
int tc_weave_open(struct tc_weave **w, bool json, struct tc_error *err);
void tc_weave_ports(struct tc_weave *w, uint16_t lo, uint16_t hi, uint16_t peer_port);
void tc_weave_close(struct tc_weave *w);		/* NULL is allowed */

/* A line's text, with its newlines; copied. */
void tc_weave_line(struct tc_weave *w, const struct tc_weave_mark *m, const void *text,
		   size_t n);
void tc_weave_call(struct tc_weave *w, const struct tc_syscall *call);

/* A call in its turn, for who draws it. place: its time among those of the lines; one that
 * was moved before a line of the same time is 1 ns earlier. */
struct tc_woven {
	const struct tc_syscall *call;
	tc_time place;
	bool moved;
	uint16_t our_port, peer_port;	/* of its connection; 0: not known */
};
typedef void tc_woven_fn(void *ctx, const struct tc_woven *c);

/* Tell fn of each call; in_text: it goes to the text as well. */
void tc_weave_on_call(struct tc_weave *w, tc_woven_fn *fn, void *ctx, bool in_text);

bool tc_weave_is_empty(const struct tc_weave *w);

/* Append what happened up to `until` (CLOCK_REALTIME). Times are counted from `start`; 0
 * (not known yet) keeps calls waiting, unless `until` is TC_WEAVE_ALL. */
#define TC_WEAVE_ALL INT64_MAX
void tc_weave_release(struct tc_weave *w, tc_time until, tc_time start, struct tc_buf *out);

/* A call as people read it, and as the `syscall` line; moved: causal order won; connection:
 * of which, 0: not known. */
void tc_syscall_text(struct tc_buf *out, const struct tc_syscall *c, tc_time start,
		     bool moved, bool with_pid);
void tc_syscall_json(struct tc_buf *out, const struct tc_syscall *c, tc_time start,
		     bool moved, unsigned connection);

#endif
