/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 7413: a cookie asked for, brought, refused; data in a SYN, taken once. */
#include "tcp_lab.h"

static const struct tc_cookie none, okay = { 4, "okay" };

static void calls(struct lab *lab, const struct tc_cookie *cookie, uint32_t len)
{
	lab_init(lab);
	event(lab, .type = TC_EV_OPEN, .cookie = cookie,
	      .open = { .iss = LAB_ISS, .len = len, .peer_mss = 1000 });
}

/* What is to be kept: "" is "not again", "-" nothing. */
static void want_cookie(struct lab *lab, const char *text)
{
	const struct tc_action *a = NULL;

	for (unsigned i = 0; i < lab->n; i++)
		if (lab->log[i].type == TC_ACT_COOKIE)
			a = &lab->log[i];
	CHECK((a != NULL) == (strcmp(text, "-") != 0));
	if (!a)
		return;
	CHECK_U64(a->fastopen.cookie.n, strlen(text));
	CHECK(memcmp(a->fastopen.cookie.bytes, text, strlen(text)) == 0);
}

static void a_cookie_is_asked_for_and_kept(void)
{
	struct lab lab;

	calls(&lab, &none, 10);
	want_tx(&lab, "S seq=0 fo=");		/* its data is not in it */
	rx(&lab, "S. seq=0 ack=1 mss=900 fo=okay");
	want_note(&lab, "a cookie, kept");
	want_cookie(&lab, "okay");
	want_tx(&lab, ". seq=1 ack=1");
	want_tx(&lab, "P. seq=1 len=10");
	calls(&lab, &none, 0);
	want_tx(&lab, "S seq=0 fo=");
	rx(&lab, "S. seq=0 ack=1 mss=900");
	want_note(&lab, "no cookie");
	want_cookie(&lab, "-");
	want_tx(&lab, ". seq=1 ack=1");
}

static void data_goes_with_the_syn(void)
{
	struct lab lab;

	calls(&lab, &okay, 10);
	want_tx(&lab, "SP seq=0 len=10 fo=okay");
	rx(&lab, "S. seq=0 ack=11 mss=1000");
	want_note(&lab, "is taken");
	want_acked(&lab, 11, 10);
	want_cookie(&lab, "-");
	want_tx(&lab, ". seq=11 ack=1");
	want_nothing(&lab);
	CHECK_U64(lab.tcb.state, TC_ST_ESTABLISHED);
}

/* Of more than one segment with all options the rest follows. */
static void the_rest_follows(void)
{
	struct lab lab;

	calls(&lab, &okay, 1500);
	want_tx(&lab, "S seq=0 len=960 fo=okay");
	rx(&lab, "S. seq=0 ack=961 mss=1000");
	want_acked(&lab, 961, 960);
	want_tx(&lab, ". seq=961 ack=1");
	want_tx(&lab, "P. seq=961 len=540");
	lab_init(&lab);				/* of an MSS that is not known: RFC 7413 4.2.2 */
	event(&lab, .type = TC_EV_OPEN, .cookie = &okay, .open = { .iss = LAB_ISS, .len = 1500 });
	want_tx(&lab, "S seq=0 len=496 fo=okay");
}

static void what_is_not_acknowledged_goes_again_at_once(void)
{
	struct lab lab;

	calls(&lab, &okay, 10);
	want_tx(&lab, "SP seq=0 len=10 fo=okay");
	rx(&lab, "S. seq=0 ack=1 mss=1000 fo=evil");
	want_note(&lab, "not right");
	want_cookie(&lab, "evil");
	want_tx(&lab, "P. seq=1 ack=1 len=10");	/* it is the handshake's ACK */
	want_nothing(&lab);
	calls(&lab, &okay, 10);
	want_tx(&lab, "SP seq=0 len=10 fo=okay");
	rx(&lab, "S. seq=0 ack=1 mss=1000");
	want_note(&lab, "not taken");
	want_cookie(&lab, "");
	want_tx(&lab, "P. seq=1 ack=1 len=10");
	calls(&lab, &okay, 10);
	want_tx(&lab, "SP seq=0 len=10 fo=okay");
	rx(&lab, "S. seq=0 ack=5 mss=1000");	/* some of it is taken */
	want_acked(&lab, 5, 4);
	want_tx(&lab, "P. seq=5 ack=1 len=6");
}

static void a_lost_syn_goes_again_as_it_always_was(void)
{
	struct lab lab;

	calls(&lab, &okay, 10);
	want_tx(&lab, "SP seq=0 len=10 fo=okay");
	at_ms(&lab, 1000);
	want_note(&lab, "no answer");
	want_cookie(&lab, "");
	want_tx(&lab, "S seq=0");
	rx(&lab, "S. seq=0 ack=1 mss=1000 fo=evil");
	want_cookie(&lab, "-");
	want_tx(&lab, "P. seq=1 ack=1 len=10");
}

static void listens(struct lab *lab, const char *syn, bool right, const struct tc_cookie *give)
{
	struct tc_seg seg;

	lab_init(lab);
	open_passive(lab);
	lab_forget(lab);
	if (lab_parse(&seg, syn, false, AT))
		event(lab, .type = TC_EV_SEGMENT, .seg = &seg, .cookie = give, .cookie_right = right);
}

static void who_asks_is_given_a_cookie(void)
{
	struct lab lab;

	listens(&lab, "S seq=0 mss=1000 fo=", false, &okay);
	want_tx(&lab, "S. seq=0 ack=1 fo=okay");
	at_ms(&lab, 1000);
	want_tx(&lab, "S. seq=0 ack=1");	/* again without (RFC 7413 4.2.2) */
	listens(&lab, "S seq=0 mss=1000", false, NULL);
	want_tx(&lab, "S. seq=0 ack=1");
}

static void data_without_the_right_cookie_waits(void)
{
	struct lab lab;

	listens(&lab, "S seq=0 len=10 mss=1000 fo=evil", false, &okay);
	want_note(&lab, "wrong cookie");
	want_tx(&lab, "S. seq=0 ack=1 fo=okay");
	CHECK(!lab_has(&lab, TC_ACT_DELIVER) && !lab_has(&lab, TC_ACT_NOTIFY));
	user_send(&lab, 10);
	want_nothing(&lab);
	rx(&lab, ". seq=1 ack=1");
	want_notify(&lab, TC_NOTIFY_CONNECTED);
}

static void taken(struct lab *lab)
{
	listens(lab, "S seq=0 len=10 mss=1000 fo=okay", true, NULL);
	want_state(lab, TC_ST_SYN_RECEIVED);
	want_notify(lab, TC_NOTIFY_CONNECTED);
	want_deliver(lab, 1, 10);
	want_tx(lab, "S. seq=0 ack=11");
}

static void data_with_the_right_cookie_is_taken_and_answered(void)
{
	struct lab lab;

	taken(&lab);
	lab.cfg.nagle = true;		/* nothing of ours is in flight but the SYN */
	user_send(&lab, 20);
	want_tx(&lab, "P. seq=1 ack=11 len=20");
	rx(&lab, ". seq=11 ack=21");
	want_state(&lab, TC_ST_ESTABLISHED);
	want_acked(&lab, 21, 20);
	CHECK(!lab_has(&lab, TC_ACT_NOTIFY));	/* the user was told before */
	rx(&lab, "P. seq=11 ack=21 len=5");
	want_deliver(&lab, 11, 5);
	want_tx(&lab, ". seq=21 ack=16");
}

static void a_copy_of_the_syn_delivers_nothing(void)
{
	struct lab lab;

	taken(&lab);
	rx(&lab, "S seq=0 len=10 mss=1000 fo=okay");
	CHECK(!lab_has(&lab, TC_ACT_DELIVER));
	want_tx(&lab, "S. seq=0 ack=11");
	rx(&lab, ". seq=11 ack=1");
	want_state(&lab, TC_ST_ESTABLISHED);
	rx(&lab, "S seq=0 len=10 mss=1000 fo=okay");
	CHECK(!lab_has(&lab, TC_ACT_DELIVER));
	want_tx(&lab, ". seq=1 ack=11");	/* challenged */
}

/* A user who was told of the connection is told of its end; it is no half-open one. */
static void a_reset_is_told(void)
{
	struct lab lab;

	taken(&lab);
	rx(&lab, "R seq=11");
	want_notify(&lab, TC_NOTIFY_RESET);
	want_state(&lab, TC_ST_CLOSED);
	taken(&lab);
	rx(&lab, "S seq=12");			/* another one: RFC 5961 4 */
	want_tx(&lab, ". seq=1 ack=11");
	CHECK_U64(lab.tcb.state, TC_ST_SYN_RECEIVED);
}

/* The FIN waits for ESTABLISHED (RFC 9293 3.10.4), so that its ACK finds it in FIN-WAIT-1. */
static void a_close_waits_for_the_handshake(void)
{
	struct lab lab;

	taken(&lab);
	user_send(&lab, 20);
	want_tx(&lab, "P. seq=1 ack=11 len=20");
	user_close(&lab);
	want_nothing(&lab);
	rx(&lab, ". seq=11 ack=21");
	want_state(&lab, TC_ST_ESTABLISHED);
	want_state(&lab, TC_ST_FIN_WAIT_1);
	want_tx(&lab, "F. seq=21 ack=11");
	rx(&lab, ". seq=11 ack=22");
	want_state(&lab, TC_ST_FIN_WAIT_2);
}

CU_TestInfo tests_fastopen[] = {
	{ "a cookie is asked for and kept", a_cookie_is_asked_for_and_kept },
	{ "data goes with the SYN", data_goes_with_the_syn },
	{ "the rest follows", the_rest_follows },
	{ "what is not acknowledged goes again at once",
	  what_is_not_acknowledged_goes_again_at_once },
	{ "a lost SYN goes again as it always was", a_lost_syn_goes_again_as_it_always_was },
	{ "who asks is given a cookie", who_asks_is_given_a_cookie },
	{ "data without the right cookie waits", data_without_the_right_cookie_waits },
	{ "data with the right cookie is taken and answered",
	  data_with_the_right_cookie_is_taken_and_answered },
	{ "a copy of the SYN delivers nothing", a_copy_of_the_syn_delivers_nothing },
	{ "a reset is told", a_reset_is_told },
	{ "a close waits for the handshake", a_close_waits_for_the_handshake },
	CU_TEST_INFO_NULL,
};
