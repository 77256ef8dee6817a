/* SPDX-License-Identifier: BSD-2-Clause */
/* Many cases at once, and which of their silences count. */
#include "own.h"

#include <tcpcraft/clock.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define SILENCE_TRIES 8		/* of a case, at most, … */
#define STALE_TRIES 8		/* … and from ports that the peer knew, which do not count */
#define SLOW_TIMES 512		/* that are remembered: on a busy machine they come in crowds */
#define CANARY_NS (5 * TC_MS)
#define CANARIES 3		/* in a row that fail: the server is not well */
#define CROWD_MIN 2

struct window {
	const struct tc_fuzz_case *cases;
	struct tc_fuzz_outcome *out;
	struct life {			/* of each case */
		unsigned tries, stale;
		tc_time from, to;
		tc_time patience;	/* with its last try */
		unsigned slow;		/* times that it was silent and all was slow … */
		unsigned silent;	/* … and not */
		struct tc_fuzz_outcome far;	/* of its silent tries the one that got furthest */
	} *life;
	bool *unsure;			/* of each case, as of struct tc_fuzz_conn */
	unsigned *again;		/* numbers of cases that are to be asked once more, … */
	unsigned n_again, asked_again;	/* … and before new ones, or the window ends with them */
	unsigned started, over;		/* those once more among them */
	unsigned n_cases;
	unsigned *doubted, doubts;	/* silent; a canary will tell whether that counts */
	tc_time canary_from;		/* of the one that runs, or ran last */
	tc_time turned;			/* the stack, the last time */
	struct { tc_time from, to; } slow[SLOW_TIMES];	/* when the last were, or we were */
	unsigned n_slow;		/* ever */
	unsigned bad;			/* canaries in a row without the usual reply */
	bool unwell;			/* too many of them */
};

static void make_idle(struct tc_fuzz *f, struct tc_fuzz_conn *r)
{
	r->next = f->idle;
	f->idle = r;
}

static void put_again(struct window *w, unsigned k)
{
	w->again[w->n_again++] = k;
}

static unsigned next_case(struct window *w)
{
	unsigned k = w->started - w->asked_again;

	if (w->asked_again < w->n_again)
		k = w->again[w->asked_again++];
	w->started++;
	return k;
}

static void finish(struct tc_fuzz *f, struct window *w, struct tc_fuzz_conn *r)
{
	struct life *l = &w->life[r->out - w->out];

	tc_fuzz_finish(r);
	make_idle(f, r);
	f->over += ++w->over <= w->n_cases;
	/* another port will do; a caller has its own reasons to send its SYN again */
	if (r->stale && !f->cfg.call_port && l->stale < STALE_TRIES) {
		l->tries--;
		l->stale++;
		put_again(w, (unsigned)(r->out - w->out));
		return;
	}
	l->to = tc_clock_monotonic();
	l->from = tc_fuzz_began(r);
	w->unsure[r->out - w->out] = r->unsure;
	if (!tc_fuzz_is_silence(r->out))
		return;
	w->doubted[w->doubts++] = (unsigned)(r->out - w->out);
	tc_fuzz_keep_furthest(&l->far, r->out);
}

/* Only connections for which something has happened are looked at: among thousands they are few.
 * A case that the path did not carry does not wait for an answer. */
static void collect(struct tc_fuzz *f, struct window *w)
{
	struct tc_fuzz_conn *r;

	while ((r = f->due) != NULL) {
		f->due = r->next;
		r->due = false;
		if (!r->ended)
			tc_exchange_stop(&r->x, TC_VERDICT_INTERRUPTED);
		else if (r->busy)
			finish(f, w, r);
	}
}

/* How long a silent case is waited for: longer where an honest exchange takes longer, and each
 * time that all was slow, but not so long that the peer's timer (RFC 6298, 1 s; in truth
 * 200 ms) brings what the case did not. */
static tc_time patience(const struct tc_fuzz *f, const struct life *l)
{
	unsigned slow = l->slow > f->slowness ? l->slow : f->slowness;

	return f->silence << (slow < SLOWNESS_MAX ? slow : SLOWNESS_MAX);
}

/* Where even the longest patience proves nothing the crowd is what makes it slow, or adds to
 * it: half of them do as much. (Alone, this server may need as long: then it is not that.) */
static void note_crowd(struct tc_fuzz *f, tc_time took)
{
	tc_time most = (f->silence << SLOWNESS_MAX) / 4;

	if (took > most && took > 4 * f->usual_time)
		f->crowd = f->crowd / 2 > CROWD_MIN ? f->crowd / 2 : CROWD_MIN;
	else
		f->crowd += f->crowd / 4 + 1;
	if (f->crowd > f->cfg.parallel)
		f->crowd = f->cfg.parallel;
}

/* What an honest exchange took until then; nothing while it waits for its call. */
static tc_time canary_took(const struct tc_fuzz *f, tc_time now)
{
	tc_time took = now - tc_fuzz_began(&f->canary) - f->usual_rest;

	return (f->cfg.call_port && !f->canary.answered_at) || took < 0 ? 0 : took;
}

static bool is_slow(const struct tc_fuzz *f, tc_time now)
{
	return canary_took(f, now) > f->silence / 2;
}

/* Not while a canary waits: that would only be more to doubt. */
static int start_some(struct tc_fuzz *f, struct window *w, struct tc_error *err)
{
	unsigned busy = w->started - w->over;
	tc_time asked;
	int rc = 0;

	if (f->canary.busy && !f->canary.decided_at && is_slow(f, tc_clock_monotonic()))
		return 0;
	if (w->unwell && w->started)	/* what it is asked now proves nothing: look after it */
		return 0;
	while (rc >= 0 && f->idle && busy < f->crowd && w->started < w->n_cases + w->n_again &&
	       tc_pace_may(&f->pace, tc_clock_monotonic(), 1)) {
		struct tc_fuzz_conn *r = f->idle;
		unsigned k = next_case(w);

		f->idle = r->next;
		f->pace.gone++;
		w->life[k].tries++;
		w->life[k].from = tc_clock_monotonic();
		f->patience = patience(f, &w->life[k]);
		if (f->patience < f->acked_wait)
			f->patience = f->acked_wait;
		w->life[k].patience = f->patience;
		asked = w->out[k].from;
		rc = tc_fuzz_start(f, r, &w->cases[k], &w->out[k], err);
		if (asked)	/* what it did before is part of the evidence */
			w->out[k].from = asked;
		busy++;
	}
	return rc;
}

/* Was an honest exchange, or this process, slow enough meanwhile to explain it? */
static bool was_slow(const struct window *w, const struct life *l)
{
	for (unsigned i = 0; i < SLOW_TIMES; i++)
		if (l->from < w->slow[i].to && l->to > w->slow[i].from &&
		    w->slow[i].to - w->slow[i].from > l->patience / 4)
			return true;
	return false;
}

/* Where a queue is full a SYN is lost, or the last ACK with the data behind it; a program has
 * its moods: a silence is to be seen twice, and once more where honest exchanges were slow
 * lately. And while all was slow none counts. */
static bool is_doubtful(const struct tc_fuzz *f, const struct window *w, unsigned k)
{
	struct life *l = &w->life[k];

	if (was_slow(w, l)) {
		l->slow++;
		return true;
	}
	return ++l->silent < 2U + (f->slowness > 0);
}

/* All up to now is known: does a silence count? */
static void settle(const struct tc_fuzz *f, struct window *w, tc_time now)
{
	unsigned left = 0;

	for (unsigned i = 0; i < w->doubts; i++) {
		unsigned k = w->doubted[i];

		if (w->life[k].to > now)
			w->doubted[left++] = k;
		else if (w->life[k].tries < SILENCE_TRIES && is_doubtful(f, w, k))
			put_again(w, k);
	}
	w->doubts = left;
}

static void note_slow(struct window *w, tc_time from, tc_time to)
{
	w->slow[w->n_slow++ % SLOW_TIMES].from = from;
	w->slow[(w->n_slow - 1) % SLOW_TIMES].to = to;
}

static bool is_over(const struct window *w)
{
	return w->unwell && w->started ? w->over == w->started
				       : w->over == w->n_cases + w->n_again && !w->doubts;
}

/*
 * Beside many cases runs, again and again, one honest exchange. While it is slow, a case that
 * is silent proves nothing: the server, or this host, is only busy; it is asked again.
 */
static int run_canary(struct tc_fuzz *f, struct window *w, struct tc_error *err)
{
	tc_time now = tc_clock_monotonic(), took;

	if (f->canary.busy && f->canary.ended) {
		tc_fuzz_finish(&f->canary);
		took = canary_took(f, f->canary.decided_at);
		if (is_slow(f, f->canary.decided_at))
			note_slow(w, tc_fuzz_began(&f->canary), f->canary.decided_at);
		tc_fuzz_note_pace(f, took);
		note_crowd(f, took);
		w->bad = f->canary_out.verdict == f->usual ? 0 : w->bad + 1;
		w->unwell |= w->bad == CANARIES;
		settle(f, w, now);
	}
	if (f->canary.busy || now < w->canary_from + CANARY_NS || w->unwell || is_over(w))
		return 0;
	w->canary_from = now;
	return tc_fuzz_start(f, &f->canary, NULL, &f->canary_out, err);
}

/* Let the stack run; when this process itself was not let run, its clocks went on. */
static int turn(struct tc_fuzz *f, struct window *w, tc_time nap)
{
	int rc = tc_fuzz_turn(f, tc_clock_monotonic() + nap);
	tc_time now = tc_clock_monotonic();

	if (w->turned && now - w->turned > nap + f->silence / 4)
		note_slow(w, w->turned, now);
	w->turned = now;
	return rc;
}

static int run_window(struct tc_fuzz *f, struct window *w, struct tc_error *err)
{
	tc_time nap = f->cfg.rate > 0 ? TC_MS : f->at_once > 1 ? CANARY_NS : SILENCE_NS;
	int rc = 0;

	while (rc >= 0 && !(is_over(w) && !f->canary.busy)) {
		rc = start_some(f, w, err);
		if (rc >= 0 && f->at_once > 1)
			rc = run_canary(f, w, err);
		if (rc >= 0 && turn(f, w, nap))
			rc = tc_fuzz_stopped(f, err);
		collect(f, w);
		if (f->at_once == 1)
			w->doubts = 0;
	}
	for (unsigned i = 0; rc < 0 && i < f->cfg.parallel; i++)
		tc_fuzz_give_up(&f->runs[i]);
	if (rc < 0)
		tc_fuzz_give_up(&f->canary);
	return rc < 0 ? rc : 0;
}

/* Replies that were not had before, in order of the cases. */
void tc_fuzz_note_novel(struct tc_fuzz *f, struct tc_fuzz_outcome *out, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct tc_fuzz_outcome *o = &out[i];

		if (o->not_carried || o->verdict == TC_VERDICT_INTERRUPTED ||
		    (o->control && !o->control_good) || !tc_fuzz_is_new(f, o->signature) ||
		    o->kind != TC_FUZZ_NOTHING)
			continue;
		o->kind = TC_FUZZ_NOVEL;
		snprintf(o->why, sizeof o->why, "%s, %zu bytes of reply",
			 tc_verdict_name(o->verdict), o->reply_len);
	}
}

/* Cases that are unsure are run again one at a time. (That ends a client that hangs, so the case
 * that made it hang is looked for before, and again if one of these runs makes one hang.) */
static int run_unsure(struct tc_fuzz *f, const struct window *w, struct tc_error *err)
{
	bool looked = false;
	int rc = 0;

	if (f->at_once == 1)
		return 0;		/* this window is such a run */
	f->uncalled = false;
	for (unsigned k = 0; k < w->n_cases && rc == 0 && !w->unwell && !f->uncalled; k++) {
		if (w->unsure[k] && !looked) {
			rc = tc_fuzz_acquit(f, w->cases, w->n_cases, w->unsure, err);
			if (rc < 0 || !tc_fuzz_all_stand(f))
				return f->stop ? tc_fuzz_stopped(f, err) : rc;
			looked = true;
		}
		if (w->unsure[k])
			rc = tc_fuzz_window(f, &w->cases[k], 1, &w->out[k], err);
	}
	return rc;
}

int tc_fuzz_ask(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
		struct tc_fuzz_outcome *out, struct tc_error *err)
{
	struct window w = {
		.cases = cases, .out = out, .n_cases = n,
		.again = calloc((size_t)n * (SILENCE_TRIES + STALE_TRIES), sizeof *w.again),
		.life = calloc(n, sizeof *w.life), .unsure = calloc(n, sizeof *w.unsure),
		.doubted = calloc(n, sizeof *w.doubted),
	};
	int rc = w.again && w.life && w.unsure && w.doubted ? 0 : tc_nomem(err);

	for (unsigned i = 0; i < n; i++)
		out[i] = (struct tc_fuzz_outcome){ .verdict = TC_VERDICT_INTERRUPTED };
	f->idle = f->due = NULL;
	for (unsigned i = f->cfg.parallel; i-- > 0;)
		make_idle(f, &f->runs[i]);
	f->over = 0;
	if (rc == 0)
		rc = run_window(f, &w, err);
	f->unwell = w.unwell;
	if (rc == 0)
		rc = run_unsure(f, &w, err);
	free(w.again);
	free(w.life);
	free(w.unsure);
	free(w.doubted);
	return rc;
}

/* One honest exchange in between: 1 where it was as usual. */
static int ask_between(struct tc_fuzz *f, struct tc_fuzz_outcome *o)
{
	int rc = tc_fuzz_control(f, o);

	if (rc == 0 && o->verdict == f->usual)
		f->acquitted = true;
	return rc < 0 ? rc : o->verdict == f->usual;
}

/* Are all clients there after it? */
static int ask_all_between(struct tc_fuzz *f, struct tc_fuzz_outcome *o)
{
	int rc = ask_between(f, o);

	if (rc <= 0 || tc_fuzz_all_call(f, tc_fuzz_call_wait(f)))
		return rc;
	f->acquitted = false;
	return 0;
}

static int run_again(struct tc_fuzz *f, const struct tc_fuzz_case *c,
		     struct tc_fuzz_outcome *out, struct tc_error *err)
{
	int rc = tc_fuzz_ask(f, c, 1, out, err);

	f->acquitted = f->acquitted && out->uncalled;
	return rc;
}

/*
 * Without a crowd there is no canary beside a case: when it was silent a control follows, and
 * the case again. Silent twice, it is, unless the control was slow: then all is, and it may be
 * that. An answer is an answer.
 */
static int ask_again(struct tc_fuzz *f, const struct tc_fuzz_case *c,
		     struct tc_fuzz_outcome *out, struct tc_error *err)
{
	struct tc_fuzz_outcome o, far = *out;
	const tc_time asked = out->from;
	unsigned silent = 1;
	int rc = 0;

	for (unsigned tries = 1; rc == 0 && tc_fuzz_is_silence(out) && silent < 2 &&
	     tries < SILENCE_TRIES; tries++) {
		rc = ask_all_between(f, &o);
		if (rc == 0)
			return 0;	/* not the case alone: the server is examined next */
		/* taken, but not by the program yet: no timer of its TCP brings more */
		f->acked_wait = out->verdict == TC_VERDICT_SILENT ? f->cfg.patience : 0;
		if (rc > 0)
			rc = run_again(f, c, out, err);
		silent += f->slowness == 0;
		tc_fuzz_keep_furthest(&far, out);
		out->from = asked;
		f->acked_wait = 0;
	}
	return rc == -EINTR ? tc_fuzz_stopped(f, err) : rc;
}

/*
 * Was it the case that made its client call anew, or did another client call meanwhile? One that is
 * not ours to run alone, and was heard alone for a while, will do it again.
 */
static int ask_who_called(struct tc_fuzz *f, const struct tc_fuzz_case *c,
			  struct tc_fuzz_outcome *out, struct tc_error *err)
{
	struct tc_fuzz_outcome o = { 0 };
	int rc = 0;

	for (unsigned i = 0; i < 2 * FUZZ_QUIET && rc >= 0 && f->quiet < FUZZ_QUIET &&
	     !f->several && !o.uncalled; i++)
		rc = ask_between(f, &o);
	if (rc < 0)
		return tc_fuzz_stopped(f, err);
	f->untold = false;
	if (f->quiet < FUZZ_QUIET || f->several)
		return 0;
	rc = run_again(f, c, &o, err);
	if (rc == 0 && o.kind == TC_FUZZ_ACCEPTED) {
		o.from = out->from;
		*out = o;
	}
	return rc;
}

int tc_fuzz_window(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
		   struct tc_fuzz_outcome *out, struct tc_error *err)
{
	int rc = 0;

	/* alone, a client's case is: what another does meanwhile is not told from its doing */
	if (f->cfg.call_port)
		f->at_once = n == 1 ? 1 : f->cfg.parallel;
	if (f->cfg.call_port && n == 1)
		rc = tc_fuzz_call_alone(f);
	if (rc < 0) {
		out[0] = (struct tc_fuzz_outcome){ .verdict = TC_VERDICT_INTERRUPTED };
		return tc_fuzz_stopped(f, err);
	}
	f->too_late = f->untold = f->acquitted = false;
	f->quiet = 0;
	rc = tc_fuzz_ask(f, cases, n, out, err);
	if (rc == 0 && n == 1 && f->too_late && tc_fuzz_target_spawned(f->cfg.target) &&
	    !tc_fuzz_target_is_dead(f->cfg.target))
		rc = tc_fuzz_end_callers(f) < 0 ? tc_fuzz_stopped(f, err)
						: tc_fuzz_ask(f, cases, n, out, err);
	if (rc == 0 && n == 1 && f->at_once == 1)
		rc = ask_again(f, cases, out, err);
	if (rc == 0 && n == 1 && f->untold)
		rc = ask_who_called(f, cases, out, err);
	return rc;
}

unsigned tc_fuzz_asked(const struct tc_fuzz_outcome *out, unsigned n)
{
	unsigned i = 0;

	while (i < n && (out[i].verdict != TC_VERDICT_INTERRUPTED || out[i].not_carried))
		i++;
	return i;
}
