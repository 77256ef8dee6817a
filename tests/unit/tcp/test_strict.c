/* SPDX-License-Identifier: BSD-2-Clause */
/* What a peer says that must not be taken at its word: an MSS of nothing, a timestamp in a
 * segment that the ACK check throws away. */
#include "tcp_lab.h"

static void open_with_mss(struct lab *lab, const char *syn_ack)
{
	lab_init(lab);
	open_active(lab);
	want_tx(lab, "S seq=0");
	rx(lab, syn_ack);
	want_tx(lab, ". seq=1 ack=1");
}

/* Linux has net.ipv4.tcp_min_snd_mss, FreeBSD net.inet.tcp.minmss. */
static void the_mss_has_a_floor(void)
{
	static const struct { const char *syn_ack; unsigned mss; } cases[] = {
		{ "S. seq=0 ack=1 mss=1 win=60000", 64 },
		{ "S. seq=0 ack=1 mss=63 win=60000", 64 },
		{ "S. seq=0 ack=1 mss=64 win=60000", 64 },
		{ "S. seq=0 ack=1 mss=65 win=60000", 65 },
		{ "S. seq=0 ack=1 win=60000", 536 },
	};
	struct lab lab;
	char first[64];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		open_with_mss(&lab, cases[i].syn_ack);
		CHECK_U64(lab.tcb.snd_mss, cases[i].mss);
		user_send(&lab, 5000);
		snprintf(first, sizeof first, ". seq=1 ack=1 len=%u", cases[i].mss);
		want_tx(&lab, first);
		lab_forget(&lab);
	}
}

static void open_with_timestamps(struct lab *lab)
{
	lab_init(lab);
	lab->cfg.use_ts = true;
	lab->now = 1000000 * TC_MS;
	open_active(lab);
	lab_forget(lab);
	rx(lab, "S. seq=0 ack=1 mss=1000 ts=500/1000000");
	lab_forget(lab);
}

/* The segment is within the window, and as new as its timestamp says; but it acknowledges
 * what was never sent: of it nothing is believed, or PAWS would drop all that is real. */
static void the_ack_is_judged_before_the_timestamp(void)
{
	static const char *const lies[] = {
		"P. seq=1 ack=2 len=10 ts=90000/1000000",
		"P. seq=1 ack=1000000 len=10 ts=90000/1000000",
		"P seq=1 len=10 ts=90000/1000000",
	};
	struct lab lab;

	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		open_with_timestamps(&lab);
		rx(&lab, lies[i]);
		CHECK_U64(lab.tcb.ts_recent, 500);
		lab_forget(&lab);
		rx(&lab, "P. seq=1 ack=1 len=10 ts=501/1000000");
		CHECK_U64(lab.tcb.ts_recent, 501);
		CHECK_U64(lab.tcb.rcv_nxt - lab.tcb.irs, 11);
		lab_forget(&lab);
	}
}

CU_TestInfo tests_strict[] = {
	{ "an MSS below 64 is 64", the_mss_has_a_floor },
	{ "no timestamp is taken from a segment whose ACK is a lie",
	  the_ack_is_judged_before_the_timestamp },
	CU_TEST_INFO_NULL
};
