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
static const struct check {
	const char *name;
	tc_doctor_fn *check;
	const char *cure;
	const char *after;	/* … the check that it goes on from, or NULL */
	unsigned shakes;	/* the trials that it tells of, 1 << id each */
} checks[] = {
	{ "privileges", tc_doctor_privileges,
	  "sudo tcpcraft ..., or a network of your own: unshare -Urn, ip link set lo up",
	  NULL, 0 },
	{ "libraries", tc_doctor_libraries, "", NULL, 0 },
	{ "descriptors", tc_doctor_descriptors, "ulimit -n 1024", NULL, 0 },
	{ "ports", tc_doctor_ports,
	  "sysctl net.ipv4.ip_local_port_range=\"32768 60999\", or name a free port with -g",
	  NULL, 0 },
	{ "namespaces", tc_doctor_namespaces,
	  "only lessons without root need them: sysctl user.max_user_namespaces=10000", NULL, 0 },
	{ "iptables", tc_doctor_iptables, "apt-get install iptables", NULL, 0 },
	{ "managers", tc_doctor_managers,
	  "do not reload it during a run: that takes the guard's rule away", NULL, 0 },
	{ "rules", tc_doctor_drops,
	  "see iptables -S, ip6tables -S, nft list ruleset; accept our ports, or --inject link",
	  NULL, 0 },
	{ "conntrack", tc_doctor_conntrack,
	  "--guard shield: the kernel's RST closes the connection for conntrack even when "
	  "it is blocked", NULL, 0 },
	{ "leftovers", tc_doctor_leftovers, "tcpcraft guard sweep", NULL, 0 },
	{ "path", tc_doctor_path,
	  "another interface with -i; what needs Ethernet needs a wired one", NULL, 0 },
	{ "rp_filter", tc_doctor_rp_filter, "", "path", 0 },
	{ "offloads", tc_doctor_offloads, "", "path", 0 },
	{ "ipv6", tc_doctor_ipv6, "", NULL, 0 },
	{ "capture", tc_doctor_capture, REPORT, NULL, 0 },
	{ "inject", tc_doctor_inject, REPORT, "capture", 0 },
	{ "no-guard", tc_doctor_unguarded, REPORT, NULL, 1 << TC_SHAKE_BARE },
	{ "guard-rst", tc_doctor_guard, REPORT, NULL, 1 << TC_SHAKE_RST },
	{ "guard-shield", tc_doctor_guard, REPORT, NULL, 1 << TC_SHAKE_SHIELD },
	{ "guard-nft", tc_doctor_guard, REPORT, NULL, 1 << TC_SHAKE_NFT },
	{ "guard-rst6", tc_doctor_guard, REPORT, NULL,
	  1 << TC_SHAKE_BARE6 | 1 << TC_SHAKE_RST6 },
	{ "guard-shield6", tc_doctor_guard, REPORT, NULL,
	  1 << TC_SHAKE_BARE6 | 1 << TC_SHAKE_SHIELD6 },
	{ "guard-nft6", tc_doctor_guard, REPORT, NULL,
	  1 << TC_SHAKE_BARE6 | 1 << TC_SHAKE_NFT6 },
};

#define N_CHECKS (sizeof checks / sizeof *checks)

const char *tc_doctor_name(size_t nth)
{
	return nth < N_CHECKS ? checks[nth].name : NULL;
}

static bool is_asked(const struct check *c, char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], c->name) == 0)
			return true;
	return n == 0;
}

/* Also without a word about it: one that is asked for goes on from what it finds. */
static bool is_needed(const struct check *c, char *const *names, size_t n)
{
	for (const struct check *k = checks; k < checks + N_CHECKS; k++)
		if (k->after && strcmp(k->after, c->name) == 0 && is_asked(k, names, n))
			return true;
	return c == checks;		/* what we may all want to know */
}

void tc_doctor_run(char *const *names, size_t n,
		   void (*tell)(void *ctx, const struct tc_checkup *f), void *ctx,
		   unsigned counts[TC_HEALTHS])
{
	struct tc_doctor d = { .until = tc_clock_monotonic() + tc_doctor_time(TIME_LIMIT) };

	memset(counts, 0, TC_HEALTHS * sizeof *counts);
	for (const struct check *c = checks; c < checks + N_CHECKS; c++)
		if (is_asked(c, names, n))
			d.proof.wanted |= c->shakes;
	for (const struct check *c = checks; c < checks + N_CHECKS; c++) {
		struct tc_checkup f = { .check = c->name };
		bool asked = is_asked(c, names, n);

		d.shakes = c->shakes;
		if (asked || is_needed(c, names, n))
			c->check(&d, &f);
		if (!asked)
			continue;
		if (f.health == TC_HEALTH_OK)
			f.cure[0] = '\0';
		else if (!f.cure[0])
			tc_doctor_cure(&f, "%s", c->cure);
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
	json_t *o = tc_json_line("check");

	put_text(o, "check", f->check);
	put_text(o, "health", health_name(f->health));
	put_text(o, "found", f->found);
	put_text(o, "cure", f->cure);
	tc_json_put_line(out, o);
}

void tc_doctor_json_result(struct tc_buf *out, const unsigned counts[TC_HEALTHS],
			   int exit_code)
{
	json_t *o = tc_json_result_line("doctor");

	for (unsigned h = 0; h < TC_HEALTHS; h++)
		put_int(o, health_name(h), counts[h]);
	put_int(o, "exit", (uint64_t)exit_code);
	tc_json_put_line(out, o);
}
