/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control: what the server does when nothing is sent, and whether it is there at all
 * afterwards. What it does unprovoked is never the answer to what an experiment sends; see
 * lab.h.
 */
#include "own.h"

#include "base/name.h"

#include <tcpcraft/seq.h>

#include <math.h>
#include <stdio.h>

#define WATCH (500 * TC_MS)		/* of an experiment that is made alone */
#define LIFE 2.0			/* seconds: as long as experiments need a connection */
#define LATER (500 * TC_MS)		/* so much longer is it watched when in doubt */
#define LONGER 1.5			/* times as long is it watched for what comes late */
#define ALIKE 0.2			/* two times that differ by so much, or 0.1 s, are one */
#define ALIKE_S 0.1
#define THERE_WAIT (3 * TC_S + TC_S / 2)	/* SYNs at 0, 1 and 3 s */
#define MOMENT (TC_S / 5)		/* more than a process takes to close its ports */
#define AT_ONCE 0.1			/* seconds */
#define ASK_EACH (200 * TC_MS)

const char *tc_habit_name(enum tc_habit habit)
{
	static const char *const names[] = {
		[TC_HABIT_UNKNOWN] = "unknown", [TC_HABIT_WAITS] = "waits",
		[TC_HABIT_SPEAKS] = "speaks", [TC_HABIT_CLOSES] = "closes",
		[TC_HABIT_RESETS] = "resets",
	};

	return TC_NAME(names, habit);
}

const char *tc_unprovoked_text(const struct tc_unprovoked *u, char text[TC_UNPROVOKED_TEXT])
{
	if (u->after_s < AT_ONCE)
		snprintf(text, TC_UNPROVOKED_TEXT, "%s each connection at once, whatever is "
			 "sent", tc_habit_name(u->habit));
	else
		snprintf(text, TC_UNPROVOKED_TEXT, "%s each connection %.2g s after the "
			 "handshake, whatever is sent", tc_habit_name(u->habit), u->after_s);
	return text;
}

/* ---- watching --------------------------------------------------------------------- */

bool tc_lab_goes_beyond(const struct tc_lab_frame *s, tc_seq edge, uint32_t *most)
{
	const struct tc_seg *seg = &s->rx.seg;
	tc_seq end = seg->seq + seg->len;

	if (s->rx.kind != TC_RX_TCP || seg->flags & (TC_FLAG_SYN | TC_FLAG_RST) || !seg->len ||
	    (seg->len == 1 && !*most) || tc_seq_leq(end, edge))
		return false;
	*most = end - edge > *most ? end - edge : *most;
	return true;
}

double tc_lab_since(const struct tc_lab_conn *c, tc_time stamp)
{
	return (double)(stamp - c->opened_at) / (double)TC_S;
}

static int look(struct tc_lab *lab, struct tc_lab_conn *c, tc_time until,
		struct tc_unprovoked *u, struct tc_error *err)
{
	struct tc_lab_frame *seen;
	int rc;

	while ((rc = tc_lab_next(lab, c, until, &seen, err)) > 0) {
		uint32_t bytes = tc_lab_heard(c) - c->irs - 1;
		bool ends = c->end == TC_LAB_RESET || c->peer_fin;

		if (ends || (bytes && !u->bytes)) {
			u->after_s = tc_lab_since(c, seen->stamp);
			seen->cited = true;
		}
		u->habit = c->end == TC_LAB_RESET ? TC_HABIT_RESETS :
			   c->peer_fin ? TC_HABIT_CLOSES : bytes ? TC_HABIT_SPEAKS : u->habit;
		if (ends)
			return 0;
		if (bytes != u->bytes)
			rc = tc_lab_send(lab, c, TC_FLAG_ACK, NULL, 0, err);
		u->bytes = bytes;
		if (rc < 0)
			return rc;
	}
	return rc;
}

int tc_lab_watch(struct tc_lab *lab, tc_time most, struct tc_unprovoked *u,
		 struct tc_lab_conn **c, struct tc_error *err)
{
	const struct tc_lab_open how = { .greeting = true };
	int rc = tc_lab_connect(lab, c, &how, err);

	if (rc <= 0)
		return rc;
	*u = (struct tc_unprovoked){ .habit = TC_HABIT_WAITS,
				     .watched_s = (double)most / (double)TC_S };
	rc = look(lab, *c, tc_clock_monotonic() + most, u, err);
	if (rc >= 0)
		rc = tc_lab_hang_up(lab, *c, err);
	return rc < 0 ? rc : 1;
}

/* ---- before and after an experiment ------------------------------------------------ */

static bool ends(const struct tc_unprovoked *u)
{
	return u->habit == TC_HABIT_CLOSES || u->habit == TC_HABIT_RESETS;
}

bool tc_unprovoked_ends(const struct tc_unprovoked *u)
{
	return ends(u) && u->after_s < LIFE;
}

static bool is_in_the_way(const struct tc_unprovoked *u, const struct tc_experiment *e)
{
	if (e->needs == TC_NEEDS_NO_RESET)
		return u->habit == TC_HABIT_RESETS && u->after_s < LIFE;
	return e->needs == TC_NEEDS_LIFE && tc_unprovoked_ends(u);
}

static void cannot_tell(struct tc_finding *f, const struct tc_unprovoked *u)
{
	char text[TC_UNPROVOKED_TEXT];

	tc_finding_unknown(f, u->habit == TC_HABIT_RESETS ? "resets-anyway" : "closes-anyway",
			   "could not tell: the %s %s", f->peer, tc_unprovoked_text(u, text));
}

int tc_lab_control(struct tc_lab *lab, const struct tc_experiment *e, struct tc_finding *f,
		   struct tc_error *err)
{
	struct tc_lab_conn *c;
	int rc = 1;

	if (e->needs == TC_NEEDS_NOTHING)
		return 1;
	if (lab->usual.habit == TC_HABIT_UNKNOWN)
		rc = tc_lab_watch(lab, tc_lab_wait(lab, WATCH), &lab->usual, &c, err);
	if (rc == 0)
		return tc_finding_blame(f, lab, c);
	if (rc > 0 && is_in_the_way(&lab->usual, e)) {
		cannot_tell(f, &lab->usual);
		return 0;
	}
	return rc;
}

/* The longest that a connection lived until the peer ended it; 0: it ended none. */
static double longest_life(const struct tc_lab *lab)
{
	double most = 0;

	for (size_t i = 0; i < lab->own->n_conns; i++) {
		const struct tc_lab_conn *c = lab->own->conns[i];

		if (c->opened_at && c->ended_at && tc_lab_since(c, c->ended_at) > most)
			most = tc_lab_since(c, c->ended_at);
	}
	return most;
}

int tc_lab_is_habit(struct tc_lab *lab, double life, struct tc_error *err)
{
	struct tc_unprovoked *u = &lab->usual;
	tc_time most = (tc_time)(life * (double)TC_S) + LATER;
	struct tc_lab_conn *c;
	int rc = 1;

	if (life <= 0)
		return 0;
	if (life > u->watched_s && !ends(u))
		rc = tc_lab_watch(lab, most, u, &c, err);
	return rc <= 0 ? rc : ends(u) && fabs(u->after_s - life) <= fmax(ALIKE_S, ALIKE * life);
}

int tc_lab_is_greeting(struct tc_lab *lab, const struct tc_lab_conn *c, double life,
		       struct tc_error *err)
{
	struct tc_unprovoked *u = &lab->usual;
	uint32_t said = tc_lab_heard(c) - c->irs - 1, had = u->bytes;
	double least = life * LONGER + (double)LATER / (double)TC_S;
	tc_time most = (tc_time)(least * (double)TC_S) + LATER;
	/* It may have been late just where it was watched. */
	bool more = said > u->bytes && least > u->watched_s;
	struct tc_lab_conn *control;
	int rc = 1;

	if ((life > u->watched_s || more) && !ends(u))
		rc = tc_lab_watch(lab, most, u, &control, err);
	return rc <= 0 ? rc : u->bytes > had || (u->bytes && said <= u->bytes);
}

int tc_lab_doubt(struct tc_lab *lab, const struct tc_experiment *e, struct tc_finding *f,
		 struct tc_error *err)
{
	int rc;

	if (e->needs != TC_NEEDS_LIFE || !f->answered)
		return 0;
	rc = tc_lab_is_habit(lab, longest_life(lab), err);
	if (rc > 0)
		cannot_tell(f, &lab->usual);
	return rc < 0 ? rc : 0;
}

int tc_lab_doubt_end(struct tc_lab *lab, const struct tc_lab_conn *c, struct tc_finding *f,
		     struct tc_error *err)
{
	int rc = tc_lab_is_habit(lab, tc_lab_since(c, c->ended_at), err);

	if (rc > 0)
		cannot_tell(f, &lab->usual);
	return rc < 0 ? rc : 0;
}

/* ---- is it there? ------------------------------------------------------------------ */

/* All that was opened is reset first: some stacks have room for one connection. */
static int make_room(struct tc_lab *lab, bool *answered, struct tc_error *err)
{
	int rc = 0;

	*answered = lab->usual.habit != TC_HABIT_UNKNOWN;
	for (size_t i = 0; i < lab->own->n_conns && rc >= 0; i++) {
		*answered |= lab->own->conns[i]->opened;
		rc = tc_lab_hang_up(lab, lab->own->conns[i], err);
	}
	return rc;
}

/* Does it last for a moment? 1; 0: the peer has ended it. */
static int lasts(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + MOMENT;
	struct tc_lab_frame *seen;
	int rc;

	do {
		rc = tc_lab_next(lab, c, until, &seen, err);
	} while (rc > 0 && c->end == TC_LAB_ALIVE && !c->peer_fin);
	return rc < 0 ? rc : rc == 0;
}

/* A process that dies closes what it had one by one: where the connection that it ended goes before
 * the port it listens at, a call in between is answered, and then ended. As tc_lab_connect. */
static int call_survivor(struct tc_lab *lab, struct tc_lab_conn **c, struct tc_error *err)
{
	const struct tc_lab_open how = { .wait = THERE_WAIT, .greeting = true };
	bool may_be_dying = longest_life(lab) > 0 && !lab->cfg.clients;
	int rc = tc_lab_connect(lab, c, &how, err);

	if (rc <= 0 || !may_be_dying)
		return rc;
	rc = lasts(lab, *c, err);
	return rc ? rc : tc_lab_connect(lab, c, &how, err);
}

int tc_lab_still_there(struct tc_lab *lab, const struct tc_experiment *e,
		       struct tc_finding *f, struct tc_error *err)
{
	struct tc_lab_conn *c;
	bool answered;
	int rc;

	tc_lab_cite_last(lab);
	rc = make_room(lab, &answered, err);
	if (rc < 0 || !answered || !e->harmless)
		return rc;
	c = lab->own->n_conns ? lab->own->conns[lab->own->n_conns - 1] : NULL;
	if (!c || c->end != TC_LAB_NO_CALL) {	/* else it has been waited for in vain already */
		rc = call_survivor(lab, &c, err);
		if (rc != 0)
			return rc < 0 ? rc : 0;
	}
	tc_lab_cite_all(lab, c);
	f->target_after = c->end == TC_LAB_REFUSED ? "refused" : c->end == TC_LAB_NO_CALL ?
			  "no-call" : c->end == TC_LAB_UNREACHABLE ? "unreachable" : "no-answer";
	tc_buf_printf(&f->sentence, "; and since then the %s", c->end == TC_LAB_REFUSED ?
		      "target refuses every connection" : c->end == TC_LAB_NO_CALL ?
		      "client has not called any more" : c->damaged || c->stale ?
		      "target does not complete a handshake: " : "target has not answered any more");
	tc_lab_tell_silence(&f->sentence, c);
	return 0;
}

int tc_probe_answers(const struct tc_probe_config *cfg, tc_time within, struct tc_error *err)
{
	static const struct tc_experiment nothing = { .name = "" };
	const struct tc_lab_open how = { .wait = TC_S, .greeting = true };
	tc_time until = tc_clock_monotonic() + within;
	struct tc_finding f = { 0 };
	struct tc_lab_conn *c;
	struct tc_lab lab;
	int rc = tc_lab_start(&lab, &nothing, cfg, err);

	if (rc < 0)
		return rc;
	do {
		rc = tc_lab_connect(&lab, &c, &how, err);
		if (rc == 0)
			rc = tc_lab_sleep(&lab, tc_clock_monotonic() + ASK_EACH, err);
	} while (rc == 0 && !c->opened && tc_clock_monotonic() < until);
	rc = rc < 0 ? rc : c->opened;
	tc_lab_finish(&lab, &f);
	tc_finding_free(&f);
	return rc;
}
