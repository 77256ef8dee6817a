/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 9293 3.10.7.4 SEGMENT ARRIVES, other states: eight checks in the RFC's order. The
 * fifth, the ACK field, is in check_ack.c.
 */
#include "own.h"

/* Table 6 */
static bool acceptable(const struct tc_tcb *t, const struct tc_seg *seg)
{
	uint32_t len = tc_seg_seq_len(seg);
	uint32_t wnd = t->rcv_adv - t->rcv_nxt;

	if (len == 0 && wnd == 0)
		return seg->seq == t->rcv_nxt;
	if (len == 0)
		return tc_seq_in(seg->seq, t->rcv_nxt, wnd);
	return tc_seq_in(seg->seq, t->rcv_nxt, wnd) ||
	       tc_seq_in(seg->seq + len - 1, t->rcv_nxt, wnd);
}

/*
 * In SYN-RECEIVED, the peer's SYN again. With an ACK it is the second half of a
 * simultaneous open (3.5 figure 7, line 6): trimmed of its SYN it is a fine ACK, and answered,
 * as all that begins left of the window (3.10.7.4 first). Without one our SYN,ACK did not arrive.
 */
static enum tc_tcp_check syn_again(struct tc_step *s)
{
	if (s->seg.flags & TC_FLAG_ACK) {
		s->seg.seq++;
		s->seg.flags &= (uint16_t)~TC_FLAG_SYN;
		/* a SYN's window is not scaled */
		s->seg.wnd = (uint16_t)(s->seg.wnd >> s->t->snd_wscale);
		s->t->ack_now = tc_seq_gt(s->seg.ack, s->t->snd_una) &&
				tc_seq_leq(s->seg.ack, s->t->snd_max);
		return TC_CHECK_NEXT;
	}
	tc_tcp_note(s, "the same SYN again: SYN,ACK again", "RFC 9293 3.10.7.4 first");
	tc_tcp_ecn_negotiate(s->t, &s->seg);
	if (tc_tcp_challenge_allowed(s))
		tc_tcp_emit_syn(s);
	return TC_CHECK_DONE;
}

/*
 * Not acceptable text, but an ACK worth reading: "special allowance should be made to
 * accept valid ACKs" when the window is zero. Appendix A.2 names the deadlocks that come
 * of not doing the same one number to the left (probes crossing) and, for a bare ACK, at
 * the right edge (the sender has filled our window).
 */
static bool ack_is_worth_reading(const struct tc_tcb *t, const struct tc_seg *seg)
{
	if (!(seg->flags & TC_FLAG_ACK) || (seg->flags & TC_FLAG_SYN))
		return false;
	if (seg->seq == t->rcv_adv)
		return seg->seq == t->rcv_nxt || tc_seg_seq_len(seg) == 0;
	return seg->seq == t->rcv_nxt - 1;
}

/* RST and URG of a segment that meets a shut window are read too (MUST-66): the one with
 * RCV.NXT is acceptable as it is, the other comes here. */
static enum tc_tcp_check not_acceptable(struct tc_step *s)
{
	struct tc_tcb *t = s->t;
	bool bare_ack_at_edge = s->seg.seq == t->rcv_adv && tc_seg_seq_len(&s->seg) == 0;

	tc_tcp_note(s, "outside the receive window",
		    "RFC 9293 3.10.7.4 first: sequence number");
	if (s->seg.flags & TC_FLAG_RST)
		return TC_CHECK_DONE;
	if (s->seg.len && tc_seq_lt(s->seg.seq, t->rcv_nxt))
		tc_tcp_sack_twice(t, s->seg.seq, tc_seq_min(s->seg.seq + s->seg.len, t->rcv_nxt));
	/* The FIN again that the fifth and eighth check speak of is old, so ends here. */
	if (t->state == TC_ST_TIME_WAIT && (s->seg.flags & TC_FLAG_FIN))
		t->t_2msl = s->now + 2 * t->cfg->msl;
	if (!bare_ack_at_edge)
		tc_tcp_answer(s);
	if (!ack_is_worth_reading(t, &s->seg))
		return TC_CHECK_DONE;
	s->text_dropped = s->seg.len;
	s->seg.seq = t->rcv_nxt;
	s->seg.len = 0;
	s->seg.flags &= (uint16_t)~TC_FLAG_FIN;
	return TC_CHECK_NEXT;
}

static enum tc_tcp_check check_1_seq(struct tc_step *s)
{
	struct tc_tcb *t = s->t;

	if (t->state == TC_ST_SYN_RECEIVED && s->seg.seq == t->irs &&
	    (s->seg.flags & TC_FLAG_SYN) && syn_again(s) == TC_CHECK_DONE)
		return TC_CHECK_DONE;
	if (tc_tcp_may_reopen(s)) {
		tc_tcp_notify(s, TC_NOTIFY_REOPEN, NULL);
		tc_tcp_drop(s, "RFC 9293 3.10.7.4 fourth: SYN in TIME-WAIT, RFC 6191");
		return TC_CHECK_DONE;
	}
	if (tc_tcp_paws_rejects(s))
		return TC_CHECK_DONE;
	tc_tcp_ts_update(s);
	if (!acceptable(t, &s->seg))
		return not_acceptable(s);
	tc_tcp_ecn_received(s);
	tc_tcp_trim(s);
	return TC_CHECK_NEXT;
}

/* RFC 5961 section 3: only a reset at exactly RCV.NXT is believed. It may carry text,
 * which nobody reads (SHLD-2). */
static enum tc_tcp_check check_2_rst(struct tc_step *s)
{
	const char *clause = "RFC 9293 3.10.7.4 second: RST";
	struct tc_tcb *t = s->t;

	if (!(s->seg.flags & TC_FLAG_RST))
		return TC_CHECK_NEXT;
	if (s->seg.seq != t->rcv_nxt) {
		tc_tcp_note(s, "RST in the window, not at its edge: challenged", clause);
		tc_tcp_challenge_ack(s);
		return TC_CHECK_DONE;
	}
	switch ((enum tc_state)t->state) {
	case TC_ST_CLOSED:
	case TC_ST_LISTEN:
	case TC_ST_SYN_SENT:
		break;
	case TC_ST_SYN_RECEIVED:
		if (t->fastopen == TC_FASTOPEN_TAKEN)
			tc_tcp_fail(s, TC_NOTIFY_RESET, NULL, clause);
		else if (t->passive)
			tc_tcp_back_to_listen(s, clause);
		else
			tc_tcp_fail(s, TC_NOTIFY_REFUSED, NULL, clause);
		break;
	case TC_ST_ESTABLISHED:
	case TC_ST_FIN_WAIT_1:
	case TC_ST_FIN_WAIT_2:
	case TC_ST_CLOSE_WAIT:
		tc_tcp_fail(s, TC_NOTIFY_RESET, NULL, clause);
		break;
	case TC_ST_CLOSING:
	case TC_ST_LAST_ACK:
	case TC_ST_TIME_WAIT:
		tc_tcp_drop(s, clause);
		break;
	}
	return TC_CHECK_DONE;
}

/* Compartments (appendix A.1) travel in IP options that no layer below reads: every
 * segment has ours. */
static enum tc_tcp_check check_3_security(struct tc_step *s)
{
	(void)s;
	return TC_CHECK_NEXT;
}

/* RFC 5961 section 4: a SYN is challenged wherever it lies. */
static enum tc_tcp_check check_4_syn(struct tc_step *s)
{
	const char *clause = "RFC 9293 3.10.7.4 fourth: SYN";

	if (!(s->seg.flags & TC_FLAG_SYN))
		return TC_CHECK_NEXT;
	if (s->t->state == TC_ST_SYN_RECEIVED && s->t->passive &&
	    s->t->fastopen != TC_FASTOPEN_TAKEN) {
		tc_tcp_back_to_listen(s, clause);
		return TC_CHECK_DONE;
	}
	tc_tcp_note(s, "SYN in a synchronised state: challenged", clause);
	tc_tcp_challenge_ack(s);
	return TC_CHECK_DONE;
}

/* The states in which the peer has not closed yet. */
static bool is_open(enum tc_state state)
{
	return state == TC_ST_ESTABLISHED || state == TC_ST_FIN_WAIT_1 ||
	       state == TC_ST_FIN_WAIT_2;
}

static enum tc_tcp_check check_6_urg(struct tc_step *s)
{
	if (is_open(s->t->state))
		tc_tcp_urg_received(s);
	return TC_CHECK_NEXT;
}

static enum tc_tcp_check check_7_text(struct tc_step *s)
{
	if (is_open(s->t->state)) {
		tc_tcp_text(s);
	} else if (s->t->fin_seen && s->seg.len) {
		tc_tcp_note(s, "text after the peer's own FIN: ignored",
			    "RFC 9293 3.10.7.4 seventh: text");
		s->t->ack_now = true;
	}
	return TC_CHECK_NEXT;
}

/* A second FIN cannot be: nothing follows the first. */
static enum tc_tcp_check fin_again(struct tc_step *s, const char *clause)
{
	if (!(s->seg.flags & TC_FLAG_FIN))
		return TC_CHECK_DONE;
	tc_tcp_note(s, "a FIN after the peer's own FIN: ignored", clause);
	tc_tcp_answer(s);
	if (s->t->state == TC_ST_TIME_WAIT)
		s->t->t_2msl = s->now + 2 * s->t->cfg->msl;
	return TC_CHECK_DONE;
}

static enum tc_tcp_check check_8_fin(struct tc_step *s)
{
	const char *clause = "RFC 9293 3.10.7.4 eighth: FIN";
	struct tc_tcb *t = s->t;

	if (t->fin_seen)
		return fin_again(s, clause);
	if (!tc_tcp_fin_in_order(s))
		return TC_CHECK_DONE;
	t->fin_seen = true;
	t->rcv_nxt++;
	t->ack_now = true;
	tc_tcp_forget_kept(s);
	tc_tcp_notify(s, TC_NOTIFY_PEER_CLOSED, NULL);
	switch ((enum tc_state)t->state) {
	case TC_ST_CLOSED:
	case TC_ST_LISTEN:
	case TC_ST_SYN_SENT:
		break;
	case TC_ST_SYN_RECEIVED:
	case TC_ST_ESTABLISHED:
		tc_tcp_move_to(s, TC_ST_CLOSE_WAIT, clause);
		break;
	case TC_ST_FIN_WAIT_1:
		/* were our FIN acknowledged, the fifth check had gone to FIN-WAIT-2 */
		tc_tcp_move_to(s, TC_ST_CLOSING, clause);
		break;
	case TC_ST_FIN_WAIT_2:
		tc_tcp_enter_time_wait(s, clause);
		break;
	case TC_ST_CLOSE_WAIT:
	case TC_ST_CLOSING:
	case TC_ST_LAST_ACK:
	case TC_ST_TIME_WAIT:
		break;
	}
	return TC_CHECK_DONE;
}

/* 3.10.7.4 */
static enum tc_tcp_check (*const checks[])(struct tc_step *s) = {
	check_1_seq,
	check_2_rst,
	check_3_security,
	check_4_syn,
	tc_tcp_check_5_ack,
	check_6_urg,
	check_7_text,
	check_8_fin,
};

#define CHECKS (sizeof checks / sizeof checks[0])
#define SIXTH  5

static void run_checks(struct tc_step *s, size_t i)
{
	while (i < CHECKS && checks[i](s) == TC_CHECK_NEXT)
		i++;
}

void tc_tcp_in_other_states(struct tc_step *s)
{
	run_checks(s, 0);
}

void tc_tcp_check_6_and_on(struct tc_step *s)
{
	run_checks(s, SIXTH);
}
