/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 5681: slow start, congestion avoidance and what a timeout does (MUST-19). */
#include "tcp_int.h"

#define CWND_MAX (1u << 30)

/* Initial window, section 3.1; one segment when the SYN was lost */
void tc_tcp_cwnd_init(struct tc_tcb *t)
{
	uint32_t mss = tc_tcp_eff_mss(t);
	uint32_t segments = t->snd_mss > 2190 ? 2 : t->snd_mss > 1095 ? 3 : 4;

	t->cwnd = (t->retransmits ? 1 : segments) * mss;
	t->ssthresh = CWND_MAX;
}

void tc_tcp_cwnd_acked(struct tc_tcb *t, uint32_t bytes)
{
	uint32_t mss = tc_tcp_eff_mss(t);
	uint32_t more;

	if (t->cwnd < t->ssthresh)
		more = bytes < mss ? bytes : mss;			/* (2) */
	else
		more = (uint32_t)((uint64_t)mss * mss / t->cwnd);	/* (3) */
	t->cwnd += more ? more : 1;
	if (t->cwnd > CWND_MAX)
		t->cwnd = CWND_MAX;
}

/* (4); held when the same segment is lost again */
void tc_tcp_cwnd_timeout(struct tc_tcb *t)
{
	uint32_t mss = tc_tcp_eff_mss(t);
	uint32_t half = (t->snd_max - t->snd_una) / 2;

	if (!t->retransmits)
		t->ssthresh = half > 2 * mss ? half : 2 * mss;
	t->cwnd = mss;
}
