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

CU_TestInfo tests_pace[] = {
	{ "other hosts are spared, unless the user says a rate", other_hosts_are_spared },
	CU_TEST_INFO_NULL,
};
