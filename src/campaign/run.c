/* SPDX-License-Identifier: BSD-2-Clause */
/* The cases of a campaign, window by window. */
#include "campaign.h"

#include <tcpcraft/clock.h>
#include <tcpcraft/error.h>

#include <stdlib.h>

/* Cases of a window per connection at once: more where that takes no time. What is found, or is
 * lost by a kill, is of a window, and the next one breeds from it: it takes some two seconds at most,
 * but for jobs, which wait for each other. */
#define WINDOW_ROUNDS 4
#define WINDOW_ROUNDS_MOST 32
#define WINDOW_ROUNDS_JOBS 64
#define WINDOW_LONG (2 * TC_S)

static bool next_case(struct campaign_source *s, struct tc_fuzz_case *c)
{
	const struct fuzz_options *z = &s->g->o->fuzz;

	if (!s->journal) {
		if (s->g->end && s->next >= s->g->end)
			return false;
		tc_fuzz_space_case(s->g->space, s->next, c);
		campaign_breed(s->g, c);
		s->next += z->shards;
		return true;
	}
	for (; s->next < s->journal->n; s->next++)
		if (z->all || s->journal->entries[s->next].c.number == z->case_number) {
			*c = s->journal->entries[s->next++].c;
			return true;
		}
	return false;
}

static unsigned window_of(const struct campaign *g, unsigned rounds)
{
	unsigned parallel = g->o->fuzz.parallel, n = parallel * rounds;

	return parallel == 1 ? 1 : n < CAMPAIGN_WINDOW_MAX ? n : CAMPAIGN_WINDOW_MAX;
}

static unsigned window_most(const struct campaign *g)
{
	return window_of(g, g->jobs ? WINDOW_ROUNDS_JOBS : WINDOW_ROUNDS_MOST);
}

/* How many cases the next window has. At its end the slowest case is waited for, so long windows
 * waste less time; if the server was not well the window is short, as its cases are run again. */
static unsigned next_window(const struct campaign *g, unsigned most, bool well, tc_time took)
{
	unsigned least = window_of(g, WINDOW_ROUNDS);
	unsigned limit = window_most(g);

	if (!well || most == 1)
		return least;
	if (took > WINDOW_LONG)
		return most / 2 > least ? most / 2 : least;
	return took > WINDOW_LONG / 2 ? most : most < limit / 2 ? 2 * most : limit;
}

/* Was the server well in it, and after it as far as somebody asked? */
static bool was_well(const struct tc_fuzz_outcome *out, unsigned n)
{
	if (tc_fuzz_asked(out, n) < n)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (out[i].control && !out[i].control_good)
			return false;
	return true;
}

/* One of n cases: what was over, without a gap, is recorded, --resume goes on behind it. */
static int run_window(struct campaign_source *s, struct tc_fuzz_case *cases,
		      struct tc_fuzz_outcome *out, unsigned n, struct tc_error *err)
{
	struct campaign *g = s->g;
	unsigned asked;
	int rc;

	campaign_watch_edges(g);
	rc = campaign_jobs_run(g, cases, out, n, err);
	if (rc == 0)
		campaign_keep(g, cases, out);
	g->gone = rc < 0;
	asked = tc_fuzz_asked(out, n);
	campaign_record(g, cases, out, asked);
	/* the others come again */
	s->next -= s->journal ? n - asked : (n - asked) * s->g->o->fuzz.shards;
	return rc;
}

int campaign_run(struct campaign *g, struct campaign_source *s, struct tc_error *err)
{
	struct tc_fuzz_case *cases = campaign_cases(g);
	struct tc_fuzz_outcome *out = campaign_outcomes(g);
	unsigned most = window_of(g, WINDOW_ROUNDS), n = 1;
	int rc = cases && out ? 0 : tc_nomem(err);
	tc_time began;

	g->began = tc_clock_monotonic();
	campaign_tapes_keep(g, window_most(g));
	if (rc == 0)
		rc = campaign_retrace(g, err);
	while (rc == 0 && n > 0 && !g->full && (!g->o->fuzz.seconds ||
	       tc_clock_monotonic() - g->began < g->o->fuzz.seconds)) {
		began = tc_clock_monotonic();
		for (n = 0; n < most && next_case(s, &cases[n]); n++)
			;
		if (n > 0)
			rc = run_window(s, cases, out, n, err);
		most = next_window(g, most, was_well(out, n), tc_clock_monotonic() - began);
	}
	if (rc == 0 && !g->full) {
		rc = tc_fuzz_last_look(g->fuzz, err);
		g->gone = rc < 0;
		campaign_record(g, NULL, NULL, 0);
	}
	g->ended = tc_clock_monotonic();
	if (!g->jobs) {
		free(cases);
		free(out);
	}
	return rc;
}
