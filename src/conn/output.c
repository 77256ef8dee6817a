/* SPDX-License-Identifier: BSD-2-Clause */
/* From the machine's SEND actions to frames: built into slots, sent in batches. */
#include "stack.h"

#include <errno.h>
#include <string.h>

/* Bytes of the segment, straight from the send buffer to their place in the frame. The
 * machine counts a SYN as one number before the first byte. */
static void copy_payload(const struct tc_conn *c, const struct tc_seg *seg, uint8_t *to)
{
	tc_seq first = seg->seq + !!(seg->flags & TC_FLAG_SYN);

	tc_ring_copy(&c->snd, first - c->snd_base, to, seg->len);
}

/* By the furthest byte: a segment that begins with one sent before, as behind a probe of a
 * shut window, may bring new ones with it. */
static void count_bytes(struct tc_conn *c, const struct tc_seg *seg)
{
	tc_seq end = seg->seq + !!(seg->flags & TC_FLAG_SYN) + seg->len;
	int32_t more = (int32_t)(end - c->tcb.iss - 1 - (uint32_t)c->bytes_sent);

	if (seg->len && more > 0)
		c->bytes_sent += (uint32_t)more;
}

/* What the machine did, whatever a filter makes of it. */
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

uint8_t *tc_output_slot(struct tc_stack *s, struct tc_out **out)
{
	uint8_t *slot = s->slots + s->n_out * s->slot_bytes;

	if (s->n_out == BATCH) {
		tc_output_flush(s);
		slot = s->slots;
	}
	*out = &s->out[s->n_out++];
	**out = (struct tc_out){ .bytes = slot };
	s->stats.segments_sent++;
	return slot;
}

size_t tc_output_build(struct tc_stack *s, struct tc_conn *c, const struct tc_flow *flow,
		       const struct tc_seg *seg, uint8_t *to)
{
	struct tc_seg wire = *seg;

	wire.seq = tc_follow_out(c, seg->seq);
	if (seg->len)
		copy_payload(c, seg, to + tc_template_head_len(&s->template, seg));
	if (++s->next_ip_id == 0)	/* raw(7) would replace a zero */
		s->next_ip_id = 1;
	return tc_template_emit(&s->template, flow, &wire, s->next_ip_id, NULL, to);
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
		c->segments_sent++;
	slot = tc_output_slot(s, &out);
	out->len = tc_output_build(s, c, flow, seg, slot);
	out->marked = s->raw && seg->flags & TC_FLAG_RST;
	tc_story_expect(s, c, flow, seg, s->next_ip_id, out, retransmission, news);
	if (s->n_out == BATCH)
		tc_output_flush(s);
}

void tc_output_flush(struct tc_stack *s)
{
	unsigned n = s->n_out;

	if (n == 0)
		return;
	s->n_out = 0;
	/* A frame that could not be sent is a lost frame: TCP sends it again. Only what a
	 * local firewall refused is counted apart, since no patience cures that; and why the
	 * last one did not go is kept for who gives up. */
	tc_link_send(s->link, s->out, n, NULL);
	for (unsigned i = 0; i < n; i++)
		if (s->out[i].error == -EPERM)
			s->stats.sends_blocked++;
		else
			s->stats.send_error = s->out[i].error;
}
