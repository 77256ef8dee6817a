/* SPDX-License-Identifier: BSD-2-Clause */
/* The options that only `run` has. Two are spelt as in scripts. */
#include "own.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE_MOST 60000000		/* µs */

static int set_define(struct options *o, const char *v, struct tc_error *err)
{
	struct tc_script_define *all =
		realloc(o->script.defines, (o->script.n_defines + 1) * sizeof *all);
	const char *eq = strchr(v, '=');
	char *name;

	if (!all)
		return tc_nomem(err);
	o->script.defines = all;
	if (!eq || eq == v)
		return tc_fail(err, -EINVAL, "-D %s: NAME=VALUE is expected", v);
	name = strndup(v, (size_t)(eq - v));
	if (!name)
		return tc_nomem(err);
	all[o->script.n_defines++] = (struct tc_script_define){ name, eq + 1 };
	return 0;
}

static int set_tolerance(struct options *o, const char *v, struct tc_error *err)
{
	uint64_t n = 0;
	int rc = option_number("--tolerance_usecs", v, TOLERANCE_MOST, &n, err);

	if (rc == 0 && n == 0)
		rc = tc_fail(err, -EINVAL, "--tolerance_usecs: at least 1");
	o->script.tolerance = (tc_time)n * TC_US;
	return rc;
}

static int set_strict(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->script.strict_segments = true;
	return 0;
}

static int set_local(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->script.local = true;
	return 0;
}

static int set_allow_shell(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->script.allow_shell = true;
	return 0;
}

static int set_print(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->script.print = true;
	return 0;
}

const struct option_row run_rows[] = {
	{ 'D', "define", "NAME=VALUE", GROUP_RUN, set_define,
	  "put VALUE where the script has the word NAME" },
	{ 0, "tolerance_usecs", "US", GROUP_RUN, set_tolerance,
	  "how far a packet may be off its time (4000, and an eighth of the gap)" },
	{ 0, "strict_segments", NULL, GROUP_RUN, set_strict,
	  "one expected packet is one segment, not several" },
	{ 0, "local", NULL, GROUP_RUN, set_local,
	  "the peer is this machine's kernel, in a network of its own: calls are made" },
	{ 0, "allow-shell", NULL, GROUP_RUN, set_allow_shell,
	  "with --local: run the script's shell lines, inside that network" },
	{ 0, "print", NULL, GROUP_RUN, set_print,
	  "only read the script, and print it in its canonical form" },
	{ 0 }
};

void options_free_run(struct options *o)
{
	for (size_t i = 0; i < o->script.n_defines; i++)
		free((char *)(uintptr_t)o->script.defines[i].name);
	free(o->script.defines);
}
