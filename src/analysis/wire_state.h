/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP as it is seen from outside: how far the numbers of both ends of a connection came, and
 * in which state of RFC 9293 3.3.2 each is: who sends a FIN has left ESTABLISHED, and who
 * sees it arrives in CLOSE-WAIT. Calls and timers (LISTEN, the end of TIME-WAIT) leave no
 * trace on the wire. Pure.
 */
#ifndef ANALYSIS_WIRE_STATE_H
#define ANALYSIS_WIRE_STATE_H

#include <tcpcraft/tcp.h>

/* Zero-initialise. */
struct tc_wire_states {
	/*
	 * Not set: what an ideal TCP would be in if each segment arrives. Set: side 1 is a
	 * TCP, side 0 may send anything: a FIN arrives when it is acknowledged, a reset
	 * of side 1 is the end, and no state is known before a SYN.
	 */
	bool certain;
	struct tc_wire_side {
		bool known;		/* else `state` means nothing */
		bool isn_known, next_known, ack_known;
		bool syn;		/* it sent one */
		bool retried;		/* … and later another, not answered yet */
		bool fin, fin_arrived, fin_acked;
		bool reset;		/* it sent one */
		enum tc_state state;
		tc_seq isn;		/* without a SYN, so that its first byte is 1 */
		tc_seq retry;		/* number of the other SYN */
		tc_seq seq;		/* of its last segment */
		tc_seq next;		/* behind the furthest byte it sent */
		tc_seq whole;		/* up to here without a gap, or acknowledged */
		tc_seq fin_end;		/* behind its FIN */
		tc_seq ack;		/* the highest it sent */
		uint16_t wnd;		/* of its last segment, unscaled */
	} side[2];
};

#define TC_WIRE_CHANGES 4

struct tc_wire_change {
	unsigned side;
	bool began;			/* nothing was known before: no `from` */
	enum tc_state from, to;
};

/* A segment of side `from`. Returns how many changes it made, in order. */
unsigned tc_wire_states_segment(struct tc_wire_states *w, unsigned from,
				const struct tc_seg *seg,
				struct tc_wire_change changes[TC_WIRE_CHANGES]);

#endif
