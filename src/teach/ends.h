/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two ends of a connection side by side: our end's variables as RFC 9293 3.3.1 names
 * them, kept from the segments that passed, and what the kernel at the other end says of
 * its own. Pure, one thread.
 */
#ifndef TEACH_ENDS_H
#define TEACH_ENDS_H

#include "analysis/wire_state.h"
#include "host/sockdiag.h"

struct tc_buf;

struct tc_ends {		/* zeros: nothing passed yet */
	struct tc_wire_states wire;	/* side 0 is ours */
	uint16_t our_port, peer_port;
	unsigned segments_sent, segments_received, retransmitted;
};

/* Our end's send and receive variables (RFC 9293 3.3.1), counted from the initial numbers. */
struct tc_ends_variables {
	uint32_t snd_una, snd_nxt, rcv_nxt;
	uint16_t snd_wnd, rcv_wnd;	/* as in the headers */
};

/* A segment passed; ours: we sent it. A new SYN begins anew. */
void tc_ends_segment(struct tc_ends *e, bool ours, const struct tc_rx *rx);

/* Our state, as the segments say. */
enum tc_state tc_ends_state(const struct tc_ends *e);

struct tc_ends_variables tc_ends_variables(const struct tc_ends *e);

/* Append both as a table, numbers counted from the initial ones. d NULL: not known. */
void tc_ends_print(struct tc_buf *out, const struct tc_ends *e, const struct tc_sockdiag *d);

/* The same as a JSON line of type `ends`. */
void tc_ends_json(struct tc_buf *out, const struct tc_ends *e, const struct tc_sockdiag *d);

#endif
