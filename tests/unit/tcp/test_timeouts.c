/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293 3.10.8 and 3.8: retransmission (RFC 6298), zero windows, giving up, keep-alive. */
#include "tcp_lab.h"

static void a_syn_is_sent_again_with_back_off(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_SYN_SENT);
	at_ms(&lab, 999);
	want_nothing(&lab);
	at_ms(&lab, 1000);
	want_tx(&lab, "S seq=0 mss=1000");
	at_ms(&lab, 3000);
	want_tx(&lab, "S seq=0");
	at_ms(&lab, 7000);
	want_tx(&lab, "S seq=0");
	want_note(&lab, "three retransmissions");
	at_ms(&lab, 15000);
	want_tx(&lab, "S seq=0");
	rx(&lab, "S. seq=0 ack=1");
	want_tx(&lab, ". seq=1 ack=1");
	CHECK_U64(lab.tcb.rto, 3 * TC_S);	/* RFC 6298 5.7 */
	CHECK_U64(lab.tcb.cwnd, 536);		/* RFC 5681 3.1: one segment */
}

static void a_syn_that_nobody_answers_times_out(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_SYN_SENT);
	lab_forget(&lab);
	at_ms(&lab, 179999);
	CHECK_U64(lab.tcb.state, TC_ST_SYN_SENT);
	lab_forget(&lab);
	at_ms(&lab, 180000);
	want_notify(&lab, TC_NOTIFY_TIMED_OUT);
	want_state(&lab, TC_ST_CLOSED);
	want_notify(&lab, TC_NOTIFY_CLOSED);
	CHECK_U64(lab.timer, 0);
	lab_forget(&lab);
}

/* With a first round trip of 0 the RTO is the smallest. */
static void data_is_sent_again_with_back_off(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	user_send(&lab, 100);
	want_tx(&lab, "P. seq=1 len=100");
	at_ms(&lab, 199);
	want_nothing(&lab);
	at_ms(&lab, 200);
	want_tx(&lab, "P. seq=1 len=100");
	CHECK(lab.log[0].send.retransmission);
	at_ms(&lab, 600);
	want_tx(&lab, "P. seq=1 len=100");
	at_ms(&lab, 1400);
	want_tx(&lab, "P. seq=1 len=100");
	rx(&lab, ". seq=1 ack=101");
	want_acked(&lab, 101, 100);
	CHECK_U64(lab.timer, 0);
	CHECK_U64(lab.tcb.rto, 1600 * TC_MS);	/* Karn: kept until a new sample */
	user_send(&lab, 10);
	want_tx(&lab, "P. seq=101 len=10");
	at_ms(&lab, 1500);
	rx(&lab, ". seq=1 ack=111");
	CHECK(lab.tcb.rto < 400 * TC_MS);
}

static void the_timer_starts_again_with_each_new_ack(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	user_send(&lab, 2000);
	want_tx(&lab, ". seq=1 len=1000");
	want_tx(&lab, "P. seq=1001 len=1000");
	at_ms(&lab, 100);
	rx(&lab, ". seq=1 ack=1001");
	at_ms(&lab, 299);
	want_nothing(&lab);
	at_ms(&lab, 100 + 400);
	want_tx(&lab, "P. seq=1001 len=1000");
}

static void round_trips_make_the_rto(void)
{
	struct lab lab;

	lab_init(&lab);
	open_active(&lab);
	want_tx(&lab, "S seq=0");
	at_ms(&lab, 300);
	rx(&lab, "S. seq=0 ack=1 mss=1000");
	want_tx(&lab, ". seq=1");
	CHECK_U64(lab.tcb.srtt, 300 * TC_MS);
	CHECK_U64(lab.tcb.rttvar, 150 * TC_MS);
	CHECK_U64(lab.tcb.rto, 900 * TC_MS);
	user_send(&lab, 1);
	want_tx(&lab, "P. seq=1 len=1");
	at_ms(&lab, 800);
	rx(&lab, ". seq=1 ack=2");		/* 500 ms */
	CHECK_U64(lab.tcb.srtt, 325 * TC_MS);
	CHECK_U64(lab.tcb.rttvar, 162500 * TC_US);
	CHECK_U64(lab.tcb.rto, 975 * TC_MS);
}

static void a_timestamp_gives_the_sample_that_karn_forbids(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.use_ts = true;
	lab_go(&lab, TC_ST_SYN_SENT);
	rx(&lab, "S. seq=0 ack=1 mss=1000 ts=5/1000000 win=8000");
	want_tx(&lab, ". seq=1");
	user_send(&lab, 10);
	want_tx(&lab, "P. seq=1 len=10");
	at_ms(&lab, 250);
	want_tx(&lab, "P. seq=1 len=10 ts=1000200/5");
	rx(&lab, ". seq=1 ack=11 ts=6/1000200");	/* answers the second: 50 ms */
	CHECK(!lab.tcb.rto_backed_off);
	CHECK(lab.tcb.rto < 400 * TC_MS);
	user_send(&lab, 10);
	want_tx(&lab, "P. seq=11 len=10");
	at_ms(&lab, 1000);
	lab_forget(&lab);
	/* The answer to the first was lost: its echo is not a round trip. */
	rx(&lab, ". seq=1 ack=21 ts=7/1000250");
	CHECK(lab.tcb.rto_backed_off);
}

static void after_a_timeout_all_is_sent_again_from_the_start(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	user_send(&lab, 3000);
	lab_forget(&lab);
	user_close(&lab);
	want_tx(&lab, "F. seq=3001");
	at_ms(&lab, 200);
	want_tx(&lab, ". seq=1 len=1000");	/* cwnd is one segment */
	rx(&lab, ". seq=1 ack=1001");
	want_tx(&lab, ". seq=1001 len=1000");
	want_tx(&lab, "FP. seq=2001 len=1000");
	rx(&lab, ". seq=1 ack=3002");
	want_state(&lab, TC_ST_FIN_WAIT_2);
	CHECK_U64(lab.timer, 0);
}

static void a_zero_window_is_probed_for_ever(void)
{
	struct lab lab;
	int64_t ms = 0, gap = 200;

	lab_in(&lab, TC_ST_ESTABLISHED);
	rx(&lab, ". seq=1 ack=1 win=0");
	user_send(&lab, 100);
	want_nothing(&lab);
	for (int i = 0; i < 40; i++) {
		ms += gap;
		at_ms(&lab, ms - 1);
		want_nothing(&lab);
		at_ms(&lab, ms);
		want_tx(&lab, ". seq=1 len=1");
		rx(&lab, ". seq=1 ack=1 win=0");
		want_nothing(&lab);
		gap = gap * 2 < 60000 ? gap * 2 : 60000;
	}
	CHECK_U64(lab.tcb.state, TC_ST_ESTABLISHED);	/* half an hour: MUST-37 */
	rx(&lab, ". seq=1 ack=1 win=8000");
	want_tx(&lab, "P. seq=1 len=100");
}

static void a_window_that_shrinks_to_zero_is_probed(void)
{
	struct lab lab;
	int64_t ms = 0, gap = 200;

	lab_in(&lab, TC_ST_ESTABLISHED);
	user_send(&lab, 2000);
	want_tx(&lab, ". seq=1 len=1000");
	want_tx(&lab, "P. seq=1001 len=1000");
	rx(&lab, ". seq=1 ack=1 win=0");
	for (int i = 0; i < 10; i++) {
		ms += gap;
		at_ms(&lab, ms);
		want_tx(&lab, ". seq=1 len=1");
		rx(&lab, ". seq=1 ack=1 win=0");
		want_nothing(&lab);
		gap = gap * 2 < 60000 ? gap * 2 : 60000;
	}
	CHECK_U64(lab.tcb.state, TC_ST_ESTABLISHED);	/* three minutes: SHLD-17 */
	rx(&lab, ". seq=1 ack=1 win=8000");
	want_tx(&lab, ". seq=1 len=1000");
	want_tx(&lab, "P. seq=1001 len=1000");
}

static void the_window_opens_and_the_timer_is_the_rto_again(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	rx(&lab, ". seq=1 ack=1 win=0");
	user_send(&lab, 100);
	for (int64_t ms = 200, gap = 400; ms < 20000; ms += gap, gap *= 2) {
		at_ms(&lab, ms);
		want_tx(&lab, ". seq=1 len=1");
		rx(&lab, ". seq=1 ack=1 win=0");
	}
	rx(&lab, ". seq=1 ack=1 win=8000");
	want_tx(&lab, "P. seq=1 len=100");
	CHECK_U64(lab.timer - lab.now, 200 * TC_MS);
}

static void a_zero_window_with_a_dead_peer_times_out(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	rx(&lab, ". seq=1 ack=1 win=0");
	user_send(&lab, 100);
	at_ms(&lab, 99999);
	CHECK_U64(lab.tcb.state, TC_ST_ESTABLISHED);
	lab_forget(&lab);
	at_ms(&lab, 100000);
	want_notify(&lab, TC_NOTIFY_TIMED_OUT);
	lab_forget(&lab);
}

static void a_taken_probe_is_not_sent_again(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	rx(&lab, ". seq=1 ack=1 win=0");
	user_send(&lab, 100);
	at_ms(&lab, 200);
	want_tx(&lab, ". seq=1 len=1");
	rx(&lab, ". seq=1 ack=2 win=0");
	want_acked(&lab, 2, 1);
	rx(&lab, ". seq=1 ack=2 win=5000");
	want_tx(&lab, "P. seq=2 len=99");
}

/* An ACK of ours must lie in the peer's window to be read. */
static void acks_stay_inside_a_shut_window(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	rx(&lab, ". seq=1 ack=1 win=0");
	user_send(&lab, 100);
	at_ms(&lab, 200);
	want_tx(&lab, ". seq=1 len=1");
	rx(&lab, "P. seq=1 ack=1 win=0 len=5");
	want_tx(&lab, ". seq=1 ack=6");
}

/* A shut window is shut in any unit (RFC 7323 2.4 is of one that seems to have shrunk). */
static void acks_stay_inside_a_shut_scaled_window(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	lab.tcb.snd_wscale = 7;
	rx(&lab, ". seq=1 ack=1 win=0");
	user_send(&lab, 100);
	at_ms(&lab, 200);
	want_tx(&lab, ". seq=1 len=1");
	rx(&lab, "P. seq=1 ack=1 win=0 len=5");
	want_tx(&lab, ". seq=1 ack=6");
	user_abort(&lab);
	want_tx(&lab, "R seq=1");
}

static void a_small_window_is_used_after_the_override_timeout(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	rx(&lab, ". seq=1 ack=1 win=100");
	user_send(&lab, 2000);
	want_nothing(&lab);
	at_ms(&lab, 200);
	want_tx(&lab, ". seq=1 len=100");
}

static void a_fin_waits_for_room_in_the_window(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	rx(&lab, ". seq=1 ack=1 win=0");
	user_close(&lab);
	want_nothing(&lab);
	at_ms(&lab, 200);
	want_tx(&lab, "F. seq=1");		/* it is the probe */
	rx(&lab, ". seq=1 ack=2 win=0");
	want_state(&lab, TC_ST_FIN_WAIT_2);
}

static void data_that_nobody_acknowledges_times_out(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	user_send(&lab, 100);
	lab_forget(&lab);
	at_ms(&lab, 100000);
	lab_forget(&lab);
	CHECK_U64(lab.tcb.state, TC_ST_CLOSED);
}

static void r2_is_long_enough_by_default(void)
{
	struct tc_tcp_config c;

	tc_tcp_config_default(&c, 4, 1500);
	CHECK(c.user_timeout >= 100 * TC_S);
	CHECK(c.syn_timeout >= 180 * TC_S);
	CHECK(c.delack < 500 * TC_MS);
}

static void r2_may_be_never(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.user_timeout = 0;
	lab_go(&lab, TC_ST_ESTABLISHED);
	user_send(&lab, 100);
	lab_forget(&lab);
	at_ms(&lab, 10 * 60 * 1000);
	lab_forget(&lab);
	CHECK_U64(lab.tcb.state, TC_ST_ESTABLISHED);
}

static void keep_alive_asks_after_silence_only(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.keepalive = 10 * TC_S;
	lab_go(&lab, TC_ST_ESTABLISHED);
	at_ms(&lab, 6000);
	rx(&lab, "P. seq=1 ack=1 len=1");
	want_tx(&lab, ". seq=1 ack=2");
	at_ms(&lab, 15999);
	want_nothing(&lab);
	at_ms(&lab, 16000);
	want_tx(&lab, ". seq=0 ack=2");		/* SND.NXT-1, no text */
	rx(&lab, ". seq=2 ack=1");
	at_ms(&lab, 25999);
	want_nothing(&lab);
}

static void keep_alive_leaves_it_to_retransmission(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.keepalive = 100 * TC_MS;
	lab_go(&lab, TC_ST_ESTABLISHED);
	user_send(&lab, 10);
	want_tx(&lab, "P. seq=1 len=10");
	at_ms(&lab, 199);
	want_nothing(&lab);			/* something is outstanding */
}

static void keep_alive_gives_up_after_many_probes(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.keepalive = 10 * TC_S;
	lab_go(&lab, TC_ST_FIN_WAIT_2);
	for (int i = 1; i <= 9; i++) {
		at_ms(&lab, i * 10000);
		want_tx(&lab, ". seq=1 ack=1");
	}
	at_ms(&lab, 100000);
	want_notify(&lab, TC_NOTIFY_TIMED_OUT);
	want_state(&lab, TC_ST_CLOSED);
}

static void keep_alive_may_be_one_connections(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	at_ms(&lab, 1000);
	event(&lab, .type = TC_EV_KEEPALIVE, .idle = 5 * TC_S);
	at_ms(&lab, 5999);
	want_nothing(&lab);
	at_ms(&lab, 6000);
	want_tx(&lab, ". seq=0 ack=1");
	event(&lab, .type = TC_EV_KEEPALIVE, .idle = 0);
	at_ms(&lab, 100000);
	want_nothing(&lab);
}

static void keep_alive_is_off_by_default(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	CHECK_U64(lab.cfg.keepalive, 0);
	CHECK_U64(lab.timer, 0);
}

CU_TestInfo tests_timeouts[] = {
	{ "a SYN is sent again with back-off", a_syn_is_sent_again_with_back_off },
	{ "a SYN that nobody answers times out", a_syn_that_nobody_answers_times_out },
	{ "data is sent again with back-off", data_is_sent_again_with_back_off },
	{ "the timer starts again with each new ACK",
	  the_timer_starts_again_with_each_new_ack },
	{ "round trips make the RTO", round_trips_make_the_rto },
	{ "a timestamp gives the sample that Karn forbids",
	  a_timestamp_gives_the_sample_that_karn_forbids },
	{ "after a timeout all is sent again from the start",
	  after_a_timeout_all_is_sent_again_from_the_start },
	{ "a zero window is probed for ever", a_zero_window_is_probed_for_ever },
	{ "a window that shrinks to zero is probed", a_window_that_shrinks_to_zero_is_probed },
	{ "the window opens and the timer is the RTO again",
	  the_window_opens_and_the_timer_is_the_rto_again },
	{ "a zero window with a dead peer times out",
	  a_zero_window_with_a_dead_peer_times_out },
	{ "a probe that was taken is not sent again", a_taken_probe_is_not_sent_again },
	{ "our ACKs stay inside a shut window", acks_stay_inside_a_shut_window },
	{ "and inside one that is scaled", acks_stay_inside_a_shut_scaled_window },
	{ "a small window is used after the override timeout",
	  a_small_window_is_used_after_the_override_timeout },
	{ "a FIN waits for room in the window", a_fin_waits_for_room_in_the_window },
	{ "data that nobody acknowledges times out",
	  data_that_nobody_acknowledges_times_out },
	{ "R2 is long enough by default", r2_is_long_enough_by_default },
	{ "R2 may be never", r2_may_be_never },
	{ "keep-alive asks after silence only", keep_alive_asks_after_silence_only },
	{ "keep-alive leaves it to retransmission", keep_alive_leaves_it_to_retransmission },
	{ "keep-alive gives up after many probes", keep_alive_gives_up_after_many_probes },
	{ "keep-alive may be one connection's", keep_alive_may_be_one_connections },
	{ "keep-alive is off by default", keep_alive_is_off_by_default },
	CU_TEST_INFO_NULL,
};
