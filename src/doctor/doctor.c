/* SPDX-License-Identifier: BSD-2-Clause */
/* The doctor: the table of checks, and what they found as lines. */
#include "doctor.h"

#include "base/name.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "own.h"
#include "report/json.h"

#define TIME_LIMIT (9 * TC_S)
#define REPORT "unexpected: report it, with the output of tcpcraft doctor --json"

/* In the order of the reader's questions: may I, can I, who is in the way, does it work.
 * A check that finds something worse than ok may write a better cure. */
static const struct {
	const char *name;
	tc_doctor_fn *check;
	const char *cure;
} checks[] = {
	{ "privileges", tc_doctor_privileges,
	  "sudo tcpcraft ..., or a network of your own: unshare -Urn, ip link set lo up" },
	{ "libraries", tc_doctor_libraries, "" },
	{ "descriptors", tc_doctor_descriptors, "ulimit -n 1024" },
	{ "ports", tc_doctor_ports,
	  "sysctl net.ipv4.ip_local_port_range=\"32768 60999\", or name a free port with -g" },
	{ "namespaces", tc_doctor_namespaces,
	  "only lessons without root need them: sysctl user.max_user_namespaces=10000" },
	{ "iptables", tc_doctor_iptables, "apt-get install iptables" },
	{ "managers", tc_doctor_managers,
	  "do not reload it during a run: that takes the guard's rule away" },
	{ "rules", tc_doctor_drops,
	  "see iptables -S, ip6tables -S, nft list ruleset; accept our ports, or --inject link" },
	{ "conntrack", tc_doctor_conntrack,
	  "--guard shield: the kernel's RST closes the connection for conntrack even when "
	  "it is blocked" },
	{ "leftovers", tc_doctor_leftovers, "tcpcraft guard sweep" },
	{ "path", tc_doctor_path,
	  "another interface with -i; what needs Ethernet needs a wired one" },
	{ "rp_filter", tc_doctor_rp_filter, "" },
	{ "offloads", tc_doctor_offloads, "" },
	{ "ipv6", tc_doctor_ipv6, "" },
	{ "capture", tc_doctor_capture, REPORT },
	{ "inject", tc_doctor_inject, REPORT },
	{ "no-guard", tc_doctor_unguarded, REPORT },
	{ "guard-rst", tc_doctor_rst, REPORT },
	{ "guard-shield", tc_doctor_shield, REPORT },
	{ "guard-nft", tc_doctor_nft, REPORT },
	{ "guard-rst6", tc_doctor_rst6, REPORT },
	{ "guard-shield6", tc_doctor_shield6, REPORT },
	{ "guard-nft6", tc_doctor_nft6, REPORT },
};

void tc_doctor_run(void (*tell)(void *ctx, const struct tc_checkup *f), void *ctx,
		   unsigned counts[TC_HEALTHS])
{
	struct tc_doctor d = { .until = tc_clock_monotonic() + tc_doctor_time(TIME_LIMIT) };

	memset(counts, 0, TC_HEALTHS * sizeof *counts);
	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
		struct tc_checkup f = { .check = checks[i].name };

		checks[i].check(&d, &f);
		if (f.health == TC_HEALTH_OK)
			f.cure[0] = '\0';
		else if (!f.cure[0])
			tc_doctor_cure(&f, "%s", checks[i].cure);
		counts[f.health]++;
		tell(ctx, &f);
	}
}

static const char *health_name(enum tc_health h)
{
	static const char *const names[] = {
		[TC_HEALTH_OK] = "ok", [TC_HEALTH_WARN] = "warn", [TC_HEALTH_FAIL] = "fail",
	};

	return TC_NAME(names, h);
}

void tc_doctor_line(struct tc_buf *out, const struct tc_checkup *f)
{
	tc_buf_printf(out, "%-5s %-13s %s\n", health_name(f->health), f->check, f->found);
	if (f->cure[0])
		tc_buf_printf(out, "%-19s cure: %s\n", "", f->cure);
}

void tc_doctor_json(struct tc_buf *out, const struct tc_checkup *f)
{
	json_t *o = json_object();

	put_text(o, "type", "check");
	put_text(o, "check", f->check);
	put_text(o, "health", health_name(f->health));
	put_text(o, "found", f->found);
	put_text(o, "cure", f->cure);
	put_line(out, o);
}

void tc_doctor_json_result(struct tc_buf *out, const unsigned counts[TC_HEALTHS],
			   int exit_code)
{
	json_t *o = json_object();

	put_text(o, "type", "result");
	put_text(o, "command", "doctor");
	for (unsigned h = 0; h < TC_HEALTHS; h++)
		put_int(o, health_name(h), counts[h]);
	put_int(o, "exit", (uint64_t)exit_code);
	put_line(out, o);
}
