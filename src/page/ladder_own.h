/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of html_ladder share: the events of a story, as they were recorded. */
#ifndef PAGE_LADDER_OWN_H
#define PAGE_LADDER_OWN_H

#include <tcpcraft/buf.h>
#include "analysis/conversation.h"
#include <tcpcraft/filter.h>
#include "ladder.h"
#include <tcpcraft/payload.h>

struct tc_page_event {
	enum event_kind {
		EVENT_FRAME,
		EVENT_CHANGE,		/* of state, without a segment */
		EVENT_CALL,
	} kind;
	uint64_t number;		/* in the story, from 1 */
	tc_time stamp, duration;
	unsigned connection;
	unsigned from;			/* side: 0 left, 1 right */
	bool live;			/* told by the machine: the left side's states are its */
	bool about;
	enum tc_origin origin;
	enum tc_state state;		/* of the machine, after it */
	struct tc_news news;
	struct tc_addr addr[2];
	uint16_t port[2];
	tc_seq isn[2];
	uint32_t tags;
	int dlt;
	size_t wire_len;
	struct tc_buf frame;
	struct tc_buf text;		/* surgery, or the call; ends in NUL when not empty */
	struct tc_buf mutations;	/* struct tc_mutation */
	struct tc_payload payload;
};

struct tc_html_ladder {
	struct tc_page_event *first;
	size_t n_first, first_bytes;
	bool first_full;
	struct tc_page_event *last;		/* a ring */
	size_t last_begin, n_last, last_bytes;
	uint64_t events;		/* ever */
	struct tc_convos *convos;	/* of captured frames */
	const char *column;		/* heading of the calls, or NULL */
	bool crafted;			/* there were such: their order is the story */
	bool failed;			/* out of memory at some time */
	struct tc_buf outcomes;		/* struct tc_page_outcome */
};

struct tc_page_outcome {
	unsigned connection;
	char text[60];
};

/* The section's data as one JSON text. */
void tc_html_ladder_json(struct tc_buf *out, const struct tc_html_ladder *l);

#endif
