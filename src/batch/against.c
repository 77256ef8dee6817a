/* SPDX-License-Identifier: BSD-2-Clause */
/* One script at two peers; see against.h. Each run is a child's: behind its wall a process
 * opens no second session. */
#include "against.h"

#include "live/live.h"
#include "one.h"

#include "host/pool.h"
#include "report/beside.h"
#include "report/json.h"

#include <tcpcraft/diff.h>
#include <tcpcraft/script_run.h>

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define NAME_MOST 300

enum parting { SAME, DIFFERENT, UNSTEADY, COULD_NOT_TELL };
static const char *const partings[] = {
	[SAME] = "same", [DIFFERENT] = "different", [UNSTEADY] = "unsteady",
	[COULD_NOT_TELL] = "could-not-tell",
};

struct account {			/* shared with the child that fills it */
	struct tc_beside_side side;
	struct tc_script_result result;
	int code;
};

struct comparing {
	const struct options *o;
	const char *path;
	const struct script_peer *peer[2];
	char name[2][NAME_MOST];		/* "10.0.0.1:80" */
	struct account *now;			/* two */
	struct live signals;			/* for what asks us to stop */
	struct tc_diff diff;
	char judged[2][sizeof((struct tc_script_result *)0)->fields + 40];
	char where[16];
	enum parting verdict;
};

/* ---- both are asked --------------------------------------------------------------------- */

static int work(void *ctx, size_t job)
{
	struct comparing *c = ctx;
	struct account *a = &c->now[job];
	const struct script_place place = { .account = &a->side };

	a->code = script_one(c->o, c->path, c->peer[job]->host, c->peer[job]->port, place,
			     &a->result);
	fflush(stdout);
	return a->code;
}

/* A child has ended. false: its script did not run (what it printed says why), so there is nothing
 * to compare. */
static bool done(void *ctx, size_t job, int code, struct tc_buf *out)
{
	struct comparing *c = ctx;

	c->now[job].code = code;
	terminal_write(c->o, stdout, out->data, out->len);
	return code == EXIT_DONE || code == EXIT_FINDING;
}

static int ask(struct comparing *c, struct tc_error *err)
{
	struct tc_pool pool = { .n_jobs = 2, .at_once = 1, .stop_fd = c->signals.signal_fd,
				.work = work, .done = done, .ctx = c };
	int rc;

	memset(c->now, 0, 2 * sizeof *c->now);
	rc = tc_pool_run(&pool, err);
	if (rc > 0)
		live_read_signal(&c->signals);
	return rc;
}

/* ---- what they did ---------------------------------------------------------------------- */

static unsigned failed_at(const struct account *a)
{
	return a->result.verdict == TC_SCRIPT_FAILED ? a->result.line : 0;
}

static void put_judgement(char *text, size_t n, const struct account *a, unsigned line)
{
	const struct tc_script_result *r = &a->result;

	if (failed_at(a) != line)
		snprintf(text, n, "as the script says");
	else if (r->fields[0])
		snprintf(text, n, "not as it says: %s", r->fields);
	else
		snprintf(text, n, "not as it says");
}

/* If one peer failed the script at an event, its run is over there: what the other did after that
 * event does not count as a difference. */
static void compare(struct comparing *c)
{
	unsigned a = failed_at(&c->now[0]), b = failed_at(&c->now[1]);
	unsigned last = a == b ? 0 : !a || (b && b < a) ? b : a;

	c->diff.n = 0;
	tc_beside_diff(&c->diff, &c->now[0].side, &c->now[1].side, last);
	if (!last || c->diff.n)
		return;
	snprintf(c->where, sizeof c->where, "line %u", last);
	for (unsigned i = 0; i < 2; i++)
		put_judgement(c->judged[i], sizeof c->judged[i], &c->now[i], last);
	tc_diff_add(&c->diff, c->where, c->judged[0], c->judged[1]);
}

/* Appends a difference as a line, to be kept: its texts are gone when both peers are asked again. */
static void put_difference(struct tc_buf *out, const struct tc_difference *x)
{
	struct tc_diff one = { .at = { *x }, .n = 1 };

	tc_buf_text(out, "\n");
	tc_diff_put(out, &one);
	tc_buf_text(out, "\n");
}

static int keep_those_in(struct tc_diff *d, const struct tc_buf *before, struct tc_error *err)
{
	struct tc_buf now = { 0 };
	unsigned kept = 0;

	for (unsigned i = 0; i < d->n; i++) {
		now.len = 0;
		put_difference(&now, &d->at[i]);
		if (now.failed)
			break;
		if (memmem(before->data, before->len, now.data, now.len))
			d->at[kept++] = d->at[i];
	}
	d->n = kept;
	tc_buf_free(&now);
	return now.failed || before->failed ? tc_nomem(err) : 0;
}

/* Asks both peers again, and keeps the differences that come again: a busy host or a delayed ACK
 * makes differences, too. 1: a signal, or no answer this time. */
static int confirm(struct comparing *c, struct tc_error *err)
{
	struct tc_buf before = { 0 };
	int rc;

	for (unsigned i = 0; i < c->diff.n; i++)
		put_difference(&before, &c->diff.at[i]);
	rc = ask(c, err);
	if (rc == 0) {
		compare(c);
		rc = keep_those_in(&c->diff, &before, err);
		if (!c->diff.n)
			c->verdict = UNSTEADY;
	}
	tc_buf_free(&before);
	return rc;
}

static bool has_answered(const struct tc_beside_side *s)
{
	for (unsigned i = 0; i < s->n; i++)
		if (!s->rows[i].ours)
			return true;
	return false;
}

static bool anyone_answered(const struct comparing *c)
{
	return has_answered(&c->now[0].side) || has_answered(&c->now[1].side);
}

/* How many segments came beyond those that are compared. */
static unsigned left_out(const struct comparing *c)
{
	return c->now[0].side.left_out + c->now[1].side.left_out;
}

/* The exit code if one of them could not be asked, else 0. */
static int worst(const struct comparing *c)
{
	for (unsigned i = 0; i < 2; i++)
		if (c->now[i].code != EXIT_DONE && c->now[i].code != EXIT_FINDING)
			return c->now[i].code;
	return 0;
}

/* ---- how it is told --------------------------------------------------------------------- */

static json_t *script_name(const struct comparing *c)
{
	return tc_json_text(c->path, strlen(c->path));
}

static void put_json(struct comparing *c, int code)
{
	const struct tc_script_result *a = &c->now[0].result, *b = &c->now[1].result;
	json_t *more = left_out(c) ? json_integer(left_out(c)) : NULL;

	for (unsigned i = 0; i < c->diff.n; i++)
		terminal_json(c->o, json_pack("{ss so ss ss ss}", "type", "difference",
			"script", script_name(c), "name", c->diff.at[i].name,
			"a", c->diff.at[i].a, "b", c->diff.at[i].b));
	terminal_json(c->o, json_pack("{ss ss ss so ss ss si so* si sI sI sI sI si}",
		"type", "result", "command", "run", "verdict", partings[c->verdict],
		"script", script_name(c), "a", c->name[0], "b", c->name[1],
		"different", c->diff.n, "left_out", more,
		"events", a->events + b->events,
		"duration_us", (json_int_t)((a->seconds + b->seconds) / TC_US),
		"segments_sent", (json_int_t)(a->segments_sent + b->segments_sent),
		"segments_received", (json_int_t)(a->segments_received + b->segments_received),
		"seed", (json_int_t)c->o->seed, "exit", code));
}

static void put_sentence(struct comparing *c, struct tc_buf *out)
{
	struct tc_diff first = { .n = c->diff.n > 0 };

	tc_buf_printf(out, "%s: %s and %s", partings[c->verdict], c->name[0], c->name[1]);
	if (first.n) {
		first.at[0] = c->diff.at[0];
		tc_buf_text(out, " part at ");
		tc_diff_put(out, &first);
		if (c->diff.n > 1)
			tc_buf_printf(out, "; behind that %u more", c->diff.n - 1);
	} else if (c->verdict == SAME) {
		tc_buf_text(out, " do the same");
	}
	if (c->verdict == UNSTEADY)
		tc_buf_text(out, " differ, but not each time in the same");
	else if (c->verdict == COULD_NOT_TELL && !anyone_answered(c))
		tc_buf_text(out, ": neither has answered");
	else if (c->verdict == COULD_NOT_TELL)
		tc_buf_printf(out, " do the same as far as it was compared: %u more segments came "
			      "than %u a side", left_out(c), TC_BESIDE_ROWS);
	if (failed_at(&c->now[0]) && failed_at(&c->now[0]) == failed_at(&c->now[1]))
		tc_buf_printf(out, "; both fail at line %u", failed_at(&c->now[0]));
}

static void tell(struct comparing *c, int code)
{
	struct tc_buf text = { 0 };

	if (c->o->json) {
		put_json(c, code);
		return;
	}
	if (!c->o->quiet)
		tc_beside_put(&text, "", c->name[0], &c->now[0].side, c->name[1],
			      &c->now[1].side);
	put_sentence(c, &text);
	terminal_line(c->o, stdout, &text);
	tc_buf_free(&text);
}

static int conclude(struct comparing *c)
{
	int code = EXIT_PEER;

	if (c->verdict == UNSTEADY) {
		tell(c, code);
		return code;
	}
	if (!anyone_answered(c) || (!c->diff.n && left_out(c))) {
		c->verdict = COULD_NOT_TELL;
		c->diff.n = 0;		/* one of them may be as the script says */
	} else if (c->diff.n) {
		c->verdict = DIFFERENT;
		code = EXIT_FINDING;
	} else {
		code = EXIT_DONE;
	}
	tell(c, code);
	return code;
}

/* ---- the run ---------------------------------------------------------------------------- */

static int run(struct comparing *c)
{
	struct tc_error err = { 0 };
	int rc = ask(c, &err), code = worst(c);

	if (rc == 0 && !code) {
		compare(c);
		if (c->diff.n)
			rc = confirm(c, &err);
		code = worst(c);
	}
	if (rc < 0)
		return fail(c->o, EXIT_MACHINE, &err);
	if (rc > 0)
		return EXIT_SIGNAL + c->signals.signal;
	return code ? code : conclude(c);
}

static int refuse(const struct options *o, struct tc_error *err)
{
	const char *what = o->write_file ? "-w" : o->record_file ? "--record" :
			   o->html_file ? "--html" : o->script.dut ? "--dut" :
			   o->source_port ? "-g" : NULL;

	return what ? tc_fail(err, -EINVAL, "%s is of one peer: it does not go with --against",
			      what) : 0;
}

int script_against(const struct options *o, const char *path, const struct script_peer *a,
		   const struct script_peer *b)
{
	struct comparing c = { .o = o, .path = path, .peer = { a, b }, .verdict = SAME,
			       .signals = { .signal_fd = -1 } };
	struct tc_error err = { 0 };
	int code;

	for (unsigned i = 0; i < 2; i++)
		snprintf(c.name[i], sizeof c.name[i],
			 strchr(c.peer[i]->host, ':') ? "[%s]:%s" : "%s:%s", c.peer[i]->host,
			 c.peer[i]->port);
	if (refuse(o, &err) < 0)
		return fail(o, EXIT_USAGE, &err);
	c.signals.signal_fd = live_open_signals(&err);
	if (c.signals.signal_fd < 0)
		return fail(o, EXIT_MACHINE, &err);
	c.now = mmap(NULL, 2 * sizeof *c.now, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (c.now == MAP_FAILED) {
		tc_fail_errno(&err, "no memory to share with children");
		code = fail(o, EXIT_MACHINE, &err);
	} else {
		code = run(&c);
		munmap(c.now, 2 * sizeof *c.now);
	}
	close(c.signals.signal_fd);
	return code;
}
