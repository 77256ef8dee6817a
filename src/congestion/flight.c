/* SPDX-License-Identifier: BSD-2-Clause */
/* What a peer sends at a stretch; see flight.h. */
#include "flight.h"

#include <tcpcraft/seq.h>

#include <stdio.h>

/* true: it was sent before, and its length is that of one segment. */
static bool take(struct tc_flight *fl, struct tc_lab_frame *seen)
{
	const struct tc_seg *seg = &seen->rx.seg;
	tc_seq end = seg->seq + seg->len;

	if (seen->rx.kind != TC_RX_TCP || seg->flags & (TC_FLAG_SYN | TC_FLAG_RST) ||
	    !tc_seg_seq_len(seg))
		return false;
	seen->cited = true;
	fl->fin |= (seg->flags & TC_FLAG_FIN) != 0;
	if (!seg->len)
		return false;
	if (tc_seq_leq(end, fl->end)) {
		fl->unit = seg->len;
		return true;
	}
	fl->bytes += end - fl->end;
	fl->last_at = seen->stamp;
	fl->end = end;
	return false;
}

int tc_lab_flight(struct tc_lab *lab, struct tc_lab_conn *c, tc_seq from, tc_time most,
		  tc_time quiet, struct tc_flight *fl, struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + most, ends;
	struct tc_lab_frame *seen;
	int rc = 1;

	*fl = (struct tc_flight){ .end = from };
	while (rc > 0 && c->end == TC_LAB_ALIVE) {
		ends = fl->bytes && quiet ? tc_clock_monotonic() + quiet : until;
		rc = tc_lab_next(lab, c, ends < until ? ends : until, &seen, err);
		if (rc > 0 && take(fl, seen)) {
			fl->again_at = seen->stamp;
			return 1;
		}
	}
	return rc < 0 ? rc : 0;
}

int tc_lab_first_flight(struct tc_lab *lab, struct tc_finding *f, unsigned mss,
			struct tc_lab_conn **c, tc_time quiet, struct tc_flight *fl,
			struct tc_error *err)
{
	char options[40];
	const struct tc_lab_open how = { .options = options, .never_acks = true };
	struct tc_lab_frame *seen;
	int rc;

	snprintf(options, sizeof options, "mss %u,nop,wscale 7", mss);
	rc = tc_lab_provoke(lab, &how, c, &seen, err);
	if (rc == 0 && f)
		return tc_finding_mute(f, lab, *c, "a request that it answers with much", err);
	if (rc <= 0)
		return rc;
	(*c)->cursor--;			/* that one is the first of them */
	rc = tc_lab_flight(lab, *c, (*c)->irs + 1, lab->timeout, quiet, fl, err);
	return rc < 0 ? rc : 1;
}

int tc_lab_next_copy(struct tc_lab *lab, struct tc_lab_conn *c, tc_time until,
		     struct tc_lab_frame **seen, struct tc_error *err)
{
	int rc = 1;

	while (rc > 0 && c->end == TC_LAB_ALIVE) {
		rc = tc_lab_next(lab, c, until, seen, err);
		if (rc <= 0 || (*seen)->rx.kind != TC_RX_TCP || !(*seen)->rx.seg.len ||
		    (*seen)->rx.seg.seq != c->irs + 1)
			continue;
		(*seen)->cited = true;
		return 1;
	}
	return rc < 0 ? rc : 0;
}
