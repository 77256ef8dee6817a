/* SPDX-License-Identifier: BSD-2-Clause */
#include "check.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/rng.h>

/* The definition, one bit at a time. */
static uint64_t slow_get(const uint8_t *p, unsigned off, unsigned bits)
{
	uint64_t v = 0;

	for (unsigned i = off; i < off + bits; i++)
		v = v << 1 | (p[i / 8] >> (7 - i % 8) & 1);
	return v;
}

static void get_equals_the_definition(void)
{
	uint8_t p[24];
	struct tc_rng r;

	tc_rng_seed(&r, 1);
	tc_rng_bytes(&r, p, sizeof p);
	for (unsigned off = 0; off < 70; off++)
		for (unsigned bits = 1; bits <= 64; bits++)
			CHECK_U64(tc_bits_get(p, off, bits), slow_get(p, off, bits));
}

static void put_touches_only_its_bits(void)
{
	uint8_t p[24], before[24];
	struct tc_rng r;

	tc_rng_seed(&r, 2);
	for (unsigned off = 0; off < 70; off++) {
		for (unsigned bits = 1; bits <= 64; bits++) {
			uint64_t v = tc_rng_u64(&r);

			tc_rng_bytes(&r, p, sizeof p);
			memcpy(before, p, sizeof p);
			tc_bits_put(p, off, bits, v);
			CHECK_U64(slow_get(p, off, bits), v & UINT64_MAX >> (64 - bits));
			tc_bits_put(p, off, bits, slow_get(before, off, bits));
			CHECK_MEM(p, before, sizeof p);
		}
	}
}

static void put_of_an_rfc_picture(void)
{
	uint8_t p[4] = { 0xa5, 0xa5, 0xa5, 0xa5 };

	tc_bits_put(p, 0, 4, 4);
	tc_bits_put(p, 4, 4, 5);
	tc_bits_put(p, 17, 13, 0x1fff);
	CHECK_MEM(p, ((uint8_t[]){ 0x45, 0xa5, 0xff, 0xfd }), 4);
	CHECK_U64(tc_get16(p), 0x45a5);
	CHECK_U64(tc_get32(p), 0x45a5fffd);
}

CU_TestInfo tests_bits[] = {
	{ "any field at any place reads as the definition says",
	  get_equals_the_definition },
	{ "writing a field leaves every other bit alone", put_touches_only_its_bits },
	{ "bit 0 is the top bit of the first byte", put_of_an_rfc_picture },
	CU_TEST_INFO_NULL
};
