/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection captured at both of its ends: which segment is which, what the clocks differ
 * by, and so what became of each on its way. Numbers count from the SYNs of each capture, so
 * that a path may change them, as it may addresses and ports. Not thread-safe.
 */
#ifndef ANALYSIS_PASSAGE_H
#define ANALYSIS_PASSAGE_H

#include "gather.h"

#include <tcpcraft/segment.h>

struct tc_buf;

enum tc_fate {
	TC_FATE_ARRIVED,
	TC_FATE_LOST,		/* sent, and not seen at the other end */
	TC_FATE_DOUBLED,	/* a copy of one that arrived: it was sent once */
	TC_FATE_PATH,		/* arrived, and the other end never sent it */
	TC_FATES,
};
extern const char *const tc_fate_name[TC_FATES];	/* "arrived" … */

/* A segment as one of the captures has it. */
struct tc_passing {
	const struct tc_gathered_segment *g;
	struct tc_rx rx;
	unsigned from;		/* 0: of the client */
	uint32_t seq, ack;	/* relative */
	uint32_t hash;		/* of its payload */
	struct tc_passing *other; /* at the other end: what it is, or is a part of */
	unsigned parts;		/* so many there are parts of it … */
	uint32_t covered;	/* … with so many bytes */
	bool copy;		/* of the other one, which has arrived otherwise */
	struct tc_passing *next; /* of those that are looked for together */
};

/* sent or arrived is NULL where there is none; at least one is there. */
struct tc_passage {
	const struct tc_passing *sent, *arrived;
	enum tc_fate fate;
	unsigned from;
	tc_time at;		/* when it was sent, or else arrived, by the client's clock … */
	tc_time arrived_at;	/* … and when it arrived, by that */
	tc_time late;		/* beyond the usual of its direction, where that is worth a word */
	uint32_t missing;	/* bytes that did not arrive, of one that came in parts */
	bool after_end;		/* LOST, and the other capture has nothing so late */
};

/* What the server's clock shows more than the client's: offset + drift * (t - since). */
struct tc_passage_clock {
	bool known;		/* something went in each direction … */
	bool one_way;		/* … in one only: its fastest segment is taken to need no time */
	bool drifts;		/* drift is more than what cannot be told */
	tc_time offset, error, since;
	double drift;
};

struct tc_passages {
	const struct tc_gathered_convo *convo[2]; /* at the client, at the server */
	bool flipped;			/* the server's capture takes the server for who opened */
	tc_seq isn[2][2];		/* [capture][side] */
	struct tc_passing *seg[2];
	size_t n_seg[2];
	struct tc_passage *passage;	/* by time */
	size_t n;
	struct tc_passage_clock clock;
	tc_time usual[2], fastest[2];	/* delay of each direction: half of them need less */
	int hops[2];			/* TTL less at arrival, of most */
	unsigned count[2][TC_FATES];	/* by who sent, or would have */
	unsigned parts[2], late[2], changed[2];
};

/* Which connection of b is that of a's i-th; -1: none is like it. `taken` has b->n marks. */
long tc_passage_pair(const struct tc_gathered *a, size_t i, const struct tc_gathered *b,
		     const bool *taken);

/* Follow all segments of a pair. -ENOMEM. Free also after failure. end: the last stamp of each
 * capture, of any frame. */
int tc_passages_open(struct tc_passages *p, const struct tc_gathered_convo *client,
		     const struct tc_gathered_convo *server, const tc_time end[2],
		     struct tc_error *err);
void tc_passages_free(struct tc_passages *p);

/* Call fn for each field that is another at arrival than it was: but addresses, ports, sums,
 * numbers that count from another ISN, and TTLs that are as much less as most. True if any. */
typedef void tc_passage_change_fn(void *ctx, const char *field, const char *was,
				  const char *is);
bool tc_passage_changes(const struct tc_passages *p, const struct tc_passage *of,
			tc_passage_change_fn *fn, void *ctx);

#endif
