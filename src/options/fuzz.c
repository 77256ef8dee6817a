/* SPDX-License-Identifier: BSD-2-Clause */
/* The options that only `fuzz` has. */
#include "own.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_OPTION(name) \
	static int set_##name(struct options *o, const char *v, struct tc_error *err) \
	{ \
		(void)err; \
		o->fuzz.name = v; \
		return 0; \
	}
#define FLAG_OPTION(name) \
	static int set_##name(struct options *o, const char *v, struct tc_error *err) \
	{ \
		(void)v, (void)err; \
		o->fuzz.name = true; \
		return 0; \
	}

TEXT_OPTION(fields)
TEXT_OPTION(segments)
TEXT_OPTION(strategies)
TEXT_OPTION(oracle)
TEXT_OPTION(spawn)
TEXT_OPTION(journal)
TEXT_OPTION(replay)
TEXT_OPTION(base)
FLAG_OPTION(resume)
FLAG_OPTION(dry_run)
FLAG_OPTION(minimize)
FLAG_OPTION(all)

static int set_cases(struct options *o, const char *v, struct tc_error *err)
{
	int rc = option_number("--cases", v, UINT64_MAX / 2, &o->fuzz.cases, err);

	if (rc == 0 && o->fuzz.cases == 0)
		rc = tc_fail(err, -EINVAL, "--cases: at least 1");
	return rc;
}

static int set_seconds(struct options *o, const char *v, struct tc_error *err)
{
	uint64_t n = 0;
	int rc = option_number("--seconds", v, 31536000, &n, err);

	o->fuzz.seconds = (tc_time)n * TC_S;
	return rc;
}

static int set_case(struct options *o, const char *v, struct tc_error *err)
{
	o->fuzz.case_given = true;
	return option_number("--case", v, UINT64_MAX, &o->fuzz.case_number, err);
}

static int set_pid(struct options *o, const char *v, struct tc_error *err)
{
	uint64_t n = 0;
	int rc = option_number("--pid", v, 4194304, &n, err);

	o->fuzz.pid = (int)n;
	return rc;
}

static int set_parallel(struct options *o, const char *v, struct tc_error *err)
{
	uint64_t n = 0;
	int rc = option_number("--parallel", v, 1024, &n, err);

	if (rc == 0 && n == 0)
		rc = tc_fail(err, -EINVAL, "--parallel: at least 1");
	o->fuzz.parallel = (unsigned)n;
	return rc;
}

/* I/N: the Ith of N shares. */
static int set_shard(struct options *o, const char *v, struct tc_error *err)
{
	const char *slash = strchr(v, '/');
	char first[16] = "";
	uint64_t i = 0, n = 0;
	int rc = -EINVAL;

	if (slash && slash > v && (size_t)(slash - v) < sizeof first) {
		memcpy(first, v, (size_t)(slash - v));
		rc = option_number("--shard", first, 65535, &i, err);
		if (rc == 0)
			rc = option_number("--shard", slash + 1, 65535, &n, err);
	}
	if (rc < 0 || i == 0 || i > n)
		return tc_fail(err, -EINVAL, "--shard: '%s' is not I/N with I from 1 to N", v);
	o->fuzz.shard = i - 1;
	o->fuzz.shards = n;
	return 0;
}

const struct option_row fuzz_rows[] = {
	{ 0, "fields", "GLOBS", GROUP_FUZZ, set_fields, "what is changed: tcp.*,ip.ttl,prot.*" },
	{ 0, "segments", "LIST", GROUP_FUZZ, set_segments, "where: syn,ack,data,fin" },
	{ 0, "strategy", "LIST", GROUP_FUZZ, set_strategies,
	  "boundary,flip,random,options,sequence,pairwise,payload,capture" },
	{ 0, "base", "FILE", GROUP_FUZZ, set_base, "a capture's client side is what is valid" },
	{ 0, "cases", "N", GROUP_FUZZ, set_cases, "N cases (all that can be listed)" },
	{ 0, "seconds", "S", GROUP_FUZZ, set_seconds, "for at most S seconds" },
	{ 0, "parallel", "K", GROUP_FUZZ, set_parallel, "K at once (1 with --spawn or --pid, 32)" },
	{ 0, "shard", "I/N", GROUP_FUZZ, set_shard, "the Ith of N shares of the cases" },
	{ 0, "oracle", "HOW", GROUP_FUZZ, set_oracle, "prot, connect or exec:CMD" },
	{ 0, "spawn", "CMD", GROUP_FUZZ | GROUP_PROBE, set_spawn, "run the server, and again when it dies" },
	{ 0, "pid", "N", GROUP_FUZZ, set_pid, "watch this process" },
	{ 0, "journal", "FILE", GROUP_FUZZ, set_journal, "one line a case (tcpcraft-fuzz-SEED.jsonl)" },
	{ 0, "resume", NULL, GROUP_FUZZ, set_resume, "go on where the journal ends" },
	{ 0, "dry-run", NULL, GROUP_FUZZ, set_dry_run, "list the cases, send nothing" },
	{ 0, "minimize", NULL, GROUP_FUZZ, set_minimize, "make each finding small" },
	{ 0, "replay", "FILE", GROUP_FUZZ, set_replay, "cases of this journal:" },
	{ 0, "case", "N", GROUP_FUZZ, set_case, "this one," },
	{ 0, "all", NULL, GROUP_FUZZ, set_all, "or all of them" },
	{ 0 }
};
