/* SPDX-License-Identifier: BSD-2-Clause */
/* run --dut: what scripts say of addresses and ports, and what they ask for that cannot
 * be had here. */
#include "run_hand.h"

#include "wall/wall.h"

#include <tcpcraft/route.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORTS 64			/* for scripts of several connections */
#define MSL (120 * TC_S)		/* RFC 9293 3.4.2 */

/* Without a script there is the command line alone. */
static const char *said(const struct tc_script *s, const char *name)
{
	return s ? tc_script_switch_value(s, name) : NULL;
}

/* What the command line gave (0: nothing), or the script says. */
static int number(const struct tc_script *s, const char *name, unsigned given, unsigned most,
		  unsigned *v, struct tc_error *err)
{
	const char *text = given ? NULL : said(s, name);
	char *end = NULL;
	unsigned long n = text ? strtoul(text, &end, 10) : 0;

	if (text && (n == 0 || n > most || *end))
		return tc_fail(err, -EOPNOTSUPP, "%s: --%s=%s: 1 to %u is expected", s->file,
			       name, text, most);
	*v = given ? given : (unsigned)n;
	return 0;
}

/* With or without the length of its network, which is packetdrill's. */
static int address(const struct tc_script *s, const char *name, const char *given,
		   uint8_t family, struct tc_addr *addr, struct tc_error *err)
{
	const char *text = given ? given : said(s, name);
	char alone[TC_ADDR_STRING];
	struct tc_error why;

	if (!text)
		return 0;
	snprintf(alone, sizeof alone, "%.*s", (int)strcspn(text, "/"), text);
	if (tc_host_parse(addr, alone, family, true, &why) < 0)
		return tc_fail(err, -EOPNOTSUPP, "%s: --%s: %s", s->file, name, why.msg);
	return 0;
}

static int tune(void *ctx, struct tc_personality *p, struct tc_error *err)
{
	return tc_traits_apply(&((const struct options *)ctx)->tcp, p, err);
}

/* As the kernel in its place (struct tc_local_config), unless the user says otherwise; and no
 * timer answers in place of what was asked: none of them ends within a word. */
static int tune_steady(void *ctx, struct tc_personality *p, struct tc_error *err)
{
	p->tcp.delayed_ack = false;
	p->tcp.rto_initial = p->tcp.rto_min = p->tcp.rto_max;
	p->tcp.hold_time_wait = true;
	p->tcp.msl = MSL;
	return tune(ctx, p, err);
}

/* Our own TCP in the kernel's place. */
static int open_ours(struct run_hand *h, const struct options *o, struct tc_local_config *cfg,
		     struct tc_error *err)
{
	int rc = tc_local_defaults(cfg, err);

	if (rc < 0)
		return rc;
	cfg->other = &tc_remote_ops;
	h->way.place = (struct tc_ours_place){ .addr = cfg->addr, .peer = cfg->peer,
					       .ifname = TC_LOCAL_IFNAME,
					       .tune = cfg->steady ? tune_steady : tune,
					       .tune_ctx = (void *)(uintptr_t)o };
	memcpy(h->way.place.mac, tc_local_mac(cfg), sizeof h->way.place.mac);
	cfg->other_ctx = tc_remote_new(&h->way);
	rc = cfg->other_ctx ? tc_local_open(&h->kernel, cfg, err) : tc_nomem(err);
	free(cfg->other_ctx);
	return rc;
}

static int open_kernel(struct run_hand *h, const struct options *o, const struct tc_script *s,
		       uint8_t family, struct tc_error *err)
{
	struct tc_local_config cfg = { .family = family ? family : 4, .steady = !s,
				       .script = s && o->script.allow_shell ? s->file : NULL };
	int rc = address(s, "local_ip", o->script.local_ip, cfg.family, &cfg.addr, err);

	if (rc >= 0)
		rc = address(s, "remote_ip", o->script.remote_ip, cfg.family, &cfg.peer, err);
	if (rc >= 0)
		rc = number(s, "mtu", o->script.mtu, UINT16_MAX, &cfg.mtu, err);
	return rc < 0 ? rc : h->way.kind == TC_WAY_OURS ? open_ours(h, o, &cfg, err) :
	       tc_local_open(&h->kernel, &cfg, err);
}

static int any_port(void *ctx, const struct tc_path *path, uint16_t port_lo, uint16_t port_hi,
		    struct tc_wider *w, struct tc_error *err)
{
	(void)ctx, (void)path, (void)port_lo, (void)port_hi, (void)err;
	w->any_peer = true;
	return 0;
}

/* Where the peer listens if it does, and where it finds us. */
static void set_ports(const struct run_hand *h, const struct tc_script *s,
		      struct tc_session_config *cfg)
{
	if (!tc_script_is_server(s))
		cfg->dst_port = h->config.bind_port;
	else if (h->kernel)	/* else any port of ours that is free */
		cfg->source_port = h->config.connect_port;
	if (h->kernel)		/* it may call us later, from a port of its own */
		cfg->widen = any_port;
	cfg->n_ports = cfg->dst_port && tc_script_names_ports(s) ? PORTS :
		       cfg->dst_port && h->kernel ? PORTS : 1;
}

/* What the script and the command line say of the calls. */
static int configure(struct run_hand *h, const struct options *o, const struct tc_script *s,
		     struct tc_error *err)
{
	unsigned bind_port = 0, connect_port = 0, usecs = 0;
	int rc = number(s, "bind_port", o->script.bind_port, UINT16_MAX, &bind_port, err);

	if (rc >= 0)
		rc = number(s, "connect_port", o->script.connect_port, UINT16_MAX, &connect_port,
			    err);
	if (rc >= 0)
		rc = number(s, "tolerance_usecs", 0, UINT32_MAX, &usecs, err);
	if (rc >= 0 && s)
		rc = tc_calls_check(s, o->script.allow_shell, err);
	h->config = (struct tc_calls_config){
		.tolerance = o->script.tolerance ? o->script.tolerance : usecs * TC_US,
		.patience = o->timeout_given ? o->timeout : 0,
		.bind_port = bind_port ? (uint16_t)bind_port : TC_CALLS_PORT,
		.connect_port = connect_port ? (uint16_t)connect_port : TC_CALLS_PORT,
	};
	return rc;
}

static int open_local(struct run_hand *h, const struct options *o, const struct tc_script *s,
		      struct tc_session_config *cfg, struct tc_error *err)
{
	struct tc_script_version version = { .family = o->family };
	unsigned mss = 0;
	int rc = s ? tc_script_version(s, o->script.ip_version, &version, err) : 0;

	if (rc < 0)
		return err->code = -EOPNOTSUPP;
	rc = number(s, "mss", o->script.mss, UINT16_MAX, &mss, err);
	if (rc >= 0)
		rc = open_kernel(h, o, s, version.family, err);
	if (rc < 0)
		return rc;
	cfg->gso_size = (uint16_t)mss;
	h->config.mapped = version.mapped;
	h->config.hand = tc_local_hand(h->kernel);
	tc_local_session(h->kernel, cfg);
	return 0;
}

/* The wall of the hand's process, which writes none of the command's output files. */
static int put_up_wall(void *ctx, struct tc_error *err)
{
	const struct tc_wall wall = { .needs = TC_WALL_TALKS | TC_WALL_AWAITS | TC_WALL_THREADS };
	const struct options *o = ctx;

	return o->no_sandbox ? 0 : tc_wall_up(&wall, err);
}

int run_hand_way(struct tc_way *way, const struct options *o, struct tc_error *err)
{
	int rc = tc_way_parse(way, o->script.dut, err);

	if (rc < 0 || tc_way_has_no_host(way))	/* a network of our own: nobody else is there */
		return rc;
	way->opened = put_up_wall;
	way->opened_ctx = (void *)(uintptr_t)o;
	return 0;
}

static int open_far(struct run_hand *h, const char *port, struct tc_error *err)
{
	int rc = port ? tc_port_parse(&h->config.bind_port, port, err) : 0;

	if (rc >= 0)
		rc = tc_remote_open(&h->far, &h->way, err);
	h->config.hand = h->far;
	return rc;
}

int run_hand_open(struct run_hand *h, const struct options *o, const struct tc_script *s,
		  const char *port, struct tc_session_config *cfg, struct tc_error *err)
{
	int rc = o->script.dut ? run_hand_way(&h->way, o, err) : 0;

	if (rc < 0 || !o->script.dut)
		return rc;
	rc = configure(h, o, s, err);
	if (rc >= 0 && s && tc_script_has_code(s))
		rc = tc_code_runner_open(&h->config.runner, err);
	if (rc >= 0 && tc_way_has_no_host(&h->way))
		rc = open_local(h, o, s, cfg, err);
	else if (rc >= 0)
		rc = open_far(h, port, err);
	if (rc >= 0 && s)
		set_ports(h, s, cfg);
	return rc;
}

int run_hand_begin(struct run_hand *h, const struct tc_script *s, struct tc_session *session,
		   struct tc_error *err)
{
	struct tc_flow flow;

	tc_session_flow(session, 0, &flow);
	h->config.addr = flow.remote_addr;
	h->config.peer = flow.local_addr;
	if (h->far && tc_script_is_server(s))
		h->config.connect_port = flow.local_port;
	else if (h->kernel && !tc_script_is_server(s))	/* it is called, and may call later */
		h->config.connect_port = (uint16_t)(flow.local_port + PORTS - 1);
	return tc_calls_open(&h->calls, s, &h->config, err);
}

void run_hand_close(struct run_hand *h)
{
	tc_calls_close(h->calls);
	tc_hand_close(h->far);
	tc_local_close(h->kernel);
	tc_code_runner_close(h->config.runner);
}

/* A failure that was found while the machine under test was gone is none of its TCP's. */
static void leave(const struct run_hand *h, struct tc_script_result *res)
{
	struct tc_error why = { 0 };
	bool stopped = res->verdict == TC_SCRIPT_INTERRUPTED;
	int rc = tc_calls_leave(h->calls, stopped, &why);

	if (stopped || rc != -TC_ERR_HAND_GONE || res->verdict == TC_SCRIPT_NOT_SUPPORTED ||
	    res->verdict == TC_SCRIPT_INCONCLUSIVE)
		return;
	res->verdict = TC_SCRIPT_INCONCLUSIVE;
	res->error = why;
}

void run_hand_judge(const struct run_hand *h, struct tc_script_result *res)
{
	const struct tc_script_event *e;
	int rc = res->verdict == TC_SCRIPT_PASSED ? tc_calls_end(h->calls, &res->error) : 0;

	if (rc < 0 && !tc_script_verdict_of(rc, &res->verdict))
		res->verdict = TC_SCRIPT_NOT_RUN;
	leave(h, res);
	e = tc_calls_failed(h->calls);
	if (!e || res->verdict != TC_SCRIPT_FAILED)
		return;
	res->event = e;
	res->line = e->line;
	res->column = e->column;
	snprintf(res->expected, sizeof res->expected, "%s", e->source ? e->source : "");
}
