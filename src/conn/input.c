/* SPDX-License-Identifier: BSD-2-Clause */
/* What was heard: what does the machine say to it; and whose is it. */
#include "own.h"

#include "wire/flow.h"
#include "wire/icmp.h"
#include "wire/place.h"

#include <string.h>

static bool is_our_port(const struct tc_stack *s, uint16_t port)
{
	return port >= s->port_lo && port <= s->port_hi;
}

/* On one host the addresses say nothing; and a server's port may be among ours. */
static bool is_from_us(const struct tc_stack *s, const struct tc_rx *rx)
{
	return is_our_port(s, rx->sport) &&
	       (!tc_addr_equal(&rx->src, &s->peer) || tc_addr_equal(&s->peer, &s->own));
}

/* On one host: from one of our numbers to another. A filter changed the port of the peer, and
 * what is there answers late; our kernel in our place would answer the peer's own port. */
static bool is_among_us(const struct tc_stack *s, const struct tc_rx *rx)
{
	return tc_addr_equal(&s->peer, &s->own) && is_our_port(s, rx->sport) &&
	       is_our_port(s, rx->dport);
}

/*
 * A segment for one of our ports that no connection claims: the answer of a TCB in LISTEN
 * where we listen (RFC 9293 3.10.7.2), else of a CLOSED one (3.10.7.1). Our host's kernel
 * is kept quiet, so nobody else would say it. A SYN comes here only when there is no memory
 * for its connection: it gets no answer, and the peer sends it again.
 */
static void answer_unclaimed(struct tc_stack *s, const struct tc_rx *rx)
{
	tc_time now = tc_stack_now(s);
	struct tc_flow flow = tc_flow_in(rx);
	struct tc_event open = { .type = TC_EV_OPEN, .now = now, .open.passive = true };
	struct tc_event ev = { .type = TC_EV_SEGMENT, .now = now, .seg = &rx->seg };
	struct tc_actions acts;
	struct tc_tcb nobody;

	tc_tcp_init(&nobody, tc_stack_tcp(s, &flow));
	if (tc_listen_has(s, &flow))
		tc_tcp_step(&nobody, &open, &acts);
	tc_tcp_step(&nobody, &ev, &acts);
	if (s->ip.ao.n)		/* who has no state has no key either (RFC 5925 7.7) */
		return;
	for (unsigned i = 0; i < acts.n && nobody.state != TC_ST_SYN_RECEIVED; i++)
		if (acts.a[i].type == TC_ACT_SEND)
			tc_output_segment(s, NULL, &flow, &acts.a[i].send.seg, false, NULL);
}

static bool is_damaged(const struct tc_rx *rx)
{
	return rx->tcp_checksum == TC_CSUM_BAD || rx->ip_checksum == TC_CSUM_BAD;
}

/* Has a segment that is of no connection a bad signature, or none? */
static bool is_distrusted(const struct tc_stack *s, const struct tc_rx *rx)
{
	const char *clause;

	return tc_keys_wanted(s) && tc_keys_distrust(s, NULL, rx, &clause);
}

static void drop(struct tc_stack *s, struct tc_conn *c, const struct tc_heard *h,
		 const char *why, const char *clause)
{
	struct tc_news bad = { .note = why, .note_clause = clause };

	s->stats.frames_bad++;
	tc_story_received(s, c, h, &bad);
}

static void received(struct tc_stack *s, struct tc_conn *c, const struct tc_heard *h)
{
	struct tc_seg seg = h->rx.seg;
	struct tc_event ev = { .type = TC_EV_SEGMENT, .now = tc_stack_now(s), .seg = &seg };
	const char *clause, *why = NULL;
	struct tc_cookie cookie;

	c->segments_received++;
	s->stats.segments_received++;
	if (is_damaged(&h->rx)) {
		drop(s, c, h, "bad checksum: dropped", "RFC 9293 3.1");
		return;
	}
	if (tc_keys_wanted(s))
		why = tc_keys_distrust(s, c, &h->rx, &clause);
	if (why) {
		drop(s, c, h, why, clause);
		return;
	}
	if (!c->heard_at)		/* nothing sound has come yet */
		c->first_ttl = h->rx.ttl;
	c->heard_at = ev.now;
	c->heard_stamp = h->frame.stamp;
	if (c->call_seq && seg.flags & TC_FLAG_SYN && seg.seq != c->call_seq)
		c->other_call = true;
	if (seg.flags & TC_FLAG_RST)
		c->own_reset = h->rx.ttl == c->first_ttl && !c->other_call;
	if (seg.flags & TC_FLAG_ACK)
		c->peer_ack = seg.ack;
	if (c->unanswered) {
		tc_listen_called(c, h);
		return;
	}
	if (c->follow)
		tc_follow_seg(c, &seg);
	ev.nobody_listens = !tc_listen_has(s, &c->flow);
	ev.more = tc_held_segment(c, &seg);
	if (c->tcb.state == TC_ST_LISTEN)
		tc_fastopen_syn(s, &h->rx, &cookie, &ev);
	tc_conn_step(c, &ev, h);
}

static void icmp_error(struct tc_stack *s, struct tc_conn *c, const struct tc_heard *h)
{
	static const struct tc_news ignored = {
		.note = "an ICMP error about a connection with TCP-AO: ignored",
		.note_clause = "RFC 5925 7.8",
	};
	const struct tc_rx *rx = &h->rx;
	struct tc_event ev = {
		.type = TC_EV_ICMP, .now = tc_stack_now(s),
		.icmp = { rx->src.family, rx->icmp_type, rx->icmp_code, rx->icmp_mtu,
			  tc_follow_in(c, rx->quoted_seq) },
	};

	if (rx->icmp_checksum == TC_CSUM_BAD)
		return;
	if (tc_keys_ignore(s, c, rx)) {
		tc_story_received(s, c, h, &ignored);
		return;
	}
	/* Blind ones are not remembered: the quoted number must be one that is in flight. */
	if (tc_seq_in(ev.icmp.seq, c->tcb.snd_una, c->tcb.snd_max - c->tcb.snd_una)) {
		c->icmp_type = rx->icmp_type;
		c->icmp_code = rx->icmp_code;
		c->icmp_from = rx->src;
	}
	c->depth++;
	tc_conn_step(c, &ev, h);
	/* RFC 9293 3.9.2.2 forbids the machine to abort for a soft error. The user of a
	 * tool that asks "can I connect" wants the answer, so it is this side that stops. */
	if (tc_icmp_is_unreachable(rx->src.family, c->icmp_type, c->icmp_code) &&
	    c->tcb.state == TC_ST_SYN_SENT) {
		c->end = TC_END_UNREACHABLE;
		tc_conn_abort(c);
	}
	c->depth--;
	tc_conn_release(c);
}

/* A SYN ended a TIME-WAIT (RFC 6191): the listener gets it, with an ISS beyond the old
 * connection's numbers (RFC 9293 3.6.1). Whoever still holds the old one may keep it. */
static void reopen(struct tc_stack *s, const struct tc_heard *h)
{
	struct tc_flow in = tc_flow_in(&h->rx);
	struct tc_conn *old = tc_table_find(&s->table, &in), *c;

	s->reopen = false;
	if (old) {
		tc_table_remove(&s->table, old);
		old->unlisted = true;
	}
	c = tc_listen_syn(s, &in, &h->rx,
			  s->reopen_after + 1 + (tc_seq)(tc_rng_kernel_u64() & 0xffff));
	if (c)
		received(s, c, h);
}

static bool listening_full(const struct tc_stack *s, const struct tc_flow *in)
{
	return in->local_port == s->listener.port && s->listener.port &&
	       s->listener.half_open >= s->listener.backlog;
}

static bool is_one_host(const struct tc_addr *a)
{
	const uint8_t class_d = 0xe0;		/* and E, and broadcast */

	return !tc_addr_is_unspecified(a) &&
	       (a->family == 6 ? !tc_addr_is_multicast(a) : a->bytes[0] < class_d);
}

/* TCP has two ends: RFC 9293 3.9.2.3, MUST-57 and MUST-63. */
static bool has_two_ends(const struct tc_rx *rx)
{
	return is_one_host(&rx->src) && is_one_host(&rx->dst);
}

/* What answers a frame whose ports or addresses a filter changed is shown, and no more: the
 * machine knows nothing of it. */
static void to_us(struct tc_stack *s, struct tc_conn *c, const struct tc_heard *h)
{
	static const struct tc_news news = {
		.note = "answers what was changed: the connection is told nothing of it",
	};
	struct tc_flow in = tc_flow_in(&h->rx);

	if (tc_flow_same(&c->flow, &in)) {
		received(s, c, h);
		return;
	}
	s->stats.segments_received++;
	s->progressed = true;
	tc_story_received(s, c, h, &news);
}

/* Seen on the wire is not the same as sent: a nat rule of this host may stand between, on
 * its OUTPUT chain. Then our SYN is not seen at all, or with another destination. */
static void note_own(struct tc_stack *s, const struct tc_heard *h)
{
	struct tc_flow out = tc_flow_out(&h->rx);

	s->stats.own_seen++;
	if (h->end == s && (h->rx.seg.flags & (TC_FLAG_SYN | TC_FLAG_ACK)) == TC_FLAG_SYN &&
	    !tc_alias_find(s, &out) && !s->n_injected)
		s->stats.diverted = out;
}

void tc_stack_take(struct tc_stack *s, struct tc_heard *h)
{
	bool tcp = h->parsed && h->rx.kind == TC_RX_TCP;

	switch (h->kind) {
	case TC_HEARD_PEER:
		if (h->end != s)
			to_us(s, h->end, h);
		if (s->reopen)
			reopen(s, h);
		break;
	case TC_HEARD_COPY:
	case TC_HEARD_KERNEL:
		if (tcp)
			note_own(s, h);
		if (h->sent != s)
			tc_story_left(s, h);
		break;
	case TC_HEARD_ICMP:
		icmp_error(s, h->end, h);
		break;
	case TC_HEARD_NOBODY:
		if (tcp && is_our_port(s, h->rx.dport) && !is_damaged(&h->rx) &&
		    !is_distrusted(s, &h->rx))
			answer_unclaimed(s, &h->rx);
		break;
	case TC_HEARD_BAD:
		s->stats.frames_bad++;
		break;
	case TC_HEARD_NEIGH:
	case TC_HEARD_ELSEWHERE:
		break;
	}
}

/* ---- whose is it: s itself, where it is ours and of no connection ------------------- */

static void *injected(void *ctx, const struct tc_heard *h)
{
	struct tc_stack *s = ctx;

	return s->n_injected && h->l3 >= 0 ? tc_story_find(s, h) : NULL;
}

static void *find_to(void *ctx, const struct tc_flow *in, const struct tc_heard *h)
{
	struct tc_stack *s = ctx;
	struct tc_conn *c = tc_table_find(&s->table, in);

	if (s->learns && h->frame.dlt == TC_DLT_EN10MB)
		memcpy(s->heard_mac, PLACE(h->frame.bytes, ETH_SRC), sizeof s->heard_mac);
	if (c || h->rx.kind == TC_RX_ICMP_ERROR)
		return c;
	if (!has_two_ends(&h->rx) ||
	    (is_our_port(s, in->local_port) && is_distrusted(s, &h->rx))) {
		s->stats.frames_bad++;
		return s;
	}
	if (h->rx.tcp_checksum != TC_CSUM_BAD &&
	    tc_resting_segment(s, in, &h->rx, tc_listen_has(s, in)))
		return s;
	if (listening_full(s, in))
		return s;		/* the peer sends its SYN again */
	if (!is_damaged(&h->rx) && tc_listen_has(s, in))
		c = tc_listen_syn(s, in, &h->rx, tc_stack_iss(s, in));
	return c ? c : tc_alias_find(s, in);
}

static void *find_from(void *ctx, const struct tc_flow *out, const struct tc_heard *h)
{
	struct tc_stack *s = ctx;
	struct tc_conn *c = tc_table_find(&s->table, out);

	if (h->rx.kind == TC_RX_ICMP_ERROR)
		return c || tc_listen_has(s, out) ? s : NULL;
	if (c)
		return c;
	if (!s->siblings && is_from_us(s, &h->rx))
		return s;
	/* A filter changed a port to one that a sibling has, which answers for it: its reset is no
	 * kernel's. */
	if (s->siblings && !is_our_port(s, h->rx.sport))
		return NULL;
	return tc_alias_find(s, out) ? s : NULL;
}

static void *find_sent(void *ctx, const struct tc_heard *h)
{
	struct tc_stack *s = ctx;
	void *sent = tc_story_find(s, h);

	return !sent && h->end == s && is_among_us(s, &h->rx) ? s : sent;
}

const struct tc_receiver_ops tc_stack_receives = {
	.copy = injected, .to_us = find_to, .from_us = find_from, .sent = find_sent,
};
