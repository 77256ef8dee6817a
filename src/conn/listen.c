/* SPDX-License-Identifier: BSD-2-Clause */
/* Passive opens: a SYN for the listener's port becomes a connection that the stack keeps
 * until the handshake is complete, then its owner's. */
#include "own.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Until accept there is nobody to tell: the stack takes bytes that come with the
 * handshake only after ESTABLISHED (RFC 9293 3.10.7.4: queued until then). */
static void half_open_ended(struct tc_conn *c, void *ctx, enum tc_end end)
{
	(void)ctx;
	(void)end;
	tc_conn_free(c);
}

/* ESTABLISHED: hand it to its owner, who is told of it as if it had been its own. */
static void half_open_connected(struct tc_conn *c, void *unused)
{
	struct tc_listener *l = &c->stack->listener;
	const struct tc_conn_ops *ops = NULL;
	void *ctx = NULL;

	(void)unused;
	if (l->accept && c->generation == l->generation)
		ops = l->accept(l->ctx, c, &ctx);
	if (!ops) {
		tc_conn_free(c);
		return;
	}
	c->ops = ops;
	c->ctx = ctx;
	if (c->ops->connected && !c->freed)
		c->ops->connected(c, c->ctx);
}

static const struct tc_conn_ops half_open_ops = {
	.connected = half_open_connected,
	.ended = half_open_ended,
};

int tc_stack_listen(struct tc_stack *s, const struct tc_addr *addr, uint16_t port, unsigned backlog,
		    tc_accept_fn *accept, void *ctx, struct tc_error *err)
{
	uint32_t rcv_buf = tc_stack_take_receive_buffer(s);

	if (s->ip.cookie.n)
		return tc_fail(err, -EINVAL, "a cookie is what a caller brings: a listener makes "
			       "its own (fastopen=on)");
	if (s->listener.port)
		return tc_fail(err, -EADDRINUSE, "this run listens on port %u already",
			       s->listener.port);
	s->listener = (struct tc_listener){
		.addr = *addr, .port = port, .backlog = backlog, .accept = accept, .ctx = ctx,
		.rcv_buf = rcv_buf, .generation = s->listener.generation,
	};
	s->listener.addr.scope = 0;	/* what comes does not say its own */
	return 0;
}

void tc_stack_unlisten(struct tc_stack *s)
{
	s->listener = (struct tc_listener){
		.generation = (uint8_t)(s->listener.generation + 1),
	};
}

/* LISTEN is the listener's state all along: no news for an observer. */
static void open_passively(struct tc_conn *c, tc_seq iss, uint32_t ts_offset)
{
	struct tc_event ev = { .type = TC_EV_OPEN, .now = tc_stack_now(c->stack) };
	struct tc_actions acts;

	ev.open.passive = true;
	ev.open.iss = iss;
	ev.open.ts_offset = ts_offset;
	c->snd_base = iss + 1;
	tc_tcp_step(&c->tcb, &ev, &acts);
}

/* The offset of timestamps, one for each pair of addresses: they go on from one connection of the
 * pair to the next, as Linux's do, and tell nobody when we were started (RFC 7323 7.1). */
static uint32_t clock_of(const struct tc_stack *s, const struct tc_flow *flow)
{
	struct tc_flow hosts = *flow;

	hosts.local_port = hosts.remote_port = 0;
	return tc_iss(&s->iss_key, &hosts, 0);
}

/* A segment that no connection claims. NULL: it begins none. */
struct tc_conn *tc_listen_syn(struct tc_stack *s, const struct tc_flow *flow,
			   const struct tc_rx *rx, tc_seq iss)
{
	struct tc_listener *l = &s->listener;
	const uint16_t flags = TC_FLAG_SYN | TC_FLAG_ACK | TC_FLAG_RST;
	struct tc_conn *c;

	if (!tc_listen_has(s, flow) || (rx->seg.flags & flags) != TC_FLAG_SYN)
		return NULL;
	c = tc_conn_new(s, flow, &half_open_ops, NULL, NULL);
	if (!c)
		return NULL;
	memcpy(c->mac, s->heard_mac, sizeof c->mac);
	c->tcb.rcv_buf = l->rcv_buf;
	if (l->called) {
		c->unanswered = true;
		return c;
	}
	l->half_open++;
	c->half_open = true;
	c->generation = l->generation;
	open_passively(c, iss, clock_of(s, flow));
	return c;
}

void tc_listen_called(struct tc_conn *c, const struct tc_heard *h)
{
	static const struct tc_news news = { .note = "a call: it waits for its answer" };
	const struct tc_listener *l = &c->stack->listener;
	bool again = c->call != NULL;

	tc_story_received(c->stack, c, h, &news);
	c->stack->progressed = true;
	if (h->rx.seg.flags & TC_FLAG_RST)
		c->hung_up = true;
	if (!(h->rx.seg.flags & TC_FLAG_SYN))
		return;
	if (!again)
		c->call = malloc(sizeof *c->call);
	if (!c->call)		/* it will call again */
		return;
	*c->call = h->rx.seg;
	c->call_seq = c->call->seq;
	c->other_call = false;	/* it is the one that is answered */
	c->call->len = 0;	/* what comes with it is sent again (RFC 9293 3.10.7.2 third) */
	if (!again)
		l->called(l->called_ctx, c);
}

void tc_stack_hold_calls(struct tc_stack *s, tc_called_fn *called, void *ctx)
{
	s->listener.called = called;
	s->listener.called_ctx = ctx;
}

int tc_conn_answer(struct tc_conn *c, tc_seq iss, const struct tc_conn_ops *ops, void *ctx)
{
	struct tc_seg syn;
	struct tc_event ev = { .type = TC_EV_SEGMENT, .now = tc_stack_now(c->stack),
			       .seg = &syn };

	if (c->hung_up || !c->call)
		return -ECONNRESET;
	syn = *c->call;
	free(c->call);
	c->call = NULL;
	c->unanswered = false;
	c->ops = ops;
	c->ctx = ctx;
	open_passively(c, iss, iss);
	tc_conn_step(c, &ev, NULL);
	return 0;
}
