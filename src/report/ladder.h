/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ladder: what happened as people read it, for all commands. Only appends; thread-safe
 * for distinct buffers.
 */
#ifndef REPORT_LADDER_H
#define REPORT_LADDER_H

#include "trace.h"

/* "tcpcraft", "kernel", "peer" */
const char *tc_origin_name(enum tc_origin o);

/* The first line without its newline: relative time, who sent it, flags, relative seq and
 * ack, window, options, tags. Sets v->start if it is the first of a run. */
void tc_ladder_head(struct tc_buf *out, struct tc_view *v, const struct tc_story_event *e);

/* The segment in it: of which connection, by which side of it. without: enum tc_line_part, and
 * what the view leaves out besides. */
void tc_ladder_segment(struct tc_buf *out, struct tc_view *v, const struct tc_rx *rx,
		       struct tc_isns isn, unsigned connection, unsigned from, unsigned without);

/* A line for what it carries, if that is anything. */
void tc_ladder_payload(struct tc_buf *out, const struct tc_view *v, const struct tc_story_event *e);

/* All of it, with its newlines: the head, the script's line beside it; then what was changed
 * on purpose, notes, payload, changes of state with their clauses. A tc_sink_fn; ctx is the
 * struct tc_buf. */
void tc_ladder_event(void *out, struct tc_view *v, const struct tc_story_event *e);

#endif
