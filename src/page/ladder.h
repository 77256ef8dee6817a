/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ladder of a run or a capture as a section of a page (kind `ladder`): each segment
 * with its bytes and fields explained, the states on both sides, system calls beside it, a
 * time-sequence plot. Events are copied as they come, cheaply, and explained when the
 * section is made. Memory is bounded: of a long story the beginning and the end are kept
 * whole, of what is between the headers as far as they fit, and the page tells how much is
 * missing. Not thread-safe.
 */
#ifndef PAGE_LADDER_H
#define PAGE_LADDER_H

#include <tcpcraft/story.h>

struct tc_error;
struct tc_html;
struct tc_html_ladder;
struct tc_view;

/* Kept at most: events of the beginning and of the end with all that there is to them, those
 * behind the beginning without their data; and the bytes of each part. */
#define TC_HTML_FIRST 3000u
#define TC_HTML_MIDDLE 96000u
#define TC_HTML_LAST 1000u
#define TC_HTML_FIRST_BYTES (12u << 20)
#define TC_HTML_MIDDLE_BYTES (32u << 20)
#define TC_HTML_LAST_BYTES (4u << 20)

int tc_html_ladder_open(struct tc_html_ladder **l, struct tc_error *err);
void tc_html_ladder_free(struct tc_html_ladder *l);	/* NULL is allowed */

/* An event of any kind. A tc_sink_fn; ctx is the struct tc_html_ladder. Side 0 is on the
 * left, unless v->mirrored. Our states are the machine's where it tells, all others are
 * inferred from the wire. Captured frames (TC_STORY_CAPTURED; from: not from our address) are
 * grouped as an observer would, and first shown all together. The script's lines, or the
 * program's calls, are a column. */
void tc_html_ladder_event(void *ctx, struct tc_view *v, const struct tc_story_event *e);

/* What one program asked of its kernel: it stands behind the events up to `stamp`, whenever
 * it is told. side: where that program is (0 left, 1 right); connection: its number, or 0: then
 * by the ports of the sides, if they are known. about: its place is by cause, not by clock. */
struct tc_html_call {
	unsigned connection, side;
	uint16_t port[2];
	tc_time stamp, duration;
	const char *text;		/* read(4, "{\"command", 9) = 9 */
	bool about;
};
void tc_html_ladder_call(struct tc_html_ladder *l, const struct tc_html_call *c);

/* For two captures of one run: an event, at the time when it was sent, and what became of it on
 * the way. */
struct tc_html_passage {
	const char *fate;		/* arrived, lost, doubled, path; lives on */
	bool is_there;			/* sent and arrived: then that is known: */
	tc_time arrived_at;
	bool is_certain;		/* the states of both ends follow from it */
};
void tc_html_ladder_passage(struct tc_html_ladder *l, const struct tc_view *v,
			    const struct tc_story_event *e, const struct tc_html_passage *p);

/* What became of a connection, in a word or two. */
void tc_html_ladder_outcome(struct tc_html_ladder *l, unsigned connection,
			    const char *outcome);

bool tc_html_ladder_is_empty(const struct tc_html_ladder *l);

/* Append it all as a section. Out of memory only (and at the time of an event: then here).
 * l may be used on and put again. */
int tc_html_ladder_put(struct tc_html_ladder *l, struct tc_html *h, const char *title,
		       struct tc_error *err);

#endif
