/* SPDX-License-Identifier: BSD-2-Clause */
/* What a campaign tells besides its findings: progress, the table at the end. */
#include "campaign.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int by_name(const void *a, const void *b)
{
	const struct tc_fuzz_row *x = a, *y = b;
	int order = strcmp(x->field, y->field);

	if (!order)
		order = strcmp(x->segment, y->segment);
	return order ? order : strcmp(x->value_class, y->value_class);
}

static void put_table(const struct campaign *g, struct tc_buf *out)
{
	for (unsigned i = 0; i < g->n_rows; i++) {
		const struct tc_fuzz_row *r = &g->rows[i];
		const char *sep = "";

		tc_buf_printf(out, "%-24s %-4s %-9s ", r->field, r->segment, r->value_class);
		for (unsigned k = 0; k < TC_FUZZ_REACTIONS; k++)
			if (r->times[k]) {
				tc_buf_printf(out, "%s%s %u", sep, tc_fuzz_reaction_name(k),
					      r->times[k]);
				sep = ", ";
			}
		tc_buf_text(out, "\n");
	}
}

/* The campaign in a sentence. */
static void put_sum(const struct campaign *g, struct tc_buf *out)
{
	double seconds = (double)(g->ended - g->began) / (double)TC_S;
	uint64_t covered, pairs = tc_fuzz_space_pairs(g->space, g->first + g->cases, &covered);
	struct tc_json_found found = campaign_found(g);

	tc_buf_printf(out, "%llu cases in %.1f s (%.0f a second), ",
		      (unsigned long long)g->cases, seconds,
		      seconds > 0 ? (double)g->cases / seconds : 0);
	campaign_put_found(out, &found);
	if (found.edges)
		tc_buf_printf(out, "; %u edges, %u cases kept", found.edges, found.kept);
	if (g->n_known)
		tc_buf_printf(out, "; %u known", g->n_known);
	tc_buf_printf(out, ", seed %llu; ", (unsigned long long)g->o->seed);
	if (pairs)
		tc_buf_printf(out, "%llu of %llu pairs of value classes; ",
			      (unsigned long long)covered, (unsigned long long)pairs);
	tc_guard_sentence(out, &g->live.sum);
	if (g->o->fuzz.against) {
		tc_buf_printf(out, "; with %s ", g->o->fuzz.against);
		tc_guard_sentence(out, &g->other_sum);
	}
}

/* Findings that matter come first. */
static int put_findings(struct campaign *g, struct tc_html *page, bool novel,
			struct tc_error *err)
{
	int rc = 0;

	for (unsigned i = 0; i < g->n_findings && rc >= 0; i++) {
		const struct finding *f = &g->findings[i];
		struct tc_json_finding j = campaign_json(f);
		struct tc_buf command = { 0 };

		if (f->again || (f->kind == TC_FUZZ_NOVEL) != novel)
			continue;
		campaign_put_command(g, f, &command);
		rc = tc_fuzz_html_finding(page, &j, f->times, (const char *)command.data, err);
		tc_buf_free(&command);
	}
	return rc;
}

int campaign_page(struct campaign *g, int code)
{
	struct tc_buf sum = { 0 };
	struct tc_error err = { 0 };
	int rc = -EINTR;

	if (!g->page)
		return code;
	if (g->ended) {
		put_sum(g, &sum);
		tc_html_say(g->page, (const char *)sum.data);
		tc_buf_free(&sum);
		rc = put_findings(g, g->page, false, &err);
		if (rc >= 0)
			rc = tc_fuzz_html_table(g->page, g->rows, g->n_rows, &err);
		if (rc >= 0)
			rc = put_findings(g, g->page, true, &err);
	}
	if (rc < 0)
		tc_html_abort(g->page);
	else
		rc = tc_html_close(g->page, &err);
	g->page = NULL;
	return rc < 0 && g->ended ? fail(g->o, EXIT_MACHINE, &err) : code;
}

void campaign_summary(struct campaign *g, int code)
{
	double seconds = (double)(g->ended - g->began) / (double)TC_S;
	struct tc_buf line = { 0 };

	progress_wipe(&g->progress);
	qsort(g->rows, g->n_rows, sizeof g->rows[0], by_name);
	if (g->o->json) {
		for (const struct tc_fuzz_row *r = g->rows; r < g->rows + g->n_rows; r++)
			tc_json_reaction(&line, r);
		tc_json_campaign(&line, g->cases, campaign_found(g), g->o->seed, seconds, code,
				 &g->live.sum, g->o->fuzz.against ? &g->other_sum : NULL);
		terminal_give(g->o, stdout, &line);
		return;
	}
	if (g->o->quiet)
		return;
	put_table(g, &line);
	put_sum(g, &line);
	terminal_line(g->o, stdout, &line);
	tc_buf_free(&line);
}
