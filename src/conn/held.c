/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * "If the TCP endpoint is processing a series of queued segments, it MUST process them all before
 * sending any ACK segments" (RFC 9293 3.10.7.4, MUST-58, MUST-59). Of text in its order each ACK
 * says what the next one says again, and at what a burst brings it is most of the work. A TCP that
 * delays no ACK (RFC 9293 3.8.6.3 leaves it free) is there to be seen to answer each segment.
 */
#include "own.h"

#define HELD_MOST 4	/* segments: who hears nothing while all of a burst is read stands still */
#define ONE_MOST 9000	/* bytes: more stands for many segments, and fills a window in a few */

/* Who looks at each segment that is sent is shown each. */
static bool is_watched(const struct tc_stack *s)
{
	return s->observer.trace || s->filter.segment;
}

static bool may_wait(const struct tc_tcb *t, const struct tc_seg *seg)
{
	return t->cfg->delayed_ack && t->state == TC_ST_ESTABLISHED && t->n_ooo == 0 && seg->len &&
	       seg->len <= ONE_MOST &&
	       seg->seq == t->rcv_nxt &&
	       !(seg->flags & (TC_FLAG_SYN | TC_FLAG_FIN | TC_FLAG_RST));
}

void tc_held_let_go(struct tc_stack *s)
{
	struct tc_event ev = { .type = TC_EV_POLL, .now = tc_stack_now(s) };
	struct tc_conn *c = s->held;

	s->held = NULL;
	s->n_held = 0;
	if (c && c->tcb.ack_now)
		tc_conn_step(c, &ev, NULL);
}

bool tc_held_segment(struct tc_conn *c, const struct tc_seg *seg)
{
	struct tc_stack *s = c->stack;
	bool hold;

	if (s->held != c)
		tc_held_let_go(s);
	hold = !is_watched(s) && may_wait(&c->tcb, seg) && s->n_held + 1 < HELD_MOST;
	s->held = hold ? c : NULL;
	s->n_held = hold ? s->n_held + 1 : 0;
	return hold;
}
