/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two ends of a connection side by side: our end's variables as RFC 9293 3.3.1 names
 * them, kept from the segments that passed, and what the kernel at the other end says of
 * its own. Pure, one thread.
 */
#ifndef TEACH_ENDS_H
#define TEACH_ENDS_H

#include <tcpcraft/segment.h>
#include "host/sockdiag.h"
#include <tcpcraft/tcp.h>

struct tc_buf;

struct tc_ends {		/* zeros: nothing passed yet */
	bool sent, received;	/* a SYN of ours, of the peer's */
	tc_seq iss, snd_una, snd_nxt, irs, rcv_nxt;
	uint16_t snd_wnd, rcv_wnd;	/* as in the headers */
	bool fin_sent, fin_acked, fin_received, peer_fin_first, reset;
	tc_seq fin_seq;			/* after our FIN */
	uint16_t our_port, peer_port;
	unsigned segments_sent, segments_received, retransmitted;
};

/* A segment passed; ours: we sent it. A new SYN begins anew. */
void tc_ends_segment(struct tc_ends *e, bool ours, const struct tc_rx *rx);

/* Our state, as the segments say. */
enum tc_state tc_ends_state(const struct tc_ends *e);

/* Append both as a table, numbers counted from the initial ones. d NULL: not known. */
void tc_ends_print(struct tc_buf *out, const struct tc_ends *e, const struct tc_sockdiag *d);

/* The same as a JSON line of type `ends`. */
void tc_ends_json(struct tc_buf *out, const struct tc_ends *e, const struct tc_sockdiag *d);

#endif
