/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of `show` share: one capture being shown. */
#ifndef APP_SHOW_H
#define APP_SHOW_H

#include "defrag.h"

#include <tcpcraft/conversation.h>
#include <tcpcraft/pcapread.h>
#include <tcpcraft/show.h>

/* A segment, or an ICMP error, of a connection. */
struct shown {
	const struct tc_frame *frame;
	uint64_t number;		/* of the frame, from 1 */
	const struct tc_rx *rx;
	const struct tc_convo *c;
	unsigned from;
	uint32_t tags;
	bool whole;			/* of fragments; `frame` is the last of them */
};

/* The text of one connection, kept until the end. */
struct kept {
	unsigned number;
	struct tc_buf row;
	struct tc_buf ladder;
};

struct show {
	const struct tc_show_options *o;
	struct tc_convos *convos;
	struct tc_capture_filter *filter;
	struct defrag defrag;
	struct tc_buf out;		/* waiting to be written */
	struct tc_buf held;		/* struct kept * of connections that are forgotten */
	size_t held_bytes;		/* of all that is kept */
	bool streaming;			/* nothing is kept any more */
	bool heading;			/* the table's heading is written */
	bool found;			/* the one connection asked for */
	bool stopped;			/* by the writer */
	int dlt;
	tc_time start;
	uint64_t frames, tcp, fragments, arp, other, other_link, bad;
	char bad_why[200];		/* of the first */
	unsigned rows;			/* connections shown */
};

/* show_text.c, show_json.c: append lines; show_page.c: an event of the page's ladder. */
void tc_show_line(struct show *s, struct tc_buf *out, const struct shown *e);
void tc_show_listed_line(struct show *s, struct tc_buf *out, const struct shown *e);
void tc_show_heading(struct tc_buf *out);
void tc_show_row(struct show *s, struct tc_buf *out, const struct tc_convo *c);
void tc_show_ladder_heading(struct tc_buf *out, const struct tc_convo *c);
void tc_show_counts(struct show *s, struct tc_buf *out);
void tc_show_page_event(struct show *s, const struct shown *e);
void tc_show_json_line(struct show *s, struct tc_buf *out, const struct shown *e);
void tc_show_json_connection(struct show *s, struct tc_buf *out, const struct tc_convo *c);

#endif
