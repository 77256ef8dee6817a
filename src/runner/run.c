/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A script carried out, event by event. Two clocks are kept for the last event: when it was
 * planned and when the capture saw it. What we send next is planned after the one, so that
 * being late does not add up; what is expected may be in time by either, so that being
 * late is not taken for the peer's fault.
 */
#include "own.h"
#include "script/words.h"
#include "wire/family.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE (4 * TC_MS)
#define TOLERANCE_MOST_US 60000000ul
#define PERCENT 12.5			/* of the time since the event before, if that is more */
#define TS_TICK_MOST 1000000ul		/* us: RFC 7323 4.1 */
#define PATIENCE (30 * TC_S)		/* of '*' */
#define PATIENCE_TAPED (86400 * TC_S)	/* … where it costs nothing */
#define ASK_SHORT (200 * TC_MS)		/* … what it repeats meanwhile is passed over */
#define COPIES (100 * TC_MS)		/* of our last packets, at the end */
#define TURNS_MOST 1000000		/* of a loop */

static int run_block(struct tc_script_run *r, const struct tc_script_event *e);

/* ---- time ------------------------------------------------------------------------- */

/* An event of ours happened at r->wire, planned for `at`. */
static void done_at(struct tc_script_run *r, const struct tc_script_event *e, tc_time at)
{
	r->script += tc_run_gap(r, e);
	r->planned = r->wire - at > r->tolerance ? r->wire : at;
	r->follows_ours = false;
}

/* What we do behind a packet of ours, or a look that saw nothing, keeps to the plan. Behind a call,
 * or what was seen, its time is counted from when we were through with that, as packetdrill counts:
 * scripts rely on a round trip being the longer, the more was to be read before (RFC 8985 6.2 takes
 * an ACK that is sooner than any before for one of the first transmission), and on a call not being
 * sooner. */
static void count_from_now(struct tc_script_run *r, const struct tc_script_event *e)
{
	tc_time now = tc_run_now(r);

	if (!r->follows_ours && e->time.when == TC_WHEN_RELATIVE && now > r->planned) {
		tc_run_was_late(r, now - r->planned, now);
		r->planned = now;
	}
}

/* ---- packets of ours -------------------------------------------------------------- */

/* A tape has it: what stands in the script is what was to be sent. */
static int sent_packet(struct tc_script_run *r, const struct tc_script_event *e)
{
	if (e->kind == TC_SCRIPT_ICMP)
		return tc_run_cannot(r, e->line, e->column, "ICMP is not judged in a capture");
	return tc_run_expect_packet(r, e);
}

static int send_packet(struct tc_script_run *r, const struct tc_script_event *e)
{
	bool icmp = e->kind == TC_SCRIPT_ICMP;
	struct run_flow *f = tc_run_flow_of(r, e, icmp ? NULL : e->packet.sport,
					    icmp ? NULL : e->packet.dport);
	tc_time at;
	int rc;

	count_from_now(r, e);
	rc = f ? tc_run_wait_for(r, e, &at) : -TC_ERR_VERDICT;
	if (rc >= 0 && !f->live.remote_port)
		rc = tc_run_cannot(r, e->line, e->column,
				   "nobody is known to send it to: as a "
				   "server we wait for a SYN first");
	if (rc >= 0)
		rc = icmp ? tc_run_build_icmp(r, e, f) : tc_run_build(r, e, f);
	if (rc >= 0)
		rc = tc_run_send(r, e, f, NULL);
	if (rc >= 0) {
		done_at(r, e, at);
		r->follows_ours = true;
	}
	return rc;
}

/* ---- what packetdrill has not ----------------------------------------------------- */

static int if_seen(struct tc_script_run *r, const struct tc_script_event *e)
{
	bool seen;
	int rc = tc_run_seen(r, e, &seen);

	return rc < 0 ? rc : run_block(r, seen ? e->body : e->other);
}

static int loop(struct tc_script_run *r, const struct tc_script_event *e)
{
	bool counts = e->kind == TC_SCRIPT_FOR;
	int64_t first = 1, last = 0;
	int rc = counts ? tc_run_eval(r, e->a, &first) : tc_run_eval(r, e->a, &last);

	if (rc >= 0 && counts)
		rc = tc_run_eval(r, e->b, &last);
	if (rc >= 0 && last - first >= TURNS_MOST)
		rc = tc_run_cannot(r, e->line, e->column, "more than %d turns", TURNS_MOST);
	for (int64_t i = first; i <= last && rc >= 0; i++) {
		if (counts) {
			r->value[e->slot] = i;
			r->known[e->slot] = true;
		}
		rc = run_block(r, e->body);
	}
	return rc;
}

/* What we sent stands in the story when the capture has shown it: before the words. */
static int wait_for_copies(struct tc_script_run *r)
{
	tc_time until = tc_clock_realtime() + COPIES;
	int rc = 0;

	while (rc >= 0 && r->sent && tc_clock_realtime() < until)
		rc = tc_run_wait(r, until);
	return rc;
}

static int speak(struct tc_script_run *r, const struct tc_script_event *e)
{
	tc_time at;
	int rc = tc_run_wait_for(r, e, &at);

	if (rc >= 0 && (r->cfg.ops->say || r->cfg.ops->ask))
		rc = wait_for_copies(r);
	if (rc < 0)
		return rc;
	tc_run_say(r, e);
	if (e->kind == TC_SCRIPT_SAY && r->cfg.ops->say)
		r->cfg.ops->say(r->cfg.ctx, e->text);
	if (e->kind == TC_SCRIPT_ASK && r->cfg.ops->ask)
		r->cfg.ops->ask(r->cfg.ctx, e->text);
	r->script += tc_run_gap(r, e);
	r->planned = at;
	if (e->kind == TC_SCRIPT_ASK) {		/* time stood still, but for the peer: */
		r->planned = tc_clock_realtime();
		r->any = r->any || r->planned - r->wire > ASK_SHORT;
		r->wire = r->planned;
	}
	return 0;
}

/* ---- calls ------------------------------------------------------------------------ */

static void pass_call(struct tc_script_run *r)
{
	r->result->skipped++;
	if (!r->skipped_told && r->cfg.ops->notice)
		r->cfg.ops->notice(r->cfg.ctx,
				   "calls and commands are passed over: the peer "
				   "is not our program");
	r->skipped_told = true;
}

static int call(struct tc_script_run *r, const struct tc_script_event *e)
{
	struct tc_error why = { 0 };
	tc_time at, began, when;
	int rc;

	count_from_now(r, e);
	rc = tc_run_wait_for(r, e, &at);
	if (rc < 0)
		return rc;
	began = when = tc_clock_realtime();
	if (!r->cfg.ops->call) {
		pass_call(r);
	} else {
		tc_run_say(r, e);
		rc = r->cfg.ops->call(r->cfg.ctx, e, at - r->script - tc_run_gap(r, e), &when,
				      &why);
	}
	if (rc < 0)
		return tc_run_blame(r, e, &why);
	if (r->cfg.ops->call && tc_run_opens(e) != RUN_OPENED)
		r->opening = tc_run_opens(e);
	r->awaited = NULL;
	r->wire = e->kind == TC_SCRIPT_SHELL ? when : began;
	done_at(r, e, at);	/* what follows a command that took long is planned from its end */
	r->wire = e->kind == TC_SCRIPT_SHELL ? began : when; /* what it sends may go out before */
	return 0;
}

/* While a capture is judged nobody makes calls or answers questions: only their time passes. */
static int pass_by(struct tc_script_run *r, const struct tc_script_event *e)
{
	tc_time gap = tc_run_gap(r, e);

	if (e->kind == TC_SCRIPT_SAY || e->kind == TC_SCRIPT_ASK)
		tc_run_say(r, e);
	else
		pass_call(r);
	r->untimed |= e->kind == TC_SCRIPT_CALL;
	r->script += gap;
	r->planned += gap;
	return 0;
}

/* ---- the whole -------------------------------------------------------------------- */

static int carry_out(struct tc_script_run *r, const struct tc_script_event *e)
{
	int rc;

	switch (e->kind) {
	case TC_SCRIPT_PACKET:
		return !e->packet.sent ? tc_run_expect_packet(r, e) :
		       r->cfg.tape ? sent_packet(r, e) : send_packet(r, e);
	case TC_SCRIPT_ICMP:
		return r->cfg.tape ? sent_packet(r, e) :
		       e->icmp.sent ? send_packet(r, e) : tc_run_expect_icmp(r, e);
	case TC_SCRIPT_CALL:
	case TC_SCRIPT_SHELL:
	case TC_SCRIPT_CODE:
		return r->cfg.tape ? pass_by(r, e) : call(r, e);
	case TC_SCRIPT_SILENCE:
		return tc_run_keep_silence(r, e);
	case TC_SCRIPT_ANY_MORE:
		r->any = true;
		return 0;
	case TC_SCRIPT_LET:
		rc = tc_run_eval(r, e->a, &r->value[e->slot]);
		r->known[e->slot] = rc >= 0;
		return rc;
	case TC_SCRIPT_REPEAT:
	case TC_SCRIPT_FOR:
		return loop(r, e);
	case TC_SCRIPT_IF_SEEN:
		return if_seen(r, e);
	case TC_SCRIPT_EXPECT_STATE:
		return tc_run_expect_state(r, e);
	case TC_SCRIPT_EXPECT_NUMBER:
		return tc_run_expect_number(r, e);
	case TC_SCRIPT_SAY:
	case TC_SCRIPT_ASK:
		return r->cfg.tape ? pass_by(r, e) : speak(r, e);
	}
	return 0;
}

static int run_block(struct tc_script_run *r, const struct tc_script_event *e)
{
	int rc = 0;

	for (; e && rc >= 0; e = e->next) {
		rc = tc_run_check_silence(r);
		if (rc >= 0)
			rc = carry_out(r, e);
		r->result->events += rc >= 0;
	}
	return rc;
}

/* Nobody shall wait for us: what is still open is reset. */
static int reset_open(struct tc_script_run *r)
{
	enum tc_state state;
	int rc = 0;

	for (unsigned i = 0; i < r->n_flows && rc >= 0; i++) {
		struct run_flow *f = &r->flow[i];

		state = tc_run_flow_state(r, f);
		if (!f->live.remote_port || !f->wire.side[1].syn || state == TC_ST_CLOSED ||
		    state == TC_ST_TIME_WAIT)
			continue;
		rc = tc_run_build_reset(r, f);
		if (rc >= 0)
			rc = tc_run_send(r, NULL, f, "the end of the script");
	}
	return rc;
}

static int wind_up(struct tc_script_run *r)
{
	int rc = 0;

	if (r->cfg.tape) {
		tc_run_tape_end(r);
		return 0;
	}
	if (!r->cfg.leave_open)
		rc = reset_open(r);
	if (rc >= 0)
		rc = wait_for_copies(r);
	tc_run_tell_unseen(r);
	tc_run_tell(r, true);
	return rc;
}

static int wait_for_calls(struct tc_script_run *r)
{
	int rc = 0;

	while (rc >= 0 && r->cfg.ops->busy && r->cfg.ops->busy(r->cfg.ctx))
		rc = tc_run_wait(r, tc_clock_realtime() + TC_S);
	return rc;
}

/* What came in a silence that has just ended may not have been captured yet. */
static int end_silence(struct tc_script_run *r)
{
	int rc = r->quiet ? tc_run_wait_until(r, r->quiet_to + TC_RUN_LAG) : 0;

	return rc < 0 ? rc : tc_run_check_silence(r);
}

/* An end that is the script's becomes its verdict, and 0; what else went wrong comes back. */
static int settle(struct tc_script_run *r, int rc)
{
	if (rc >= 0 || rc == -TC_ERR_VERDICT)
		return 0;
	if (!tc_script_verdict_of(rc, &r->result->verdict))
		return rc;
	if (rc != -ECANCELED)		/* of a call */
		r->result->error = *r->err;
	return 0;
}

int tc_script_run(struct tc_script_run *r, struct tc_script_result *result,
		  struct tc_error *err)
{
	enum tc_script_verdict none;
	struct tc_error own = { 0 };
	int rc;

	*result = (struct tc_script_result){ .verdict = TC_SCRIPT_PASSED };
	r->result = result;
	r->err = &own;
	if (r->cfg.tape)
		tc_run_tape_begin(r);
	r->start = r->wire = r->planned = tc_run_now(r);
	if (r->refused.code) {
		result->verdict = TC_SCRIPT_NOT_RUN;
		result->error = r->refused;
		return 0;
	}
	rc = tc_run_fits(r, r->cfg.script->events);
	if (rc >= 0)
		rc = run_block(r, r->cfg.script->events);
	if (rc >= 0)
		rc = wait_for_calls(r);
	if (rc >= 0)
		rc = end_silence(r);
	if (rc >= 0)
		rc = tc_run_check_rests(r);
	result->seconds = (r->cfg.tape ? r->wire : tc_run_now(r)) - r->start;
	rc = settle(r, rc);
	if (result->event && result->event->source)
		snprintf(result->expected, sizeof result->expected, "%s",
			 result->event->source);
	if (rc < 0) {
		tc_run_tell(r, true);
		return tc_fail(err, rc, "%s", own.msg);
	}
	rc = wind_up(r);
	/* a call that our reset ends is not judged any more */
	if (rc < 0 && rc != -TC_ERR_VERDICT && !tc_script_verdict_of(rc, &none))
		return tc_fail(err, rc, "%s", own.msg);
	return 0;
}

/* ---- open and close --------------------------------------------------------------- */

/* NAME=N, from least to most. */
static int read_number(struct tc_script_run *r, const struct tc_script_switch *w,
		       unsigned long least, unsigned long most, unsigned long *v,
		       struct tc_error *err)
{
	char *end = NULL;

	*v = w->value ? strtoul(w->value, &end, 10) : 0;
	if (!end || end == w->value || *end || *v < least || *v > most)
		return tc_script_fail(r->cfg.script, w->line, w->column, err, -EINVAL,
				      "--%s=N: %lu to %lu", w->name, least, most);
	return 0;
}

static int read_percent(struct tc_script_run *r, const struct tc_script_switch *w,
			struct tc_error *err)
{
	char *end = NULL;

	r->percent = w->value ? strtod(w->value, &end) : 0;
	if (!end || end == w->value || *end || !(r->percent >= 0 && r->percent <= 100))
		return tc_script_fail(r->cfg.script, w->line, w->column, err, -EINVAL,
				      "--tolerance_percent=P: 0 to 100, of the time since the "
				      "event before");
	return 0;
}

static int read_switch(struct tc_script_run *r, const struct tc_script_switch *w,
		       struct tc_error *err)
{
	unsigned long v = 0;
	int rc = 0;

	if (strcmp(w->name, "tolerance_usecs") == 0) {
		rc = read_number(r, w, 1, TOLERANCE_MOST_US, &v, err);
		r->tolerance = r->cfg.tolerance ? r->cfg.tolerance : (tc_time)v * TC_US;
	} else if (strcmp(w->name, "tcp_ts_tick_usecs") == 0) {
		rc = read_number(r, w, 0, TS_TICK_MOST, &v, err);
		r->ts_tick = (unsigned)v;
	} else if (strcmp(w->name, "tolerance_percent") == 0) {
		rc = read_percent(r, w, err);
		r->percent = r->cfg.percent_given ? r->cfg.percent : r->percent;
	} else if (strcmp(w->name, "strict_segments") == 0) {
		r->strict = true;
	} else if (strcmp(w->name, "tcp_ts_ecr_scaled") == 0) {
		r->scaled_ecr = true;
	} else if (strcmp(w->name, "ip_version") != 0 &&
		   (strcmp(w->name, "mss") != 0 || !r->cfg.merges)) {
		rc = tc_script_check_switch(r->cfg.script, w, err);
	}
	return rc;
}

/* The MSS is what RFC 9293 3.7.1 and RFC 6691 make of the MTU. */
static void set_names(struct tc_script_run *r)
{
	for (unsigned i = 0; i < r->cfg.script->n_names; i++)
		if (strcmp(r->cfg.script->names[i], TC_SCRIPT_MSS) == 0) {
			r->value[i] = tc_family_mss(r->cfg.path->src.family, r->cfg.mtu ?
						    r->cfg.mtu : r->cfg.path->mtu);
			r->known[i] = true;
		}
}

static bool expects_icmp(const struct tc_script_event *e)
{
	for (; e; e = e->next)
		if ((e->kind == TC_SCRIPT_ICMP && !e->icmp.sent) || expects_icmp(e->body) ||
		    expects_icmp(e->other))
			return true;
	return false;
}

int tc_script_run_open(struct tc_script_run **out, const struct tc_script_run_config *cfg,
		       struct tc_error *err)
{
	struct tc_script_run *r = calloc(1, sizeof *r);
	int rc = 0;

	if (!r)
		return tc_nomem(err);
	r->cfg = *cfg;
	r->story_end = &r->story;
	r->sent_end = &r->sent;
	r->receiver = (struct tc_receiver){ .link = cfg->link, .neigh = cfg->neigh,
					    .ops = &tc_run_receives, .ctx = r,
					    .frame = cfg->ops->frame,
					    .frame_ctx = cfg->ctx };
	if (!r->cfg.patience)
		r->cfg.patience = cfg->tape ? PATIENCE_TAPED : PATIENCE;
	r->tolerance = cfg->tolerance ? cfg->tolerance : TOLERANCE;
	r->percent = cfg->percent_given ? cfg->percent : PERCENT;
	r->strict = cfg->strict_segments;
	r->wants_icmp = expects_icmp(cfg->script->events);
	for (const struct tc_script_switch *w = cfg->script->switches; w && rc >= 0; w = w->next)
		rc = read_switch(r, w, err);
	if (rc == -EOPNOTSUPP) {	/* told as the verdict */
		r->refused = *err;
		rc = 0;
	}
	set_names(r);
	tc_rng_seed(&r->rng, cfg->seed);
	r->ip_id = (uint16_t)tc_rng_u64(&r->rng);
	if (rc < 0)
		tc_script_run_close(r);
	else
		*out = r;
	return rc;
}

void tc_script_run_close(struct tc_script_run *r)
{
	if (!r)
		return;
	tc_run_story_free(r);
	tc_packet_free(&r->packet);
	tc_packet_free(&r->last_sent);
	tc_packet_free(&r->last_seen);
	free(r);
}
