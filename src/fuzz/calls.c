/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clients as targets: a case is not opened but answers the next call, whoever makes it. A
 * command that calls is run again when it ends; one that goes on is left to call by itself. Of
 * several cases at once the first answers first, and so many commands are run beside each other.
 */
#include "own.h"

#include <tcpcraft/clock.h>

#include <stdlib.h>
#include <string.h>

#define CALL_LOOK (2 * TC_MS)		/* how often the command is looked at while one is due */
#define FIRST_CALL (5 * TC_S)
#define CALL_OLD (800 * TC_MS)		/* a caller may have given up such a one */
#define START_GAP (50 * TC_MS)		/* between starts that brought no call, for each */

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

void tc_fuzz_stop_waiting(struct tc_fuzz *f, struct tc_fuzz_conn *r)
{
	for (struct tc_fuzz_conn **at = &f->waiting; *at; at = &(*at)->waits_next)
		if (*at == r) {
			*at = r->waits_next;
			f->n_waiting--;
			return;
		}
}

/* ---- whom they come from ------------------------------------------------------------- */

static struct tc_fuzz_caller *caller_at(struct tc_fuzz *f, const struct tc_addr *addr)
{
	for (unsigned i = 0; i < f->n_callers; i++)
		if (tc_addr_equal(&f->callers[i].addr, addr))
			return &f->callers[i];
	if (f->n_callers == FUZZ_CALLERS)
		return NULL;	/* of so many the first ones are looked after */
	f->callers[f->n_callers] = (struct tc_fuzz_caller){ .addr = *addr };
	return &f->callers[f->n_callers++];
}

void tc_fuzz_note_answered(struct tc_fuzz *f, const struct tc_addr *addr,
			   const struct tc_fuzz_case *c)
{
	struct tc_fuzz_caller *k = caller_at(f, addr);

	if (!k)
		return;
	k->honest = c == NULL;
	k->odd = false;
	if (!c)
		return;
	k->last = c->number;
	if (k->cases == 0 || c->number < k->low)
		k->low = c->number;
	if (k->cases == 0 || c->number > k->high)
		k->high = c->number;
	k->cases++;
}

/* (Whose connection never was one may have gone while it called: that is nobody's doing.) */
void tc_fuzz_note_odd(struct tc_fuzz *f, const struct tc_fuzz_conn *r)
{
	struct tc_fuzz_caller *k = caller_at(f, &r->info.flow.remote_addr);

	if (!k || k->last != r->c->number)
		return;
	k->odd = r->info.established_at && !r->late &&
		 r->out->verdict != TC_VERDICT_INTERRUPTED &&
		 (r->out->verdict != f->usual || strcmp(r->out->state, f->usual_state) != 0);
	k->from = r->out->from;
	k->port = r->out->port;
}

/* ---- who answers ---------------------------------------------------------------------- */

/* The oldest call that still stands is the first case's that waits. */
static void answer(struct tc_fuzz *f)
{
	while (f->waiting && f->n_calls) {
		struct tc_fuzz_call call = f->calls[0];
		struct tc_fuzz_conn *r = f->waiting;
		struct tc_conn_info info;

		tc_conn_info(call.conn, &info);
		r->calls = f->called;
		if (tc_exchange_answer(&r->x, call.conn, r->c ? r->c->iss :
				       tc_stack_iss(tc_session_stack(f->cfg.session),
						    &info.flow)) < 0) {
			r->x.conn = NULL;
			let_go(f, 0);
			continue;
		}
		memmove(&f->calls[0], &f->calls[1], --f->n_calls * sizeof f->calls[0]);
		if (call.stamp < r->out->from)
			r->out->from = call.stamp;
		r->out->port = info.flow.remote_port;
		tc_fuzz_note_answered(f, &info.flow.remote_addr, r->c);
		r->answered_at = f->answered_at = tc_clock_monotonic();
		r->late = r->answered_at - call.at > CALL_OLD;
		tc_fuzz_stop_waiting(f, r);
	}
}

/* A SYN that is sent again may come from another port, as a NAT forgets a call that was reset: of
 * who has not got through yet it is no other call. (One whose ISN is always the same calls anew.) */
static void note_repeat(struct tc_fuzz_conn *r, const struct tc_conn_info *call)
{
	struct tc_conn_info info;

	if (!r->busy || r->ended || !r->x.conn)
		return;
	tc_conn_info(r->x.conn, &info);
	r->calls += !info.established_at && info.irs == call->irs &&
		    info.flow.remote_port != call->flow.remote_port &&
		    tc_addr_equal(&info.flow.remote_addr, &call->flow.remote_addr);
}

static void note_repeats(struct tc_fuzz *f, const struct tc_conn *c)
{
	struct tc_conn_info call;

	tc_conn_info(c, &call);
	for (unsigned i = 0; f->isn_varies && i < f->cfg.parallel; i++)
		note_repeat(&f->runs[i], &call);
	if (f->isn_varies) {
		note_repeat(&f->control, &call);
		note_repeat(&f->canary, &call);
	}
	f->isn_varies |= f->ever_called && call.irs != f->last_isn;
	f->last_isn = call.irs;
}

static void on_call(void *ctx, struct tc_conn *c)
{
	struct tc_fuzz *f = ctx;

	note_repeats(f, c);
	f->starting -= f->starting > 0;
	f->ever_called = true;
	f->called++;
	if (f->n_calls == f->calls_most)	/* the oldest has most likely given up */
		let_go(f, 0);
	f->calls[f->n_calls++] = (struct tc_fuzz_call){
		c, tc_clock_monotonic(), tc_clock_realtime()
	};
	answer(f);
}

int tc_fuzz_listen(struct tc_fuzz *f, struct tc_error *err)
{
	struct tc_stack *s = tc_session_stack(f->cfg.session);
	int rc;

	f->calls_most = f->cfg.parallel + FUZZ_CALLS;
	f->calls = calloc(f->calls_most, sizeof *f->calls);
	if (!f->calls)
		return tc_nomem(err);
	rc = tc_stack_listen(s, &f->cfg.call_addr, f->cfg.call_port, f->calls_most, NULL, f,
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
	struct tc_fuzz_conn **at = &f->waiting;

	while (*at)
		at = &(*at)->waits_next;
	*at = r;
	f->n_waiting++;
	r->call_by = tc_clock_monotonic() + tc_fuzz_call_wait(f);
	answer(f);
}

static void nobody_calls(struct tc_fuzz *f)
{
	struct tc_fuzz_conn *r = f->waiting;

	r->x.verdict = TC_VERDICT_NO_ANSWER;
	r->out->uncalled = true;
	r->decided_at = tc_clock_monotonic();
	r->ended = true;
	f->uncalled = true;
	tc_fuzz_make_due(r);
	tc_fuzz_stop_waiting(f, r);
}

/* Is the wait for a call over? Clients that call one after the other keep all connections but the
 * first waiting, so the time counts from the last answer, too. */
static bool is_over(const struct tc_fuzz *f, tc_time now)
{
	return now >= f->waiting->call_by && now - f->answered_at >= tc_fuzz_call_wait(f);
}

tc_time tc_fuzz_call_look(const struct tc_fuzz *f, tc_time until)
{
	tc_time soon = tc_clock_monotonic() + CALL_LOOK;

	return f->waiting && until > soon ? soon : until;
}

/* One for each that waits; starts that brought no call for a while are not waited for. */
static void start_callers(struct tc_fuzz *f, tc_time now)
{
	tc_time gap, most_gap;
	unsigned most;
	int n;

	if (now >= f->start_after)
		f->starting = 0;
	if (f->starting >= f->n_waiting)
		return;
	most = tc_fuzz_target_callers(f->cfg.target) + f->n_waiting - f->starting;
	n = tc_fuzz_target_call(f->cfg.target, most < f->at_once ? most : f->at_once);
	if (n > 0) {
		f->starting += (unsigned)n;
		gap = START_GAP * f->starting;
		most_gap = tc_fuzz_call_wait(f) / 4;	/* or those that wait are given up */
		f->start_after = now + (gap < most_gap ? gap : most_gap);
	}
}

void tc_fuzz_look_for_call(struct tc_fuzz *f)
{
	tc_time now = tc_clock_monotonic();

	if (!f->waiting || (f->at_once > 1 && now < f->look_at))
		return;
	f->look_at = now + CALL_LOOK;
	while (f->waiting && (is_over(f, now) || tc_fuzz_target_is_dead(f->cfg.target)))
		nobody_calls(f);
	if (f->waiting)
		start_callers(f, now);
}
