/* SPDX-License-Identifier: BSD-2-Clause */
/* The driver's life: opening, the loop, the calls on connections. */
#include "stack.h"

#include <tcpcraft/error.h>
#include <tcpcraft/packet.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#define RECEIVE_AT_ONCE 256
#define SPIN_NS (30 * TC_US)
#define DLT_OF_ETHERNET 1
#define DLT_OF_RAW 101

/* The frame that all others are patched from, built once through the field tables. */
static int make_template(struct tc_stack *s, const struct tc_path *path,
			 struct tc_error *err)
{
	struct tc_packet p = { 0 };
	int at, rc = 0;

	if (!s->raw) {
		at = rc = tc_packet_push(&p, tc_header_get(TC_HDR_ETH), err);
		for (int i = 0; i < 6 && rc >= 0; i++) {
			p.layer[at].fixed[i] = path->next_mac[i];
			p.layer[at].fixed[6 + i] = path->mac[i];
		}
	}
	if (rc >= 0)
		rc = tc_packet_push(&p, tc_header_get(TC_HDR_IP), err);
	if (rc >= 0)
		rc = tc_packet_push(&p, tc_header_get(TC_HDR_TCP), err);
	if (rc >= 0)
		rc = tc_template_init(&s->template, &p, err);
	tc_packet_free(&p);
	return rc;
}

static uint32_t power_of_two_above(uint32_t n)
{
	uint32_t p = 1;

	while (p < n)
		p *= 2;
	return p;
}

int tc_stack_open(struct tc_stack **out, const struct tc_stack_config *cfg,
		  struct tc_error *err)
{
	struct tc_stack *s = calloc(1, sizeof *s);
	struct tc_rng rng;
	int rc;

	if (!s)
		return tc_fail(err, -ENOMEM, "out of memory");
	tc_rng_seed(&rng, cfg->seed);
	s->link = cfg->link;
	s->tcp = *cfg->tcp;
	if (cfg->observer)
		s->observer = *cfg->observer;
	s->opened_at = tc_clock_realtime();
	s->own = cfg->path->src;
	s->peer = cfg->path->dst;
	s->port_lo = cfg->port_lo;
	s->port_hi = cfg->port_hi;
	s->busy_poll = cfg->busy_poll;
	s->arp = cfg->arp;
	s->raw = !tc_link_sends_ethernet(cfg->link);
	s->dlt_sent = s->raw ? DLT_OF_RAW : DLT_OF_ETHERNET;
	s->next_ip_id = (uint16_t)tc_rng_u64(&rng);
	s->rcv_mask = power_of_two_above(cfg->tcp->rcv_buf) - 1;
	s->mtu = cfg->path->mtu;
	s->slot_bytes = TC_HEAD_MAX + (size_t)(s->mtu > cfg->tcp->mss_path ? s->mtu
								: cfg->tcp->mss_path);
	s->slots = malloc(BATCH * s->slot_bytes);
	s->sent_cap = SENT_MIN;
	s->sent = calloc(s->sent_cap, sizeof *s->sent);
	if (!s->slots || !s->sent)
		rc = tc_fail(err, -ENOMEM, "out of memory");
	else
		rc = make_template(s, cfg->path, err);
	if (rc < 0) {
		tc_stack_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

void tc_stack_close(struct tc_stack *s)
{
	if (!s)
		return;
	for (uint32_t i = 0; i < s->table.cap; i++)
		if (s->table.slot[i]) {
			tc_ring_free(&s->table.slot[i]->snd);
			free(s->table.slot[i]->rcv);
			free(s->table.slot[i]->follow);
			free(s->table.slot[i]);
		}
	for (; s->sent_n; s->sent_n--) {
		struct tc_sent *e = &s->sent[s->sent_first++ & (s->sent_cap - 1)];

		free(e->frame);
		free(e->mutations);
	}
	tc_filter_free(s);
	tc_resting_free(&s->resting);
	free(s->table.slot);
	free(s->heap.at);
	free(s->slots);
	free(s->sent);
	free(s);
}

struct tc_conn *tc_conn_new(struct tc_stack *s, const struct tc_flow *flow,
			 const struct tc_conn_ops *ops, void *ctx, struct tc_error *err)
{
	struct tc_conn *c = calloc(1, sizeof *c);

	if (!c || tc_heap_reserve(&s->heap, s->n_conns + 1) < 0)
		goto no_memory;
	*c = (struct tc_conn){ .stack = s, .flow = *flow, .ops = ops, .ctx = ctx,
			       .heap_at = NOT_IN_HEAP };
	if (tc_table_add(&s->table, c) < 0)
		goto no_memory;
	s->n_conns++;
	c->id = ++s->next_id;
	tc_tcp_init(&c->tcb, &s->tcp);
	return c;

no_memory:
	free(c);
	tc_fail(err, -ENOMEM, "out of memory for another connection");
	return NULL;
}

struct tc_conn *tc_conn_open(struct tc_stack *s, const struct tc_flow *flow, tc_seq iss,
			     const struct tc_conn_ops *ops, void *ctx, struct tc_error *err)
{
	struct tc_event ev = { .type = TC_EV_OPEN, .now = tc_stack_now(s),
			       .open = { .iss = iss } };
	struct tc_conn *c;

	if (tc_table_find(&s->table, flow)) {
		tc_fail(err, -EADDRINUSE, "source port %u already has a connection to "
			"this address and port", flow->local_port);
		return NULL;
	}
	c = tc_conn_new(s, flow, ops, ctx, err);
	if (!c)
		return NULL;
	tc_resting_drop(s, flow);
	c->snd_base = iss + 1;
	/* The first timestamp is the ISS: the same seed, port and ISS give the same bytes. */
	ev.open.ts_offset = iss - (uint32_t)(ev.now / TC_MS);
	tc_conn_step(c, &ev, NULL, NULL);
	return c;
}

void tc_conn_retime(struct tc_conn *c)
{
	bool machine_first = c->machine_at && (!c->deadline || c->machine_at < c->deadline);

	tc_heap_set(&c->stack->heap, c, machine_first ? c->machine_at : c->deadline);
}

void tc_conn_set_deadline(struct tc_conn *c, tc_time at)
{
	c->deadline = at ? at - c->stack->stood_still : 0;
	tc_conn_retime(c);
}

static void user_call(struct tc_conn *c, enum tc_event_type type, size_t len)
{
	struct tc_event ev = { .type = type, .now = tc_stack_now(c->stack),
			       .len = (uint32_t)len };

	tc_conn_step(c, &ev, NULL, NULL);
}

int tc_conn_send(struct tc_conn *c, const void *bytes, size_t n, struct tc_error *err)
{
	if (c->ended || c->tcb.fin_queued)
		return tc_fail(err, -EPIPE, "the connection is closed for sending");
	if (n == 0)
		return 0;
	if (tc_ring_add(&c->snd, bytes, n) < 0)
		return tc_fail(err, -ENOMEM, "out of memory for the send buffer");
	user_call(c, TC_EV_SEND, n);
	return 0;
}

size_t tc_conn_unacked(const struct tc_conn *c)
{
	return c->snd.len;
}

void tc_conn_consumed(struct tc_conn *c, size_t n)
{
	if (n && !c->ended)
		user_call(c, TC_EV_RECEIVE, n);
}

void tc_conn_close(struct tc_conn *c)
{
	if (!c->ended && !c->tcb.fin_queued)
		user_call(c, TC_EV_CLOSE, 0);
}

void tc_conn_abort(struct tc_conn *c)
{
	if (c->tcb.state == TC_ST_CLOSED)
		return;
	if (c->end == TC_END_NONE)
		c->end = TC_END_ABORTED;
	user_call(c, TC_EV_ABORT, 0);
}

/* In TIME-WAIT, with nobody to tell, a connection needs little of itself. */
static bool may_rest(const struct tc_conn *c)
{
	return c->tcb.state == TC_ST_TIME_WAIT && !c->stack->observer.trace;
}

void tc_conn_release(struct tc_conn *c)
{
	if (c->detached && !c->depth && may_rest(c) && tc_resting_add(c->stack, c))
		c->freed = true;
	if (c->detached && c->tcb.state == TC_ST_CLOSED)
		c->freed = true;
	if (!c->freed || c->depth)
		return;
	tc_story_forget(c->stack, c);
	tc_filter_forget(c->stack, c);
	tc_heap_set(&c->stack->heap, c, 0);
	c->stack->n_conns--;
	if (!c->unlisted)
		tc_table_remove(&c->stack->table, c);
	tc_ring_free(&c->snd);
	free(c->rcv);
	free(c->follow);
	free(c);
}

void tc_conn_free(struct tc_conn *c)
{
	c->depth++;
	if (!c->ended)
		tc_conn_abort(c);
	c->depth--;
	c->freed = true;
	tc_conn_release(c);
}

void tc_conn_detach(struct tc_conn *c)
{
	static const struct tc_conn_ops nobody = { 0 };

	c->ops = &nobody;
	c->ctx = NULL;
	c->detached = true;
	tc_conn_release(c);
}

void tc_conn_info(const struct tc_conn *c, struct tc_conn_info *info)
{
	*info = (struct tc_conn_info){
		.id = c->id, .flow = c->flow, .state = c->tcb.state,
		.furthest = c->furthest, .end = c->end,
		.iss = tc_follow_out(c, c->tcb.iss), .irs = c->tcb.irs,
		.bytes_sent = c->bytes_sent, .bytes_acked = c->bytes_acked,
		.bytes_received = c->bytes_received,
		.segments_sent = c->segments_sent,
		.segments_received = c->segments_received,
		.peer_fin = c->peer_fin, .our_fin = c->our_fin,
		.peer_fin_first = c->peer_fin_first,
		.syn_sent_at = c->syn_sent_at, .established_at = c->established_at,
		.icmp_type = c->icmp_type, .icmp_code = c->icmp_code,
		.icmp_from = c->icmp_from,
		.peer_window = c->tcb.snd_wnd, .beyond_hole = c->beyond_hole,
	};
}

bool tc_conn_is_quiet(const struct tc_conn *c)
{
	if (c->tcb.state == TC_ST_CLOSED)
		return true;
	return c->tcb.state == TC_ST_TIME_WAIT && !c->stack->tcp.hold_time_wait &&
	       tc_stack_now(c->stack) - c->heard_at >= 2 * c->tcb.rto;
}

bool tc_stack_is_quiet(const struct tc_stack *s)
{
	for (uint32_t i = 0; i < s->table.cap; i++)
		if (s->table.slot[i] && !tc_conn_is_quiet(s->table.slot[i]))
			return false;
	if (s->n_later)
		return false;
	return s->resting.n == 0 || (!s->tcp.hold_time_wait &&
	       tc_stack_now(s) - s->resting.heard_at >= 2 * s->tcp.rto_min);
}

static void receive(struct tc_stack *s, struct tc_error *err, int *rc)
{
	struct tc_frame f;

	for (unsigned i = 0; i < RECEIVE_AT_ONCE; i++) {
		*rc = tc_link_recv(s->link, &f, err);
		if (*rc <= 0)
			return;
		tc_stack_input(s, &f);
		if (s->n_out > BATCH / 2)
			tc_output_flush(s);
	}
}

static void fire(struct tc_conn *c, tc_time now)
{
	struct tc_event ev = { .type = TC_EV_TIMEOUT, .now = now };

	if (c->machine_at && c->machine_at <= now) {
		c->machine_at = 0;
		tc_conn_retime(c);
		tc_conn_step(c, &ev, NULL, NULL);
		return;
	}
	tc_conn_set_deadline(c, 0);
	c->stack->happened = true;
	c->depth++;
	if (c->ops->deadline)
		c->ops->deadline(c, c->ctx);
	c->depth--;
	tc_conn_release(c);
}

static void fire_timers(struct tc_stack *s)
{
	tc_time now = tc_stack_now(s);

	while (s->heap.n && s->heap.at[0]->timer <= now)
		fire(s->heap.at[0], now);
	tc_resting_expire(s, now);
	tc_filter_due(s, tc_clock_monotonic());
}

static tc_time next_wake(const struct tc_stack *s, tc_time until)
{
	tc_time wake = until;

	if (s->heap.n && s->heap.at[0]->timer + s->stood_still < wake)
		wake = s->heap.at[0]->timer + s->stood_still;
	if (s->n_later && s->later[0].at < wake)
		wake = s->later[0].at;
	return wake;
}

static bool poll_extra(struct pollfd *extra, unsigned n)
{
	return n && poll(extra, n, 0) > 0;
}

/* Sleep on the link and the extra descriptors; at most 8 of those. */
static void sleep_until(struct tc_stack *s, tc_time until, struct pollfd *extra, unsigned n)
{
	tc_time left = until - tc_clock_monotonic();
	struct timespec ts = { left / TC_S, left % TC_S };
	struct pollfd fds[9];

	if (left <= 0 || !tc_link_sleep(s->link))
		return;
	fds[0] = (struct pollfd){ .fd = tc_link_fd(s->link), .events = POLLIN };
	for (unsigned i = 0; i < n; i++)
		fds[1 + i] = extra[i];
	ppoll(fds, n + 1, &ts, NULL);
	tc_link_wake(s->link);
	for (unsigned i = 0; i < n; i++)
		extra[i].revents = fds[i + 1].revents;
}

static bool any_ready(const struct pollfd *extra, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (extra[i].revents)
			return true;
	return false;
}

int tc_stack_run(struct tc_stack *s, tc_time until, struct pollfd *extra, unsigned n_extra,
		 struct tc_error *err)
{
	tc_time now = tc_clock_monotonic(), spin_until = now + SPIN_NS;
	int rc;

	s->happened = false;
	for (unsigned i = 0; i < n_extra; i++)
		extra[i].revents = 0;
	tc_output_flush(s);	/* first: an empty look into a capture ring costs a poll(2) */
	for (unsigned round = 0;; round++) {
		receive(s, err, &rc);
		if (rc < 0)
			return rc;
		fire_timers(s);
		tc_output_flush(s);
		if (s->happened || any_ready(extra, n_extra))
			return 1;
		now = tc_clock_monotonic();
		if (now >= until)
			return poll_extra(extra, n_extra);
		if ((round & 63) == 63 && poll_extra(extra, n_extra))
			return 1;
		if (s->busy_poll || now < spin_until)
			continue;
		sleep_until(s, next_wake(s, until), extra, n_extra);
	}
}

void tc_stack_drain(struct tc_stack *s, tc_time wait)
{
	tc_time until = tc_clock_monotonic() + wait;

	tc_output_flush(s);
	while (s->sent_n && tc_clock_monotonic() < until)
		if (tc_stack_run(s, until, NULL, 0, NULL) < 0)
			break;
	tc_story_flush(s);
}

void tc_stack_stats(const struct tc_stack *s, struct tc_stack_stats *out)
{
	*out = s->stats;
}
