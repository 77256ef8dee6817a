/* SPDX-License-Identifier: BSD-2-Clause */
/* The surgery's engine: which rules a segment meets, and what is sent in its place. */
#include "own.h"
#include "base/opened.h"

#include "base/addr.h"
#include "wire/addr_value.h"
#include "wire/family.h"
#include "wire/target.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HELD_MAX 256		/* swapped segments that wait for the next one */

#define ACKED_MAX 64		/* connections whose ACKs are remembered; then others are */

struct held {
	unsigned conn_id;
	struct pieces pieces;
};

struct tc_mutate {
	struct rule *rules;
	size_t n_rules;
	struct tc_payload payload;
	bool authorized;
	struct follow follow;
	struct held *held;
	size_t n_held;
	struct acked acked[ACKED_MAX];
	struct tc_error refused;
	tc_mutate_sent_fn *sent;
	void *sent_ctx;
};

typedef int parse_fn(struct rule *r, const char *text, const struct tc_header *payload,
		     struct tc_error *err);

static int open_rules(struct tc_mutate **out, const char *const *rules, size_t n,
		      parse_fn *parse, struct tc_payload payload, struct tc_error *err)
{
	struct tc_mutate *m = calloc(1, sizeof *m);
	int rc = 0;

	if (m) {
		m->payload = payload;
		m->rules = calloc(n ? n : 1, sizeof *m->rules);
		m->held = malloc(HELD_MAX * sizeof *m->held);	/* seldom is one used */
	}
	if (!m || !m->rules || !m->held)
		rc = tc_nomem(err);
	for (size_t i = 0; i < n && rc == 0; i++) {
		rc = parse(&m->rules[i], rules[i], payload.hdr, err);
		m->n_rules++;
	}
	return TC_OPENED(out, m, rc, tc_mutate_close);
}

int tc_mutate_open(struct tc_mutate **out, const char *const *rules, size_t n,
		   struct tc_payload payload, struct tc_error *err)
{
	return open_rules(out, rules, n, tc_rule_parse, payload, err);
}

int tc_mutate_open_actions(struct tc_mutate **out, const char *actions,
			   struct tc_payload payload, struct tc_error *err)
{
	return open_rules(out, &actions, 1, tc_rule_parse_actions, payload, err);
}

void tc_mutate_close(struct tc_mutate *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n_rules; i++)
		tc_rule_free(&m->rules[i]);
	for (size_t i = 0; i < m->n_held; i++)
		tc_pieces_free(&m->held[i].pieces);
	free(m->rules);
	free(m->held);
	free(m);
}

int tc_mutate_refused(const struct tc_mutate *m, struct tc_error *err)
{
	return m->refused.code ? tc_fail(err, m->refused.code, "%s", m->refused.msg) : 0;
}

unsigned tc_mutate_hits(const struct tc_mutate *m, size_t i)
{
	return m->rules[i].hits;
}

void tc_mutate_watch(struct tc_mutate *m, tc_mutate_sent_fn *sent, void *ctx)
{
	m->sent = sent;
	m->sent_ctx = ctx;
}

void tc_mutate_follow_wire(struct tc_mutate *m)
{
	m->follow.on = true;
}

void tc_mutate_follow_longer(struct tc_mutate *m)
{
	m->follow.on = m->follow.longer = true;
}

void tc_mutate_authorize(struct tc_mutate *m)
{
	m->authorized = true;
}

/* ---- selection --------------------------------------------------------------------- */

static bool selects(const struct rule *r, const struct tc_outgoing *out, unsigned *number)
{
	uint16_t flags = out->seg->flags;

	*number = out->nth;
	switch (r->sel) {
	case SEL_SYN:
		return flags & TC_FLAG_SYN;
	case SEL_ACK:
		return out->nth_ack == 1;
	case SEL_ACKS:
		return out->nth_ack > 1;
	case SEL_DATA:
		*number = out->nth_data;
		return out->seg->len > 0;
	case SEL_FIN:
		return flags & TC_FLAG_FIN;
	case SEL_RST:
		return flags & TC_FLAG_RST;
	case SEL_SEG:
	case SEL_ANY:
		return true;
	}
	return false;
}

/* The Nth is known by its number the first time, by its sequence number afterwards. */
static bool is_nth(struct rule *r, const struct tc_outgoing *out, unsigned number)
{
	if (r->nth == 0)
		return true;
	if (out->retransmission)
		return r->nth_conn == out->conn_id && r->nth_seq == out->seg->seq;
	if (number != r->nth)
		return false;
	r->nth_conn = out->conn_id;
	r->nth_seq = out->seg->seq;
	return true;
}

static bool meets(struct rule *r, const struct tc_outgoing *out)
{
	unsigned number;

	if ((out->retransmission && !r->retx) || !selects(r, out, &number) ||
	    (r->state >= 0 && (enum tc_state)r->state != out->state) || !is_nth(r, out, number))
		return false;
	return ++r->matched % r->every == 0;
}

/* ---- what goes out ----------------------------------------------------------------- */

static void refuse(struct tc_mutate *m, const struct tc_outgoing *out,
		   const struct tc_error *why)
{
	if (!m->refused.code)
		m->refused = *why;
	tc_stack_withhold(out->stack, out, "not sent: the path cannot carry it");
}

static void send_pieces(struct tc_mutate *m, struct pieces *ps, const struct tc_outgoing *out,
			uint8_t *bytes)
{
	tc_time now = tc_clock_monotonic();
	struct tc_error err = { 0 };

	for (size_t i = 0; i < ps->n; i++) {
		struct piece *pc = ps->at[i];
		struct tc_injection in = { 0 };
		int n = tc_piece_build(pc, bytes, &err);

		if (n >= 0) {
			tc_piece_finish(pc);
			in = (struct tc_injection){
				.frame = bytes, .len = (size_t)n, .l3 = out->l3,
				.at = pc->delay ? now + pc->delay : 0,
				.mutations = pc->mutations, .n_mutations = pc->n_mutations,
				.what = pc->what[0] ? pc->what : NULL,
			};
			n = tc_stack_inject(out->stack, out->conn, &in, &err);
			if (n >= 0 && m->sent)
				m->sent(m->sent_ctx, out, &in);
		}
		if (n < 0)
			refuse(m, out, &err);
	}
}

static struct held *find_held(struct tc_mutate *m, unsigned conn_id)
{
	for (size_t i = 0; i < m->n_held; i++)
		if (m->held[i].conn_id == conn_id)
			return &m->held[i];
	return NULL;
}

static void hold(struct tc_mutate *m, struct pieces *ps, const struct tc_outgoing *out)
{
	if (m->n_held == HELD_MAX) {
		tc_pieces_free(&m->held[0].pieces);	/* of a connection long over */
		m->held[0] = m->held[--m->n_held];
	}
	for (size_t i = 0; i < ps->n; i++)
		if (!ps->at[i]->what[0])
			strcpy(ps->at[i]->what, "swapped with the next");
	ps->bytes = NULL;	/* the caller's, who is over when they are sent */
	m->held[m->n_held++] = (struct held){ out->conn_id, *ps };
}

struct surgery {
	bool touched, dropped, swapped;
	uint64_t rules;			/* that did it; of the first 64 */
	tc_seq was;			/* number on the wire, before them */
};

static int apply(struct rule *r, struct pieces *ps, struct surgery *done,
		 struct tc_error *err)
{
	bool hit = false;
	int rc = 0;

	for (size_t i = 0; i < r->n_actions && rc >= 0 && !done->dropped; i++) {
		const struct action *a = &r->actions[i];

		if (a->kind == ACT_DROP)
			done->dropped = true;
		else if (a->kind == ACT_SWAP)
			done->swapped = true;
		else
			rc = tc_pieces_act(ps, a, err);
		hit |= rc > 0 || a->kind == ACT_DROP || a->kind == ACT_SWAP;
	}
	r->hits += hit;
	done->touched |= hit;
	return rc;
}

/* Take the honest frame apart. One that was followed has its number of before again. */
static int start(struct pieces *ps, const struct tc_outgoing *out,
		 const struct followed *again, struct surgery *done, struct tc_error *err)
{
	int rc = tc_pieces_start(ps, out->frame, out->len, err), tcp;

	if (rc < 0)
		return rc;
	tcp = tc_packet_layer(&ps->at[0]->p, tc_header_get(TC_HDR_TCP), 0);
	if (again)
		tc_packet_set(&ps->at[0]->p, tcp, TC_TCP_SEQ, again->was, NULL);
	done->was = (tc_seq)tc_packet_get(&ps->at[0]->p, tcp, TC_TCP_SEQ);
	return 0;
}

/* All rules, in order. The honest frame is taken apart only when one is met. */
static int operate(struct tc_mutate *m, const struct tc_outgoing *out, struct pieces *ps,
		   struct surgery *done, struct tc_error *err)
{
	const struct followed *again = tc_follow_again(&m->follow, out);
	int rc = 0;

	for (size_t i = 0; i < m->n_rules && rc >= 0 && !done->dropped; i++) {
		if (again ? i >= 64 || !(again->rules >> i & 1) : !meets(&m->rules[i], out))
			continue;
		if (ps->n == 0)
			rc = start(ps, out, again, done, err);
		if (rc >= 0)
			rc = apply(&m->rules[i], ps, done, err);
		if (i < 64)
			done->rules |= UINT64_C(1) << i;
	}
	return rc;
}

static void send_honest(struct tc_mutate *m, const struct tc_outgoing *out)
{
	struct tc_injection in = { .frame = out->frame, .len = out->len, .l3 = out->l3 };
	struct tc_error err = { 0 };

	if (tc_stack_inject(out->stack, out->conn, &in, &err) < 0)
		refuse(m, out, &err);
}

/* What ACKs go on by are whole segments: in the end, one. */
static uint32_t unit_of(uint32_t a, uint32_t b)
{
	while (b) {
		uint32_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static struct acked *recall_ack(struct tc_mutate *m, const struct tc_outgoing *out)
{
	struct acked *a = &m->acked[out->conn_id % ACKED_MAX];
	bool acks = out->seg->flags & TC_FLAG_ACK;
	bool again = a->known && a->conn_id == out->conn_id;

	if (a->conn_id != out->conn_id)
		*a = (struct acked){ .conn_id = out->conn_id, .now = out->seg->ack };
	else if (acks)
		a->known = true;
	a->was = a->now;
	if (acks)
		a->now = out->seg->ack;
	if (again)
		a->unit = unit_of(a->unit, a->now - a->was);
	return a;
}

bool tc_mutate_segment(void *ctx, const struct tc_outgoing *out)
{
	struct tc_mutate *m = ctx;
	struct held *h = find_held(m, out->conn_id);
	uint8_t bytes[TC_PACKET_MAX];	/* of thousands of connections each would touch its own */
	struct pieces ps = { .ethernet = out->l3 > 0, .payload = m->payload, .bytes = bytes };
	struct surgery done = { 0 };
	struct tc_error err = { 0 };
	int rc;

	ps.acked = recall_ack(m, out);
	rc = operate(m, out, &ps, &done, &err);

	if (rc < 0) {
		refuse(m, out, &err);
	} else if (done.dropped) {
		tc_stack_withhold(out->stack, out, "dropped");
	} else if (done.swapped && !h) {
		hold(m, &ps, out);
		return true;
	} else if (done.touched) {
		send_pieces(m, &ps, out, bytes);
		if (m->follow.on && !out->retransmission)
			tc_follow_sent(&m->follow, out, &ps, done.was, done.rules);
	} else if (h) {
		send_honest(m, out);
	}
	if (h) {	/* behind this segment goes the one that was to swap with it */
		send_pieces(m, &h->pieces, out, bytes);
		tc_pieces_free(&h->pieces);
		*h = m->held[--m->n_held];
	}
	tc_pieces_free(&ps);
	return rc < 0 || done.touched || h;
}

/* ---- what else has to be guarded and captured ---------------------------------------- */

/* The value that an action makes of a base. */
static tc_value outcome(const struct action *a, tc_value base)
{
	tc_value v = base;

	if (a->kind == ACT_SET && tc_field_parse(a->ref.field, a->text, &v, NULL) < 0)
		v = base;
	if (a->kind == ACT_ADD)
		v = base + a->n;
	if (a->kind == ACT_XOR)
		v = base ^ a->n;
	return v & tc_field_max(a->ref.field);
}

static struct tc_addr address(const struct action *a, const struct tc_addr *base)
{
	return tc_addr_of_value(base->family, outcome(a, tc_addr_value(base)));
}

static int add_own(struct tc_wider *w, const struct tc_addr *addr, tc_value lo, tc_value hi,
		   struct tc_error *err)
{
	if (w->n_own == TC_WIDER_MAX)
		return tc_fail(err, -ERANGE, "the rules lead to more than %d further ports and "
			       "addresses of ours", TC_WIDER_MAX);
	if (hi < lo || lo == 0) {		/* it wrapped: any port may be the result */
		lo = 0;
		hi = 65535;
	}
	w->own[w->n_own].addr = *addr;
	w->own[w->n_own].port_lo = (uint16_t)lo;
	w->own[w->n_own++].port_hi = (uint16_t)hi;
	return 0;
}

static int widen_dst(const struct tc_mutate *m, const struct action *a,
		     const struct tc_path *path, struct tc_wider *w, struct tc_error *err)
{
	struct tc_path other = *path;

	other.dst = address(a, &path->dst);
	other.local = false;
	w->any_peer = true;
	if (m->authorized || tc_addr_equal(&other.dst, &path->dst) ||
	    tc_path_is_free_target(&other))
		return 0;
	return tc_fail(err, -EACCES, "%s=%s is not in a private range: add "
		       "--authorized if you may test it", a->ref.field->name,
		       TC_HOST(&other.dst));
}

static bool is_row(const struct action *a, enum tc_header_id id, unsigned row)
{
	return a->ref.hdr == tc_header_get(id) && (unsigned)a->ref.row == row;
}

/* A source route: who takes it sends the segment on. */
static bool is_route(const struct action *a)
{
	struct tc_buf bytes = { 0 };
	bool route;

	if (!is_row(a, TC_HDR_IP, TC_IP_OPTIONS) || a->kind != ACT_SET)
		return is_row(a, TC_HDR_ROUTING, TC_ROUTING_ADDRS);
	tc_field_parse_bytes(a->ref.field, a->text, &bytes, NULL);
	route = bytes.len && tc_options_route(bytes.data, bytes.len);
	tc_buf_free(&bytes);
	return route;
}

static int widen_route(const struct tc_mutate *m, const struct action *a, struct tc_error *err)
{
	if (m->authorized)
		return 0;
	return tc_fail(err, -EACCES, "%s sends segments on to other hosts: add --authorized if "
		       "you may test them", a->ref.field->name);
}

static int widen_action(const struct tc_mutate *m, const struct action *a,
			const struct tc_path *path, uint16_t lo, uint16_t hi,
			struct tc_wider *w, struct tc_error *err)
{
	const struct tc_family *f = tc_family_of(a->ref.hdr);
	struct tc_addr own;
	tc_value one;

	w->any_protocol |= a->kind == ACT_FRAGMENT || f || tc_header_is_extension(a->ref.hdr);
	w->any_ether |= a->ref.hdr == tc_header_get(TC_HDR_ETH);
	if (is_row(a, TC_HDR_TCP, TC_TCP_DSTPORT))
		w->any_peer = true;
	if (f && is_row(a, f->header, f->dst))
		return widen_dst(m, a, path, w, err);
	if (f && is_row(a, f->header, f->src)) {
		own = address(a, &path->src);
		return add_own(w, &own, lo, hi, err);
	}
	if (is_route(a))
		return widen_route(m, a, err);
	if (!is_row(a, TC_HDR_TCP, TC_TCP_SRCPORT))
		return 0;
	one = outcome(a, lo);
	if (a->kind == ACT_XOR && hi != lo)	/* anything inside the bits it touches */
		return add_own(w, &path->src, 0, 65535, err);
	return add_own(w, &path->src, one, a->kind == ACT_ADD ? outcome(a, hi) : one, err);
}

int tc_mutate_widen(void *ctx, const struct tc_path *path, uint16_t port_lo,
		    uint16_t port_hi, struct tc_wider *w, struct tc_error *err)
{
	const struct tc_mutate *m = ctx;
	int rc = 0;

	for (size_t i = 0; i < m->n_rules; i++)
		for (size_t k = 0; k < m->rules[i].n_actions && rc == 0; k++)
			rc = widen_action(m, &m->rules[i].actions[k], path, port_lo, port_hi,
					  w, err);
	return rc;
}
