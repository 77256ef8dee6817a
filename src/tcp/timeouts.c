/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293 3.10.8 and the timers behind it. There is one TIMER action for all: the
 * earliest. */
#include "own.h"

#define R1_RETRANSMITS 3	/* SHLD-10 */

static tc_time earlier(tc_time a, tc_time b)
{
	if (!a || !b)
		return a ? a : b;
	return a < b ? a : b;
}

tc_time tc_tcp_next_timer(const struct tc_tcb *t)
{
	tc_time at = earlier(t->t_rexmit, t->t_2msl);

	at = earlier(earlier(at, t->t_delack), t->t_keepalive);
	return earlier(at, t->t_give_up);
}

/* What the window keeps back waits for a probe, what SWS avoidance keeps back for the
 * override timeout of 0.1 to 1 s (3.8.6.2.1 (4)). */
static tc_time interval(const struct tc_tcb *t)
{
	tc_time at = t->rto;

	if (!t->syn_acked || (t->snd_una != t->snd_max && t->snd_wnd))
		return at;
	for (unsigned i = 0; i < t->retransmits && at < t->cfg->rto_max; i++)
		at *= 2;				/* SHLD-30 */
	if (t->snd_wnd)
		return at < TC_S ? at : TC_S;
	return at < t->cfg->rto_max ? at : t->cfg->rto_max;
}

void tc_tcp_arm(struct tc_step *s)
{
	struct tc_tcb *t = s->t;
	tc_time r2 = t->syn_acked ? t->cfg->user_timeout : t->cfg->syn_timeout;

	if (t->state == TC_ST_CLOSED || t->state == TC_ST_LISTEN)
		return;
	if (t->snd_una == t->snd_max && tc_tcp_all_sent(t))
		return;		/* the ACK that made it so has stopped them */
	if (!t->t_rexmit)
		t->t_rexmit = s->now + interval(t);	/* RFC 6298 5.1, SHLD-29 */
	if (!t->t_give_up && r2)
		t->t_give_up = s->now + r2;
}

/* MUST-20, MUST-22: the same for SYN and data */
static void retransmit(struct tc_step *s)
{
	struct tc_tcb *t = s->t;

	tc_tcp_rto_back_off(t);
	if (!t->syn_acked) {
		tc_tcp_fastopen_unanswered(s);
		tc_tcp_emit_syn(s);
	} else {
		tc_tcp_cwnd_timeout(t);
		tc_tcp_recovery_timeout(t);
		t->snd_nxt = t->snd_una;	/* output() sends from there */
	}
	if (t->retransmits < UINT8_MAX)
		t->retransmits++;
	if (t->retransmits == R1_RETRANSMITS)
		tc_tcp_note(s, "three retransmissions without an answer",
			    "RFC 9293 3.8.3 (e) R1");		/* SHLD-9 */
}

/* R2 as a count (RFC 9293 3.8.3) */
static bool syns_over(const struct tc_tcb *t)
{
	const uint8_t most = t->cfg->syn_retries;

	return !t->syn_acked && most != TC_SYN_RETRIES_ANY && t->retransmits >= most;
}

static void rexmit_timeout(struct tc_step *s)
{
	struct tc_tcb *t = s->t;

	t->t_rexmit = 0;
	t->syns_over = syns_over(t);
	if (t->syns_over)
		tc_tcp_fail(s, TC_NOTIFY_TIMED_OUT, NULL, "RFC 9293 3.8.3 (e) R2 of a SYN");
	else if (t->syn_acked && !t->snd_wnd)
		tc_tcp_probe(s);
	else if (t->snd_una == t->snd_max)
		tc_tcp_override(s);
	else
		retransmit(s);
}

static bool due(tc_time at, tc_time now)
{
	return at && now >= at;
}

void tc_tcp_timeout(struct tc_step *s)
{
	struct tc_tcb *t = s->t;

	if (due(t->t_give_up, s->now)) {
		tc_tcp_fail(s, TC_NOTIFY_TIMED_OUT, NULL, "RFC 9293 3.10.8 USER TIMEOUT");
		return;
	}
	if (due(t->t_2msl, s->now)) {
		tc_tcp_drop(s, "RFC 9293 3.10.8 TIME-WAIT TIMEOUT");
		return;
	}
	if (due(t->t_delack, s->now))
		t->ack_now = true;
	if (due(t->t_rexmit, s->now))
		rexmit_timeout(s);
	if (due(t->t_keepalive, s->now))
		tc_tcp_keepalive_timeout(s);
}
