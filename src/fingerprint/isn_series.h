/* SPDX-License-Identifier: BSD-2-Clause */
/* What a series of initial sequence numbers says of who drew it. Pure. */
#ifndef FINGERPRINT_ISN_SERIES_H
#define FINGERPRINT_ISN_SERIES_H

#include <tcpcraft/clock.h>
#include <tcpcraft/seq.h>

struct tc_isn_sample {
	tc_seq isn;
	tc_time at;			/* stamp, ns */
};

struct tc_isn_series {
	struct tc_isn_sample *s;
	unsigned n;
};

struct tc_isn_traits {
	bool steady;			/* on one four-tuple they grow as a clock does */
	double rate;			/* by so much a second */
	uint32_t step;			/* all differences are multiples of it; 1: of none that
					 * chance would not bring about; 0: they are all one */
	double bits;			/* unknown to who knows the one before, the clock and
					 * the step: of 32 */
};

/* many: one of each four-tuple, four or more, in the order in which they were drawn; same:
 * of one four-tuple, which may be fewer. */
void tc_isn_analyse(struct tc_isn_traits *t, const struct tc_isn_series *many,
		    const struct tc_isn_series *same);

/* RFC 6528 wants all 32 bits to be unknown: what is estimated from some 30 numbers is so far
 * off at most. */
#define TC_ISN_BITS 30.0
#define TC_ISN_GUESSABLE 16.0		/* fewer can be tried within seconds */

/* The greatest number that both are multiples of; of 0 and n: n. */
uint32_t tc_isn_gcd(uint32_t a, uint32_t b);

#endif
