/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps and the end, for people and as lines of JSON. */
#include "meet.h"

#include "report/json.h"

#include <string.h>

static const char *text_of(const struct tc_buf *b)
{
	return b->data && !b->failed ? (const char *)b->data : "";
}

static struct tc_probe_report report(const struct tc_meet_told *t, const char *step)
{
	return (struct tc_probe_report){
		.type = "step", .command = "meet", .name = step, .host = t->target.host,
		.port = t->target.port, .seed = t->seed, .exit = t->exit,
	};
}

void tc_meet_put_step(struct tc_buf *out, const struct tc_meet *m, size_t step,
		      const struct tc_meet_told *t)
{
	const struct tc_finding *f = &m->found[step];
	size_t n;
	const struct tc_meet_step *steps = tc_meet_steps(&n);

	if (strcmp(f->verdict, "not-asked") == 0 && !t->all)
		return;
	tc_buf_printf(out, "%-14s %s: %s\n", steps[step].name, f->verdict,
		      text_of(&f->sentence));
	for (unsigned i = 0; i < f->n_facts; i++)
		tc_buf_printf(out, "  %-18s %s\n", f->facts[i].name, f->facts[i].text);
	if (t->all)
		tc_buf_add(out, f->evidence.data, f->evidence.len);
}

void tc_meet_json_step(struct tc_buf *out, const struct tc_meet *m, size_t step,
		       const struct tc_meet_told *t)
{
	size_t n;
	struct tc_probe_report r = report(t, tc_meet_steps(&n)[step].name);

	tc_probe_json(out, &r, &m->found[step]);
}

static const char *say(const struct tc_meet *m, struct tc_buf *sentence)
{
	const char *verdict = tc_meet_verdict(m, sentence);

	if (m->stopped)
		tc_buf_text(sentence, " (stopped before the end)");
	return verdict;
}

void tc_meet_put_end(struct tc_buf *out, const struct tc_meet *m, const struct tc_meet_told *t)
{
	struct tc_buf sentence = { 0 };
	const char *verdict = say(m, &sentence);
	bool bare6 = strchr(t->target.host, ':') && *t->target.host != '[';

	tc_buf_printf(out, bare6 ? "[%s]:%u %s: %s\n" : "%s:%u %s: %s\n",
		      t->target.host, t->target.port, verdict, text_of(&sentence));
	tc_buf_free(&sentence);
}

void tc_meet_put_nexts(struct tc_buf *out, const struct tc_meet *m, const struct tc_meet_told *t)
{
	struct tc_buf command = { 0 };
	const char *why;

	for (unsigned i = 0; tc_meet_next(m, &t->target, i, &command, &why); i++) {
		tc_buf_printf(out, "%s  # %s\n  %s\n", i ? "" : "next, to copy:\n", why,
			      text_of(&command));
		command.len = 0;
	}
	tc_buf_free(&command);
}

static void put_next(json_t *o, const struct tc_meet *m, const struct tc_meet_told *t)
{
	json_t *list = json_array();
	struct tc_buf command = { 0 };
	const char *why;

	for (unsigned i = 0; tc_meet_next(m, &t->target, i, &command, &why); i++) {
		json_t *next = json_object();

		put_text(next, "command", text_of(&command));
		put_text(next, "why", why);
		json_array_append_new(list, next);
		command.len = 0;
	}
	put_some(o, "next", list);
	tc_buf_free(&command);
}

void tc_meet_json_end(struct tc_buf *out, const struct tc_meet *m, const struct tc_meet_told *t)
{
	struct tc_buf sentence = { 0 };
	const char *verdict = say(m, &sentence);
	json_t *o = tc_json_result_line("meet");

	put_text(o, "verdict", verdict);
	put_text(o, "host", t->target.host);
	put_int(o, "port", t->target.port);
	put_text(o, "sentence", text_of(&sentence));
	put_next(o, m, t);
	put_int(o, "seed", t->seed);
	put_int(o, "exit", (uint64_t)t->exit);
	tc_json_put_line(out, o);
	tc_buf_free(&sentence);
}
