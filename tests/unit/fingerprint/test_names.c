/* SPDX-License-Identifier: BSD-2-Clause */
/* Names by lines, from a data base of few systems. */
#include "check.h"

#include "fingerprint/nmap.h"

#include <stdlib.h>

static const char base[] =
	"# made for this test\n"
	"MatchPoints\n"
	"SEQ(SP=25%GCD=75%TI=100)\n"
	"T1(R=100%DF=20%T=15%TG=15%S=20%O=400)\n"
	"T2(R=80)\n"
	"\n"
	"Fingerprint Half\n"
	"SEQ(SP=0-5%GCD=1%TI=I)\n"
	"T1(R=Y%DF=N%T=3B-45%S=O)\n"
	"\n"
	"Fingerprint Whole\n"
	"Class A | B | C | D\n"
	"SEQ(SP=F0-110%GCD=1-6|>FF%TI=Z|RD)\n"
	"T1(R=Y%DF=Y%T=3B-45%TG=40%S=O|Z)\n"
	"T2(R=N)\n"
	"\n"
	"Fingerprint Nearly\n"
	"SEQ(SP=F0-110%GCD=1%TI=Z)\n"
	"T1(R=Y%DF=N%T=<80%S=O)\n"
	"\n"
	"Fingerprint Nearly\n"
	"SEQ(SP=F0-110%GCD=1%TI=Z)\n"
	"T1(R=Y%DF=N%T=<80%S=Z)\n"
	"\n"
	"Fingerprint Brackets\n"
	"SEQ(SP=1)\n"
	"T1(R=Y%O=M[>500]ST11W[1-5|A]|M[<100])\n"
	"\n"
	"Fingerprint Says nothing\n";

static unsigned ask(const char *seq, const char *t1, size_t n, struct tc_nmap_name best[3])
{
	struct tc_buf lines[TC_NMAP_LINES] = { { 0 } };
	char *text = malloc(n + 1);
	unsigned found;

	memcpy(text, base, n);
	tc_buf_text(&lines[0], seq);
	tc_buf_text(&lines[4], t1);
	tc_buf_text(&lines[5], "T2(R=N)");
	found = tc_nmap_nearest(text, n, lines, best, 3);
	for (unsigned i = 0; i < TC_NMAP_LINES; i++)
		tc_buf_free(&lines[i]);
	free(text);
	return found;
}

static void points_are_those_of_the_base(void)
{
	struct tc_nmap_name best[3];

	CHECK_U64(ask("SEQ(SP=104%GCD=1%TI=Z)", "T1(R=Y%DF=Y%T=40%S=O%Q=)", sizeof base - 1, best), 2);
	CHECK_STR(best[0].name, "Whole");
	CHECK_U64((unsigned)best[0].percent, 100);
	CHECK_STR(best[1].name, "Nearly");	/* without DF: 335 of 355, T2 is not said */
	CHECK_U64((unsigned)(best[1].percent * 10), 943);
}

static void values_are_ranges_and_bounds(void)
{
	struct tc_nmap_name best[3];

	CHECK_U64(ask("SEQ(SP=104%GCD=7%TI=Z)", "T1(R=Y%DF=Y%T=40%S=Z)", sizeof base - 1, best), 0);
	CHECK_U64(ask("SEQ(SP=104%GCD=100%TI=RD)", "T1(R=Y%DF=Y%T=45%S=Z)", sizeof base - 1, best), 1);
	CHECK_U64((unsigned)best[0].percent, 100);
	CHECK_U64(ask("SEQ(SP=104%GCD=6%TI=Z)", "T1(R=Y%DF=Y%T=46%S=Z)", sizeof base - 1, best), 1);
	CHECK_U64((unsigned)best[0].percent, 96);	/* 420 of 435 */
}

/* Of a system's many prints the best counts: no other loses its place to them. */
static void a_name_comes_once(void)
{
	struct tc_nmap_name best[3];

	CHECK_U64(ask("SEQ(SP=104%GCD=1%TI=Z)", "T1(R=Y%DF=N%T=40%S=Z)", sizeof base - 1, best), 2);
	CHECK_STR(best[0].name, "Nearly");
	CHECK_U64((unsigned)best[0].percent, 100);
	CHECK_STR(best[1].name, "Whole");
}

static void numbers_stand_in_brackets(void)
{
	static const struct { const char *options; bool is; } all[] = {
		{ "M5B4ST11W4", true }, { "M5B4ST11WA", true }, { "M501ST11W1", true },
		{ "MFF", true }, { "M500ST11W4", false }, { "M5B4ST11W6", false },
		{ "M5B4ST11W4N", false }, { "M5B4ST11W", false }, { "MST11W4", false },
		{ "M5B4ST10W4", false }, { "M5B4ST11", false }, { "M100", false }, { "", false },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct tc_nmap_name best[3];
		char t1[64];
		bool is;

		snprintf(t1, sizeof t1, "T1(R=Y%%O=%s)", all[i].options);
		is = ask("SEQ(SP=1)", t1, sizeof base - 1, best) > 0;
		for (unsigned n = 0; n < 3 && is; n++)
			if (strcmp(best[n].name, "Brackets") == 0)
				break;
			else if (n == 2)
				is = false;
		CHECK(is == all[i].is);
	}
}

static void any_part_of_a_base_is_sound(void)
{
	struct tc_nmap_name best[3];

	for (size_t n = 0; n < sizeof base; n++)
		CHECK(ask("SEQ(SP=104%GCD=1%TI=Z)", "T1(R=Y%DF=Y%T=40%S=O%Q=)", n, best) <= 3);
	CHECK(ask("SEQ", "T1(", sizeof base - 1, best) <= 3);
	CHECK(ask("", "T1()", sizeof base - 1, best) <= 3);
	for (size_t n = 0; n < sizeof base; n++)
		CHECK(ask("SEQ(SP=1)", "T1(R=Y%O=M5B4ST11W4)", n, best) <= 3);
}

CU_TestInfo tests_names[] = {
	{ "points are those of the data base", points_are_those_of_the_base },
	{ "values are ranges and bounds", values_are_ranges_and_bounds },
	{ "a name comes once", a_name_comes_once },
	{ "numbers stand in brackets", numbers_stand_in_brackets },
	{ "any part of a data base is sound", any_part_of_a_base_is_sound },
	CU_TEST_INFO_NULL,
};
