/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293 3.10.7.4 in detail: what the matrix has no room for. */
#include "tcp_lab.h"

static void old_and_new_text_only_the_new_is_delivered(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	rx(&lab, "P. seq=1 ack=1 len=10");
	want_deliver(&lab, 1, 10);
	want_tx(&lab, ". seq=1 ack=11");
	rx(&lab, "P. seq=6 ack=1 len=10");
	want_deliver(&lab, 11, 5);
	want_tx(&lab, ". seq=1 ack=16");
}

static void text_beyond_the_window_is_cut_off(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.rcv_buf = 100;
	lab_go(&lab, TC_ST_ESTABLISHED);
	rx(&lab, "FP. seq=1 ack=1 len=150");
	want_deliver(&lab, 1, 100);
	want_tx(&lab, ". seq=1 ack=101 win=0");
	CHECK_U64(lab.tcb.state, TC_ST_ESTABLISHED);
}

static void a_hole_is_filled_and_all_is_delivered_in_order(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	rx(&lab, "P. seq=11 ack=1 len=10");
	want_keep(&lab, 11, 10);
	want_tx(&lab, ". seq=1 ack=1");
	rx(&lab, "P. seq=31 ack=1 len=10");
	want_keep(&lab, 31, 10);
	want_tx(&lab, ". seq=1 ack=1");
	rx(&lab, "P. seq=1 ack=1 len=10");
	want_deliver(&lab, 1, 10);
	want_deliver(&lab, 11, 10);
	CHECK(!lab_has(&lab, TC_ACT_FREE_BUFFER));
	want_tx(&lab, ". seq=1 ack=21");
	rx(&lab, "P. seq=21 ack=1 len=10");
	want_deliver(&lab, 21, 10);
	want_deliver(&lab, 31, 10);
	CHECK(lab_has(&lab, TC_ACT_FREE_BUFFER));
	want_tx(&lab, ". seq=1 ack=41");
}

/* The peer counts duplicates from the ACK of what came before the hole on (RFC 5681 3.2). */
static void the_first_ack_of_a_hole_is_a_duplicate(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	lab.more = true;
	rx(&lab, "P. seq=1 ack=1 len=10");
	want_deliver(&lab, 1, 10);
	want_nothing(&lab);
	rx(&lab, "P. seq=21 ack=1 len=10");
	want_keep(&lab, 21, 10);
	want_tx(&lab, ". seq=1 ack=11");
	want_tx(&lab, ". seq=1 ack=11");
	want_nothing(&lab);
}

static void text_that_reaches_into_what_is_kept(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	rx(&lab, "P. seq=11 ack=1 len=20");
	want_keep(&lab, 11, 20);
	want_tx(&lab, ". seq=1 ack=1");
	rx(&lab, "P. seq=1 ack=1 len=15");
	want_deliver(&lab, 1, 15);
	want_deliver(&lab, 16, 15);
	want_tx(&lab, ". seq=1 ack=31");
}

static void more_holes_than_are_kept(void)
{
	struct lab lab;
	char seg[60];

	lab_in(&lab, TC_ST_ESTABLISHED);
	for (unsigned i = 0; i < TC_OOO_MAX; i++) {
		snprintf(seg, sizeof seg, "P. seq=%u ack=1 len=5", 11 + 10 * i);
		rx(&lab, seg);
		want_keep(&lab, 11 + 10 * i, 5);
		want_tx(&lab, ". seq=1 ack=1");
	}
	rx(&lab, "P. seq=1001 ack=1 len=5");
	want_note(&lab, "more holes");
	want_tx(&lab, ". seq=1 ack=1");
	CHECK(!lab_has(&lab, TC_ACT_NEED_BUFFER));
	rx(&lab, "P. seq=1 ack=1 len=400");
	want_deliver(&lab, 1, 400);
	CHECK(lab_has(&lab, TC_ACT_FREE_BUFFER));
	want_tx(&lab, ". seq=1 ack=401");
}

static void a_bare_ack_beyond_a_hole_is_not_answered(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	rx(&lab, ". seq=500 ack=1");
	want_nothing(&lab);
}

static void an_old_segment_does_not_set_the_window(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	rx(&lab, ". seq=101 ack=1 win=500");
	CHECK_U64(lab.tcb.snd_wnd, 500);
	rx(&lab, ". seq=51 ack=1 win=900");
	CHECK_U64(lab.tcb.snd_wnd, 500);
	rx(&lab, ". seq=101 ack=1 win=700");
	CHECK_U64(lab.tcb.snd_wnd, 700);
	user_send(&lab, 10);
	want_tx(&lab, "P. seq=1 len=10");
	rx(&lab, ". seq=51 ack=11 win=900");	/* old text, but a new ACK */
	CHECK_U64(lab.tcb.snd_wnd, 900);
}

static void an_old_ack_is_ignored_and_a_very_old_one_challenged(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	user_send(&lab, 500);
	want_tx(&lab, "P. seq=1 ack=1 len=500");
	rx(&lab, ". seq=1 ack=501 win=1000");
	want_acked(&lab, 501, 500);
	rx(&lab, ". seq=1 ack=1 win=1000");
	want_nothing(&lab);
	CHECK_U64(lab.tcb.snd_una, LAB_ISS + 501);
	rx(&lab, ". seq=1 ack=4294959000 win=1000");	/* more than max_snd_wnd below */
	want_note(&lab, "older than a window");
	want_tx(&lab, ". seq=501 ack=1");
}

static void challenge_acks_are_ten_a_second(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	for (int i = 0; i < 10; i++) {
		rx(&lab, "R seq=50");
		want_note(&lab, "challenged");
		want_tx(&lab, ". seq=1 ack=1");
	}
	rx(&lab, "R seq=50");
	rx(&lab, "S seq=50");
	rx(&lab, ". seq=1 ack=5000");
	want_nothing(&lab);
	at_ms(&lab, 1001);
	rx(&lab, "S seq=50");
	want_tx(&lab, ". seq=1 ack=1");
}

static void never_ending_syn_acks_get_few_answers(void)
{
	struct lab lab;
	unsigned sent = 0;

	lab_in(&lab, TC_ST_ESTABLISHED);
	for (int i = 0; i < 100; i++) {
		rx(&lab, ". seq=0 ack=1");
		sent += lab_has(&lab, TC_ACT_SEND);
		lab_forget(&lab);
	}
	CHECK_U64(sent, 10);
}

static void the_window_shut_still_reads_acks(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.rcv_buf = 100;
	lab_go(&lab, TC_ST_ESTABLISHED);
	user_send(&lab, 10);
	want_tx(&lab, "P. seq=1 ack=1 len=10");
	rx(&lab, "P. seq=1 ack=1 len=100");
	want_tx(&lab, ". seq=11 ack=101 win=0");
	rx(&lab, "FP. seq=101 ack=11 len=1");
	want_acked(&lab, 11, 10);
	CHECK(!lab_has(&lab, TC_ACT_DELIVER));
	CHECK(!lab_has(&lab, TC_ACT_NOTIFY));	/* the FIN is outside too */
	want_tx(&lab, ". seq=11 ack=101 win=0");
}

static void a_reset_at_the_edge_of_a_shut_window(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.rcv_buf = 100;
	lab_go(&lab, TC_ST_ESTABLISHED);
	rx(&lab, "P. seq=1 ack=1 len=100");
	want_tx(&lab, ". seq=1 ack=101 win=0");
	rx(&lab, "R seq=101");
	want_notify(&lab, TC_NOTIFY_RESET);
	want_state(&lab, TC_ST_CLOSED);
}

static void a_shut_window_still_hears_of_urgent_data(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.rcv_buf = 100;
	lab_go(&lab, TC_ST_ESTABLISHED);
	rx(&lab, "P. seq=1 ack=1 len=100");
	want_tx(&lab, ". seq=1 ack=101 win=0");
	rx(&lab, "U. seq=101 ack=1 urg=20 len=1");
	want_notify(&lab, TC_NOTIFY_URGENT);
	CHECK(!lab_has(&lab, TC_ACT_DELIVER));
	want_tx(&lab, ". seq=1 ack=101 win=0");
}

static void a_reset_may_carry_text(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	rx(&lab, "R. seq=1 ack=1 len=20");
	want_notify(&lab, TC_NOTIFY_RESET);
	want_state(&lab, TC_ST_CLOSED);
	CHECK(!lab_has(&lab, TC_ACT_DELIVER));
}

static void a_reset_frees_what_is_kept(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	rx(&lab, "P. seq=11 ack=1 len=10");
	want_tx(&lab, ". seq=1 ack=1");
	rx(&lab, "R seq=1");
	CHECK(lab_has(&lab, TC_ACT_FREE_BUFFER));
}

static void options_mid_connection_change_nothing(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	rx(&lab, ". seq=1 ack=1 mss=5 ws=9 sackok win=8000");
	want_nothing(&lab);
	CHECK_U64(lab.tcb.snd_mss, 1000);
	CHECK_U64(lab.tcb.snd_wnd, 8000);
}

static void paws_drops_an_old_duplicate(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.use_ts = true;
	open_active(&lab);
	want_tx(&lab, "S seq=0 ts=1000000/0");
	rx(&lab, "S. seq=0 ack=1 mss=1000 ts=500/1000000");
	want_tx(&lab, ". seq=1 ack=1 ts=1000000/500");
	rx(&lab, "P. seq=1 ack=1 len=10 ts=499/1000000");
	want_note(&lab, "PAWS");
	CHECK(!lab_has(&lab, TC_ACT_DELIVER));
	want_tx(&lab, ". seq=1 ack=1 ts=1000000/500");
	rx(&lab, "P. seq=1 ack=1 len=10 ts=501/1000000");
	want_deliver(&lab, 1, 10);
	want_tx(&lab, ". seq=1 ack=11 ts=1000000/501");
	rx(&lab, "P. seq=11 ack=1 len=10");
	want_note(&lab, "no timestamp");
	want_nothing(&lab);
	rx(&lab, "S seq=11");			/* nor does a SYN, and it changes nothing */
	want_tx(&lab, ". seq=1 ack=11");
	CHECK_U64(lab.tcb.ts_recent, 501);
	rx(&lab, "S seq=11 ts=3/0");
	want_tx(&lab, ". seq=1 ack=11");
	CHECK_U64(lab.tcb.ts_recent, 501);
	rx(&lab, "R seq=11");			/* a reset needs none */
	want_state(&lab, TC_ST_CLOSED);
}

/* RFC 7323 4.3: else a segment beyond a hole would decide what is echoed. */
static void the_timestamp_echoed_is_that_of_the_oldest_unacknowledged(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.use_ts = lab.cfg.delayed_ack = true;
	lab_go(&lab, TC_ST_SYN_SENT);
	rx(&lab, "S. seq=0 ack=1 mss=1000 ts=500/1000000");
	want_tx(&lab, ". seq=1");
	rx(&lab, "P. seq=1 ack=1 len=10 ts=501/1000000");
	rx(&lab, "P. seq=11 ack=1 len=10 ts=502/1000000");
	want_tx(&lab, ". seq=1 ack=21 ts=1000000/501");
	rx(&lab, "P. seq=31 ack=1 len=10 ts=503/1000000");
	want_tx(&lab, ". seq=1 ack=21 ts=1000000/501");
	rx(&lab, "P. seq=21 ack=1 len=10 ts=504/1000000");
	want_tx(&lab, ". seq=1 ack=41 ts=1000000/504");
}

/* Our ACK was lost; the sender learns the round trip from this one. */
static void text_again_is_answered_with_its_own_timestamp(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.use_ts = true;
	lab_go(&lab, TC_ST_SYN_SENT);
	rx(&lab, "S. seq=0 ack=1 mss=1000 ts=500/1000000");
	want_tx(&lab, ". seq=1");
	rx(&lab, "P. seq=1 ack=1 len=10 ts=501/1000000");
	want_tx(&lab, ". seq=1 ack=11 ts=1000000/501");
	rx(&lab, "P. seq=1 ack=1 len=10 ts=900/1000000");
	want_tx(&lab, ". seq=1 ack=11 ts=1000000/900");
	rx(&lab, "P. seq=4294950000 ack=1 len=10 ts=999/1000000");	/* anyone's */
	want_tx(&lab, ". seq=1 ack=11 ts=1000000/900");
}

static void paws_forgets_after_24_days(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.use_ts = true;
	lab_go(&lab, TC_ST_SYN_SENT);
	rx(&lab, "S. seq=0 ack=1 mss=1000 ts=500/1000000");
	want_tx(&lab, ". seq=1 ack=1");
	lab.now += 25 * 24 * 3600 * TC_S;
	rx(&lab, "P. seq=1 ack=1 len=10 ts=3/1000000");
	want_deliver(&lab, 1, 10);
	want_tx(&lab, ". seq=1 ack=11");
}

static void urgent_data_is_told_once_and_when_it_advances(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	rx(&lab, "U. seq=1 ack=1 urg=20");
	want_notify(&lab, TC_NOTIFY_URGENT);
	CHECK_U64(lab.tcb.rcv_up, LAB_IRS + 21);
	rx(&lab, "U. seq=1 ack=1 urg=20");
	CHECK(!lab_has(&lab, TC_ACT_NOTIFY));
	rx(&lab, "U. seq=1 ack=1 urg=30");
	want_notify(&lab, TC_NOTIFY_URGENT);
	rx(&lab, "PU. seq=1 ack=1 urg=30 len=30");
	CHECK(!lab_has(&lab, TC_ACT_NOTIFY));
	want_tx(&lab, ". seq=1 ack=31");
	user_received(&lab, 30);
	rx(&lab, "U. seq=31 ack=1 urg=0");	/* points at what is read already */
	CHECK(!lab_has(&lab, TC_ACT_NOTIFY));
	CHECK(!lab.tcb.rcv_urg);
}

CU_TestInfo tests_segment_arrives[] = {
	{ "of old and new text only the new is delivered",
	  old_and_new_text_only_the_new_is_delivered },
	{ "text beyond the window is cut off", text_beyond_the_window_is_cut_off },
	{ "a hole is filled and all is delivered in order",
	  a_hole_is_filled_and_all_is_delivered_in_order },
	{ "text that reaches into what is kept", text_that_reaches_into_what_is_kept },
	{ "the first ACK of a hole is a duplicate", the_first_ack_of_a_hole_is_a_duplicate },
	{ "more holes than are kept are dropped", more_holes_than_are_kept },
	{ "a bare ACK beyond a hole is not answered",
	  a_bare_ack_beyond_a_hole_is_not_answered },
	{ "an old segment does not set the window", an_old_segment_does_not_set_the_window },
	{ "an old ACK is ignored, a very old one challenged",
	  an_old_ack_is_ignored_and_a_very_old_one_challenged },
	{ "challenge ACKs are ten a second", challenge_acks_are_ten_a_second },
	{ "never-ending old ACKs get few answers", never_ending_syn_acks_get_few_answers },
	{ "with the window shut ACKs are still read", the_window_shut_still_reads_acks },
	{ "a reset at the edge of a shut window", a_reset_at_the_edge_of_a_shut_window },
	{ "a shut window still hears of urgent data",
	  a_shut_window_still_hears_of_urgent_data },
	{ "a reset may carry text", a_reset_may_carry_text },
	{ "a reset frees what is kept", a_reset_frees_what_is_kept },
	{ "options in mid-connection change nothing", options_mid_connection_change_nothing },
	{ "PAWS drops an old duplicate", paws_drops_an_old_duplicate },
	{ "the timestamp echoed is that of the oldest not acknowledged",
	  the_timestamp_echoed_is_that_of_the_oldest_unacknowledged },
	{ "text again is answered with its own timestamp",
	  text_again_is_answered_with_its_own_timestamp },
	{ "PAWS forgets after 24 days", paws_forgets_after_24_days },
	{ "urgent data is told once, and when it advances",
	  urgent_data_is_told_once_and_when_it_advances },
	CU_TEST_INFO_NULL,
};
