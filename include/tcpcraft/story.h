/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What can be told of a run or a capture, one thing at a time: a segment with all that is
 * known of it, a change of state, a statement of a script. Whoever saw it makes the event;
 * ladder, JSON, page, recording and comments all say what is in it, each in its own form.
 * Pointers are borrowed and valid while it is told. No globals.
 */
#ifndef TCPCRAFT_STORY_H
#define TCPCRAFT_STORY_H

#include <tcpcraft/conn.h>
#include <tcpcraft/frame.h>
#include <tcpcraft/segment.h>

/*
 * What an observer says of a segment. First Wireshark's tcp.analysis flags with its names and
 * its meaning (User's Guide, "TCP Analysis"), then ours.
 */
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
	T(MD5_BAD,		"md5_bad")		/* a digest that the key given does not make */ \
	T(MD5_MISSING,		"md5_missing") \
	T(AO_BAD,		"ao_bad")		/* the same of RFC 5925's codes */ \
	T(AO_MISSING,		"ao_missing") \
	T(KERNEL_RESET,		"kernel-reset") \
	T(OVERLAP_DIFFERS,	"overlap-differs")	/* bytes seen before, now others */ \
	T(FORWARDED_COPY,	"forwarded-copy")	/* the same datagram, a hop later */ \
	T(UNSEEN,		"unseen")		/* ours, but the capture never showed it */ \
	T(NOT_SENT,		"not-sent")		/* ours, but a filter held it back */

enum tc_tag {
#define T(id, name) TC_TAG_##id,
	TC_TAGS(T)
#undef T
	TC_TAG_COUNT
};
#define TC_TAG_BIT(id) (1u << TC_TAG_##id)

/* "retransmission", as in the table. */
const char *tc_tag_name(enum tc_tag tag);

/* Bits, so that who is told can name those that it wants. */
enum tc_story_kind {
	TC_STORY_SEGMENT = 1,	/* a frame: seen, or of ours and never seen or not sent */
	TC_STORY_CHANGE = 2,	/* of state, without a frame */
	TC_STORY_WORDS = 4,	/* no frame: a script's statement, a program's call */
	TC_STORY_CAPTURED = 8,	/* a frame of a run without connections, as it came */
	TC_STORY_FATE = 16,	/* what has come out of such a frame: `about` */
};

struct tc_story_event {
	enum tc_story_kind kind;
	/* As captured; of ours, if never seen, as injected; bytes NULL: none. Its stamp is the
	 * event's. */
	struct tc_frame frame;
	const struct tc_frame *whole;	/* of fragments: the datagram that `frame` completes */
	uint64_t number;		/* of the frame in its file, from 1; 0: it is of none */
	const char *file;		/* the file's name, if it is to be told, or NULL */
	const struct tc_rx *rx;		/* NULL: no frame, or nobody can take it apart */
	enum tc_origin origin;
	bool seen;			/* from outside: who sent it is not known, unless origin
					 * is TC_ORIGIN_KERNEL */
	unsigned connection;		/* from 1; 0: none */
	unsigned from;			/* the side that sent it: 0 ours, or who opened; 1 */
	struct tc_addr addr[2];		/* of the sides */
	uint16_t port[2];
	tc_seq isn[2];			/* that their numbers are counted from */
	uint32_t tags;			/* TC_TAG_BIT */
	bool machine;			/* told by our TCP: `state` and `news` are its */
	enum tc_state state;
	struct tc_news news;
	uint32_t cwnd[2];		/* congestion windows, bytes, where they were told; 0: not */
	const struct tc_mutation *mutations;	/* tcpcraft/filter.h */
	unsigned n_mutations;
	const char *surgery;		/* what else a filter did, or NULL */
	unsigned script_line;		/* of a script: what sent it, or was met by it, */
	const char *script;		/* as it stands there; or NULL */
	const char *words;		/* of TC_STORY_WORDS, or NULL */
	const char *note;		/* what else there is to say of it, or NULL */
	const char *about;		/* which packet it is, or answers; or NULL */
};

/* The event of what a stack told its observer; valid as long as the trace. */
struct tc_story_event tc_story_event_of(const struct tc_trace *t);

/* What the numbers of its segment count from. */
struct tc_isns tc_story_isns(const struct tc_story_event *e);

#endif
