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
	struct oracle_slot s = { .at = 1, .hurry = hurry };

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
	CU_TEST_INFO_NULL,
};
