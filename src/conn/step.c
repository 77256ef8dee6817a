/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One event through the TCP machine. What goes to the wire and into buffers is done
 * first, callbacks after: a callback may call back into the connection, and must find
 * it settled.
 */
#include "own.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void gather_news(const struct tc_actions *acts, struct tc_news *news)
{
	*news = (struct tc_news){ 0 };
	for (unsigned i = 0; i < acts->n; i++) {
		const struct tc_action *a = &acts->a[i];

		if (a->type == TC_ACT_NOTE) {
			news->note = a->note.text;
			news->note_clause = a->note.clause;
		}
		if (a->type != TC_ACT_STATE)
			continue;
		assert(news->n_changes < TC_CHANGES_MAX);
		news->changes[news->n_changes].from = a->state.from;
		news->changes[news->n_changes].to = a->state.to;
		news->changes[news->n_changes++].clause = a->state.clause;
	}
}

static bool sends(const struct tc_actions *acts)
{
	for (unsigned i = 0; i < acts->n; i++)
		if (acts->a[i].type == TC_ACT_SEND)
			return true;
	return false;
}

static void keep(struct tc_conn *c, const struct tc_rx *rx, tc_seq seq, uint32_t len)
{
	uint32_t mask = c->stack->rcv_mask, at = seq & mask;
	uint32_t to_end = len < mask + 1 - at ? len : mask + 1 - at;
	const uint8_t *from = rx->payload + (seq - rx->seg.seq -
					     !!(rx->seg.flags & TC_FLAG_SYN));

	if (!c->rcv)
		c->rcv = malloc((size_t)mask + 1);
	if (!c->rcv)
		abort();	/* the machine has been told; there is no way back */
	memcpy(c->rcv + at, from, to_end);
	memcpy(c->rcv, from + to_end, len - to_end);
	c->beyond_hole += len;
}

static void acked(struct tc_conn *c, tc_seq seq)
{
	uint32_t n = seq - c->snd_base;

	if (n > c->snd.len)		/* the FIN's number, or the SYN's */
		n = c->snd.len;
	tc_ring_drop(&c->snd, n);
	c->snd_base += n;
	c->bytes_acked += n;
}

/* Wire, buffers and timer. The news rides on the first segment sent. */
static void do_settling(struct tc_conn *c, const struct tc_actions *acts,
			const struct tc_rx *rx, const struct tc_news *news)
{
	for (unsigned i = 0; i < acts->n; i++) {
		const struct tc_action *a = &acts->a[i];

		switch (a->type) {
		case TC_ACT_SEND:
			tc_output_segment(c->stack, c, &c->flow, &a->send.seg,
				       a->send.retransmission, news);
			news = NULL;
			break;
		case TC_ACT_NEED_BUFFER:
			keep(c, rx, a->range.seq, a->range.len);
			break;
		case TC_ACT_ACKED:
			acked(c, a->range.seq);
			break;
		case TC_ACT_TIMER:
			c->machine_at = a->at;
			tc_conn_retime(c);
			break;
		case TC_ACT_STATE:
			if (a->state.to != TC_ST_CLOSED)
				c->furthest = a->state.to;
			if (a->state.from == TC_ST_SYN_RECEIVED)
				tc_conn_left_handshake(c);
			break;
		case TC_ACT_COOKIE:
			tc_fastopen_keep(c->stack, a);
			break;
		case TC_ACT_DELIVER:
		case TC_ACT_FREE_BUFFER:
		case TC_ACT_NOTIFY:
		case TC_ACT_NOTE:
			break;
		}
	}
}

/* In-order bytes to the owner: from the segment where it has them, else from the
 * receive buffer, where a run may wrap. */
static void deliver(struct tc_conn *c, const struct tc_rx *rx, tc_seq seq, uint32_t len)
{
	uint32_t mask = c->stack->rcv_mask, at, n;
	tc_seq first = rx ? rx->seg.seq + !!(rx->seg.flags & TC_FLAG_SYN) : 0;

	c->bytes_received += len;
	for (; len; seq += n, len -= n) {
		const uint8_t *bytes;

		if (rx && tc_seq_in(seq, first, rx->seg.len)) {
			n = rx->seg.len - (seq - first);
			bytes = rx->payload + (seq - first);
		} else {
			at = seq & mask;
			n = mask + 1 - at;
			bytes = c->rcv + at;
			c->beyond_hole -= n < len ? n : len;
		}
		if (n > len)
			n = len;
		if (c->ops->data)
			c->ops->data(c, c->ctx, bytes, n);
	}
}

/* ops->ended, once. */
static void finish(struct tc_conn *c, enum tc_end end)
{
	if (c->end == TC_END_NONE)
		c->end = (uint8_t)end;
	if (c->ended)
		return;
	c->ended = true;
	tc_conn_set_deadline(c, 0);
	if (c->ops->ended)
		c->ops->ended(c, c->ctx, c->end);
}

/* The ACK number of an acceptable reset says how far the peer's TCP got. */
static void count_reset_ack(struct tc_conn *c, const struct tc_seg *seg)
{
	tc_seq ack = tc_follow_in(c, seg->ack);
	uint32_t n = ack - c->snd_base;

	if (seg->flags & TC_FLAG_ACK && n <= c->snd.len && tc_seq_leq(ack, c->tcb.snd_max))
		c->bytes_acked += n;
}

static void notify(struct tc_conn *c, enum tc_notify what, const struct tc_rx *rx)
{
	switch (what) {
	case TC_NOTIFY_CONNECTED:
		c->established_at = c->heard_stamp;
		if (c->ops->connected)
			c->ops->connected(c, c->ctx);
		break;
	case TC_NOTIFY_PEER_CLOSED:
		c->peer_fin = true;
		c->peer_fin_first = !c->our_fin;
		if (c->ops->peer_closed)
			c->ops->peer_closed(c, c->ctx);
		break;
	case TC_NOTIFY_REFUSED:
		c->end = TC_END_REFUSED;
		break;
	case TC_NOTIFY_RESET:
		if (rx)
			count_reset_ack(c, &rx->seg);
		c->end = TC_END_RESET;
		break;
	case TC_NOTIFY_TIMED_OUT:
		c->end = TC_END_TIMED_OUT;
		break;
	case TC_NOTIFY_CLOSED:
		finish(c, TC_END_CLOSED);
		break;
	case TC_NOTIFY_UNREACHABLE:
		c->end = TC_END_UNREACHABLE;
		break;
	case TC_NOTIFY_REOPEN:
		c->stack->reopen = true;
		c->stack->reopen_after = c->tcb.snd_max;
		break;
	case TC_NOTIFY_SOFT_ERROR:	/* the connection's info has it */
	case TC_NOTIFY_URGENT:		/* the bytes come in line (RFC 6093) */
		break;
	case TC_NOTIFY_ERROR:
		break;		/* conn.h's calls check the state before they ask */
	}
}

static void do_callbacks(struct tc_conn *c, const struct tc_actions *acts,
			 const struct tc_rx *rx)
{
	for (unsigned i = 0; i < acts->n && !c->freed; i++) {
		const struct tc_action *a = &acts->a[i];

		switch (a->type) {
		case TC_ACT_DELIVER:
			deliver(c, rx, a->range.seq, a->range.len);
			break;
		case TC_ACT_FREE_BUFFER:
			free(c->rcv);
			c->rcv = NULL;
			if (c->tcb.state != TC_ST_CLOSED)
				c->beyond_hole = 0;
			break;
		case TC_ACT_NOTIFY:
			notify(c, a->notify.what, rx);
			break;
		case TC_ACT_ACKED:
			if (c->ops->acked)
				c->ops->acked(c, c->ctx);
			break;
		case TC_ACT_STATE:
			if (a->state.to == TC_ST_TIME_WAIT)
				finish(c, TC_END_CLOSED);
			/* a reset handshake goes back to LISTEN: the listener is there still */
			if (a->state.to == TC_ST_LISTEN && a->state.from != TC_ST_CLOSED)
				finish(c, TC_END_RESET);
			break;
		case TC_ACT_SEND:
		case TC_ACT_NEED_BUFFER:
		case TC_ACT_COOKIE:
		case TC_ACT_TIMER:
		case TC_ACT_NOTE:
			break;
		}
	}
}

/* News belongs to the segment that caused it: the one in hand, else the first that is
 * sent; else it stands alone. */
static void step_once(struct tc_conn *c, const struct tc_event *ev, const struct tc_heard *h)
{
	const struct tc_rx *rx = h ? &h->rx : NULL;
	bool in_hand = h && ev->type != TC_EV_POLL;	/* that one goes on with it */
	struct tc_stack *s = c->stack;
	struct tc_actions acts;
	struct tc_news news;

	tc_tcp_step(&c->tcb, ev, &acts);
	s->progressed = true;
	gather_news(&acts, &news);
	if (in_hand)
		tc_story_received(s, c, h, &news);
	else if ((news.n_changes || news.note) && !sends(&acts))
		tc_story_change(s, c, &news);
	do_settling(c, &acts, rx, in_hand ? NULL : &news);
	do_callbacks(c, &acts, rx);
	if (acts.more && !c->freed)
		step_once(c, &(struct tc_event){ .type = TC_EV_POLL, .now = ev->now }, h);
}

/* Where there is no memory the machine does without: the peer sends it again. */
static void lend_disorder(struct tc_conn *c)
{
	c->disorder = malloc(sizeof *c->disorder);
	if (c->disorder)
		tc_tcp_lend(&c->tcb, c->disorder);
}

void tc_conn_step(struct tc_conn *c, const struct tc_event *ev, const struct tc_heard *h)
{
	if (ev->type == TC_EV_SEGMENT && tc_tcp_wants_place(&c->tcb, ev->seg))
		lend_disorder(c);
	c->depth++;
	step_once(c, ev, h);
	c->depth--;
	tc_conn_release(c);
}
