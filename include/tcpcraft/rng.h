/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one source of chance in an experiment: a seeded generator (xoshiro256**,
 * Blackman and Vigna 2018, seeded by splitmix64). The same seed gives the same
 * numbers on every machine. Not for secrets: the ports of ordinary runs come
 * from tc_rng_kernel_u64, their ISS from tc_stack_iss (tcpcraft/conn.h).
 */
#ifndef TCPCRAFT_RNG_H
#define TCPCRAFT_RNG_H

#include <stddef.h>
#include <stdint.h>

struct tc_rng {
	uint64_t s[4];
};

void tc_rng_seed(struct tc_rng *r, uint64_t seed);
uint64_t tc_rng_u64(struct tc_rng *r);

/* Uniform in 0 .. n-1; n must not be 0. */
uint64_t tc_rng_below(struct tc_rng *r, uint64_t n);

/* Fill n bytes. */
void tc_rng_bytes(struct tc_rng *r, void *out, size_t n);

/* 64 bits from the kernel's random source (getrandom(2)); never fails. */
uint64_t tc_rng_kernel_u64(void);

#endif
