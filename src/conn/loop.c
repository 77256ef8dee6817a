/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop: frames in, timers, frames out, sleep. */
#include "own.h"

#include <poll.h>

#define RECEIVE_AT_ONCE 256
#define FIRE_AT_ONCE (RECEIVE_AT_ONCE / 4)	/* each has copies and answers to be received */
#define BEHIND_MOST (1 * TC_S)

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

/* 1: more is waiting, behind a frame of *stamp. */
static int receive(struct tc_stack *s, tc_time *stamp, struct tc_error *err)
{
	struct tc_heard h;
	int rc = 1;

	for (unsigned i = 0; i < RECEIVE_AT_ONCE && rc > 0; i++) {
		rc = tc_receiver_next(&s->receiver, &h, err);
		if (rc > 0) {
			*stamp = h.frame.stamp;
			tc_stack_take(s, &h);
		}
		if (s->n_out > BATCH / 2)
			tc_output_flush(s);
	}
	tc_held_let_go(s);
	return rc;
}

/*
 * Up to when the timers may run. What came before a timer's time is heard before it: where more
 * frames are waiting than are taken at once it is as late as the last one that was taken.
 */
static tc_time heard_until(const struct tc_stack *s, bool more, tc_time stamp)
{
	tc_time now = tc_stack_now(s), behind = more ? tc_clock_realtime() - stamp : 0;

	if (behind > BEHIND_MOST)	/* somebody set the clock */
		return now;
	return behind > 0 ? now - behind : now;
}

/* The machine's timer or the owner's, whichever was to be first. */
static void fire(struct tc_conn *c, tc_time now)
{
	struct tc_event ev = { .type = TC_EV_TIMEOUT, .now = now };

	if (c->machine_at && c->machine_at <= now &&
	    (!c->deadline || c->machine_at < c->deadline)) {
		c->machine_at = 0;
		tc_conn_retime(c);
		tc_conn_step(c, &ev, NULL);
		return;
	}
	tc_conn_set_deadline(c, 0);
	c->stack->progressed = true;
	c->depth++;
	if (c->ops->deadline)
		c->ops->deadline(c, c->ctx);
	c->depth--;
	tc_conn_release(c);
}

/* Not all where very many are due: unread copies of what is sent would be more than are remembered,
 * or than the capture holds. */
static void fire_timers(struct tc_stack *s, tc_time now)
{
	for (unsigned i = 0; i < FIRE_AT_ONCE && s->heap.n && s->heap.at[0]->timer <= now; i++)
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

int tc_stack_run(struct tc_stack *s, tc_time until, struct pollfd *extra, unsigned n_extra,
		 struct tc_error *err)
{
	unsigned ready = 0;
	tc_time stamp = 0;
	bool over;
	int rc;

	s->progressed = false;
	for (unsigned i = 0; i < n_extra; i++)
		extra[i].revents = 0;
	tc_receiver_begin(&s->receiver);
	tc_output_flush(s);	/* first: an empty look into a capture ring costs a poll(2) */
	for (;;) {
		rc = receive(s, &stamp, err);
		if (rc < 0)
			return rc;
		fire_timers(s, heard_until(s, rc > 0, stamp));
		tc_output_flush(s);
		if (s->progressed && !ready)	/* a signal is heard in the midst of work, too */
			tc_receiver_glance(&s->receiver, extra, n_extra);
		if (s->progressed || ready)
			return 1;
		over = tc_clock_monotonic() >= until;
		ready = tc_receiver_wait(&s->receiver, over ? 0 : next_wake(s, until), extra,
					 n_extra);
		if (over)
			return ready > 0;
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
