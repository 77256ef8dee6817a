/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clients as targets: a case is not opened but answers the next call, whoever makes it. A
 * command that calls is run again when it ends; one that goes on is left to call by itself.
 */
#include "own.h"

#include <tcpcraft/clock.h>

#include <string.h>

#define CALL_LOOK (2 * TC_MS)		/* how often the command is looked at while one is due */
#define FIRST_CALL (5 * TC_S)
#define CALL_KEPT (800 * TC_MS)		/* after a second a caller sends its SYN again */
#define START_GAP (50 * TC_MS)		/* between starts that brought no call */

static void let_go(struct tc_fuzz *f, unsigned i)
{
	tc_conn_free(f->calls[i].conn);
	memmove(&f->calls[i], &f->calls[i + 1], (--f->n_calls - i) * sizeof f->calls[0]);
}

void tc_fuzz_drop_calls(struct tc_fuzz *f)
{
	while (f->n_calls)
		let_go(f, f->n_calls - 1);
}

/* The oldest call that still stands is the waiting case's. */
static void answer(struct tc_fuzz *f)
{
	while (f->waiting && f->n_calls) {
		struct tc_fuzz_call call = f->calls[0];
		struct tc_fuzz_conn *r = f->waiting;
		struct tc_conn_info info;

		tc_conn_info(call.conn, &info);
		if (tc_clock_monotonic() - call.at > CALL_KEPT ||
		    tc_exchange_answer(&r->x, call.conn, r->c ? r->c->iss :
				       tc_stack_iss(tc_session_stack(f->cfg.session),
						    &info.flow)) < 0) {
			r->x.conn = NULL;
			let_go(f, 0);
			continue;
		}
		memmove(&f->calls[0], &f->calls[1], --f->n_calls * sizeof f->calls[0]);
		if (call.stamp < r->out->from)
			r->out->from = call.stamp;
		f->waiting = NULL;
	}
}

static void on_call(void *ctx, struct tc_conn *c)
{
	struct tc_fuzz *f = ctx;

	f->start_after = 0;
	f->ever_called = true;
	if (f->answered && f->answered->x.conn && !f->answered->ended)
		f->answered->another = true;
	if (f->n_calls == FUZZ_CALLS)	/* the oldest has most likely given up */
		let_go(f, 0);
	f->calls[f->n_calls++] = (struct tc_fuzz_call){
		c, tc_clock_monotonic(), tc_clock_realtime()
	};
	answer(f);
}

int tc_fuzz_listen(struct tc_fuzz *f, struct tc_error *err)
{
	struct tc_stack *s = tc_session_stack(f->cfg.session);
	int rc = tc_stack_listen(s, &f->cfg.call_addr, f->cfg.call_port, FUZZ_CALLS, NULL, f,
				 err);

	if (rc >= 0)
		tc_stack_hold_calls(s, on_call, f);
	return rc;
}

/* The first has a program to start, by us or by a person. */
tc_time tc_fuzz_call_wait(const struct tc_fuzz *f)
{
	tc_time t = f->control_x.timeout;

	return f->ever_called || t > FIRST_CALL ? t : FIRST_CALL;
}

void tc_fuzz_wait_for_call(struct tc_fuzz *f, struct tc_fuzz_conn *r)
{
	f->waiting = f->answered = r;
	r->call_by = tc_clock_monotonic() + tc_fuzz_call_wait(f);
	answer(f);
}

static void nobody_calls(struct tc_fuzz *f)
{
	struct tc_fuzz_conn *r = f->waiting;

	r->x.verdict = TC_VERDICT_NO_ANSWER;
	r->decided_at = tc_clock_monotonic();
	r->ended = true;
	tc_fuzz_make_due(r);
	f->waiting = NULL;
}

tc_time tc_fuzz_call_look(const struct tc_fuzz *f, tc_time until)
{
	tc_time soon = tc_clock_monotonic() + CALL_LOOK;

	return f->waiting && until > soon ? soon : until;
}

void tc_fuzz_look_for_call(struct tc_fuzz *f)
{
	tc_time now = tc_clock_monotonic();

	if (!f->waiting)
		return;
	if (now >= f->waiting->call_by || tc_fuzz_target_is_dead(f->cfg.target)) {
		nobody_calls(f);
	} else if (now >= f->start_after) {
		if (tc_fuzz_target_call(f->cfg.target) > 0)
			f->start_after = now + START_GAP;
	}
}
