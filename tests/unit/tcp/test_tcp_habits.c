/* SPDX-License-Identifier: BSD-2-Clause */
/* What a configuration chooses within the RFCs: what is offered is also kept. */
#include "tcp_lab.h"

static void the_window_scale_may_be_chosen(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.use_wscale = true;
	lab.cfg.wscale = 2;
	open_active(&lab);
	want_tx(&lab, "S seq=0 win=10000 ws=2");
	rx(&lab, "S. seq=0 ack=1 mss=1000 ws=0");
	want_tx(&lab, ". seq=1 ack=1 win=2500");
}

static void a_buffer_is_offered_as_far_as_the_scale_reaches(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.use_wscale = true;
	lab.cfg.wscale = 1;
	lab.cfg.rcv_buf = 1000000;
	lab_go(&lab, TC_ST_SYN_SENT);
	rx(&lab, "S. seq=0 ack=1 mss=1000 ws=0");
	want_tx(&lab, ". seq=1 ack=1 win=65535");
	CHECK_U64(lab.tcb.rcv_adv - lab.tcb.rcv_nxt, 2 * 65535);
}

/* What a SYN offers is all that is taken until the next segment has offered more. */
static void a_syn_may_offer_less_than_the_buffer(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.syn_window = 500;
	open_passive(&lab);
	rx(&lab, "S seq=0 mss=1000");
	want_state(&lab, TC_ST_SYN_RECEIVED);
	want_tx(&lab, "S. seq=0 ack=1 win=500");
	rx(&lab, ". seq=501 ack=1 len=10");
	want_note(&lab, "window");
	want_tx(&lab, ". seq=1 ack=1 win=10000");
	rx(&lab, ". seq=1 ack=1 len=1000");
	want_state(&lab, TC_ST_ESTABLISHED);
	want_notify(&lab, TC_NOTIFY_CONNECTED);
	want_deliver(&lab, 1, 1000);
	want_tx(&lab, ". seq=1 ack=1001 win=9000");
}

/* What an answer offers is of its own; a SYN of ours, which nobody asked for, offers as before. */
static void an_answer_may_offer_another_than_a_syn(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.syn_window = 500;
	lab.cfg.answer_window = 700;
	open_passive(&lab);
	rx(&lab, "S seq=0 mss=1000");
	want_tx(&lab, "S. seq=0 ack=1 win=700");
	CHECK_U64(lab.tcb.rcv_adv - lab.tcb.rcv_nxt, 700);
	lab_init(&lab);
	lab.cfg.syn_window = 500;
	lab.cfg.answer_window = 700;
	lab_go(&lab, TC_ST_SYN_SENT);
	CHECK_U64(lab.tcb.rcv_adv - lab.tcb.rcv_nxt, 500);
}

/* Who offers five segments as a window, and timestamps, answers that SYN by an offer of `win`. */
static void answers_by_window(const char *syn, uint32_t win)
{
	char answer[64];
	struct lab lab;

	lab_init(&lab);
	lab.cfg.window_in_mss = 5;
	lab.cfg.use_ts = true;
	open_passive(&lab);
	rx(&lab, syn);
	snprintf(answer, sizeof answer, "S. seq=0 ack=1 win=%" PRIu32, win);
	want_tx(&lab, answer);
	CHECK_U64(lab.tcb.rcv_adv - lab.tcb.rcv_nxt, win);
}

/* Whether the peer has timestamps is known when a SYN is answered; who sent one itself is bound by
 * what that one said. */
static void a_syn_ack_with_timestamps_may_offer_another(void)
{
	answers_by_window("S seq=0 mss=1000 ts=7/0", 4940);
	answers_by_window("S seq=0 mss=1000", 5000);
}

static void send(struct lab *lab, uint8_t iw)
{
	lab_init(lab);
	lab->cfg.iw = iw;
	lab_go(lab, TC_ST_SYN_SENT);
	rx(lab, "S. seq=0 ack=1 mss=1000 win=60000");
	lab_forget(lab);
	user_send(lab, 20000);
	CHECK_U64(lab->tcb.snd_nxt - LAB_ISS - 1, iw * 1000u);
	lab_forget(lab);
}

static void the_initial_window_may_be_chosen(void)
{
	struct lab lab;

	send(&lab, 1);
	send(&lab, 10);
	rx(&lab, ". seq=1 ack=10001 win=60000");
	lab_forget(&lab);
	rx(&lab, ". seq=1 ack=20001 win=60000");
	lab_forget(&lab);
	at_ms(&lab, 10000);
	user_send(&lab, 20000);			/* RFC 5681 4.1: as after a pause */
	CHECK_U64(lab.tcb.cwnd, 10000);
	lab_forget(&lab);
}

static void a_syn_is_sent_again_as_often_as_chosen(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.syn_retries = 2;
	lab_go(&lab, TC_ST_SYN_SENT);
	at_ms(&lab, 1000);
	want_tx(&lab, "S seq=0");
	at_ms(&lab, 3000);
	want_tx(&lab, "S seq=0");
	at_ms(&lab, 6999);
	want_nothing(&lab);
	at_ms(&lab, 7000);
	want_notify(&lab, TC_NOTIFY_TIMED_OUT);
	want_state(&lab, TC_ST_CLOSED);
	want_notify(&lab, TC_NOTIFY_CLOSED);
	CHECK_U64(lab.timer, 0);
	CHECK(lab.tcb.syns_over);
	lab_forget(&lab);
}

/* The caller's patience may be over before: the last SYN was sent, but its time is not up. */
static void the_callers_time_may_end_before_the_syns(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.syn_retries = 1;
	lab.cfg.syn_timeout = 2 * TC_S;
	lab_go(&lab, TC_ST_SYN_SENT);
	at_ms(&lab, 1000);
	want_tx(&lab, "S seq=0");
	at_ms(&lab, 2000);
	want_notify(&lab, TC_NOTIFY_TIMED_OUT);
	CHECK(!lab.tcb.syns_over);
	lab_forget(&lab);
}

/* Data is given more patience: that is R2's. */
static void data_is_sent_again_whatever_a_syn_is(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.syn_retries = 0;
	lab_go(&lab, TC_ST_ESTABLISHED);
	user_send(&lab, 100);
	want_tx(&lab, "P. seq=1 len=100");
	at_ms(&lab, 200);
	want_tx(&lab, "P. seq=1 len=100");
	CHECK_U64(lab.tcb.state, TC_ST_ESTABLISHED);
}

/* A connection whose segments may stand for up to four. */
static void merging(struct lab *lab)
{
	lab_init(lab);
	lab->cfg.iw = 10;
	lab->cfg.merge = 4;
	lab_go(lab, TC_ST_SYN_SENT);
	rx(lab, "S. seq=0 ack=1 mss=1000 win=60000");
	lab_forget(lab);
}

/* New data alone, in whole segments; what is sent again goes one by one. */
static void data_may_go_in_segments_of_several(void)
{
	struct lab lab;

	merging(&lab);
	user_send(&lab, 6500);
	want_tx(&lab, ". seq=1 ack=1 len=4000");
	want_tx(&lab, ". seq=4001 ack=1 len=2000");
	want_tx(&lab, "P. seq=6001 ack=1 len=500");
	lab_timeout(&lab);
	want_tx(&lab, ". seq=1 ack=1 len=1000");
}

/* Cut, each piece would point further than it should. */
static void urgent_data_goes_segment_by_segment(void)
{
	struct lab lab;

	merging(&lab);
	event(&lab, .type = TC_EV_SEND, .len = 2000, .urgent = true);
	want_tx(&lab, "U. seq=1 ack=1 len=1000 urg=2000");
	want_tx(&lab, "PU. seq=1001 ack=1 len=1000 urg=1000");
}

/* The clock, and what the echo of a retransmission says of the round trip (RFC 7323 4.1). */
static void timestamps_may_tick_slower(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.use_ts = true;
	lab.cfg.ts_hz = 100;
	open_active(&lab);
	want_tx(&lab, "S seq=0 ts=100000/0");
	rx(&lab, "S. seq=0 ack=1 mss=1000 ts=7/100000");
	lab_forget(&lab);
	user_send(&lab, 10);
	want_tx(&lab, "P. seq=1 len=10 ts=100000/7");
	at_ms(&lab, 200);
	want_tx(&lab, "P. seq=1 len=10 ts=100020/7");
	at_ms(&lab, 249);
	rx(&lab, ". seq=1 ack=11 ts=8/100020");
	CHECK_U64((uint64_t)lab.tcb.srtt, 40 * TC_MS / 8);	/* the SYN's was 0 */
}

static void a_connection_is_small(void)
{
	CHECK(sizeof(struct tc_tcb) + sizeof(struct tc_disorder) <= 1024);
	CHECK(sizeof(struct tc_tcb) <= 384);
}

/* Text that comes in order and ACKs without blocks want no place for disorder. */
static void a_place_is_wanted_where_order_is_lost(void)
{
	struct tc_seg seg = { .seq = LAB_IRS + 1, .len = 10, .flags = TC_FLAG_ACK };
	struct lab lab;

	lab_init(&lab);
	lab_go(&lab, TC_ST_ESTABLISHED);
	CHECK(!tc_tcp_wants_place(&lab.tcb, &seg));	/* it has one */
	lab.tcb.ooo = lab.tcb.sacked = NULL;
	CHECK(!tc_tcp_wants_place(&lab.tcb, &seg));
	seg.seq++;
	CHECK(tc_tcp_wants_place(&lab.tcb, &seg));
	seg.len = 0;
	CHECK(!tc_tcp_wants_place(&lab.tcb, &seg));
	seg.opts.present = TC_HAS_SACK;
	CHECK(tc_tcp_wants_place(&lab.tcb, &seg));
	lab.tcb.state = TC_ST_LISTEN;
	seg = (struct tc_seg){ .seq = LAB_IRS, .len = 1, .flags = TC_FLAG_SYN };
	CHECK(tc_tcp_wants_place(&lab.tcb, &seg));
}

/* The peer sends again what was not kept, and so do we what it had. */
static void without_a_place_order_comes_back_all_the_same(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.use_sack = true;
	lab.tcb.ooo = lab.tcb.sacked = NULL;
	event(&lab, .type = TC_EV_OPEN, .open.iss = LAB_ISS);
	lab_forget(&lab);
	rx(&lab, "S. seq=0 ack=1 mss=1000 sackok");
	lab_forget(&lab);
	rx(&lab, "P. seq=101 ack=1 len=100");
	want_note(&lab, "more holes than are kept");
	want_tx(&lab, ". seq=1 ack=1");
	rx(&lab, ". seq=1 ack=1 len=100");
	want_tx(&lab, ". seq=1 ack=101");
	rx(&lab, "P. seq=101 ack=1 len=100");
	want_tx(&lab, ". seq=1 ack=201");
	user_send(&lab, 1000);
	lab_forget(&lab);
	rx(&lab, ". seq=201 ack=1 sack=101:201");
	CHECK_U64(lab.tcb.n_sacked, 0);
}

CU_TestInfo tests_tcp_habits[] = {
	{ "the window scale may be chosen", the_window_scale_may_be_chosen },
	{ "a buffer is offered as far as the scale reaches",
	  a_buffer_is_offered_as_far_as_the_scale_reaches },
	{ "a SYN may offer less than the buffer", a_syn_may_offer_less_than_the_buffer },
	{ "an answer may offer another than a SYN", an_answer_may_offer_another_than_a_syn },
	{ "a SYN,ACK with timestamps may offer another window",
	  a_syn_ack_with_timestamps_may_offer_another },
	{ "the initial window may be chosen", the_initial_window_may_be_chosen },
	{ "a SYN is sent again as often as chosen", a_syn_is_sent_again_as_often_as_chosen },
	{ "the caller's time may end before its SYNs do",
	  the_callers_time_may_end_before_the_syns },
	{ "data is sent again whatever a SYN is", data_is_sent_again_whatever_a_syn_is },
	{ "data may go in segments of several", data_may_go_in_segments_of_several },
	{ "urgent data goes segment by segment", urgent_data_goes_segment_by_segment },
	{ "timestamps may tick slower", timestamps_may_tick_slower },
	{ "a connection is small", a_connection_is_small },
	{ "a place is wanted where order is lost", a_place_is_wanted_where_order_is_lost },
	{ "without a place order comes back all the same",
	  without_a_place_order_comes_back_all_the_same },
	CU_TEST_INFO_NULL,
};
