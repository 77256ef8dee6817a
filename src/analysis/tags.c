/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Analysis of segments from outside; see tags.h. Each test is one definition of the
 * Wireshark User's Guide, chapter "TCP Analysis".
 */
#include "tags.h"

#define SFR (TC_FLAG_SYN | TC_FLAG_FIN | TC_FLAG_RST)
#define FAST_WITHIN (20 * TC_MS)	/* of the ACK that asks for it */
#define REORDER_WITHIN (3 * TC_MS)	/* where no handshake told the round trip */
#define FAST_DUPLICATES 2
#define WSCALE_MOST 14			/* RFC 7323 2.3 */

/* A segment between its sender's direction and the other one. */
struct view {
	const struct tc_seg *seg;
	struct tc_tag_side *own, *other;
	const struct tc_tag_state *s;
	tc_time now;
	bool takes_probe;		/* see takes_probe() */
};

static bool is_keep_alive(const struct view *v)
{
	return v->seg->len <= 1 && !(v->seg->flags & SFR) && v->own->next_known &&
	       v->seg->seq + 1 == v->own->next;
}

/* A keep-alive's byte is garbage: the data behind it begins where it was. */
static bool follows_keep_alive(const struct view *v)
{
	return v->seg->seq + 1 == v->own->next && v->seg->len > 1;
}

/* One byte into a closed window. */
static bool is_probe(const struct view *v)
{
	return v->seg->len == 1 && v->own->next_known && v->other->ack_known &&
	       v->seg->seq == v->own->next && v->other->wnd == 0;
}

/* Does it acknowledge the byte of the probe before it? RFC 9293 3.8.6.1 leaves to the receiver
 * whether it takes that: only now is it known that the probe moved its sender's numbers. */
static bool takes_probe(const struct view *v)
{
	return v->other->probe && v->seg->flags & TC_FLAG_ACK &&
	       v->seg->ack == v->other->next + 1;
}

/* No data, and the numbers of the segment before it. */
static bool repeats_numbers(const struct view *v)
{
	return v->seg->len == 0 && !(v->seg->flags & SFR) && v->own->next_known &&
	       v->own->ack_known && v->seg->seq == v->own->next &&
	       v->seg->ack == v->own->ack;
}

static uint32_t repeated_ack(struct view *v)
{
	bool same_window = v->seg->wnd == v->own->wnd;

	if (v->takes_probe && !v->seg->len && !(v->seg->flags & SFR))
		return !v->seg->wnd ? TC_TAG_BIT(ZERO_WINDOW_PROBE_ACK) :
		       same_window ? 0 : TC_TAG_BIT(WINDOW_UPDATE);
	if (!repeats_numbers(v))
		return 0;
	if (v->seg->wnd == 0)
		return same_window && v->other->probe ? TC_TAG_BIT(ZERO_WINDOW_PROBE_ACK) : 0;
	if (same_window && v->other->keep_alive)
		return TC_TAG_BIT(KEEP_ALIVE_ACK);
	if (!same_window)
		return TC_TAG_BIT(WINDOW_UPDATE);
	return TC_TAG_BIT(DUPLICATE_ACK);
}

static bool fills_window(const struct view *v)
{
	const struct tc_tag_side *o = v->other;

	return v->seg->len && !(v->seg->flags & SFR) && o->ack_known && o->wscale_known &&
	       v->seg->seq + v->seg->len == o->ack + ((uint32_t)o->wnd << o->wscale);
}

/* All of it was acknowledged before. */
static bool is_spurious(const struct view *v)
{
	return v->seg->len && v->other->ack_known &&
	       tc_seq_leq(v->seg->seq + v->seg->len, v->other->ack);
}

/* The tags of a segment that carries bytes that were sent before. */
static uint32_t again(const struct view *v)
{
	const struct tc_tag_side *o = v->other;
	tc_time threshold = v->s->initial_rtt ? v->s->initial_rtt : REORDER_WITHIN;
	tc_time since_next = v->now - v->own->next_at, since_ack = v->now - o->ack_at;
	tc_seq end = v->seg->seq + tc_seg_seq_len(v->seg);

	if (o->duplicate_acks >= FAST_DUPLICATES && v->seg->seq == o->ack &&
	    since_ack >= 0 && since_ack < FAST_WITHIN)
		return TC_TAG_BIT(FAST_RETRANSMISSION) | TC_TAG_BIT(RETRANSMISSION);
	/* a clock that went back tells no distance: the same was captured twice */
	if (since_next >= 0 && since_next < threshold && end != v->own->next)
		return TC_TAG_BIT(OUT_OF_ORDER);
	return TC_TAG_BIT(RETRANSMISSION);
}

static uint32_t judge(struct view *v)
{
	const struct tc_seg *seg = v->seg;
	uint32_t tags = 0;

	if (is_probe(v))
		tags |= TC_TAG_BIT(ZERO_WINDOW_PROBE);
	else if (seg->wnd == 0 && !(seg->flags & SFR))
		tags |= TC_TAG_BIT(ZERO_WINDOW);
	if (is_spurious(v) && !is_keep_alive(v))
		tags |= TC_TAG_BIT(SPURIOUS_RETRANSMISSION) | TC_TAG_BIT(RETRANSMISSION);
	if (tags & TC_TAG_BIT(ZERO_WINDOW_PROBE))
		return tags;
	if (is_keep_alive(v))
		tags |= TC_TAG_BIT(KEEP_ALIVE);
	else if (v->own->next_known && tc_seq_gt(seg->seq, v->own->next) &&
		 !(seg->flags & TC_FLAG_RST))
		tags |= TC_TAG_BIT(LOST_SEGMENT);
	if (fills_window(v))
		tags |= TC_TAG_BIT(WINDOW_FULL);
	if (seg->flags & TC_FLAG_ACK) {
		tags |= repeated_ack(v);
		if (!v->takes_probe && v->other->explained_known &&
		    tc_seq_gt(seg->ack, v->other->explained))
			tags |= TC_TAG_BIT(ACK_LOST_SEGMENT);
	}
	if (!(tags & (TC_TAG_BIT(KEEP_ALIVE) | TC_TAG_BIT(RETRANSMISSION))) && v->own->next_known &&
	    (seg->len || seg->flags & (TC_FLAG_SYN | TC_FLAG_FIN)) &&
	    tc_seq_lt(seg->seq, v->own->next) && !follows_keep_alive(v))
		tags |= again(v);
	return tags;
}

/* A scale counts when both SYNs bring one (RFC 7323 2.2); unknown without a SYN. */
static void note_scale(struct tc_tag_side *own, struct tc_tag_side *other,
		       const struct tc_seg *seg)
{
	bool offered = seg->opts.present & TC_HAS_WSCALE;

	own->wscale_known = true;
	own->wscale = offered ? seg->opts.wscale : 0;
	if (own->wscale > WSCALE_MOST)
		own->wscale = WSCALE_MOST;
	if (!(seg->flags & TC_FLAG_ACK))
		return;
	if (!offered)
		other->wscale = 0;
}

/* Where a SYN and its answer meet an older connection, an acknowledgment of that comes before the
 * SYN,ACK (RFC 9293 3.5.1): numbers of nothing that was sent. The first SYN begins them. */
static void begin_numbers(const struct view *v)
{
	if (v->seg->flags & TC_FLAG_SYN && !v->own->began &&
	    v->seg->seq + tc_seg_seq_len(v->seg) != v->own->next)
		v->own->next_known = v->own->explained_known = false;
}

/* (A reset's number is where its receiver expects one, or 0: RFC 9293 3.10.7.1. It says nothing of
 * what its sender has sent.) */
static void note_sent(struct view *v, uint32_t tags)
{
	const struct tc_seg *seg = v->seg;
	tc_seq end = seg->seq + tc_seg_seq_len(seg);

	if (seg->flags & TC_FLAG_RST)
		return;
	if (!(tags & TC_TAG_BIT(ZERO_WINDOW_PROBE)) &&
	    (!v->own->next_known || tc_seq_gt(end, v->own->next) ||
	     tags & TC_TAG_BIT(REUSED_PORTS))) {
		v->own->next = end;
		v->own->next_at = v->now;
		v->own->next_known = true;
	}
	if (!v->own->explained_known || seg->seq == v->own->explained) {
		v->own->explained = v->own->next;
		v->own->explained_known = true;
	}
	v->own->began |= end != seg->seq;
}

static void note_numbers(struct view *v, uint32_t tags)
{
	const struct tc_seg *seg = v->seg;

	note_sent(v, tags);
	if (!(seg->flags & TC_FLAG_ACK))
		return;
	if (v->takes_probe)
		v->other->next = v->other->explained = seg->ack;
	if (tags & TC_TAG_BIT(ACK_LOST_SEGMENT))
		v->other->explained = seg->ack;
	if (tags & TC_TAG_BIT(DUPLICATE_ACK))
		v->own->duplicate_acks++;
	else if (seg->ack != v->own->ack)
		v->own->duplicate_acks = 0;
	v->own->ack = seg->ack;
	v->own->ack_at = v->now;
	v->own->ack_known = true;
}

static void note_time(struct tc_tag_state *s, const struct tc_seg *seg, tc_time now)
{
	unsigned flags = seg->flags & (TC_FLAG_SYN | TC_FLAG_ACK | TC_FLAG_RST);

	if (flags == TC_FLAG_SYN)
		s->syn_at = now;
	else if (flags == TC_FLAG_ACK && s->syn_at && !s->initial_rtt)
		s->initial_rtt = now - s->syn_at;
}

uint32_t tc_tags_segment(struct tc_tag_state *s, unsigned from, const struct tc_seg *seg,
			 tc_time now)
{
	struct view v = { seg, &s->side[from], &s->side[!from], s, now, false };
	uint32_t tags;

	begin_numbers(&v);
	v.takes_probe = takes_probe(&v);
	tags = judge(&v);

	note_time(s, seg, now);
	if (seg->flags & TC_FLAG_SYN)
		note_scale(v.own, v.other, seg);
	note_numbers(&v, tags);
	v.own->wnd = seg->wnd;
	v.own->keep_alive = tags & TC_TAG_BIT(KEEP_ALIVE);
	v.own->probe = tags & TC_TAG_BIT(ZERO_WINDOW_PROBE);
	return tags;
}
