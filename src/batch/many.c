/* SPDX-License-Identifier: BSD-2-Clause */
/* Many scripts in children; see many.h. Each prints as if it were alone, and what it
 * found out is in memory that it shares with us. */
#include "many.h"

#include "captured.h"
#include "files.h"
#include "live/progress.h"
#include "live/run_hand.h"
#include "share.h"

#include "host/pool.h"

#include <tcpcraft/route.h>
#include <tcpcraft/script.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BASELINE_MOST (64u << 20)

/* One pass over some of the cases. */
struct pass {
	struct suite_run *s;
	size_t *which;			/* cases, by job */
	bool last;			/* what comes of it is told */
	bool *told;			/* by case */
	tc_time *began;			/* by case, this time */
	int *frames;			/* by case: where its frames go while it runs; 0: nowhere */
	size_t n, n_done;		/* of which */
	struct progress progress;
};

/* Of the cases from this one on. */
static int read_heads(struct suite_run *s, size_t at, struct tc_error *err)
{
	struct tc_buf text = { 0 };
	int rc = 0;

	for (; rc >= 0 && at < s->suite.n; at++, text.len = 0) {
		struct tc_suite_case *c = &s->suite.cases[at];

		rc = tc_buf_read_file(&text, c->path, TC_SCRIPT_MAX, err);
		if (rc >= 0)
			rc = tc_suite_head_read(&c->head, c->path, (const char *)text.data,
						text.len, err);
		if (rc >= 0 && !(c->head.name && c->head.sound && c->head.clause &&
				 c->head.class_name))
			rc = tc_fail(err, -EINVAL, "%s: a case says name, sound, clause and "
				     "class, each behind //:", c->path);
	}
	tc_buf_free(&text);
	return rc;
}

int suite_add(struct suite_run *s, const char *path, const char *base)
{
	size_t at = s->suite.n;
	struct tc_error err = { 0 };
	int rc = tc_suite_add(&s->suite, path, base, &err);

	if (rc >= 0 && s->cases)
		rc = read_heads(s, at, &err);
	return rc < 0 ? fail(s->o, exit_for(OF_INPUT, &err), &err) : 0;
}

void suite_run_free(struct suite_run *s)
{
	if (s->results)
		munmap(s->results, s->suite.n * sizeof *s->results);
	tc_suite_free(&s->suite);
}

/* ---- one case ----------------------------------------------------------------------- */

/* Of cases there are lines of their own. */
static bool lines_are_json(const struct suite_run *s)
{
	return s->o->json && !s->cases;
}

static int prepare(void *ctx, size_t job, struct tc_error *err)
{
	struct pass *p = ctx;

	p->began[p->which[job]] = tc_clock_monotonic();
	return p->s->o->write_file ? suite_frames_begin(&p->frames[p->which[job]], err) : 0;
}

static int work(void *ctx, size_t job)
{
	struct pass *p = ctx;
	struct suite_run *s = p->s;
	size_t at = p->which[job];
	struct tc_suite_case *c = &s->suite.cases[at];
	const char *dut = s->o->script.dut;
	struct script_place place = suite_share_place(s->share, at, c->asked > 0);
	int code;

	if (s->cases && c->head.needs != TC_NEEDS_DUT)
		s->o->script.dut = NULL;
	s->o->html_file = NULL;		/* the page is of all */
	s->o->json = lines_are_json(s);
	s->o->quiet = false;		/* what is said of it is ours to pass on, or not */
	for (size_t i = 0; i < s->suite.n; i++)
		if (p->frames[i] && i != at)
			close(p->frames[i]);	/* those beside it are none of its business */
	suite_files_leave(s->files);
	place.write_fd = p->frames[at];
	memset(&s->results[at], 0, sizeof *s->results);
	code = c->capture ? captured_one(s->o, c->path, c->capture, NULL, &s->results[at])
			  : script_one(s->o, c->path, s->host, s->at[c->head.needs], place,
				       &s->results[at]);
	s->o->script.dut = dut;
	fflush(stdout);
	return code;
}

static void tell(struct pass *p, size_t at)
{
	const struct suite_run *s = p->s;
	const struct tc_suite_case *c = &s->suite.cases[at];
	const struct options *o = s->o;
	bool ladder = o->json ? lines_are_json(s) : o->verbose > 0;
	bool told = c->verdict == TC_CASE_PASS ? !o->quiet :
		    c->verdict != TC_CASE_NOT_TESTABLE || o->verbose;
	struct tc_buf text = { 0 };

	p->told[at] = true;
	suite_frames_write(s->files, &p->s->suite.cases[at]);
	progress_wipe(&p->progress);
	if (o->suite.tap || o->suite.baseline)
		return;
	if (ladder)
		tc_buf_add(&text, c->output.data, c->output.len);
	if (o->json && s->cases)
		tc_suite_json_case(&text, c);
	else if (!o->json && told)
		tc_suite_put_case(&text, c);
	terminal_give(o, stdout, &text);
}

/* Was the child ended by us, or by a signal that ended us, too, as one from the terminal? */
static bool was_stopped(int code)
{
	return code == EXIT_SIGNAL + SIGTERM || code == EXIT_SIGNAL + SIGINT ||
	       code == EXIT_SIGNAL + SIGHUP;
}

/* Is it run a second time, alone? On a busy machine a case may come late, and a rate limit of the
 * peer holds for all cases that run at once. A user's script that failed is not: what it does once
 * is not to be done twice. Nor is one whose peer, or machine under test, was not there: each would
 * wait for it again. */
static bool is_asked_again(const struct suite_run *s, const struct tc_suite_case *c)
{
	if (!s->cases)
		return c->result.verdict == TC_SCRIPT_INCONCLUSIVE &&
		       c->result.error.code != -TC_ERR_HAND_GONE && !c->capture;
	return c->verdict > TC_CASE_PASS && c->verdict != TC_CASE_NOT_TESTABLE && !c->acquitted;
}

/* A peer that died of the question cannot be asked again: that it failed stands, and else what was
 * in the way while it still answered. That this machine cannot go on is no word of the peer's. */
static bool says_more(const struct tc_suite_case *now, const struct tc_suite_case *before)
{
	if (now->verdict == TC_CASE_PASS || now->verdict == TC_CASE_FAIL)
		return true;
	return before->verdict != TC_CASE_FAIL &&
	       (now->verdict != TC_CASE_INCONCLUSIVE || now->result.answered ||
		!before->result.answered);
}

static bool done(void *ctx, size_t job, int code, struct tc_buf *out)
{
	struct pass *p = ctx;
	size_t at = p->which[job];
	struct tc_suite_case *c = &p->s->suite.cases[at], now = *c;

	suite_frames_end(&p->frames[at], &now);
	p->s->kernel_resets += p->s->results[at].kernel_resets;
	if (was_stopped(code)) {
		tc_buf_free(&now.frames);
		return false;
	}
	c->asked++;
	now.asked = c->asked;
	now.exit = code;
	now.result = p->s->results[at];
	now.took = now.result.seconds;
	now.began = p->began[at];
	now.ended = tc_clock_monotonic();
	now.beside = false;
	now.why[0] = 0;
	tc_suite_judge(&now);
	if (says_more(&now, c)) {
		tc_buf_free(&c->output);
		tc_buf_free(&c->frames);
		*c = now;
		c->output = *out;
		*out = (struct tc_buf){ 0 };
	} else {
		tc_buf_free(&now.frames);
		if (now.verdict == TC_CASE_INCONCLUSIVE && !now.result.answered)
			suite_keep(p->s, c, &now);
	}
	suite_took(p->s, &now);
	suite_acquit(p->s, c);
	if (p->last ? !suite_awaits_look(p->s, c) : !is_asked_again(p->s, c))
		tell(p, at);
	progress_count(&p->progress, tc_suite_unit(&p->s->suite), ++p->n_done, p->n);
	return !(p->s->o->suite.fail_fast && c->verdict != TC_CASE_PASS &&
		 c->verdict != TC_CASE_NOT_SUPPORTED);
}

/* ---- all of them ---------------------------------------------------------------------- */

static int go(struct pass *p, size_t n, unsigned at_once, int stop_fd, struct tc_error *err)
{
	struct tc_pool pool = {
		.n_jobs = n, .at_once = at_once, .errors_too = !lines_are_json(p->s),
		.stop_fd = stop_fd, .prepare = prepare, .work = work, .done = done, .ctx = p,
	};
	int rc;

	p->n = n;
	p->n_done = 0;
	p->progress = (struct progress){ .o = p->s->o };
	rc = n ? tc_pool_run(&pool, err) : 0;
	progress_wipe(&p->progress);
	return rc;
}

/* What a case needs and is not there is known before, and told behind what was judged. */
static bool can_ask(struct pass *p, size_t at)
{
	struct suite_run *s = p->s;
	struct tc_suite_case *c = &s->suite.cases[at];
	bool dut = c->head.needs == TC_NEEDS_DUT;
	static const char *const why[TC_NEEDS_COUNT] = {
		[TC_NEEDS_OUTSIDE] = "it needs a port that accepts: --at outside=PORT",
		[TC_NEEDS_ECHO] = "it needs an echo server: --echo, or --at echo=PORT",
		[TC_NEEDS_CLOSES] = "it needs a server that closes behind data: --at closes=PORT",
		[TC_NEEDS_NOBODY] = "it needs a port that nobody listens on: --at nobody=PORT",
		[TC_NEEDS_DUT] = "it needs a hand on the sockets: --dut WAY",
	};

	bool other = c->head.family && c->head.family != s->family;
	bool no_wire = c->head.wire && s->on_this_host;

	if (!s->cases || (!other && !no_wire && (dut ? s->o->script.dut != NULL :
				     s->at[c->head.needs] != NULL)))
		return true;
	c->verdict = TC_CASE_NOT_TESTABLE;
	if (other)
		snprintf(c->why, sizeof c->why, "it is of IPv%u, this is IPv%u", c->head.family,
			 s->family);
	else if (no_wire)
		snprintf(c->why, sizeof c->why, "it needs a wire, not this host's loopback");
	else
		snprintf(c->why, sizeof c->why, "%s", why[c->head.needs]);
	return false;
}

/* Runs them a second time, one after the other. */
static int ask_again(struct pass *p, int stop_fd, struct tc_error *err)
{
	struct tc_suite *all = &p->s->suite;
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		if (is_asked_again(p->s, &all->cases[i]))
			p->which[n++] = i;
	p->last = true;
	return go(p, n, 1, stop_fd, err);
}

static int share(struct suite_run *s, struct pass *p, struct tc_error *err)
{
	void *at = mmap(NULL, s->suite.n * sizeof *s->results, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return tc_fail_errno(err, "no memory to share with children");
	s->results = at;
	p->which = calloc(s->suite.n, sizeof *p->which);
	p->told = calloc(s->suite.n, sizeof *p->told);
	p->began = calloc(s->suite.n, sizeof *p->began);
	p->frames = calloc(s->suite.n, sizeof *p->frames);
	return p->which && p->told && p->began && p->frames ? 0 : tc_nomem(err);
}

static int ask_all(struct suite_run *s, int *signal, struct tc_error *err)
{
	struct pass p = { .s = s };
	struct live l = { .signal_fd = live_open_signals(err) };
	size_t n = 0;
	int rc = l.signal_fd < 0 ? l.signal_fd : share(s, &p, err);

	if (rc >= 0) {
		for (size_t i = 0; i < s->suite.n; i++)
			if (can_ask(&p, i))
				p.which[n++] = i;
		rc = go(&p, n, suite_share_at_once(s), l.signal_fd, err);
	}
	suite_note_beside(s);
	if (rc == 0)
		rc = suite_look_at_habits(s, l.signal_fd, err);
	if (rc == 0 && !s->o->suite.fail_fast)
		rc = ask_again(&p, l.signal_fd, err);
	if (rc == 0)
		rc = suite_look_at_habits(s, l.signal_fd, err);
	if (rc > 0)
		live_read_signal(&l);
	/* What is not printed yet: cases that waited for the look at habits, and, in a run that was
	 * stopped, those that would have been run again. */
	if (p.told)
		for (size_t i = 0; i < s->suite.n; i++)
			if (!p.told[i] && s->suite.cases[i].verdict != TC_CASE_NOT_MADE)
				tell(&p, i);
	*signal = l.signal;
	if (l.signal_fd >= 0)
		close(l.signal_fd);
	if (p.frames)
		for (size_t i = 0; i < s->suite.n; i++)
			if (p.frames[i])
				close(p.frames[i]);
	free(p.frames);
	free(p.which);
	free(p.told);
	free(p.began);
	return rc;
}

/* ---- the end -------------------------------------------------------------------------- */

static int compare(struct suite_run *s, struct tc_buf *text, int code)
{
	bool worse = tc_suite_compare(&s->suite);

	if (s->o->json)
		tc_suite_json_others(text, &s->suite);
	else
		tc_suite_put_others(text, &s->suite);
	return worse ? EXIT_FINDING : code == EXIT_FINDING ? EXIT_DONE : code;
}

/* Prints the sums, once all is known; the exit code. */
static int conclude(struct suite_run *s, int code)
{
	const struct options *o = s->o;
	struct tc_buf text = { 0 };

	if (o->suite.baseline && code < EXIT_SIGNAL)
		code = compare(s, &text, code);
	if (o->suite.tap)
		tc_suite_tap(&text, &s->suite);
	else if (o->json)
		tc_suite_json_sum(&text, &s->suite, code);
	if (!o->suite.tap && !o->json) {
		if (!o->verbose && !o->suite.baseline)
			tc_suite_put_not_testable(&text, &s->suite);
		if (s->cases && !o->quiet)
			tc_suite_put_sections(&text, &s->suite);
		tc_suite_put_sum(&text, &s->suite);
	}
	terminal_give(o, stdout, &text);
	return code;
}

/* Checks the target before it is used, so that an error is printed once, not for each case. */
static int check_target(struct suite_run *s, struct tc_error *err)
{
	struct tc_addr addr;
	uint16_t port[TC_NEEDS_COUNT] = { 0 };
	int rc = s->host ? tc_host_parse(&addr, s->host, s->o->family, false, err) : 0;

	for (unsigned i = 0; i < TC_NEEDS_COUNT && rc >= 0; i++)
		if (s->at[i])
			rc = tc_port_parse(&port[i], s->at[i], err);
	s->suite.port = port[TC_NEEDS_OUTSIDE];
	s->family = s->host ? addr.family : s->o->family == 6 ? 6 : 4;
	return rc;
}

/* Opens the hand of --dut once, so that its error is printed once. */
static int open_hand(const struct suite_run *s, struct tc_hand **hand, struct tc_error *err)
{
	struct tc_way way;
	int rc = run_hand_way(&way, s->o, err);

	return rc < 0 ? rc : tc_remote_open(hand, &way, err);
}

/* Refuses options that are for one connection and its one file; tries the hand of --dut. */
static int check(struct suite_run *s, struct tc_error *err)
{
	const struct options *o = s->o;
	struct tc_hand *hand = NULL;
	int rc;

	if (o->record_file)
		return tc_fail(err, -EINVAL, "--record is for one script, not for several");
	if (o->write_file && strcmp(o->write_file, "-") == 0)
		return tc_fail(err, -EINVAL, "-w -: standard output has what came of the scripts; "
			       "name a file");
	if (o->suite.tap && o->suite.baseline)
		return tc_fail(err, -EINVAL, "--tap tells of all cases, --baseline of those that "
			       "are another now: which?");
	if (suite_share_is_far(s) && suite_share_jobs(s) > 1)
		return tc_fail(err, -EINVAL, "--jobs %u: a machine under test makes the calls of one "
			       "script at a time", suite_share_jobs(s));
	rc = check_target(s, err);
	if (rc >= 0 && suite_share_is_far(s))
		rc = open_hand(s, &hand, err);
	if (rc >= 0 && s->host)
		rc = suite_share_open(s->share, s, err);
	tc_hand_close(hand);		/* till then: a machine may be there as long as it is held */
	if (rc >= 0 && o->source_port && suite_share_jobs(s) > 1)
		return tc_fail(err, -EINVAL, "-g: %u at once would all have the same port; add "
			       "--jobs 1", suite_share_jobs(s));
	return rc;
}

/* What --baseline names, before anything is sent. */
static int read_baseline(struct suite_run *s, struct tc_error *err)
{
	const char *file = s->o->suite.baseline;
	struct tc_buf text = { 0 };
	int rc = file ? tc_buf_read_file(&text, file, BASELINE_MOST, err) : 0;

	if (file && rc >= 0)
		rc = tc_suite_read_before(&s->suite, file, (const char *)text.data, text.len, err);
	tc_buf_free(&text);
	return rc < 0 ? rc : 0;
}

/* Behind the last script; what came before it is the error that counts. */
static int close_share(struct suite_run *s, struct tc_session_summary *sum, int rc,
		       struct tc_error *err)
{
	bool shared = s->share->session != NULL;
	int end = suite_share_close(s->share, sum, rc < 0 ? NULL : err);

	sum->resets_leaked += s->kernel_resets;
	s->suite.guard = shared ? sum : NULL;
	return rc < 0 ? rc : end;
}

int suite_carry_out(struct suite_run *s)
{
	tc_time began = tc_clock_monotonic();
	struct suite_share share = { 0 };
	struct tc_session_summary sum = { 0 };
	struct suite_files f = { 0 };
	struct tc_error err = { 0 }, unwritten = { 0 };
	int rc, code = 0, signal = 0;

	s->share = &share;
	s->files = &f;
	rc = read_baseline(s, &err);
	if (rc < 0)
		code = exit_for(OF_INPUT, &err);
	else if ((rc = check(s, &err)) < 0)
		code = exit_for(OF_SESSION, &err);
	else if ((rc = suite_files_open(s->o, &f, &err)) < 0)
		code = exit_for(OF_PAGE, &err);
	else
		rc = ask_all(s, &signal, &err);
	rc = close_share(s, &sum, rc, &err);
	s->suite.took = tc_clock_monotonic() - began;
	if (rc >= 0) {
		suite_files_close(s, &f, &unwritten);
		rc = conclude(s, signal ? EXIT_SIGNAL + signal : tc_suite_exit(&s->suite));
	}
	s->share = NULL;
	s->files = NULL;
	s->suite.guard = NULL;
	suite_files_drop(&f);
	if (rc < 0)
		return fail(s->o, code ? code : EXIT_MACHINE, &err);
	return unwritten.code ? fail(s->o, EXIT_MACHINE, &unwritten) : rc;
}
