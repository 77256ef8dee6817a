/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is told of events: a list, filled once, and one call that goes through it. A new form
 * of output is a function of this type and a line where the list is filled. Not thread-safe.
 */
#ifndef REPORT_SINK_H
#define REPORT_SINK_H

#include <tcpcraft/story.h>

struct tc_view;

/* Say the event in one's own form. ctx: what the sink was added with; v: what the events of
 * one run share. An error is the sink's to keep. */
typedef void tc_sink_fn(void *ctx, struct tc_view *v, const struct tc_story_event *e);

/* The kinds that stand in a story. */
#define TC_STORY_TOLD (TC_STORY_SEGMENT | TC_STORY_CHANGE | TC_STORY_WORDS)

struct tc_sink {
	tc_sink_fn *tell;
	void *ctx;		/* NULL: there is none this time */
	unsigned kinds;		/* of enum tc_story_kind: that it is told of */
};

#define TC_SINKS_MOST 8

struct tc_sinks {
	struct tc_sink list[TC_SINKS_MOST];
	unsigned n;
};

/* Those of the n that are there, behind the ones that are in the list already. */
void tc_sinks_add(struct tc_sinks *s, const struct tc_sink *sinks, unsigned n);

/* To each in its turn, if it is told of such. */
void tc_tell(const struct tc_sinks *s, struct tc_view *v, const struct tc_story_event *e);

#endif
