/* SPDX-License-Identifier: BSD-2-Clause */
/* Clients that are not ours to run: whom does one that is gone, or calls anew, accuse? */
#include "check.h"

#include "fuzz/own.h"

#include <tcpcraft/error.h>
#include <tcpcraft/fuzz.h>

#include <stdio.h>
#include <string.h>

static const struct tc_fuzz_case cases[] = {
	{ .number = 5 }, { .number = 6 }, { .number = 7 },
};

static struct tc_addr addr(unsigned n)
{
	return tc_addr_from_v4(0x0a000000 + n);
}

/* The client at this address, one of so many there, had this case last. */
static struct tc_fuzz_caller *saw(struct tc_fuzz *f, unsigned n, unsigned known,
				  const struct tc_fuzz_case *c, const char *state)
{
	struct tc_fuzz_outcome out = { .verdict = TC_VERDICT_REPLY };
	struct tc_fuzz_conn r = { .c = c, .out = &out };
	struct tc_fuzz_caller *k;
	struct tc_addr a = addr(n);

	f->usual = TC_VERDICT_REPLY;
	strcpy(f->usual_state, "all acknowledged, closed");
	tc_fuzz_note_answered(f, &a, c);
	k = &f->callers[f->n_callers - 1];
	CHECK(tc_addr_equal(&k->addr, &a));
	k->known = known;
	r.info.flow.remote_addr = a;
	r.info.established_at = 1;
	strcpy(out.state, state);
	if (c)
		tc_fuzz_note_odd(f, &r);
	return k;
}

static void late(void *ctx, const struct tc_fuzz_case *c, const struct tc_fuzz_outcome *o)
{
	CHECK(o->kind == TC_FUZZ_HANG);
	*(uint64_t *)ctx = c->number;
}

static void missing(void *ctx, const struct tc_fuzz_missing *m)
{
	*(struct tc_fuzz_missing *)ctx = *m;
}

/* Nobody's call stands: all that are counted on are missing. */
static void one_that_is_missing(void)
{
	struct tc_fuzz f = { .calls_most = 1 };
	struct tc_fuzz_outcome out[3] = { 0 };
	char why[160] = "";

	CHECK(!tc_fuzz_is_one_missing(&f));
	saw(&f, 1, 1, NULL, "");		/* behind an honest call it went by itself */
	saw(&f, 2, 0, &cases[0], "reset");	/* never counted on */
	CHECK(!tc_fuzz_is_one_missing(&f));
	saw(&f, 3, 1, &cases[1], "all acknowledged");
	f.calls_most = 0;			/* no room: its call may have been let go */
	CHECK(!tc_fuzz_is_one_missing(&f));
	f.calls_most = 1;
	CHECK(tc_fuzz_is_one_missing(&f));
	tc_fuzz_name_missing(&f, why);
	CHECK(strcmp(why, "a client at 10.0.0.3 does not call again") == 0);
	CHECK(tc_fuzz_note_missing(&f, cases, 3, out, TC_FUZZ_HANG, why));
	CHECK(out[0].kind == TC_FUZZ_NOTHING && out[2].kind == TC_FUZZ_NOTHING);
	CHECK(out[1].kind == TC_FUZZ_HANG && strcmp(out[1].why, why) == 0 && out[1].costs);
	CHECK(!tc_fuzz_is_one_missing(&f));	/* it is not waited for any more */
}

static void one_that_went_behind_a_case_as_usual(void)
{
	struct tc_fuzz_missing m = { 0 };
	struct tc_fuzz f = { .calls_most = 1, .cfg = { .missing = missing, .ctx = &m } };
	struct tc_fuzz_outcome out[3] = { 0 };

	saw(&f, 1, 1, &cases[1], "all acknowledged, closed");
	CHECK(tc_fuzz_is_one_missing(&f));
	CHECK(!tc_fuzz_note_missing(&f, cases, 3, out, TC_FUZZ_HANG, ""));
	CHECK(out[1].kind == TC_FUZZ_NOTHING);
	CHECK(m.first == 6 && m.last == 6 && !m.shared);
	CHECK(!tc_fuzz_is_one_missing(&f));
}

/* It may have gone while it called: was it there at all? */
static void one_that_was_never_connected(void)
{
	struct tc_fuzz f = { .usual = TC_VERDICT_REPLY };
	struct tc_fuzz_outcome out[3] = { { .verdict = TC_VERDICT_NO_ANSWER } };
	struct tc_fuzz_conn r = { .c = &cases[0], .out = &out[0] };
	struct tc_fuzz_caller *k = saw(&f, 1, 1, &cases[0], "nothing acknowledged");

	r.info.flow.remote_addr = addr(1);
	CHECK(k->odd);
	tc_fuzz_note_odd(&f, &r);
	CHECK(!k->odd);
	r.info.established_at = 1;
	r.late = true;			/* the call may have been given up */
	tc_fuzz_note_odd(&f, &r);
	CHECK(!k->odd);
	r.late = false;
	tc_fuzz_note_odd(&f, &r);
	CHECK(k->odd);
	CHECK(!tc_fuzz_note_missing(&f, NULL, 0, NULL, TC_FUZZ_HANG, ""));	/* nor here */
	CHECK(out[0].kind == TC_FUZZ_NOTHING);
}

/* Of the window only the case that is accused is called ill; where it is back, none is. */
static void what_is_said_of_a_window(void)
{
	struct tc_fuzz f = { .calls_most = 1, .mute = true };
	struct tc_fuzz_outcome out[3] = { 0 };

	for (unsigned back = 0; back < 2; back++) {
		if (!back)
			saw(&f, 1, 1, &cases[1], "all acknowledged");
		for (unsigned i = 0; i < 3; i++)
			out[i] = (struct tc_fuzz_outcome){ .control = true };
		CHECK(tc_fuzz_blame(&f, cases, 3, out, TC_FUZZ_HANG, "gone", NULL) == 0);
		CHECK(out[0].control == back && out[0].control_good == back);
		CHECK(out[1].control && out[1].control_good == back);
		CHECK((out[1].kind == TC_FUZZ_HANG) == !back);
	}
	CHECK(!tc_fuzz_is_one_of_several(&f, TC_FUZZ_DIED));
}

static void one_whose_case_was_before(void)
{
	uint64_t number = 0;
	struct tc_fuzz_case past[] = { { .number = 3 }, { .number = 4 } };
	struct tc_fuzz f = { .calls_most = 1, .cfg = { .late = late, .ctx = &number },
			     .past = past, .n_past = 2 };
	struct tc_fuzz_outcome out[3] = { 0 };

	saw(&f, 1, 1, &past[0], "nothing acknowledged");
	CHECK(tc_fuzz_note_missing(&f, cases, 3, out, TC_FUZZ_HANG, ""));
	CHECK_U64(number, 3);
}

/* Which of them had the case? */
static void one_of_several_at_one_address(void)
{
	struct tc_fuzz_missing m = { 0 };
	struct tc_fuzz f = { .calls_most = 1, .cfg = { .missing = missing, .ctx = &m } };
	struct tc_fuzz_outcome out[3] = { 0 };
	struct tc_fuzz_caller *k = saw(&f, 1, 3, &cases[1], "nothing acknowledged");

	saw(&f, 1, 3, NULL, "");		/* and another an honest call behind it */
	CHECK(tc_fuzz_is_one_missing(&f));
	CHECK(!tc_fuzz_note_missing(&f, cases, 3, out, TC_FUZZ_HANG, ""));
	CHECK(out[1].kind == TC_FUZZ_NOTHING);
	CHECK(m.first == 6 && m.last == 6 && m.shared);
	k->known = 3;
	saw(&f, 1, 3, NULL, "");
	CHECK(!tc_fuzz_is_one_missing(&f));	/* honest calls alone since */
	k->shared = true;			/* one is left that is counted: which? */
	saw(&f, 1, 1, &cases[2], "nothing acknowledged");
	CHECK(!tc_fuzz_note_missing(&f, cases, 3, out, TC_FUZZ_HANG, ""));
	CHECK(out[2].kind == TC_FUZZ_NOTHING && m.last == 7);
}

static int stops(void *ctx, tc_time until)
{
	(void)ctx;
	(void)until;
	return 1;
}

/* The only one does not come back: was an honest call behind its case? */
static enum tc_fuzz_kind gone(bool acquitted, bool several, enum tc_verdict *v)
{
	struct tc_fuzz_case past[FUZZ_PAST];
	struct tc_fuzz f = { .calls_most = 1, .cfg = { .turn = stops, .call_port = 7 }, .past = past,
			     .at_once = 1, .acquitted = acquitted, .were_several = several };
	struct tc_fuzz_outcome out = { .verdict = TC_VERDICT_SILENT };

	CHECK(tc_fuzz_blame(&f, cases, 1, &out, TC_FUZZ_HANG, "gone", NULL) < 0);
	*v = out.verdict;
	return out.kind;
}

static void one_that_was_well_behind_its_case(void)
{
	enum tc_verdict v;

	CHECK(gone(false, false, &v) == TC_FUZZ_HANG && v == TC_VERDICT_SILENT);
	CHECK(gone(true, false, &v) == TC_FUZZ_NOTHING && v == TC_VERDICT_INTERRUPTED);
	CHECK(gone(false, true, &v) == TC_FUZZ_NOTHING && v == TC_VERDICT_INTERRUPTED);
}

/* Behind nothing but what it had to drop it called again while its connection was open. */
static enum tc_fuzz_kind calls_anew(struct tc_fuzz *f, bool late_call, bool closed)
{
	struct tc_fuzz_outcome out = { 0 };
	struct tc_fuzz_conn r = {
		.f = f, .c = &cases[0], .out = &out, .another = true, .late = late_call,
		.seen = { .frames = 1, .bad = 1, .clause = "RFC 9293 3.10.7.4 first" },
		.info = { .peer_fin = closed, .end = TC_END_ABORTED },
	};

	f->cfg.call_port = 7;
	f->cfg.parallel = f->at_once = 1;
	f->untold = f->too_late = false;
	tc_fuzz_finish(&r);
	return out.kind;
}

static void one_that_calls_anew(void)
{
	struct tc_fuzz f = { 0 };

	f.quiet = FUZZ_QUIET - 1;	/* it may have been another's call */
	CHECK(calls_anew(&f, false, false) == TC_FUZZ_NOTHING && f.untold);
	f.quiet = FUZZ_QUIET;
	CHECK(calls_anew(&f, false, false) == TC_FUZZ_ACCEPTED && !f.untold);
	CHECK(calls_anew(&f, true, false) == TC_FUZZ_NOTHING && f.too_late);
	CHECK(calls_anew(&f, false, true) == TC_FUZZ_NOTHING && !f.untold);
	f.several = true;		/* one makes two calls at a time, or there are two */
	CHECK(calls_anew(&f, false, false) == TC_FUZZ_NOTHING && !f.untold);
}

CU_TestInfo tests_fuzz_clients[] = {
	{ "one that is missing accuses the case it saw last", one_that_is_missing },
	{ "not one that ended as usual", one_that_went_behind_a_case_as_usual },
	{ "not one that it was never connected for", one_that_was_never_connected },
	{ "nobody else is called ill", what_is_said_of_a_window },
	{ "also one of those before", one_whose_case_was_before },
	{ "of several at one address it is not known whose", one_of_several_at_one_address },
	{ "one that was well behind its case accuses none", one_that_was_well_behind_its_case },
	{ "one that calls anew, when nobody else calls", one_that_calls_anew },
	CU_TEST_INFO_NULL,
};
