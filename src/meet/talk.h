/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections that go on side by side, one a stimulus: what came of each. */
#ifndef MEET_TALK_H
#define MEET_TALK_H

#include "stimulus.h"
#include "lab/lab.h"

#define TC_TALK_SAID 512		/* bytes of what a server says that are kept */
#define TC_TALK_HEARD 16384u		/* bytes that are acknowledged: who says more never ends */

/* How the first connection for it went, where it was asked on another, later. */
enum tc_first {
	TC_FIRST_SERVES,		/* there is no other */
	TC_FIRST_NOT_TRIED,		/* since one before it had got no answer to its SYN */
	TC_FIRST_NO_ANSWER,
	TC_FIRST_REFUSED,
	TC_FIRST_ENDED,			/* before anything was sent */
};

struct tc_talker {
	const struct tc_stimulus *what;
	struct tc_lab_conn *c;		/* NULL: none yet */
	tc_seq heard;			/* up to here what the server said is in said */
	uint8_t said[TC_TALK_SAID];
	uint32_t total;			/* bytes that it said, in order */
	tc_time first_at, last_at;	/* stamps of what it said, or 0 */
	tc_time sent_at, ended_at;
	uint8_t ttl, end_ttl;		/* of its SYN,ACK; of what ended it */
	bool fin, rst;
	bool shut;			/* no window, so that not all was sent */
	bool late;			/* it was heard only when those before it were over, */
	bool beside;			/* or some of them: one was open yet */
	enum tc_first first;
	bool first_rst;			/* and how that was ended, */
	double first_s;			/* so long after its handshake, */
	uint32_t first_said;		/* and so many bytes of the server's */
	tc_time heard_for;		/* of one asked later: so long behind its question */
	int sent;			/* its first segment, for tc_lab_sent_at */
};

struct tc_talk {
	struct tc_lab *lab;
	struct tc_talker at[TC_STIMULUS_COUNT];
	double watched_s;
	tc_time trip;			/* the shortest handshake */
	bool gone;			/* it took connections, and refuses them now */
};

/* It ended before it was asked anything. */
bool tc_talk_ended_unasked(const struct tc_talker *k);

/* What a stimulus came to, beside the control. */
enum tc_reaction {
	TC_REACTS_NOT_ASKED,		/* there was no time for it */
	TC_REACTS_NO_CONNECTION,
	TC_REACTS_AS_EVER,		/* it ends as, and when, one does on which nothing is sent */
	TC_REACTS_GONE,			/* it ended with the server */
	TC_REACTS_UNASKED,		/* it ends before anything is sent, as that one does not */
	TC_REACTS_REPLIES,
	TC_REACTS_CLOSES,
	TC_REACTS_RESETS,
	TC_REACTS_SILENT,
	TC_REACTS_UNACKED,
	TC_REACTS_SHUT,			/* unacked, and its window is 0 */
};

enum tc_reaction tc_talk_reaction(const struct tc_talk *t, enum tc_stimulus_id i);

/* What the server does when nothing is sent. */
struct tc_unprovoked tc_talk_unprovoked(const struct tc_talk *t);

/* How many it serves at once, as far as that was seen; nothing where all were served. */
void tc_talk_put_serves(struct tc_buf *out, const struct tc_talk *t);

/* Behind what a stimulus came to: that it was heard, or asked, later than the others. */
void tc_talk_put_later(struct tc_buf *out, const struct tc_talker *k, enum tc_reaction r);

/* Facts, verdict and sentence of it. */
void tc_talk_tell(const struct tc_talk *t, struct tc_finding *f);

#endif
