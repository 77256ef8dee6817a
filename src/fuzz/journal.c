/* SPDX-License-Identifier: BSD-2-Clause */
/* The journal of a campaign: JSON lines, the first one what all cases share. */
#include <tcpcraft/fuzz.h>

#include "base/array.h"
#include "report/json.h"

#include <tcpcraft/error.h>
#include "page/page.h"
#include "page/ladder.h"
#include "show/show.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Left out when there are none. */
static void put_texts(json_t *o, const char *key, const char *const *texts, unsigned n)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < n; i++)
		json_array_append_new(list, tc_json_text(texts[i] ? texts[i] : "",
							 texts[i] ? strlen(texts[i]) : 0));
	put_some(o, key, list);
}

static bool has_base(const struct tc_journal_head *h)
{
	for (unsigned i = 0; i < 4; i++)
		if (h->base[i] && h->base[i][0])
			return true;
	return false;
}

void tc_journal_put_head(struct tc_buf *out, const struct tc_journal_head *h)
{
	json_t *o = tc_json_line("campaign");

	put_int(o, "seed", h->seed);
	if (h->family == 6)
		put_int(o, "family", h->family);
	if (h->listen)
		json_object_set_new(o, "listen", json_true());
	put_text(o, "fields", h->fields);
	put_text(o, "segments", h->segments);
	put_text(o, "strategies", h->strategies);
	put_text(o, "oracle", h->oracle);
	put_hex(o, "request_hex", h->request, h->request_len);
	if (h->shards > 1) {
		put_int(o, "shard", h->shard);
		put_int(o, "shards", h->shards);
	}
	put_texts(o, "mutate", h->always, h->n_always);
	if (has_base(h))
		put_texts(o, "base", h->base, 4);
	put_texts(o, "learnt", h->learnt, h->n_learnt);
	put_text(o, "spec_file", h->spec_file);
	put_text(o, "spec", h->spec);
	if (h->tcp && *h->tcp)
		put_text(o, "tcp", h->tcp);
	tc_json_put_line(out, o);
}

static void put_rules(json_t *o, const char *key, const struct tc_fuzz_case *c)
{
	const char *rules[TC_FUZZ_RULES];

	for (unsigned i = 0; i < c->n_rules; i++)
		rules[i] = c->rule[i];
	put_texts(o, key, rules, c->n_rules);
}

void tc_journal_put_case(struct tc_buf *out, const struct tc_fuzz_case *c,
			 const struct tc_fuzz_outcome *r)
{
	json_t *o = tc_json_line("case");

	put_int(o, "case", c->number);
	put_text(o, "strategy", c->strategy);
	put_text(o, "field", c->field);
	put_text(o, "segment", c->segment);
	put_text(o, "class", c->value_class);
	put_rules(o, "mutate", c);
	put_text(o, "payload", c->payload);
	put_int(o, "iss", c->iss);
	if (r) {
		put_text(o, "reaction", tc_fuzz_reaction(r));
		put_int(o, "bytes_acked", r->bytes_acked);
		put_int(o, "bytes_received", r->bytes_received);
		if (r->edges)
			put_int(o, "edges", r->edges);
		if (r->control)
			put_text(o, "control", r->control_good ? "good" : "bad");
		if (r->kind != TC_FUZZ_NOTHING) {
			put_text(o, "finding", tc_fuzz_kind_name(r->kind));
			put_text(o, "why", r->why);
		}
	}
	tc_json_put_line(out, o);
}

static json_t *finding(const struct tc_json_finding *f)
{
	json_t *o = tc_json_line("finding");

	put_text(o, "kind", tc_fuzz_kind_name(f->kind));
	put_int(o, "case", f->c->number);
	put_text(o, "mutate", f->c->rule[0]);
	if (f->c->n_rules > 1)
		put_rules(o, "rules", f->c);
	put_text(o, "payload", f->c->payload);
	if (f->c->request)
		put_hex(o, "request_hex", f->c->request, f->c->request_len);
	put_text(o, "why", f->why);
	if (f->minimized)
		put_int(o, "runs", f->repeat);
	if (f->capture)
		put_text(o, "capture", f->capture);
	if (f->other_capture)
		put_text(o, "other_capture", f->other_capture);
	return o;
}

void tc_json_finding(struct tc_buf *out, const struct tc_json_finding *f)
{
	tc_json_put_line(out, finding(f));
}

void tc_json_missing(struct tc_buf *out, const struct tc_fuzz_missing *m)
{
	json_t *o = tc_json_line("missing");
	char addr[TC_ADDR_STRING];

	tc_addr_string(&m->addr, addr);
	put_text(o, "host", addr);
	json_object_set_new(o, "shared", json_boolean(m->shared));
	put_int(o, "case", m->first);
	put_int(o, "last_case", m->last);
	tc_json_put_line(out, o);
}

/* Not shown: the page has the ladder instead. */
static bool no_text(void *ctx, const uint8_t *text, size_t n)
{
	(void)ctx, (void)text, (void)n;
	return true;
}

static void no_notice(void *ctx, const char *line)
{
	(void)ctx, (void)line;
}

static int put_ladder(struct tc_html *h, const char *path, struct tc_error *err)
{
	struct tc_show_options so = { .dlt = -1, .write = no_text, .notice = no_notice };
	int rc = tc_html_ladder_open(&so.ladder, err);

	if (rc >= 0)
		rc = tc_show_file(path, &so, err);
	if (rc >= 0)
		rc = tc_html_ladder_put(so.ladder, h, path, err);
	tc_html_ladder_free(so.ladder);
	return rc;
}

int tc_fuzz_html_finding(struct tc_html *h, const struct tc_json_finding *f, unsigned times,
			 const char *command, struct tc_error *err)
{
	json_t *o = finding(f);
	struct tc_buf text = { 0 };
	char title[64];
	int rc;

	put_int(o, "times", times);
	put_text(o, "command", command);
	if (f->ladders)
		put_text(o, "ladders", f->ladders);
	tc_json_put_line(&text, o);
	snprintf(title, sizeof title, f->kind == TC_FUZZ_NOVEL ? "Answer: %s, case %llu"
							       : "Finding: %s, case %llu",
		 tc_fuzz_kind_name(f->kind), (unsigned long long)f->c->number);
	rc = tc_html_section(h, "finding", title, (const char *)text.data, text.len, err);
	tc_buf_free(&text);
	if (rc >= 0 && f->capture)
		rc = put_ladder(h, f->capture, err);
	return rc >= 0 && f->other_capture ? put_ladder(h, f->other_capture, err) : rc;
}

const char *tc_fuzz_reaction_name(unsigned i)
{
	return i == TC_VERDICTS ? "not-carried" : tc_verdict_name((enum tc_verdict)i);
}

static void put_row(json_t *o, const struct tc_fuzz_row *r)
{
	json_t *all = json_object();

	put_text(o, "field", r->field);
	put_text(o, "segment", r->segment);
	put_text(o, "class", r->value_class);
	for (unsigned i = 0; i < TC_FUZZ_REACTIONS; i++)
		if (r->times[i])
			put_int(all, tc_fuzz_reaction_name(i), r->times[i]);
	json_object_set_new(o, "reactions", all);
}

void tc_json_reaction(struct tc_buf *out, const struct tc_fuzz_row *r)
{
	json_t *o = tc_json_line("reaction");

	put_row(o, r);
	tc_json_put_line(out, o);
}

int tc_fuzz_html_table(struct tc_html *h, const struct tc_fuzz_row *rows, size_t n,
		       struct tc_error *err)
{
	json_t *o = json_object(), *list = json_array();
	struct tc_buf text = { 0 };
	int rc;

	for (size_t i = 0; i < n; i++) {
		json_t *row = json_object();

		put_row(row, &rows[i]);
		json_array_append_new(list, row);
	}
	json_object_set_new(o, "rows", list);
	tc_json_put_line(&text, o);
	rc = tc_html_section(h, "heat", "Reactions", (const char *)text.data, text.len, err);
	tc_buf_free(&text);
	return rc;
}

void tc_json_campaign(struct tc_buf *out, uint64_t cases, struct tc_json_found found,
		      uint64_t seed, double seconds, int exit_code,
		      const struct tc_session_summary *sum,
		      const struct tc_session_summary *against)
{
	json_t *o = tc_json_result_line("fuzz");

	put_int(o, "cases", cases);
	put_int(o, "findings", found.faults + found.answers);
	put_int(o, "faults", found.faults);
	put_int(o, "answers", found.answers);
	if (found.edges) {
		put_int(o, "edges", found.edges);
		put_int(o, "kept", found.kept);
	}
	put_int(o, "duration_us", (uint64_t)(seconds * 1e6));
	put_guard(o, "guard", sum);
	if (against)
		put_guard(o, "guard_against", against);
	put_int(o, "seed", seed);
	put_int(o, "exit", (uint64_t)exit_code);
	tc_json_put_line(out, o);
}

/* ---- reading ----------------------------------------------------------------------------- */

static const char *text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}

static uint64_t number_of(const json_t *o, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(o, key));
}

/* At most max of a list of texts. */
static unsigned texts_of(const json_t *o, const char *key, const char **texts, unsigned max)
{
	const json_t *list = json_object_get(o, key);
	unsigned n = 0;

	for (; n < max && n < json_array_size(list); n++) {
		const char *text = json_string_value(json_array_get(list, n));

		texts[n] = text ? text : "";
	}
	return n;
}

static int read_head(struct tc_journal *j, const json_t *o, struct tc_error *err)
{
	const char *hex = text_of(o, "request_hex");
	struct tc_buf bytes = { 0 };

	if (j->head.fields)
		return tc_fail(err, -EBADMSG, "a second campaign begins");
	if (tc_hex_decode(&bytes, hex, strlen(hex), err) < 0 || bytes.failed) {
		tc_buf_free(&bytes);
		return -EBADMSG;
	}
	j->head = (struct tc_journal_head){
		.seed = number_of(o, "seed"),
		.family = number_of(o, "family") == 6 ? 6 : 4,
		.listen = json_is_true(json_object_get(o, "listen")),
		.fields = text_of(o, "fields"),
		.segments = text_of(o, "segments"), .strategies = text_of(o, "strategies"),
		.oracle = text_of(o, "oracle"), .request = bytes.data,
		.request_len = bytes.len, .shard = number_of(o, "shard"),
		.shards = number_of(o, "shards"), .tcp = text_of(o, "tcp"),
	};
	j->head.n_always = texts_of(o, "mutate", j->head.always, TC_FUZZ_ALWAYS);
	texts_of(o, "base", j->head.base, 4);
	j->head.n_learnt = texts_of(o, "learnt", j->head.learnt, TC_FUZZ_LEARNT);
	j->head.spec_file = json_string_value(json_object_get(o, "spec_file"));
	j->head.spec = json_string_value(json_object_get(o, "spec"));
	return 0;
}

static enum tc_verdict verdict_of(const char *name, bool *not_carried)
{
	*not_carried = strcmp(name, "not-carried") == 0;
	for (int v = TC_VERDICT_NONE; v < TC_VERDICTS; v++)
		if (strcmp(name, tc_verdict_name((enum tc_verdict)v)) == 0)
			return (enum tc_verdict)v;
	return TC_VERDICT_NONE;
}

/* Rules, a payload, or both. */
static int read_what(struct tc_fuzz_case *c, const json_t *o, struct tc_error *err)
{
	const json_t *rules = json_object_get(o, "mutate");
	const char *payload = text_of(o, "payload");
	size_t n = json_array_size(rules);

	if (n > TC_FUZZ_RULES || (n == 0 && !*payload))
		return tc_fail(err, -EBADMSG, "a case has 1 to %d rules, not %zu", TC_FUZZ_RULES,
			       n);
	for (size_t i = 0; i < n; i++) {
		const char *rule = json_string_value(json_array_get(rules, i));

		if (!rule || strlen(rule) >= TC_FUZZ_RULE_MAX)
			return tc_fail(err, -EBADMSG, "rule %zu is not text, or is too long",
				       i + 1);
		memcpy(c->rule[i], rule, strlen(rule) + 1);
	}
	c->n_rules = (unsigned)n;
	if (tc_fuzz_payload_check(payload, err) < 0)
		return -EBADMSG;
	memcpy(c->payload, payload, strlen(payload) + 1);
	return 0;
}

static int read_case(struct tc_journal *j, const json_t *o, struct tc_error *err)
{
	struct tc_journal_entry *e;
	int rc;

	if (!j->head.fields)
		return tc_fail(err, -EBADMSG, "the line of the campaign is missing");
	if (!tc_array_grow(&j->entries, j->n, sizeof *j->entries))
		return tc_nomem(err);
	e = &j->entries[j->n];
	*e = (struct tc_journal_entry){ .c = {
		.number = number_of(o, "case"), .strategy = text_of(o, "strategy"),
		.field = text_of(o, "field"), .segment = text_of(o, "segment"),
		.value_class = text_of(o, "class"),
		.iss = (tc_seq)number_of(o, "iss"),
	} };
	rc = read_what(&e->c, o, err);
	if (rc < 0)
		return rc;
	e->o.verdict = verdict_of(text_of(o, "reaction"), &e->o.not_carried);
	e->o.bytes_acked = number_of(o, "bytes_acked");
	e->o.bytes_received = number_of(o, "bytes_received");
	e->o.edges = (unsigned)number_of(o, "edges");
	for (int k = 0; k < TC_FUZZ_KINDS; k++)
		if (strcmp(text_of(o, "finding"), tc_fuzz_kind_name((enum tc_fuzz_kind)k)) == 0)
			e->o.kind = (enum tc_fuzz_kind)k;
	snprintf(e->o.why, sizeof e->o.why, "%s", text_of(o, "why"));
	j->n++;
	return 0;
}

static int read_line(struct tc_journal *j, const char *line, size_t n, struct tc_error *err)
{
	json_error_t why;
	json_t *o = json_loadb(line, n, 0, &why);
	const char *type = o ? text_of(o, "type") : "";

	if (!json_is_object(o)) {
		json_decref(o);
		return tc_fail(err, -EBADMSG, "not JSON: %s", why.text);
	}
	json_array_append_new(j->root, o);
	if (strcmp(type, "campaign") == 0)
		return read_head(j, o, err);
	if (strcmp(type, "case") == 0)
		return read_case(j, o, err);
	return 0;		/* findings: what the cases say, once more */
}

int tc_journal_read(struct tc_journal *j, const uint8_t *bytes, size_t n, struct tc_error *err)
{
	struct tc_error why = { 0 };
	unsigned line = 0;
	int rc = 0;

	*j = (struct tc_journal){ .root = json_array() };
	if (!j->root)
		return tc_nomem(err);
	while (rc == 0 && j->good < n) {
		const uint8_t *end = memchr(bytes + j->good, '\n', n - j->good);
		size_t len = end ? (size_t)(end - bytes) - j->good : 0;

		if (!end)
			break;		/* cut: used up to here */
		line++;
		rc = read_line(j, (const char *)bytes + j->good, len, &why);
		if (rc == 0)
			j->good += len + 1;
	}
	if (rc < 0)
		return tc_fail(err, rc, "line %u: %s", line, why.msg);
	return j->head.fields ? 0 : tc_fail(err, -EBADMSG, "it does not begin with the line of "
					    "a campaign");
}

void tc_journal_close(struct tc_journal *j)
{
	free((void *)(uintptr_t)j->head.request);
	free(j->entries);
	json_decref(j->root);
	*j = (struct tc_journal){ 0 };
}
