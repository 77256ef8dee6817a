/* SPDX-License-Identifier: BSD-2-Clause */
/* A part of the experiment options: what the server sends to one who named a small MSS. */
#include "small_mss.h"

#define SMALL_MSS 88u
#define AGAIN_WAIT (2 * TC_S)		/* an RTO, and one twice as long */

/*
 * With a small MSS: how long is the longest segment of what the server says? A peer on this
 * host hands over several segments as one, which a network card would cut (segmentation
 * offload), and a card of ours may put several together again. Both have the sum of the
 * pseudo-header alone for a checksum: of them nothing can be told. What is sent again for
 * want of an ACK comes one by one: nothing is acknowledged here. Who has less to say than fits
 * into a segment of that MSS has not shown that it is kept to.
 */
struct lengths {
	unsigned segment;		/* the longest with a checksum of its own */
	unsigned together;		/* the longest that may be several */
	unsigned again;			/* the longest that came again */
	unsigned said;			/* as far as it came, from the first byte */
};

static void measure(struct lengths *l, const struct tc_rx *rx, tc_seq first, bool again)
{
	unsigned *most = again && rx->seg.seq == first ? &l->again :
			 rx->tcp_checksum == TC_CSUM_OK ? &l->segment : &l->together;

	if (rx->kind != TC_RX_TCP || rx->seg.len == 0)
		return;
	if (rx->seg.len > *most)
		*most = rx->seg.len;
	if (rx->seg.seq - first < UINT16_MAX && rx->seg.seq - first + rx->seg.len > l->said)
		l->said = rx->seg.seq - first + rx->seg.len;
}

static void tell_mss(struct tc_finding *f, const struct lengths *l)
{
	unsigned most = l->again > l->segment ? l->again : l->segment;

	if (!most && !l->together)
		return;
	if (l->segment > SMALL_MSS)
		tc_finding_text(f, "mss_honoured", "no: %u bytes in a segment, we said %u",
				l->segment, SMALL_MSS);
	else if (l->together > SMALL_MSS && (!l->again || l->again > SMALL_MSS))
		tc_finding_text(f, "mss_honoured", "cannot tell here: %u bytes came as one, but "
				"may be several segments (offload), we said %u", l->together,
				SMALL_MSS);
	else if (l->said < SMALL_MSS)
		tc_finding_text(f, "mss_honoured", "cannot tell: the server said no more than %u "
				"bytes, which fit into one segment of %u", l->said, SMALL_MSS);
	else
		tc_finding_text(f, "mss_honoured", "yes: %u bytes at most, we said %u",
				most ? most : l->together, SMALL_MSS);
}

int tc_small_mss(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct tc_lab_open how = { .options = "mss 88", .never_acks = true, .much = true };
	struct lengths l = { 0 };
	struct tc_lab_conn *c;
	struct tc_lab_frame *seen;
	tc_seq first = 0;
	tc_time until = 0;
	int rc = tc_lab_provoke(lab, &how, &c, &seen, err);

	if (rc > 0) {
		first = seen->rx.seg.seq;
		until = tc_clock_monotonic() + tc_lab_wait(lab, AGAIN_WAIT);
	}
	while (rc > 0 && !l.again) {
		seen->cited |= seen->rx.kind == TC_RX_TCP && seen->rx.seg.len > 0;
		measure(&l, &seen->rx, first, l.segment || l.together);
		rc = tc_lab_next(lab, c, until, &seen, err);
	}
	if (rc >= 0)
		tell_mss(f, &l);
	return rc < 0 ? rc : 0;
}
