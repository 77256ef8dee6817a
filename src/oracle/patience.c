/* SPDX-License-Identifier: BSD-2-Clause */
/* How long an answer is waited for, and what is not worth waiting for; see wire.h. */
#include "own.h"

/* A program behind the TCP may take longer. Where two answers to one input differ the learner
 * asks again with patience: twice the wait, then four times longer each time, up to this; where the
 * user says how long it waits, up to PATIENCE_TIMES that: a peer's own timers have a part in more. */
#define PATIENCE_WAIT (300 * TC_MS)
#define PATIENCE_TIMES 10

/* The wait is judged anew every JUDGED SYN,ACKs: too short if more than one of LATE_MANY came
 * in its second half, longer than it need be if fewer than one of LATE_FEW did. */
#define JUDGED 256
#define LATE_MANY 50
#define LATE_FEW 250
#define HURRY_MOST 8		/* PATIENCE_WAIT halved so often is less than any wait */

/* A machine that is busy now may have been idle before, and the other way round. */
static void judge_wait(struct tc_oracle *o)
{
	tc_time wait = o->seen.wait;

	if (o->late * LATE_MANY > o->judged)
		wait += wait / 2;
	else if (o->late * LATE_FEW < o->judged)
		wait -= wait / 8;
	o->seen.wait = tc_oracle_bounded(wait);
	o->judged = o->late = 0;
}

void tc_oracle_note_time(struct tc_oracle *o, tc_time took)
{
	if (o->measuring) {
		if (o->n_took < ORACLE_MEASURED)
			o->took[o->n_took++] = took;
		return;
	}
	if (o->cfg.wait)
		return;
	o->late += took > o->seen.wait / 2;
	if (++o->judged == JUDGED)
		judge_wait(o);
}

tc_time tc_oracle_patience(const struct tc_oracle *o, const struct oracle_slot *s, unsigned times)
{
	tc_time wait = o->seen.wait << (times ? 2 * times - 1 : 0);
	tc_time most = PATIENCE_WAIT, given = o->cfg.wait;

	if (given > PATIENCE_WAIT)
		return given;
	if (given && PATIENCE_TIMES * given < most)
		most = PATIENCE_TIMES * given;
	wait = (wait < most ? wait : most) >> s->hurry;
	return wait > o->seen.wait ? wait : o->seen.wait;
}

/* Silence is what the learner takes for the answer only when it was waited for as it asked. */
void tc_oracle_note_silence(const struct tc_oracle *o, struct oracle_slot *s, unsigned times)
{
	const struct oracle_slot patient = { .hurry = 0 };

	s->hurried |= tc_oracle_patience(o, s, times) < tc_oracle_patience(o, &patient, times);
}

/* Behind a SYN, a FIN or a reset nothing follows by a program that is slow: patience ends. */
void tc_oracle_note_last(struct tc_oracle *o, struct oracle_slot *s, const struct tc_seg *seg)
{
	tc_time due = tc_clock_monotonic() + o->seen.wait;

	if (seg->flags & (TC_FLAG_SYN | TC_FLAG_FIN | TC_FLAG_RST) && due < s->due)
		s->due = due;
}

/* ---- timers of the peer's ------------------------------------------------------------- */

void tc_oracle_note_held(struct oracle_slot *s, bool holds, tc_time now)
{
	s->held += s->held_since ? now - s->held_since : 0;
	s->held_since = holds ? now : 0;
}

/* Of what took the word so long, without our patience and with a machine that is idle. */
static tc_time would_take(const struct tc_oracle *o, const struct oracle_slot *s)
{
	return s->held + (s->at - s->first_in + 1) * o->seen.wait;
}

/* Data or a FIN that comes again so late comes by a timer, which has no part in the machine
 * that is learned; but it may move the peer (gVisor's FIN that is sent again takes it from
 * LAST-ACK to FIN-WAIT-1). What is answered behind it depends on how long the word took: by
 * our patience, or on a machine that is busy; not where this would have been as long without
 * both. What comes as soon behind an input as an answer does (judge_wait()) is one; behind the
 * last answer there is nothing to overtake. */
void tc_oracle_note_timer(struct tc_oracle *o, struct oracle_slot *s, int news, tc_time stamp)
{
	tc_time took = stamp - s->first_at;

	if (!news || s->state != ASKING || o->measuring)
		return;
	tc_oracle_note_held(s, s->held_since > 0, tc_clock_monotonic());
	if (news > 0 && !s->first_at) {
		s->first_at = stamp;
		s->first_in = s->at;
		s->held = 0;
	} else if (news < 0 && s->first_at && stamp - s->sent_at > o->seen.wait / 2) {
		s->overtaken |= took >= ORACLE_WAIT_MOST && took > would_take(o, s);
	}
}

/* So it is asked once more, with half the patience each time. */
bool tc_oracle_is_overtaken(const struct oracle_slot *s)
{
	return s->overtaken && s->hurry < HURRY_MOST;
}
