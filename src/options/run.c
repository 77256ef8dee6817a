/* SPDX-License-Identifier: BSD-2-Clause */
/* The options that only `run` has. Some are spelt as in scripts. */
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

const struct option_row run_rows[] = {
	{ 'D', "define", "NAME=VALUE", GROUP_RUN,
	  "put VALUE where the script has the word NAME", CUSTOM(set_define) },
	{ 0, "tolerance_usecs", "US", GROUP_RUN,
	  "how far a packet may be off its time (4000, and an eighth of the gap)",
	  NUMBER(script.tolerance, 1, TOLERANCE_MOST), .unit = TC_US },
	{ 0, "strict_segments", NULL, GROUP_RUN,
	  "one expected packet is one segment, not several",
	  FLAG(script.strict_segments) },
	{ 0, "local", NULL, GROUP_RUN,
	  "the peer is this machine's kernel, in a network of its own: calls are made",
	  FLAG(script.local) },
	{ 0, "ip_version", "VERSION", GROUP_RUN,
	  "ipv4, ipv6, or with --local ipv4-mapped-ipv6, instead of what the script says",
	  TEXT(script.ip_version) },
	{ 0, "local_ip", "ADDR", GROUP_RUN,
	  "with --local: the address of the kernel, instead of the script's",
	  TEXT(script.local_ip) },
	{ 0, "remote_ip", "ADDR", GROUP_RUN,
	  "with --local: our address, instead of the script's", TEXT(script.remote_ip) },
	{ 0, "allow-shell", NULL, GROUP_RUN,
	  "with --local: run the script's shell lines, inside that network",
	  FLAG(script.allow_shell) },
	{ 0, "print", NULL, GROUP_RUN,
	  "only read the script, and print it in its canonical form",
	  FLAG(script.print) },
	{ 0 }
};

void options_free_run(struct options *o)
{
	for (size_t i = 0; i < o->script.n_defines; i++)
		free((char *)(uintptr_t)o->script.defines[i].name);
	free(o->script.defines);
}
