/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The story for the observer, in the order of the wire: a frame is told when the capture
 * shows it, ours too. What we sent is remembered until its copy comes back; a frame with
 * our tuple that nobody here sent is the kernel's. Without an observer only resets are
 * remembered, so that a leaked kernel reset can be told from our own.
 */
#include "own.h"

#include "wire/family.h"
#include "wire/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TO_FLAGS BYTES_TO_END(TCP_FIN)	/* of TCP */

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

/* As it is told to the observer; h may hold what is not a valid packet. */
static struct tc_trace as_told(const struct tc_conn *c, enum tc_origin origin,
			       const struct tc_heard *h)
{
	const struct tc_frame *f = &h->frame;

	return (struct tc_trace){
		.conn = c, .stamp = f->stamp, .origin = origin, .state = c->tcb.state,
		.frame = f->bytes, .frame_len = f->len, .wire_len = f->wire_len,
		.dlt = f->dlt, .l3 = (size_t)h->l3, .rx = h->parsed ? &h->rx : NULL,
	};
}

static void tell_sent(struct tc_stack *s, const struct tc_sent *e, const struct tc_heard *h)
{
	struct tc_trace t;

	if (!e->conn || !s->observer.trace)
		return;
	t = as_told(e->conn, TC_ORIGIN_US, h);
	t.state = e->state;
	t.cwnd = e->cwnd;
	t.retransmission = e->retransmission;
	t.unseen = h->frame.bytes == e->frame;
	t.mutations = e->mutations;
	t.n_mutations = e->n_mutations;
	t.surgery = e->surgery[0] ? e->surgery : NULL;
	tell(s, &t, &e->news);
}

static bool parse(struct tc_heard *h)
{
	return tc_rx_parse(&h->rx, h->frame.bytes, h->frame.len, h->frame.dlt, NULL) == 0;
}

/* What no capture showed. */
static struct tc_heard unseen(const uint8_t *frame, size_t len, size_t l3, int dlt)
{
	struct tc_heard h = {
		.frame = { frame, len, len, tc_clock_realtime(), dlt }, .l3 = (int)l3,
	};

	h.parsed = parse(&h);
	return h;
}

#define MARK_NONE 0x10000u	/* too short to have one */
#define IPV6_ENDS 8		/* bytes behind the header: TCP's ports and number */

static bool is_ipv6(const uint8_t *l3)
{
	return l3[0] >> 4 == 6;
}

/* Bytes that are the same in each copy: IPv4's identification, or what IPv6's header is followed
 * by. Of thousands that wait the right one is found by it. */
static uint32_t mark_of(const uint8_t *l3, size_t n)
{
	uint32_t ends;

	if (n >= IPV6_BYTES + IPV6_ENDS && is_ipv6(l3)) {
		ends = tc_get32(l3 + IPV6_BYTES) ^ tc_get32(l3 + IPV6_BYTES + 4);
		return (ends ^ ends >> 16) & 0xffff;
	}
	return n >= IP_BYTES && !is_ipv6(l3) ? tc_get16(l3 + TC_IP_ID_OFF / 8) : MARK_NONE;
}

static struct tc_sent_list *bucket_of(struct tc_stack *s, uint32_t mark)
{
	return &s->like[mark == MARK_NONE ? SENT_BUCKETS : mark % SENT_BUCKETS];
}

static void put_oldest_away(struct tc_stack *s, struct tc_sent_list *like)
{
	struct tc_sent *e = s->sent;

	s->sent = e->next;
	if (!s->sent)
		s->sent_end = &s->sent;
	like->first = e->next_like;	/* of its bucket it is the oldest, too */
}

static void drop_oldest(struct tc_stack *s)
{
	struct tc_sent *e = s->sent;

	s->n_injected -= e->injected;
	s->sent_n--;
	if (e->conn)
		e->conn->n_awaited--;
	put_oldest_away(s, bucket_of(s, e->mark));
	free(e->mutations);
	free(e);
}

/* The capture never showed the oldest one. */
static void give_up_oldest(struct tc_stack *s)
{
	struct tc_sent *e = s->sent;
	struct tc_heard h = unseen(e->frame, e->frame_len, e->l3, s->dlt_sent);

	h.frame.stamp = e->stamp;
	if (h.parsed || e->injected)
		tell_sent(s, e, &h);
	drop_oldest(s);
}

static void await(struct tc_stack *s, struct tc_sent *e)
{
	struct tc_sent_list *like = bucket_of(s, e->mark);

	if (like->first)
		like->last->next_like = e;
	else
		like->first = e;
	like->last = e;
	*s->sent_end = e;
	s->sent_end = &e->next;
	s->sent_n++;
	if (e->conn)
		e->conn->n_awaited++;
}

/* NULL: no memory for it. A burst of resets at the end of many connections may be far ahead
 * of the capture: forgotten ones would be taken for the kernel's. */
static struct tc_sent *remember(struct tc_stack *s, struct tc_conn *c,
				const struct tc_out *out, size_t l3,
				const struct tc_news *news)
{
	struct tc_sent *e;

	if (s->sent_n == SENT_MAX)
		give_up_oldest(s);
	e = malloc(sizeof *e + out->len);
	if (!e)
		return NULL;
	*e = (struct tc_sent){ .conn = c, .stamp = tc_clock_realtime(), .l3 = l3,
			       .state = c ? c->tcb.state : TC_ST_CLOSED,
			       .cwnd = c ? c->tcb.cwnd : 0, .frame_len = out->len };
	memcpy(e->frame, out->bytes, out->len);
	e->mark = mark_of(e->frame + l3, out->len - l3);
	if (news)
		e->news = *news;
	await(s, e);
	return e;
}

/* A filter's frame. Without an observer only resets are given to it. */
void tc_story_injected(struct tc_stack *s, struct tc_conn *c, const struct tc_out *out,
		       const struct tc_injection *in, const struct tc_news *news)
{
	struct tc_sent *e = remember(s, c, out, in->l3, news);

	if (!e)
		return;
	e->injected = true;
	s->n_injected++;
	snprintf(e->surgery, sizeof e->surgery, "%s", in->what ? in->what : "");
	e->mutations = calloc(in->n_mutations, sizeof *e->mutations);
	if (e->mutations && in->n_mutations) {
		memcpy(e->mutations, in->mutations, in->n_mutations * sizeof *e->mutations);
		e->n_mutations = in->n_mutations;
	}
}

/* A segment that a filter kept from the wire. */
void tc_story_withheld(struct tc_stack *s, const struct tc_outgoing *out, const char *what,
		       const struct tc_news *news)
{
	struct tc_heard h = unseen(out->frame, out->len, out->l3, out->dlt);
	struct tc_trace t = as_told(out->conn, TC_ORIGIN_US, &h);

	t.retransmission = out->retransmission;
	t.withheld = true;
	t.surgery = what;
	if (h.parsed)
		tell(s, &t, news);
}

void tc_story_expect(struct tc_stack *s, struct tc_conn *c, uint16_t flags,
		     const struct tc_out *out, bool retransmission, const struct tc_news *news)
{
	struct tc_sent *e;

	if (!s->observer.trace && !(flags & TC_FLAG_RST))
		return;
	e = remember(s, c, out, s->template[0].l3, news);
	if (e)
		e->retransmission = retransmission;
}

/* The IPv4 length and checksum are raw(7)'s; this host may change more on its way out, of
 * which it has no right to what a filter made: traffic class, hop limit, TTL. */
static bool may_differ(const struct tc_sent *e, size_t at)
{
	if (is_ipv6(e->frame + e->l3))
		return !e->injected && (at <= 1 || at == TC_IPV6_HLIM_OFF / 8);
	return at == 2 || at == 3 || at == 10 || at == 11 ||
	       (!e->injected && (at == 1 || at == 8));
}

/* The same bytes from the IP header on: of a filter's frame all, else up to TCP's flags. */
static bool is_copy(const struct tc_sent *e, const uint8_t *l3, size_t n)
{
	size_t ip = tc_ip_head(e->frame + e->l3);
	size_t len = e->injected ? e->frame_len - e->l3 : ip + TO_FLAGS, i = 0;

	if (n < len)
		return false;
	while (i < len && (l3[i] == e->frame[e->l3 + i] || may_differ(e, i)))
		i++;
	return i == len;
}

/* Unread, it is asked of a filter's frames alone. */
static struct tc_sent *find_like(const struct tc_sent_list *like, uint32_t mark,
				 const uint8_t *l3, size_t n, bool parsed)
{
	struct tc_sent *e = like->first;

	while (e && !(e->mark == mark && (parsed || e->injected) && is_copy(e, l3, n)))
		e = e->next_like;
	return e;
}

struct tc_sent *tc_story_find(struct tc_stack *s, const struct tc_heard *h)
{
	const uint8_t *l3 = h->frame.bytes + h->l3;
	size_t n = h->frame.len - (size_t)h->l3;
	uint32_t mark = mark_of(l3, n);
	struct tc_sent *e = find_like(bucket_of(s, mark), mark, l3, n, h->parsed);

	/* what was too short to have a mark may be longer in its copy: padded */
	return e ? e : find_like(bucket_of(s, MARK_NONE), MARK_NONE, l3, n, h->parsed);
}

void tc_story_left(struct tc_stack *s, struct tc_heard *h)
{
	struct tc_trace t;

	if (h->sent) {
		while (s->sent != h->sent)	/* the wire keeps order: they were lost */
			give_up_oldest(s);
		h->parsed = h->parsed || parse(h);
		tell_sent(s, h->sent, h);
		drop_oldest(s);
	} else if (h->end != s && s->observer.trace) {
		t = as_told(h->end, TC_ORIGIN_KERNEL, h);
		tell(s, &t, NULL);
	}
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
	for (struct tc_sent *e = c->n_awaited ? s->sent : NULL; e; e = e->next) {
		if (e->conn != c || !e->news.n_changes)
			continue;
		tell_change(s, c, &e->news, stamp);
		e->news = (struct tc_news){ 0 };
	}
}

void tc_story_received(struct tc_stack *s, const struct tc_conn *c, const struct tc_heard *h,
		    const struct tc_news *news)
{
	struct tc_trace t;

	if (!s->observer.trace)
		return;
	tell_news_of_sent(s, c, h->frame.stamp);
	t = as_told(c, TC_ORIGIN_PEER, h);
	tell(s, &t, news);
}

void tc_story_change(struct tc_stack *s, const struct tc_conn *c,
		  const struct tc_news *news)
{
	if (s->observer.trace)
		tell_change(s, c, news, tc_clock_realtime());
}

/* c goes away: what it sent stays remembered, for the leak count, but is not told. */
void tc_story_forget(struct tc_stack *s, struct tc_conn *c)
{
	for (struct tc_sent *e = s->sent; e && c->n_awaited; e = e->next)
		if (e->conn == c) {
			e->conn = NULL;
			c->n_awaited--;
		}
}

void tc_story_flush(struct tc_stack *s)
{
	while (s->sent)
		give_up_oldest(s);
}

void tc_story_free(struct tc_stack *s)
{
	while (s->sent)
		drop_oldest(s);
}
