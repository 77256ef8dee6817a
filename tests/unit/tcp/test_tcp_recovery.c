/* SPDX-License-Identifier: BSD-2-Clause */
/* Congestion control and loss recovery: RFC 5681, RFC 6582, RFC 2018 and RFC 6675. */
#include "tcp_lab.h"

#define N_SENT(lab) ((lab)->tcb.snd_nxt - LAB_ISS - 1)

/* ESTABLISHED with room for 10 segments of 1000 bytes, which are sent. */
static void ten_in_flight(struct lab *lab)
{
	lab_go(lab, TC_ST_SYN_SENT);
	rx(lab, lab->cfg.use_sack ? "S. seq=0 ack=1 mss=1000 win=60000 sackok" :
				    "S. seq=0 ack=1 mss=1000 win=60000");
	lab_forget(lab);
	lab->tcb.cwnd = 10000;
	lab->tcb.ssthresh = 10000;
	user_send(lab, 20000);
	CHECK_U64(N_SENT(lab), 10000);
	lab_forget(lab);
}

static void reno(struct lab *lab)
{
	lab_init(lab);
	ten_in_flight(lab);
}

static void sack(struct lab *lab)
{
	lab_init(lab);
	lab->cfg.use_sack = true;
	ten_in_flight(lab);
}

static void slow_start_doubles_each_round_trip(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_SYN_SENT);
	rx(&lab, "S. seq=0 ack=1 mss=1000 win=60000");
	want_tx(&lab, ". seq=1");
	CHECK_U64(lab.tcb.cwnd, 4000);		/* RFC 5681 3.1 */
	user_send(&lab, 40000);
	CHECK_U64(N_SENT(&lab), 4000);
	lab_forget(&lab);
	for (unsigned i = 1; i <= 4; i++) {
		char seg[60];

		snprintf(seg, sizeof seg, ". seq=1 ack=%u win=60000", 1 + i * 1000);
		rx(&lab, seg);
		CHECK_U64(N_SENT(&lab), 4000 + i * 2000);
		lab_forget(&lab);
	}
	CHECK_U64(lab.tcb.cwnd, 8000);
}

static void congestion_avoidance_adds_a_segment_a_round_trip(void)
{
	struct lab lab;

	reno(&lab);
	for (unsigned i = 1; i <= 10; i++) {
		char seg[60];

		snprintf(seg, sizeof seg, ". seq=1 ack=%u win=60000", 1 + i * 1000);
		rx(&lab, seg);
		lab_forget(&lab);
	}
	CHECK(lab.tcb.cwnd > 10900 && lab.tcb.cwnd <= 11000);
}

static void a_timeout_halves_ssthresh_once(void)
{
	struct lab lab;

	reno(&lab);
	at_ms(&lab, 200);
	want_tx(&lab, ". seq=1 len=1000");
	CHECK_U64(lab.tcb.ssthresh, 5000);
	CHECK_U64(lab.tcb.cwnd, 1000);
	at_ms(&lab, 600);
	want_tx(&lab, ". seq=1 len=1000");
	CHECK_U64(lab.tcb.ssthresh, 5000);
}

static void after_a_pause_the_window_is_small_again(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	lab.tcb.cwnd = 30000;
	user_send(&lab, 10);
	want_tx(&lab, "P. seq=1 len=10");
	rx(&lab, ". seq=1 ack=11");
	at_ms(&lab, 150);
	user_send(&lab, 10);
	want_tx(&lab, "P. seq=11 len=10");
	CHECK(lab.tcb.cwnd >= 30000);
	rx(&lab, ". seq=1 ack=21");
	at_ms(&lab, 5000);
	user_send(&lab, 10);
	want_tx(&lab, "P. seq=21 len=10");
	CHECK_U64(lab.tcb.cwnd, 4000);
}

static void three_duplicates_retransmit_at_once(void)
{
	struct lab lab;

	reno(&lab);
	rx(&lab, ". seq=1 ack=1 win=60000");
	want_tx(&lab, ". seq=10001 len=1000");	/* limited transmit, RFC 3042 */
	rx(&lab, ". seq=1 ack=1 win=60000");
	want_tx(&lab, ". seq=11001 len=1000");
	rx(&lab, ". seq=1 ack=1 win=60000");
	want_note(&lab, "fast retransmit");
	want_tx(&lab, ". seq=1 len=1000");
	want_nothing(&lab);
	CHECK_U64(lab.tcb.ssthresh, 6000);
	CHECK_U64(lab.tcb.cwnd, 9000);
	for (int i = 0; i < 3; i++) {
		rx(&lab, ". seq=1 ack=1 win=60000");
		want_nothing(&lab);		/* 12 are in flight */
	}
	rx(&lab, ". seq=1 ack=1 win=60000");
	want_tx(&lab, ". seq=12001 len=1000");
	rx(&lab, ". seq=1 ack=12001 win=60000");	/* all that was out when it began */
	CHECK(!lab.tcb.fast_recovery);
	CHECK_U64(lab.tcb.cwnd, 2000);		/* min (ssthresh, flight + SMSS) */
	lab_forget(&lab);
}

static void a_window_update_is_no_duplicate(void)
{
	struct lab lab;

	reno(&lab);
	for (unsigned i = 0; i < 5; i++) {
		char seg[60];

		snprintf(seg, sizeof seg, ". seq=1 ack=1 win=%u", 59000 + i);
		rx(&lab, seg);
		want_nothing(&lab);
	}
	for (unsigned i = 0; i < 5; i++) {
		char seg[60];

		snprintf(seg, sizeof seg, "P. seq=%u ack=1 win=59004 len=1", 1 + i);
		rx(&lab, seg);			/* nor is one with text */
		want_tx(&lab, ". len=0");
	}
	CHECK_U64(lab.tcb.dupacks, 0);
}

static void a_partial_ack_retransmits_the_next_hole(void)
{
	struct lab lab;

	reno(&lab);
	for (int i = 0; i < 3; i++)
		rx(&lab, ". seq=1 ack=1 win=60000"), lab_forget(&lab);
	CHECK(lab.tcb.fast_recovery);
	rx(&lab, ". seq=1 ack=4001 win=60000");
	want_tx(&lab, ". seq=4001 len=1000");
	CHECK(lab.tcb.fast_recovery);
	CHECK_U64(lab.tcb.cwnd, 9000 - 4000 + 1000);
	lab_forget(&lab);
	rx(&lab, ". seq=1 ack=12001 win=60000");
	CHECK(!lab.tcb.fast_recovery);
	lab_forget(&lab);
}

/* RFC 6582 3.2 (3): the impatient variant */
static void only_the_first_partial_ack_starts_the_timer_again(void)
{
	struct lab lab;
	tc_time first;

	reno(&lab);
	for (int i = 0; i < 3; i++)
		rx(&lab, ". seq=1 ack=1 win=60000"), lab_forget(&lab);
	at_ms(&lab, 100);
	rx(&lab, ". seq=1 ack=2001 win=60000");
	first = lab.timer;
	CHECK(first > lab.now + 190 * TC_MS);
	lab_forget(&lab);
	at_ms(&lab, 150);
	rx(&lab, ". seq=1 ack=4001 win=60000");
	CHECK_U64(lab.timer, first);
	lab_forget(&lab);
}

static void a_timeout_ends_fast_recovery(void)
{
	struct lab lab;

	reno(&lab);
	for (int i = 0; i < 3; i++)
		rx(&lab, ". seq=1 ack=1 win=60000"), lab_forget(&lab);
	at_ms(&lab, 200);
	want_tx(&lab, ". seq=1 len=1000");
	CHECK(!lab.tcb.fast_recovery);
	CHECK_U64(lab.tcb.dupacks, 0);
	rx(&lab, ". seq=1 ack=1001 win=60000");
	CHECK_U64(lab.tcb.cwnd, 2000);		/* slow start */
	lab_forget(&lab);
}

static void a_narrow_path_ends_fast_recovery(void)
{
	struct lab lab;

	reno(&lab);
	for (int i = 0; i < 3; i++)
		rx(&lab, ". seq=1 ack=1 win=60000"), lab_forget(&lab);
	event(&lab, .type = TC_EV_ICMP,
	      .icmp = { .family = 4, .type = 3, .code = 4, .mtu = 540, .seq = LAB_ISS + 1 });
	want_note(&lab, "smaller");
	want_tx(&lab, ". seq=1 len=500");
	CHECK(!lab.tcb.fast_recovery);
	lab_forget(&lab);
}

/* So that it never comes to lie 2^31 away. */
static void the_recovery_point_follows_what_is_acknowledged(void)
{
	struct lab lab;

	reno(&lab);
	rx(&lab, ". seq=1 ack=5001 win=60000");
	CHECK_U64(lab.tcb.recover, LAB_ISS + 5000);
	lab_forget(&lab);
}

static void duplicates_of_what_a_timeout_sent_again_mean_nothing(void)
{
	struct lab lab;

	reno(&lab);
	at_ms(&lab, 200);
	want_tx(&lab, ". seq=1 len=1000");
	for (int i = 0; i < 5; i++) {
		rx(&lab, ". seq=1 ack=1 win=60000");
		lab_forget(&lab);
	}
	CHECK(!lab.tcb.fast_recovery);
}

static void connect_with_sack(struct lab *lab)
{
	lab_init(lab);
	lab->cfg.use_sack = true;
	lab_go(lab, TC_ST_SYN_SENT);
	rx(lab, "S. seq=0 ack=1 mss=1000 sackok");
	want_tx(lab, ". seq=1");
}

static void blocks_say_what_is_kept_newest_first(void)
{
	struct lab lab;

	connect_with_sack(&lab);
	rx(&lab, "P. seq=101 ack=1 len=100");
	want_tx(&lab, ". seq=1 ack=1 sack=101:201");
	rx(&lab, "P. seq=501 ack=1 len=100");
	want_tx(&lab, ". seq=1 ack=1 sack=501:601,101:201");
	rx(&lab, "P. seq=301 ack=1 len=100");
	want_tx(&lab, ". seq=1 ack=1 sack=301:401,501:601,101:201");
	rx(&lab, "P. seq=201 ack=1 len=100");
	want_tx(&lab, ". seq=1 ack=1 sack=101:401,501:601");
	rx(&lab, "P. seq=1 ack=1 len=100");
	want_tx(&lab, ". seq=1 ack=401 sack=501:601");
	rx(&lab, "P. seq=401 ack=1 len=100");
	want_tx(&lab, ". seq=1 ack=601");
}

static void a_block_not_touched_for_long_is_still_told(void)
{
	struct lab lab;
	char seg[60];

	connect_with_sack(&lab);
	rx(&lab, "P. seq=601 ack=1 len=10");
	lab_forget(&lab);
	for (unsigned i = 0; i < 5; i++) {
		snprintf(seg, sizeof seg, "P. seq=%u ack=1 len=10", 101 + 10 * i);
		rx(&lab, seg);
		lab_forget(&lab);
	}
	rx(&lab, "P. seq=151 ack=1 len=10");
	want_tx(&lab, ". seq=1 ack=1 sack=101:161,601:611");
}

static void blocks_leave_room_for_timestamps_and_text(void)
{
	struct lab lab;
	char seg[80];

	lab_init(&lab);
	lab.cfg.use_sack = lab.cfg.use_ts = true;
	lab_go(&lab, TC_ST_SYN_SENT);
	lab.peer_ts = 7;
	rx(&lab, "S. seq=0 ack=1 mss=1000 sackok ts=7/0");
	want_tx(&lab, ". seq=1");
	for (unsigned i = 0; i < 5; i++) {
		snprintf(seg, sizeof seg, "P. seq=%u ack=1 len=10", 101 + 100 * i);
		rx(&lab, seg);
		lab_forget(&lab);
	}
	rx(&lab, "P. seq=101 ack=1 len=10");
	want_tx(&lab, ". seq=1 ack=1 ts=1000000/7 sack=101:111,101:111,501:511");
	user_send(&lab, 1000);
	want_tx(&lab, ". seq=1 len=960 sack=101:111,501:511,401:411");
	want_tx(&lab, "P. seq=961 len=40 sack=101:111,501:511,401:411");
}

/* RFC 2883 4: the first block, and once. */
static void what_came_twice_is_told_of_first(void)
{
	struct lab lab;

	connect_with_sack(&lab);
	rx(&lab, "P. seq=1 ack=1 len=100");
	lab_forget(&lab);
	rx(&lab, "P. seq=1 ack=1 len=100");
	want_tx(&lab, ". seq=1 ack=101 sack=1:101");
	rx(&lab, "P. seq=201 ack=1 len=100");
	want_tx(&lab, ". seq=1 ack=101 sack=201:301");
	rx(&lab, "P. seq=251 ack=1 len=20");	/* within a block, which is told of again */
	want_tx(&lab, ". seq=1 ack=101 sack=251:271,201:301");
	rx(&lab, "P. seq=281 ack=1 len=100");
	want_tx(&lab, ". seq=1 ack=101 sack=281:301,201:381");
	rx(&lab, "P. seq=51 ack=1 len=100");
	want_tx(&lab, ". seq=1 ack=151 sack=51:101,201:381");
	rx(&lab, "P. seq=151 ack=1 len=100");	/* the hole, and what is behind it */
	want_tx(&lab, ". seq=1 ack=381 sack=201:251");
}

static void no_blocks_unless_both_agreed(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.use_sack = true;
	lab_go(&lab, TC_ST_ESTABLISHED);
	rx(&lab, "P. seq=101 ack=1 len=100");
	want_tx(&lab, ". seq=1 ack=1");
	user_send(&lab, 1000);
	lab_forget(&lab);
	rx(&lab, ". seq=1 ack=1 sack=101:201");
	CHECK_U64(lab.tcb.n_sacked, 0);
}

static void sacked_segments_are_not_sent_again(void)
{
	struct lab lab;

	sack(&lab);
	/* 1, 4 and 5 are lost, the others arrive */
	rx(&lab, ". seq=1 ack=1 win=60000 sack=1001:2001");
	want_tx(&lab, ". seq=10001 len=1000");	/* the flight is one less */
	rx(&lab, ". seq=1 ack=1 win=60000 sack=1001:3001");
	want_tx(&lab, ". seq=11001 len=1000");
	rx(&lab, ". seq=1 ack=1 win=60000 sack=5001:6001,1001:3001");
	want_note(&lab, "fast retransmit");
	want_tx(&lab, ". seq=1 len=1000");
	want_nothing(&lab);
	rx(&lab, ". seq=1 ack=1 win=60000 sack=5001:7001,1001:3001");
	want_nothing(&lab);
	rx(&lab, ". seq=1 ack=1 win=60000 sack=5001:8001,1001:3001");
	want_tx(&lab, ". seq=3001 len=1000");	/* three segments are there beyond it */
	rx(&lab, ". seq=1 ack=1 win=60000 sack=5001:10001,1001:3001");
	want_tx(&lab, ". seq=4001 len=1000");
	want_tx(&lab, ". seq=12001 len=1000");
	rx(&lab, ". seq=1 ack=3001 win=60000 sack=5001:10001");
	CHECK(lab.tcb.fast_recovery);
	lab_forget(&lab);
	rx(&lab, ". seq=1 ack=12001 win=60000");
	CHECK(!lab.tcb.fast_recovery);
	CHECK_U64(lab.tcb.n_sacked, 0);
	lab_forget(&lab);
}

/* As when a timeout was too early and the peer got everything twice. */
static void acks_without_news_are_no_duplicates(void)
{
	struct lab lab;

	sack(&lab);
	for (int i = 0; i < 5; i++) {
		rx(&lab, ". seq=1 ack=1 win=60000");
		want_nothing(&lab);
		rx(&lab, ". seq=1 ack=1 win=60000 sack=4294967000:4294967100");
		want_nothing(&lab);		/* RFC 2883: that came twice */
	}
	CHECK_U64(lab.tcb.dupacks, 0);
}

static void going_over_it_again_leaves_out_what_the_peer_has(void)
{
	struct lab lab;

	sack(&lab);
	at_ms(&lab, 200);
	want_tx(&lab, ". seq=1 len=1000");
	rx(&lab, ". seq=1 ack=1001 win=60000 sack=2001:9001");
	want_tx(&lab, ". seq=1001 len=1000");
	want_tx(&lab, ". seq=9001 len=1000");
	lab_forget(&lab);
}

static void a_timeout_forgets_the_blocks(void)
{
	struct lab lab;

	sack(&lab);
	rx(&lab, ". seq=1 ack=1 win=60000 sack=1001:2001");
	lab_forget(&lab);
	CHECK_U64(lab.tcb.n_sacked, 1);
	at_ms(&lab, 200);
	CHECK_U64(lab.tcb.n_sacked, 0);		/* RFC 2018 section 8 */
	lab_forget(&lab);
}

static void blocks_that_lie_are_not_believed(void)
{
	struct lab lab;

	static const char *const lies[] = {
		". seq=1 ack=1 win=60000 sack=1:1001",		/* at SND.UNA */
		". seq=1 ack=1 win=60000 sack=9001:30001",	/* beyond SND.NXT */
		". seq=1 ack=1 win=60000 sack=5001:4001",	/* inside out */
		". seq=1 ack=1 win=60000 sack=4000000000:4000000010",
	};

	for (unsigned i = 0; i < sizeof lies / sizeof lies[0]; i++) {
		sack(&lab);
		rx(&lab, lies[i]);
		want_nothing(&lab);
		CHECK_U64(lab.tcb.n_sacked, 0);
	}
}

static void an_ack_into_a_block_is_survived(void)
{
	struct lab lab;

	sack(&lab);
	rx(&lab, ". seq=1 ack=1 win=60000 sack=1001:5001");
	lab_forget(&lab);
	rx(&lab, ". seq=1 ack=3001 win=60000");
	CHECK_U64(lab.tcb.n_sacked, 0);
	CHECK_U64(lab.tcb.snd_una, LAB_ISS + 3001);
	lab_forget(&lab);
}

CU_TestInfo tests_tcp_recovery[] = {
	{ "slow start doubles each round trip", slow_start_doubles_each_round_trip },
	{ "congestion avoidance adds a segment a round trip",
	  congestion_avoidance_adds_a_segment_a_round_trip },
	{ "a timeout halves ssthresh once", a_timeout_halves_ssthresh_once },
	{ "after a pause the window is small again", after_a_pause_the_window_is_small_again },
	{ "three duplicates retransmit at once", three_duplicates_retransmit_at_once },
	{ "a window update is not a duplicate, nor is text", a_window_update_is_no_duplicate },
	{ "a partial ACK retransmits the next hole", a_partial_ack_retransmits_the_next_hole },
	{ "only the first partial ACK starts the timer again",
	  only_the_first_partial_ack_starts_the_timer_again },
	{ "a timeout ends fast recovery", a_timeout_ends_fast_recovery },
	{ "a narrow path ends fast recovery", a_narrow_path_ends_fast_recovery },
	{ "the recovery point follows what is acknowledged",
	  the_recovery_point_follows_what_is_acknowledged },
	{ "duplicates of what a timeout sent again mean nothing",
	  duplicates_of_what_a_timeout_sent_again_mean_nothing },
	{ "blocks say what is kept, newest first", blocks_say_what_is_kept_newest_first },
	{ "a block not touched for long is still told",
	  a_block_not_touched_for_long_is_still_told },
	{ "what came twice is told of first", what_came_twice_is_told_of_first },
	{ "blocks leave room for timestamps and text",
	  blocks_leave_room_for_timestamps_and_text },
	{ "no blocks unless both agreed", no_blocks_unless_both_agreed },
	{ "sacked segments are not sent again", sacked_segments_are_not_sent_again },
	{ "ACKs without news are no duplicates", acks_without_news_are_no_duplicates },
	{ "going over it again leaves out what the peer has",
	  going_over_it_again_leaves_out_what_the_peer_has },
	{ "a timeout forgets the blocks", a_timeout_forgets_the_blocks },
	{ "blocks that lie are not believed", blocks_that_lie_are_not_believed },
	{ "an ACK into the middle of a block is survived", an_ack_into_a_block_is_survived },
	CU_TEST_INFO_NULL,
};
