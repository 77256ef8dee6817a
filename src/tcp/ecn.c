/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 3168 (SHLD-8): congestion that routers mark instead of dropping. As a sender we put
 * ECT(0) on new data and answer ECE as one answers a loss, once a window of data (6.1.2); as
 * a receiver we say ECE from a mark on until the peer says CWR (6.1.3).
 */
#include "own.h"

/* 6.1.1: both bits ask. A SYN that nobody answered may have died of them: the next asks not,
 * and then ECN is not used, whatever the answer says. */
uint16_t tc_tcp_ecn_syn_flags(struct tc_tcb *t, bool answer)
{
	if (!answer && t->rto_backed_off)
		t->ecn_ok = false;
	if (!t->ecn_ok)
		return 0;
	return answer ? TC_FLAG_ECE : TC_FLAG_ECE | TC_FLAG_CWR;
}

/* What the peer's SYN asks, or its SYN,ACK answers; both bits in an answer are a reflection by
 * who does not know them (6.1.1). */
void tc_tcp_ecn_negotiate(struct tc_tcb *t, const struct tc_seg *syn)
{
	const uint16_t both = TC_FLAG_ECE | TC_FLAG_CWR;
	const uint16_t want = syn->flags & TC_FLAG_ACK ? TC_FLAG_ECE : both;

	t->ecn_ok = t->ecn_ok && (syn->flags & both) == want;
}

/* Text that is acceptable. CWR first: a segment with both begins anew. */
void tc_tcp_ecn_received(struct tc_step *s)
{
	struct tc_tcb *t = s->t;

	if (!t->ecn_ok || !s->seg.len)
		return;
	if (s->seg.flags & TC_FLAG_CWR)
		t->ecn_echo = false;
	if (s->seg.ecn == TC_ECN_CE)
		t->ecn_echo = true;
}

/* An ACK is being sent, not in a SYN. What is sent again is not marked (6.1.5), nor is a probe
 * of a shut window (6.1.6): they must arrive. */
void tc_tcp_ecn_fill(struct tc_tcb *t, struct tc_seg *seg)
{
	if (!t->ecn_ok)
		return;
	if (t->ecn_echo)
		seg->flags |= TC_FLAG_ECE;
	if (!seg->len || tc_seq_lt(seg->seq, t->snd_max) || !t->snd_wnd)
		return;
	seg->ecn = TC_ECN_ECT0;
	if (t->ecn_cwr)
		seg->flags |= TC_FLAG_CWR;
	t->ecn_cwr = false;
}

/* Of an ACK that says so the congestion window does not grow (6.1.2). */
bool tc_tcp_ecn_is_echo(const struct tc_step *s)
{
	return s->t->ecn_ok && s->seg.flags & TC_FLAG_ECE;
}

/* The window was made smaller, for whatever reason: the peer hears it, and what is under way
 * now does not make it smaller again. */
void tc_tcp_ecn_reduced(struct tc_tcb *t)
{
	t->ecn_cwr = t->ecn_ok;
	t->ecn_high = t->snd_max;
}
