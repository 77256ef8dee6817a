/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 5681 (MUST-19): slow start, congestion avoidance, what a timeout and a pause do to
 * the congestion window. Loss that duplicate ACKs show is in recovery.c.
 */
#include "own.h"

#define CWND_MAX (1u << 30)

static uint32_t initial_window(const struct tc_tcb *t)
{
	uint32_t segments = t->snd_mss > 2190 ? 2 : t->snd_mss > 1095 ? 3 : 4;

	if (t->cfg->iw)			/* RFC 6928 */
		segments = t->cfg->iw;
	return segments * tc_tcp_eff_mss(t);
}

/* 3.1; one segment when the SYN was lost */
void tc_tcp_cwnd_init(struct tc_tcb *t)
{
	t->cwnd = t->retransmits ? tc_tcp_eff_mss(t) : initial_window(t);
	t->ssthresh = CWND_MAX;
}

/* Avoidance counts bytes, so that a peer that acknowledges seldom does not slow it down. */
void tc_tcp_cwnd_acked(struct tc_tcb *t, uint32_t bytes)
{
	uint32_t mss = tc_tcp_eff_mss(t);
	uint32_t more;

	if (!bytes)
		return;
	if (t->cwnd < t->ssthresh)
		more = bytes < mss ? bytes : mss;			/* (2) */
	else
		more = (uint32_t)((uint64_t)mss * bytes / t->cwnd);	/* (3) */
	t->cwnd += more ? more : 1;
	if (t->cwnd > CWND_MAX)
		t->cwnd = CWND_MAX;
}

uint32_t tc_tcp_half_flight(const struct tc_tcb *t)
{
	uint32_t mss = tc_tcp_eff_mss(t);
	uint32_t half = (t->snd_max - t->snd_una) / 2;

	return half > 2 * mss ? half : 2 * mss;
}

/* ssthresh is held when the same segment is lost again */
void tc_tcp_cwnd_timeout(struct tc_tcb *t)
{
	if (!t->retransmits)
		t->ssthresh = tc_tcp_half_flight(t);
	tc_tcp_ecn_reduced(t);
	t->cwnd = tc_tcp_eff_mss(t);
}

/* 4.1: after a pause longer than the RTO nothing is known of the path any more */
void tc_tcp_cwnd_idle(struct tc_step *s)
{
	struct tc_tcb *t = s->t;

	if (t->snd_una == t->snd_max && s->now - t->sent_at > t->rto &&
	    t->cwnd > initial_window(t))
		t->cwnd = initial_window(t);
}
