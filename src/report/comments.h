/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A capture file whose frames say what they were: who sent them, what they did to the
 * state, what was changed on purpose, the PROT frame inside. A frame is captured before it
 * is understood, so it waits until its story comes or a later one's has come. In files
 * that take no comments nothing waits. Not thread-safe.
 */
#ifndef REPORT_COMMENTS_H
#define REPORT_COMMENTS_H

#include <tcpcraft/frame.h>
#include "trace.h"

struct tc_pcap_writer;
struct tc_comments;

/* The writer is borrowed; write what waits (tc_comments_flush) before it is closed.
 * *failed gets the first error of all that follows, after which nothing is written. */
int tc_comments_open(struct tc_comments **c, struct tc_pcap_writer *w,
		     struct tc_error *failed, struct tc_error *err);
/* guess: what it is said to be if nobody tells of it, a literal; or NULL. */
void tc_comments_frame(struct tc_comments *c, const struct tc_frame *f, const char *guess);
/* The comment of the frame that the event is of. A tc_sink_fn; ctx is the struct
 * tc_comments. */
void tc_comments_event(void *ctx, struct tc_view *v, const struct tc_story_event *e);
void tc_comments_flush(struct tc_comments *c);
void tc_comments_free(struct tc_comments *c);		/* NULL is allowed */

#endif
