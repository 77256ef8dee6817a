/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A campaign of cases: how the server answers when all is well, and what is kept between
 * its windows (window.c) of cases (case.c). See tcpcraft/fuzz.h.
 */
#include "own.h"

#include "host/starter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SILENCE_RTTS 8
#define RECOVER_NS (5 * TC_S)
#define PAUSE_NS (5 * TC_MS)
#define CHECK_WITHIN (60 * TC_S)

int tc_fuzz_open(struct tc_fuzz **out, const struct tc_fuzz_config *cfg, struct tc_error *err)
{
	struct tc_fuzz *f = calloc(1, sizeof *f);
	int rc = 0;

	if (f) {
		f->runs = calloc(cfg->parallel, sizeof *f->runs);
		f->signatures = calloc(SIGNATURES, sizeof *f->signatures);
		f->past = calloc(FUZZ_PAST, sizeof *f->past);
	}
	if (!f || !f->runs || !f->signatures || !f->past) {
		tc_fuzz_close(f);
		return tc_nomem(err);
	}
	f->cfg = *cfg;
	f->pace = (struct tc_pace){ .rate = cfg->rate, .behind = TC_PACE_ALL };
	f->control_x = (struct tc_exchange_config){
		.request = cfg->request, .request_len = cfg->request_len,
		.expect = cfg->expect, .expect_len = cfg->expect_len,
		.timeout = cfg->patience, .decided = tc_fuzz_decided,
		.ended = tc_fuzz_ended,
	};
	f->silence = SILENCE_NS;
	f->check_within = CHECK_WITHIN;
	f->at_once = cfg->call_port ? 1 : cfg->parallel;
	f->crowd = cfg->parallel;
	rc = tc_fuzz_open_check(f, err);
	if (rc >= 0 && cfg->call_port) {
		f->control_x.hold = SILENCE_NS / 2;
		rc = tc_fuzz_listen(f, err);
	}
	if (rc < 0) {
		tc_fuzz_close(f);
		return rc;
	}
	tc_stack_set_filter(tc_session_stack(cfg->session),
			    &(struct tc_filter){ f, tc_fuzz_filter });
	*out = f;
	return 0;
}

/* Once it is over nobody answers. */
static void drop_call(void *ctx, struct tc_conn *c)
{
	(void)ctx;
	tc_conn_free(c);
}

void tc_fuzz_close(struct tc_fuzz *f)
{
	if (!f)
		return;
	for (unsigned i = 0; f->runs && i < f->cfg.parallel; i++)
		tc_fuzz_give_up(&f->runs[i]);
	tc_fuzz_give_up(&f->canary);
	tc_fuzz_drop_calls(f);
	if (f->cfg.session && f->cfg.call_port)
		tc_stack_hold_calls(tc_session_stack(f->cfg.session), drop_call, NULL);
	if (f->cfg.session)
		tc_stack_set_filter(tc_session_stack(f->cfg.session), NULL);
	tc_starter_close(f->check);
	free(f->runs);
	free(f->calls);
	free(f->signatures);
	free(f->past);
	tc_buf_free(&f->got);
	tc_buf_free(&f->learned);
	free(f);
}

unsigned tc_fuzz_under_way(const struct tc_fuzz *f, bool *looking)
{
	*looking = f->looking;
	return f->looking ? 0 : f->over;
}

/* Was the server silent? It, or this host, may be busy with the start of other jobs. */
static bool is_silent(const struct tc_fuzz *f, const struct tc_fuzz_outcome *o)
{
	if (f->cfg.call_port)
		return false;
	return !f->control.info.established_at ||
	       (f->cfg.expect && (o->verdict == TC_VERDICT_SILENT ||
				  o->verdict == TC_VERDICT_UNACKED));
}

/* Not up yet, or slow; or a call of before we listened, which this host's kernel has refused. */
static bool may_come(const struct tc_fuzz *f, const struct tc_fuzz_outcome *o)
{
	return o->verdict == TC_VERDICT_REFUSED || is_silent(f, o) ||
	       (f->ever_called && !f->control.info.established_at);
}

static int first_control(struct tc_fuzz *f, struct tc_fuzz_outcome *o)
{
	tc_time until = tc_clock_monotonic() + RECOVER_NS;
	int rc;

	do {
		rc = tc_fuzz_control(f, o);
		if (rc == 0 && may_come(f, o))
			rc = tc_fuzz_pause(f, PAUSE_NS);
	} while (rc == 0 && may_come(f, o) && tc_clock_monotonic() < until);
	return rc;
}

/* What it replied is what it always replies? Then that is a good reply. */
static int learn_reply(struct tc_fuzz *f, struct tc_fuzz_outcome *o)
{
	int rc;

	if (f->cfg.expect || f->got.len == 0)	/* a client has to call again in any case */
		return f->cfg.call_port ? tc_fuzz_control(f, o) : 0;
	tc_buf_add(&f->learned, f->got.data, f->got.len);
	f->control_x.expect = f->learned.data;
	f->control_x.expect_len = f->learned.len;
	rc = tc_fuzz_control(f, o);
	if (rc == 0 && o->verdict != TC_VERDICT_REPLY) {
		f->control_x.expect = NULL;	/* it counts, or tells the time: any will do */
		f->control_x.expect_len = 0;
		rc = tc_fuzz_control(f, o);
	}
	return rc;
}

static int no_connection(struct tc_fuzz *f, enum tc_verdict v, struct tc_error *err)
{
	char why[128];

	if (tc_fuzz_target_died(f->cfg.target, why))
		return tc_fail(err, -ECONNREFUSED, "the client did not call port %u: it ended "
			       "with %s", f->cfg.call_port, why);
	if (f->cfg.call_port && !f->ever_called)
		return tc_fail(err, -ECONNREFUSED, "no client called port %u in %g s; --timeout "
			       "waits longer", f->cfg.call_port,
			       (double)tc_fuzz_call_wait(f) / (double)TC_S);
	return tc_fail(err, -ECONNREFUSED, "no connection %s the %s: %s",
		       f->cfg.call_port ? "with" : "to", tc_fuzz_who(f), tc_verdict_name(v));
}

int tc_fuzz_learn(struct tc_fuzz *f, struct tc_error *err)
{
	struct tc_fuzz_outcome o = { 0 };
	tc_time rtt;
	int rc = first_control(f, &o);

	if (rc == 0 && !f->control.info.established_at)
		return no_connection(f, o.verdict, err);
	if (rc == 0)
		rc = learn_reply(f, &o);
	if (rc == 0 && !f->control.info.established_at)
		return tc_fail(err, -ECONNREFUSED, "the client called once, and not again in %g s: "
			       "--timeout waits longer, --call starts it for each case",
			       (double)f->cfg.patience / (double)TC_S);
	if (rc < 0)
		return f->stop ? tc_fuzz_stopped(f, err) : tc_fail(err, rc, "stopped");
	if (f->cfg.expect && o.verdict != TC_VERDICT_REPLY)
		return tc_fail(err, -ECONNREFUSED, "the server does not reply to a good request: "
			       "%s", tc_verdict_name(o.verdict));
	if (!tc_fuzz_check_passes(f))
		return tc_fail(err, -EPROTO, "--oracle: '%s' %s before the first case; it is "
			       "to exit with 0 while the server is well", f->cfg.check,
			       f->check_hangs ? "does not end" : "fails");
	if (f->stop)
		return tc_fuzz_stopped(f, err);
	f->usual = o.verdict;
	memcpy(f->usual_state, o.state, sizeof f->usual_state);
	tc_fuzz_is_new(f, o.signature);
	rtt = f->control.info.established_at - f->control.info.syn_sent_at;
	if (SILENCE_RTTS * rtt > SILENCE_NS)
		f->silence = SILENCE_RTTS * rtt;
	f->usual_time = f->control.decided_at - tc_fuzz_began(&f->control);
	if (f->cfg.call_port)
		f->usual_rest = f->usual_time < 2 * f->control_x.hold ? f->usual_time
								      : 2 * f->control_x.hold;
	rc = tc_fuzz_meet_callers(f);
	return rc < 0 ? tc_fuzz_stopped(f, err) : 0;
}
