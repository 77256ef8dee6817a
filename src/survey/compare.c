/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft probe compare: two peers, or one now and then; only what differs. */
#include "survey.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (16u << 20)
#define NAME_MAX_LEN 80

struct side {
	const struct tc_finding *f;
	size_t n;
	char name[NAME_MAX_LEN];
};

struct comparing {
	struct probing *p;
	struct side a, b;
	struct tc_buf saved;		/* of struct tc_finding, from the file */
	struct tc_buf out;
	struct tc_probe_compare sum;
};

/* The last of an experiment: a file may hold several runs. */
static const struct tc_finding *find(const struct side *s, const struct tc_experiment *e)
{
	for (size_t i = s->n; i-- > 0;)
		if (s->f[i].experiment == e)
			return &s->f[i];
	return NULL;
}

static int read_saved(struct comparing *c, struct tc_error *err)
{
	const char *path = c->p->o->probe.against;
	struct tc_buf text = { 0 };
	struct tc_error why = { 0 };

	if (tc_buf_read_file(&text, path, FILE_MAX, &why) >= 0)
		probing_findings(&c->saved, &text, &why);
	tc_buf_free(&text);
	if (why.code == 0 && c->saved.len == 0)
		tc_fail(&why, -EINVAL, "no results of probe --save or --json are in there");
	return why.code ? tc_fail(err, -EINVAL, "%s: %s", path, why.msg) : 0;
}

static void say(struct comparing *c, const struct tc_experiment *e,
		const struct tc_diff *pair)
{
	for (unsigned i = 0; i < pair->n; i++)
		tc_buf_printf(&c->out, "%-18s %-24s %-28s %s\n", i ? "" : e->name,
			      pair->at[i].name, *pair->at[i].a ? pair->at[i].a : "-",
			      *pair->at[i].b ? pair->at[i].b : "-");
}

static void say_rows(struct comparing *c, const struct tc_experiment *e,
		     const struct tc_diff *pair)
{
	for (unsigned i = 0; i < pair->n; i++) {
		const char *const cells[] = { pair->at[i].name, pair->at[i].a, pair->at[i].b };

		tc_buf_text(&c->out, e->name);
		for (unsigned k = 0; k < 3; k++) {
			tc_buf_text(&c->out, ",");
			tc_text_cell(&c->out, cells[k]);
		}
		tc_buf_text(&c->out, "\n");
	}
}

static void compare_one(struct comparing *c, const struct tc_experiment *e)
{
	const struct tc_finding *a = find(&c->a, e), *b = find(&c->b, e);
	struct tc_diff pair;

	if (!a || !b)
		return;
	c->sum.compared++;
	if (tc_finding_diff(&pair, a, b) == 0)
		return;
	c->sum.different++;
	if (c->p->o->json)
		tc_probe_diff_json(&c->out, e, &pair);
	else if (c->p->o->csv)
		say_rows(c, e, &pair);
	else if (!c->p->o->quiet)
		say(c, e, &pair);
}

static void sum_up(struct comparing *c)
{
	struct tc_probe_compare *s = &c->sum;

	if (s->compared == 0) {
		s->verdict = "could-not-tell";
		s->exit = EXIT_PEER;
	} else {
		s->verdict = s->different ? "different" : "same";
		s->exit = s->different ? EXIT_FINDING : EXIT_DONE;
	}
	if (c->p->o->json)
		tc_probe_compare_json(&c->out, s);
	else if (!c->p->o->csv)
		tc_buf_printf(&c->out, "%s: %u of %u experiments differ between %s and %s\n",
			      s->verdict, s->different, s->compared, s->a, s->b);
}

static void name_side(struct probing *p, struct side *s, size_t target)
{
	const struct tc_target *t =
		&((const struct tc_target *)(const void *)p->targets.data)[target];

	snprintf(s->name, sizeof s->name, "%s:%u", t->host, t->port ? t->port : p->port);
}

/* What belongs to whom: one after the other, as they were visited. */
static void choose_sides(struct comparing *c)
{
	struct probing *p = c->p;

	c->a.f = (const struct tc_finding *)(const void *)p->kept.data;
	c->a.n = p->kept.len / sizeof(struct tc_finding);
	name_side(p, &c->a, 0);
	if (p->o->probe.against) {
		c->b.f = (const struct tc_finding *)(const void *)c->saved.data;
		c->b.n = c->saved.len / sizeof(struct tc_finding);
		snprintf(c->b.name, sizeof c->b.name, "%s", p->o->probe.against);
	} else {
		c->b.n = c->a.n - p->n_first;
		c->b.f = c->a.f + p->n_first;
		c->a.n = p->n_first;
		name_side(p, &c->b, 1);
	}
	c->sum.a = c->a.name;
	c->sum.b = c->b.name;
}

static void free_findings(struct tc_buf *all)
{
	struct tc_finding *f = (struct tc_finding *)(void *)all->data;

	for (size_t i = 0; i < all->len / sizeof *f; i++)
		tc_finding_free(&f[i]);
	tc_buf_free(all);
}

int probing_compare(struct probing *p)
{
	struct comparing c = { .p = p };
	struct tc_error err = { 0 };
	size_t want = p->o->probe.against ? 1 : 2;
	int code = 0;

	if (p->n_targets != want)
		tc_fail(&err, -EINVAL, "compare takes two hosts (a,b), or one and --against FILE; "
			"here are %zu", p->n_targets);
	else if (p->o->probe.against)
		read_saved(&c, &err);
	code = err.code ? fail(p->o, EXIT_USAGE, &err) : probing_visit_all(p);
	/* what was asked before a signal or a fault is still compared */
	if (p->kept.len) {
		choose_sides(&c);
		if (p->o->csv && !p->o->json)
			tc_buf_text(&c.out, "experiment,name,a,b\n");
		for (size_t i = 0; i < p->n_chosen; i++)
			compare_one(&c, p->chosen[i]);
		sum_up(&c);
		terminal_write(p->o, stdout, c.out.data, c.out.len);
		code = code <= EXIT_PEER ? c.sum.exit : code;
	}
	free_findings(&c.saved);
	free_findings(&p->kept);
	tc_buf_free(&c.out);
	return code;
}
