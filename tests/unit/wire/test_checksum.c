/* SPDX-License-Identifier: BSD-2-Clause */
#include "check.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/checksum.h>
#include <tcpcraft/rng.h>

#include <stdlib.h>

#define SPACE (70 * 1024)

static const uint8_t ip_header[20] = {
	0x45, 0x00, 0x00, 0x40, 0x96, 0xda, 0x40, 0x00, 0x40, 0x06,
	0x00, 0x00, 0xc0, 0xa8, 0x01, 0x68, 0xd0, 0x45, 0x24, 0xe6,
};

/* RFC 1071 section 4.1, with the carries kept in 64 bits. */
static uint16_t naive_sum(const uint8_t *p, size_t n, uint16_t start)
{
	uint64_t s = start;

	for (; n > 1; p += 2, n -= 2)
		s += (uint64_t)p[0] << 8 | p[1];
	if (n)
		s += (uint64_t)p[0] << 8;
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)s;
}

static void known_vector(void)
{
	CHECK_U64(tc_checksum(ip_header, sizeof ip_header), 0xeca1);
	CHECK_U64(tc_checksum("", 0), 0xffff);
	CHECK_U64(tc_checksum(NULL, 0), 0xffff);
	CHECK_U64(tc_checksum("\x01", 1), (uint16_t)~0x0100);
	/* RFC 1071 section 3 */
	CHECK_U64(tc_checksum_sum("\x00\x01\xf2\x03\xf4\xf5\xf6\xf7", 8, 0), 0xddf2);
}

static void both_equal(const uint8_t *p, size_t n, uint16_t start)
{
	uint16_t want = naive_sum(p, n, start);
	char what[96];

	snprintf(what, sizeof what, "sum of %zu bytes at +%u from 0x%04x", n,
		 (unsigned)((uintptr_t)p % 64), start);
	check_u64(tc_checksum_sum(p, n, start), want, what, __LINE__, __FILE__);
	check_u64(tc_checksum_sum_portable(p, n, start), want, what, __LINE__, __FILE__);
}

static void every_size_and_alignment(void)
{
	uint8_t *p = aligned_alloc(64, SPACE);
	struct tc_rng r;

	tc_rng_seed(&r, 1071);
	tc_rng_bytes(&r, p, SPACE);
	for (size_t n = 0; n < 300; n++)
		for (size_t off = 0; off < 33; off += 1 + n % 4)
			both_equal(p + off, n, (uint16_t)tc_rng_u64(&r));
	for (unsigned i = 0; i < 200; i++)
		both_equal(p + tc_rng_below(&r, 64), tc_rng_below(&r, SPACE - 64),
			   (uint16_t)tc_rng_u64(&r));
	free(p);
}

static void carries_are_never_lost(void)
{
	static const uint8_t words[] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0x00, 0x07, 0xff, 0xff,
	};
	uint8_t *p = malloc(SPACE);

	both_equal(words, sizeof words, 0);
	CHECK_U64(tc_checksum_sum(words, sizeof words, 0), 7);
	memset(p, 0xff, SPACE);
	for (size_t n = 0; n < SPACE; n = n * 2 + 1)
		both_equal(p, n, 0xffff);
	both_equal(p, SPACE, 0xffff);
	memset(p, 0, SPACE);
	both_equal(p, SPACE, 0);
	p[SPACE - 1] = 1;
	both_equal(p, SPACE, 0xffff);
	free(p);
}

static void slices_chain(void)
{
	uint8_t p[999];
	struct tc_rng r;

	tc_rng_seed(&r, 3);
	tc_rng_bytes(&r, p, sizeof p);
	for (size_t cut = 0; cut < sizeof p; cut += 2) {
		uint16_t first = tc_checksum_sum(p, cut, 0);

		CHECK_U64(tc_checksum_sum(p + cut, sizeof p - cut, first),
			  naive_sum(p, sizeof p, 0));
	}
}

static void pseudo_header(void)
{
	uint8_t p[12];
	struct tc_rng r;

	tc_rng_seed(&r, 4);
	for (unsigned i = 0; i < 1000; i++) {
		tc_rng_bytes(&r, p, sizeof p);
		p[8] = 0;
		CHECK_U64(tc_checksum_pseudo(tc_get32(p), tc_get32(p + 4), p[9],
					     tc_get16(p + 10)),
			  naive_sum(p, sizeof p, 0));
	}
	memset(p, 0xff, sizeof p);
	CHECK_U64(tc_checksum_pseudo(~0u, ~0u, 255, ~0u), naive_sum(p, sizeof p, 255));
}

/* RFC 1624: change one word of a packet whose first word, 1, keeps it from being zero. */
static uint32_t word(struct tc_rng *r)
{
	static const uint32_t edge[] = { 0, 0xffff, 1, 0xfffe, 0x8000, 0xffff0000, ~0u };

	if (tc_rng_below(r, 3) == 0)
		return (uint32_t)tc_rng_u64(r);
	return edge[tc_rng_below(r, sizeof edge / sizeof edge[0])];
}

static void update_equals_recomputation(void)
{
	uint8_t p[12] = { 0, 1 };
	struct tc_rng r;

	tc_rng_seed(&r, 1624);
	for (unsigned i = 0; i < 20000; i++) {
		uint32_t from = word(&r), to = word(&r);
		uint16_t before;

		tc_put32(p + 4, word(&r));
		tc_put32(p + 8, from);
		before = tc_checksum(p, sizeof p);
		tc_put32(p + 8, to);
		CHECK_U64(tc_checksum_update32(before, from, to), tc_checksum(p, sizeof p));
		tc_put32(p + 8, from);
		tc_put16(p + 8, (uint16_t)to);
		CHECK_U64(tc_checksum_update16(before, (uint16_t)(from >> 16),
					       (uint16_t)to), tc_checksum(p, sizeof p));
	}
}

static enum tc_checksum_state state_of(const uint8_t *seg, size_t n)
{
	return tc_checksum_check_tcp(seg, n,
				     tc_checksum_pseudo(0x0a000001, 0x0a000002, 6, (uint32_t)(n)));
}

static void received_states(void)
{
	uint8_t seg[23] = { 0x4e, 0x20, 0, 80, [12] = 0x50, [20] = 'a', 'b', 'c' };
	uint16_t pseudo = tc_checksum_pseudo(0x0a000001, 0x0a000002, 6, sizeof seg);

	CHECK(state_of(seg, sizeof seg) == TC_CSUM_BAD);
	tc_put16(seg + 16, pseudo);
	CHECK(state_of(seg, sizeof seg) == TC_CSUM_PARTIAL);
	tc_put16(seg + 16, 0);
	tc_put16(seg + 16, (uint16_t)~naive_sum(seg, sizeof seg, pseudo));
	CHECK(state_of(seg, sizeof seg) == TC_CSUM_OK);
	seg[22] ^= 1;
	CHECK(state_of(seg, sizeof seg) == TC_CSUM_BAD);
	CHECK_STR(tc_checksum_state_name(TC_CSUM_OK), "ok");
	CHECK_STR(tc_checksum_state_name(TC_CSUM_PARTIAL), "partial");
	CHECK_STR(tc_checksum_state_name(TC_CSUM_BAD), "bad");
}

/* The check values of the CRC catalogue. */
static void crcs(void)
{
	CHECK_U64(tc_crc16("123456789", 9), 0x29b1);
	CHECK_U64(tc_crc32("123456789", 9), 0xcbf43926);
	CHECK_U64(tc_crc16(NULL, 0), 0xffff);
	CHECK_U64(tc_crc32(NULL, 0), 0);
}

CU_TestInfo tests_checksum[] = {
	{ "known vectors, and none at all", known_vector },
	{ "sums of any size at any alignment equal RFC 1071's loop",
	  every_size_and_alignment },
	{ "no carry is lost", carries_are_never_lost },
	{ "even slices chain", slices_chain },
	{ "pseudo-header sums equal the sum of its bytes", pseudo_header },
	{ "an RFC 1624 update equals recomputation", update_equals_recomputation },
	{ "a received checksum is ok, partial or bad", received_states },
	{ "CRCs give the catalogue's check values", crcs },
	CU_TEST_INFO_NULL
};
