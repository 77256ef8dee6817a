/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of the queued data may be sent now: the peer's window, the congestion window,
 * silly window avoidance (RFC 9293 3.8.6.2.1), Nagle (3.7.4), zero-window probes
 * (3.8.6.1). After a timeout the same code sends again from SND.UNA.
 */
#include "own.h"

#define ROOM_LEFT 4	/* actions: an ACK, the timer and one or two more */

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Queued and not sent yet (or to be sent again). */
static uint32_t unsent(const struct tc_tcb *t)
{
	return tc_seq_lt(t->snd_nxt, t->snd_end) ? t->snd_end - t->snd_nxt : 0;
}

static bool fin_due(const struct tc_tcb *t)
{
	/* in SYN-RECEIVED it is queued until ESTABLISHED (3.10.4) */
	return t->fin_queued && t->state != TC_ST_SYN_RECEIVED &&
	       tc_seq_leq(t->snd_nxt, t->snd_end);
}

bool tc_tcp_all_sent(const struct tc_tcb *t)
{
	return !unsent(t) && !fin_due(t);
}

bool tc_tcp_fin_acked(const struct tc_tcb *t)
{
	return t->fin_queued && tc_seq_gt(t->snd_una, t->snd_end);
}

static bool may_send_data(const struct tc_tcb *t)
{
	switch ((enum tc_state)t->state) {
	case TC_ST_CLOSED:
	case TC_ST_LISTEN:
	case TC_ST_SYN_SENT:
	case TC_ST_FIN_WAIT_2:
	case TC_ST_TIME_WAIT:
		return false;
	case TC_ST_SYN_RECEIVED:
		return t->fastopen == TC_FASTOPEN_TAKEN;
	case TC_ST_ESTABLISHED:
	case TC_ST_FIN_WAIT_1:
	case TC_ST_CLOSE_WAIT:
	case TC_ST_CLOSING:
	case TC_ST_LAST_ACK:
		return true;
	}
	return false;
}

/* U = SND.UNA + SND.WND - SND.NXT; a peer may make it negative (MUST-34, SHLD-15) */
static uint32_t usable_window(const struct tc_tcb *t)
{
	tc_seq edge = t->snd_una + t->snd_wnd;

	return tc_seq_gt(edge, t->snd_nxt) ? edge - t->snd_nxt : 0;
}

/* 3.8.6.2.1 (MUST-38). All our data is pushed, so nothing waits for a PUSH (MUST-60), and
 * what was queued in small pieces goes in large ones (SHLD-27, SHLD-28). */
static bool worth_sending(const struct tc_tcb *t, uint32_t n, bool fin)
{
	if (fin || n >= tc_tcp_max_text(t))			/* (1) */
		return true;
	if (tc_seq_lt(t->snd_nxt, t->snd_max))			/* again: SHLD-16 */
		return true;
	if (t->cfg->nagle && !t->nodelay &&			/* SHLD-7, MUST-17 */
	    t->snd_nxt != (t->syn_acked ? t->snd_una : t->iss + 1))
		return false;
	return n == unsent(t) || n >= t->max_snd_wnd / 2;	/* (2), (3) */
}

/* n numbers of data from SND.NXT, and the FIN after them. */
static void send_next(struct tc_step *s, uint32_t n, bool fin)
{
	struct tc_tcb *t = s->t;

	tc_tcp_emit(s, t->snd_nxt, n, fin ? TC_FLAG_ACK | TC_FLAG_FIN : TC_FLAG_ACK);
	t->snd_nxt += n + fin;
}

/* Going over it again after a timeout: what the peer has by now is left out. */
static void skip_sacked(struct tc_tcb *t)
{
	for (unsigned i = 0; i < t->n_sacked; i++)
		if (tc_seq_geq(t->snd_nxt, t->sacked[i].left))
			t->snd_nxt = tc_seq_max(t->snd_nxt, t->sacked[i].right);
}

static uint32_t before_sacked(const struct tc_tcb *t)
{
	for (unsigned i = 0; i < t->n_sacked; i++)
		if (tc_seq_lt(t->snd_nxt, t->sacked[i].left))
			return t->sacked[i].left - t->snd_nxt;
	return UINT32_MAX;
}

/* Who cuts it copies the header: a signature is of one segment (RFC 2385 2.0, RFC 5925 5.1), and
 * an urgent pointer counts from where its own begins (RFC 9293 3.8.5). */
static bool may_merge(const struct tc_tcb *t)
{
	return t->cfg->merge > 1 && t->snd_nxt == t->snd_max && !t->snd_urg &&
	       !t->cfg->use_md5 && !t->cfg->ao.on;
}

/* What one segment of ours may bring: of new data several full ones, where the link cuts it. */
static uint32_t most_at_once(const struct tc_tcb *t)
{
	uint32_t text = tc_tcp_max_text(t);

	return may_merge(t) ? t->cfg->merge * text : text;
}

/* Full segments and nothing behind them: the rest goes as it would have gone. */
static uint32_t whole(const struct tc_tcb *t, uint32_t n)
{
	uint32_t text = tc_tcp_max_text(t);

	return n > text ? n - n % text : n;
}

static bool send_one(struct tc_step *s)
{
	struct tc_tcb *t = s->t;
	uint32_t usable, n, max;
	bool fin;

	skip_sacked(t);
	if (tc_tcp_all_sent(t))
		return false;
	usable = usable_window(t);
	max = min_u32(most_at_once(t), before_sacked(t));
	n = min_u32(min_u32(unsent(t), max), min_u32(usable, tc_tcp_cwnd_left(t)));
	n = whole(t, n);
	fin = fin_due(t) && n == unsent(t) && usable > n;

	if ((!n && !fin) || !worth_sending(t, n, fin))
		return false;
	send_next(s, n, fin);
	return true;
}

void tc_tcp_output(struct tc_step *s)
{
	if (!may_send_data(s->t))
		return;
	do {
		if (s->out->n + ROOM_LEFT > TC_ACTIONS_MAX) {
			s->out->more = true;
			return;
		}
	} while (tc_tcp_recovery_send(s) || send_one(s));
}

/* 3.8.6.2.1 (4): nothing is outstanding and the window is small but not zero */
void tc_tcp_override(struct tc_step *s)
{
	uint32_t n = min_u32(min_u32(unsent(s->t), tc_tcp_max_text(s->t)),
			     usable_window(s->t));

	if (n)
		send_next(s, n, false);
}

/* 3.8.6.1 (MUST-36, MUST-35): the first unacknowledged number, whatever the window says.
 * SND.NXT stays: when the window opens the byte goes again, as the first of a full
 * segment. */
void tc_tcp_probe(struct tc_step *s)
{
	struct tc_tcb *t = s->t;

	t->snd_nxt = t->snd_una;
	if (unsent(t))
		tc_tcp_emit(s, t->snd_una, 1, TC_FLAG_ACK);
	else
		tc_tcp_emit(s, t->snd_una, 0, TC_FLAG_ACK | TC_FLAG_FIN);
	if (t->retransmits < UINT8_MAX)
		t->retransmits++;
}
