/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an observer in the middle can say of a segment, given those before it: Wireshark's
 * tcp.analysis flags with its names and its meaning (User's Guide, "TCP Analysis"), and a
 * few of ours. Pure; a few numbers per direction, no segment is kept.
 */
#ifndef ANALYSIS_TAGS_H
#define ANALYSIS_TAGS_H

#include <tcpcraft/clock.h>
#include <tcpcraft/segment.h>

#define TC_TAGS(T) \
	T(RETRANSMISSION,	"retransmission") \
	T(FAST_RETRANSMISSION,	"fast_retransmission") \
	T(SPURIOUS_RETRANSMISSION, "spurious_retransmission") \
	T(OUT_OF_ORDER,		"out_of_order") \
	T(DUPLICATE_ACK,	"duplicate_ack") \
	T(LOST_SEGMENT,		"lost_segment")		/* one before it was not captured */ \
	T(ACK_LOST_SEGMENT,	"ack_lost_segment")	/* acknowledges what was not captured */ \
	T(ZERO_WINDOW,		"zero_window") \
	T(ZERO_WINDOW_PROBE,	"zero_window_probe") \
	T(ZERO_WINDOW_PROBE_ACK, "zero_window_probe_ack") \
	T(WINDOW_FULL,		"window_full") \
	T(WINDOW_UPDATE,	"window_update") \
	T(KEEP_ALIVE,		"keep_alive") \
	T(KEEP_ALIVE_ACK,	"keep_alive_ack") \
	T(REUSED_PORTS,		"reused_ports") \
	T(CHECKSUM_BAD,		"checksum_bad") \
	T(CHECKSUM_PARTIAL,	"checksum_partial") \
	T(KERNEL_RESET,		"kernel-reset") \
	T(OVERLAP_DIFFERS,	"overlap-differs")	/* bytes seen before, now others */ \
	T(FORWARDED_COPY,	"forwarded-copy")	/* the same datagram, a hop later */

enum tc_tag {
#define T(id, name) TC_TAG_##id,
	TC_TAGS(T)
#undef T
	TC_TAG_COUNT
};
#define TC_TAG_BIT(id) (1u << TC_TAG_##id)

/* One direction, as Wireshark's analysis keeps it. */
struct tc_tag_side {
	bool next_known, ack_known, explained_known, wscale_known;
	bool keep_alive, probe;		/* the last segment was one */
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

const char *tc_tag_name(enum tc_tag tag);

#endif
