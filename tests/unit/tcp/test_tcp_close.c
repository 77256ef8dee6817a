/* SPDX-License-Identifier: BSD-2-Clause */
/* Closing (RFC 9293 3.6): from either side, from both at once, half, and TIME-WAIT. */
#include "tcp_lab.h"

static void a_fin_that_does_not_fit_the_window_comes_again(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.rcv_buf = 100;
	lab_go(&lab, TC_ST_ESTABLISHED);
	rx(&lab, "FP. seq=1 ack=1 len=100");
	want_tx(&lab, ". seq=1 ack=101 win=0");
	CHECK_U64(lab.tcb.state, TC_ST_ESTABLISHED);
	user_received(&lab, 100);
	want_tx(&lab, ". seq=1 ack=101 win=100");
	rx(&lab, "F. seq=101 ack=1");
	want_state(&lab, TC_ST_CLOSE_WAIT);
	want_tx(&lab, ". seq=1 ack=102");
}

static void a_fin_beyond_a_hole_waits_for_it(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	rx(&lab, "FP. seq=11 ack=1 len=10");
	want_keep(&lab, 11, 10);
	want_tx(&lab, ". seq=1 ack=1");
	rx(&lab, "P. seq=1 ack=1 len=10");
	want_deliver(&lab, 1, 10);
	want_deliver(&lab, 11, 10);
	want_notify(&lab, TC_NOTIFY_PEER_CLOSED);
	want_state(&lab, TC_ST_CLOSE_WAIT);
	want_tx(&lab, ". seq=1 ack=22");
}

static void text_after_the_peers_fin_is_ignored(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_CLOSE_WAIT);
	rx(&lab, "P. seq=2 ack=1 len=10");
	want_note(&lab, "after the peer's own FIN");
	CHECK(!lab_has(&lab, TC_ACT_DELIVER));
	want_tx(&lab, ". seq=1 ack=2");
	rx(&lab, "F. seq=2 ack=1");
	want_note(&lab, "a FIN after");
	want_tx(&lab, ". seq=1 ack=2");
}

static void normal_close_from_our_side(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	user_close(&lab);
	want_state(&lab, TC_ST_FIN_WAIT_1);
	want_tx(&lab, "F. seq=1 ack=1");
	rx(&lab, ". seq=1 ack=2");
	want_state(&lab, TC_ST_FIN_WAIT_2);
	rx(&lab, "F. seq=1 ack=2");
	want_notify(&lab, TC_NOTIFY_PEER_CLOSED);
	want_state(&lab, TC_ST_TIME_WAIT);
	want_tx(&lab, ". seq=2 ack=2");
	at_ms(&lab, 3999);
	CHECK_U64(lab.tcb.state, TC_ST_TIME_WAIT);
	at_ms(&lab, 4000);
	want_state(&lab, TC_ST_CLOSED);
	want_notify(&lab, TC_NOTIFY_CLOSED);
	CHECK_U64(lab.timer, 0);
}

static void normal_close_from_the_peers_side(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	rx(&lab, "F. seq=1 ack=1");
	want_state(&lab, TC_ST_CLOSE_WAIT);
	want_tx(&lab, ". seq=1 ack=2");
	user_close(&lab);
	want_state(&lab, TC_ST_LAST_ACK);
	want_tx(&lab, "F. seq=1 ack=2");
	rx(&lab, ". seq=2 ack=2");
	want_state(&lab, TC_ST_CLOSED);
	want_notify(&lab, TC_NOTIFY_CLOSED);
	want_nothing(&lab);
}

static void simultaneous_close(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_FIN_WAIT_1);
	rx(&lab, "F. seq=1 ack=1");
	want_state(&lab, TC_ST_CLOSING);
	want_tx(&lab, ". seq=2 ack=2");
	rx(&lab, ". seq=2 ack=2");
	want_state(&lab, TC_ST_TIME_WAIT);
	want_nothing(&lab);
}

static void fin_and_ack_of_ours_in_one_go_to_time_wait(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_FIN_WAIT_1);
	rx(&lab, "F. seq=1 ack=2");
	want_state(&lab, TC_ST_FIN_WAIT_2);
	want_state(&lab, TC_ST_TIME_WAIT);
	want_tx(&lab, ". seq=2 ack=2");
}

static void half_close_still_receives(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_FIN_WAIT_2);
	rx(&lab, "P. seq=1 ack=2 len=10");
	want_deliver(&lab, 1, 10);
	want_tx(&lab, ". seq=2 ack=11");
	rx(&lab, "P. seq=11 ack=2 len=10");
	want_deliver(&lab, 11, 10);
	want_tx(&lab, ". seq=2 ack=21");
}

static void half_close_still_sends(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_CLOSE_WAIT);
	user_send(&lab, 10);
	want_tx(&lab, "P. seq=1 ack=2 len=10");
	rx(&lab, ". seq=2 ack=11");
	want_acked(&lab, 11, 10);
	want_nothing(&lab);
}

static void the_fin_again_restarts_time_wait(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_TIME_WAIT);
	at_ms(&lab, 3000);
	rx(&lab, "F. seq=1 ack=2");
	want_tx(&lab, ". seq=2 ack=2");
	at_ms(&lab, 6999);
	CHECK_U64(lab.tcb.state, TC_ST_TIME_WAIT);
	at_ms(&lab, 7000);
	want_state(&lab, TC_ST_CLOSED);
}

static void a_second_fin_restarts_time_wait(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_TIME_WAIT);
	at_ms(&lab, 3000);
	rx(&lab, "F. seq=2 ack=2");
	want_note(&lab, "a FIN after");
	want_tx(&lab, ". seq=2 ack=2");
	at_ms(&lab, 6999);
	CHECK_U64(lab.tcb.state, TC_ST_TIME_WAIT);
}

static void passive_time_wait(struct lab *lab, bool ts)
{
	lab_init(lab);
	lab->cfg.use_ts = ts;
	lab_go(lab, TC_ST_LISTEN);
	rx(lab, ts ? "S seq=0 win=8000 mss=1000 ts=100/0" : "S seq=0 win=8000 mss=1000");
	lab_forget(lab);
	lab->peer_ts = 100;
	rx(lab, ". seq=1 ack=1");
	user_close(lab);
	lab_forget(lab);
	rx(lab, "F. seq=1 ack=2");
	lab_forget(lab);
	CHECK_U64(lab->tcb.state, TC_ST_TIME_WAIT);
}

static void a_syn_in_time_wait_may_begin_anew(void)
{
	static const struct { bool ts, anew; const char *seg; } syns[] = {
		{ false, true, "S seq=70000" },
		{ false, true, "S seq=2" },
		{ false, false, "S seq=1" },
		{ false, false, "S seq=0" },		/* the old SYN again */
		{ false, false, "S. seq=70000 ack=2" },
		{ false, false, ". seq=2 ack=2" },
		{ true, true, "S seq=0 ts=101/0" },	/* the number need not be new */
		{ true, false, "S seq=0 ts=100/0" },
		{ true, true, "S seq=2 ts=100/0" },
		{ true, false, "S seq=70000 ts=99/0" },
	};
	struct lab lab;

	for (unsigned i = 0; i < sizeof syns / sizeof syns[0]; i++) {
		passive_time_wait(&lab, syns[i].ts);
		rx(&lab, syns[i].seg);
		CHECK_U64(lab.tcb.state, syns[i].anew ? TC_ST_CLOSED : TC_ST_TIME_WAIT);
		if (syns[i].anew) {
			want_notify(&lab, TC_NOTIFY_REOPEN);
			want_notify(&lab, TC_NOTIFY_CLOSED);
			want_nothing(&lab);
		}
	}
}

static void a_syn_that_nobody_can_accept_ends_no_time_wait(void)
{
	struct lab lab;

	passive_time_wait(&lab, false);
	lab.nobody_listens = true;
	rx(&lab, "S seq=70000");
	CHECK_U64(lab.tcb.state, TC_ST_TIME_WAIT);
	want_note(&lab, "outside the receive window");
	want_tx(&lab, ". seq=2 ack=2");
	want_nothing(&lab);
}

CU_TestInfo tests_tcp_close[] = {
	{ "a FIN that does not fit the window comes again",
	  a_fin_that_does_not_fit_the_window_comes_again },
	{ "a FIN beyond a hole waits for it", a_fin_beyond_a_hole_waits_for_it },
	{ "text after the peer's FIN is ignored", text_after_the_peers_fin_is_ignored },
	{ "normal close from our side", normal_close_from_our_side },
	{ "normal close from the peer's side", normal_close_from_the_peers_side },
	{ "simultaneous close", simultaneous_close },
	{ "FIN and the ACK of ours in one go to TIME-WAIT",
	  fin_and_ack_of_ours_in_one_go_to_time_wait },
	{ "a half-closed connection still receives", half_close_still_receives },
	{ "a half-closed connection still sends", half_close_still_sends },
	{ "the FIN again restarts TIME-WAIT", the_fin_again_restarts_time_wait },
	{ "a second FIN restarts TIME-WAIT", a_second_fin_restarts_time_wait },
	{ "a SYN in TIME-WAIT may begin anew", a_syn_in_time_wait_may_begin_anew },
	{ "a SYN that nobody can accept ends no TIME-WAIT",
	  a_syn_that_nobody_can_accept_ends_no_time_wait },
	CU_TEST_INFO_NULL,
};
