/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening: active, passive, simultaneous (RFC 9293 3.5), and what the SYNs agree on. */
#include "tcp_lab.h"

static void three_way_handshake(void)
{
	struct lab lab;

	lab_init(&lab);
	open_active(&lab);
	want_tx(&lab, "S seq=0 mss=1000 win=10000");
	want_state(&lab, TC_ST_SYN_SENT);
	rx(&lab, "S. seq=0 ack=1 mss=900");
	want_state(&lab, TC_ST_ESTABLISHED);
	want_notify(&lab, TC_NOTIFY_CONNECTED);
	want_tx(&lab, ". seq=1 ack=1");
	want_nothing(&lab);
	CHECK_U64(lab.tcb.snd_mss, 900);
	CHECK_U64(lab.timer, 0);
}

static void third_segment_may_carry_data(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.ack_with_data = true;
	open_active(&lab);
	want_tx(&lab, "S seq=0");
	user_send(&lab, 32);
	want_nothing(&lab);
	rx(&lab, "S. seq=0 ack=1");
	want_tx(&lab, "P. seq=1 ack=1 len=32");
	want_nothing(&lab);
}

static void third_segment_is_bare_unless_asked(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_SYN_SENT);
	user_send(&lab, 32);
	rx(&lab, "S. seq=0 ack=1");
	want_tx(&lab, ". seq=1 ack=1");
	want_tx(&lab, "P. seq=1 ack=1 len=32");
}

static void no_mss_option_means_536(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_SYN_SENT);
	user_send(&lab, 600);
	rx(&lab, "S. seq=0 ack=1");
	want_tx(&lab, ". seq=1 ack=1");
	want_tx(&lab, ". seq=1 ack=1 len=536");
	want_tx(&lab, "P. seq=537 ack=1 len=64");
}

static void text_with_the_syn_ack_is_delivered(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_SYN_SENT);
	rx(&lab, "SP. seq=0 ack=1 len=20");
	want_state(&lab, TC_ST_ESTABLISHED);
	want_deliver(&lab, 1, 20);
	want_tx(&lab, ". seq=1 ack=21");
	want_nothing(&lab);
}

static void text_with_the_syn_ack_is_cut_to_the_window(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.rcv_buf = 10;
	lab_go(&lab, TC_ST_SYN_SENT);
	rx(&lab, "SFP. seq=0 ack=1 len=20");
	want_state(&lab, TC_ST_ESTABLISHED);
	want_deliver(&lab, 1, 10);
	want_tx(&lab, ". seq=1 ack=11 win=0");
	CHECK_U64(lab.tcb.state, TC_ST_ESTABLISHED);
}

static void a_fin_with_the_syn_waits_for_established(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_LISTEN);
	rx(&lab, "SF seq=0 len=5");
	want_keep(&lab, 1, 5);
	want_tx(&lab, "S. seq=0 ack=1");
	CHECK_U64(lab.tcb.state, TC_ST_SYN_RECEIVED);
	rx(&lab, ". seq=7 ack=1");
	want_deliver(&lab, 1, 5);
	want_notify(&lab, TC_NOTIFY_CONNECTED);
	want_notify(&lab, TC_NOTIFY_PEER_CLOSED);
	want_tx(&lab, ". seq=1 ack=7");
	CHECK_U64(lab.tcb.state, TC_ST_CLOSE_WAIT);
}

static void refused_by_reset(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_SYN_SENT);
	rx(&lab, "R. seq=0 ack=1");
	want_notify(&lab, TC_NOTIFY_REFUSED);
	want_state(&lab, TC_ST_CLOSED);
	want_notify(&lab, TC_NOTIFY_CLOSED);
	want_nothing(&lab);
	CHECK_U64(lab.timer, 0);
}

static void blind_resets_of_a_syn_are_not_believed(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_SYN_SENT);
	rx(&lab, "R. seq=0 ack=2");
	want_note(&lab, "never sent");
	rx(&lab, "R. seq=0 ack=0");
	want_note(&lab, "never sent");
	rx(&lab, "R seq=0");
	want_note(&lab, "without an ACK");
	want_nothing(&lab);
	CHECK_U64(lab.tcb.state, TC_ST_SYN_SENT);
}

static void a_peer_in_an_old_connection_is_reset_and_asked_again_once(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_SYN_SENT);
	rx(&lab, ". seq=5000 ack=777");
	want_note(&lab, "never sent");
	want_tx(&lab, "R seq=777");
	want_tx(&lab, "S seq=0");
	rx(&lab, ". seq=5000 ack=777");
	want_tx(&lab, "R seq=777");
	want_nothing(&lab);
	rx(&lab, "S. seq=0 ack=1");
	want_state(&lab, TC_ST_ESTABLISHED);
	want_tx(&lab, ". seq=1 ack=1");
}

static void wrong_ack_in_a_syn_ack_is_reset(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_SYN_SENT);
	rx(&lab, "S. seq=0 ack=500");
	want_tx(&lab, "R seq=500");
	want_nothing(&lab);
	CHECK_U64(lab.tcb.state, TC_ST_SYN_SENT);
}

static void simultaneous_open(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_SYN_SENT);
	rx(&lab, "S seq=0 mss=800");
	want_state(&lab, TC_ST_SYN_RECEIVED);
	want_tx(&lab, "S. seq=0 ack=1 mss=1000");
	rx(&lab, "S. seq=0 ack=1 mss=800");
	want_state(&lab, TC_ST_ESTABLISHED);
	want_notify(&lab, TC_NOTIFY_CONNECTED);
	want_tx(&lab, ". seq=1 ack=1");	/* 3.10.7.4 first: it began left of the window */
	want_nothing(&lab);
	rx(&lab, ". seq=1 ack=1");
	want_nothing(&lab);
}

static void passive_open(void)
{
	struct lab lab;

	lab_init(&lab);
	open_passive(&lab);
	want_state(&lab, TC_ST_LISTEN);
	want_nothing(&lab);
	rx(&lab, "S seq=0 mss=800");
	want_state(&lab, TC_ST_SYN_RECEIVED);
	want_tx(&lab, "S. seq=0 ack=1 mss=1000");
	rx(&lab, ". seq=1 ack=1");
	want_state(&lab, TC_ST_ESTABLISHED);
	want_notify(&lab, TC_NOTIFY_CONNECTED);
	want_nothing(&lab);
}

static void a_lost_syn_ack_is_sent_again_for_the_same_syn(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_SYN_RECEIVED);
	rx(&lab, "S seq=0 mss=1000");
	want_note(&lab, "same SYN");
	want_tx(&lab, "S. seq=0 ack=1");
	want_nothing(&lab);
}

static void text_with_the_syn_waits_for_established(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_LISTEN);
	rx(&lab, "SP seq=0 len=10");
	want_keep(&lab, 1, 10);
	want_tx(&lab, "S. seq=0 ack=1");
	CHECK(!lab_has(&lab, TC_ACT_DELIVER));
	rx(&lab, ". seq=11 ack=1");
	want_state(&lab, TC_ST_ESTABLISHED);
	want_deliver(&lab, 1, 10);
	CHECK(lab_has(&lab, TC_ACT_FREE_BUFFER));
	want_tx(&lab, ". seq=1 ack=11");
	want_nothing(&lab);
}

static void reset_takes_a_passive_open_back_to_listen(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_SYN_RECEIVED);
	rx(&lab, "R seq=1");
	want_state(&lab, TC_ST_LISTEN);
	want_nothing(&lab);
	CHECK(!lab_has(&lab, TC_ACT_NOTIFY));
	CHECK_U64(lab.timer, 0);
	rx(&lab, "S seq=0 mss=700");
	want_state(&lab, TC_ST_SYN_RECEIVED);
	want_tx(&lab, "S. seq=0 ack=1");
}

static void listen_answers_acks_with_a_reset_and_ignores_resets(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_LISTEN);
	rx(&lab, ". seq=5 ack=9");
	want_tx(&lab, "R seq=9");
	rx(&lab, "R seq=5");
	rx(&lab, "F seq=5");
	want_nothing(&lab);
	CHECK_U64(lab.tcb.state, TC_ST_LISTEN);
}

static void options_are_offered_and_agreed(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.use_wscale = lab.cfg.use_ts = lab.cfg.use_sack = true;
	lab.cfg.rcv_buf = 256 * 1024;
	event(&lab, .type = TC_EV_OPEN, .open = { .iss = LAB_ISS, .ts_offset = 77 });
	want_tx(&lab, "S seq=0 win=65535 mss=1000 ws=3 sackok ts=1000077/0");
	rx(&lab, "S. seq=0 ack=1 win=1000 mss=1000 ws=7 sackok ts=5000/1000077");
	want_tx(&lab, ". seq=1 ack=1 ts=1000077/5000 win=32768");
	CHECK(lab.tcb.wscale_ok && lab.tcb.ts_ok && lab.tcb.sack_ok);
	CHECK_U64(lab.tcb.snd_wnd, 1000);
	rx(&lab, ". seq=1 ack=1 win=1000 ts=5001/1000077");
	CHECK_U64(lab.tcb.snd_wnd, 128000);
}

static void a_window_scale_above_14_is_14(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.use_wscale = true;
	lab_go(&lab, TC_ST_SYN_SENT);
	rx(&lab, "S. seq=0 ack=1 mss=1000 ws=200");
	want_note(&lab, "window scale");
	want_tx(&lab, ". seq=1");
	CHECK_U64(lab.tcb.snd_wscale, 14);
}

/* A buffer of less than one unit would be a window of 0 for ever. */
static void the_scale_leaves_a_window_of_a_small_buffer(void)
{
	static const struct { uint32_t buffer; uint8_t shift; } cases[] = {
		{ 256, 8 }, { 255, 7 }, { 100, 6 }, { 1, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct lab lab;

		lab_init(&lab);
		lab.cfg.use_wscale = true;
		lab.cfg.wscale = 8;
		lab.tcb.rcv_buf = cases[i].buffer;
		lab_go(&lab, TC_ST_SYN_SENT);
		CHECK_U64(lab.tcb.rcv_wscale, cases[i].shift);
	}
}

static void what_the_peer_does_not_offer_is_not_used(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.use_wscale = lab.cfg.use_ts = lab.cfg.use_sack = true;
	lab.cfg.rcv_buf = 256 * 1024;
	lab_go(&lab, TC_ST_ESTABLISHED);
	CHECK(!lab.tcb.wscale_ok && !lab.tcb.ts_ok && !lab.tcb.sack_ok);
	rx(&lab, "P. seq=1 ack=1 len=10");
	want_tx(&lab, ". seq=1 ack=11 win=65535");
}

static void the_answer_to_a_plain_syn_offers_nothing(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.use_wscale = lab.cfg.use_ts = lab.cfg.use_sack = true;
	open_passive(&lab);
	rx(&lab, "S seq=0 mss=1000");
	CHECK_U64(lab.log[1].type, TC_ACT_SEND);
	CHECK_U64(lab.log[1].send.seg.opts.present, TC_HAS_MSS);
	lab_forget(&lab);
}

CU_TestInfo tests_tcp_open[] = {
	{ "three-way handshake", three_way_handshake },
	{ "the third segment may carry data", third_segment_may_carry_data },
	{ "the third segment is bare unless asked", third_segment_is_bare_unless_asked },
	{ "no MSS option means 536", no_mss_option_means_536 },
	{ "text with the SYN,ACK is delivered", text_with_the_syn_ack_is_delivered },
	{ "text with the SYN,ACK is cut to the window",
	  text_with_the_syn_ack_is_cut_to_the_window },
	{ "a FIN with the SYN waits for ESTABLISHED", a_fin_with_the_syn_waits_for_established },
	{ "a reset that acknowledges the SYN refuses", refused_by_reset },
	{ "blind resets of a SYN are not believed", blind_resets_of_a_syn_are_not_believed },
	{ "a peer in an old connection is reset, and asked again once",
	  a_peer_in_an_old_connection_is_reset_and_asked_again_once },
	{ "a wrong ACK in a SYN,ACK is reset", wrong_ack_in_a_syn_ack_is_reset },
	{ "simultaneous open", simultaneous_open },
	{ "passive open", passive_open },
	{ "a lost SYN,ACK is sent again for the same SYN",
	  a_lost_syn_ack_is_sent_again_for_the_same_syn },
	{ "text with the SYN waits for ESTABLISHED", text_with_the_syn_waits_for_established },
	{ "a reset takes a passive open back to LISTEN",
	  reset_takes_a_passive_open_back_to_listen },
	{ "LISTEN answers ACKs with a reset and ignores resets",
	  listen_answers_acks_with_a_reset_and_ignores_resets },
	{ "options are offered and agreed", options_are_offered_and_agreed },
	{ "a window scale above 14 is 14", a_window_scale_above_14_is_14 },
	{ "the scale leaves a window of a small buffer",
	  the_scale_leaves_a_window_of_a_small_buffer },
	{ "what the peer does not offer is not used", what_the_peer_does_not_offer_is_not_used },
	{ "the answer to a plain SYN offers nothing", the_answer_to_a_plain_syn_offers_nothing },
	CU_TEST_INFO_NULL,
};
