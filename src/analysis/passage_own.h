/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files that follow segments from end to end share. */
#ifndef ANALYSIS_PASSAGE_OWN_H
#define ANALYSIS_PASSAGE_OWN_H

#include "passage.h"

/* passage_pair.c */
uint32_t tc_passage_hash(const struct tc_rx *rx);	/* of its payload */
bool tc_passage_is_flipped(const struct tc_gathered_convo *a, const struct tc_gathered_convo *b);

/* False: it is cut too short, or damaged. */
static inline bool tc_passage_read(const struct tc_gathered_segment *g, struct tc_rx *rx)
{
	const struct tc_frame *f = &g->frame;

	return tc_rx_parse_cut(rx, f->bytes, f->len, f->wire_len, f->dlt, NULL) >= 0 &&
	       rx->kind == TC_RX_TCP;
}

/* passage_match.c: which is which, at both ends; passage_clock.c: how long each took, by clocks
 * that the unmistakable ones of them align. */
int tc_passage_match(struct tc_passages *p, struct tc_error *err);
void tc_passage_align(struct tc_passages *p);

/* A stamp of a capture by the client's clock. */
tc_time tc_passage_time(const struct tc_passages *p, unsigned capture, tc_time stamp);

/* How long it took, by that; both are there. */
static inline tc_time tc_passage_delay(const struct tc_passages *p, const struct tc_passing *s,
				       const struct tc_passing *r)
{
	return tc_passage_time(p, !s->from, r->g->frame.stamp) -
	       tc_passage_time(p, s->from, s->g->frame.stamp);
}

#endif
