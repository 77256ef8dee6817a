/* SPDX-License-Identifier: BSD-2-Clause */
/* The options that only `probe` has. */
#include "own.h"

#include <tcpcraft/hex.h>

#include <errno.h>
#include <string.h>

static int set_list(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->probe.list = true;
	return 0;
}

static int set_csv(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->probe.csv = true;
	return 0;
}

static int set_echo(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->probe.echo = true;
	return 0;
}

static int set_save(struct options *o, const char *v, struct tc_error *err)
{
	(void)err;
	o->probe.save = v;
	return 0;
}

static int set_against(struct options *o, const char *v, struct tc_error *err)
{
	(void)err;
	o->probe.against = v;
	return 0;
}

static int set_revive(struct options *o, const char *v, struct tc_error *err)
{
	(void)err;
	o->probe.revive = v;
	return 0;
}

static int at_least_one(const char *what, const char *v, unsigned max, unsigned *out,
			struct tc_error *err)
{
	uint64_t n = 0;
	int rc = option_number(what, v, max, &n, err);

	if (rc == 0 && n == 0)
		rc = tc_fail(err, -EINVAL, "%s: at least 1", what);
	*out = (unsigned)n;
	return rc;
}

static int set_trials(struct options *o, const char *v, struct tc_error *err)
{
	return at_least_one("--trials", v, 1000, &o->probe.trials, err);
}

static int set_most(struct options *o, const char *v, struct tc_error *err)
{
	return at_least_one("--most", v, 16384, &o->probe.most, err);
}

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
	{ 0, "list", NULL, GROUP_PROBE, set_list, "the experiments, and what each asks" },
	{ 0, "csv", NULL, GROUP_PROBE, set_csv, "one row per target and experiment" },
	{ 0, "trials", "N", GROUP_PROBE, set_trials, "N trials where chance plays a part" },
	{ 0, "most", "N", GROUP_PROBE, set_most, "N connections where they are counted" },
	{ 0, "prefix", "HEX", GROUP_PROBE, set_prefix, "what a valid request begins with" },
	{ 0, "echo", NULL, GROUP_PROBE, set_echo, "the server sends back what it gets" },
	{ 0, "save", "FILE", GROUP_PROBE, set_save, "keep the results for a later compare" },
	{ 0, "against", "FILE", GROUP_PROBE, set_against, "compare with results of --save" },
	{ 0, "revive", "CMD", GROUP_PROBE, set_revive, "run this where the target has died" },
	{ 0 }
};
