/* SPDX-License-Identifier: BSD-2-Clause */
/* The options that only `fuzz` has. */
#include "own.h"

#include <errno.h>
#include <string.h>

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
	{ 0, "fields", "GLOBS", GROUP_FUZZ, "what is changed: tcp.*,ip.ttl,prot.*; ipv6.hlim",
	  TEXT(fuzz.fields), USUAL(GROUP_FUZZ) },
	{ 0, "segments", "LIST", GROUP_FUZZ, "where: syn,ack,data,fin",
	  TEXT(fuzz.segments), .help_lists = true },
	{ 0, "strategy", "LIST", GROUP_FUZZ,
	  "boundary,flip,random,options,sequence,pairwise,payload,capture,frames",
	  TEXT(fuzz.strategies), .help_lists = true, USUAL(GROUP_FUZZ) },
	{ 0, "base", "FILE", GROUP_FUZZ, "a capture's client side is what is valid",
	  FILE_NAME(fuzz.base) },
	{ 0, "cases", "N", GROUP_FUZZ, "N cases (all that can be listed)",
	  NUMBER(fuzz.cases, 1, UINT64_MAX / 2), USUAL(GROUP_FUZZ) },
	{ 0, "seconds", "S", GROUP_FUZZ | GROUP_PROBE, "for at most S seconds",
	  NUMBER(fuzz.seconds, 0, 31536000), .unit = TC_S },
	{ 0, "parallel", "K", GROUP_FUZZ | GROUP_PROBE,
	  "K at once (1 with --spawn or --pid, 32; learn: 64, own: 8; targets: 256)",
	  NUMBER(fuzz.parallel, 1, 4096) },
	{ 0, "shard", "I/N", GROUP_FUZZ, "the Ith of N shares of the cases",
	  CUSTOM(set_shard) },
	{ 0, "oracle", "HOW", GROUP_FUZZ, "prot, connect or exec:CMD",
	  TEXT(fuzz.oracle) },
	{ 0, "spawn", "CMD", GROUP_FUZZ | GROUP_PROBE,
	  "run the server, and again when it dies", TEXT(fuzz.spawn), USUAL(GROUP_FUZZ) },
	{ 0, "listen", NULL, GROUP_FUZZ | GROUP_PROBE,
	  "clients are the target: they call PORT of ours", FLAG(fuzz.listen),
	  USUAL(GROUP_FUZZ | GROUP_PROBE) },
	{ 0, "call", "CMD", GROUP_FUZZ | GROUP_PROBE,
	  "run the client, and again when it has ended", TEXT(fuzz.call),
	  USUAL(GROUP_FUZZ | GROUP_PROBE) },
	{ 0, "against", "HOST[:PORT]", GROUP_FUZZ | GROUP_RUN,
	  "each case, or the script, goes to that server as well: what differs is found",
	  TEXT(fuzz.against) },
	{ 0, "known", "FILE", GROUP_FUZZ, "differences that are not told again",
	  FILE_NAME(fuzz.known) },
	{ 0, "save-known", "FILE", GROUP_FUZZ, "write those, and what was found",
	  FILE_NAME(fuzz.save_known) },
	{ 0, "pid", "N", GROUP_FUZZ, "watch this process", NUMBER(fuzz.pid, 0, 4194304) },
	{ 0, "journal", "FILE", GROUP_FUZZ, "one line a case (tcpcraft-fuzz-SEED.jsonl)",
	  FILE_NAME(fuzz.journal) },
	{ 0, "resume", NULL, GROUP_FUZZ, "go on where the journal ends",
	  FLAG(fuzz.resume) },
	{ 0, "dry-run", NULL, GROUP_FUZZ, "list the cases, send nothing",
	  FLAG(fuzz.dry_run) },
	{ 0, "minimize", NULL, GROUP_FUZZ, "make each finding small",
	  FLAG(fuzz.minimize), USUAL(GROUP_FUZZ) },
	{ 0, "replay", "FILE", GROUP_FUZZ, "cases of this journal: --case N, or --all",
	  FILE_NAME(fuzz.replay) },
	{ 0, "case", "N", GROUP_FUZZ, "--replay: this one",
	  NUMBER(fuzz.case_number, 0, UINT64_MAX), OPTION_GIVEN(fuzz.case_given) },
	{ 0, "all", NULL, GROUP_FUZZ, "--replay: all of them", FLAG(fuzz.all) },
	{ 0 }
};
