/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the lab share; experiments use lab.h. */
#ifndef LAB_OWN_H
#define LAB_OWN_H

#include "lab.h"

#include <tcpcraft/packet.h>
#include <tcpcraft/rng.h>

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
	size_t n_conns, conns_cap;
	struct tc_lab_frame **log;		/* in wire order */
	size_t n_log, log_cap;
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

/* Receive all that is there; when nothing is, wait for it until then. 1: something came.
 * 0: nothing by then. Negative: stopped, or the link is dead. */
int tc_lab_pump(struct tc_lab *lab, tc_time until, struct tc_error *err);

/* Where nothing was cited, what came last says why. */
void tc_lab_cite_last(struct tc_lab *lab);

/* Look at all that came by now on this connection: it does not answer what is said next. */
int tc_lab_catch_up(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_error *err);

#endif
