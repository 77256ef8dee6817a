/* SPDX-License-Identifier: BSD-2-Clause */
#include "check.h"

#include "base/pace.h"

/* In thousandths: doubles that are whole numbers there. */
static unsigned chosen(double given, bool on_this_host, double usual)
{
	return (unsigned)(tc_pace_choose(given, on_this_host, usual) * 1000);
}

static void other_hosts_are_spared(void)
{
	CHECK_U64(chosen(0, true, TC_OFF_HOST_PACKETS), 0);
	CHECK_U64(chosen(0, false, TC_OFF_HOST_PACKETS), 100000);
	CHECK_U64(chosen(0, false, TC_OFF_HOST_CONNECTIONS), 20000);
	CHECK_U64(chosen(5, false, TC_OFF_HOST_PACKETS), 5000);
	CHECK_U64(chosen(5000, false, TC_OFF_HOST_PACKETS), 5000000);
	CHECK_U64(chosen(5000, true, TC_OFF_HOST_PACKETS), 5000000);
}

/* 100 a second: one each 10 ms. */
static void each_has_its_turn(void)
{
	struct tc_pace p = { .rate = 100, .behind = 50 * TC_MS };

	CHECK_U64(tc_pace_may(&p, TC_S, 10), 1);
	p.gone++;
	CHECK_U64(tc_pace_next(&p), TC_S + 10 * TC_MS);
	CHECK_U64(tc_pace_may(&p, TC_S + 9 * TC_MS, 10), 0);
	CHECK_U64(tc_pace_may(&p, TC_S + 10 * TC_MS, 10), 1);
	p.rate = 0;
	CHECK_U64(tc_pace_may(&p, TC_S, 10), 10);
	CHECK_U64(tc_pace_next(&p), 0);
}

static void who_is_late_makes_up_for_so_much(void)
{
	struct tc_pace p = { .rate = 100, .behind = 50 * TC_MS };

	tc_pace_may(&p, TC_S, 10);
	p.gone = 1;
	CHECK_U64(tc_pace_may(&p, TC_S + 45 * TC_MS, 10), 4);
	CHECK_U64(tc_pace_may(&p, TC_S + 45 * TC_MS, 3), 3);
	CHECK_U64(tc_pace_may(&p, TC_S + 61 * TC_MS, 10), 1);	/* all that is lost */
	p.gone++;
	CHECK_U64(tc_pace_next(&p), TC_S + 71 * TC_MS);
	p.behind = TC_PACE_ALL;
	CHECK_U64(tc_pace_may(&p, 2 * TC_S + 71 * TC_MS, 1000), 101);
}

static void at_once_as_the_rate_is_for(void)
{
	CHECK_U64(tc_pace_at_once(0, 8), 8);
	CHECK_U64(tc_pace_at_once(0.5, 8), 1);
	CHECK_U64(tc_pace_at_once(39, 8), 1);
	CHECK_U64(tc_pace_at_once(TC_OFF_HOST_PACKETS, 8), 5);
	CHECK_U64(tc_pace_at_once(160, 8), 8);
	CHECK_U64(tc_pace_at_once(1e9, 8), 8);
}

CU_TestInfo tests_pace[] = {
	{ "as many go on at once as the rate is for", at_once_as_the_rate_is_for },
	{ "other hosts are spared, unless the user says a rate", other_hosts_are_spared },
	{ "each has its turn at a rate", each_has_its_turn },
	{ "who is late makes up for so much", who_is_late_makes_up_for_so_much },
	CU_TEST_INFO_NULL,
};
