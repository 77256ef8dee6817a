/* SPDX-License-Identifier: BSD-2-Clause */
/* The order in which what is listed is tried: a walk with a step that shares no factor with
 * how many there are. */
#include "own.h"

uint64_t tc_fuzz_shuffled(uint64_t seed, uint64_t k, uint64_t n)
{
	struct tc_rng rng;
	uint64_t step, a, b, t;

	tc_rng_seed(&rng, seed ^ n);
	step = 1 + tc_rng_below(&rng, n);
	do {
		for (a = step, b = n; b; t = a % b, a = b, b = t)
			;
		step += a != 1;
	} while (a != 1);
	return (uint64_t)((tc_rng_below(&rng, n) + (unsigned __int128)k * step) % n);
}
