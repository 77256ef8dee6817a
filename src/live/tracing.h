/* SPDX-License-Identifier: BSD-2-Clause */
/* --trace-exec and --trace-pid: the other program of a live run. */
#ifndef LIVE_TRACING_H
#define LIVE_TRACING_H

#include "live.h"

#include "strace/tracer.h"
#include "strace/weave.h"

/* Start it, when the options want that. A server, once it listens on `port`; 0: do not wait
 * for that. -EINVAL: the process is not there; -EINTR: a signal came (l->signal). */
int tracing_begin(struct live *l, uint16_t port, struct tc_error *err);

/* The session is open: our ports and the peer's are known. */
void tracing_ports(struct live *l, const struct tc_session_config *cfg);

/* -1: there is nothing to wait for. */
int tracing_fd(const struct live *l);

/* Not later than this: what waits wants to be printed. */
tc_time tracing_until(const struct live *l, tc_time until);

/* A line about the event stands in l->text, or nothing does: it waits for its turn. A
 * tc_sink_fn; ctx is the struct live. */
void tracing_event(void *ctx, struct tc_view *v, const struct tc_story_event *e);

/* Read what is there; what had its turn is appended to l->text. */
void tracing_turn(struct live *l);

/* The connections are over: take what is still under way, end what was started. */
void tracing_end(struct live *l);

#endif
