/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The story for the observer, in the order of the wire: a frame is told when the capture
 * shows it, ours too. What we sent is remembered until its copy comes back; a frame with
 * our tuple that nobody here sent is the kernel's. Without an observer only resets are
 * remembered, so that a leaked kernel reset can be told from our own.
 */
#include "stack.h"

#include <stdlib.h>
#include <string.h>

static struct tc_sent *nth(struct tc_stack *s, uint32_t i)
{
	return &s->sent[(s->sent_first + i) & (SENT_MAX - 1)];
}

static void tell(struct tc_stack *s, struct tc_trace *t, const struct tc_news *news)
{
	if (!s->observer.trace)
		return;
	if (news)
		t->news = *news;
	s->observer.trace(s->observer.ctx, t);
}

static void tell_sent(struct tc_stack *s, const struct tc_sent *e, const struct tc_rx *rx,
		      const struct tc_frame *f)
{
	struct tc_trace t = {
		.conn = e->conn, .stamp = f->stamp, .origin = TC_ORIGIN_US,
		.frame = f->bytes, .frame_len = f->len, .wire_len = f->wire_len, .rx = rx,
		.retransmission = e->retransmission, .unseen = f->bytes == e->frame,
	};

	if (e->conn)
		tell(s, &t, &e->news);
}

/* The capture never showed the oldest one. */
static void give_up_oldest(struct tc_stack *s)
{
	struct tc_sent *e = nth(s, 0);
	struct tc_frame f = { e->frame, e->frame_len, e->frame_len, e->stamp };
	struct tc_rx rx;

	if (e->frame && tc_rx_parse(&rx, e->frame, e->frame_len, s->dlt_sent, NULL) == 0)
		tell_sent(s, e, &rx, &f);
	free(e->frame);
	s->sent_first++;
	s->sent_n--;
}

void tc_story_expect(struct tc_stack *s, struct tc_conn *c, const struct tc_flow *flow,
		  const struct tc_seg *seg, uint16_t ip_id, const struct tc_out *out,
		  bool retransmission, const struct tc_news *news)
{
	struct tc_sent *e;

	if (!s->observer.trace && !(seg->flags & TC_FLAG_RST))
		return;
	if (s->sent_n == SENT_MAX)
		give_up_oldest(s);
	e = nth(s, s->sent_n++);
	*e = (struct tc_sent){
		.flow = *flow, .seq = seg->seq, .len = seg->len, .flags = seg->flags,
		.ip_id = ip_id, .conn = c, .retransmission = retransmission,
	};
	if (news)
		e->news = *news;
	if (!s->observer.trace)
		return;
	e->stamp = tc_clock_realtime();
	e->frame = malloc(out->len);
	if (e->frame) {
		memcpy(e->frame, out->bytes, out->len);
		e->frame_len = out->len;
	}
}

static bool is_copy(const struct tc_sent *e, const struct tc_rx *rx)
{
	return e->ip_id == rx->ip_id && e->seq == rx->seg.seq && e->len == rx->seg.len &&
	       e->flags == rx->seg.flags && e->flow.local_port == rx->sport &&
	       e->flow.remote_port == rx->dport && e->flow.local_addr == rx->src &&
	       e->flow.remote_addr == rx->dst;
}

/* A frame that left this host with our tuple. True when we sent it; else the kernel did. */
bool tc_story_sent_copy(struct tc_stack *s, const struct tc_rx *rx, const struct tc_frame *f,
		     const struct tc_conn *c)
{
	struct tc_trace t = {
		.conn = c, .stamp = f->stamp, .origin = TC_ORIGIN_KERNEL, .frame = f->bytes,
		.frame_len = f->len, .wire_len = f->wire_len, .rx = rx,
	};
	uint32_t i = 0;

	while (i < s->sent_n && !is_copy(nth(s, i), rx))
		i++;
	if (i == s->sent_n) {
		if (c)
			tell(s, &t, NULL);
		return false;
	}
	while (i--)		/* the wire keeps order: the ones before were lost */
		give_up_oldest(s);
	tell_sent(s, nth(s, 0), rx, f);
	free(nth(s, 0)->frame);
	s->sent_first++;
	s->sent_n--;
	return true;
}

/* What our own segments did to the machine happened before this one of the peer was read,
 * even if they crossed it on the wire. */
static void tell_news_of_sent(struct tc_stack *s, const struct tc_conn *c)
{
	for (uint32_t i = 0; i < s->sent_n; i++) {
		struct tc_sent *e = nth(s, i);

		if (e->conn != c || !e->news.n_changes)
			continue;
		tc_story_change(s, c, &e->news);
		e->news = (struct tc_news){ 0 };
	}
}

void tc_story_received(struct tc_stack *s, const struct tc_conn *c, const struct tc_rx *rx,
		    const struct tc_frame *f, const struct tc_news *news)
{
	struct tc_trace t = {
		.conn = c, .stamp = f->stamp, .origin = TC_ORIGIN_PEER, .frame = f->bytes,
		.frame_len = f->len, .wire_len = f->wire_len, .rx = rx,
	};

	tell_news_of_sent(s, c);
	tell(s, &t, news);
}

void tc_story_change(struct tc_stack *s, const struct tc_conn *c,
		  const struct tc_news *news)
{
	struct tc_trace t = { .conn = c, .origin = TC_ORIGIN_US };

	if (!s->observer.trace)
		return;
	t.stamp = tc_clock_realtime();
	tell(s, &t, news);
}

/* c goes away: what it sent stays remembered, for the leak count, but is not told. */
void tc_story_forget(struct tc_stack *s, const struct tc_conn *c)
{
	for (uint32_t i = 0; i < s->sent_n; i++)
		if (nth(s, i)->conn == c)
			nth(s, i)->conn = NULL;
}

void tc_story_flush(struct tc_stack *s)
{
	while (s->sent_n)
		give_up_oldest(s);
}
