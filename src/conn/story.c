/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The story for the observer, in the order of the wire: a frame is told when the capture
 * shows it, ours too. What we sent is remembered until its copy comes back; a frame with
 * our tuple that nobody here sent is the kernel's. Without an observer only resets are
 * remembered, so that a leaked kernel reset can be told from our own.
 */
#include "own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct tc_sent *nth(struct tc_stack *s, uint32_t i)
{
	return &s->sent[(s->sent_first + i) & (s->sent_cap - 1)];
}

static void tell(struct tc_stack *s, struct tc_trace *t, const struct tc_news *news)
{
	if (!s->observer.trace)
		return;
	if (news)
		t->news = *news;
	if (t->news.n_changes)
		t->state = t->news.changes[t->news.n_changes - 1].to;
	s->observer.trace(s->observer.ctx, t);
}

/* rx is NULL when nobody can take the frame apart; l3: its IPv4 header, as sent or seen. */
static void tell_sent(struct tc_stack *s, const struct tc_sent *e, const struct tc_rx *rx,
		      const struct tc_frame *f, size_t l3)
{
	struct tc_trace t = {
		.conn = e->conn, .stamp = f->stamp, .origin = TC_ORIGIN_US,
		.frame = f->bytes, .frame_len = f->len, .wire_len = f->wire_len, .dlt = f->dlt,
		.rx = rx, .l3 = l3, .state = e->state, .retransmission = e->retransmission,
		.unseen = f->bytes == e->frame,
		.mutations = e->mutations, .n_mutations = e->n_mutations,
		.surgery = e->surgery[0] ? e->surgery : NULL,
	};

	if (e->conn)
		tell(s, &t, &e->news);
}

static void drop_oldest(struct tc_stack *s)
{
	struct tc_sent *e = nth(s, 0);

	s->n_injected -= e->injected;
	free(e->frame);
	free(e->mutations);
	s->sent_first++;
	s->sent_n--;
}

/* The capture never showed the oldest one. */
static void give_up_oldest(struct tc_stack *s)
{
	struct tc_sent *e = nth(s, 0);
	struct tc_frame f = { e->frame, e->frame_len, e->frame_len, e->stamp,
			      s->dlt_sent };
	struct tc_rx rx;
	bool parsed = e->frame &&
		      tc_rx_parse(&rx, e->frame, e->frame_len, s->dlt_sent, NULL) == 0;

	if (parsed || (e->frame && e->injected))
		tell_sent(s, e, parsed ? &rx : NULL, &f, e->l3);
	drop_oldest(s);
}

/* A burst of resets at the end of many connections may be ahead of the capture by more
 * frames than there was room for: forgotten ones would be taken for the kernel's. */
static void make_room(struct tc_stack *s)
{
	struct tc_sent *more = s->sent_cap < SENT_MAX ?
			       calloc(2 * (size_t)s->sent_cap, sizeof *more) : NULL;

	if (!more) {
		give_up_oldest(s);
		return;
	}
	for (uint32_t i = 0; i < s->sent_n; i++)
		more[i] = *nth(s, i);
	free(s->sent);
	s->sent = more;
	s->sent_first = 0;
	s->sent_cap *= 2;
}

static struct tc_sent *remember(struct tc_stack *s, struct tc_conn *c,
				const struct tc_out *out, const struct tc_news *news)
{
	struct tc_sent *e;

	if (s->sent_n == s->sent_cap)
		make_room(s);
	e = nth(s, s->sent_n++);
	*e = (struct tc_sent){ .conn = c, .stamp = tc_clock_realtime(),
			       .state = c ? c->tcb.state : TC_ST_CLOSED };
	if (news)
		e->news = *news;
	e->frame = malloc(out->len);
	if (e->frame) {
		memcpy(e->frame, out->bytes, out->len);
		e->frame_len = out->len;
	}
	return e;
}

/* A filter's frame. Without an observer only resets are given to it. */
void tc_story_injected(struct tc_stack *s, struct tc_conn *c, const struct tc_out *out,
		       const struct tc_injection *in, const struct tc_news *news)
{
	struct tc_sent *e = remember(s, c, out, news);

	e->injected = true;
	e->l3 = in->l3;
	s->n_injected++;
	snprintf(e->surgery, sizeof e->surgery, "%s", in->what ? in->what : "");
	e->mutations = calloc(in->n_mutations, sizeof *e->mutations);
	if (e->mutations && in->n_mutations) {
		memcpy(e->mutations, in->mutations, in->n_mutations * sizeof *e->mutations);
		e->n_mutations = in->n_mutations;
	}
}

/* The same bytes from the IPv4 header on; its length and checksum are raw(7)'s. */
static bool is_injected(const struct tc_sent *e, const uint8_t *l3, size_t n)
{
	size_t len = e->frame_len - e->l3, i;

	if (!e->injected || !e->frame || n < len)
		return false;
	for (i = 0; i < len; i++)
		if (l3[i] != e->frame[e->l3 + i] && !(i == 2 || i == 3 || i == 10 || i == 11))
			return false;
	return true;
}

/* Whatever is in it, and before anybody tries to read it. */
bool tc_story_injected_copy(struct tc_stack *s, const struct tc_frame *f)
{
	struct tc_rx rx;
	int l3;
	uint32_t i = 0;
	uint16_t type;
	bool parsed;

	l3 = tc_link_header(f->bytes, f->len, f->dlt, &type, NULL);
	if (l3 < 0)
		return false;
	while (i < s->sent_n && !is_injected(nth(s, i), f->bytes + l3, f->len - (size_t)l3))
		i++;
	if (i == s->sent_n)
		return false;
	while (i--)
		give_up_oldest(s);
	parsed = tc_rx_parse(&rx, f->bytes, f->len, f->dlt, NULL) == 0;
	tell_sent(s, nth(s, 0), parsed ? &rx : NULL, f, (size_t)l3);
	drop_oldest(s);
	return true;
}

/* A segment that a filter kept from the wire. */
void tc_story_withheld(struct tc_stack *s, const struct tc_outgoing *out, const char *what,
		       const struct tc_news *news)
{
	struct tc_rx rx;
	struct tc_trace t = {
		.conn = out->conn, .stamp = tc_clock_realtime(), .origin = TC_ORIGIN_US,
		.frame = out->frame, .frame_len = out->len, .wire_len = out->len,
		.dlt = out->dlt, .rx = &rx, .l3 = out->l3, .state = out->state, .retransmission = out->retransmission,
		.withheld = true, .surgery = what,
	};

	if (s->observer.trace &&
	    tc_rx_parse(&rx, out->frame, out->len, out->dlt, NULL) == 0)
		tell(s, &t, news);
}

void tc_story_expect(struct tc_stack *s, struct tc_conn *c, const struct tc_flow *flow,
		  const struct tc_seg *seg, uint16_t ip_id, const struct tc_out *out,
		  bool retransmission, const struct tc_news *news)
{
	struct tc_sent *e;

	if (!s->observer.trace && !(seg->flags & TC_FLAG_RST))
		return;
	e = remember(s, c, out, news);
	e->flow = *flow;
	e->seq = tc_follow_out(c, seg->seq);
	e->len = seg->len;
	e->flags = seg->flags;
	e->ip_id = ip_id;
	e->retransmission = retransmission;
}

static bool is_copy(const struct tc_sent *e, const struct tc_rx *rx)
{
	return !e->injected && e->ip_id == rx->ip_id && e->seq == rx->seg.seq && e->len == rx->seg.len &&
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
		.frame_len = f->len, .wire_len = f->wire_len, .dlt = f->dlt, .rx = rx,
		.state = c ? c->tcb.state : TC_ST_CLOSED,
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
	tell_sent(s, nth(s, 0), rx, f, (size_t)(rx->l3 - f->bytes));
	drop_oldest(s);
	return true;
}

static void tell_change(struct tc_stack *s, const struct tc_conn *c,
			const struct tc_news *news, tc_time stamp)
{
	struct tc_trace t = {
		.conn = c, .stamp = stamp, .origin = TC_ORIGIN_US, .state = c->tcb.state,
	};

	tell(s, &t, news);
}

/* What our own segments did to the machine happened before this one of the peer was read,
 * even if they crossed it on the wire. */
static void tell_news_of_sent(struct tc_stack *s, const struct tc_conn *c, tc_time stamp)
{
	for (uint32_t i = 0; i < s->sent_n; i++) {
		struct tc_sent *e = nth(s, i);

		if (e->conn != c || !e->news.n_changes)
			continue;
		tell_change(s, c, &e->news, stamp);
		e->news = (struct tc_news){ 0 };
	}
}

void tc_story_received(struct tc_stack *s, const struct tc_conn *c, const struct tc_rx *rx,
		    const struct tc_frame *f, const struct tc_news *news)
{
	struct tc_trace t = {
		.conn = c, .stamp = f->stamp, .origin = TC_ORIGIN_PEER, .frame = f->bytes,
		.frame_len = f->len, .wire_len = f->wire_len, .dlt = f->dlt, .rx = rx,
		.state = c->tcb.state,
	};

	tell_news_of_sent(s, c, f->stamp);
	tell(s, &t, news);
}

void tc_story_change(struct tc_stack *s, const struct tc_conn *c,
		  const struct tc_news *news)
{
	if (s->observer.trace)
		tell_change(s, c, news, tc_clock_realtime());
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
