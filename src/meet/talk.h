/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections that go on side by side, one a stimulus: what came of each. */
#ifndef MEET_TALK_H
#define MEET_TALK_H

#include "stimulus.h"
#include "lab/lab.h"

#define TC_TALK_SAID 512		/* bytes of what a server says that are kept */
#define TC_TALK_HEARD 16384u		/* bytes that are acknowledged: who says more never ends */

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
	bool late;			/* it was heard only when those before it were over */
	int sent;			/* its first segment, for tc_lab_sent_at */
};

struct tc_talk {
	struct tc_lab *lab;
	struct tc_talker at[TC_STIMULUS_COUNT];
	double watched_s;
	bool gone;			/* it took connections, and refuses them now */
};

/* It ended before it was asked anything. */
bool tc_talk_ended_unasked(const struct tc_talker *k);

/* What a stimulus came to, beside the control. */
enum tc_reaction {
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

/* Facts, verdict and sentence of it. */
void tc_talk_tell(const struct tc_talk *t, struct tc_finding *f);

#endif
