/* SPDX-License-Identifier: BSD-2-Clause */
/* Initial sequence numbers. */
#include "check.h"

#include "host/iss.h"

#define MS (1000 * (TC_US))

/* The vectors of the reference: key 00 01 … 0f, input 00 01 … */
static void vectors(void)
{
	static const struct { size_t n; uint64_t want; } rows[] = {
		{ 0, 0x726fdb47dd0e0e31u },
		{ 1, 0x74f839c593dc67fdu },
		{ 8, 0x93f5f5799a932462u },
		{ 15, 0xa129ca6149be45e5u },
	};
	const struct tc_iss_key key = { { 0x0706050403020100u, 0x0f0e0d0c0b0a0908u } };
	uint8_t in[16];

	for (uint8_t i = 0; i < sizeof in; i++)
		in[i] = i;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		CHECK_U64(tc_siphash(&key, in, rows[i].n), rows[i].want);
}

static void reused(void)
{
	const struct tc_flow flow = { .local_addr = tc_addr_from_v4(0x7f000001),
				.remote_addr = tc_addr_from_v4(0x7f000001),
				      .local_port = 40000, .remote_port = 80 };
	struct tc_iss_key ours = tc_iss_key(), another_run = tc_iss_key();
	tc_seq first = tc_iss(&ours, &flow, 5 * MS);

	CHECK_U64(tc_iss(&another_run, &flow, 5 * MS) - first, 0);
	CHECK_U64(tc_iss(&another_run, &flow, 6 * MS) - first, 250);
	/* it wraps as all sequence numbers do */
	CHECK_U64(tc_iss(&ours, &flow, 5 * MS + 4 * TC_US * 0x100000001) - first, 1);
}

static void apart(void)
{
	struct tc_flow flow = { .local_addr = tc_addr_from_v4(0x7f000001),
				.remote_addr = tc_addr_from_v4(0x7f000001),
				.local_port = 40000, .remote_port = 80 };
	struct tc_iss_key key = tc_iss_key();
	tc_seq last = tc_iss(&key, &flow, 0), next;
	unsigned near = 0;

	for (unsigned i = 1; i <= 1000; i++, last = next) {
		flow.local_port++;
		next = tc_iss(&key, &flow, 0);
		near += next - last + 0x100000 < 0x200000;
	}
	/* by chance one of 2048 */
	CHECK(near < 20);
	key.k[1] ^= 1;
	CHECK(tc_iss(&key, &flow, 0) != last);
}

CU_TestInfo tests_iss[] = {
	{ "SipHash agrees with its reference", vectors },
	{ "a four-tuple that is used again begins beyond its old numbers", reused },
	{ "four-tuples begin far from one another", apart },
	CU_TEST_INFO_NULL
};
