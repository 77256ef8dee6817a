/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293 3.10.7.4 fifth, the ACK field: what it does to the send sequence space and to
 * the state. */
#include "own.h"

void tc_tcp_enter_established(struct tc_step *s, const char *clause)
{
	struct tc_tcb *t = s->t;

	tc_tcp_rto_after_syn(t);
	tc_tcp_cwnd_init(t);
	t->retransmits = 0;
	tc_tcp_move_to(s, TC_ST_ESTABLISHED, clause);
	if (t->fastopen != TC_FASTOPEN_TAKEN)		/* the user was told before */
		tc_tcp_notify(s, TC_NOTIFY_CONNECTED, NULL);
	tc_tcp_keepalive_heard(s);
	if (t->fin_queued)
		tc_tcp_move_to(s, TC_ST_FIN_WAIT_1,
			       "RFC 9293 3.10.4 CLOSE queued in SYN-RECEIVED");
}

void tc_tcp_enter_time_wait(struct tc_step *s, const char *clause)
{
	struct tc_tcb *t = s->t;

	t->t_rexmit = t->t_delack = t->t_give_up = t->t_keepalive = 0;
	t->t_2msl = s->now + 2 * t->cfg->msl;		/* MUST-13 */
	tc_tcp_move_to(s, TC_ST_TIME_WAIT, clause);
}

/* SND.UNA < SEG.ACK =< SND.NXT */
void tc_tcp_acked(struct tc_step *s)
{
	struct tc_tcb *t = s->t;
	tc_seq ack = s->seg.ack;
	tc_seq first = t->syn_acked ? t->snd_una : t->iss + 1;
	tc_seq data = tc_seq_min(ack, t->snd_end);	/* not counting our FIN */
	/* with the SYN's ACK the congestion window begins: what was in the SYN is no part of it */
	uint32_t grows = t->syn_acked && tc_seq_gt(data, first) ? data - first : 0;
	tc_time timer = t->t_rexmit;
	struct tc_action *a;

	tc_tcp_rtt_acked(s);
	t->syn_acked = true;
	t->snd_una = ack;
	t->snd_nxt = tc_seq_max(t->snd_nxt, ack);
	if (t->snd_urg && tc_seq_leq(t->snd_up, ack))
		t->snd_urg = false;
	if (tc_seq_gt(data, first)) {
		a = tc_tcp_add(s, TC_ACT_ACKED);
		a->range.seq = data;
		a->range.len = data - first;
	}
	/* RFC 6298 5.2, 5.3; tc_tcp_arm() starts it again if something is outstanding */
	t->t_rexmit = t->t_give_up = 0;
	tc_tcp_recovery_acked(s, grows, timer);
}

/*
 * SEG.ACK is in [SND.UNA, SND.NXT]; SND.WL1 and SND.WL2 keep old segments out. An ACK
 * that is new counts however old its text is (3.8.6): it moves SND.UNA, and with it what
 * the old SND.WND would mean. Unsigned, and scaled more than 16 bits (MUST-1, REC-1).
 */
static void update_window(struct tc_step *s, bool new_ack)
{
	struct tc_tcb *t = s->t;
	uint32_t was = t->snd_wnd;

	if (!new_ack && !tc_seq_lt(t->snd_wl1, s->seg.seq) &&
	    !(t->snd_wl1 == s->seg.seq && tc_seq_leq(t->snd_wl2, s->seg.ack)))
		return;
	t->snd_wnd = (uint32_t)s->seg.wnd << t->snd_wscale;
	t->snd_wl1 = s->seg.seq;
	t->snd_wl2 = s->seg.ack;
	if (t->snd_wnd > t->max_snd_wnd)
		t->max_snd_wnd = t->snd_wnd;
	if (!was && t->snd_wnd) {	/* probing is over */
		t->retransmits = 0;
		t->t_rexmit = 0;
	}
}

/* Of a segment whose ACK is SND.UNA: RFC 5681 section 2, and between ends that agreed on
 * SACK the blocks alone, if they tell something new (RFC 6675 section 2): what arrives
 * twice at the peer, because we sent it twice, is answered without any. */
static bool is_duplicate(const struct tc_step *s, bool sack_news)
{
	const struct tc_tcb *t = s->t;

	if (t->snd_una == t->snd_max || !t->snd_wnd)
		return false;
	if (t->sack_ok)
		return sack_news;
	return !s->seg.len && !s->text_dropped && !(s->seg.flags & TC_FLAG_FIN) &&
	       (uint32_t)s->seg.wnd << t->snd_wscale == t->snd_wnd;
}

static void ack_at_una(struct tc_step *s, bool new_ack)
{
	bool sack_news = tc_tcp_sack_take(s);
	bool duplicate = !new_ack && is_duplicate(s, sack_news);

	update_window(s, new_ack);
	if (duplicate)
		tc_tcp_dup_ack(s);
}

/* Processing of the ESTABLISHED state, shared by all that come after it. */
static enum tc_tcp_check established_ack(struct tc_step *s)
{
	const char *clause = "RFC 9293 3.10.7.4 fifth: ACK";
	struct tc_tcb *t = s->t;
	bool new_ack = tc_seq_gt(s->seg.ack, t->snd_una);

	if (!tc_tcp_ack_is_plausible(s)) {
		tc_tcp_note(s, tc_seq_gt(s->seg.ack, t->snd_max) ?
			    "ACK of something not yet sent" :
			    "ACK older than a window: challenged", clause);
		tc_tcp_challenge_ack(s);
		return TC_CHECK_DONE;
	}
	if (new_ack) {
		tc_tcp_acked(s);
		t->retransmits = 0;
	}
	if (s->seg.ack == t->snd_una)
		ack_at_una(s, new_ack);
	tc_tcp_ecn_acked(s);
	tc_tcp_keepalive_heard(s);
	/* a peer that answers probes may keep its window shut for ever (MUST-37, SHLD-17) */
	if (!t->snd_wnd)
		t->t_give_up = 0;
	return TC_CHECK_NEXT;
}

static enum tc_tcp_check syn_received_ack(struct tc_step *s)
{
	struct tc_tcb *t = s->t;

	if (tc_seq_gt(s->seg.ack, t->snd_una) && tc_seq_leq(s->seg.ack, t->snd_max)) {
		/* SND.WND, SND.WL1 and SND.WL2 as in established_ack(): WL1 is IRS */
		tc_tcp_enter_established(s, "RFC 9293 3.10.7.4 fifth: ACK of our SYN");
		return established_ack(s);
	}
	tc_tcp_note(s, "ACK of something that was never sent", "RFC 9293 3.10.7.4 fifth: ACK");
	tc_tcp_refuse(s);
	return TC_CHECK_DONE;
}

static enum tc_tcp_check closing_ack(struct tc_step *s)
{
	enum tc_tcp_check next = established_ack(s);

	if (next == TC_CHECK_NEXT && tc_tcp_fin_acked(s->t))
		tc_tcp_enter_time_wait(s, "RFC 9293 3.10.7.4 fifth: ACK of our FIN in CLOSING");
	return next;
}

static enum tc_tcp_check last_ack_ack(struct tc_step *s)
{
	enum tc_tcp_check next = established_ack(s);

	if (next == TC_CHECK_NEXT && tc_tcp_fin_acked(s->t)) {
		tc_tcp_drop(s, "RFC 9293 3.10.7.4 fifth: ACK of our FIN in LAST-ACK");
		return TC_CHECK_DONE;
	}
	return next;
}

static enum tc_tcp_check fin_wait_1_ack(struct tc_step *s)
{
	enum tc_tcp_check next = established_ack(s);

	if (next == TC_CHECK_NEXT && tc_tcp_fin_acked(s->t))
		tc_tcp_move_to(s, TC_ST_FIN_WAIT_2, "RFC 9293 3.10.7.4 fifth: ACK of our FIN");
	return next;
}

enum tc_tcp_check tc_tcp_check_5_ack(struct tc_step *s)
{
	if (!(s->seg.flags & TC_FLAG_ACK)) {
		tc_tcp_note(s, "no ACK", "RFC 9293 3.10.7.4 fifth: ACK");
		return TC_CHECK_DONE;
	}
	switch ((enum tc_state)s->t->state) {
	case TC_ST_CLOSED:
	case TC_ST_LISTEN:
	case TC_ST_SYN_SENT:
		break;
	case TC_ST_SYN_RECEIVED:
		return syn_received_ack(s);
	case TC_ST_FIN_WAIT_1:
		return fin_wait_1_ack(s);
	case TC_ST_ESTABLISHED:
	case TC_ST_FIN_WAIT_2:
	case TC_ST_CLOSE_WAIT:
	case TC_ST_TIME_WAIT:
		return established_ack(s);
	case TC_ST_CLOSING:
		return closing_ack(s);
	case TC_ST_LAST_ACK:
		return last_ack_ack(s);
	}
	return TC_CHECK_DONE;
}
