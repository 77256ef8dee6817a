/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an observer in the middle can say of a segment, given those before it: the tags of
 * tcpcraft/story.h. Pure; a few numbers per direction, no segment is kept.
 */
#ifndef ANALYSIS_TAGS_H
#define ANALYSIS_TAGS_H

#include <tcpcraft/story.h>

/* One direction, as Wireshark's analysis keeps it. */
struct tc_tag_side {
	bool next_known, ack_known, explained_known, wscale_known;
	bool keep_alive, probe;		/* the last segment was one */
	bool began;			/* a SYN, or what has a number, was seen */
	uint8_t wscale;
	uint16_t wnd;			/* of the last segment, unscaled */
	tc_seq next;			/* behind the furthest byte seen */
	tc_time next_at;		/* when that was seen */
	tc_seq explained;		/* up to here without a gap: may be acknowledged */
	tc_seq ack;			/* the last acknowledgment */
	tc_time ack_at;
	uint32_t duplicate_acks;
};

struct tc_tag_state {
	struct tc_tag_side side[2];
	tc_time syn_at, initial_rtt;	/* 0 = not known */
};

/* The tags (bits) of a segment of side 0 or 1, and what follows from it for the next. */
uint32_t tc_tags_segment(struct tc_tag_state *s, unsigned from, const struct tc_seg *seg,
			 tc_time now);

#endif
