/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of `show` share: one capture being shown. */
#ifndef SHOW_OWN_H
#define SHOW_OWN_H

#include "analysis/conversation.h"
#include "peel/unwrap.h"
#include "report/sink.h"
#include "report/trace.h"
#include <tcpcraft/pcapread.h>
#include "show.h"

#define SHOW_WRITE_AT (256u << 10)	/* so much text is written */

/* The text of one connection, kept until the end. */
struct tc_show_kept {
	unsigned number;
	struct tc_buf row;	/* tc_show_row */
	struct tc_buf ladder;
};

/* Frames that are not read, by cause. */
enum tc_show_unread { UNREAD_LINK, UNREAD_ETHERTYPE, UNREAD_TUNNEL, UNREAD_FRAGMENT };

#define UNREAD_CAUSES 32u	/* told apart; further ones are `other` */
#define SHOW_FILTERS 4u		/* link types at a time that the expression is compiled for */

struct tc_show {
	const struct tc_show_options *o;
	const char *path;
	struct tc_view view;
	struct tc_sinks sinks;
	struct tc_convo *convo;		/* of the segment that is told, */
	bool is_first;			/* which is the first of it that is */
	struct tc_convos *convos;
	struct {
		int dlt;
		struct tc_capture_filter *filter;	/* NULL: not for such frames */
	} filter[SHOW_FILTERS];
	unsigned n_filters;		/* ever */
	struct tc_unwrap unwrap;	/* the frame at hand, as far as it is read */
	struct tc_buf out;		/* waiting to be written */
	struct tc_buf held;		/* struct tc_show_kept * of forgotten connections */
	struct tc_buf row;		/* the one at hand, when nothing is kept */
	int width;			/* columns of an end: of IPv4 unless longer ones come */
	size_t held_bytes;		/* of all that is kept */
	bool streaming;			/* nothing is kept any more */
	bool heading;			/* the table's heading is written */
	bool found;			/* the one connection asked for */
	bool stopped;			/* by the writer */
	int dlt;			/* of the frame at hand */
	int declared, read_as;		/* a link type of the file, and what it really is */
	uint64_t frames, tcp, arp, other, other_cause, bad;
	struct {
		enum tc_show_unread kind;
		unsigned number;	/* link type, ethertype, enum tc_tunnel_lost,
					 * enum tc_defrag_lost */
		uint64_t frames;
	} unread[UNREAD_CAUSES];
	unsigned n_unread;
	char bad_why[200];		/* of the first */
	unsigned rows;			/* connections shown */
};

/* keep.c: who is told of segments; write what waits; the rows and ladders that were kept; a
 * connection is forgotten (as tc_convos_open says, ctx is the struct tc_show). */
void tc_show_sinks(struct tc_show *s);
void tc_show_flush(struct tc_show *s);
void tc_show_held(struct tc_show *s);
void tc_show_end(void *ctx, struct tc_convo *c);
/* text.c */
void tc_show_heading(const struct tc_show *s, struct tc_buf *out);
/* A row in parts, each with a NUL behind it: number and first end, second end, the rest; and for
 * where there is little room state and sums, seconds, and what follows. Which of them are put is
 * chosen when all rows of the list are known. s->width becomes that of its ends where they are
 * wider, until the heading is written. */
void tc_show_row(struct tc_show *s, struct tc_buf *row, const struct tc_convo *c);
void tc_show_put_row(const struct tc_show *s, struct tc_buf *out, const struct tc_buf *row);
void tc_show_ladder_heading(struct tc_buf *out, const struct tc_convo *c);
/* count.c: what the file had, as text and as a line of JSON. */
void tc_show_unread(struct tc_show *s, enum tc_show_unread kind, unsigned number, uint64_t n);
void tc_show_unwhole(struct tc_show *s);	/* fragments that stay ones, at the end */
void tc_show_counts(struct tc_show *s, struct tc_buf *out);
void tc_show_json_counts(struct tc_show *s, struct tc_buf *out);
/* json.c */
void tc_show_json_connection(struct tc_show *s, struct tc_buf *out,
			     const struct tc_convo *c);
/* fingerprint.c: a line of a SYN; others have none. */
void tc_show_fingerprint(struct tc_show *s, struct tc_convo *c, const struct tc_story_event *e);

#endif
