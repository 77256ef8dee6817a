/* SPDX-License-Identifier: BSD-2-Clause */
#include "check.h"

#include "base/nearest.h"

static const char *const names[] = {
	"read-size", "backlog", "synack-retries", "retransmit", "persist", "keepalive",
	"options", "isn", "blind-attack", "overlap", "close", "path", "urgent", "paws",
	"syn-data", "reserved-bits", "bad-checksum", "zero-window",
};

static const char *nearest(const char *word)
{
	struct tc_nearest n = { .word = word };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		tc_nearest(&n, names[i]);
	return n.name ? n.name : "-";
}

static void slips_are_seen_through(void)
{
	CHECK_STR(nearest("optoins"), "options");
	CHECK_STR(nearest("option"), "options");
	CHECK_STR(nearest("optionss"), "options");
	CHECK_STR(nearest("pats"), "path");	/* and not paws, which is not nearer */
	CHECK_STR(nearest("perzizt"), "persist");
	CHECK_STR(nearest("sin"), "isn");
}

static void parts_are_enough(void)
{
	CHECK_STR(nearest("synack"), "synack-retries");
	CHECK_STR(nearest("checksum"), "bad-checksum");
	CHECK_STR(nearest("re"), "read-size");
	CHECK_STR(nearest("tcp-options"), "options");
	CHECK_STR(nearest("retransmission"), "retransmit");
}

static void case_and_hyphens_do_not_count(void)
{
	CHECK_STR(nearest("Keep-Alive"), "keepalive");
	CHECK_STR(nearest("zero_window"), "zero-window");
	CHECK_STR(nearest("readsize"), "read-size");
}

static void what_is_far_is_not_named(void)
{
	char longest[300];

	CHECK_STR(nearest("frobnicate"), "-");
	CHECK_STR(nearest(""), "-");
	CHECK_STR(nearest("-"), "-");
	CHECK_STR(nearest("x"), "-");
	memset(longest, 'q', sizeof longest);
	longest[sizeof longest - 1] = 0;
	CHECK_STR(nearest(longest), "-");
}

CU_TestInfo tests_nearest[] = {
	{ "a slip or two are seen through", slips_are_seen_through },
	{ "the beginning or a part of a name is enough", parts_are_enough },
	{ "case, hyphens and underscores do not count", case_and_hyphens_do_not_count },
	{ "what is not near is not named", what_is_far_is_not_named },
	CU_TEST_INFO_NULL
};
