/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of html_ladder share: the events of a story, as they were recorded. */
#ifndef PAGE_LADDER_OWN_H
#define PAGE_LADDER_OWN_H

#include <tcpcraft/buf.h>
#include "analysis/conversation.h"
#include <tcpcraft/filter.h>
#include "ladder.h"
#include <tcpcraft/payload.h>

#include <jansson.h>

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
	uint32_t cwnd[2];		/* where they were told */
	uint32_t tags;
	int dlt;
	size_t wire_len;
	struct tc_buf frame;
	struct tc_buf text;		/* surgery, or the call; ends in NUL when not empty */
	struct tc_buf mutations;	/* struct tc_mutation */
	struct tc_payload payload;
	struct tc_html_passage passage;	/* .fate NULL: there is one capture */
	bool brief;			/* only the headers are in `frame`; its bytes told this: */
	bool broken;			/* nobody can take it apart */
	enum tc_checksum_state tcp_checksum, ip_checksum;
	uint32_t seg_len;
	struct tc_buf line;
};

struct tc_html_ladder {
	struct tc_page_event *first;
	size_t n_first, first_bytes;
	bool first_full;
	struct tc_page_event *middle;		/* all brief */
	size_t n_middle, middle_bytes;
	bool middle_full;
	struct tc_page_event *last;		/* a ring */
	size_t last_begin, n_last, last_bytes;
	uint64_t events;		/* ever */
	struct tc_convos *convos;	/* of captured frames */
	const char *column;		/* heading of the calls, or NULL */
	bool crafted;			/* there were such: their order is the story */
	bool both;			/* there were passages */
	bool failed;			/* out of memory at some time */
	struct tc_buf outcomes;		/* struct tc_page_outcome */
};

struct tc_page_outcome {
	unsigned connection;
	char text[60];
};

/* brief.c: what an event's frame is, as for tc_rx_parse_cut; it in words (why: none can take
 * it apart, or NULL); and an event becomes brief. */
int tc_page_parse(const struct tc_page_event *e, struct tc_rx *rx, struct tc_error *why);
void tc_page_line(struct tc_buf *line, const struct tc_page_event *e, const struct tc_rx *rx,
		  const struct tc_error *why);
void tc_page_shorten(struct tc_page_event *e);

/* What is known of a connection while its events go by. */
struct tc_page_connection {
	unsigned number;
	uint16_t port[2];
	struct tc_wire_states states;
	enum tc_state machine;
	bool live;
	json_t *object;
};

struct tc_page_connections {
	struct tc_buf list;		/* struct tc_page_connection, in order of appearance */
	uint32_t *slots;		/* by number: the place in it, from 1; */
	uint32_t *by_ports;		/* by the ports: that of the latest between them */
	size_t n_slots;
};

/* For at most so many connections; false: no memory. */
bool tc_page_connections_open(struct tc_page_connections *all, size_t most);
/* The connection of an event, which is added if it is new (NULL: no memory); and the number of a
 * call's: the one that the call names, else the latest between its ports. */
struct tc_page_connection *tc_page_connection_of(struct tc_page_connections *all,
						 const struct tc_page_event *e);
unsigned tc_page_connection_of_call(const struct tc_page_connections *all,
				    const struct tc_page_event *call);
/* All of them with what became of them (struct tc_page_outcome); they are gone. */
json_t *tc_page_connections_json(struct tc_page_connections *all,
				 const struct tc_buf *outcomes);

/* states.c: the changes that an event brings, as `changes`: the machine's own words for our side,
 * what the wire tells for the others. rx: the segment, or NULL. */
void tc_page_states(json_t *o, struct tc_page_connection *c, const struct tc_page_event *e,
		    const struct tc_rx *rx);

/* The section's data as one JSON text. */
void tc_html_ladder_json(struct tc_buf *out, const struct tc_html_ladder *l);

#endif
