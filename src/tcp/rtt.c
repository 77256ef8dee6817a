/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 6298: the retransmission timeout from round-trip times. */
#include "own.h"

#define CLOCK_GRANULARITY TC_MS
#define RTO_AFTER_SYN (3 * TC_S)

void tc_tcp_rtt_start(struct tc_step *s, tc_seq end)
{
	if (s->t->rtt_pending)
		return;
	s->t->rtt_pending = true;
	s->t->rtt_seq = end;
	s->t->rtt_start = s->now;
}

/* 2.2 to 2.5 */
static void take_sample(struct tc_tcb *t, tc_time r)
{
	tc_time off, var;

	if (r < 1)
		r = 1;			/* srtt 0 means "none yet" */
	if (!t->srtt) {
		t->srtt = r;
		t->rttvar = r / 2;
	} else {
		off = t->srtt > r ? t->srtt - r : r - t->srtt;
		t->rttvar += (off - t->rttvar) / 4;
		t->srtt += (r - t->srtt) / 8;
	}
	var = 4 * t->rttvar;
	t->rto = t->srtt + (var > CLOCK_GRANULARITY ? var : CLOCK_GRANULARITY);
	if (t->rto < t->cfg->rto_min)
		t->rto = t->cfg->rto_min;
	if (t->rto > t->cfg->rto_max)
		t->rto = t->cfg->rto_max;
	t->rto_backed_off = false;
}

/* Karn, section 3 (MUST-18): what is sent twice is not timed. */
void tc_tcp_rtt_spoil(struct tc_step *s)
{
	s->t->rtt_pending = false;
	s->t->rtt_start = s->now;
}

/*
 * After a timeout that would leave no sample for long: then the echoed timestamp may say
 * that it is what was sent again that was answered (RFC 7323 4.1). An older one says
 * nothing: the answer to the first may have been lost, and the echo is as old as that. Nor does
 * a clock whose tick is longer than the time-out, which has been doubled since.
 */
static bool echo_is_of_retransmission(const struct tc_step *s, uint32_t ticks)
{
	const struct tc_tcb *t = s->t;
	uint32_t since = tc_tcp_config_clock(t->cfg, s->now) -
			 tc_tcp_config_clock(t->cfg, t->rtt_start);

	return t->rto_backed_off && t->ts_ok && s->seg.opts.present & TC_HAS_TS &&
	       ticks <= since && tc_tcp_ts_tick(t->cfg) <= t->rto / 2;
}

/* One segment a round trip is timed. */
void tc_tcp_rtt_acked(struct tc_step *s)
{
	struct tc_tcb *t = s->t;
	uint32_t ticks = tc_tcp_ts_now(s) - s->seg.opts.ts_ecr;

	if (t->rtt_pending && tc_seq_geq(s->seg.ack, t->rtt_seq)) {
		t->rtt_pending = false;
		take_sample(t, s->now - t->rtt_start);
	} else if (echo_is_of_retransmission(s, ticks)) {
		take_sample(t, (ticks ? ticks : 1) * tc_tcp_ts_tick(t->cfg));
	}
}

/* 5.5; kept until a new sample */
void tc_tcp_rto_back_off(struct tc_tcb *t)
{
	t->rto = t->rto > t->cfg->rto_max / 2 ? t->cfg->rto_max : 2 * t->rto;
	t->rto_backed_off = true;
}

/* 5.7: the SYN was lost and nothing has been measured */
void tc_tcp_rto_after_syn(struct tc_tcb *t)
{
	if (t->rto_backed_off && t->retransmits)
		t->rto = RTO_AFTER_SYN;
}
