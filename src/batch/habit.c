/* SPDX-License-Identifier: BSD-2-Clause */
/* What a server does unprovoked; see habit.h. */
#include "habit.h"

#include "many.h"
#include "share.h"

#include "host/pool.h"

#include <stdio.h>
#include <string.h>

/* As long as the experiment `unprovoked` listens. */
#define SAYS_NOTHING \
	"0 < S 0:0(0) win 65535 <mss 1460>\n" \
	"* > S. 0:0(0) ack 1 <...>\n" \
	"+0 < . 1:1(0) ack 1 win 65535\n" \
	"+0 silence 3\n"
#define SILENCE_LINE 4

struct look {
	struct suite_run *s;
	size_t which[TC_NEEDS_COUNT];	/* cases, in whose places it is asked */
	size_t n;
};

/* (Nobody is at the one, and the calls of the other are ours.) */
static bool presumes_silence(const struct suite_run *s, const struct tc_suite_case *c)
{
	return s->at[c->head.needs] && c->head.needs != TC_NEEDS_NOBODY &&
	       c->head.needs != TC_NEEDS_DUT;
}

static int look(void *ctx, size_t job)
{
	struct look *l = ctx;
	struct suite_run *s = l->s;
	size_t at = l->which[job];
	struct script_place place = suite_share_place(s->share, at, false);

	place.text = SAYS_NOTHING;
	s->o->script.dut = NULL;
	s->o->html_file = NULL;
	memset(&s->results[at], 0, sizeof *s->results);
	return script_one(s->o, "unprovoked", s->host, s->at[s->suite.cases[at].head.needs], place,
			  &s->results[at]);
}

/* seen: "FLAGS SEQ:END(LENGTH) …". A SYN,ACK that comes again is no word of the server's, nor is
 * an ACK. NULL: none. */
static const char *habit_of(const char *seen)
{
	size_t flags = strcspn(seen, " ");
	const char *length = strchr(seen, '(');

	if (memchr(seen, 'S', flags))
		return NULL;
	if (memchr(seen, 'R', flags))
		return "resets";
	if (memchr(seen, 'F', flags))
		return "closes";
	return length && length[1] != '0' ? "speaks on" : NULL;
}

static bool looked(void *ctx, size_t job, int code, struct tc_buf *out)
{
	struct look *l = ctx;
	struct suite_run *s = l->s;
	size_t at = l->which[job];
	const struct tc_script_result *r = &s->results[at];

	(void)code;
	(void)out;
	if (r->verdict == TC_SCRIPT_FAILED && r->line == SILENCE_LINE)
		s->habit[s->suite.cases[at].head.needs] = habit_of(r->seen);
	return true;
}

/* Servers may be one, at one port. */
static bool is_chosen(const struct look *l, enum tc_case_needs needs)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->s->at[l->s->suite.cases[l->which[i]].head.needs],
			   l->s->at[needs]) == 0)
			return true;
	return false;
}

static void choose(struct look *l)
{
	const struct tc_suite *all = &l->s->suite;

	for (size_t i = 0; i < all->n; i++) {
		const struct tc_suite_case *c = &all->cases[i];

		if (c->verdict == TC_CASE_FAIL && presumes_silence(l->s, c) &&
		    !is_chosen(l, c->head.needs))
			l->which[l->n++] = i;
	}
}

static const char *habit_at(const struct suite_run *s, const char *port)
{
	for (size_t i = 0; i < TC_NEEDS_COUNT; i++)
		if (s->habit[i] && strcmp(s->at[i], port) == 0)
			return s->habit[i];
	return NULL;
}

static void acquit(struct suite_run *s)
{
	for (size_t i = 0; i < s->suite.n; i++) {
		struct tc_suite_case *c = &s->suite.cases[i];
		const char *habit;

		if (c->verdict != TC_CASE_FAIL || !presumes_silence(s, c))
			continue;
		habit = habit_at(s, s->at[c->head.needs]);
		if (!habit)
			continue;
		s->habit[c->head.needs] = habit;
		c->verdict = TC_CASE_INCONCLUSIVE;
		snprintf(c->why, sizeof c->why, "it needs a server that waits until it is spoken "
			 "to: this one %s each connection on its own account", habit);
	}
}

int suite_look_at_habits(struct suite_run *s, int stop_fd, struct tc_error *err)
{
	struct look l = { .s = s };
	struct tc_pool pool = {
		.at_once = 1, .errors_too = true, .stop_fd = stop_fd, .work = look,
		.done = looked, .ctx = &l,
	};
	int rc;

	choose(&l);
	pool.n_jobs = l.n;
	rc = l.n ? tc_pool_run(&pool, err) : 0;
	if (rc == 0)
		acquit(s);
	return rc;
}
