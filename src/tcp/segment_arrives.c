/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 9293 3.10.7 SEGMENT ARRIVES: CLOSED, LISTEN, SYN-SENT. The other states go through
 * the eight checks of 3.10.7.4 in checks.c.
 */
#include "own.h"

/* 3.10.7.1 */
static void in_closed(struct tc_step *s)
{
	if (s->seg.flags & TC_FLAG_RST) {
		tc_tcp_note(s, "RST for a connection that does not exist", "RFC 9293 3.10.7.1");
		return;
	}
	tc_tcp_note(s, "segment for a connection that does not exist", "RFC 9293 3.10.7.1");
	tc_tcp_refuse(s);
}

/* The peer's SYN is there: its numbers, its options, its window (never scaled). */
static void take_syn(struct tc_step *s)
{
	struct tc_tcb *t = s->t;

	t->irs = s->seg.seq;
	t->rcv_nxt = t->irs + 1;
	tc_tcp_take_syn_options(s);
	tc_tcp_window_open(t);
	t->snd_wnd = s->seg.wnd;
	t->max_snd_wnd = t->snd_wnd;
	t->snd_wl1 = s->seg.seq;
	t->snd_wl2 = s->seg.ack;
	/* what is left of the segment begins at RCV.NXT */
	s->seg.seq++;
	s->seg.flags &= (uint16_t)~TC_FLAG_SYN;
	tc_tcp_trim(s);
}

/* 3.10.7.2; the security check of the third step does not apply: see check_3_security */
static void in_listen(struct tc_step *s)
{
	bool taken;

	if (s->seg.flags & TC_FLAG_RST) {
		tc_tcp_note(s, "RST to nothing that we sent", "RFC 9293 3.10.7.2 first: RST");
		return;
	}
	if (s->seg.flags & TC_FLAG_ACK) {
		tc_tcp_note(s, "ACK of nothing that we sent", "RFC 9293 3.10.7.2 second: ACK");
		tc_tcp_refuse(s);
		return;
	}
	if (!(s->seg.flags & TC_FLAG_SYN)) {
		tc_tcp_note(s, "neither SYN nor ACK nor RST", "RFC 9293 3.10.7.2 fourth");
		return;
	}
	take_syn(s);
	taken = tc_tcp_fastopen_takes(s);
	tc_tcp_move_to(s, TC_ST_SYN_RECEIVED, "RFC 9293 3.10.7.2 third: SYN");
	if (taken)
		tc_tcp_fastopen_deliver(s);
	tc_tcp_emit_syn(s);
	if (!taken)
		tc_tcp_text_keep(s);
}

/*
 * 3.10.7.3 first. A peer that still has the connection we had before on this port answers
 * our SYN with an ACK of its own numbers (3.5.1, figure 9). The reset makes it forget;
 * the SYN goes out again at once, one time, so that nobody waits for the timer.
 */
static enum tc_tcp_check syn_sent_1_ack(struct tc_step *s)
{
	struct tc_tcb *t = s->t;

	if (!(s->seg.flags & TC_FLAG_ACK))
		return TC_CHECK_NEXT;
	if (tc_seq_gt(s->seg.ack, t->iss) && tc_seq_leq(s->seg.ack, t->snd_max))
		return TC_CHECK_NEXT;
	tc_tcp_note(s, "ACK of something that was never sent", "RFC 9293 3.10.7.3 first: ACK");
	if (s->seg.flags & TC_FLAG_RST)
		return TC_CHECK_DONE;
	tc_tcp_refuse(s);
	if (!(s->seg.flags & TC_FLAG_SYN) && !t->syn_kicked) {
		t->syn_kicked = true;
		tc_tcp_emit_syn(s);
	}
	return TC_CHECK_DONE;
}

/* 3.10.7.3 second. RFC 5961's test of the sequence number has nothing to compare with
 * before the peer's SYN: RCV.NXT is not known. */
static enum tc_tcp_check syn_sent_2_rst(struct tc_step *s)
{
	if (!(s->seg.flags & TC_FLAG_RST))
		return TC_CHECK_NEXT;
	if (s->seg.flags & TC_FLAG_ACK)
		tc_tcp_fail(s, TC_NOTIFY_REFUSED, NULL, "RFC 9293 3.10.7.3 second: RST");
	else
		tc_tcp_note(s, "RST without an ACK", "RFC 9293 3.10.7.3 second: RST");
	return TC_CHECK_DONE;
}

/* 3.10.7.3 fourth, our SYN is acknowledged */
static void syn_sent_to_established(struct tc_step *s)
{
	struct tc_tcb *t = s->t;
	bool again;

	tc_tcp_fastopen_answered(s);
	tc_tcp_acked(s);
	again = t->snd_una != t->snd_max;	/* data that the SYN had: RFC 7413 4.2.2 */
	tc_tcp_enter_established(s, "RFC 9293 3.10.7.3 fourth: SYN,ACK");
	t->ack_now = true;
	if (!t->cfg->ack_with_data && !again && !s->seg.len && !(s->seg.flags & TC_FLAG_FIN))
		tc_tcp_emit_ack(s);
	tc_tcp_check_6_and_on(s);
}

/* 3.10.7.3 fourth, a SYN alone: simultaneous open (MUST-10) */
static void syn_sent_to_syn_received(struct tc_step *s)
{
	tc_tcp_move_to(s, TC_ST_SYN_RECEIVED, "RFC 9293 3.10.7.3 fourth: SYN");
	tc_tcp_emit_syn(s);
	tc_tcp_text_keep(s);
}

/* 3.10.7.3; third, security, does not apply: see check_3_security */
static void in_syn_sent(struct tc_step *s)
{
	if (syn_sent_1_ack(s) == TC_CHECK_DONE || syn_sent_2_rst(s) == TC_CHECK_DONE)
		return;
	if (!(s->seg.flags & TC_FLAG_SYN)) {
		tc_tcp_note(s, "neither SYN nor RST", "RFC 9293 3.10.7.3 fifth");
		return;
	}
	take_syn(s);
	if (s->seg.flags & TC_FLAG_ACK)
		syn_sent_to_established(s);
	else
		syn_sent_to_syn_received(s);
}

void tc_tcp_segment(struct tc_step *s)
{
	enum tc_state state = s->t->state;

	if (state == TC_ST_CLOSED)
		in_closed(s);
	else if (state == TC_ST_LISTEN)
		in_listen(s);
	else if (state == TC_ST_SYN_SENT)
		in_syn_sent(s);
	else
		tc_tcp_in_other_states(s);
}
