/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes that are remembered, against the same bytes in one piece. */
#include "check.h"

#include "analysis/seen.h"

#include <tcpcraft/rng.h>

#include <string.h>

#define STREAM 40000u
#define KEPT 16384u	/* of them, the last: SEEN_MOST of seen.c */
#define CHUNK_MOST 3000u
#define STREAMS 40u

static uint8_t stream[STREAM];

/* A range of what came is taken in again: as it was, and with one byte changed. */
static void again(struct tc_seen **s, tc_seq first, uint32_t at, uint32_t n, bool is_kept)
{
	static uint8_t copy[CHUNK_MOST];

	CHECK(!tc_seen_take(s, first + at, stream + at, n));
	memcpy(copy, stream + at, n);
	copy[(at + n / 3) % n] ^= 1;
	CHECK(tc_seen_take(s, first + at, copy, n) == is_kept);
}

/* In order, and behind each piece a range of what is kept, and one of what no longer is. */
static void one_stream(struct tc_rng *rng, tc_seq first)
{
	struct tc_seen *s = NULL;
	uint32_t total = 0, n, kept, size, at;

	for (; total < STREAM - CHUNK_MOST; total += n) {
		n = 1 + (uint32_t)tc_rng_below(rng, CHUNK_MOST);
		CHECK(!tc_seen_take(&s, first + total, stream + total, n));
		kept = total + n < KEPT ? total + n : KEPT;
		size = kept < CHUNK_MOST ? kept : CHUNK_MOST;
		size = 1 + (uint32_t)tc_rng_below(rng, size);
		at = total + n - kept + (uint32_t)tc_rng_below(rng, kept - size + 1);
		again(&s, first, at, size, true);
		again(&s, first, total + n - size, size, true);
		if (total + n > kept + CHUNK_MOST)
			again(&s, first, total + n - kept - size, size, false);
	}
	tc_seen_free(s);
}

static void test_kept(void)
{
	struct tc_rng rng;

	tc_rng_seed(&rng, 7);
	for (uint32_t i = 0; i < STREAM; i++)
		stream[i] = (uint8_t)tc_rng_u64(&rng);
	for (unsigned i = 0; i < STREAMS; i++)
		one_stream(&rng, i % 2 ? (tc_seq)tc_rng_u64(&rng) : UINT32_MAX - i * 900);
}

/* As a card that merges what it receives hands over: more at once than is kept. */
static void test_large(void)
{
	const tc_seq first = UINT32_MAX - 20000;
	struct tc_seen *s = NULL;

	CHECK(!tc_seen_take(&s, first, stream, 10000));
	CHECK(!tc_seen_take(&s, first + 10000, stream + 10000, KEPT + 5000));
	again(&s, first, 10000 + 5000, CHUNK_MOST, true);
	again(&s, first, 10000 + KEPT + 5000 - CHUNK_MOST, CHUNK_MOST, true);
	again(&s, first, 10000 + 5000 - CHUNK_MOST, CHUNK_MOST, false);
	tc_seen_free(s);
}

static void test_gap(void)
{
	static const uint8_t other[4] = { 9, 9, 9, 9 };
	struct tc_seen *s = NULL;

	CHECK(!tc_seen_take(&s, 100, stream, 50));
	CHECK(!tc_seen_take(&s, 200, stream, 50));	/* behind a gap */
	CHECK(!tc_seen_take(&s, 100, other, sizeof other));
	CHECK(tc_seen_take(&s, 210, other, sizeof other));
	CHECK(!tc_seen_take(&s, 210, stream + 10, 4));	/* what was there first stays */
	tc_seen_free(s);
}

CU_TestInfo tests_seen[] = {
	{ "the last bytes of a stream are known again, wherever its numbers wrap", test_kept },
	{ "more at once than is kept", test_large },
	{ "what lies before a gap is forgotten; what was there first stays", test_gap },
	CU_TEST_INFO_NULL
};
