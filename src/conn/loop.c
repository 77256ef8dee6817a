/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop: frames in, timers, frames out, sleep. */
#include "own.h"

#include <poll.h>
#include <time.h>

#define RECEIVE_AT_ONCE 256
#define SPIN_NS (30 * TC_US)

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
	c->stack->progressed = true;
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

	s->progressed = false;
	for (unsigned i = 0; i < n_extra; i++)
		extra[i].revents = 0;
	tc_output_flush(s);	/* first: an empty look into a capture ring costs a poll(2) */
	for (unsigned round = 0;; round++) {
		receive(s, err, &rc);
		if (rc < 0)
			return rc;
		fire_timers(s);
		tc_output_flush(s);
		if (s->progressed || any_ready(extra, n_extra))
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
