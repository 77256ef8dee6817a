/* SPDX-License-Identifier: BSD-2-Clause */
/* The session of a campaign, and the fuzzer on it: of the one who began it, and of each job. */
#include "campaign.h"

#include <tcpcraft/prot.h>

#include <poll.h>

#define RTO (3 * TC_S)		/* a case is over before anything is sent again */

static int tune(void *ctx, struct tc_personality *p, struct tc_error *err)
{
	const struct options *o = ctx;

	p->tcp.syn_timeout = o->timeout;
	p->tcp.rto_initial = p->tcp.rto_min = RTO;
	return tc_traits_apply(&o->tcp, p, err);
}

static void on_frame(void *ctx, const struct tc_frame *f)
{
	struct campaign *g = ctx;

	tc_fuzz_tape_add(g->tape, f);
	if (g->observer.frame)
		g->observer.frame(g->observer.ctx, f);
}

static void on_trace(void *ctx, const struct tc_trace *t)
{
	struct campaign *g = ctx;

	g->observer.trace(g->observer.ctx, t);
}

void campaign_configure(struct campaign *g, struct tc_session_config *cfg)
{
	cfg->many = g->o->fuzz.parallel > 1;
	cfg->siblings = g->o->suite.jobs > 1;
	cfg->tune = tune;
	cfg->widen = tc_fuzz_widen;
	g->scope = (struct tc_fuzz_scope){ g->space, g->always_m };
	cfg->widen_ctx = &g->scope;
	g->observer = cfg->observer;
	cfg->observer = (struct tc_observer){
		.ctx = g, .frame = on_frame, .trace = g->observer.trace ? on_trace : NULL,
	};
}

int campaign_turn(struct campaign *g, tc_time until, struct pollfd *extra)
{
	int code = live_turn(&g->live, until, extra, extra != NULL);

	campaign_progress(g);
	return g->live.signal ? EXIT_SIGNAL + g->live.signal : code;
}

int campaign_step(void *ctx, tc_time until)
{
	return campaign_turn(ctx, until, NULL);
}

/* All sessions together use as many ports as one would; blocks of equal size cannot overlap
 * (host/ports.c). */
unsigned campaign_ports(const struct options *o)
{
	const struct fuzz_options *z = &o->fuzz;
	unsigned n = CAMPAIGN_PORTS, jobs = o->suite.jobs;

	while (jobs > 1 && n * (jobs + 1) > CAMPAIGN_PORTS)
		n /= 2;
	return z->listen ? 1 : z->against ? CAMPAIGN_PORTS / 4 : n;
}

/* How many cases at once each of so many shares runs: with --jobs no more than half of its ports,
 * so that a port rests before it is used again. (The process that began the jobs has no more ports
 * than a job.) */
static unsigned at_once(const struct options *o, unsigned shares)
{
	unsigned n = o->fuzz.parallel < shares ? 1 : o->fuzz.parallel / shares;
	unsigned most = campaign_ports(o) / 2;

	return o->suite.jobs > 1 && n > most ? most : n;
}

struct tc_fuzz_config campaign_fuzz(const struct campaign *g, unsigned shares,
				    int (*turn)(void *ctx, tc_time until), void *ctx)
{
	struct tc_fuzz_config cfg = {
		.session = g->live.session, .target = g->target, .call_port = g->call_port,
		.call_addr = g->call_addr, .request = g->request.data,
		.request_len = g->request.len, .frame = g->frame,
		.prot = g->prot, .always = g->always,
		.n_always = g->n_always, .base = &g->base,
		.check = campaign_check_command(g->o),
		.parallel = at_once(g->o, shares),
		.rate = g->o->rate / shares, .patience = g->o->timeout_given ? g->o->timeout : TC_S,
		.turn = turn, .ctx = ctx,
	};

	if (cfg.prot) {
		cfg.expect = (const uint8_t *)TC_PROT_ACK;
		cfg.expect_len = TC_PROT_ACK_LEN;
	}
	return cfg;
}
