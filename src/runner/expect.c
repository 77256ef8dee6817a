/* SPDX-License-Identifier: BSD-2-Clause */
/* What a script awaits of the peer: packets, ICMP errors, silence, a state; and in what
 * window of time. Stamps of the capture decide, not when we came to read them. */
#include "own.h"
#include "wire/segment_line.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define LAG (500 * TC_MS) /* of the capture behind the wire, before giving up */

struct window {
	tc_time lo, hi;		/* CLOCK_REALTIME */
	tc_time gap;		/* of the script's time; -1: what it took */
};

/* ---- time ------------------------------------------------------------------------- */

/* What opens the connection comes when its user makes it come: no program of ours calls
 * connect(2) there, and no clock has begun. */
static bool opens(const struct tc_script_run *r, const struct tc_script_event *e)
{
	return e->kind == TC_SCRIPT_PACKET && r->cfg.server && !r->cfg.ops->call &&
	       !r->last_sent_flow && !r->last_seen_flow;
}

static struct window window_of(const struct tc_script_run *r,
			       const struct tc_script_event *e)
{
	tc_time early = r->planned < r->wire ? r->planned : r->wire;
	tc_time late = r->planned < r->wire ? r->wire : r->planned;
	tc_time from = tc_run_gap(r, e), to = from;
	bool range =
		e->time.when == TC_WHEN_RANGE || e->time.when == TC_WHEN_RELATIVE_RANGE;

	if (e->kind == TC_SCRIPT_PACKET && e->packet.sent)	/* when, was its sender's affair */
		return (struct window){ 0, tc_run_now(r) + r->cfg.patience, from };
	if (e->time.when == TC_WHEN_ANY)
		return (struct window){ early - LAG, tc_run_now(r) + r->cfg.patience,
					-1 };
	if (opens(r, e) || r->untimed)
		return (struct window){ early - LAG, tc_run_now(r) + r->cfg.patience,
					from };
	if (range)
		to = from + (e->time.to - e->time.from);
	return (struct window){ early + from - tc_run_tolerance(r, from),
				late + to + tc_run_tolerance(r, to), range ? -1 : from };
}

/* Something of the peer's was seen at `stamp`. */
static void seen_at(struct tc_script_run *r, const struct window *w, tc_time stamp)
{
	tc_run_met(r, stamp);
	r->script += w->gap < 0 ? stamp - r->wire : w->gap;
	r->wire = r->planned = stamp;
	r->follows_ours = false;
	r->awaited = NULL;
	r->untimed = false;
}

/* ---- packets that are expected ---------------------------------------------------- */

static void show_seen(struct tc_script_run *r, const struct run_record *rec)
{
	bool ours = rec->origin == TC_ORIGIN_US, syn = rec->rx.seg.flags & TC_FLAG_SYN;
	struct tc_isns isn = tc_run_isns(rec->flow, ours, syn);
	struct tc_buf text = { 0 };

	if (rec->rx.kind != TC_RX_TCP)
		tc_line_icmp(&text, &rec->rx);
	else if (rec->flow && syn && !(ours ? rec->flow->ours_known : rec->flow->theirs_known))
		isn.seq = rec->rx.seg.seq;
	if (rec->rx.kind == TC_RX_TCP)
		tc_script_put_segment(&text, &rec->rx, isn);
	r->result->seen_ours = ours;
	snprintf(r->result->seen, sizeof r->result->seen, "%.*s", (int)text.len,
		 text.data ? (char *)text.data : "");
	tc_buf_free(&text);
}

/* What says nothing new is a peer's timer, which may not have run out if we had been in time: when
 * it came, whatever was met since. */
static int unmet(struct tc_script_run *r, const struct tc_script_event *e,
		 const struct run_record *rec, const char *why)
{
	if (rec->again)
		tc_run_was_late(r, rec->late, rec->stamp);
	return rec->again ? tc_run_doubt(r, e, 0, "%s", why) : tc_run_fail(r, e, "%s", why);
}

static int mismatch(struct tc_script_run *r, const struct run_expected *x,
		    struct run_record *rec)
{
	struct tc_script_result *res = r->result;
	char why[TC_ERROR_MSG_MAX];

	snprintf(why, sizeof why, "%.*s", (int)x->why.len, (char *)x->why.data);
	snprintf(res->fields, sizeof res->fields, "%.*s", (int)x->names.len,
		 (char *)x->names.data);
	show_seen(r, rec);
	rec->settled = true;
	tc_run_note(rec, "line %u: %s", x->event->line, why);
	return unmet(r, x->event, rec, why);
}

static int not_in_time(struct tc_script_run *r, const struct tc_script_event *e,
		       const struct window *w, struct run_record *rec)
{
	bool late = rec->stamp > w->hi;
	tc_time by = late ? rec->stamp - w->hi : w->lo - rec->stamp;
	double off = (double)by / TC_MS;

	snprintf(r->result->fields, sizeof r->result->fields, "time");
	show_seen(r, rec);
	rec->settled = true;
	tc_run_note(rec, "line %u: %.3f ms too %s", e->line, off, late ? "late" : "early");
	return tc_run_doubt(r, e, by,
			    "it came %.3f ms too %s (%.3f ms after the event before; the "
			    "tolerance is in that)",
			    off, late ? "late" : "early",
			    (double)(rec->stamp - r->wire) / TC_MS);
}

static int nothing(struct tc_script_run *r, const struct tc_script_event *e,
		   const struct window *w, const struct run_expected *x)
{
	double waited = (double)(w->hi - r->wire) / TC_S;

	r->result->silent = !r->result->segments_received;
	if (x && x->done)
		return tc_run_fail(r, e, "only %u of its %u bytes came", x->done, x->len);
	if (r->cfg.tape && r->taped == r->cfg.n_tape)
		return tc_run_fail(r, e, "the capture has no more segments of this side");
	return tc_run_fail(r, e, "nothing came within %.3f s", waited < 0 ? 0.0 : waited);
}

static void pass_over(struct run_record *rec)
{
	if (rec->flow)
		rec->flow->stamps[rec->origin != TC_ORIGIN_US].skipped = true;
	rec->open = false;
	rec->settled = true;
}

static tc_time later(tc_time a, tc_time b)
{
	return a > b ? a : b;
}

/* What held us up for long may have held up the wire: behind that it has LAG to come. But not for
 * ever, on a machine that is late each time. */
static tc_time give_up(const struct tc_script_run *r, tc_time until)
{
	tc_time grace = r->stalled_until ? r->stalled_until + LAG : 0, most = until + 10 * LAG;

	return later(until, grace < most ? grace : most);
}

/* What has come is read before the time is looked at: we may be late ourselves. 1: there may be
 * more by then, 0: not. */
static int read_on(struct tc_script_run *r, tc_time until)
{
	const tc_time now = tc_run_now(r), end = give_up(r, until);
	const bool over = now > end;
	/* (a last sleep, before which the capture's thread ends what it is at: tc_link_sleep) */
	int rc = tc_run_wait(r, (r->cfg.tape ? end : later(end, now)) + TC_MS);

	return rc < 0 ? rc : !over;
}

/* The first that came is what is expected; with `any`, one of those that come. */
static int await(struct tc_script_run *r, struct run_expected *x, struct window *w)
{
	const struct tc_script_event *e = x->event;
	struct run_record *rec;
	tc_time stamp;
	int more = 1;

	for (;;) {
		rec = tc_run_first_open(r, x->flow, x->packet->sent);
		if (!rec) {
			if (more == 0)
				return nothing(r, e, w, x);
			more = read_on(r, w->hi + LAG);
			if (more < 0)
				return more;
			continue;
		}
		stamp = rec->stamp;
		if (!tc_run_meets(r, x, rec) || (r->any && stamp < w->lo)) {
			if (!r->any)
				return mismatch(r, x, rec);
			pass_over(rec);
		} else if (!x->done && (stamp < w->lo || stamp > w->hi)) {
			return not_in_time(r, e, w, rec);
		} else if (tc_run_take(r, x, rec)) {
			seen_at(r, w, stamp);
			r->any = false;
			return 0;
		}
	}
}

int tc_run_expect_packet(struct tc_script_run *r, const struct tc_script_event *e)
{
	struct run_expected x;
	struct window w = window_of(r, e);
	int rc = tc_run_expect(r, e, &e->packet, &x);

	if (rc >= 0)
		rc = await(r, &x, &w);
	tc_run_expected_free(&x);
	tc_run_tell(r, false);
	return rc;
}

static bool is_error(const struct run_record *rec, const struct tc_script_icmp *icmp,
		     uint32_t mtu)
{
	const struct tc_script_icmp_code *of = &icmp->of[rec->rx.src.family == 6];

	return rec->open && rec->rx.kind == TC_RX_ICMP_ERROR && of->known &&
	       rec->rx.icmp_type == of->type && rec->rx.icmp_code == of->code &&
	       (!icmp->mtu || rec->rx.icmp_mtu == mtu);
}

int tc_run_expect_icmp(struct tc_script_run *r, const struct tc_script_event *e)
{
	struct window w = window_of(r, e);
	struct run_record *rec;
	uint32_t mtu;
	int more = 1, rc = tc_run_number(r, e->icmp.mtu, "mtu", UINT16_MAX, 0, &mtu);

	if (rc >= 0 && !tc_run_icmp(r, e, tc_run_family(r)))
		rc = -TC_ERR_VERDICT;
	while (rc >= 0) {
		for (rec = r->story; rec; rec = rec->next)
			if (is_error(rec, &e->icmp, mtu))
				break;
		if (rec && (rec->stamp < w.lo || rec->stamp > w.hi))
			return not_in_time(r, e, &w, rec);
		if (rec) {
			pass_over(rec);
			rec->event = e;
			seen_at(r, &w, rec->stamp);
			tc_run_tell(r, false);
			return 0;
		}
		if (more == 0)
			return nothing(r, e, &w, NULL);
		rc = more = read_on(r, w.hi + LAG);
	}
	return rc;
}

/* ---- what packetdrill has not ----------------------------------------------------- */

int tc_run_check_silence(struct tc_script_run *r)
{
	const struct tc_script_event *e = r->quiet;
	struct run_record *rec = e ? tc_run_first_open(r, NULL, false) : NULL;
	bool before = rec && rec->stamp < r->quiet_from;
	char why[80];

	if (!rec || rec->stamp > r->quiet_to)
		return 0;
	show_seen(r, rec);
	rec->settled = true;
	tc_run_note(rec, before ? "line %u: this was there before the silence began"
				: "line %u: this broke the silence", e->line);
	snprintf(why, sizeof why, "something came%s, %.3f s %s the silence began",
		 before ? " that no line expects" : "",
		 fabs((double)(rec->stamp - r->quiet_from)) / TC_S, before ? "before" : "after");
	return unmet(r, e, rec, why);
}

/* What the capture shows of it later is found later, or what follows would be late. */
int tc_run_keep_silence(struct tc_script_run *r, const struct tc_script_event *e)
{
	tc_time at;
	int rc = tc_run_wait_for(r, e, &at);

	if (rc >= 0)
		rc = tc_run_wait_until(r, at + e->duration);
	if (rc < 0)
		return rc;
	r->quiet = e;
	r->quiet_from = at;
	r->quiet_to = at + e->duration;
	r->script += tc_run_gap(r, e) + e->duration;
	r->planned = r->wire = r->quiet_to;
	r->awaited = NULL;
	return tc_run_check_silence(r);
}

int tc_run_check_rests(struct tc_script_run *r)
{
	for (struct run_record *rec = r->story; rec; rec = rec->next) {
		if (!rec->open || !rec->taken)
			continue;
		show_seen(r, rec);
		return tc_run_fail(r, rec->event, "%u bytes of its segment are more than this line "
				   "expects, and no other takes them", rec->rx.seg.len - rec->taken);
	}
	return 0;
}

/* Any that came may be it; without a packet the first is. */
static struct run_record *find_seen(struct tc_script_run *r, struct run_expected *x,
				    const struct window *w, bool packet)
{
	for (struct run_record *rec = r->story; rec; rec = rec->next)
		if (rec->open && rec->origin != TC_ORIGIN_US && rec->rx.kind == TC_RX_TCP &&
		    rec->stamp <= w->hi &&
		    (!packet || (rec->flow == x->flow && tc_run_meets(r, x, rec))))
			return rec;
	return NULL;
}

/* Wait for it; *rec is NULL when it did not come in time. */
static int look(struct tc_script_run *r, const struct tc_script_event *e, struct window *w,
		struct run_record **rec)
{
	bool packet = e->packet.start != NULL, all = false;
	struct run_expected x = { 0 };
	int more = 1, rc = packet ? tc_run_expect(r, e, &e->packet, &x) : 0;

	while (rc >= 0 && !(*rec = find_seen(r, &x, w, packet)) && more > 0)
		rc = more = read_on(r, w->hi + TC_RUN_LAG);
	while (rc >= 0 && *rec && packet && !all) {
		all = tc_run_take(r, &x, *rec);	/* parts that follow are its own */
		if (!all)
			*rec = find_seen(r, &x, w, packet);
	}
	tc_run_expected_free(&x);
	return rc;
}

int tc_run_seen(struct tc_script_run *r, const struct tc_script_event *e, bool *seen)
{
	struct window w = window_of(r, e);
	struct run_record *rec = NULL;
	int rc = look(r, e, &w, &rec);

	*seen = rec != NULL;
	if (rc < 0)
		return rc;
	if (rec)
		seen_at(r, &w, rec->stamp);
	else if (w.hi > r->wire)
		seen_at(r, &w, w.hi);
	if (!rec)
		r->follows_ours = true;	/* looking took longer than its time: that is not added */
	tc_run_tell(r, false);
	return 0;
}

/* The last packet may still be on its way. */
int tc_run_expect_state(struct tc_script_run *r, const struct tc_script_event *e)
{
	struct run_flow *f = tc_run_flow_of(r, e, NULL, NULL);
	enum tc_state state;
	tc_time at;
	int more = 1, rc = f ? tc_run_wait_for(r, e, &at) : -TC_ERR_VERDICT;

	for (tc_time until = rc >= 0 ? at + r->tolerance + TC_RUN_LAG : 0; rc >= 0;) {
		state = tc_run_flow_state(r, f);
		if ((int)state == e->state)
			return 0;
		if (more == 0) {
			snprintf(r->result->fields, sizeof r->result->fields, "state");
			return tc_run_fail(r, e, "the peer is in %s, expected %s",
					   tc_state_name(state),
					   tc_state_name((enum tc_state)e->state));
		}
		rc = more = read_on(r, until);
	}
	return rc;
}
