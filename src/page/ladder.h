/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ladder of a run or a capture as a section of a page (kind `ladder`): each segment
 * with its bytes and fields explained, the states on both sides, system calls beside it, a
 * time-sequence plot. Events are copied as they come, cheaply, and explained when the
 * section is made. Memory is bounded: of a long story the beginning and the end are kept,
 * and the page tells how much is missing between. Not thread-safe.
 */
#ifndef PAGE_LADDER_H
#define PAGE_LADDER_H

#include <tcpcraft/conn.h>
#include <tcpcraft/frame.h>
#include <tcpcraft/payload.h>

struct tc_error;
struct tc_html;
struct tc_html_ladder;
struct tc_view;

/* Kept at most: events of the beginning and of the end, and the bytes of each part. */
#define TC_HTML_FIRST 3000u
#define TC_HTML_LAST 1000u
#define TC_HTML_FIRST_BYTES (12u << 20)
#define TC_HTML_LAST_BYTES (4u << 20)

int tc_html_ladder_open(struct tc_html_ladder **l, struct tc_error *err);
void tc_html_ladder_free(struct tc_html_ladder *l);	/* NULL is allowed */

/* An event of a live connection, as the observer is told of it. We are on the left. Our
 * states are the machine's, the peer's are inferred from what it sends and is sent. */
void tc_html_ladder_trace(struct tc_html_ladder *l, const struct tc_view *v,
			  const struct tc_trace *t);

/* A segment or ICMP error of a capture, of the connection with this number, from its side
 * 0 (which opened; on the left) or 1. States of both sides are inferred. */
struct tc_html_seen {
	unsigned connection;
	unsigned from;
	const uint8_t *frame;
	size_t len, wire_len;
	int dlt;
	tc_time stamp;
	uint32_t addr[2];		/* of the sides */
	uint16_t port[2];
	tc_seq isn[2];
	uint32_t tags;			/* bits of enum tc_tag */
	struct tc_payload payload;	/* what TCP carries */
};
void tc_html_ladder_seen(struct tc_html_ladder *l, const struct tc_html_seen *s);

/* A frame of a run without connections of ours, crafted packets and what comes back: they
 * are grouped as an observer would, and first shown all together. ours: our address; what
 * cannot be taken apart is shown as well. */
void tc_html_ladder_frame(struct tc_html_ladder *l, const struct tc_frame *f, uint32_t ours);

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

/* What their column is called, if not "system calls of the peer": a literal. */
void tc_html_ladder_column(struct tc_html_ladder *l, const char *heading);

/* What became of a connection, in a word or two. */
void tc_html_ladder_outcome(struct tc_html_ladder *l, unsigned connection,
			    const char *outcome);

bool tc_html_ladder_is_empty(const struct tc_html_ladder *l);

/* Append it all as a section. Out of memory only (and at the time of an event: then here).
 * l may be used on and put again. */
int tc_html_ladder_put(struct tc_html_ladder *l, struct tc_html *h, const char *title,
		       struct tc_error *err);

#endif
