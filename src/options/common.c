/* SPDX-License-Identifier: BSD-2-Clause */
/* The options that several commands have: of the network, of TCP, of what is printed. */
#include "own.h"

#include <tcpcraft/field.h>
#include <tcpcraft/route.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SOURCES_MAX 64

int options_dry_host(const struct options *o, const char *host, struct tc_addr *addr,
		     struct tc_error *err)
{
	struct tc_error why;
	int rc = tc_host_parse(addr, host, o->family, true, &why);

	if (rc == -EINVAL)
		return tc_fail(err, rc, "--dry-run asks no name server: %s", why.msg);
	return rc < 0 ? tc_fail(err, rc, "%s", why.msg) : 0;
}

static int add_source(struct options *o, const struct tc_addr *addr, struct tc_error *err)
{
	struct tc_addr *more;

	if (tc_addr_is_none(&o->source)) {
		o->source = *addr;
		return 0;
	}
	if (o->n_more_sources + 1 >= SOURCES_MAX)
		return tc_fail(err, -ERANGE, "--source: more than %d addresses", SOURCES_MAX);
	more = TC_ARRAY_ADD(o->more_sources, o->n_more_sources);
	if (!more)
		return tc_nomem(err);
	*more = *addr;
	return 0;
}

/* One address, or A-B. */
static int add_sources(struct options *o, char *item, struct tc_error *err)
{
	char *dash = strchr(item, '-');
	struct tc_addr first = { 0 }, last;
	int rc;

	if (dash)
		*dash = 0;
	rc = tc_host_parse(&first, item, 0, true, err);
	last = first;
	if (rc >= 0 && dash)
		rc = tc_host_parse(&last, dash + 1, first.family, true, err);
	if (rc >= 0 && tc_addr_compare(&last, &first) < 0)
		rc = tc_fail(err, -EINVAL, "--source: %s-%s is the wrong way round", item,
			     dash ? dash + 1 : item);
	if (rc >= 0)
		rc = add_source(o, &first, err);
	while (rc >= 0 && !tc_addr_equal(&first, &last) && tc_addr_add(&first, 1))
		rc = add_source(o, &first, err);
	return rc;
}

/* ADDR, A,B,… or A-B, or a mixture. */
static int set_source(struct options *o, const char *v, struct tc_error *err)
{
	char *text = strdup(v), *save = NULL, *item;
	int rc = text ? 0 : tc_nomem(err);

	for (item = text ? strtok_r(text, ",", &save) : NULL; item && rc >= 0;
	     item = strtok_r(NULL, ",", &save))
		rc = add_sources(o, item, err);
	if (rc >= 0 && tc_addr_is_none(&o->source))
		rc = tc_fail(err, -EINVAL, "--source: '%s' names no address", v);
	free(text);
	return rc;
}

static int set_family(struct options *o, uint8_t family, struct tc_error *err)
{
	if (o->family && o->family != family)
		return tc_fail(err, -EINVAL, "-4 and -6 are IPv4 alone and IPv6 alone: use one");
	o->family = family;
	return 0;
}

static int set_ipv4(struct options *o, const char *v, struct tc_error *err)
{
	(void)v;
	return set_family(o, 4, err);
}

static int set_ipv6(struct options *o, const char *v, struct tc_error *err)
{
	(void)v;
	return set_family(o, 6, err);
}

static int set_vlan(struct options *o, const char *v, struct tc_error *err)
{
	struct tc_error why;

	return tc_vlan_parse(&o->vlan, v, &why) < 0 ?
	       tc_fail(err, -EINVAL, "--vlan: %s", why.msg) : 0;
}

static int set_source_mac(struct options *o, const char *v, struct tc_error *err)
{
	const struct tc_field *row = &tc_header_get(TC_HDR_ETH)->rows[TC_ETH_SRC];
	tc_value mac = 0;

	o->source_mac_own = strcmp(v, "own") == 0;
	if (o->source_mac_own)
		return 0;
	if (strchr(v, ':') == NULL || tc_field_parse(row, v, &mac, NULL) < 0)
		return tc_fail(err, -EINVAL, "--source-mac: '%s' is neither own nor a MAC as "
			       "02:00:00:00:00:01", v);
	for (int i = 5; i >= 0; i--, mac >>= 8)
		o->source_mac[i] = (uint8_t)mac;
	o->source_mac_given = true;
	return 0;
}

static int set_source_port(struct options *o, const char *v, struct tc_error *err)
{
	struct tc_error why;

	return tc_port_parse(&o->source_port, v, &why) < 0 ?
	       tc_fail(err, -EINVAL, "-g: %s", why.msg) : 0;
}

/* A number, where the trait takes other words too. */
static int set_iss(struct options *o, const char *v, struct tc_error *err)
{
	uint64_t n;
	int rc = option_number("--iss", v, UINT32_MAX, &n, err);

	return rc < 0 ? rc : tc_traits_set(&o->tcp, "isn", v, err);
}

static int set_guard(struct options *o, const char *v, struct tc_error *err)
{
	int mode = tc_guard_mode_parse(v, err);

	if (mode < 0)
		return mode;
	o->guard = (enum tc_guard_mode)mode;
	o->guard_given = true;
	return 0;
}

static int check_write(struct options *o, const char *v, struct tc_error *err)
{
	(void)o;
	return option_is_file("-w", v, err);
}

static const char *const colors[] = {
	[COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never", NULL
};
static const char *const injects[] = {
	[TC_INJECT_AUTO] = "auto", [TC_INJECT_LINK] = "link", [TC_INJECT_RAW] = "raw", NULL
};

const struct option_row common_rows[] = {
	{ 'k', "keep", NULL, GROUP_LISTEN, "one client after another, many at once",
	  FLAG(keep), USUAL(GROUP_LISTEN) },
	{ 0, "prot", NULL, GROUP_LISTEN, "answer PROT frames as the legacy server",
	  FLAG(prot), USUAL(GROUP_LISTEN) },
	{ 0, "echo", NULL, GROUP_LISTEN, "with --keep: send back what comes", FLAG(echo),
	  USUAL(GROUP_LISTEN) },
	{ 0, "hang-up", NULL, GROUP_LISTEN, "with --keep: close when something has come",
	  FLAG(hang_up) },
	{ 'c', "count", "N", GROUP_PROT, "N connections", NUMBER(count, 1, 100000000),
	  USUAL(GROUP_PROT) },
	{ 0, "parallel", "K", GROUP_PROT | GROUP_EACH,
	  "K of them at once (1); more than one: the data carries the third ACK",
	  NUMBER(parallel, 1, 1000000) },
	{ 0, "hold", "SECONDS", GROUP_PROT, "rest after the handshake", SECONDS(hold) },
	{ 0, "rate", "N", GROUP_RATE | GROUP_EACH, "at most N a second",
	  REAL(rate, 0.001, 1e9), .wanted = "a number a second, 0.001 or more",
	  USUAL(GROUP_SEND) },
	{ 0, "rate", "N", GROUP_CONFORM,
	  "about N packets a second: N/20 cases at once, one at least (another host: 100)",
	  REAL(rate, 0.001, 1e9), .wanted = "a number a second, 0.001 or more" },
	{ 'i', "interface", "DEV", GROUP_NET, "send and capture here", TEXT(ifname) },
	{ 0, "vlan", "ID[.ID][:PRIO]", GROUP_NET, "in this VLAN of DEV, with its tags",
	  CUSTOM(set_vlan) },
	{ '4', "ipv4", NULL, GROUP_NET, "of a name or a listener: IPv4 alone", CUSTOM(set_ipv4) },
	{ '6', "ipv6", NULL, GROUP_NET, "… IPv6 alone", CUSTOM(set_ipv6) },
	{ 0, "source", "ADDR", GROUP_CLIENT, "our address, or A,B or A-B",
	  CUSTOM(set_source), USUAL(GROUP_EXTCAP | GROUP_MEET) },
	{ 0, "source-mac", "MAC", GROUP_CLIENT,
	  "of an address that no host owns; or own (02:…)", CUSTOM(set_source_mac) },
	{ 'g', "source-port", "PORT", GROUP_CLIENT, "our (first) port",
	  CUSTOM(set_source_port) },
	{ 0, "iss", "N", GROUP_CLIENT, "our initial sequence number",
	  CUSTOM(set_iss) },
	{ 0, "inject", "HOW", GROUP_NET, "auto, link or raw", CHOICE(inject, injects) },
	{ 0, "guard", "MODE", GROUP_NET, "auto, rst, shield, nft or off", CUSTOM(set_guard),
	  .help_lists = true, USUAL(GROUP_EXTCAP) },
	{ 0, "mark", "N", GROUP_NET, "mark of our own resets (0x7463)",
	  NUMBER(mark, 1, UINT32_MAX),
	  .wanted = "0 is what every packet has; choose another" },
	{ 'w', "write", "FILE", GROUP_NET | GROUP_FILES, "capture; .pcapng has comments",
	  FILE_NAME(write_file), .set = check_write,
	  USUAL(GROUP_TALK | GROUP_SEND | GROUP_PROBE | GROUP_MEET | GROUP_CONFORM | GROUP_RUN) },
	{ 0, "force", NULL, GROUP_NET | GROUP_FORCE, "overwrite FILE", FLAG(force) },
	{ 0, "seed", "N", GROUP_NET, "decides all that is random",
	  NUMBER(seed, 0, UINT64_MAX), OPTION_GIVEN(seed_given) },
	{ 0, "timeout", "SECONDS", GROUP_NET, "for an answer, not a first client (5, or its own)",
	  SECONDS(timeout), OPTION_GIVEN(timeout_given) },
	{ 0, "busy-poll", NULL, GROUP_NET, "never sleep: faster, hotter",
	  FLAG(busy_poll) },
	{ 0, "authorized", NULL, GROUP_NET, "I may test a public target",
	  FLAG(authorized) },
	{ 0, "json", NULL, GROUP_OUT | GROUP_QUIET, "JSON lines on stdout", FLAG(json),
	  USUAL(GROUP_MEET) },
	{ 'q', "quiet", NULL, GROUP_OUT | GROUP_QUIET, "less: the result or the peer's bytes, or nothing",
	  FLAG(quiet) },
	{ 'v', "verbose", NULL, GROUP_OUT, "show more", COUNT(verbose),
	  USUAL(GROUP_MEET) },
	{ 0, "short", NULL, GROUP_LADDER,
	  "ladders without padding and timestamps that go on", FLAG(brief) },
	{ 0, "color", "WHEN", GROUP_OUT, "auto (on a terminal), always or never",
	  CHOICE(color, colors) },
	{ 0, "no-sandbox", NULL,
	  GROUP_NET | GROUP_SHOW | GROUP_EXPLAIN | GROUP_LINKTYPE | GROUP_TEACH |
	  GROUP_DUT,
	  "for debugging: put up no walls", FLAG(no_sandbox) },
	{ 'h', "help", NULL, ~0u, "a screen of help", FLAG(help) },
	{ 0, "help-all", NULL, ~0u, "what each option means", FLAG(help_all) },
	{ 0 }
};
