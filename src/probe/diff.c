/* SPDX-License-Identifier: BSD-2-Clause */
/* Two findings beside each other, and findings read back from their JSON lines. */
#include "report/json.h"

#include <tcpcraft/error.h>
#include <tcpcraft/probe.h>

#include <errno.h>
#include <string.h>

/* ---- back from JSON --------------------------------------------------------------- */

static void copy_text(char *to, size_t cap, const json_t *from)
{
	const char *text = json_string_value(from);

	snprintf(to, cap, "%s", text ? text : "");
}

static bool is_in(const json_t *names, const char *name)
{
	for (size_t i = 0; i < json_array_size(names); i++) {
		const char *one = json_string_value(json_array_get(names, i));

		if (one && strcmp(one, name) == 0)
			return true;
	}
	return false;
}

static void read_facts(struct tc_finding *f, const json_t *o)
{
	json_t *facts = json_object_get(o, "numbers"), *value;
	const json_t *measured = json_object_get(o, "measured");
	const json_t *noted = json_object_get(o, "noted");
	const char *name;

	json_object_foreach(facts, name, value) {
		if (json_is_string(value))
			(is_in(noted, name) ? tc_finding_note : tc_finding_text)(f, name, "%s",
				json_string_value(value));
		else if (json_is_number(value))
			(is_in(measured, name) ? tc_finding_measure : tc_finding_number)(f,
				name, json_number_value(value));
	}
}

static bool is_ours(const json_t *o)
{
	const char *type = json_string_value(json_object_get(o, "type"));
	const char *command = json_string_value(json_object_get(o, "command"));

	return type && command && !strcmp(type, "result") && !strcmp(command, "probe");
}

int tc_finding_parse(struct tc_finding *f, const char *line, size_t n, struct tc_error *err)
{
	json_error_t why;
	json_t *o = json_loadb(line, n, JSON_REJECT_DUPLICATES, &why), *value;
	const char *name;

	if (!o)
		return tc_fail(err, -EBADMSG, "a line is not JSON: %s", why.text);
	name = json_string_value(json_object_get(o, "experiment"));
	f->experiment = name && is_ours(o) ? tc_experiment_find(name) : NULL;
	if (f->experiment) {
		copy_text(f->verdict, sizeof f->verdict, json_object_get(o, "verdict"));
		f->answered = json_is_true(json_object_get(o, "told"));
		value = json_object_get(o, "value");
		f->has_value = json_is_number(value);
		f->value = json_number_value(value);
		read_facts(f, o);
	}
	json_decref(o);
	return f->experiment != NULL;
}

/* ---- differences ------------------------------------------------------------------ */

static bool is_text(const struct tc_fact *f)
{
	return f->kind == TC_FACT_TEXT || f->kind == TC_FACT_NOTE;
}

/* What an older tcpcraft wrote does not say whether it was measured; the other may. */
static bool same_fact(const struct tc_fact *a, const struct tc_fact *b)
{
	if (!a || !b)
		return false;
	if (a->kind == TC_FACT_NOTE || b->kind == TC_FACT_NOTE)
		return true;
	if (is_text(a) || is_text(b))
		return strcmp(a->text, b->text) == 0;
	if (a->kind == TC_FACT_MEASURE || b->kind == TC_FACT_MEASURE)
		return tc_diff_alike(a->number, b->number);
	return a->number == b->number;
}

unsigned tc_finding_diff(struct tc_diff *p, const struct tc_finding *a,
			 const struct tc_finding *b)
{
	p->n = 0;
	tc_diff_text(p, "verdict", a->verdict, b->verdict);
	for (unsigned i = 0; i < a->n_facts; i++) {
		const struct tc_fact *other = tc_finding_fact(b, a->facts[i].name);
		bool note = !other && a->facts[i].kind == TC_FACT_NOTE;

		if (!note && !same_fact(&a->facts[i], other))
			tc_diff_add(p, a->facts[i].name, a->facts[i].text,
				    other ? other->text : "");
	}
	for (unsigned i = 0; i < b->n_facts; i++)
		if (!tc_finding_fact(a, b->facts[i].name) && b->facts[i].kind != TC_FACT_NOTE)
			tc_diff_add(p, b->facts[i].name, "", b->facts[i].text);
	return p->n;
}

void tc_probe_diff_json(struct tc_buf *out, const struct tc_experiment *e,
			const struct tc_diff *p)
{
	for (unsigned i = 0; i < p->n; i++) {
		json_t *o = json_object();

		put_text(o, "type", "difference");
		put_text(o, "experiment", e->name);
		put_text(o, "name", p->at[i].name);
		put_text(o, "a", p->at[i].a);
		put_text(o, "b", p->at[i].b);
		tc_json_put_line(out, o);
	}
}

void tc_probe_compare_json(struct tc_buf *out, const struct tc_probe_compare *c)
{
	json_t *o = tc_json_result_line("probe");

	put_text(o, "experiment", "compare");
	put_text(o, "verdict", c->verdict);
	put_int(o, "value", c->different);
	put_int(o, "compared", c->compared);
	put_text(o, "a", c->a);
	put_text(o, "b", c->b);
	put_int(o, "exit", (uint64_t)c->exit);
	tc_json_put_line(out, o);
}
