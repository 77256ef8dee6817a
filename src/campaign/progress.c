/* SPDX-License-Identifier: BSD-2-Clause */
/* How far a campaign is: counted by kinds of reactions, and shown on a terminal. */
#include "campaign.h"

#include <tcpcraft/clock.h>

#include <string.h>

void campaign_count(struct campaign *g, const struct tc_fuzz_case *c,
		    const struct tc_fuzz_outcome *o)
{
	struct tc_fuzz_row *r = g->rows;

	g->cases++;
	while (r < g->rows + g->n_rows && (strcmp(r->field, c->field) != 0 ||
					   strcmp(r->segment, c->segment) != 0 ||
					   strcmp(r->value_class, c->value_class) != 0))
		r++;
	if (r == g->rows + ROWS_MAX)
		return;
	if (r == g->rows + g->n_rows) {
		*r = (struct tc_fuzz_row){ c->field, c->segment, c->value_class, { 0 } };
		g->n_rows++;
	}
	r->times[o->not_carried ? TC_VERDICTS : o->verdict]++;
}

/* How much of the cases that can be listed was tried, in percent. */
static double coverage(const struct campaign *g, uint64_t done)
{
	double all = (double)tc_fuzz_space_listed(g->space);
	double had = (double)g->first + (double)done * (double)g->o->fuzz.shards;

	return had < all ? 100 * had / all : 100;
}

static double seconds_left(const struct campaign *g, uint64_t done, tc_time now, double rate)
{
	double by_cases = -1, by_time = -1;

	if (g->end && rate > 0)
		by_cases = ((double)(g->end - g->first) / (double)g->o->fuzz.shards -
			    (double)done) / rate;
	if (g->o->fuzz.seconds)
		by_time = (double)(g->o->fuzz.seconds - (now - g->began)) / (double)TC_S;
	if (by_cases < 0 || (by_time >= 0 && by_time < by_cases))
		return by_time;
	return by_cases;
}

/* A narrow terminal cuts off the end of the line, so the time to go stands before it. */
static void put_progress(const struct campaign *g, uint64_t done, double rate, double left,
			 struct tc_buf *line)
{
	struct tc_json_found found = campaign_found(g);

	tc_buf_printf(line, "%llu cases, %.0f a second, ", (unsigned long long)done, rate);
	if (left >= 0)
		tc_buf_printf(line, "%.0f s to go, ", left);
	campaign_put_found(line, &found);
}

/* Cases of the window that is under way are counted, too: a window may last long. */
void campaign_progress(struct campaign *g)
{
	tc_time now = tc_clock_monotonic();
	struct tc_buf line = { 0 };
	uint64_t done = g->cases;
	bool looking = false;
	double rate, left;

	g->progress.o = g->o;
	if (!progress_is_due(&g->progress))
		return;
	if (!g->began && g->o->fuzz.listen) {
		progress_show(&g->progress, "waiting for a client at port %s", g->port);
		return;
	}
	if (!g->began) {
		progress_show(&g->progress, "asking %s how it answers a good request", g->host);
		return;
	}
	if (!g->small)
		done += tc_fuzz_under_way(g->fuzz, &looking) + g->done_in_jobs;
	rate = (double)done * (double)TC_S / (double)(now - g->began + 1);
	left = seconds_left(g, done, now, rate);
	put_progress(g, done, rate, left, &line);
	if (!g->o->fuzz.replay)
		tc_buf_printf(&line, ", %.0f %% of the space", coverage(g, done));
	if (g->small)
		tc_buf_printf(&line, "; making case %llu small",
			      (unsigned long long)g->small->c.number);
	else if (looking)
		tc_buf_printf(&line, "; looking for the case that broke it");
	progress_show(&g->progress, "%s", (char *)line.data);
	tc_buf_free(&line);
}
