/* SPDX-License-Identifier: BSD-2-Clause */
/* One connection from its making to its end: what it holds, when it is called again, and
 * when it can be let go. */
#include "own.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <stdlib.h>

struct tc_conn *tc_conn_new(struct tc_stack *s, const struct tc_flow *flow,
			 const struct tc_conn_ops *ops, void *ctx, struct tc_error *err)
{
	struct tc_conn *c = malloc(sizeof *c);

	if (!c || tc_heap_reserve(&s->heap, s->n_conns + 1) < 0)
		goto no_memory;
	*c = (struct tc_conn){ .stack = s, .flow = *flow, .ops = ops, .ctx = ctx,
			       .heap_at = NOT_IN_HEAP };
	if (tc_table_add(&s->table, c) < 0)
		goto no_memory;
	s->n_conns++;
	c->id = ++s->next_id;
	tc_tcp_init(&c->tcb, tc_stack_tcp(s, flow));
	return c;

no_memory:
	free(c);
	tc_fail(err, -ENOMEM, "out of memory for another connection");
	return NULL;
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

/* The listener has one less half-open. Where data came in the SYN its user is there before
 * that, and it still counts (RFC 7413 5.1). */
void tc_conn_left_handshake(struct tc_conn *c)
{
	struct tc_listener *l = &c->stack->listener;

	if (c->half_open && c->generation == l->generation && l->half_open)
		l->half_open--;
	c->half_open = false;
}

/* In TIME-WAIT, with nobody to tell, a connection needs little of itself; but both ISNs, where
 * they are in its key. */
static bool may_rest(const struct tc_conn *c)
{
	return c->tcb.state == TC_ST_TIME_WAIT && !c->stack->observer.trace &&
	       !c->stack->ip.ao.n;
}

void tc_conn_destroy(struct tc_conn *c)
{
	tc_ring_free(&c->snd);
	free(c->rcv);
	free(c->disorder);
	free(c->follow);
	free(c->call);
	free(c);
}

void tc_conn_release(struct tc_conn *c)
{
	if (c->detached && !c->depth && may_rest(c) && tc_resting_add(c->stack, c))
		c->freed = true;
	if (c->detached && c->tcb.state == TC_ST_CLOSED)
		c->freed = true;
	if (!c->freed || c->depth)
		return;
	if (c->stack->held == c)
		c->stack->held = NULL;
	tc_story_forget(c->stack, c);
	tc_filter_forget(c->stack, c);
	tc_heap_set(&c->stack->heap, c, 0);
	c->stack->n_conns--;
	if (!c->unlisted)
		tc_table_remove(&c->stack->table, c);
	tc_conn_destroy(c);
}

void tc_conn_info(const struct tc_conn *c, struct tc_conn_info *info)
{
	*info = (struct tc_conn_info){
		.id = c->id, .flow = c->flow, .state = c->tcb.state,
		.furthest = c->furthest, .end = c->end,
		.iss = tc_follow_out(c, c->tcb.iss),
		.irs = c->call_seq ? c->call_seq : c->tcb.irs,
		.bytes_sent = c->bytes_sent, .bytes_acked = c->bytes_acked,
		.peer_ack = c->peer_ack, .bytes_received = c->bytes_received,
		.segments_sent = c->segments_sent,
		.segments_received = c->segments_received,
		.peer_fin = c->peer_fin, .our_fin = c->our_fin,
		.peer_fin_first = c->peer_fin_first,
		.syn_sent_at = c->syn_sent_at, .established_at = c->established_at,
		.icmp_type = c->icmp_type, .icmp_code = c->icmp_code,
		.icmp_from = c->icmp_from,
		.peer_window = c->tcb.snd_wnd, .beyond_hole = c->beyond_hole,
		.own_reset = c->own_reset,
		.signed_by = tc_keys_option(c->stack),
		.syns_over = c->tcb.syns_over,
	};
}

bool tc_conn_is_quiet(const struct tc_conn *c)
{
	if (c->tcb.state == TC_ST_CLOSED)
		return true;
	return c->tcb.state == TC_ST_TIME_WAIT && !c->stack->tcp.hold_time_wait &&
	       tc_stack_now(c->stack) - c->heard_at >= 2 * c->tcb.rto;
}
