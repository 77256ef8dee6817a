/* SPDX-License-Identifier: BSD-2-Clause */
/* One case on one connection: its rules between the machine and the wire, what they sent,
 * and what came of it. */
#include "own.h"

#include <tcpcraft/clock.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/payload.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

/*
 * Our reset has the number that the machine is at. A peer that never took what a case sent
 * is behind that, may only challenge it, and limits how often it does (RFC 5961): so that
 * no case leaves a connection behind, the number that the peer acknowledged is reset, too.
 */
static void reset_behind(const struct tc_outgoing *out, bool called)
{
	struct tc_packet p = { 0 };
	struct tc_conn_info info;
	uint8_t bytes[TC_HEAD_MAX];
	tc_seq behind;
	int tcp, n = tc_packet_parse(&p, out->frame, out->len,
				     tc_frame_begins(out->frame, out->len,
						     out->dlt == TC_DLT_EN10MB), NULL);

	tc_conn_info(out->conn, &info);
	behind = info.peer_ack;
	tcp = tc_packet_layer(&p, tc_header_get(TC_HDR_TCP), 0);
	/* before, it has the number that the peer's own segment asks for */
	if (n >= 0 && tcp >= 0 && (info.established_at ? out->seg->seq != behind : called)) {
		tc_packet_relax(&p);
		tc_packet_set(&p, tcp, TC_TCP_SEQ, behind, NULL);
		/* A caller that was not answered as it asked for waits on: a reset that
		 * acknowledges its SYN is one that it takes (RFC 9293 3.10.7.3 second). */
		if (!info.established_at) {
			tc_packet_set(&p, tcp, TC_TCP_ACK, info.irs + 1, NULL);
			tc_packet_set(&p, tcp, TC_TCP_ACKF, 1, NULL);
		}
		n = tc_packet_build(&p, bytes, sizeof bytes, NULL);
		if (n > 0)
			tc_stack_inject(out->stack, out->conn, &(struct tc_injection){
				.frame = bytes, .len = (size_t)n, .l3 = out->l3 }, NULL);
	}
	tc_packet_free(&p);
}

bool tc_fuzz_filter(void *ctx, const struct tc_outgoing *out)
{
	const struct tc_exchange *x = out->owner;
	struct tc_fuzz_conn *r = x ? x->ctx : NULL;
	bool taken;

	(void)ctx;
	if (r && out->seg->flags & TC_FLAG_SYN && out->retransmission)
		r->stale = true;
	if (r && r->m && out->seg->flags & TC_FLAG_RST)
		reset_behind(out, r->f->cfg.call_port);
	taken = r && r->m && tc_mutate_segment(r->m, out);
	if (r && r->m && tc_mutate_refused(r->m, NULL) < 0)
		tc_fuzz_make_due(r);
	return taken;
}

static void on_sent(void *ctx, const struct tc_outgoing *out, const struct tc_injection *in)
{
	struct tc_fuzz_conn *r = ctx;

	tc_evidence_add(&r->seen, out, in, &r->f->cfg);
}

void tc_fuzz_decided(struct tc_exchange *x)
{
	struct tc_fuzz_conn *r = x->ctx;

	r->decided_at = tc_clock_monotonic();
}

void tc_fuzz_ended(struct tc_exchange *x)
{
	struct tc_fuzz_conn *r = x->ctx;

	tc_conn_info(x->conn, &r->info);
	r->another = r->f->cfg.call_port && r->calls != r->f->called;
	r->beside = r->f->n_calls > 0;
	if (r->f->cfg.call_port)
		tc_conn_reset_back(x->conn);
	r->ended = true;
	tc_fuzz_make_due(r);
}

/* A longer request takes longer. */
#define BYTES_AT_ONCE 8192

static int make_request(struct tc_fuzz *f, struct tc_fuzz_conn *r, struct tc_error *err)
{
	const struct tc_fuzz_case *c = r->c;
	int rc = 0;

	if (c->request) {
		r->xc.request = c->request;
		r->xc.request_len = c->request_len;
		r->before = f->cfg.frame ? tc_header_before(f->cfg.frame) : TC_FUZZ_NO_FRAME;
	} else if (c->payload[0]) {
		rc = tc_fuzz_request(&r->request, f->cfg.frame, c->payload, f->cfg.request,
				     f->cfg.request_len, &r->before, err);
		r->unsaid = rc == -EMSGSIZE;
		if (rc == 0) {
			r->xc.request = r->request.data;
			r->xc.request_len = r->request.len;
		}
	}
	r->xc.timeout = f->patience * (tc_time)(1 + r->xc.request_len / BYTES_AT_ONCE);
	return r->unsaid ? 0 : rc;
}

/* The rules that hold for every case, what a capture has under it, and its own. */
static int open_rules(struct tc_fuzz *f, struct tc_fuzz_conn *r, struct tc_error *err)
{
	const char *rules[TC_FUZZ_ALWAYS + FUZZ_SEGMENTS + TC_FUZZ_RULES];
	const struct tc_fuzz_case *c = r->c;
	unsigned n = 0;
	int rc;

	for (unsigned i = 0; i < f->cfg.n_always; i++)
		rules[n++] = f->cfg.always[i];
	for (unsigned i = 0; i < FUZZ_SEGMENTS && f->cfg.base; i++)
		if (strcmp(c->strategy, TC_FUZZ_CAPTURE) == 0 && f->cfg.base->rule[i][0])
			rules[n++] = f->cfg.base->rule[i];
	for (unsigned i = 0; i < c->n_rules; i++)
		rules[n++] = c->rule[i];
	rc = tc_mutate_open(&r->m, rules, n,
			    (struct tc_payload){ f->cfg.frame, f->cfg.frame != NULL }, err);
	if (rc >= 0) {
		tc_mutate_watch(r->m, on_sent, r);
		tc_mutate_follow_longer(r->m);
	}
	return rc;
}

int tc_fuzz_start(struct tc_fuzz *f, struct tc_fuzz_conn *r, const struct tc_fuzz_case *c,
		  struct tc_fuzz_outcome *out, struct tc_error *err)
{
	struct tc_stack *stack;
	struct tc_flow flow;
	int rc = -EADDRINUSE;

	*r = (struct tc_fuzz_conn){
		.f = f, .c = c, .out = out, .busy = true, .xc = f->control_x
	};
	r->x = (struct tc_exchange){ .cfg = &r->xc, .ctx = r };
	r->started_at = tc_clock_monotonic();
	*out = (struct tc_fuzz_outcome){ .from = tc_clock_realtime() };
	if (c) {
		/* the verdict is in by then; of who is looked after one by one also the end counts,
		 * and it has all the time that it has behind a control */
		r->xc.close_timeout = f->n_callers > 1 && f->were_several ? f->control_x.timeout
				      : f->close_wait ? f->close_wait : f->silence / 4;
		if (make_request(f, r, err) < 0 || open_rules(f, r, err) < 0) {
			tc_buf_free(&r->request);
			r->busy = false;
			return -EINVAL;
		}
	}
	if (f->cfg.call_port) {
		out->port = f->cfg.call_port;
		tc_fuzz_wait_for_call(f, r);
		return 0;
	}
	stack = tc_session_stack(f->cfg.session);
	for (unsigned tries = 0; rc == -EADDRINUSE && tries < 8192; tries++) {
		tc_session_flow(f->cfg.session, f->next_flow++, &flow);
		rc = tc_exchange_start(&r->x, stack, &flow,
				       c ? c->iss : tc_stack_iss(stack, &flow), err);
	}
	out->port = flow.local_port;
	return rc;
}

/* Bytes of payload of a frame that are over its header's limit, else 0: of the only frame. */
static size_t over_limit(const struct tc_fuzz_conn *r)
{
	const struct tc_header *h = r->f->cfg.frame;
	size_t len = r->xc.request_len, fixed, n;
	int first;

	if (!h || !h->var_max || r->before == TC_FUZZ_NO_FRAME ||
	    r->xc.request == r->f->cfg.request)
		return 0;
	fixed = r->before + h->tail_bytes;
	n = len > fixed ? len - fixed : 0;
	if (n <= h->var_max)
		return 0;
	first = tc_payload_length(h, r->xc.request, len, NULL);
	return first >= 0 && (size_t)first != len ? 0 : n;
}

/* Can it be told whose call came meanwhile? Not of several clients that are not ours to end. */
static bool is_its_own(const struct tc_fuzz *f)
{
	if (!tc_fuzz_target_spawned(f->cfg.target))
		return f->cfg.parallel == 1 && !f->several;
	return !f->several && (f->at_once > 1 || tc_fuzz_target_callers(f->cfg.target) == 1);
}

/* Clients may be behind a NAT that resets by itself; a server is where we asked for it, and may have
 * another TTL in what its kernel says than in what its program does. */
static bool may_be_its_own(const struct tc_fuzz_conn *r)
{
	return r->info.own_reset || !r->f->cfg.call_port;
}

/* What the peer's reset, or its next call, says. One that has given up a call that waited for long
 * resets, or calls anew, by itself: the case is asked again, of a fresh one. */
static const char *judge_end(struct tc_fuzz_conn *r)
{
	const struct tc_fuzz_outcome *o = r->out;
	struct tc_fuzz *f = r->f;
	const bool crowd = f->at_once > 1;
	const char *what = NULL;
	bool untold = false;

	if (r->another && is_its_own(f) && !r->info.peer_fin &&
	    r->info.end == TC_END_ABORTED) {
		what = "what made the client call anew, which must be dropped";
		r->unsure = crowd;
		untold = !r->late && f->quiet < FUZZ_QUIET &&
			 !tc_fuzz_target_spawned(f->cfg.target);
	} else if (!r->seen.may_reset && may_be_its_own(r) && r->xc.request == f->cfg.request &&
		   (o->verdict == TC_VERDICT_RESET || o->verdict == TC_VERDICT_REFUSED)) {
		what = "reset, which must be dropped";
		r->unsure = crowd && r->late;
	}
	if (what && r->late)
		f->too_late = true;
	f->untold |= untold;
	return r->late || r->unsure || untold ? NULL : what;
}

/* Taken by a peer that was to drop it? */
static void judge(struct tc_fuzz_conn *r)
{
	const struct tc_fuzz_evidence *e = &r->seen;
	struct tc_fuzz_outcome *o = r->out;
	const char *what = NULL, *clause = e->clause;

	/* nothing but what must be dropped was sent in place of honest segments; those bring
	 * no reset where the request is the good one */
	if (e->frames == 0 || e->frames > e->bad || r->stale)
		what = NULL;
	else if (e->data && o->bytes_acked > 0)
		what = "acknowledged, which must be dropped", clause = e->data_clause;
	else if (e->syn && r->info.established_at)
		what = r->f->cfg.call_port ? "taken for our SYN,ACK, which must be dropped"
				: "answered with SYN,ACK, which must be dropped",
		clause = e->syn_clause;
	else
		what = judge_end(r);
	if (what) {
		o->kind = TC_FUZZ_ACCEPTED;
		snprintf(o->why, sizeof o->why, "a segment was %s (%s)", what, clause);
	} else if (e->frame_bad && r->xc.expect && o->verdict == TC_VERDICT_REPLY) {
		o->kind = TC_FUZZ_ACCEPTED;
		snprintf(o->why, sizeof o->why, "a %s frame got its reply, with %s",
			 r->f->cfg.prot ? "PROT" : r->f->cfg.frame->name, e->frame_why);
	} else if (over_limit(r) && r->xc.expect && o->verdict == TC_VERDICT_REPLY) {
		o->kind = TC_FUZZ_ACCEPTED;
		snprintf(o->why, sizeof o->why, "a %s frame got its reply, with %zu bytes of "
			 "payload where %u are allowed",
			 r->f->cfg.prot ? "PROT" : r->f->cfg.frame->name, over_limit(r),
			 r->f->cfg.frame->var_max);
	}
}

static uint64_t hash(uint64_t h, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ bytes[i]) * 0x100000001b3u;
	return h;
}

static uint64_t signature(const struct tc_fuzz_conn *r)
{
	size_t n = r->x.reply.len < 16 ? r->x.reply.len : 16;
	uint64_t h = (uint64_t)r->x.verdict << 8 | (uint64_t)r->info.end;

	return hash(h, r->x.reply.data, n) ^ (uint64_t)(n + 1) << 56;
}

tc_time tc_fuzz_took(const struct tc_fuzz_conn *r)
{
	tc_time took = r->decided_at > r->started_at ? r->decided_at - r->started_at : 0;
	tc_time rest = r->f->cfg.call_port || !r->x.asked ? 0 : r->xc.hold;

	return took > rest ? took - rest : 0;
}

/* What two servers that do the same say in the same words. */
static void describe(const struct tc_fuzz_conn *r, struct tc_fuzz_outcome *o)
{
	const struct tc_conn_info *i = &r->info;
	struct tc_buf text = { 0 };

	tc_buf_printf(&text, "%zu bytes ", r->x.reply.len);
	tc_hex_encode(&text, r->x.reply.data, r->x.reply.len < 12 ? r->x.reply.len : 12);
	snprintf(o->reply_text, sizeof o->reply_text, "%.47s",
		 text.data ? (const char *)text.data : "");
	snprintf(o->state, sizeof o->state, "%s acknowledged%s",
		 !i->bytes_acked ? "nothing" : i->bytes_acked < i->bytes_sent ? "some" : "all",
		 i->end == TC_END_RESET ? ", reset" :
		 i->end == TC_END_CLOSED ? ", closed" : "");
	tc_buf_free(&text);
	o->took = tc_fuzz_took(r);
}

void tc_fuzz_finish(struct tc_fuzz_conn *r)
{
	struct tc_fuzz_outcome *o = r->out;

	o->verdict = r->x.verdict;
	o->bytes_acked = r->info.bytes_acked;
	o->bytes_received = r->info.bytes_received;
	o->not_carried = r->unsaid || (r->m && tc_mutate_refused(r->m, NULL) < 0);
	o->signature = signature(r);
	o->reply_len = r->x.reply.len;
	o->reply_hash = hash(1, r->x.reply.data, r->x.reply.len);
	describe(r, o);
	o->to = tc_clock_realtime();
	if (r->c && !o->not_carried)
		judge(r);
	if (r->c && r->answered_at)
		tc_fuzz_note_odd(r->f, r);
	if (!r->c) {
		r->f->got.len = 0;
		tc_buf_add(&r->f->got, r->x.reply.data, r->x.reply.len);
	}
	/* (a call of before we listened may be refused, and then made anew) */
	if (!r->c && r->f->at_once == 1 && r->info.established_at) {
		r->f->several |= r->another;
		r->f->quiet += !r->beside;
	}
	if (r->x.conn && r->info.state == TC_ST_LISTEN)
		tc_conn_free(r->x.conn);	/* reset before it was one (3.10.7.4 second) */
	else if (r->x.conn)
		tc_conn_detach(r->x.conn);
	r->x.conn = NULL;
	tc_exchange_free(&r->x);
	tc_mutate_close(r->m);
	tc_buf_free(&r->request);
	r->m = NULL;
	r->busy = false;
}

int tc_fuzz_turn(struct tc_fuzz *f, tc_time until)
{
	if (!f->stop)
		f->stop = f->cfg.turn(f->cfg.ctx, tc_fuzz_call_look(f, until));
	tc_fuzz_look_for_call(f);
	if (!f->fault.code && tc_fuzz_target_fault(f->cfg.target, &f->fault) < 0)
		f->stop = 1;
	return f->stop;
}

void tc_fuzz_give_up(struct tc_fuzz_conn *r)
{
	if (!r->busy)
		return;
	tc_fuzz_stop_waiting(r->f, r);
	if (r->x.conn)
		tc_exchange_stop(&r->x, TC_VERDICT_INTERRUPTED);
	r->x.verdict = TC_VERDICT_INTERRUPTED;
	tc_fuzz_finish(r);
}
