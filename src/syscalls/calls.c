/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls of a script on their way to the hand that makes them and back: which run, and
 * whether what they returned is what the script says. */
#include "own.h"

#include <tcpcraft/clock.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT_ONCE (1 * TC_S)	/* that a call may take which does not block */
#define PATIENCE (30 * TC_S)	/* with a shell line: one may start many programs */
#define OVERDUE (1 * TC_S)	/* after which one that blocks is given up */
#define SOON TC_S		/* that leaving may take whoever has stopped the script */
#define FAR (5 * TC_S)		/* both, where the hand itself waits for answers */
#define TOLERANCE (4 * TC_MS)	/* of when a call ends, or … */
#define TOLERANCE_PART 8	/* … that part of what it takes */
#define SUSPECTS 32

struct running {		/* a call that was started */
	struct tc_hand_call *call;	/* NULL: none */
	const struct tc_script_event *event;
	const struct tc_call_kind *kind;	/* NULL: a shell line, or code */
	tc_time due;			/* when one that blocks should end; 0: at once */
};

struct suspect {		/* a call that ended late */
	const struct tc_script_event *event;
	tc_time ended, waited, late;
};

struct tc_calls {
	struct tc_hand *hand;
	struct tc_call_fds fds;
	struct tc_call_env env;
	struct running running[TC_HAND_CALLS];
	struct suspect suspects[SUSPECTS];
	unsigned n_suspects;
	tc_time last_sent, tolerance, patience;
	const struct tc_script_event *failed;
	struct tc_code_runner *runner;	/* of its code */
	struct tc_code *code;
	int stop_fd;			/* -1: none */
	int newest;			/* of the sockets, for code; -1: none */
};

/* ---- made -------------------------------------------------------------------------- */

/* As sockets name it: of IPv4 by what is mapped into IPv6, where they are AF_INET6. */
static struct tc_addr named(const struct tc_addr *addr, bool mapped)
{
	uint8_t bytes[16] = { [10] = 0xff, 0xff };

	memcpy(bytes + 12, addr->bytes, 4);
	return mapped ? tc_addr_from_v6(bytes) : *addr;
}

int tc_calls_open(struct tc_calls **out, const struct tc_script *s,
		  const struct tc_calls_config *cfg, struct tc_error *err)
{
	struct tc_calls *c = calloc(1, sizeof *c);

	if (!c)
		return tc_nomem(err);
	c->hand = cfg->hand;
	c->runner = cfg->runner;
	c->newest = c->stop_fd = -1;
	c->tolerance = cfg->tolerance ? cfg->tolerance : TOLERANCE;
	c->patience = cfg->patience ? cfg->patience : PATIENCE;
	c->env = (struct tc_call_env){
		.script = s, .fds = &c->fds,
		.addr = named(&cfg->addr, cfg->mapped),
		.peer = named(&cfg->peer, cfg->mapped),
		.bind_port = cfg->bind_port ? cfg->bind_port : TC_CALLS_PORT,
		.connect_port = cfg->connect_port ? cfg->connect_port : TC_CALLS_PORT,
		.tolerance = c->tolerance,
	};
	*out = c;
	return 0;
}

void tc_calls_close(struct tc_calls *c)
{
	if (c)
		tc_code_free(c->code);
	free(c);
}

static int put_shell(const struct tc_script_event *e, struct tc_hand_call *to,
		     struct tc_error *err)
{
	size_t n = strlen(e->text) + 1;

	if (n > TC_HAND_BYTES)
		return tc_fail(err, -EOPNOTSUPP, "a command of more than 1 MiB");
	to->number = TC_HAND_SHELL;
	memcpy(to->bytes, e->text, n);
	return 0;
}

static struct running *find_running(struct tc_calls *c, const struct tc_hand_call *call)
{
	struct running *r = c->running;

	while (r->call != call)
		r++;
	return r;
}

static int start(struct tc_calls *c, const struct tc_script_event *e, struct tc_error *err)
{
	struct tc_hand_call *call = tc_hand_new(c->hand);
	struct running *r = call ? find_running(c, NULL) : NULL;
	int rc;

	if (!r)
		return tc_fail(err, -EOPNOTSUPP, "%d calls block already", TC_HAND_CALLS);
	*r = (struct running){ .call = call, .event = e };
	if (e->call.blocks)
		r->due = tc_clock_realtime() + e->call.until - e->time.from;
	if (e->kind == TC_SCRIPT_CODE) {
		call->number = TC_HAND_STATE;
		call->arg[0] = c->newest;
		rc = 0;
	} else if (e->kind == TC_SCRIPT_SHELL) {
		rc = put_shell(e, call, err);
	} else {
		r->kind = tc_call_kind(e->call.name);
		rc = r->kind ? tc_call_args(&c->env, e, r->kind, call, err)
			     : tc_call_unknown(c->env.script, e, err);
	}
	if (rc >= 0)
		rc = tc_hand_start(c->hand, call, err);
	if (rc < 0) {
		tc_hand_release(c->hand, call);
		r->call = NULL;
	}
	return rc;
}

/* ---- judged ------------------------------------------------------------------------ */

static void say_result(const struct tc_hand_call *call, char *text, size_t n)
{
	if (call->result == -1)
		snprintf(text, n, "-1 %s (%s)", tc_call_errno(call->error),
			 strerror(call->error));
	else
		snprintf(text, n, "%ld", call->result);
}

static int judge_result(struct tc_calls *c, const struct running *r, struct tc_error *err)
{
	const struct tc_script_call *call = &r->event->call;
	const struct tc_hand_call *done = r->call;
	bool any = !call->result || call->result->kind == TC_ARG_ELLIPSIS;
	long want = done->result, code = done->error;
	char got[128];
	int rc = any ? 0 : tc_call_number(c->env.script, call->result, &want, err);

	if (rc >= 0 && call->error && !tc_call_word(call->error, &code))
		return -EOPNOTSUPP;	/* checked before */
	say_result(done, got, sizeof got);
	if (r->kind->gives != GIVES_NUMBER && want >= 0 && done->result >= 0 && !any) {
		tc_call_name_descriptor(&c->fds, want, done->result);
		if (r->kind->gives == GIVES_SOCKET)
			c->newest = (int)done->result;
		return 0;
	}
	if (rc >= 0 && done->result == want && done->error == code)
		return 0;
	return tc_fail(err, -TC_ERR_UNMET, "%s returned %s, expected %ld%s%s", call->name, got, want,
		       call->error ? " " : "", call->error ? call->error : "");
}

static int judge_shell(const struct tc_hand_call *done, struct tc_error *err)
{
	if (done->result == 0)
		return 0;
	return tc_fail(err, -TC_ERR_UNMET, "the command ended with exit code %ld", done->result);
}

static int note_code(struct tc_calls *c, const struct running *r, struct tc_error *err)
{
	if (r->call->result < 0)
		return tc_fail(err, -TC_ERR_UNMET, "code in %%{ }%% is about the newest socket: %s",
			       c->newest < 0 ? "there is none" : tc_call_errno(r->call->error));
	return tc_code_note(&c->code, r->event, r->call->bytes, err);
}

static int judge_call(struct tc_calls *c, const struct running *r, struct tc_error *err)
{
	int rc = judge_result(c, r, err);
	struct tc_error why = { 0 };

	if (rc < 0)
		return rc;
	rc = tc_call_compare(&c->env, r->event, r->kind, r->call, &why);
	return rc < 0 ? tc_fail(err, rc, "%s: %s", r->event->call.name, why.msg) : 0;
}

/* How long after its time may it end? */
static tc_time tolerance(const struct tc_calls *c, const struct tc_script_event *e)
{
	tc_time part = (e->call.until - e->time.from) / TOLERANCE_PART;

	return part > c->tolerance ? part : c->tolerance;
}

static bool wakes(const struct tc_calls *c, const struct suspect *s, tc_time sent)
{
	return sent <= s->ended && s->ended - s->waited - sent <= tolerance(c, s->event);
}

/* What wakes a call may itself be late; the capture tells of it before or after the call
 * has ended. Nor is it the call's doing that it waited for a processor, before or after
 * it was woken. */
static void suspect(struct tc_calls *c, const struct running *r)
{
	tc_time ended = r->call->ended;
	tc_time waited = r->call->waited;
	struct suspect s = { r->event, ended, waited, ended - waited - r->due };

	if (!tc_hand_is_far(c->hand) && s.late > tolerance(c, s.event) && !wakes(c, &s, c->last_sent) &&
	    c->n_suspects < SUSPECTS)
		c->suspects[c->n_suspects++] = s;
}

void tc_calls_sent(struct tc_calls *c, tc_time stamp)
{
	unsigned kept = 0;

	c->last_sent = stamp;
	for (unsigned i = 0; i < c->n_suspects; i++)
		if (!wakes(c, &c->suspects[i], stamp))
			c->suspects[kept++] = c->suspects[i];
	c->n_suspects = kept;
}

static int in_time(struct tc_calls *c, const struct running *r, struct tc_error *err)
{
	tc_time early = r->due - r->call->ended;

	if (!r->due)
		return 0;
	if (early > tolerance(c, r->event))
		return tc_fail(err, -TC_ERR_UNMET, "%s ended %.3f ms too early", r->event->call.name,
			       (double)early / TC_MS);
	suspect(c, r);
	return 0;
}

/* Judge a call that has ended. */
static int finish(struct tc_calls *c, struct tc_hand_call *call, tc_time *ended,
		  struct tc_error *err)
{
	struct running *r = find_running(c, call);
	int rc;

	if (call->fault.code)
		rc = tc_fail(err, call->fault.code, "%s: %s", r->kind ? r->kind->name : "a command",
			     call->fault.msg);
	else if (r->kind)
		rc = judge_call(c, r, err);
	else
		rc = r->event->kind == TC_SCRIPT_CODE ? note_code(c, r, err)
						      : judge_shell(call, err);
	if (rc >= 0)
		rc = in_time(c, r, err);
	*ended = call->ended;
	tc_hand_release(c->hand, call);
	r->call = NULL;
	return rc;
}

static int placed(struct tc_calls *c, const struct tc_script_event *e,
		  const struct tc_error *why, struct tc_error *err)
{
	c->failed = e;
	return tc_script_fail(c->env.script, e->line, e->column, err, why->code, "%s",
			      why->msg);
}

/* The next that has ended, *which, judged; *which is NULL when none has. */
static int next(struct tc_calls *c, tc_time until, const struct tc_script_event **which,
		tc_time *ended, struct tc_error *err)
{
	struct tc_error gone = { 0 };
	struct tc_hand_call *call = tc_hand_next(c->hand, until, c->stop_fd, &gone);
	int rc;

	*which = call ? find_running(c, call)->event : NULL;
	if (!call)
		return gone.code ? tc_fail(err, gone.code, "%s", gone.msg) : 0;
	rc = finish(c, call, ended, err);
	if (rc < 0)
		c->failed = *which;
	return rc;
}

void tc_calls_stop_on(struct tc_calls *c, int fd)
{
	c->stop_fd = fd;
}

int tc_calls_make(struct tc_calls *c, const struct tc_script_event *e, tc_time zero,
		  tc_time *when, struct tc_error *err)
{
	bool shell = e->kind == TC_SCRIPT_SHELL;
	tc_time at_once = tc_hand_is_far(c->hand) ? FAR : AT_ONCE;
	tc_time until = tc_clock_monotonic() + (shell ? c->patience : at_once);
	const struct tc_script_event *which = NULL;
	struct tc_error why = { 0 };
	int rc;

	c->env.zero = zero;
	if (c->env.zero_first == 0 || zero < c->env.zero_first)
		c->env.zero_first = zero;
	rc = start(c, e, err);
	if (shell)
		c->env.zero_first = 0;
	if (rc < 0 || e->call.blocks)
		return rc;
	while (rc >= 0 && which != e && tc_clock_monotonic() < until)
		rc = next(c, until, &which, when, &why);
	if (rc < 0)	/* whoever carries out `e` says where that is */
		return which == e || !which ? tc_fail(err, rc, "%s", why.msg)
					    : placed(c, which, &why, err);
	if (which != e && shell)
		rc = tc_fail(err, -EOPNOTSUPP, "the command has not ended within %.3f s: it was "
			     "ended (--timeout S gives it more)", (double)c->patience / TC_S);
	else if (which != e)
		rc = tc_fail(err, -TC_ERR_UNMET, "%s blocks: a call that may is written with two "
			     "times, 0.1...0.2 %s(…)", e->call.name, e->call.name);
	return rc;
}

static int overdue(struct tc_calls *c, struct tc_error *err)
{
	tc_time most = tc_hand_is_far(c->hand) ? FAR : OVERDUE, now = tc_clock_realtime();
	struct tc_error why;

	for (int i = 0; i < TC_HAND_CALLS; i++) {
		const struct running *r = &c->running[i];

		if (!r->call || !r->due || now - r->due < most)
			continue;
		tc_fail(&why, -TC_ERR_UNMET, "%s still blocks, %.3f s after it should have ended",
			r->event->call.name, (double)(now - r->due) / TC_S);
		return placed(c, r->event, &why, err);
	}
	return 0;
}

int tc_calls_turn(struct tc_calls *c, struct tc_error *err)
{
	const struct tc_script_event *which;
	struct tc_error why = { 0 };
	tc_time ended;
	int rc;

	do
		rc = next(c, 0, &which, &ended, &why);
	while (rc >= 0 && which);
	if (rc < 0)
		return which ? placed(c, which, &why, err) : tc_fail(err, rc, "%s", why.msg);
	return overdue(c, err);
}

int tc_calls_end(struct tc_calls *c, struct tc_error *err)
{
	const struct suspect *s = c->suspects;
	struct tc_error why;

	if (!c->n_suspects)
		return c->code ? tc_code_run(c->runner, c->code, c->env.script, c->patience,
					     c->stop_fd, &c->failed, err) : 0;
	tc_fail(&why, -TC_ERR_UNMET, "%s ended %.3f ms too late", s->event->call.name,
		(double)s->late / TC_MS);
	return placed(c, s->event, &why, err);
}

int tc_calls_leave(struct tc_calls *c, bool stopped, struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + (stopped ? SOON : FAR);
	struct tc_hand_call *leave, *ended = NULL;
	struct tc_error gone = { 0 };
	int rc;

	if (!tc_hand_is_far(c->hand))
		return 0;
	leave = tc_hand_new(c->hand);
	if (!leave)			/* all of them block, so the hand was there */
		return 0;
	leave->number = TC_HAND_LEAVE;
	rc = tc_hand_start(c->hand, leave, err);
	while (rc >= 0 && ended != leave && !gone.code && tc_clock_monotonic() < until)
		ended = tc_hand_next(c->hand, until, stopped ? -1 : c->stop_fd, &gone);
	if (rc >= 0 && ended != leave)
		rc = gone.code ? tc_fail(err, gone.code, "%s", gone.msg) :
		     tc_fail(err, -TC_ERR_HAND_GONE, "the machine under test does not answer");
	else if (rc >= 0 && leave->fault.code)
		rc = tc_fail(err, leave->fault.code, "%s", leave->fault.msg);
	return rc;
}

const struct tc_script_event *tc_calls_failed(const struct tc_calls *c)
{
	return c->failed;
}

int tc_calls_fd(const struct tc_calls *c)
{
	return tc_hand_fd(c->hand);
}

bool tc_calls_busy(const struct tc_calls *c)
{
	for (int i = 0; i < TC_HAND_CALLS; i++)
		if (c->running[i].call)
			return true;
	return false;
}
