/* SPDX-License-Identifier: BSD-2-Clause */
#include "check.h"

#include <tcpcraft/rng.h>
#include <tcpcraft/segment.h>

/* Pairs a, b where b is a little later, also over the end of the number space. */
static const tc_seq later[][2] = {
	{ 0, 1 }, { 0xffffffff, 0 }, { 0xfffffff0, 0x10 }, { 0x7fffffff, 0x80000000 },
	{ 0x80000000, 0xffffffff }, { 1, 0x80000000 }, { 0xc0000000, 0x3fffffff },
};

static void later_is_greater(void)
{
	for (size_t i = 0; i < sizeof later / sizeof later[0]; i++) {
		tc_seq a = later[i][0], b = later[i][1];

		CHECK(tc_seq_lt(a, b) && !tc_seq_lt(b, a) && !tc_seq_lt(a, a));
		CHECK(tc_seq_leq(a, b) && !tc_seq_leq(b, a) && tc_seq_leq(a, a));
		CHECK(tc_seq_gt(b, a) && !tc_seq_gt(a, b) && !tc_seq_gt(b, b));
		CHECK(tc_seq_geq(b, a) && !tc_seq_geq(a, b) && tc_seq_geq(b, b));
		CHECK_U64(tc_seq_max(a, b), b);
		CHECK_U64(tc_seq_max(b, a), b);
		CHECK_U64(tc_seq_min(a, b), a);
		CHECK_U64(tc_seq_min(b, a), a);
	}
}

static void windows_wrap(void)
{
	CHECK(tc_seq_in(0xfffffff0, 0xfffffff0, 0x20));
	CHECK(tc_seq_in(0, 0xfffffff0, 0x20));
	CHECK(tc_seq_in(0x0f, 0xfffffff0, 0x20));
	CHECK(!tc_seq_in(0x10, 0xfffffff0, 0x20));
	CHECK(!tc_seq_in(0xffffffef, 0xfffffff0, 0x20));
	CHECK(!tc_seq_in(5, 5, 0));
}

/* The order must not depend on where in the number space a connection lies. */
static void order_survives_any_shift(void)
{
	const uint64_t seed = 2018;
	struct tc_rng r;

	tc_rng_seed(&r, seed);
	for (int i = 0; i < 10000; i++) {
		uint32_t shift = (uint32_t)tc_rng_u64(&r);
		uint32_t d = (uint32_t)tc_rng_below(&r, 0x7fffffff) + 1;

		if (!tc_seq_lt(shift, shift + d) || tc_seq_lt(shift + d, shift) ||
		    !tc_seq_in(shift + d - 1, shift, d) || tc_seq_in(shift + d, shift, d)) {
			CHECK_U64(shift, d);
			printf("# seed %" PRIu64 " round %d\n", seed, i);
			return;
		}
	}
}

/* RFC 9293 3.4: SYN and FIN take a number each. */
static void syn_and_fin_count(void)
{
	struct tc_seg s = { .len = 10 };

	CHECK_U64(tc_seg_seq_len(&s), 10);
	s.flags = TC_FLAG_SYN;
	CHECK_U64(tc_seg_seq_len(&s), 11);
	s.flags = TC_FLAG_SYN | TC_FLAG_FIN | TC_FLAG_ACK | TC_FLAG_PSH | TC_FLAG_URG;
	CHECK_U64(tc_seg_seq_len(&s), 12);
}

CU_TestInfo tests_seq[] = {
	{ "a later sequence number is greater, also over the wrap", later_is_greater },
	{ "a window that wraps holds what is in it and nothing else", windows_wrap },
	{ "the order does not depend on the place in the number space",
	  order_survives_any_shift },
	{ "SYN and FIN take a sequence number each", syn_and_fin_count },
	CU_TEST_INFO_NULL
};
