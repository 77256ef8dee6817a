/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the lab share; experiments use lab.h. */
#ifndef LAB_OWN_H
#define LAB_OWN_H

#include "lab.h"

#include <tcpcraft/packet.h>
#include <tcpcraft/rng.h>

#include "base/array.h"
#include "base/pace.h"
#include "host/iss.h"
#include "link/receiver.h"

#define NUMBERS 65536			/* of our frames: their ip.id */

struct tc_lab_parts {
	struct tc_link *link;
	struct tc_receiver receiver;
	int dlt;
	bool ethernet;			/* frames begin with that header */
	struct tc_rng rng;
	struct tc_iss_key iss_key;
	struct tc_packet packet;	/* what is being built */
	struct tc_lab_conn **conns;
	size_t n_conns;
	struct tc_lab_frame **log;		/* in wire order */
	size_t n_log;
	size_t cursor;			/* of tc_lab_next on any connection */
	tc_time last_second;		/* when cfg.second was called last */
	struct tc_pace pace;		/* of frames */
	uint16_t last_number;
	bool was_sent[NUMBERS];
	bool cited[NUMBERS];
	uint64_t sent, received, blocked;
};

/* lab.c: whose frames are, to a lab. */
extern const struct tc_receiver_ops tc_lab_receives;

/* ends.c: the latest connection with this end of ours, and with both ends; ports come again. */
struct tc_lab_conn *tc_lab_find_end(const struct tc_lab *lab, const struct tc_addr *addr,
				    uint16_t port);
struct tc_lab_conn *tc_lab_find(const struct tc_lab *lab, const struct tc_flow *flow);

/* The connection whose tc_lab_ping this answers; NULL: none. */
struct tc_lab_conn *tc_lab_pinged(const struct tc_lab *lab, const struct tc_rx *rx);

/* The end of ours that a segment is for, where clients are asked: a connection, or a new call.
 * NULL: none. */
struct tc_lab_conn *tc_lab_called(struct tc_lab *lab, const struct tc_flow *flow,
				  const struct tc_heard *h);

/* lab.c, for whoever builds a packet of another kind: wait for its turn, which gives it a number;
 * own->packet, empty up to the IP header of this connection, whose layer is returned; that header
 * set; its bytes sent, as tc_lab_put. */
int tc_lab_turn(struct tc_lab *lab, struct tc_error *err);
int tc_lab_push_ip(struct tc_lab *lab, const struct tc_lab_conn *c, struct tc_error *err);
int tc_lab_set_ip(struct tc_lab *lab, const struct tc_flow *flow, const struct tc_lab_seg *seg,
		  int ip, struct tc_error *err);
int tc_lab_transmit(struct tc_lab *lab, const uint8_t *bytes, size_t n, bool marked,
		    struct tc_error *err);

/* What is for the log goes there. */
int tc_lab_take(struct tc_lab *lab, const struct tc_heard *h, struct tc_error *err);

/* hang_up.c: what the peers of connections that were reset still say, in one frame, and in all:
 * who waits for something else is reset there. */
int tc_lab_reset_again(struct tc_lab *lab, const struct tc_lab_frame *seen,
		       struct tc_error *err);
void tc_lab_hear_out(struct tc_lab *lab);

/* calls.c: calls that the experiment before left, and that this one leaves, in lab->cfg.calls. */
int tc_lab_take_calls(struct tc_lab *lab, struct tc_error *err);
void tc_lab_leave_calls(struct tc_lab *lab);

/* Where nothing was cited, what came last says why. */
void tc_lab_cite_last(struct tc_lab *lab);

/* Why there is no handshake though something came for our SYN; nothing where nothing came. */
void tc_lab_tell_silence(struct tc_buf *out, const struct tc_lab_conn *c);

/* Look at all that came by now on this connection: it does not answer what is said next. */
int tc_lab_catch_up(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_error *err);

#endif
