/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In which state of RFC 9293 3.3.2 the two ends of a connection are, inferred from the
 * segments between them: who sends a FIN has left ESTABLISHED, and who sees it arrives in
 * CLOSE-WAIT. It is what an ideal TCP would be in if each segment arrives; calls and timers
 * (LISTEN, the end of TIME-WAIT) leave no trace on the wire. Pure.
 */
#ifndef ANALYSIS_WIRE_STATE_H
#define ANALYSIS_WIRE_STATE_H

#include <tcpcraft/tcp.h>

/* Zero-initialise. */
struct tc_wire_states {
	struct tc_wire_side {
		bool known;		/* else `state` means nothing */
		bool next_known, fin, fin_arrived;
		enum tc_state state;
		tc_seq isn;
		tc_seq next;		/* behind the furthest byte it sent */
		tc_seq fin_end;		/* behind its FIN */
		tc_seq ack;		/* the last it sent */
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
