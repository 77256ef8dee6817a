/* SPDX-License-Identifier: BSD-2-Clause */
/* run --local: what scripts say of addresses and ports, and what they ask for that cannot
 * be had here. */
#include "run_local.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORTS 64			/* for scripts of several connections */

static int number(const struct tc_script *s, const char *name, unsigned most, unsigned *v,
		  struct tc_error *err)
{
	const char *text = tc_script_switch_value(s, name);
	char *end = NULL;
	unsigned long n = text ? strtoul(text, &end, 10) : 0;

	if (text && (n == 0 || n > most || *end))
		return tc_fail(err, -EOPNOTSUPP, "%s: --%s=%s: 1 to %u is expected", s->file,
			       name, text, most);
	*v = (unsigned)n;
	return 0;
}

/* With or without the length of its network, which is packetdrill's. */
static int address(const struct tc_script *s, const char *name, const char *given,
		   uint8_t family, struct tc_addr *addr, struct tc_error *err)
{
	const char *text = given ? given : tc_script_switch_value(s, name);
	char alone[TC_ADDR_STRING];
	struct tc_error why;

	if (!text)
		return 0;
	snprintf(alone, sizeof alone, "%.*s", (int)strcspn(text, "/"), text);
	if (tc_host_parse(addr, alone, family, true, &why) < 0)
		return tc_fail(err, -EOPNOTSUPP, "%s: --%s: %s", s->file, name, why.msg);
	return 0;
}

static int open_kernel(struct run_local *l, const struct options *o, const struct tc_script *s,
		       uint8_t family, struct tc_error *err)
{
	struct tc_local_config cfg = { .family = family ? family : 4 };
	int rc = address(s, "local_ip", o->script.local_ip, cfg.family, &cfg.addr, err);

	if (rc >= 0)
		rc = address(s, "remote_ip", o->script.remote_ip, cfg.family, &cfg.peer, err);
	if (rc >= 0)
		rc = number(s, "mtu", UINT16_MAX, &cfg.mtu, err);
	return rc < 0 ? rc : tc_local_open(&l->kernel, &cfg, err);
}

/* Where the kernel listens if it does, and where it finds us. */
static void set_ports(const struct tc_calls_config *cc, const struct tc_script *s,
		      struct tc_session_config *cfg)
{
	if (tc_script_is_server(s))
		cfg->source_port = cc->connect_port;
	else
		cfg->dst_port = cc->bind_port;
	cfg->n_ports = cfg->dst_port ? PORTS : 1;
}

int run_local_open(struct run_local *l, const struct options *o, const struct tc_script *s,
		   struct tc_session_config *cfg, struct tc_error *err)
{
	struct tc_calls_config cc = {
		.tolerance = o->script.tolerance,
		.patience = o->timeout_given ? o->timeout : 0,
	};
	unsigned bind_port = 0, connect_port = 0, usecs = 0;
	struct tc_script_version version;
	int rc = tc_script_version(s, o->script.ip_version, &version, err);

	if (rc < 0)
		rc = err->code = -EOPNOTSUPP;
	if (rc >= 0)
		rc = number(s, "bind_port", UINT16_MAX, &bind_port, err);
	if (rc >= 0)
		rc = number(s, "connect_port", UINT16_MAX, &connect_port, err);
	if (rc >= 0)
		rc = number(s, "tolerance_usecs", UINT32_MAX, &usecs, err);
	if (rc >= 0)
		rc = tc_calls_check(s, o->script.allow_shell, err);
	if (rc >= 0)
		rc = open_kernel(l, o, s, version.family, err);
	if (rc < 0)
		return rc;
	cc.local = l->kernel;
	cc.mapped = version.mapped;
	cc.bind_port = bind_port ? (uint16_t)bind_port : TC_CALLS_PORT;
	cc.connect_port = connect_port ? (uint16_t)connect_port : TC_CALLS_PORT;
	if (!cc.tolerance)
		cc.tolerance = usecs * TC_US;
	tc_local_session(l->kernel, cfg);
	set_ports(&cc, s, cfg);
	return tc_calls_open(&l->calls, s, &cc, err);
}

void run_local_close(struct run_local *l)
{
	tc_calls_close(l->calls);
	tc_local_close(l->kernel);
}

void run_local_judge(const struct run_local *l, struct tc_script_result *res)
{
	const struct tc_script_event *e;
	int rc = res->verdict == TC_SCRIPT_PASSED ? tc_calls_end(l->calls, &res->error) : 0;

	if (rc < 0)
		res->verdict = rc == -TC_ERR_UNMET ? TC_SCRIPT_FAILED :
			       rc == -ECANCELED ? TC_SCRIPT_INTERRUPTED : TC_SCRIPT_NOT_RUN;
	e = tc_calls_failed(l->calls);
	if (!e || res->verdict != TC_SCRIPT_FAILED)
		return;
	res->event = e;
	res->line = e->line;
	res->column = e->column;
	snprintf(res->expected, sizeof res->expected, "%s", e->source ? e->source : "");
}
