/* SPDX-License-Identifier: BSD-2-Clause */
/* From the machine's SEND actions to frames. */
#include "own.h"

/* Bytes are counted by the furthest one: a segment that begins with a byte sent before, as after a
 * zero-window probe, may carry new ones as well. */
static void count_bytes(struct tc_conn *c, const struct tc_seg *seg)
{
	tc_seq end = seg->seq + !!(seg->flags & TC_FLAG_SYN) + seg->len;
	int32_t more = (int32_t)(end - c->tcb.iss - 1 - (uint32_t)c->bytes_sent);

	if (seg->len && more > 0)
		c->bytes_sent += (uint32_t)more;
}

/* Counts the segment as sent even if a filter then changes or drops it. */
static void count(struct tc_conn *c, const struct tc_seg *seg, bool retransmission)
{
	count_bytes(c, seg);
	if (!retransmission) {
		c->nth++;
		c->nth_data += seg->len > 0;
		c->nth_ack += seg->len == 0 && seg->flags == TC_FLAG_ACK;
	}
	if (seg->flags & TC_FLAG_FIN)
		c->our_fin = true;
	if (seg->flags & TC_FLAG_SYN && !c->syn_sent_at)
		c->syn_sent_at = tc_clock_realtime();
}

/* How many the link makes of it. */
static unsigned pieces(const struct tc_seg *seg)
{
	return seg->each ? seg->len / seg->each : 1;
}

/* c is NULL for a reset that belongs to no connection. */
void tc_output_segment(struct tc_stack *s, struct tc_conn *c, const struct tc_flow *flow,
		       const struct tc_seg *seg, bool retransmission,
		       const struct tc_news *news)
{
	struct tc_out *out;
	uint8_t *slot;

	if (c)
		count(c, seg, retransmission);
	if (c && s->filter.segment &&
	    tc_filter_segment(s, c, flow, seg, retransmission, news))
		return;
	if (c)
		c->segments_sent += pieces(seg);
	slot = tc_output_slot(s, &out);
	out->len = tc_output_build(s, c, flow, seg, slot);
	if (tc_keys_wanted(s))
		tc_keys_sign(s, c, slot, out->len);
	out->each = seg->each;
	s->next_ip_id = (uint16_t)(s->next_ip_id + pieces(seg) - 1);	/* each has its own */
	s->stats.segments_sent += pieces(seg) - 1;
	out->marked = s->raw && seg->flags & TC_FLAG_RST;
	tc_story_expect(s, c, seg->flags, out, retransmission, news);
	if (s->n_out == BATCH)
		tc_output_flush(s);
}
