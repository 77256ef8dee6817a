/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One server, or two with the same cases: then what differs is the finding. Each is looked
 * after as if it were alone (window.c, blame.c); then what each did is laid beside the other.
 * Chance and a busy host make differences, too: one is believed when it is the same each time.
 */
#include "own.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/diff.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGAIN 3			/* times that it must be the same, each on its own … */
#define AGAIN_TIMED 8		/* … and where it is of time: each is chance more often */
#define REST (10 * TC_MS)
#define CLOSE_WAIT (100 * TC_MS)

static bool is_down(const struct tc_fuzz_outcome *o)
{
	return o->kind == TC_FUZZ_DIED || o->kind == TC_FUZZ_HANG || o->kind == TC_FUZZ_REFUSES;
}

static const char *life(const struct tc_fuzz_outcome *o)
{
	return is_down(o) ? tc_fuzz_kind_name(o->kind) : "lives";
}

static bool has_reply(const struct tc_fuzz_outcome *o)
{
	return o->verdict == TC_VERDICT_REPLY || o->verdict == TC_VERDICT_BAD_REPLY;
}

static const char *taken(const struct tc_fuzz_outcome *o)
{
	return o->kind == TC_FUZZ_ACCEPTED ? "taken" : "dropped";
}

/* Only times of replies are compared: without a reply the time is that of our patience. */
static void put_time(struct tc_diff *d, const struct tc_fuzz_outcome *a,
		     const struct tc_fuzz_outcome *b)
{
	if (has_reply(a) && has_reply(b))
		tc_diff_time(d, "timing", a->took, b->took);
}

static bool differ_in_time(const struct tc_fuzz_outcome *a, const struct tc_fuzz_outcome *b)
{
	struct tc_diff d = { .n = 0 };

	put_time(&d, a, b);
	return d.n > 0;
}

/* What a reset of ours cut is not compared; nor what followed a death. */
void tc_fuzz_diff(struct tc_diff *d, const struct tc_fuzz_outcome *a,
		  const struct tc_fuzz_outcome *b)
{
	bool both = has_reply(a) && has_reply(b);

	d->n = 0;
	if (a->not_carried || b->not_carried)
		return;
	tc_diff_text(d, "death", life(a), life(b));
	if (d->n || is_down(a))
		return;
	tc_diff_text(d, "answer", tc_fuzz_reaction(a), tc_fuzz_reaction(b));
	tc_diff_text(d, "must be dropped", taken(a), taken(b));
	if (d->n)
		return;
	if (both && (a->reply_len != b->reply_len || a->reply_hash != b->reply_hash))
		tc_diff_add(d, "payload", a->reply_text, b->reply_text);
	tc_diff_text(d, "state", a->state, b->state);
	put_time(d, a, b);
}

/* Lay them beside each other; true, and *a is a finding: they differ. */
static bool judge(struct tc_fuzz_outcome *a, const struct tc_fuzz_outcome *b)
{
	struct tc_buf text = { 0 };
	struct tc_diff d;

	tc_fuzz_diff(&d, a, b);
	tc_diff_put(&text, &d);
	a->kind = d.n ? TC_FUZZ_DIFFERS : is_down(a) ? a->kind : TC_FUZZ_NOTHING;
	if (!is_down(a))
		snprintf(a->why, sizeof a->why, "%s", text.data ? (char *)text.data : "");
	a->other_from = b->from;
	a->other_to = b->to;
	a->other_port = b->port;
	tc_buf_free(&text);
	return d.n > 0;
}

/* Is an honest request, which was asked just now, answered as late? Then it is not the case. */
static bool is_slow_anyway(const struct tc_fuzz *f, tc_time took)
{
	struct tc_diff d = { .n = 0 };

	tc_diff_time(&d, "", took, tc_fuzz_took(&f->control));
	return d.n == 0;
}

/* A busy host, or a server that is slower than the other with anything, is no difference. */
static void level_times(const struct tc_fuzz *f, struct tc_fuzz_outcome *a,
			struct tc_fuzz_outcome *b)
{
	if (a->took > b->took && is_slow_anyway(f, a->took))
		a->took = b->took;
	else if (b->took > a->took && is_slow_anyway(f->cfg.against, b->took))
		b->took = a->took;
}

/* A peer that is slow to close has closed in the end, before a FIN is sent again. */
static void wait_for_close(struct tc_fuzz *f, tc_time wait)
{
	f->close_wait = f->cfg.against->close_wait = wait;
}

/* One case at both, alone. */
static int ask_both(struct tc_fuzz *f, const struct tc_fuzz_case *c,
		    struct tc_fuzz_outcome *out, struct tc_fuzz_outcome *other,
		    struct tc_error *err)
{
	int rc;

	*other = (struct tc_fuzz_outcome){ 0 };
	wait_for_close(f, CLOSE_WAIT);
	rc = tc_fuzz_alone(f, c, TC_FUZZ_NOTHING, out, err);
	if (rc >= 0)
		rc = tc_fuzz_alone(f->cfg.against, c, TC_FUZZ_NOTHING, other, err);
	wait_for_close(f, 0);
	if (rc >= 0) {
		level_times(f, out, other);
		judge(out, other);
	}
	return rc;
}

/* What depends on whether a peer's program has read before the request came is no difference:
 * with a rest between, both have. */
static void rest(struct tc_fuzz *f, tc_time between)
{
	f->control_x.hold = f->cfg.against->control_x.hold = between;
}

/* Is there a difference, and the same so many times, every other with a rest between handshake
 * and request? Else there is none. What was seen among others is no measure for it: there a FIN
 * was not waited for as long. */
static int confirm(struct tc_fuzz *f, const struct tc_fuzz_case *c,
		   struct tc_fuzz_outcome *out, struct tc_error *err)
{
	struct tc_fuzz_outcome first = *out, o = *out, other;
	unsigned times = AGAIN;
	int rc = 0;

	for (unsigned i = 0; i <= times && rc >= 0; i++) {
		rest(f, i % 2 ? REST : 0);
		rc = ask_both(f, c, &o, &other, err);
		rest(f, 0);
		if (rc >= 0 && i == 0) {
			first = o;
			times = differ_in_time(&o, &other) ? AGAIN_TIMED : AGAIN;
		}
		if (rc >= 0 && (o.kind != TC_FUZZ_DIFFERS || strcmp(o.why, first.why) != 0)) {
			out->kind = TC_FUZZ_NOTHING;
			out->why[0] = 0;
			return 0;
		}
	}
	if (rc >= 0)
		*out = o;
	return rc;
}

static int compare(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
		   struct tc_fuzz_outcome *out, struct tc_error *err)
{
	struct tc_fuzz_outcome *other = calloc(n, sizeof *other);
	int rc = other ? tc_fuzz_run_here(f->cfg.against, cases, n, other, err) : tc_nomem(err);

	/* Where the other has died what it was asked is judged all the same, and the rest is
	 * not done: neither is a case that a stop has kept from it. */
	for (unsigned i = 0; other && i < n; i++)
		if (tc_fuzz_asked(&other[i], 1) == 0 && !other[i].control)
			out[i] = (struct tc_fuzz_outcome){ .verdict = TC_VERDICT_INTERRUPTED };
		else if (judge(&out[i], &other[i]) && rc >= 0)
			rc = confirm(f, &cases[i], &out[i], err);
	free(other);
	return rc < 0 ? rc : 0;
}

static int try_both(struct tc_fuzz *f, const struct tc_fuzz_case *c,
		    struct tc_fuzz_outcome *out)
{
	struct tc_fuzz_outcome other;
	char want[sizeof out->why];
	int rc;

	memcpy(want, f->wanted, sizeof want);
	rc = ask_both(f, c, out, &other, NULL);
	if (rc >= 0 && out->kind == TC_FUZZ_DIFFERS && want[0] && strcmp(want, out->why) != 0)
		out->kind = TC_FUZZ_NOTHING;	/* another difference */
	return rc;
}

int tc_fuzz_run(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
		struct tc_fuzz_outcome *out, struct tc_error *err)
{
	int rc = tc_fuzz_run_here(f, cases, n, out, err);

	if (rc < 0 || !f->cfg.against)
		return rc;
	return compare(f, cases, tc_fuzz_asked(out, n), out, err);
}

bool tc_fuzz_reproduces(struct tc_fuzz *f, const struct tc_fuzz_case *c,
			enum tc_fuzz_kind kind, unsigned repeat, struct tc_fuzz_outcome *out)
{
	int rc = 0;

	for (unsigned i = 0; i < repeat && rc == 0; i++) {
		rc = kind == TC_FUZZ_DIFFERS ? try_both(f, c, out)
					     : tc_fuzz_alone(f, c, kind, out, NULL);
		if (rc == 0 && out->kind == kind)
			return true;
	}
	return false;
}
