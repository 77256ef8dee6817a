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

/* The writer is borrowed; write what waits (tc_comments_flush) before it is closed. */
int tc_comments_open(struct tc_comments **c, struct tc_pcap_writer *w, struct tc_error *err);
int tc_comments_frame(struct tc_comments *c, const struct tc_frame *f, struct tc_error *err);
int tc_comments_trace(struct tc_comments *c, const struct tc_view *v,
		      const struct tc_trace *t, struct tc_error *err);
/* The same in words, for the frame with this stamp that is len bytes long (0: however
 * long). */
int tc_comments_say(struct tc_comments *c, tc_time stamp, size_t len, const char *text,
		    struct tc_error *err);
/* What the frame just given is said to be if nobody tells of it: a literal. */
void tc_comments_guess(struct tc_comments *c, const char *text);
int tc_comments_flush(struct tc_comments *c, struct tc_error *err);
void tc_comments_free(struct tc_comments *c);		/* NULL is allowed */

#endif
