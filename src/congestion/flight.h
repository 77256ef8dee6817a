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

/* The first of a connection that never_acks, made to send as tc_lab_provoke does. 1; 0: nothing
 * came, which is the finding tc_finding_no_flight. */
int tc_lab_first_flight(struct tc_lab *lab, const char *options, struct tc_lab_conn **c,
			tc_time quiet, struct tc_flight *fl, struct tc_error *err);
void tc_finding_no_flight(struct tc_finding *f, const struct tc_lab *lab,
			  const struct tc_lab_conn *c);

/* Options of a SYN whose window is wide; without SACK and timestamps, so that a loss is told by
 * duplicate ACKs alone, and a segment of data is as long as the MSS. */
#define TC_WIDE_TEXT 40
const char *tc_lab_wide(unsigned mss, char text[TC_WIDE_TEXT]);

#endif
