/* SPDX-License-Identifier: BSD-2-Clause */
/* Generators of initial sequence numbers, as they are and were, and what is said of them. */
#include "check.h"

#include "fingerprint/isn_series.h"

#include <tcpcraft/rng.h>

#include <math.h>

#define MANY 32
#define SAME 8
#define APART (20 * TC_MS)
#define SEEDS 50

struct drawn {
	struct tc_rng rng;
	tc_time now;
	uint32_t counter;
	unsigned connections;
};

/* One number; which: of which four-tuple it is. */
typedef uint32_t generator(struct drawn *d, unsigned which);

static uint32_t secret(unsigned which)
{
	struct tc_rng rng;

	tc_rng_seed(&rng, 0x5eed00 + which);
	return (uint32_t)tc_rng_u64(&rng);
}

static uint32_t linux_like(struct drawn *d, unsigned which)
{
	return secret(which) + (uint32_t)(d->now / 64);
}

static uint32_t slow_rfc6528(struct drawn *d, unsigned which)
{
	return secret(which) + (uint32_t)(d->now / 4000);	/* a tick of 4 us */
}

static uint32_t by_lot(struct drawn *d, unsigned which)
{
	(void)which;
	return (uint32_t)tc_rng_u64(&d->rng);
}

static uint32_t multiples(struct drawn *d, unsigned which)
{
	(void)which;
	return (uint32_t)tc_rng_below(&d->rng, 67000) * 64000;
}

/* Slirp: 64000 for each connection and 128000 a second. */
static uint32_t slirp(struct drawn *d, unsigned which)
{
	(void)which;
	return 1 + 64000 * ++d->connections + 128000 * (uint32_t)(d->now / TC_S) +
	       64000 * (uint32_t)tc_rng_below(&d->rng, 3);
}

static uint32_t by_one(struct drawn *d, unsigned which)
{
	(void)which;
	return 0xfffffff0u + ++d->connections;		/* and it wraps */
}

static uint32_t by_64000_wrapping(struct drawn *d, unsigned which)
{
	(void)which;
	return 0xffff0000u + 64000 * ++d->connections;
}

/* 4.2BSD and after: 64000 each half second. */
static uint32_t bsd(struct drawn *d, unsigned which)
{
	(void)which;
	return 1 + (uint32_t)(d->now / (TC_S / 2)) * 64000;
}

/* lwIP without a hook: iss += tcp_ticks, of 250 ms. */
static uint32_t lwip(struct drawn *d, unsigned which)
{
	(void)which;
	if (!d->counter)
		d->counter = 6510;
	return d->counter += (uint32_t)(d->now / (250 * TC_MS));
}

static uint32_t low_bits_zero(struct drawn *d, unsigned which)
{
	return by_lot(d, which) & 0xffff0000u;
}

static uint32_t of_24_bits(struct drawn *d, unsigned which)
{
	return by_lot(d, which) >> 8;
}

static struct tc_isn_traits of(generator *g, uint64_t seed)
{
	struct tc_isn_sample a[MANY], b[SAME];
	struct tc_isn_series many = { a, MANY }, same = { b, SAME };
	struct tc_isn_traits t;
	struct drawn d = { .now = 1000 * TC_S };

	tc_rng_seed(&d.rng, seed);
	for (unsigned i = 0; i < MANY + SAME; i++) {
		struct tc_isn_sample *s = i < MANY ? &a[i] : &b[i - MANY];

		d.now += (i < MANY ? TC_MS : APART) + (tc_time)tc_rng_below(&d.rng, TC_MS);
		s->isn = g(&d, i < MANY ? i : MANY - 1);
		s->at = d.now;
	}
	tc_isn_analyse(&t, &many, &same);
	return t;
}

static void good_ones_are_not_blamed(void)
{
	generator *const good[] = { linux_like, slow_rfc6528, by_lot };

	for (unsigned i = 0; i < 3; i++)
		for (uint64_t seed = 0; seed < SEEDS; seed++) {
			struct tc_isn_traits t = of(good[i], seed);

			CHECK_U64(t.step, 1);
			CHECK(t.bits >= TC_ISN_BITS);
			CHECK(t.steady == (i < 2));
			if (i == 0)
				CHECK(fabs(t.rate - 1e9 / 64) < 1e6);
			if (i == 1)
				CHECK(fabs(t.rate - 250000) < 15000);
		}
}

/* Bits are too many by far, but for the step. */
static void steps_are_found(void)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct tc_isn_traits t = of(multiples, seed);

		CHECK_U64(t.step, 64000);
		CHECK(t.bits > 14 && t.bits < 17);
		t = of(low_bits_zero, seed);
		CHECK(t.step == 65536);
		CHECK(t.bits > 14 && t.bits < 17);
		t = of(slirp, seed);
		CHECK(t.step > 0 && t.step % 64000 == 0);
		CHECK(t.bits < TC_ISN_GUESSABLE);
		t = of(by_64000_wrapping, seed);
		CHECK_U64(t.step, 64000);
		CHECK(t.bits < 1);
	}
}

static void counters_are_guessed(void)
{
	CHECK(of(by_one, 1).bits < 1);
	CHECK(of(bsd, 1).bits < TC_ISN_GUESSABLE);
	CHECK_U64(of(bsd, 1).step % 64000, 0);
	CHECK(of(lwip, 1).bits < TC_ISN_GUESSABLE);
}

static void too_few_bits_are_seen(void)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct tc_isn_traits t = of(of_24_bits, seed);

		CHECK(t.bits > 22 && t.bits < 26);
		CHECK_U64(t.step, 1);
	}
}

/* Of few numbers a small step may be chance: it is not believed. */
static void few_numbers_prove_no_step(void)
{
	struct tc_isn_sample a[4] = { { 10, 0 }, { 900, TC_MS }, { 4, 2 * TC_MS },
				      { 77776, 3 * TC_MS } };
	struct tc_isn_series many = { a, 4 }, none = { a, 0 };
	struct tc_isn_traits t;

	tc_isn_analyse(&t, &many, &none);
	CHECK_U64(t.step, 1);
	CHECK(!t.steady);
}

CU_TestInfo tests_isn[] = {
	{ "numbers as RFC 6528 says, and those drawn by lot, are not blamed",
	  good_ones_are_not_blamed },
	{ "a step is found, also where numbers wrap", steps_are_found },
	{ "counters, BSD's and lwIP's are guessed", counters_are_guessed },
	{ "numbers of 24 bits are seen to be", too_few_bits_are_seen },
	{ "four numbers prove no step", few_numbers_prove_no_step },
	CU_TEST_INFO_NULL
};
