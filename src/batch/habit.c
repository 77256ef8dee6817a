/* SPDX-License-Identifier: BSD-2-Clause */
/* What a server does unprovoked; see habit.h. */
#include "habit.h"

#include "files.h"
#include "many.h"
#include "share.h"

#include "host/pool.h"
#include "live/fail.h"
#include "report/beside.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* As long as the experiment `unprovoked` listens. */
#define SAYS_NOTHING \
	"0 < S 0:0(0) win 65535 <mss 1460>\n" \
	"* > S. 0:0(0) ack 1 <...>\n" \
	"+0 < . 1:1(0) ack 1 win 65535\n" \
	"+0 silence 3\n"

#define BIT(doing) (1u << (doing))

#define HANDSHAKE 3		/* events of it */

/* How much earlier a server may act than it did when it was looked at: a busy one varies. */
#define EARLIER TC_S

struct look {
	struct suite_run *s;
	enum tc_case_needs which[TC_NEEDS_COUNT];	/* ports */
	size_t n;
	struct seen {			/* by the child */
		struct tc_beside_side segments;
		struct tc_script_result result;
	} *seen;
};

/* ---- what a case saw ------------------------------------------------------------------- */

/* Does the case need a server that says nothing unasked? (With TC_NEEDS_NOBODY there is no server,
 * with TC_NEEDS_DUT we make its calls.) */
static bool presumes_silence(const struct suite_run *s, const struct tc_suite_case *c)
{
	return s->cases && s->at[c->head.needs] && c->head.needs != TC_NEEDS_NOBODY &&
	       c->head.needs != TC_NEEDS_DUT;
}

/* What the server did, by a segment in a script's notation: "FLAGS … (BYTES) …". A SYN,ACK that
 * comes again and a bare ACK are TCP's doing, not the server's. */
static unsigned doings_of(const char *text)
{
	size_t flags = strcspn(text, " ");
	const char *bytes = strchr(text, '(');

	if (memchr(text, 'S', flags))
		return 0;
	return (memchr(text, 'R', flags) ? BIT(SUITE_RESETS) : 0) |
	       (memchr(text, 'F', flags) ? BIT(SUITE_CLOSES) : 0) |
	       (bytes && bytes[1] != '0' ? BIT(SUITE_SPEAKS) : 0);
}

/* An ACK with a number beyond the one that is due: the server has sent data or a FIN that the
 * script does not know of. Or a window probe for such data, whose number is one below (RFC 9293
 * 3.8.6.1). */
static bool has_gone_on(const struct tc_script_result *r)
{
	return !memchr(r->seen, 'S', strcspn(r->seen, " ")) &&
	       (strstr(r->fields, "tcp.seq") || strncmp(r->seen, ". 0:0(", 6) == 0);
}

/* What an unprovoked server may have done, if this is what the case saw. Nothing: it may have ended
 * the connection (after mere data an answer would come, with a higher number), unless nothing ever
 * came. A reset: it may have closed before our data came (RFC 9293 3.6.1). A higher number: it
 * sent data, or closed. */
static unsigned doings_behind(const struct tc_script_result *r)
{
	unsigned doings = doings_of(r->seen);

	if (!r->seen[0])
		return r->silent ? 0 : BIT(SUITE_CLOSES) | BIT(SUITE_RESETS);
	if (doings & BIT(SUITE_RESETS))
		return doings | BIT(SUITE_CLOSES);
	return doings || !has_gone_on(r) ? doings : BIT(SUITE_SPEAKS) | BIT(SUITE_CLOSES);
}

/* Servers may be one, at one port. */
static bool is_one(const struct suite_run *s, enum tc_case_needs a, enum tc_case_needs b)
{
	return s->at[a] && s->at[b] && strcmp(s->at[a], s->at[b]) == 0;
}

/* Was one answered there that began behind that time? */
static bool answered_any(const struct suite_run *s, enum tc_case_needs needs, tc_time behind)
{
	for (size_t i = 0; i < s->suite.n; i++) {
		const struct tc_suite_case *c = &s->suite.cases[i];

		if (c->result.answered && c->began > behind && s->at[c->head.needs] &&
		    is_one(s, needs, c->head.needs))
			return true;
	}
	return false;
}

/* Whatever port it was asked at: a stack, or a server that has several, dies as one. */
static bool was_beside(const struct suite_run *s, const struct tc_suite_case *c)
{
	for (size_t i = 0; i < s->suite.n; i++) {
		const struct tc_suite_case *o = &s->suite.cases[i];

		if (o != c && o->asked && o->began < c->ended && c->began < o->ended)
			return true;
	}
	return false;
}

void suite_note_beside(struct suite_run *s)
{
	for (size_t i = 0; i < s->suite.n; i++)
		s->suite.cases[i].beside = was_beside(s, &s->suite.cases[i]);
}

/* Did it see what who ended its server sees? */
static bool saw_its_end(const struct tc_suite_case *c)
{
	return c->verdict == TC_CASE_FAIL && doings_behind(&c->result) & BIT(SUITE_RESETS);
}

static void acquit_beside(struct tc_suite_case *c)
{
	c->verdict = TC_CASE_INCONCLUSIVE;
	snprintf(c->why, sizeof c->why, "its server was gone behind it, and others were asked "
		 "beside it: --jobs 1 tells which of them ended it");
}

/* Who died of one case answers those beside it no more, and each of them may be that one: which,
 * is told by asking again if it comes back. Who answers nobody from then on accuses nobody. Behind a
 * case that ended it nobody was answered. */
static void acquit_at_grave(const struct suite_run *s, struct tc_suite_case *c)
{
	if (c->verdict == TC_CASE_INCONCLUSIVE && !c->result.answered && !c->why[0] &&
	    !answered_any(s, c->head.needs, c->began))
		snprintf(c->why, sizeof c->why, "nobody takes a connection at %s any more",
			 s->at[c->head.needs]);
	else if (!saw_its_end(c) || answered_any(s, c->head.needs, c->ended))
		return;
	else if (c->beside)
		acquit_beside(c);
	else
		snprintf(c->why, sizeof c->why, "its server was gone behind it: it has ended, or "
			 "was ended");
}

void suite_keep(const struct suite_run *s, struct tc_suite_case *c,
		const struct tc_suite_case *again)
{
	if (presumes_silence(s, c) && saw_its_end(c) && c->beside &&
	    doings_of(again->result.seen) & BIT(SUITE_RESETS))
		acquit_beside(c);
}

/* Of what is done at its port unasked. */
static void acquit_of_habit(const struct suite_habit *h, struct tc_suite_case *c)
{
	static const char *const words[SUITE_DOINGS] = {
		[SUITE_SPEAKS] = "speaks on", [SUITE_CLOSES] = "closes",
		[SUITE_RESETS] = "resets",
	};
	unsigned doings = doings_behind(&c->result);

	for (unsigned i = 0; i < SUITE_DOINGS; i++) {
		if (!(doings & BIT(i)) || !h->after[i] || h->after[i] > c->took + EARLIER)
			continue;
		c->verdict = TC_CASE_INCONCLUSIVE;
		c->acquitted = true;
		snprintf(c->why, sizeof c->why, "it needs a server that waits until it is spoken "
			 "to: this one %s each connection on its own account", words[i]);
		return;
	}
}

void suite_acquit(const struct suite_run *s, struct tc_suite_case *c)
{
	const struct suite_habit *h = &s->habit[c->head.needs];

	if (!presumes_silence(s, c) ||
	    (c->verdict != TC_CASE_FAIL && c->verdict != TC_CASE_INCONCLUSIVE))
		return;
	if (h->nobody) {
		c->verdict = TC_CASE_INCONCLUSIVE;
		c->acquitted = true;
		snprintf(c->why, sizeof c->why, "it needs a port that accepts: nobody took a "
			 "connection at %s", s->at[c->head.needs]);
	} else if (h->gone) {
		acquit_at_grave(s, c);
	} else if (c->verdict == TC_CASE_FAIL) {
		acquit_of_habit(h, c);
	}
}

/* ---- the look -------------------------------------------------------------------------- */

bool suite_awaits_look(const struct suite_run *s, const struct tc_suite_case *c)
{
	return c->verdict == TC_CASE_FAIL && presumes_silence(s, c) &&
	       !s->habit[c->head.needs].looked;
}

static int look(void *ctx, size_t job)
{
	struct look *l = ctx;
	struct suite_run *s = l->s;
	struct script_place place = suite_share_look(s->share, l->which[job]);

	suite_files_leave(s->files);
	memset(l->seen, 0, sizeof *l->seen);
	place.text = SAYS_NOTHING;
	place.account = &l->seen->segments;
	s->o->script.dut = NULL;
	s->o->html_file = NULL;
	s->o->write_file = NULL;
	return script_one(s->o, "unprovoked", s->host, s->at[l->which[job]], place,
			  &l->seen->result);
}

/* It refused the connection, or was silent for the second time. */
static bool is_gone(struct look *l, enum tc_case_needs needs)
{
	const struct tc_script_result *r = &l->seen->result;
	bool refused = doings_of(r->seen) & BIT(SUITE_RESETS);

	if (r->answered || (!refused && !r->silent))
		return false;
	return refused || l->s->habit[needs].silent++;
}

void suite_took(struct suite_run *s, const struct tc_suite_case *c)
{
	for (unsigned i = 0; c->result.answered && i < TC_NEEDS_COUNT; i++)
		if (s->habit[i].gone && is_one(s, c->head.needs, i))
			s->habit[i] = (struct suite_habit){ 0 };
}

static void note(struct suite_habit *h, const struct tc_beside_row *row)
{
	unsigned doings = row->ours ? 0 : doings_of(row->text);

	for (unsigned i = 0; i < SUITE_DOINGS; i++)
		if (doings & BIT(i) && !h->after[i])
			h->after[i] = row->at;
}

static bool looked(void *ctx, size_t job, int code, struct tc_buf *out)
{
	struct look *l = ctx;
	const struct tc_beside_side *seen = &l->seen->segments;
	struct suite_habit habit = { .looked = true };

	(void)out;
	if (code >= EXIT_SIGNAL)
		return true;
	l->s->kernel_resets += l->seen->result.kernel_resets;
	if (code == EXIT_MACHINE)
		return true;
	habit.gone = l->seen->result.events < HANDSHAKE;
	if (habit.gone && !is_gone(l, l->which[job]))
		return true;	/* a segment was lost */
	/* (who died of a case had answered another before, or that one) */
	habit.nobody = habit.gone && !answered_any(l->s, l->which[job], 0);
	/* (that a port which is gone refuses us is no habit of who was there) */
	for (unsigned i = 0; i < seen->n && !habit.gone; i++)
		note(&habit, &seen->rows[i]);
	for (unsigned i = 0; i < TC_NEEDS_COUNT; i++)
		if (is_one(l->s, l->which[job], i))
			l->s->habit[i] = habit;
	return true;
}

static bool is_chosen(const struct look *l, enum tc_case_needs needs)
{
	for (size_t i = 0; i < l->n; i++)
		if (is_one(l->s, l->which[i], needs))
			return true;
	return false;
}

static void choose(struct look *l)
{
	const struct tc_suite *all = &l->s->suite;

	l->n = 0;
	for (size_t i = 0; i < all->n; i++) {
		const struct tc_suite_case *c = &all->cases[i];

		if (suite_awaits_look(l->s, c) && !is_chosen(l, c->head.needs))
			l->which[l->n++] = c->head.needs;
	}
}

static int look_at_all(struct look *l, int stop_fd, struct tc_error *err)
{
	struct tc_pool pool = {
		.n_jobs = l->n, .at_once = 1, .errors_too = true, .stop_fd = stop_fd,
		.work = look, .done = looked, .ctx = l,
	};
	int rc;

	l->seen = mmap(NULL, sizeof *l->seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	if (l->seen == MAP_FAILED)
		return tc_fail_errno(err, "no memory to share with children");
	rc = tc_pool_run(&pool, err);
	munmap(l->seen, sizeof *l->seen);
	return rc;
}

int suite_look_at_habits(struct suite_run *s, int stop_fd, struct tc_error *err)
{
	struct look l = { .s = s };
	int rc = 0;

	for (unsigned times = 0; times < 2 && rc == 0; times++) {	/* one may be lost */
		choose(&l);
		rc = l.n ? look_at_all(&l, stop_fd, err) : 0;
	}
	for (size_t i = 0; i < s->suite.n; i++)
		suite_acquit(s, &s->suite.cases[i]);
	return rc;
}
