/* SPDX-License-Identifier: BSD-2-Clause */
/* A captured frame: whose is it, and what does the machine say to it. */
#include "own.h"

#include "wire/flow.h"
#include "wire/icmp.h"

#include <tcpcraft/arp.h>

#include <string.h>

static bool is_our_port(const struct tc_stack *s, uint16_t port)
{
	return port >= s->port_lo && port <= s->port_hi;
}

/* On one host the addresses say nothing; and a server's port may be among ours. */
static bool is_from_us(const struct tc_stack *s, const struct tc_rx *rx)
{
	return is_our_port(s, rx->sport) && (rx->src != s->peer || s->peer == s->own);
}

/* On one host: from one of our numbers to another. A filter changed the port of the peer, and
 * what is there answers late; our kernel in our place would answer the peer's own port. */
static bool is_among_us(const struct tc_stack *s, const struct tc_rx *rx)
{
	return s->peer == s->own && is_our_port(s, rx->sport) && is_our_port(s, rx->dport);
}

/*
 * A segment for one of our ports that no connection claims: the answer of a TCB in LISTEN
 * where we listen (RFC 9293 3.10.7.2), else of a CLOSED one (3.10.7.1). Our host's kernel
 * is kept quiet, so nobody else would say it. A SYN comes here only when there is no memory
 * for its connection: it gets no answer, and the peer sends it again.
 */
static void answer_unclaimed(struct tc_stack *s, const struct tc_flow *flow,
			     const struct tc_seg *seg, tc_time now)
{
	struct tc_event open = { .type = TC_EV_OPEN, .now = now, .open.passive = true };
	struct tc_event ev = { .type = TC_EV_SEGMENT, .now = now, .seg = seg };
	struct tc_actions acts;
	struct tc_tcb nobody;

	tc_tcp_init(&nobody, &s->tcp);
	if (tc_listen_has(s, flow))
		tc_tcp_step(&nobody, &open, &acts);
	tc_tcp_step(&nobody, &ev, &acts);
	for (unsigned i = 0; i < acts.n && nobody.state != TC_ST_SYN_RECEIVED; i++)
		if (acts.a[i].type == TC_ACT_SEND)
			tc_output_segment(s, NULL, flow, &acts.a[i].send.seg, false, NULL);
}

static void received(struct tc_stack *s, struct tc_conn *c, const struct tc_rx *rx,
		     const struct tc_frame *f)
{
	struct tc_seg seg = rx->seg;
	struct tc_event ev = { .type = TC_EV_SEGMENT, .now = tc_stack_now(s), .seg = &seg };
	struct tc_news bad = { .note = "bad checksum: dropped",
			       .note_clause = "RFC 9293 3.1" };

	c->segments_received++;
	s->stats.segments_received++;
	if (rx->tcp_checksum == TC_CSUM_BAD || rx->ip_checksum == TC_CSUM_BAD) {
		s->stats.frames_bad++;
		tc_story_received(s, c, rx, f, &bad);
		return;
	}
	c->heard_at = ev.now;
	c->heard_stamp = f->stamp;
	tc_follow_seg(c, &seg);
	tc_conn_step(c, &ev, rx, f);
}

/* Our kernel's word to the peer about what the peer sent us: an INPUT chain of this host
 * rejects what it does not know, and our connections it does not. */
static bool is_kernels_icmp(const struct tc_stack *s, const struct tc_rx *rx)
{
	struct tc_flow ours = tc_flow_back(&rx->quoted);

	return rx->src == ours.local_addr && is_our_port(s, ours.local_port) &&
	       (tc_table_find(&s->table, &ours) || tc_listen_has(s, &ours));
}

static void icmp_error(struct tc_stack *s, const struct tc_rx *rx, const struct tc_frame *f)
{
	struct tc_conn *c = tc_table_find(&s->table, &rx->quoted);
	struct tc_event ev = {
		.type = TC_EV_ICMP, .now = tc_stack_now(s),
		.icmp = { rx->icmp_type, rx->icmp_code, rx->icmp_mtu, rx->quoted_seq },
	};

	if (!c && f->stamp >= s->opened_at && is_kernels_icmp(s, rx))
		s->stats.icmp_leaked++;
	if (!c || rx->icmp_checksum == TC_CSUM_BAD)
		return;
	ev.icmp.seq = tc_follow_in(c, rx->quoted_seq);
	/* Blind ones are not remembered: the quoted number must be one that is in flight. */
	if (tc_seq_in(ev.icmp.seq, c->tcb.snd_una, c->tcb.snd_max - c->tcb.snd_una)) {
		c->icmp_type = rx->icmp_type;
		c->icmp_code = rx->icmp_code;
		c->icmp_from = rx->src;
	}
	c->depth++;
	tc_conn_step(c, &ev, rx, f);
	/* RFC 9293 3.9.2.2 forbids the machine to abort for a soft error. The user of a
	 * tool that asks "can I connect" wants the answer, so it is this side that stops. */
	if (tc_icmp_is_unreachable(c->icmp_type, c->icmp_code) &&
	    c->tcb.state == TC_ST_SYN_SENT) {
		c->end = TC_END_UNREACHABLE;
		tc_conn_abort(c);
	}
	c->depth--;
	tc_conn_release(c);
}

static bool listening_full(const struct tc_stack *s, const struct tc_flow *in)
{
	return in->local_port == s->listener.port && s->listener.port &&
	       s->listener.half_open >= s->listener.backlog;
}

/* A SYN ended a TIME-WAIT (RFC 6191): the listener gets it, with an ISS beyond the old
 * connection's numbers (RFC 9293 3.6.1). Whoever still holds the old one may keep it. */
static void reopen(struct tc_stack *s, const struct tc_flow *in, const struct tc_rx *rx,
		   const struct tc_frame *f)
{
	struct tc_conn *old = tc_table_find(&s->table, in), *c;

	s->reopen = false;
	if (old) {
		tc_table_remove(&s->table, old);
		old->unlisted = true;
	}
	c = tc_listen_syn(s, in, rx, s->reopen_after + 1 + (tc_seq)(tc_rng_kernel_u64() & 0xffff));
	if (c)
		received(s, c, rx, f);
}

/* What answers a frame whose ports or addresses a filter changed is shown, and no more: the
 * machine knows nothing of it. */
static bool to_alias(struct tc_stack *s, const struct tc_flow *in, const struct tc_rx *rx,
		     const struct tc_frame *f)
{
	static const struct tc_news news = {
		.note = "answers what was changed: the connection is told nothing of it",
	};
	struct tc_conn *c = tc_alias_find(s, in);

	if (!c)
		return false;
	s->stats.segments_received++;
	s->progressed = true;
	tc_story_received(s, c, rx, f, &news);
	return true;
}

/* TCP has two ends: RFC 9293 3.9.2.3, MUST-57 and MUST-63. */
static bool is_one_host(uint32_t addr)
{
	return addr != 0 && addr < 0xe0000000u;	/* classes D and E, and broadcast */
}

/* Seen on the wire is not the same as sent: a nat rule of this host may stand between, on
 * its OUTPUT chain. Then our SYN is not seen at all, or with another destination. */
static void note_own(struct tc_stack *s, const struct tc_flow *out, const struct tc_rx *rx,
		     const struct tc_conn *c)
{
	s->stats.own_seen++;
	if (!c && (rx->seg.flags & (TC_FLAG_SYN | TC_FLAG_ACK)) == TC_FLAG_SYN &&
	    !tc_alias_find(s, out) && !s->n_injected)
		s->stats.diverted = *out;
}

static void tcp_segment(struct tc_stack *s, const struct tc_rx *rx, const struct tc_frame *f)
{
	struct tc_flow in = tc_flow_in(rx), out = tc_flow_out(rx);
	struct tc_conn *c = tc_table_find(&s->table, &in);

	if (!is_one_host(rx->src) || !is_one_host(rx->dst)) {
		s->stats.frames_bad++;
		return;
	}
	if (!c && rx->tcp_checksum != TC_CSUM_BAD && tc_resting_segment(s, &in, rx)) {
		if (s->reopen)
			reopen(s, &in, rx, f);
		return;
	}
	if (!c && listening_full(s, &in))
		return;		/* the peer sends its SYN again */
	if (!c && rx->tcp_checksum != TC_CSUM_BAD && rx->ip_checksum != TC_CSUM_BAD)
		c = tc_listen_syn(s, &in, rx, tc_stack_iss(s, &in));
	if (c) {
		received(s, c, rx, f);
		if (s->reopen)
			reopen(s, &in, rx, f);
		return;
	}
	if (to_alias(s, &in, rx, f))
		return;
	if (is_from_us(s, rx) || tc_alias_find(s, &out)) {
		c = tc_table_find(&s->table, &out);
		note_own(s, &out, rx, c);
		if (!tc_story_sent_copy(s, rx, f, c) && rx->seg.flags & TC_FLAG_RST &&
		    f->stamp >= s->opened_at && !is_among_us(s, rx))
			s->stats.resets_leaked++;
		return;
	}
	if (is_our_port(s, rx->dport) && rx->tcp_checksum != TC_CSUM_BAD &&
	    rx->ip_checksum != TC_CSUM_BAD)
		answer_unclaimed(s, &in, &rx->seg, tc_stack_now(s));
}

void tc_stack_input(struct tc_stack *s, const struct tc_frame *f)
{
	struct tc_rx rx;

	if (s->observer.frame)
		s->observer.frame(s->observer.ctx, f);
	if (s->n_injected && tc_story_injected_copy(s, f))
		return;
	if (f->len < f->wire_len ||
	    tc_rx_parse(&rx, f->bytes, f->len, tc_link_dlt(s->link), NULL) < 0) {
		s->stats.frames_bad++;
		return;
	}
	switch (rx.kind) {
	case TC_RX_TCP:
		tcp_segment(s, &rx, f);
		break;
	case TC_RX_ICMP_ERROR:
		icmp_error(s, &rx, f);
		break;
	case TC_RX_ARP:
		if (s->arp)
			tc_arp_answer(s->arp, s->link, &rx, NULL);
		break;
	case TC_RX_FRAGMENT:
	case TC_RX_OTHER:
		break;
	}
}
