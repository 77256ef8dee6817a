/* SPDX-License-Identifier: BSD-2-Clause */
/* The owner's calls on a connection (RFC 9293 3.10.1 to 3.10.5). */
#include "own.h"

#include <tcpcraft/error.h>

#include <errno.h>

tc_seq tc_stack_iss(const struct tc_stack *s, const struct tc_flow *flow)
{
	switch ((enum tc_isn)s->ip.isn) {
	case TC_ISN_FIXED:
		return s->ip.iss;
	case TC_ISN_RANDOM:
		return (tc_seq)tc_rng_kernel_u64();
	case TC_ISN_CLOCK:
		break;
	}
	return tc_iss(&s->iss_key, flow, tc_clock_monotonic());
}

struct tc_conn *tc_conn_open(struct tc_stack *s, const struct tc_flow *flow, tc_seq iss,
			     const struct tc_conn_ops *ops, void *ctx, struct tc_error *err)
{
	return tc_conn_open_with(s, flow, iss, NULL, 0, ops, ctx, err);
}

struct tc_conn *tc_conn_open_with(struct tc_stack *s, const struct tc_flow *flow, tc_seq iss,
				  const void *bytes, size_t n, const struct tc_conn_ops *ops,
				  void *ctx, struct tc_error *err)
{
	struct tc_event ev = { .type = TC_EV_OPEN, .now = tc_stack_now(s),
			       .open = { .iss = iss, .len = (uint32_t)n } };
	uint32_t rcv_buf = tc_stack_take_receive_buffer(s);
	struct tc_conn *c;

	if (tc_table_find(&s->table, flow)) {
		tc_fail(err, -EADDRINUSE, "source port %u already has a connection to "
			"this address and port", flow->local_port);
		return NULL;
	}
	c = tc_conn_new(s, flow, ops, ctx, err);
	if (!c)
		return NULL;
	c->tcb.rcv_buf = rcv_buf;
	c->snd_base = iss + 1;
	if (n && tc_ring_add(&c->snd, bytes, n) < 0) {
		tc_conn_free(c);
		tc_nomem(err);
		return NULL;
	}
	if (s->resting.n)
		tc_resting_drop(s, flow);
	tc_fastopen_open(s, &ev);
	/* The first timestamp is the ISS: the same seed, port and ISS give the same bytes. */
	ev.open.ts_offset = iss - tc_tcp_config_clock(c->tcb.cfg, ev.now);
	tc_conn_step(c, &ev, NULL);
	return c;
}

static void user_call(struct tc_conn *c, enum tc_event_type type, size_t len)
{
	struct tc_event ev = { .type = type, .now = tc_stack_now(c->stack), .len = (uint32_t)len };

	ev.more = type == TC_EV_RECEIVE && c->stack->held == c;
	tc_conn_step(c, &ev, NULL);
}

static int send_bytes(struct tc_conn *c, const void *bytes, size_t n, bool urgent,
		      struct tc_error *err)
{
	struct tc_event ev = { .type = TC_EV_SEND, .now = tc_stack_now(c->stack),
			       .urgent = urgent, .len = (uint32_t)n };

	if (c->ended || c->tcb.fin_queued)
		return tc_fail(err, -EPIPE, "the connection is closed for sending");
	if (n == 0)
		return 0;
	if (tc_ring_add(&c->snd, bytes, n) < 0)
		return tc_fail(err, -ENOMEM, "out of memory for the send buffer");
	tc_conn_step(c, &ev, NULL);
	return 0;
}

int tc_conn_send(struct tc_conn *c, const void *bytes, size_t n, struct tc_error *err)
{
	return send_bytes(c, bytes, n, false, err);
}

int tc_conn_send_urgent(struct tc_conn *c, const void *bytes, size_t n, struct tc_error *err)
{
	return send_bytes(c, bytes, n, true, err);
}

size_t tc_conn_unacked(const struct tc_conn *c)
{
	return c->snd.len;
}

size_t tc_conn_unread(const struct tc_conn *c)
{
	return c->tcb.rcv_unread;
}

void tc_conn_consumed(struct tc_conn *c, size_t n)
{
	if (n && !c->ended)
		user_call(c, TC_EV_RECEIVE, n);
}

void tc_conn_set_nodelay(struct tc_conn *c, bool off)
{
	struct tc_event ev = { .type = TC_EV_NODELAY, .now = tc_stack_now(c->stack), .off = off };

	if (!c->ended)
		tc_conn_step(c, &ev, NULL);
}

void tc_stack_set_receive_buffer(struct tc_stack *s, uint32_t bytes)
{
	s->rcv_buf = bytes < s->tcp.rcv_buf ? bytes : 0;
}

uint32_t tc_stack_take_receive_buffer(struct tc_stack *s)
{
	uint32_t bytes = s->rcv_buf;

	s->rcv_buf = 0;
	return bytes;
}

uint32_t tc_stack_receive_buffer(const struct tc_stack *s)
{
	return s->tcp.rcv_buf;
}

void tc_conn_set_keepalive(struct tc_conn *c, tc_time idle)
{
	struct tc_event ev = { .type = TC_EV_KEEPALIVE, .now = tc_stack_now(c->stack),
			       .idle = idle };

	if (!c->ended)
		tc_conn_step(c, &ev, NULL);
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

void tc_conn_reset_back(struct tc_conn *c)
{
	struct tc_conn_info info;
	struct tc_seg seg = { .seq = c->tcb.snd_una, .flags = TC_FLAG_RST | TC_FLAG_ACK };

	tc_conn_info(c, &info);
	seg.ack = info.established_at ? c->tcb.rcv_nxt : info.irs + 1;
	if (c->end == TC_END_RESET)
		tc_output_segment(c->stack, c, &c->flow, &seg, false, NULL);
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
