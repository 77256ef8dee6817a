/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of scripts: of one, some of them spelt as in scripts, and of many. */
#include "own.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE_MOST 60000000		/* µs */

static int set_define(struct options *o, const char *v, struct tc_error *err)
{
	const char *eq = strchr(v, '=');
	struct tc_script_define *d;

	if (!eq || eq == v)
		return tc_fail(err, -EINVAL, "-D %s: NAME=VALUE is expected", v);
	d = TC_ARRAY_ADD(o->script.defines, o->script.n_defines);
	if (!d)
		return tc_nomem(err);
	*d = (struct tc_script_define){ strndup(v, (size_t)(eq - v)), eq + 1 };
	return d->name ? 0 : tc_nomem(err);
}

static int set_local(struct options *o, const char *v, struct tc_error *err)
{
	(void)v;
	(void)err;
	o->script.dut = OPTIONS_KERNEL;
	return 0;
}

const struct option_row run_rows[] = {
	{ 'D', "define", "NAME=VALUE", GROUP_RUN,
	  "put VALUE where the script has the word NAME", CUSTOM(set_define),
	  USUAL(GROUP_RUN) },
	{ 0, "tolerance_usecs", "US", GROUP_RUN,
	  "how far a packet may be off its time (4000, and an eighth of the gap)",
	  NUMBER(script.tolerance, 1, TOLERANCE_MOST), .unit = TC_US },
	{ 0, "tolerance_percent", "P", GROUP_RUN,
	  "… or this part of the time since the event before, if that is more (12.5)",
	  REAL(script.tolerance_percent, 0, 100), OPTION_GIVEN(script.tolerance_percent_given) },
	{ 0, "strict_segments", NULL, GROUP_RUN,
	  "one expected packet is one segment, not several",
	  FLAG(script.strict_segments) },
	{ 0, "local", NULL, GROUP_RUN, "the same as --dut local", CUSTOM(set_local),
	  USUAL(GROUP_RUN) },
	{ 0, "dut", "WAY", GROUP_RUN | GROUP_CONFORM | GROUP_PROBE,
	  "make the calls: local (this kernel), own (our TCP), udp:, tcp:, tty:, exec:",
	  TEXT(script.dut), USUAL(GROUP_CONFORM) },
	{ 0, "ip_version", "VERSION", GROUP_RUN,
	  "ipv4, ipv6, or with --local ipv4-mapped-ipv6, instead of what the script says",
	  TEXT(script.ip_version) },
	{ 0, "local_ip", "ADDR", GROUP_RUN,
	  "with --local: the address of the kernel, instead of the script's",
	  TEXT(script.local_ip) },
	{ 0, "remote_ip", "ADDR", GROUP_RUN,
	  "with --local: our address, instead of the script's", TEXT(script.remote_ip) },
	{ 0, "mtu", "N", GROUP_RUN,
	  "with --local: of what the kernel sends, instead of the script's (1500)",
	  NUMBER(script.mtu, 68, 65535) },
	{ 0, "mss", "N", GROUP_RUN,
	  "with --local: segments of ours of more bytes come as several of N that a card put "
	  "together, instead of what the script says",
	  NUMBER(script.mss, 1, 65535) },
	{ 0, "bind_port", "PORT", GROUP_RUN,
	  "with --dut: the port of ... where the kernel binds, instead of the script's (8080)",
	  NUMBER(script.bind_port, 1, 65535) },
	{ 0, "connect_port", "PORT", GROUP_RUN,
	  "with --dut: the port of ... where it connects, instead of the script's (8080)",
	  NUMBER(script.connect_port, 1, 65535) },
	{ 0, "gateway_ip", "ADDR", GROUP_RUN,
	  "passed over, as in scripts: any gateway that they name is there",
	  TEXT(script.gateway_ip) },
	{ 0, "netmask_ip", "MASK", GROUP_RUN, "passed over, as in scripts",
	  TEXT(script.netmask_ip) },
	{ 0, "send_omit_free", NULL, GROUP_RUN, "passed over, as in scripts",
	  FLAG(script.send_omit_free) },
	{ 0, "allow-shell", NULL, GROUP_RUN,
	  "with --local: run the script's shell lines there",
	  FLAG(script.allow_shell), USUAL(GROUP_RUN) },
	{ 0, "print", NULL, GROUP_SCRIPTS,
	  "only read the scripts, and print them in their canonical form",
	  FLAG(script.print) },
	{ 0, "check", NULL, GROUP_SCRIPTS, "only read the scripts, and say what is wrong",
	  FLAG(script.check), USUAL(GROUP_SCRIPTS) },
	{ 0, "explain", NULL, GROUP_SCRIPTS,
	  "only read the scripts, and say what each line does",
	  FLAG(script.explain), USUAL(GROUP_SCRIPTS) },
	{ 0, "jobs", "N", GROUP_SCRIPTS, "N scripts at once (1)",
	  NUMBER(suite.jobs, 1, JOBS_MAX), USUAL(GROUP_SCRIPTS) },
	{ 0, "jobs", "N", GROUP_CONFORM, "N cases at once (on this host 8)",
	  NUMBER(suite.jobs, 1, JOBS_MAX), USUAL(GROUP_CONFORM) },
	{ 0, "jobs", "N", GROUP_FUZZ, "N processes for one campaign (1)",
	  NUMBER(suite.jobs, 1, JOBS_MAX) },
	{ 0, "tap", NULL, GROUP_SUITE, "the results as TAP, for test harnesses",
	  FLAG(suite.tap) },
	{ 0, "junit", "FILE", GROUP_SUITE, "the results as JUnit's XML", FILE_NAME(suite.junit),
	  USUAL(GROUP_SUITE) },
	{ 0, "fail-fast", NULL, GROUP_SUITE, "begin no more behind the first that is not passed",
	  FLAG(suite.fail_fast) },
	{ 0, "at", "NEED=PORT", GROUP_CONFORM,
	  "PORT of echo, closes (it hangs up), nobody or dut",
	  LIST(suite.at, suite.n_at), USUAL(GROUP_CONFORM) },
	{ 0, "baseline", "FILE", GROUP_CONFORM,
	  "what --json printed before: only what is another now", FILE_NAME(suite.baseline),
	  USUAL(GROUP_CONFORM) },
	{ 0, "udp", "[ADDR:]PORT", GROUP_DUT, "requests come as datagrams to there (127.0.0.1)",
	  TEXT(dut.udp) },
	{ 0, "tcp", "[ADDR:]PORT", GROUP_DUT, "… over connections to there (127.0.0.1)",
	  TEXT(dut.tcp) },
	{ 'i', "interface", "DEV", GROUP_DUT, "link-local addresses are on this one, if there are several",
	  TEXT(ifname) },
	{ 0, "stdio", NULL, GROUP_DUT, "… from standard input", FLAG(dut.stdio) },
	{ 0 }
};

void options_free_run(struct options *o)
{
	for (size_t i = 0; i < o->script.n_defines; i++)
		free((char *)(uintptr_t)o->script.defines[i].name);
	free(o->script.defines);
	free(o->suite.at);
}
