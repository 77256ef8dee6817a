/* SPDX-License-Identifier: BSD-2-Clause */
/* What a peer that keeps to the RFCs must not take; for fuzz.c. */
#ifndef FUZZ_JUDGE_H
#define FUZZ_JUDGE_H

#include <tcpcraft/filter.h>
#include <tcpcraft/fuzz.h>

/* What is known of the frames that one case sent in place of honest ones. */
struct tc_fuzz_evidence {
	unsigned frames, bad;		/* all; those that must be dropped */
	unsigned data, syn;		/* in place of segments with payload, of our SYN */
	/* of the last bad one in place of our SYN, of data, of any */
	const char *syn_clause, *data_clause, *clause;
	bool may_reset;			/* which allows a reset for an answer */
	bool frame_bad;			/* the only data frame is a frame that is wrong … */
	char frame_why[96];		/* … so */
};

/* in: what goes out in place of out->seg. */
void tc_evidence_add(struct tc_fuzz_evidence *e, const struct tc_outgoing *out,
		     const struct tc_injection *in, const struct tc_fuzz_config *cfg);

#endif
