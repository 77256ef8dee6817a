/* SPDX-License-Identifier: BSD-2-Clause */
#include "check.h"

#include "wire/icmp.h"

/* RFC 792: unreachable, quench, redirect, exceeded and parameter problem; of all 256. */
static void errors_quote_and_queries_do_not(void)
{
	for (unsigned type = 0; type < 256; type++) {
		bool quotes = type == 3 || type == 4 || type == 5 || type == 11 || type == 12;

		CHECK(tc_icmp_quotes(4, (uint8_t)type) == quotes);
	}
}

/* RFC 1122 4.2.3.9: unreachable 0, 1, 5 soft, 2 to 4 hard, of which RFC 1191 takes 4;
 * time exceeded and parameter problem soft. */
static void hard_soft_and_too_big(void)
{
	static const uint8_t soft[][2] = { { 3, 0 }, { 3, 1 }, { 3, 5 }, { 11, 0 }, { 11, 1 },
					   { 12, 0 } };

	for (size_t i = 0; i < sizeof soft / sizeof *soft; i++)
		CHECK(tc_icmp_find(4, soft[i][0], soft[i][1])->class == TC_ICMP_SOFT);
	CHECK(tc_icmp_find(4, 3, 2)->class == TC_ICMP_HARD);
	CHECK(tc_icmp_find(4, 3, 3)->class == TC_ICMP_HARD);
	CHECK(tc_icmp_find(4, 3, 4)->class == TC_ICMP_TOO_BIG);
	CHECK(tc_icmp_find(4, 4, 0)->class == TC_ICMP_UNUSED);
	CHECK(tc_icmp_find(4, 3, 16) == NULL && tc_icmp_find(4, 8, 0) == NULL);
}

/* A code that no RFC knows shuts the way, too; one that asks for less does not. */
static void what_shuts_the_way(void)
{
	for (unsigned code = 0; code < 256; code++) {
		CHECK(tc_icmp_is_too_big(4, 3, (uint8_t)code) == (code == 4));
		CHECK(tc_icmp_is_unreachable(4, 3, (uint8_t)code) == (code != 4));
		CHECK(!tc_icmp_is_too_big(4, 11, (uint8_t)code));
		CHECK(!tc_icmp_is_unreachable(4, 11, (uint8_t)code));
	}
}

static void always_words(void)
{
	CHECK_STR(tc_icmp_words(4, 3, 3), "port unreachable");
	CHECK_STR(tc_icmp_find(4, 3, 3)->note, "ICMP: port unreachable");
	CHECK_STR(tc_icmp_words(4, 3, 13), "communication administratively prohibited");
	CHECK_STR(tc_icmp_words(4, 11, 0), "time to live exceeded");
	CHECK_STR(tc_icmp_words(4, 11, 1), "fragment reassembly time exceeded");
	CHECK_STR(tc_icmp_words(4, 3, 200), "unreachable");
	CHECK_STR(tc_icmp_words(4, 11, 7), "time-exceeded");
	CHECK_STR(tc_icmp_words(4, 77, 0), "error");
}

static void codes_of_a_type(void)
{
	const struct tc_icmp_row *row = NULL;
	unsigned n = 0;

	while ((row = tc_icmp_next(4, 3, row)) != NULL)
		CHECK(row->code == n++ && row->name);
	CHECK(n == 16);		/* RFC 1812 5.2.7.1: 0 to 15 */
	CHECK_STR(tc_icmp_find(4, 3, 4)->name, "frag_needed");
}

CU_TestInfo tests_icmp[] = {
	{ "errors quote and queries do not", errors_quote_and_queries_do_not },
	{ "hard, soft and too big", hard_soft_and_too_big },
	{ "what shuts the way", what_shuts_the_way },
	{ "there are always words", always_words },
	{ "the codes of a type", codes_of_a_type },
	CU_TEST_INFO_NULL,
};
