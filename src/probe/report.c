/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings as text for people, JSON lines and CSV for programs. */
#include "base/text.h"
#include "report/json.h"

#include <tcpcraft/probe.h>

#include <math.h>
#include <string.h>

static const char *sentence(const struct tc_finding *f)
{
	return f->sentence.data ? (const char *)f->sentence.data : "";
}

void tc_probe_text(struct tc_buf *out, const struct tc_probe_report *r,
		   const struct tc_finding *f)
{
	const struct tc_buf *lines = r->story ? &f->story : &f->evidence;

	tc_buf_printf(out, "%s:%u %s: %s: %s", r->host ? r->host : "*", r->port,
		      f->experiment->name, f->verdict, sentence(f));
	if (f->trials)
		tc_buf_printf(out, " [%u of %u trials]", f->agree, f->trials);
	tc_buf_printf(out, "\n");
	if (!r->evidence && !r->story)
		return;
	for (unsigned i = 0; i < f->n_facts; i++)
		tc_buf_printf(out, "  %-24s %s\n", f->facts[i].name, f->facts[i].text);
	if (f->unprovoked.habit != TC_HABIT_UNKNOWN)
		tc_buf_printf(out, "  unprovoked, the %-8s %s\n", f->peer,
			      tc_habit_name(f->unprovoked.habit));
	tc_buf_printf(out, "  %s\n", f->experiment->clause);
	tc_buf_add(out, lines->data, lines->len);
}

/* Whole numbers as such: programs compare them. */
static json_t *number(double v)
{
	if (fabs(v) < 9e15 && floor(v) == v)
		return json_integer((json_int_t)v);
	return json_real(v);
}

static void put_facts(json_t *o, const struct tc_finding *f)
{
	json_t *facts = json_object();

	for (unsigned i = 0; i < f->n_facts; i++) {
		const struct tc_fact *fact = &f->facts[i];

		if (fact->kind == TC_FACT_TEXT || fact->kind == TC_FACT_NOTE)
			put_text(facts, fact->name, fact->text);
		else
			json_object_set_new(facts, fact->name, number(fact->number));
	}
	put_some(o, "numbers", facts);
}

/* Which of them need not be the same in another run: for who reads them back. */
static void put_kind(json_t *o, const char *key, const struct tc_finding *f,
		     enum tc_fact_kind kind)
{
	json_t *names = json_array();

	for (unsigned i = 0; i < f->n_facts; i++)
		if (f->facts[i].kind == kind)
			json_array_append_new(names, json_string(f->facts[i].name));
	put_some(o, key, names);
}

static void put_evidence(json_t *o, const struct tc_buf *lines)
{
	json_t *list = json_array();
	const char *at = (const char *)lines->data, *end = at ? at + lines->len : NULL;

	while (at && at < end) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		size_t n = nl ? (size_t)(nl - at) : (size_t)(end - at);

		json_array_append_new(list, json_stringn(at, n));
		at += n + 1;
	}
	put_some(o, "evidence", list);
}

static void put_unprovoked(json_t *o, const struct tc_unprovoked *u)
{
	json_t *usual = json_object();

	put_text(usual, "habit", tc_habit_name(u->habit));
	put_int(usual, "bytes", u->bytes);
	if (u->habit != TC_HABIT_WAITS)
		json_object_set_new(usual, "after_s", json_real(u->after_s));
	json_object_set_new(usual, "watched_s", json_real(u->watched_s));
	if (u->habit != TC_HABIT_UNKNOWN)
		json_object_set(o, "unprovoked", usual);
	json_decref(usual);
}

void tc_probe_json(struct tc_buf *out, const struct tc_probe_report *r,
		   const struct tc_finding *f)
{
	json_t *o = tc_json_line(r->type ? r->type : "result");

	put_text(o, "command", r->command ? r->command : "probe");
	put_text(o, "experiment", r->name ? r->name : f->experiment->name);
	put_text(o, "verdict", f->verdict);
	if (f->has_value)
		json_object_set_new(o, "value", number(f->value));
	put_text(o, "host", r->host ? r->host : "");
	put_int(o, "port", r->port);
	put_text(o, "role", r->clients ? "client" : "");
	json_object_set_new(o, "told", json_boolean(f->answered));
	put_text(o, "sentence", sentence(f));
	if (f->trials) {
		put_int(o, "agree", f->agree);
		put_int(o, "trials", f->trials);
	}
	put_facts(o, f);
	put_kind(o, "measured", f, TC_FACT_MEASURE);
	put_kind(o, "noted", f, TC_FACT_NOTE);
	put_unprovoked(o, &f->unprovoked);
	put_text(o, "target_after", f->target_after ? f->target_after : "");
	put_evidence(o, &f->evidence);
	put_text(o, "clause", f->experiment->clause);
	put_int(o, "segments_sent", f->segments_sent);
	put_int(o, "segments_received", f->segments_received);
	put_int(o, "resets_leaked", f->resets_leaked);
	put_int(o, "seed", r->seed);
	put_int(o, "exit", (uint64_t)r->exit);
	tc_json_put_line(out, o);
}

void tc_probe_csv_head(struct tc_buf *out)
{
	tc_buf_text(out, "host,port,experiment,verdict,value,told,agree,trials,sentence,"
			 "numbers\n");
}

void tc_probe_csv(struct tc_buf *out, const struct tc_probe_report *r,
		  const struct tc_finding *f)
{
	struct tc_buf facts = { 0 };

	tc_text_cell(out, r->host ? r->host : "");
	tc_buf_printf(out, ",%u,%s,%s,", r->port, f->experiment->name, f->verdict);
	if (f->has_value)
		tc_buf_printf(out, "%.10g", f->value);
	tc_buf_printf(out, ",%s,", f->answered ? "yes" : "no");
	if (f->trials)
		tc_buf_printf(out, "%u,%u,", f->agree, f->trials);
	else
		tc_buf_text(out, ",,");
	tc_text_cell(out, sentence(f));
	tc_buf_text(out, ",");
	for (unsigned i = 0; i < f->n_facts; i++)
		tc_buf_printf(&facts, "%s%s=%s", i ? "; " : "", f->facts[i].name,
			      f->facts[i].text);
	tc_text_cell(out, facts.data ? (const char *)facts.data : "");
	tc_buf_text(out, "\n");
	tc_buf_free(&facts);
}
