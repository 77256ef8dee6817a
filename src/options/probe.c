/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of `probe`; `conform` has some of them. */
#include "own.h"

#include <tcpcraft/hex.h>

#include <errno.h>
#include <string.h>

static int set_prefix(struct options *o, const char *v, struct tc_error *err)
{
	struct tc_error why;

	if (tc_hex_decode(&o->probe.prefix, v, strlen(v), &why) < 0)
		return tc_fail(err, -EINVAL, "--prefix: %s", why.msg);
	if (o->probe.prefix.len > 4096)
		return tc_fail(err, -ERANGE, "--prefix: %zu bytes, 4096 at most",
			       o->probe.prefix.len);
	return 0;
}

const struct option_row probe_rows[] = {
	{ 0, "list", NULL, GROUP_PROBE | GROUP_CONFORM, "what there is to ask, and what each asks",
	  FLAG(probe.list), USUAL(GROUP_PROBE | GROUP_CONFORM) },
	{ 0, "csv", NULL, GROUP_PROBE | GROUP_EACH, "rows: one per target and experiment, or payload",
	  FLAG(csv), USUAL(GROUP_PROBE) },
	{ 0, "trials", "N", GROUP_PROBE, "N trials where chance plays a part",
	  NUMBER(probe.trials, 1, 1000) },
	{ 0, "most", "N", GROUP_PROBE, "N connections where they are counted",
	  NUMBER(probe.most, 1, 16384) },
	{ 0, "prefix", "HEX", GROUP_PROBE, "what a valid request begins with",
	  CUSTOM(set_prefix) },
	{ 0, "echo", NULL, GROUP_PROBE | GROUP_CONFORM, "the server sends back what it gets",
	  FLAG(probe.echo), USUAL(GROUP_PROBE | GROUP_CONFORM) },
	{ 0, "save", "FILE", GROUP_PROBE, "keep the results, or the model, to compare with",
	  FILE_NAME(probe.save), USUAL(GROUP_PROBE) },
	{ 0, "against", "FILE", GROUP_PROBE, "compare with what --save has kept",
	  FILE_NAME(probe.against), USUAL(GROUP_PROBE) },
	{ 0, "words", "N", GROUP_PROBE, "learn: N random words must agree (3000)",
	  NUMBER(probe.words, 1, 100000000) },
	{ 0, "queries", "N", GROUP_PROBE, "learn: N words at most (100000)",
	  NUMBER(probe.queries, 1, UINT64_MAX / 2) },
	{ 0, "inputs", "LIST", GROUP_PROBE, "learn: these segments and calls alone",
	  TEXT(probe.inputs) },
	{ 0, "dot", "FILE", GROUP_PROBE, "learn: the graph, for Graphviz",
	  FILE_NAME(probe.dot) },
	{ 0, "revive", "CMD", GROUP_PROBE, "run this where the target has died",
	  TEXT(probe.revive) },
	{ 0 }
};
