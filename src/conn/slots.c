/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames that are gathered for one send: each is built into a slot of its own. */
#include "own.h"

#include "wire/place.h"

#include <errno.h>
#include <string.h>

/* Bytes of the segment, straight from the send buffer to their place in the frame. The
 * machine counts a SYN as one number before the first byte. */
static void copy_payload(const struct tc_conn *c, const struct tc_seg *seg, uint8_t *to)
{
	tc_seq first = seg->seq + !!(seg->flags & TC_FLAG_SYN);

	tc_ring_copy(&c->snd, first - c->snd_base, to, seg->len);
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

/* raw(7) would replace a zero: only who asked for it gets it. */
static uint16_t next_ip_id(struct tc_stack *s, uint16_t flags)
{
	const uint16_t both = TC_FLAG_SYN | TC_FLAG_ACK;

	if (s->ip.ipid == TC_IPID_ZERO || (s->ip.ipid == TC_IPID_LATE && (flags & both) == both))
		return 0;
	if (s->ip.ipid == TC_IPID_RANDOM)
		s->next_ip_id = (uint16_t)tc_rng_u64(&s->rng);
	else
		s->next_ip_id++;
	if (s->next_ip_id == 0)
		s->next_ip_id = 1;
	return s->next_ip_id;
}

size_t tc_output_build(struct tc_stack *s, struct tc_conn *c, const struct tc_flow *flow,
		       const struct tc_seg *seg, uint8_t *to)
{
	struct tc_seg wire = *seg;
	size_t len;

	if (c && c->follow)
		wire.seq = tc_follow_out(c, seg->seq);
	if (seg->len)
		copy_payload(c, seg, to + tc_template_head_len(tc_stack_template(s, flow), seg));
	len = tc_template_emit(tc_stack_template(s, flow), flow, &wire, next_ip_id(s, seg->flags), NULL,
			       to);
	if (s->learns)
		memcpy(PLACE(to, ETH_DST), c ? c->mac : s->heard_mac, sizeof c->mac);
	return len;
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
