/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ten thousand seeds through the simulated wire. TC_SIM_SEEDS=N runs as many instead;
 * TC_SIM_SEED=N runs that one and shows every segment.
 */
#include "check.h"
#include "tcp_sim.h"

#include <stdlib.h>

#define SEEDS 10000

static uint64_t env(const char *name, uint64_t otherwise)
{
	const char *v = getenv(name);

	return v && *v ? strtoull(v, NULL, 10) : otherwise;
}

static void one(struct sim *sim, uint64_t seed, bool trace)
{
	char msg[300];
	bool ok = sim_run(sim, seed, trace);

	snprintf(msg, sizeof msg, "TC_SIM_SEED=%" PRIu64 ": %s", seed, sim->why);
	check_true(ok, msg, __LINE__, __FILE__);
}

static void every_seed_ends_well(void)
{
	struct sim *sim = calloc(1, sizeof *sim);
	uint64_t seeds = env("TC_SIM_SEEDS", SEEDS), only = env("TC_SIM_SEED", 0);
	uint64_t segments = 0, bytes = 0, again = 0, errors = 0;
	unsigned taken = 0, marked = 0, echoed = 0;

	CHECK(sim);
	if (only)
		one(sim, only, true);
	for (uint64_t seed = 1; !only && seed <= seeds; seed++) {
		one(sim, seed, false);
		segments += sim->segments;
		bytes += sim->bytes;
		again += sim->retransmissions;
		errors += sim->errors;
		taken += sim->taken;
		marked += sim->marked;
		echoed += sim->echoed;
	}
	printf("# %" PRIu64 " seeds: %" PRIu64 " segments, %" PRIu64 " bytes, %" PRIu64
	       " retransmissions, %" PRIu64 " clean errors, the data of %u SYNs taken, "
	       "%u marks, %u echoes\n", only ? 1 : seeds, segments, bytes, again, errors, taken,
	       marked, echoed);
	CHECK((taken && marked && echoed) || seeds < 100 || only);
	free(sim);
}

/* The same seed gives the same run, to the last segment. */
static void a_seed_replays_exactly(void)
{
	struct sim *a = calloc(1, sizeof *a), *b = calloc(1, sizeof *b);

	for (uint64_t seed = 1; seed <= 20; seed++) {
		sim_run(a, seed, false);
		sim_run(b, seed, false);
		CHECK_U64(a->segments, b->segments);
		CHECK_U64(a->now, b->now);
		CHECK_U64(a->host[0].n_got, b->host[0].n_got);
	}
	free(a);
	free(b);
}

CU_TestInfo tests_tcp_sim[] = {
	{ "every seed ends with equal streams or a clean error", every_seed_ends_well },
	{ "a seed replays exactly", a_seed_replays_exactly },
	CU_TEST_INFO_NULL,
};
