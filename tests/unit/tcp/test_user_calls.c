/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293 3.10.1 to 3.10.5, and what SEND makes of the queue: segmentation, the peer's
 * window, silly windows (3.8.6), Nagle (3.7.4), delayed ACKs (3.8.6.3). */
#include "tcp_lab.h"

static void data_is_cut_to_the_peers_mss(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	user_send(&lab, 2500);
	want_tx(&lab, ". seq=1 ack=1 len=1000");
	want_tx(&lab, ". seq=1001 ack=1 len=1000");
	want_tx(&lab, "P. seq=2001 ack=1 len=500");
	want_nothing(&lab);
	rx(&lab, ". seq=1 ack=2501");
	want_acked(&lab, 2501, 2500);
	CHECK_U64(lab.timer, 0);
}

static void timestamps_take_their_part_of_the_mss(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.use_ts = true;
	lab_go(&lab, TC_ST_SYN_SENT);
	rx(&lab, "S. seq=0 ack=1 mss=1000 ts=5/0 win=8000");
	want_tx(&lab, ". seq=1");
	user_send(&lab, 1000);
	want_tx(&lab, ". seq=1 len=988 ts=1000000/5");
	want_tx(&lab, "P. seq=989 len=12 ts=1000000/5");
}

static void the_path_may_take_less_than_the_peer(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.mss_path = 600;
	lab_go(&lab, TC_ST_ESTABLISHED);
	user_send(&lab, 700);
	want_tx(&lab, ". seq=1 len=600");
	want_tx(&lab, "P. seq=601 len=100");
}

static void fin_rides_on_the_last_data(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	user_send(&lab, 5000);
	want_tx(&lab, ". seq=1 len=1000");
	want_tx(&lab, ". seq=1001 len=1000");
	want_tx(&lab, ". seq=2001 len=1000");
	want_tx(&lab, ". seq=3001 len=1000");	/* IW is 4 segments of this size */
	user_close(&lab);
	want_state(&lab, TC_ST_FIN_WAIT_1);
	want_nothing(&lab);
	rx(&lab, ". seq=1 ack=4001");
	want_tx(&lab, "FP. seq=4001 len=1000");
	rx(&lab, ". seq=1 ack=5001");		/* all but the FIN */
	CHECK_U64(lab.tcb.state, TC_ST_FIN_WAIT_1);
	want_acked(&lab, 5001, 1000);
	rx(&lab, ". seq=1 ack=5002");
	want_state(&lab, TC_ST_FIN_WAIT_2);
	CHECK(!lab_has(&lab, TC_ACT_ACKED));
}

static void nothing_goes_beyond_the_window(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_SYN_SENT);
	rx(&lab, "S. seq=0 ack=1 mss=1000 win=1500");
	want_tx(&lab, ". seq=1");
	user_send(&lab, 3000);
	want_tx(&lab, ". seq=1 len=1000");
	want_nothing(&lab);			/* 500 would be a silly segment */
	rx(&lab, ". seq=1 ack=1001 win=1500");
	want_tx(&lab, ". seq=1001 len=1000");
	rx(&lab, ". seq=1 ack=2001 win=500");
	want_nothing(&lab);
	rx(&lab, ". seq=1 ack=2001 win=750");	/* half of the largest seen: enough */
	want_tx(&lab, ". seq=2001 len=750");
}

static void a_window_that_shrinks_stops_us(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	user_send(&lab, 2000);
	want_tx(&lab, ". seq=1 len=1000");
	want_tx(&lab, "P. seq=1001 len=1000");
	rx(&lab, ". seq=1 ack=1 win=500");	/* behind what was sent: MUST-34 */
	user_send(&lab, 1000);
	want_nothing(&lab);
	rx(&lab, ". seq=1 ack=2001 win=1000");
	want_tx(&lab, "P. seq=2001 len=1000");
}

static void the_first_small_segment_goes_at_once_with_nagle(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.nagle = true;
	lab_go(&lab, TC_ST_ESTABLISHED);
	user_send(&lab, 32);
	want_tx(&lab, "P. seq=1 len=32");
	user_send(&lab, 10);
	user_send(&lab, 10);
	want_nothing(&lab);
	rx(&lab, ". seq=1 ack=33");
	want_tx(&lab, "P. seq=33 len=20");
	user_send(&lab, 1100);
	want_tx(&lab, ". seq=53 len=1000");	/* a full one need not wait */
	want_nothing(&lab);
	user_close(&lab);			/* nor does the last one */
	want_tx(&lab, "FP. seq=1053 len=100");
}

static void without_nagle_small_segments_go_at_once(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	user_send(&lab, 32);
	want_tx(&lab, "P. seq=1 len=32");
	user_send(&lab, 10);
	want_tx(&lab, "P. seq=33 len=10");
}

static void the_receive_window_moves_in_useful_steps(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	rx(&lab, "P. seq=1 ack=1 len=6000");
	want_tx(&lab, ". seq=1 ack=6001 win=4000");
	user_received(&lab, 999);
	want_nothing(&lab);			/* less than a segment */
	user_received(&lab, 1);
	want_tx(&lab, ". seq=1 ack=6001 win=5000");
	user_received(&lab, 5000);
	want_tx(&lab, ". seq=1 ack=6001 win=10000");
	CHECK_U64(tc_tcp_rcv_wnd(&lab.tcb), 10000);
}

static void no_update_while_the_peer_has_half_the_window(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	rx(&lab, "P. seq=1 ack=1 len=4000");
	want_tx(&lab, ". seq=1 ack=4001 win=6000");
	user_received(&lab, 4000);
	want_nothing(&lab);
	rx(&lab, "P. seq=4001 ack=1 len=10");
	want_tx(&lab, ". seq=1 ack=4011 win=9990");
}

/* A peer without window scale can be told of 65535 bytes, however large the buffer is. */
static void a_window_that_no_header_holds_is_not_offered_again(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	lab.cfg.rcv_buf = 262144;
	lab.tcb.rcv_adv = lab.tcb.rcv_nxt + 65535;
	rx(&lab, "P. seq=1 ack=1 len=10");
	want_tx(&lab, ". seq=1 ack=11 win=65535");
	user_received(&lab, 10);
	want_nothing(&lab);
	CHECK_U64(tc_tcp_rcv_wnd(&lab.tcb), 65535);
}

static void the_right_edge_never_goes_back(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	for (unsigned i = 0; i < 10; i++) {
		char seg[60];

		snprintf(seg, sizeof seg, "P. seq=%u ack=1 len=1000", 1 + i * 1000);
		rx(&lab, seg);
		CHECK_U64(lab.tcb.rcv_adv, LAB_IRS + 1 + 10000);
		lab_forget(&lab);
	}
	CHECK_U64(tc_tcp_rcv_wnd(&lab.tcb), 0);
}

static void acks_are_delayed_but_not_for_two_segments(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.delayed_ack = true;
	lab_go(&lab, TC_ST_ESTABLISHED);
	rx(&lab, "P. seq=1 ack=1 len=10");
	want_nothing(&lab);
	at_ms(&lab, 39);
	want_nothing(&lab);
	at_ms(&lab, 40);
	want_tx(&lab, ". seq=1 ack=11");
	rx(&lab, "P. seq=11 ack=1 len=10");
	want_nothing(&lab);
	rx(&lab, "P. seq=21 ack=1 len=10");
	want_tx(&lab, ". seq=1 ack=31");
	rx(&lab, "P. seq=31 ack=1 len=10");
	user_send(&lab, 5);
	want_tx(&lab, "P. seq=1 ack=41 len=5");	/* the ACK goes along */
	rx(&lab, ". seq=41 ack=6");
	at_ms(&lab, 1000);
	want_nothing(&lab);
}

static void acks_about_holes_are_not_delayed(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.delayed_ack = true;
	lab_go(&lab, TC_ST_ESTABLISHED);
	rx(&lab, "P. seq=11 ack=1 len=10");	/* beyond a hole */
	want_tx(&lab, ". seq=1 ack=1");
	rx(&lab, "P. seq=1 ack=1 len=10");	/* fills it */
	want_tx(&lab, ". seq=1 ack=21");
	rx(&lab, "F. seq=31 ack=1");		/* a FIN beyond one */
	want_tx(&lab, ". seq=1 ack=21");
}

static void acks_of_segments_in_hand_become_one(void)
{
	struct tc_seg seg;
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	for (unsigned i = 0; i < 3; i++) {
		lab_parse(&seg, "P. seq=1 ack=1 len=100", false, AT);
		seg.seq += i * 100;
		event(&lab, .type = TC_EV_SEGMENT, .seg = &seg, .more = i < 2);
		if (i < 2)
			want_nothing(&lab);
	}
	want_tx(&lab, ". seq=1 ack=301");
	want_nothing(&lab);
}

static void urgent_data_points_after_its_last_byte(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	event(&lab, .type = TC_EV_SEND, .len = 1500, .urgent = true);
	want_tx(&lab, "U. seq=1 len=1000 urg=1500");
	want_tx(&lab, "PU. seq=1001 len=500 urg=500");
	rx(&lab, ". seq=1 ack=1501");
	user_send(&lab, 5);
	want_tx(&lab, "P. seq=1501 len=5 urg=0");
}

static void urgent_data_may_be_longer_than_its_pointer(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	event(&lab, .type = TC_EV_SEND, .len = 70000, .urgent = true);
	for (unsigned i = 0; i < 4; i++)
		want_tx(&lab, "U. len=1000 urg=65535");
	lab.tcb.cwnd = 100000;
	rx(&lab, ". seq=1 ack=4001 win=10000");
	want_tx(&lab, "U. seq=4001 len=1000 urg=65535");
	want_tx(&lab, "U. seq=5001 len=1000 urg=65000");
	lab_forget(&lab);
}

static void abort_sends_a_reset_where_there_is_a_connection(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	user_send(&lab, 100);
	want_tx(&lab, "P. seq=1 len=100");
	user_abort(&lab);
	want_tx(&lab, "R seq=101");
	want_state(&lab, TC_ST_CLOSED);
	want_notify(&lab, TC_NOTIFY_CLOSED);
	CHECK_U64(lab.timer, 0);
}

static void more_taken_than_delivered_is_an_error(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	user_received(&lab, 1);
	want_notify(&lab, TC_NOTIFY_ERROR);
	user_send(&lab, 1u << 31);
	want_notify(&lab, TC_NOTIFY_ERROR);
	CHECK_U64(lab.tcb.snd_end, LAB_ISS + 1);
}

static void a_closed_tcb_can_be_opened_again(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_TIME_WAIT);
	at_ms(&lab, 60000);
	want_state(&lab, TC_ST_CLOSED);
	open_active(&lab);
	want_tx(&lab, "S seq=0");
	want_state(&lab, TC_ST_SYN_SENT);
	rx(&lab, "S. seq=0 ack=1");
	want_state(&lab, TC_ST_ESTABLISHED);
	want_tx(&lab, ". seq=1 ack=1");
}

static void many_small_writes_ask_for_another_step(void)
{
	struct tc_actions out;
	struct lab lab;
	unsigned sent = 0;

	lab_init(&lab);
	lab.cfg.mss_path = 10;
	lab_go(&lab, TC_ST_ESTABLISHED);
	lab.tcb.cwnd = 100000;
	tc_tcp_step(&lab.tcb, &(struct tc_event){ .type = TC_EV_SEND, .now = lab.now,
						  .len = 1000 }, &out);
	CHECK(out.more);
	for (;;) {
		CHECK(out.n <= TC_ACTIONS_MAX);
		for (unsigned i = 0; i < out.n; i++)
			sent += out.a[i].type == TC_ACT_SEND;
		if (!out.more)
			break;
		tc_tcp_step(&lab.tcb, &(struct tc_event){ .type = TC_EV_POLL,
							  .now = lab.now }, &out);
	}
	CHECK_U64(sent, 100);
}

CU_TestInfo tests_user_calls[] = {
	{ "data is cut to the peer's MSS", data_is_cut_to_the_peers_mss },
	{ "timestamps take their part of the MSS", timestamps_take_their_part_of_the_mss },
	{ "the path may take less than the peer", the_path_may_take_less_than_the_peer },
	{ "the FIN rides on the last data", fin_rides_on_the_last_data },
	{ "nothing goes beyond the window", nothing_goes_beyond_the_window },
	{ "a window that shrinks stops us", a_window_that_shrinks_stops_us },
	{ "with Nagle the first small segment goes at once",
	  the_first_small_segment_goes_at_once_with_nagle },
	{ "without Nagle small segments go at once", without_nagle_small_segments_go_at_once },
	{ "the receive window moves in useful steps",
	  the_receive_window_moves_in_useful_steps },
	{ "no update while the peer has half the window",
	  no_update_while_the_peer_has_half_the_window },
	{ "a window that no header holds is not offered again",
	  a_window_that_no_header_holds_is_not_offered_again },
	{ "the right edge never goes back", the_right_edge_never_goes_back },
	{ "ACKs are delayed, but not for two segments",
	  acks_are_delayed_but_not_for_two_segments },
	{ "ACKs about holes are not delayed", acks_about_holes_are_not_delayed },
	{ "the ACKs of segments in hand become one", acks_of_segments_in_hand_become_one },
	{ "the urgent pointer points after the last urgent byte",
	  urgent_data_points_after_its_last_byte },
	{ "urgent data may be longer than its pointer reaches",
	  urgent_data_may_be_longer_than_its_pointer },
	{ "ABORT sends a reset where there is a connection",
	  abort_sends_a_reset_where_there_is_a_connection },
	{ "more taken than delivered is an error", more_taken_than_delivered_is_an_error },
	{ "a closed TCB can be opened again", a_closed_tcb_can_be_opened_again },
	{ "many small segments ask for another step", many_small_writes_ask_for_another_step },
	CU_TEST_INFO_NULL,
};
