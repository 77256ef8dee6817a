/* SPDX-License-Identifier: BSD-2-Clause */
/* What a campaign tells: findings as they come, progress, the table at the end. */
#include "fuzz_run.h"

#include <tcpcraft/hex.h>
#include <tcpcraft/prot.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRESS_NS (200 * TC_MS)

static bool same_finding(const struct finding *f, const struct tc_fuzz_case *c,
			 const struct tc_fuzz_outcome *o)
{
	if (f->kind != o->kind)
		return false;
	if (o->kind == TC_FUZZ_NOVEL || o->kind == TC_FUZZ_DIED)
		if (strcmp(f->why, o->why) != 0)
			return false;
	return o->kind == TC_FUZZ_NOVEL || strcmp(f->c.field, c->field) == 0;
}

static void count_reaction(struct campaign *g, const struct tc_fuzz_case *c,
			   const struct tc_fuzz_outcome *o)
{
	unsigned i = 0;

	while (i < g->n_rows && (strcmp(g->rows[i].field, c->field) != 0 ||
				 strcmp(g->rows[i].value_class, c->value_class) != 0))
		i++;
	if (i == ROWS_MAX)
		return;
	if (i == g->n_rows)
		g->rows[g->n_rows++] = (struct reaction_row){ c->field, c->value_class, { 0 } };
	g->rows[i].times[o->not_carried ? TC_VERDICTS : o->verdict]++;
}

struct finding *campaign_count(struct campaign *g, const struct tc_fuzz_case *c,
			       const struct tc_fuzz_outcome *o)
{
	struct finding *f;

	g->cases++;
	count_reaction(g, c, o);
	if (o->kind == TC_FUZZ_NOTHING)
		return NULL;
	for (unsigned i = 0; i < g->n_findings; i++)
		if (same_finding(&g->findings[i], c, o)) {
			g->findings[i].times++;
			return NULL;
		}
	if (g->n_findings == FINDINGS_MAX)
		return NULL;
	f = &g->findings[g->n_findings++];
	*f = (struct finding){ .kind = o->kind, .c = *c, .times = 1 };
	memcpy(f->why, o->why, sizeof f->why);
	return f;
}

bool campaign_had(struct campaign *g, struct finding *f)
{
	for (struct finding *e = g->findings; e < f && f->minimized; e++)
		if (e->kind == f->kind && e->minimized && e->c.n_rules == f->c.n_rules &&
		    memcmp(e->c.rule, f->c.rule, sizeof f->c.rule) == 0) {
			e->times += f->times;
			f->again = true;
		}
	return f->again;
}

static unsigned findings(const struct campaign *g)
{
	unsigned n = 0;

	for (unsigned i = 0; i < g->n_findings; i++)
		n += !g->findings[i].again;
	return n;
}

bool campaign_found(const struct campaign *g)
{
	for (unsigned i = 0; i < g->n_findings; i++)
		if (g->findings[i].kind != TC_FUZZ_NOVEL)
			return true;
	return false;
}

/* As a person would type it. */
static void put_command(const struct campaign *g, const struct finding *f, bool connect,
			struct tc_buf *out)
{
	size_t before = connect ? 0 : TC_PROT_HEAD, after = connect ? 0 : TC_PROT_TAIL;

	for (unsigned i = 0; i < f->c.n_rules; i++)
		tc_buf_printf(out, "%s--mutate '%s'", i ? " " : "", f->c.rule[i]);
	tc_buf_printf(out, " --data ");
	tc_hex_encode(out, g->request.data + before, g->request.len - before - after);
}

void campaign_print_finding(struct campaign *g, const struct finding *f)
{
	bool connect = g->o->fuzz.oracle && strcmp(g->o->fuzz.oracle, "connect") == 0;
	struct tc_buf line = { 0 };

	if (g->shown_at)
		fprintf(stderr, "\r\033[K");
	if (!g->o->json)
		put_command(g, f, connect, &line);
	if (g->o->json) {
		tc_json_finding(&line, &f->c, f->kind, f->why, f->repeat, f->minimized);
		fwrite(line.data, 1, line.len, stdout);
	} else if (!g->o->quiet) {
		printf("%s: case %llu: %s\n    tcpcraft %s %s %s %s\n",
		       tc_fuzz_kind_name(f->kind), (unsigned long long)f->c.number, f->why,
		       connect ? "connect" : "prot", g->host, g->port, (char *)line.data);
		if (f->repeat > 1)
			printf("    it adds up: so often that the server gives in\n");
	}
	fflush(stdout);
	tc_buf_free(&line);
}

void campaign_progress(struct campaign *g)
{
	tc_time now = tc_clock_monotonic();
	double rate, left;

	if (g->o->quiet || now < g->shown_at || !isatty(STDERR_FILENO))
		return;
	g->shown_at = now + PROGRESS_NS;
	rate = (double)g->cases * (double)TC_S / (double)(now - g->began + 1);
	left = g->end ? (double)(g->end - g->first) - (double)g->cases : 0;
	fprintf(stderr, "\r%llu cases, %.0f a second, %u findings, %u classes of values seen",
		(unsigned long long)g->cases, rate, findings(g), g->n_rows);
	if (left > 0)
		fprintf(stderr, ", %.0f s to go", left / (rate > 0 ? rate : 1));
	fprintf(stderr, " \033[K");
}

static int by_name(const void *a, const void *b)
{
	const struct reaction_row *x = a, *y = b;
	int order = strcmp(x->field, y->field);

	return order ? order : strcmp(x->value_class, y->value_class);
}

static const char *reaction_name(unsigned i)
{
	return i == TC_VERDICTS ? "not-carried" : tc_verdict_name((enum tc_verdict)i);
}

static void print_table(struct campaign *g)
{
	qsort(g->rows, g->n_rows, sizeof g->rows[0], by_name);
	for (unsigned i = 0; i < g->n_rows; i++) {
		const struct reaction_row *r = &g->rows[i];
		const char *sep = "";

		printf("%-24s %-9s ", r->field, r->value_class);
		for (unsigned k = 0; k < REACTIONS; k++)
			if (r->times[k]) {
				printf("%s%s %u", sep, reaction_name(k), r->times[k]);
				sep = ", ";
			}
		printf("\n");
	}
}

void campaign_summary(struct campaign *g, int code)
{
	double seconds = (double)(g->ended - g->began) / (double)TC_S;
	uint64_t covered, pairs = tc_fuzz_space_pairs(g->space, g->first + g->cases, &covered);
	struct tc_buf line = { 0 };

	if (g->shown_at)
		fprintf(stderr, "\r\033[K");
	if (g->o->json) {
		tc_json_campaign(&line, g->cases, findings(g), g->o->seed, seconds, code);
		fwrite(line.data, 1, line.len, stdout);
		tc_buf_free(&line);
		return;
	}
	if (g->o->quiet)
		return;
	print_table(g);
	printf("%llu cases in %.1f s (%.0f a second), %u findings, seed %llu; ",
	       (unsigned long long)g->cases, seconds,
	       seconds > 0 ? (double)g->cases / seconds : 0, findings(g),
	       (unsigned long long)g->o->seed);
	if (pairs)
		printf("%llu of %llu pairs of value classes; ", (unsigned long long)covered,
		       (unsigned long long)pairs);
	tc_guard_sentence(&line, &g->live.sum);
	printf("%s\n", (char *)line.data);
	tc_buf_free(&line);
}
