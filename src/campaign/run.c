/* SPDX-License-Identifier: BSD-2-Clause */
/* The cases of a campaign, window by window. */
#include "campaign.h"

#include <tcpcraft/clock.h>
#include <tcpcraft/error.h>

#include <stdlib.h>

#define WINDOW_ROUNDS 4		/* cases of a window per connection at once, … */
#define WINDOW_MAX 16384
#define WINDOW_SHORT (2 * TC_S)	/* … and more after one of this length at most */

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

/* Those that were over, without a gap: --resume goes on behind them. */
static unsigned done_before_stop(const struct tc_fuzz_outcome *out, unsigned n)
{
	unsigned i = 0;

	while (i < n && out[i].verdict != TC_VERDICT_INTERRUPTED)
		i++;
	return i;
}

static unsigned least_window(const struct campaign *g)
{
	unsigned parallel = g->o->fuzz.parallel, n = parallel * WINDOW_ROUNDS;

	return parallel == 1 ? 1 : n < WINDOW_MAX ? n : WINDOW_MAX;
}

/* A window ends with waiting for the slowest of its cases: the longer it is the less of the
 * time that takes. A short one where the server was not well: its cases are gone through again. */
static unsigned next_window(const struct campaign *g, unsigned most, bool well, tc_time took)
{
	if (!well || most == 1)
		return least_window(g);
	return took > WINDOW_SHORT || most > WINDOW_MAX / 2 ? most : 2 * most;
}

/* Was the server well after it, as far as somebody asked? */
static bool was_well(const struct tc_fuzz_outcome *out, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (out[i].control && !out[i].control_good)
			return false;
	return true;
}

/* One of n cases. */
static int run_window(struct campaign *g, struct tc_fuzz_case *cases,
		      struct tc_fuzz_outcome *out, unsigned n, struct tc_error *err)
{
	int rc;

	campaign_watch_edges(g);
	rc = tc_fuzz_run(g->fuzz, cases, n, out, err);
	if (rc == 0)
		campaign_keep(g, cases, out);
	g->gone = rc < 0;
	campaign_record(g, cases, out, rc == 0 ? n : done_before_stop(out, n));
	return rc;
}

static bool has_time(const struct campaign *g)
{
	return !g->o->fuzz.seconds ||
	       tc_clock_monotonic() - g->began < g->o->fuzz.seconds;
}

int campaign_run(struct campaign *g, struct campaign_source *s, struct tc_error *err)
{
	struct tc_fuzz_case *cases = calloc(WINDOW_MAX, sizeof *cases);
	struct tc_fuzz_outcome *out = calloc(WINDOW_MAX, sizeof *out);
	unsigned most = least_window(g), n = 1;
	int rc = cases && out ? 0 : tc_nomem(err);
	tc_time began;

	g->began = tc_clock_monotonic();
	while (rc == 0 && n > 0 && !g->full && has_time(g)) {
		began = tc_clock_monotonic();
		for (n = 0; n < most && next_case(s, &cases[n]); n++)
			;
		if (n > 0)
			rc = run_window(g, cases, out, n, err);
		most = next_window(g, most, was_well(out, n), tc_clock_monotonic() - began);
	}
	if (rc == 0 && !g->full) {
		rc = tc_fuzz_last_look(g->fuzz, err);
		g->gone = rc < 0;
		campaign_record(g, NULL, NULL, 0);
	}
	g->ended = tc_clock_monotonic();
	free(cases);
	free(out);
	return rc;
}
