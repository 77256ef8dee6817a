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

/* Nobody's call stands: all that are counted on are missing. */
static void one_that_is_missing(void)
{
	struct tc_fuzz f = { 0 };
	struct tc_fuzz_outcome out[3] = { 0 };
	char why[160] = "";

	CHECK(!tc_fuzz_is_one_missing(&f));
	saw(&f, 1, 1, NULL, "");		/* behind an honest call it went by itself */
	saw(&f, 2, 0, &cases[0], "reset");	/* never counted on */
	CHECK(!tc_fuzz_is_one_missing(&f));
	saw(&f, 3, 1, &cases[1], "all acknowledged");
	CHECK(tc_fuzz_is_one_missing(&f));
	tc_fuzz_name_missing(&f, why);
	CHECK(strcmp(why, "a client at 10.0.0.3 does not call again") == 0);
	CHECK(tc_fuzz_note_missing(&f, cases, 3, out, TC_FUZZ_HANG, why));
	CHECK(out[0].kind == TC_FUZZ_NOTHING && out[2].kind == TC_FUZZ_NOTHING);
	CHECK(out[1].kind == TC_FUZZ_HANG && strcmp(out[1].why, why) == 0);
	CHECK(!tc_fuzz_is_one_missing(&f));	/* it is not waited for any more */
}

static void one_that_went_behind_a_case_as_usual(void)
{
	struct tc_fuzz f = { 0 };
	struct tc_fuzz_outcome out[3] = { 0 };

	saw(&f, 1, 1, &cases[1], "all acknowledged, closed");
	CHECK(tc_fuzz_is_one_missing(&f));
	CHECK(!tc_fuzz_note_missing(&f, cases, 3, out, TC_FUZZ_HANG, ""));
	CHECK(out[1].kind == TC_FUZZ_NOTHING);
	CHECK(!tc_fuzz_is_one_missing(&f));
}

static void one_whose_case_was_before(void)
{
	uint64_t number = 0;
	struct tc_fuzz_case past[] = { { .number = 3 }, { .number = 4 } };
	struct tc_fuzz f = { .cfg = { .late = late, .ctx = &number }, .past = past, .n_past = 2 };
	struct tc_fuzz_outcome out[3] = { 0 };

	saw(&f, 1, 1, &past[0], "nothing acknowledged");
	CHECK(tc_fuzz_note_missing(&f, cases, 3, out, TC_FUZZ_HANG, ""));
	CHECK_U64(number, 3);
}

/* Which of them had the case? */
static void one_of_several_at_one_address(void)
{
	struct tc_fuzz f = { 0 };
	struct tc_fuzz_outcome out[3] = { 0 };
	struct tc_fuzz_caller *k = saw(&f, 1, 3, &cases[1], "nothing acknowledged");

	saw(&f, 1, 3, NULL, "");		/* and another an honest call behind it */
	CHECK(tc_fuzz_is_one_missing(&f));
	CHECK(!tc_fuzz_note_missing(&f, cases, 3, out, TC_FUZZ_HANG, ""));
	CHECK(out[1].kind == TC_FUZZ_NOTHING);
	k->known = 3;
	saw(&f, 1, 3, NULL, "");
	CHECK(!tc_fuzz_is_one_missing(&f));	/* honest calls alone since */
}

static int stops(void *ctx, tc_time until)
{
	(void)ctx;
	(void)until;
	return 1;
}

/* The only one does not come back: was an honest call behind its case? */
static enum tc_fuzz_kind gone(bool acquitted, enum tc_verdict *v)
{
	struct tc_fuzz_case past[FUZZ_PAST];
	struct tc_fuzz f = { .cfg = { .turn = stops, .call_port = 7 }, .past = past,
			     .at_once = 1, .acquitted = acquitted };
	struct tc_fuzz_outcome out = { .verdict = TC_VERDICT_SILENT };

	CHECK(tc_fuzz_blame(&f, cases, 1, &out, TC_FUZZ_HANG, "gone", NULL) < 0);
	*v = out.verdict;
	return out.kind;
}

static void one_that_was_well_behind_its_case(void)
{
	enum tc_verdict v;

	CHECK(gone(false, &v) == TC_FUZZ_HANG && v == TC_VERDICT_SILENT);
	CHECK(gone(true, &v) == TC_FUZZ_NOTHING && v == TC_VERDICT_INTERRUPTED);
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
	{ "also one of those before", one_whose_case_was_before },
	{ "of several at one address it is not known whose", one_of_several_at_one_address },
	{ "one that was well behind its case accuses none", one_that_was_well_behind_its_case },
	{ "one that calls anew, when nobody else calls", one_that_calls_anew },
	CU_TEST_INFO_NULL,
};
