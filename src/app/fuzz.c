/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cases on connections, and whether the server is still well. Cases run in windows; after
 * a window in which something was not as usual a control exchange asks; when it fails, the
 * window is gone through one by one. See tcpcraft/fuzz.h.
 */
#include <tcpcraft/fuzz.h>

#include "fuzz_judge.h"

#include <tcpcraft/clock.h>
#include <tcpcraft/error.h>
#include <tcpcraft/exchange.h>
#include <tcpcraft/mutate.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/rng.h>
#include <tcpcraft/session.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SILENCE_NS (20 * TC_MS)
#define SILENCE_RTTS 8
#define CONTROL_EVERY 64
#define CONTROL_TRIES 3
#define DEATH_NS (200 * TC_MS)		/* a dump may take its time */
#define RECOVER_NS (5 * TC_S)
#define PAUSE_NS (5 * TC_MS)
#define SIGNATURES 4096

/* One connection: a case, or (c NULL) a control. */
struct run {
	struct tc_exchange x;
	struct tc_fuzz *f;
	struct tc_mutate *m;
	const struct tc_fuzz_case *c;
	struct tc_fuzz_outcome *out;
	struct evidence seen;
	struct tc_conn_info info;	/* as of the end */
	bool busy, ended;
};

struct tc_fuzz {
	struct tc_fuzz_config cfg;
	struct tc_exchange_config case_x, control_x;
	struct run *runs;
	struct run control;
	unsigned next_flow, since_control;
	tc_time next_start;
	enum tc_verdict usual;		/* of a control exchange when all is well */
	uint64_t *signatures;
	unsigned n_signatures;
	int stop;
};

const char *tc_fuzz_kind_name(enum tc_fuzz_kind k)
{
	static const char *const names[TC_FUZZ_KINDS] = {
		[TC_FUZZ_NOTHING] = "nothing", [TC_FUZZ_DIED] = "died",
		[TC_FUZZ_HANG] = "hang", [TC_FUZZ_REFUSES] = "refuses",
		[TC_FUZZ_ACCEPTED] = "accepted", [TC_FUZZ_NOVEL] = "novel",
	};

	return names[k];
}

const char *tc_fuzz_reaction(const struct tc_fuzz_outcome *o)
{
	return o->not_carried ? "not-carried" : tc_verdict_name(o->verdict);
}

/* ---- one connection ---------------------------------------------------------------------- */

/*
 * Our reset has the number that the machine is at. A peer that never took what a case sent
 * is behind that, may only challenge it, and limits how often it does (RFC 5961): so that
 * no case leaves a connection behind, the number that the peer acknowledged is reset, too.
 */
static void reset_behind(const struct tc_outgoing *out)
{
	struct tc_packet p = { 0 };
	struct tc_conn_info info;
	uint8_t bytes[TC_HEAD_MAX];
	int tcp, n = tc_packet_parse(&p, out->frame, out->len, out->l3 ? TC_HDR_ETH : TC_HDR_IP,
				     NULL);

	tc_conn_info(out->conn, &info);
	tcp = tc_packet_layer(&p, tc_header_get(TC_HDR_TCP), 0);
	if (n >= 0 && tcp >= 0 && out->seg->seq != info.iss + 1 + (tc_seq)info.bytes_acked) {
		tc_packet_relax(&p);
		tc_packet_set(&p, tcp, TC_TCP_SEQ, info.iss + 1 + (tc_seq)info.bytes_acked, NULL);
		n = tc_packet_build(&p, bytes, sizeof bytes, NULL);
		if (n > 0)
			tc_stack_inject(out->stack, out->conn, &(struct tc_injection){
				.frame = bytes, .len = (size_t)n, .l3 = out->l3 }, NULL);
	}
	tc_packet_free(&p);
}

static bool filter(void *ctx, const struct tc_outgoing *out)
{
	const struct tc_exchange *x = out->owner;
	const struct run *r = x ? x->ctx : NULL;

	(void)ctx;
	if (r && r->m && out->seg->flags & TC_FLAG_RST)
		reset_behind(out);
	return r && r->m && tc_mutate_segment(r->m, out);
}

static void on_sent(void *ctx, const struct tc_outgoing *out, const struct tc_injection *in)
{
	struct run *r = ctx;

	tc_evidence_add(&r->seen, out->seg, in->frame + in->l3, in->len - in->l3,
			r->f->cfg.prot);
}

static void on_ended(struct tc_exchange *x)
{
	struct run *r = x->ctx;

	tc_conn_info(x->conn, &r->info);
	r->ended = true;
}

static int start(struct tc_fuzz *f, struct run *r, const struct tc_fuzz_case *c,
		 struct tc_fuzz_outcome *out, struct tc_error *err)
{
	const char *rules[TC_FUZZ_RULES];
	struct tc_flow flow;
	int rc = -EADDRINUSE;

	*r = (struct run){ .f = f, .c = c, .out = out, .busy = true };
	r->x = (struct tc_exchange){ .cfg = c ? &f->case_x : &f->control_x, .ctx = r };
	*out = (struct tc_fuzz_outcome){ 0 };
	if (c) {
		for (unsigned i = 0; i < c->n_rules; i++)
			rules[i] = c->rule[i];
		rc = tc_mutate_open(&r->m, rules, c->n_rules, f->cfg.prot, err);
		if (rc < 0)
			return rc;
		tc_mutate_watch(r->m, on_sent, r);
		rc = -EADDRINUSE;
	}
	for (unsigned tries = 0; rc == -EADDRINUSE && tries < 8192; tries++) {
		tc_session_flow(f->cfg.session, f->next_flow++, &flow);
		rc = tc_exchange_start(&r->x, tc_session_stack(f->cfg.session), &flow,
				       c ? c->iss : (tc_seq)tc_rng_kernel_u64(), err);
	}
	return rc;
}

/* Taken by a peer that was to drop it? */
static void judge(struct run *r)
{
	const struct evidence *e = &r->seen;
	struct tc_fuzz_outcome *o = r->out;
	const char *what = NULL;

	/* nothing but what must be dropped was sent in place of honest segments */
	if (e->frames == 0 || e->frames > e->bad)
		what = NULL;
	else if (e->data && o->bytes_acked > 0)
		what = "acknowledged, which must be dropped";
	else if (e->syn && r->info.established_at)
		what = "answered with SYN,ACK, which must be dropped";
	else if (o->verdict == TC_VERDICT_RESET || o->verdict == TC_VERDICT_REFUSED)
		what = "reset, which must be dropped";
	if (what) {
		o->kind = TC_FUZZ_ACCEPTED;
		snprintf(o->why, sizeof o->why, "a segment was %s (%s)", what, e->clause);
	} else if (e->prot_bad && o->verdict == TC_VERDICT_REPLY) {
		o->kind = TC_FUZZ_ACCEPTED;
		snprintf(o->why, sizeof o->why, "a PROT frame got its reply, with %s",
			 e->prot_why);
	}
}

static uint64_t signature(const struct run *r)
{
	size_t n = r->x.reply.len < 16 ? r->x.reply.len : 16;
	uint64_t h = (uint64_t)r->x.verdict << 8 | (uint64_t)r->info.end;

	for (size_t i = 0; i < n; i++)
		h = (h ^ r->x.reply.data[i]) * 0x100000001b3u;
	return h ^ (uint64_t)(n + 1) << 56;
}

/* New, and remembered from now on? */
static bool is_new(struct tc_fuzz *f, uint64_t sig)
{
	for (unsigned i = 0; i < f->n_signatures; i++)
		if (f->signatures[i] == sig)
			return false;
	if (f->n_signatures < SIGNATURES)
		f->signatures[f->n_signatures++] = sig;
	return true;
}

static void finish(struct run *r)
{
	struct tc_fuzz_outcome *o = r->out;
	bool fresh;

	o->verdict = r->x.verdict;
	o->bytes_acked = r->info.bytes_acked;
	o->bytes_received = r->info.bytes_received;
	o->not_carried = r->m && tc_mutate_refused(r->m, NULL) < 0;
	fresh = !o->not_carried && is_new(r->f, signature(r));
	if (r->c && !o->not_carried) {
		judge(r);
		if (fresh && o->kind == TC_FUZZ_NOTHING) {
			o->kind = TC_FUZZ_NOVEL;
			snprintf(o->why, sizeof o->why, "%s, %zu bytes of reply",
				 tc_verdict_name(o->verdict), r->x.reply.len);
		}
	}
	if (r->x.conn)
		tc_conn_detach(r->x.conn);
	r->x.conn = NULL;
	tc_exchange_free(&r->x);
	tc_mutate_close(r->m);
	r->m = NULL;
	r->busy = false;
}

static int turn(struct tc_fuzz *f, tc_time until)
{
	if (!f->stop)
		f->stop = f->cfg.turn(f->cfg.ctx, until);
	return f->stop;
}

static void give_up(struct run *r)
{
	if (r->busy && r->x.conn) {
		tc_exchange_stop(&r->x, TC_VERDICT_INTERRUPTED);
		finish(r);
	}
}

/* ---- is the server well? ------------------------------------------------------------------- */

static int run_control(struct tc_fuzz *f, struct tc_fuzz_outcome *out)
{
	struct tc_error err;

	if (start(f, &f->control, NULL, out, &err) < 0)
		return -EIO;
	while (!f->control.ended)
		if (turn(f, tc_clock_monotonic() + 100 * TC_MS)) {
			give_up(&f->control);
			return -EINTR;
		}
	finish(&f->control);
	return 0;
}

static bool check_passes(const struct tc_fuzz *f)
{
	return !f->cfg.check || system(f->cfg.check) == 0;
}

static int pause_for(struct tc_fuzz *f, tc_time t)
{
	tc_time until = tc_clock_monotonic() + t;

	while (tc_clock_monotonic() < until)
		if (turn(f, until))
			return -EINTR;
	return 0;
}

/* What is wrong with it, and why; NOTHING when it is well. A transient silence does not
 * count: it is asked again. */
static enum tc_fuzz_kind examine(struct tc_fuzz *f, char why[160])
{
	struct tc_fuzz_outcome o = { 0 };
	tc_time until;

	for (unsigned i = 0; i < CONTROL_TRIES; i++) {
		if (tc_fuzz_target_died(f->cfg.target, why))
			return TC_FUZZ_DIED;
		if (run_control(f, &o) < 0)
			return TC_FUZZ_NOTHING;
		if (o.verdict == f->usual && check_passes(f))
			return tc_fuzz_target_died(f->cfg.target, why) ? TC_FUZZ_DIED
								       : TC_FUZZ_NOTHING;
	}
	for (until = tc_clock_monotonic() + DEATH_NS; tc_clock_monotonic() < until;) {
		if (tc_fuzz_target_died(f->cfg.target, why))
			return TC_FUZZ_DIED;
		if (pause_for(f, PAUSE_NS) < 0)
			return TC_FUZZ_NOTHING;
	}
	snprintf(why, 160, "a good request afterwards: %s", tc_verdict_name(o.verdict));
	return o.verdict == TC_VERDICT_REFUSED || o.verdict == TC_VERDICT_CLOSED ||
	       o.verdict == TC_VERDICT_RESET ? TC_FUZZ_REFUSES : TC_FUZZ_HANG;
}

/* Until a control exchange is as usual. */
static int recover(struct tc_fuzz *f, struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + RECOVER_NS;
	struct tc_fuzz_outcome o = { 0 };
	int rc = 0;

	f->since_control = 0;
	if (tc_fuzz_target_spawned(f->cfg.target))
		rc = tc_fuzz_target_restart(f->cfg.target, err);
	while (rc == 0 && tc_clock_monotonic() < until) {
		rc = run_control(f, &o);
		if (rc == 0 && o.verdict == f->usual)
			return 0;
		if (rc == 0)
			rc = pause_for(f, PAUSE_NS);
	}
	if (rc == -EINTR)
		return tc_fail(err, rc, "stopped");
	return rc < 0 ? rc : tc_fail(err, -ECONNREFUSED, "the server does not answer any more "
				     "(%s)%s", tc_verdict_name(o.verdict),
				     tc_fuzz_target_spawned(f->cfg.target) ? "" :
				     ": with --spawn it would be started again");
}

/* ---- windows --------------------------------------------------------------------------------- */

static bool may_start(struct tc_fuzz *f)
{
	tc_time now = tc_clock_monotonic();

	if (f->cfg.rate <= 0)
		return true;
	if (now < f->next_start)
		return false;
	f->next_start = (f->next_start ? f->next_start : now) +
			(tc_time)((double)TC_S / f->cfg.rate);
	return true;
}

/* Cases that the path did not carry need not wait for an answer. */
static unsigned collect(struct tc_fuzz *f)
{
	unsigned done = 0;

	for (unsigned i = 0; i < f->cfg.parallel; i++) {
		struct run *r = &f->runs[i];

		if (r->busy && !r->ended && r->m && tc_mutate_refused(r->m, NULL) < 0)
			tc_exchange_stop(&r->x, TC_VERDICT_INTERRUPTED);
		if (r->busy && r->ended) {
			finish(r);
			done++;
		}
	}
	return done;
}

static int run_window(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
		      struct tc_fuzz_outcome *out, struct tc_error *err)
{
	unsigned started = 0, over = 0;
	int rc = 0;

	while (rc == 0 && over < n) {
		for (unsigned i = 0; i < f->cfg.parallel && started < n && rc >= 0; i++) {
			if (f->runs[i].busy || !may_start(f))
				continue;
			rc = start(f, &f->runs[i], &cases[started], &out[started], err);
			started++;
		}
		if (rc >= 0 && turn(f, tc_clock_monotonic() + (f->cfg.rate > 0 ? TC_MS
									      : SILENCE_NS)))
			rc = tc_fail(err, -EINTR, "stopped");
		over += collect(f);
	}
	for (unsigned i = 0; rc < 0 && i < f->cfg.parallel; i++)
		give_up(&f->runs[i]);
	return rc < 0 ? rc : 0;
}

static bool unusual(const struct tc_fuzz *f, const struct tc_fuzz_outcome *out, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (out[i].verdict != f->usual && !out[i].not_carried)
			return true;
	return false;
}

static void find(struct tc_fuzz_outcome *o, enum tc_fuzz_kind kind, const char *why)
{
	o->kind = kind;
	o->control = true;
	o->control_good = false;
	snprintf(o->why, sizeof o->why, "%s", why);
}

/* Which of the window was it? One by one, each followed by a control. */
static int blame(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
		 struct tc_fuzz_outcome *out, enum tc_fuzz_kind kind, const char *why,
		 struct tc_error *err)
{
	struct tc_fuzz_outcome again;
	enum tc_fuzz_kind now;
	char text[160];
	int rc = 0;

	for (unsigned i = 0; i < n && n > 1 && rc == 0; i++) {
		rc = run_window(f, &cases[i], 1, &again, err);
		now = rc < 0 ? TC_FUZZ_NOTHING : examine(f, text);
		if (now == TC_FUZZ_NOTHING)
			continue;
		find(&out[i], now, text);
		return recover(f, err);
	}
	if (rc == 0)
		find(&out[n - 1], kind, why);
	return rc;
}

int tc_fuzz_run(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
		struct tc_fuzz_outcome *out, struct tc_error *err)
{
	enum tc_fuzz_kind kind = TC_FUZZ_NOTHING;
	char why[160] = "";
	int rc = run_window(f, cases, n, out, err);

	f->since_control += n;
	if (rc < 0 || (!unusual(f, out, n) && f->since_control < CONTROL_EVERY &&
		       !tc_fuzz_target_died(f->cfg.target, why)))
		return rc;
	kind = why[0] ? TC_FUZZ_DIED : examine(f, why);
	f->since_control = 0;
	for (unsigned i = 0; i < n; i++)
		out[i].control = out[i].control_good = kind == TC_FUZZ_NOTHING;
	if (f->stop)
		return tc_fail(err, -EINTR, "stopped");
	if (kind == TC_FUZZ_NOTHING)
		return 0;
	rc = recover(f, err);
	if (rc < 0) {
		find(&out[n - 1], kind, why);
		return rc;
	}
	return blame(f, cases, n, out, kind, why, err);
}

bool tc_fuzz_reproduces(struct tc_fuzz *f, const struct tc_fuzz_case *c,
			enum tc_fuzz_kind kind, unsigned repeat)
{
	struct tc_fuzz_outcome o;
	int rc = 0;

	for (unsigned i = 0; i < repeat && rc == 0; i++) {
		rc = tc_fuzz_run(f, c, 1, &o, NULL);
		if (rc == 0 && o.kind == kind)
			return true;
	}
	return false;
}

/* ---- life ------------------------------------------------------------------------------------ */

int tc_fuzz_open(struct tc_fuzz **out, const struct tc_fuzz_config *cfg, struct tc_error *err)
{
	struct tc_fuzz *f = calloc(1, sizeof *f);

	if (f) {
		f->runs = calloc(cfg->parallel, sizeof *f->runs);
		f->signatures = calloc(SIGNATURES, sizeof *f->signatures);
	}
	if (!f || !f->runs || !f->signatures) {
		tc_fuzz_close(f);
		return tc_fail(err, -ENOMEM, "out of memory");
	}
	f->cfg = *cfg;
	f->control_x = (struct tc_exchange_config){
		.request = cfg->request, .request_len = cfg->request_len,
		.expect = cfg->expect, .expect_len = cfg->expect_len,
		.timeout = cfg->patience, .ended = on_ended,
	};
	f->case_x = f->control_x;
	f->case_x.timeout = SILENCE_NS;
	tc_stack_set_filter(tc_session_stack(cfg->session), &(struct tc_filter){ f, filter });
	*out = f;
	return 0;
}

void tc_fuzz_close(struct tc_fuzz *f)
{
	if (!f)
		return;
	for (unsigned i = 0; f->runs && i < f->cfg.parallel; i++)
		give_up(&f->runs[i]);
	if (f->cfg.session)
		tc_stack_set_filter(tc_session_stack(f->cfg.session), NULL);
	free(f->runs);
	free(f->signatures);
	free(f);
}

int tc_fuzz_learn(struct tc_fuzz *f, struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + RECOVER_NS, rtt;
	struct tc_fuzz_outcome o = { 0 };
	int rc;

	do {
		rc = run_control(f, &o);
		if (rc == 0 && o.verdict == TC_VERDICT_REFUSED)
			rc = pause_for(f, PAUSE_NS);
	} while (rc == 0 && o.verdict == TC_VERDICT_REFUSED && tc_clock_monotonic() < until);
	if (rc < 0)
		return tc_fail(err, rc, "stopped");
	if (!f->control.info.established_at)
		return tc_fail(err, -ECONNREFUSED, "no connection to the server: %s",
			       tc_verdict_name(o.verdict));
	if (f->cfg.expect && o.verdict != TC_VERDICT_REPLY)
		return tc_fail(err, -ECONNREFUSED, "the server does not reply to a good request: "
			       "%s", tc_verdict_name(o.verdict));
	f->usual = o.verdict;
	rtt = f->control.info.established_at - f->control.info.syn_sent_at;
	if (SILENCE_RTTS * rtt > SILENCE_NS)
		f->case_x.timeout = SILENCE_RTTS * rtt;
	return 0;
}
