/* SPDX-License-Identifier: BSD-2-Clause */
/* What a sender has under way: for experiments about its window. */
#ifndef CONGESTION_FLIGHT_H
#define CONGESTION_FLIGHT_H

#include "lab/lab.h"

#define TC_SMALL_MSS 536u		/* RFC 9293 3.7.1: what each host takes */

/* What the peer sends at a stretch, from a number on. */
struct tc_flight {
	uint32_t bytes;			/* of data, each counted once */
	tc_seq end;			/* behind the furthest */
	uint32_t unit;			/* bytes of the one that came again, which is one segment: a
					 * capture may show many as one (GSO, GRO); 0: none did */
	tc_time last_at, again_at;	/* stamps: of the last new one, of that one */
	bool fin;			/* there is no more */
};

/* Gathered until one comes again (1), or none came for so long (quiet 0: however long), or for
 * `most`, or the connection is over (0). Nothing is acknowledged. Negative as tc_lab_next. */
int tc_lab_flight(struct tc_lab *lab, struct tc_lab_conn *c, tc_seq from, tc_time most,
		  tc_time quiet, struct tc_flight *fl, struct tc_error *err);

/* The first of a connection that never_acks, made to send as tc_lab_provoke does. Our SYN says this
 * MSS and a wide window; neither SACK nor timestamps, so that a loss is told by duplicate ACKs
 * alone, and a segment of data is as long as the MSS. 1; 0: nothing came, which is the finding (f
 * NULL: it is none). */
int tc_lab_first_flight(struct tc_lab *lab, struct tc_finding *f, unsigned mss,
			struct tc_lab_conn **c, tc_time quiet, struct tc_flight *fl,
			struct tc_error *err);

/* The next copy of the first segment of data, which nobody acknowledges, cited. 1; 0: none came by
 * then, or the connection is over. Negative as tc_lab_next. */
int tc_lab_next_copy(struct tc_lab *lab, struct tc_lab_conn *c, tc_time until,
		     struct tc_lab_frame **seen, struct tc_error *err);

#endif
