/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP errors about a connection (RFC 9293 3.9.2.2), which come as unasked as a timer. */
#include "tcp_lab.h"

#define icmp(lab, t, c, m, rel) \
	event(lab, .type = TC_EV_ICMP, \
	      .icmp = { .family = 4, .type = (t), .code = (c), .mtu = (m), .seq = LAB_ISS + (rel) })

static void a_hard_icmp_error_ends_an_open_attempt(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_SYN_SENT);
	icmp(&lab, 3, 3, 0, 1);		/* RFC 5927 4.1: nothing was sent with that number */
	want_nothing(&lab);
	icmp(&lab, 3, 3, 0, 0);
	want_notify(&lab, TC_NOTIFY_UNREACHABLE);
	want_state(&lab, TC_ST_CLOSED);
	want_nothing(&lab);
}

static void icmp_errors_do_not_end_a_connection(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	user_send(&lab, 100);
	want_tx(&lab, "P. seq=1 len=100");
	icmp(&lab, 3, 1, 0, 1);
	want_notify(&lab, TC_NOTIFY_SOFT_ERROR);
	icmp(&lab, 3, 3, 0, 1);
	want_notify(&lab, TC_NOTIFY_SOFT_ERROR);
	icmp(&lab, 11, 0, 0, 1);
	want_notify(&lab, TC_NOTIFY_SOFT_ERROR);
	CHECK_U64(lab.tcb.state, TC_ST_ESTABLISHED);
	want_nothing(&lab);
}

static void blind_icmp_and_source_quench_are_ignored(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_SYN_SENT);
	icmp(&lab, 3, 3, 0, 777);
	want_note(&lab, "nothing that is outstanding");
	icmp(&lab, 4, 0, 0, 0);
	want_note(&lab, "no use");
	CHECK(!lab_has(&lab, TC_ACT_NOTIFY));
	CHECK_U64(lab.tcb.state, TC_ST_SYN_SENT);
	want_nothing(&lab);
}

/* RFC 8201 4: every path of IPv6 carries 1280 bytes. */
static void a_path_too_narrow_for_ipv6_is_not_believed(void)
{
	static const uint16_t mtu[] = { 0, 68, 840, 1279 };
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	user_send(&lab, 1000);
	want_tx(&lab, "P. seq=1 len=1000");
	for (size_t i = 0; i < sizeof mtu / sizeof *mtu; i++) {
		event(&lab, .type = TC_EV_ICMP, .icmp = { .family = 6, .type = 2, .mtu = mtu[i],
							  .seq = LAB_ISS + 1 });
		want_note(&lab, "no IPv6 has");
		want_nothing(&lab);
	}
}

static void a_narrow_path_makes_smaller_segments(void)
{
	struct lab lab;

	lab_in(&lab, TC_ST_ESTABLISHED);
	user_send(&lab, 2000);
	want_tx(&lab, ". seq=1 len=1000");
	want_tx(&lab, "P. seq=1001 len=1000");
	icmp(&lab, 3, 4, 840, 1);
	want_note(&lab, "smaller segments");
	want_tx(&lab, ". seq=1 len=800");
	want_tx(&lab, ". seq=801 len=800");
	want_tx(&lab, "P. seq=1601 len=400");
	icmp(&lab, 3, 4, 840, 1001);		/* the second segment's */
	want_nothing(&lab);
	icmp(&lab, 3, 4, 1500, 1);		/* never larger */
	want_nothing(&lab);
	CHECK_U64(lab.tcb.path_mss, 800);
	rx(&lab, ". seq=1 ack=2001");
	user_send(&lab, 900);
	lab_forget(&lab);
	icmp(&lab, 3, 4, 0, 2001);		/* a router that does not say: RFC 1191 */
	CHECK_U64(lab.tcb.path_mss, 508 - 40);
	lab_forget(&lab);
	icmp(&lab, 3, 4, 20, 2001);		/* no path is that narrow: RFC 791 */
	CHECK_U64(lab.tcb.path_mss, 68 - 40);
	lab_forget(&lab);
}

CU_TestInfo tests_icmp_errors[] = {
	{ "a hard ICMP error ends an open attempt", a_hard_icmp_error_ends_an_open_attempt },
	{ "ICMP errors do not end a connection", icmp_errors_do_not_end_a_connection },
	{ "blind ICMP and source quench are ignored",
	  blind_icmp_and_source_quench_are_ignored },
	{ "a narrow path makes smaller segments", a_narrow_path_makes_smaller_segments },
	{ "a path too narrow for IPv6 is not believed", a_path_too_narrow_for_ipv6_is_not_believed },
	CU_TEST_INFO_NULL,
};
