/* SPDX-License-Identifier: BSD-2-Clause */
/* What a peer that keeps to the RFCs must not take; for fuzz.c. */
#ifndef APP_FUZZ_JUDGE_H
#define APP_FUZZ_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_seg;

/* Of the frames that one case sent in place of honest ones. */
struct evidence {
	unsigned frames, bad;		/* all; those that must be dropped */
	unsigned data, syn;		/* in place of segments with payload, of our SYN */
	const char *clause;		/* of the last bad one */
	bool prot_bad;			/* the only data frame is a PROT frame that is wrong … */
	char prot_why[96];		/* … so */
};

/* ip: from the IPv4 header on; honest: the segment whose place it takes. */
void tc_evidence_add(struct evidence *e, const struct tc_seg *honest, const uint8_t *ip,
		     size_t n, bool prot);

#endif
