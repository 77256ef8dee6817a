/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loss that duplicate ACKs show: fast retransmit and fast recovery (RFC 5681 3.2), with
 * partial ACKs (NewReno, RFC 6582), or with the peer's SACK blocks (RFC 6675, without its
 * rescue retransmission). After a timeout output() goes over everything again and none of
 * this is on. A mark that the peer echoes is answered as a loss is, with nothing to send again.
 */
#include "own.h"

#define DUP_THRESH 3

/* RFC 6675 section 4: DUP_THRESH ranges, or more than (DUP_THRESH - 1) segments, are
 * there beyond the hole that range i ends. */
static bool hole_is_lost(const struct tc_tcb *t, unsigned i)
{
	uint32_t beyond = 0;

	for (unsigned k = i; k < t->n_sacked; k++)
		beyond += t->sacked[k].right - t->sacked[k].left;
	return t->n_sacked - i >= DUP_THRESH ||
	       beyond > (DUP_THRESH - 1) * tc_tcp_eff_mss(t);
}

static tc_seq hole_left(const struct tc_tcb *t, unsigned i)
{
	return i ? t->sacked[i - 1].right : t->snd_una;
}

/* RFC 6675 SetPipe(): what is thought to be in the network */
static uint32_t pipe(const struct tc_tcb *t)
{
	uint32_t n = t->snd_nxt - hole_left(t, t->n_sacked);

	for (unsigned i = 0; i < t->n_sacked; i++) {
		tc_seq left = hole_left(t, i), right = t->sacked[i].left;

		if (!hole_is_lost(t, i))
			n += right - left;
		if (tc_seq_gt(t->rtx_nxt, left))
			n += tc_seq_min(t->rtx_nxt, right) - left;
	}
	return n;
}

static uint32_t in_flight(const struct tc_tcb *t)
{
	if (t->fast_recovery && t->sack_ok && t->snd_nxt == t->snd_max)
		return pipe(t);
	return t->snd_nxt - t->snd_una - tc_tcp_sacked_below(t, t->snd_nxt);
}

uint32_t tc_tcp_cwnd_left(const struct tc_tcb *t)
{
	uint32_t cwnd = t->cwnd, flight = in_flight(t);

	/* limited transmit, RFC 3042; SACK blocks do it by what they take off the flight */
	if (!t->fast_recovery && !t->sack_ok && t->dupacks < DUP_THRESH)
		cwnd += t->dupacks * tc_tcp_eff_mss(t);
	return cwnd > flight ? cwnd - flight : 0;
}

/* RFC 5681 3.2 (2) and (3); RFC 6582 3.2 (2) */
static void enter(struct tc_step *s)
{
	struct tc_tcb *t = s->t;

	t->ssthresh = tc_tcp_half_flight(t);
	t->cwnd = t->ssthresh;
	if (!t->sack_ok)
		t->cwnd += DUP_THRESH * tc_tcp_eff_mss(t);
	t->fast_recovery = true;
	t->partial_ack = false;
	t->recover = t->snd_max;
	t->rtx_nxt = t->snd_una;
	tc_tcp_ecn_reduced(t);
	tc_tcp_note(s, "duplicate ACKs: fast retransmit", "RFC 5681 3.2");
}

/* An ACK that acknowledges nothing new while something is outstanding. */
void tc_tcp_dup_ack(struct tc_step *s)
{
	struct tc_tcb *t = s->t;

	if (t->fast_recovery) {
		if (!t->sack_ok)
			t->cwnd += tc_tcp_eff_mss(t);		/* (4) */
		return;
	}
	if (t->dupacks < DUP_THRESH)
		t->dupacks++;
	if (t->dupacks < DUP_THRESH && !(t->n_sacked && hole_is_lost(t, 0)))
		return;
	/* Not for what a timeout or a recovery has dealt with (RFC 6582 3.2 (2)); blocks
	 * show that it is something new (RFC 6675 5 (2)). */
	if (t->snd_nxt == t->snd_max &&
	    tc_seq_gt(t->snd_una + (t->n_sacked ? 1 : 0), t->recover))
		enter(s);
}

/* RFC 6582 3.2 (3), full acknowledgment */
static void leave(struct tc_tcb *t)
{
	uint32_t mss = tc_tcp_eff_mss(t);
	uint32_t flight = t->snd_max - t->snd_una;

	t->fast_recovery = false;
	flight = (flight > mss ? flight : mss) + mss;
	t->cwnd = t->ssthresh;
	if (!t->sack_ok && flight < t->cwnd)
		t->cwnd = flight;
}

/* RFC 6582 3.2 (3), partial acknowledgment: the next hole begins at SND.UNA */
static void partial(struct tc_step *s, uint32_t bytes, tc_time timer)
{
	struct tc_tcb *t = s->t;
	uint32_t mss = tc_tcp_eff_mss(t);

	if (t->sack_ok)
		return;
	if (t->partial_ack)
		t->t_rexmit = timer;	/* only the first one starts the timer again */
	t->partial_ack = true;
	t->rtx_nxt = t->snd_una;
	t->cwnd -= bytes < t->cwnd ? bytes : t->cwnd;
	if (bytes >= mss || !t->cwnd)
		t->cwnd += mss;
}

void tc_tcp_recovery_acked(struct tc_step *s, uint32_t bytes, tc_time timer)
{
	struct tc_tcb *t = s->t;

	t->dupacks = 0;
	t->rtx_nxt = tc_seq_max(t->rtx_nxt, t->snd_una);
	tc_tcp_sack_acked(t);
	if (!t->fast_recovery && tc_seq_gt(t->snd_una, t->recover))
		t->recover = t->snd_una - 1;	/* keep it near for comparisons */
	if (!t->fast_recovery)
		tc_tcp_cwnd_acked(t, tc_tcp_ecn_is_echo(s) ? 0 : bytes);
	else if (tc_seq_geq(t->snd_una, t->recover))
		leave(t);
	else
		partial(s, bytes, timer);
}

/* An ACK that the fifth check took, after what it acknowledges has left the window. */
void tc_tcp_ecn_acked(struct tc_step *s)
{
	struct tc_tcb *t = s->t;

	t->ecn_high = tc_seq_max(t->ecn_high, t->snd_una);	/* near, for comparisons */
	if (!tc_tcp_ecn_is_echo(s) || t->fast_recovery || t->ecn_cwr ||
	    tc_seq_lt(s->seg.ack, t->ecn_high))
		return;
	t->ssthresh = tc_tcp_half_flight(t);
	t->cwnd = t->ssthresh;
	tc_tcp_ecn_reduced(t);
	tc_tcp_note(s, "ECE: the congestion window is halved", "RFC 3168 6.1.2");
}

/* RFC 2018 section 8: after a timeout the blocks are not believed any more. */
void tc_tcp_recovery_timeout(struct tc_tcb *t)
{
	t->fast_recovery = false;
	t->dupacks = 0;
	t->n_sacked = 0;
	t->recover = t->snd_max;
}

static void resend(struct tc_step *s, tc_seq seq, tc_seq end)
{
	struct tc_tcb *t = s->t;
	uint32_t n = tc_seq_min(end, t->snd_end) - seq, most = tc_tcp_max_text(t);
	bool fin = tc_seq_gt(end, t->snd_end);

	if (n > most) {
		n = most;
		fin = false;
	}
	tc_tcp_emit(s, seq, n, fin ? TC_FLAG_ACK | TC_FLAG_FIN : TC_FLAG_ACK);
	t->rtx_nxt = seq + n + fin;
}

/* RFC 6675 NextSeg() (1): the first hole that is lost and was not sent again */
static bool next_lost(const struct tc_tcb *t, struct tc_range *hole)
{
	for (unsigned i = 0; i < t->n_sacked; i++) {
		hole->left = tc_seq_max(hole_left(t, i), t->rtx_nxt);
		hole->right = t->sacked[i].left;
		if (tc_seq_lt(hole->left, hole->right))
			return hole_is_lost(t, i);
	}
	return false;
}

bool tc_tcp_recovery_send(struct tc_step *s)
{
	struct tc_tcb *t = s->t;
	struct tc_range hole = { t->snd_una, t->snd_max };

	if (!t->fast_recovery || t->snd_nxt != t->snd_max)
		return false;
	if (t->rtx_nxt == t->snd_una) {		/* always, whatever the window says */
		if (t->n_sacked)
			hole.right = t->sacked[0].left;
	} else if (!next_lost(t, &hole) || tc_tcp_cwnd_left(t) < tc_tcp_eff_mss(t)) {
		return false;
	}
	hole.right = tc_seq_min(hole.right, t->snd_una + t->snd_wnd);	/* SHLD-16 */
	if (!tc_seq_lt(hole.left, hole.right))
		return false;
	resend(s, hole.left, hole.right);
	return true;
}
