/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 3168: marks that are negotiated, set, echoed and answered. */
#include "tcp_lab.h"

/* ESTABLISHED between two that know ECN. */
static void agreed(struct lab *lab)
{
	lab_init(lab);
	lab->cfg.use_ecn = true;
	open_active(lab);
	want_tx(lab, "SEW seq=0");
	rx(lab, "S.E seq=0 ack=1 mss=1000 win=60000");
	want_tx(lab, ". seq=1 ack=1");
	lab_forget(lab);
	CHECK(lab->tcb.ecn_ok);
}

static void it_is_asked_for_and_agreed(void)
{
	struct lab lab;

	agreed(&lab);
	lab_init(&lab);
	lab.cfg.use_ecn = true;
	open_passive(&lab);
	rx(&lab, "SEW seq=0 mss=1000");
	want_state(&lab, TC_ST_SYN_RECEIVED);
	want_tx(&lab, "S.E seq=0 ack=1");
	CHECK(lab.tcb.ecn_ok);
}

static void where_it_is_only_asked_for_it_does_not_ask(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.use_ecn = TC_ECN_ASKED;
	open_active(&lab);
	want_tx(&lab, "S seq=0");
	rx(&lab, "S.E seq=0 ack=1 mss=1000 win=60000");
	CHECK(!lab.tcb.ecn_ok);
	lab_init(&lab);
	lab.cfg.use_ecn = TC_ECN_ASKED;
	open_passive(&lab);
	rx(&lab, "SEW seq=0 mss=1000");
	want_tx(&lab, "S.E seq=0 ack=1");
	CHECK(lab.tcb.ecn_ok);
}

static void answer(const char *syn_ack, bool use)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.use_ecn = use;
	open_active(&lab);
	lab_forget(&lab);
	rx(&lab, syn_ack);
	want_tx(&lab, ". seq=1 ack=1");
	lab_forget(&lab);
	CHECK(!lab.tcb.ecn_ok);
	user_send(&lab, 10);
	want_tx(&lab, "P. seq=1 len=10");
}

static void without_the_right_answer_it_is_not_used(void)
{
	answer("S. seq=0 ack=1 mss=1000", true);
	answer("S.EW seq=0 ack=1 mss=1000", true);	/* a reflection */
	answer("S.E seq=0 ack=1 mss=1000", false);	/* nobody asked */
}

static void a_plain_syn_gets_a_plain_answer(void)
{
	static const char *const syns[] = { "S seq=0", "SE seq=0", "SW seq=0" };

	for (size_t i = 0; i < 3; i++) {
		struct lab lab;

		lab_init(&lab);
		lab.cfg.use_ecn = true;
		open_passive(&lab);
		rx(&lab, syns[i]);
		want_state(&lab, TC_ST_SYN_RECEIVED);
		want_tx(&lab, "S. seq=0 ack=1");
	}
}

static void a_syn_that_nobody_answers_asks_no_more(void)
{
	struct lab lab;

	lab_init(&lab);
	lab.cfg.use_ecn = true;
	open_active(&lab);
	want_tx(&lab, "SEW seq=0");
	at_ms(&lab, 1000);
	want_tx(&lab, "S seq=0");
	rx(&lab, "S.E seq=0 ack=1 mss=1000");
	want_tx(&lab, ". seq=1 ack=1");
	CHECK(!lab.tcb.ecn_ok);
	/* and who was asked twice, the second time without, believes that */
	lab_init(&lab);
	lab.cfg.use_ecn = true;
	open_passive(&lab);
	rx(&lab, "SEW seq=0");
	lab_forget(&lab);
	rx(&lab, "S seq=0");
	want_note(&lab, "SYN,ACK again");
	want_tx(&lab, "S. seq=0 ack=1");
	CHECK(!lab.tcb.ecn_ok);
}

static uint8_t ecn_of(const struct lab *lab)
{
	for (unsigned i = 0; i < lab->n; i++)
		if (lab->log[i].type == TC_ACT_SEND)
			return lab->log[i].send.seg.ecn;
	return 255;
}

static void new_text_is_capable_and_nothing_else(void)
{
	struct lab lab;

	agreed(&lab);
	user_send(&lab, 100);
	CHECK_U64(ecn_of(&lab), TC_ECN_ECT0);
	want_tx(&lab, "P. seq=1 len=100");
	at_ms(&lab, 200);
	CHECK_U64(ecn_of(&lab), TC_ECN_NOT);	/* again */
	want_tx(&lab, "P. seq=1 len=100");
	rx(&lab, "P. seq=1 ack=101 len=10 win=0");
	want_deliver(&lab, 1, 10);
	CHECK_U64(ecn_of(&lab), TC_ECN_NOT);	/* an ACK alone */
	lab_forget(&lab);
	user_send(&lab, 100);
	at_ms(&lab, 1200);
	CHECK_U64(ecn_of(&lab), TC_ECN_NOT);	/* a probe */
	lab_forget(&lab);
}

static void a_mark_is_echoed_until_cwr_comes(void)
{
	struct lab lab;

	agreed(&lab);
	rx(&lab, "P. seq=1 ack=1 len=10 ce");
	want_deliver(&lab, 1, 10);
	want_tx(&lab, ".E seq=1 ack=11");
	rx(&lab, "P. seq=11 ack=1 len=10");
	want_deliver(&lab, 11, 10);
	want_tx(&lab, ".E seq=1 ack=21");
	rx(&lab, "P.W seq=21 ack=1 len=10");
	want_deliver(&lab, 21, 10);
	want_tx(&lab, ". seq=1 ack=31");
	rx(&lab, "P.W seq=31 ack=1 len=10 ce");
	want_deliver(&lab, 31, 10);
	want_tx(&lab, ".E seq=1 ack=41");
	rx(&lab, ". seq=5000000 ack=1 len=10 ce");	/* outside: nothing is believed */
	lab_forget(&lab);
	rx(&lab, "P.W seq=41 ack=1 len=10");
	want_deliver(&lab, 41, 10);
	want_tx(&lab, ". seq=1 ack=51");
}

static void an_echo_halves_the_window_once_a_round_trip(void)
{
	struct lab lab;

	agreed(&lab);
	lab.tcb.cwnd = 10000;
	user_send(&lab, 30000);
	CHECK_U64(lab.tcb.snd_nxt - LAB_ISS - 1, 10000);
	lab_forget(&lab);
	rx(&lab, ".E seq=1 ack=1001");
	want_acked(&lab, 1001, 1000);
	want_note(&lab, "ECE");
	CHECK_U64(lab.tcb.cwnd, 4500);
	rx(&lab, ".E seq=1 ack=2001");		/* of what was sent before */
	want_acked(&lab, 2001, 1000);
	CHECK_U64(lab.tcb.cwnd, 4500);
	rx(&lab, ".E seq=1 ack=8001");
	want_acked(&lab, 8001, 6000);
	want_tx(&lab, ".W seq=10001 len=1000");	/* the peer hears it with the first new text */
	want_tx(&lab, ". seq=11001 len=1000");
	lab_forget(&lab);
	CHECK_U64(lab.tcb.cwnd, 4500);
	rx(&lab, ". seq=1 ack=10001");
	lab_forget(&lab);
	rx(&lab, ".E seq=1 ack=11001");		/* a new round, and a new mark */
	want_acked(&lab, 11001, 1000);
	want_note(&lab, "ECE");
	CHECK(lab.tcb.cwnd < 4500);
	lab_forget(&lab);
}

static void a_loss_is_told_by_cwr_too(void)
{
	struct lab lab;

	agreed(&lab);
	user_send(&lab, 2000);
	lab_forget(&lab);
	at_ms(&lab, 200);
	want_tx(&lab, ". seq=1 len=1000");	/* again: no CWR */
	rx(&lab, ". seq=1 ack=2001");
	lab_forget(&lab);
	user_send(&lab, 10);
	want_tx(&lab, "P.W seq=2001 len=10");
}

CU_TestInfo tests_ecn[] = {
	{ "it is asked for and agreed", it_is_asked_for_and_agreed },
	{ "where it is only asked for it does not ask",
	  where_it_is_only_asked_for_it_does_not_ask },
	{ "without the right answer it is not used", without_the_right_answer_it_is_not_used },
	{ "a plain SYN gets a plain answer", a_plain_syn_gets_a_plain_answer },
	{ "a SYN that nobody answers asks no more", a_syn_that_nobody_answers_asks_no_more },
	{ "new text is capable, and nothing else", new_text_is_capable_and_nothing_else },
	{ "a mark is echoed until CWR comes", a_mark_is_echoed_until_cwr_comes },
	{ "an echo halves the window once a round trip",
	  an_echo_halves_the_window_once_a_round_trip },
	{ "a loss is told by CWR, too", a_loss_is_told_by_cwr_too },
	CU_TEST_INFO_NULL,
};
