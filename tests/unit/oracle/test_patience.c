/* SPDX-License-Identifier: BSD-2-Clause */
/* How long an answer is waited for, and words that a timer of the peer's overtook. */
#include "check.h"

#include "oracle/own.h"

#define WAIT (15 * TC_MS)
#define BEGAN (100 * TC_S)		/* as captures count */

/* A word with a FIN behind its first input, and `inputs` more; the FIN comes again after `by`. */
static bool is_overtaken(unsigned inputs, tc_time by, uint8_t hurry)
{
	static struct tc_oracle o;
	struct oracle_slot s = { .state = ASKING, .at = 1, .hurry = hurry };

	o.seen.wait = WAIT;
	tc_oracle_note_timer(&o, &s, 0, BEGAN);
	tc_oracle_note_timer(&o, &s, 1, BEGAN);
	tc_oracle_note_timer(&o, &s, 1, BEGAN + TC_MS);
	s.at += inputs;
	tc_oracle_note_timer(&o, &s, -1, BEGAN + by);
	return tc_oracle_is_overtaken(&s);
}

static void a_timer_overtakes_what_waits_too_long(void)
{
	CHECK(is_overtaken(3, 200 * TC_MS, 0));
	CHECK(is_overtaken(3, 200 * TC_MS, 7));
	CHECK(is_overtaken(0, 150 * TC_MS, 0));
	/* it answers at once, as to a duplicate ACK */
	CHECK(!is_overtaken(3, 140 * TC_MS, 0));
	/* without patience this would have been as late: 14 waits are 210 ms */
	CHECK(!is_overtaken(13, 200 * TC_MS, 0));
	CHECK(is_overtaken(12, 200 * TC_MS, 0));
	/* that often it is what there is */
	CHECK(!is_overtaken(3, 200 * TC_MS, 8));
}

/* A word of three inputs whose FIN comes again 200 ms behind the first; *s has the rest. */
static bool is_timer(struct oracle_slot *s, tc_time held)
{
	static struct tc_oracle o;

	o.seen.wait = WAIT;
	s->at = 1;
	tc_oracle_note_timer(&o, s, 1, BEGAN);
	s->at = 3;
	s->held += held;
	tc_oracle_note_timer(&o, s, -1, BEGAN + 200 * TC_MS);
	return tc_oracle_is_overtaken(s);
}

static void what_the_pace_took_is_no_patience(void)
{
	struct oracle_slot patient = { .state = ASKING }, held = patient, before = patient;

	CHECK(is_timer(&patient, 150 * TC_MS));
	CHECK(!is_timer(&held, 160 * TC_MS));
	/* what it took before the peer's first data or FIN has no part in it */
	before.held = TC_S;
	CHECK(is_timer(&before, 0));
}

static void the_time_of_the_pace_is_added_up(void)
{
	struct oracle_slot s = { .state = ASKING };

	tc_oracle_note_held(&s, false, BEGAN);
	CHECK(s.held == 0);
	tc_oracle_note_held(&s, true, BEGAN);
	tc_oracle_note_held(&s, true, BEGAN + 10 * TC_MS);	/* another had the turn */
	tc_oracle_note_held(&s, false, BEGAN + 20 * TC_MS);
	CHECK(s.held == 20 * TC_MS && !s.held_since);
	tc_oracle_note_held(&s, true, BEGAN + TC_S);
	tc_oracle_note_held(&s, false, BEGAN + TC_S + 5 * TC_MS);
	CHECK(s.held == 25 * TC_MS);
	/* the first FIN comes, and comes again, while it is held: only what is behind counts */
	s.held_since = tc_clock_monotonic() - TC_S;
	CHECK(is_timer(&s, 0));
	CHECK(s.held < 150 * TC_MS);
}

static void what_answers_is_no_timer(void)
{
	struct oracle_slot soon = { .state = ASKING, .sent_at = BEGAN + 195 * TC_MS };
	struct oracle_slot late = { .state = ASKING, .sent_at = BEGAN + 190 * TC_MS };
	struct oracle_slot over = { .state = CLOSING };

	CHECK(!is_timer(&soon, 0));
	CHECK(is_timer(&late, 0));
	/* all its answers are told: nothing can overtake them */
	over.first_at = BEGAN;
	CHECK(!is_timer(&over, 0));
}

static bool is_hurried(unsigned times, uint8_t hurry)
{
	static struct tc_oracle o;
	struct oracle_slot s = { .state = ASKING, .hurry = hurry };

	o.seen.wait = WAIT;
	tc_oracle_note_silence(&o, &s, times);
	return s.hurried;
}

static void silence_that_was_not_waited_for_is_told(void)
{
	CHECK(!is_hurried(0, 0));
	CHECK(!is_hurried(4, 0));
	CHECK(is_hurried(1, 1));
	CHECK(is_hurried(4, 8));
	CHECK(!is_hurried(0, 8));	/* no patience was asked for */
}

static tc_time patience(struct tc_oracle *o, unsigned times, uint8_t hurry)
{
	const struct oracle_slot s = { .hurry = hurry };

	return tc_oracle_patience(o, &s, times);
}

static void patience_is_less_for_who_was_overtaken(void)
{
	static struct tc_oracle o;

	o.seen.wait = WAIT;
	CHECK(patience(&o, 0, 0) == WAIT);
	CHECK(patience(&o, 1, 0) == 2 * WAIT);
	CHECK(patience(&o, 2, 0) == 8 * WAIT);
	CHECK(patience(&o, 4, 0) == 300 * TC_MS);
	CHECK(patience(&o, 4, 1) == 150 * TC_MS);
	CHECK(patience(&o, 4, 8) == WAIT);
	CHECK(patience(&o, 0, 3) == WAIT);
	/* what the user gave, and ten times that */
	o.cfg.wait = WAIT;
	CHECK(patience(&o, 4, 0) == 10 * WAIT);
	CHECK(patience(&o, 4, 1) == 5 * WAIT);
	o.cfg.wait = o.seen.wait = 400 * TC_MS;
	CHECK(patience(&o, 4, 0) == 400 * TC_MS);
}

CU_TestInfo tests_patience[] = {
	{ "a timer overtakes what waits too long", a_timer_overtakes_what_waits_too_long },
	{ "patience is less for who was overtaken", patience_is_less_for_who_was_overtaken },
	{ "what the pace took is no patience", what_the_pace_took_is_no_patience },
	{ "the time of the pace is added up", the_time_of_the_pace_is_added_up },
	{ "what answers is no timer", what_answers_is_no_timer },
	{ "silence that was not waited for is told", silence_that_was_not_waited_for_is_told },
	CU_TEST_INFO_NULL,
};
