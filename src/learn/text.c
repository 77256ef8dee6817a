/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine as text: the file of it, the graph, JSON, and the table for people. */
#include "own.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_LEN 256

/* ---- written ------------------------------------------------------------------------ */

void tc_mealy_print(const struct tc_mealy *m, struct tc_buf *out)
{
	for (unsigned s = 0; s < m->n_states; s++)
		for (unsigned i = 0; i < m->inputs.n; i++) {
			const struct tc_transition *step = tc_mealy_step(m, s, i);

			tc_buf_printf(out, "%u %s %s %u\n", s, m->inputs.names[i],
				      m->outputs.names[step->out], step->next);
		}
}

/* All steps from one state to another are one edge. */
static void dot_edge(const struct tc_mealy *m, unsigned s, unsigned to, struct tc_buf *out)
{
	const char *sep = "";

	for (unsigned i = 0; i < m->inputs.n; i++) {
		const struct tc_transition *step = tc_mealy_step(m, s, i);

		if (step->next != to)
			continue;
		if (!*sep)
			tc_buf_printf(out, "\ts%u -> s%u [label=\"", s, to);
		tc_buf_printf(out, "%s%s / %s", sep, m->inputs.names[i],
			      m->outputs.names[step->out]);
		sep = "\\n";
	}
	if (*sep)
		tc_buf_text(out, "\"];\n");
}

void tc_mealy_dot(const struct tc_mealy *m, const char *title, struct tc_buf *out)
{
	tc_buf_text(out, "digraph peer {\n\tlabel=\"");
	for (; *title; title++)		/* a host's name, as it was typed */
		tc_buf_add_u8(out, *title < ' ' || *title > '~' || strchr("\"\\", *title) ? '?' :
			      (uint8_t)*title);
	tc_buf_text(out, "\";\n\trankdir=LR;\n\tstart [shape=point];\n\tstart -> s0;\n");
	for (unsigned s = 0; s < m->n_states; s++)
		tc_buf_printf(out, "\ts%u [label=\"%u\"];\n", s, s);
	for (unsigned s = 0; s < m->n_states; s++)
		for (unsigned to = 0; to < m->n_states; to++)
			dot_edge(m, s, to, out);
	tc_buf_text(out, "}\n");
}

static void json_names(struct tc_buf *out, const char *key, const struct tc_symbols *s)
{
	tc_buf_printf(out, "\"%s\":[", key);
	for (unsigned i = 0; i < s->n; i++)
		tc_buf_printf(out, "%s\"%s\"", i ? "," : "", s->names[i]);
	tc_buf_text(out, "],");
}

void tc_mealy_json(const struct tc_mealy *m, struct tc_buf *out)
{
	tc_buf_text(out, "{");
	json_names(out, "inputs", &m->inputs);
	json_names(out, "outputs", &m->outputs);
	tc_buf_text(out, "\"states\":[");
	for (unsigned s = 0; s < m->n_states; s++) {
		tc_buf_text(out, s ? ",[" : "[");
		for (unsigned i = 0; i < m->inputs.n; i++) {
			const struct tc_transition *step = tc_mealy_step(m, s, i);

			tc_buf_printf(out, "%s{\"output\":%u,\"next\":%u}", i ? "," : "",
				      step->out, step->next);
		}
		tc_buf_text(out, "]");
	}
	tc_buf_text(out, "]}");
}

static int width_of(const struct tc_mealy *m, unsigned input)
{
	size_t most = strlen(m->inputs.names[input]);

	for (unsigned s = 0; s < m->n_states; s++) {
		size_t n = strlen(m->outputs.names[tc_mealy_step(m, s, input)->out]) + 5;

		most = n > most ? n : most;
	}
	return (int)most;
}

void tc_mealy_table(const struct tc_mealy *m, struct tc_buf *out)
{
	char cell[TC_MEALY_NAME_MAX + 8];

	tc_buf_text(out, "state");
	for (unsigned i = 0; i < m->inputs.n; i++)
		tc_buf_printf(out, "  %-*s", width_of(m, i), m->inputs.names[i]);
	tc_buf_text(out, "\n");
	for (unsigned s = 0; s < m->n_states; s++) {
		tc_buf_printf(out, "%5u", s);
		for (unsigned i = 0; i < m->inputs.n; i++) {
			const struct tc_transition *step = tc_mealy_step(m, s, i);
			const char *name = m->outputs.names[step->out];

			/* what changes nothing does not say where it goes */
			if (step->next == s)
				snprintf(cell, sizeof cell, "%s", name);
			else
				snprintf(cell, sizeof cell, "%s >%u", name, step->next);
			tc_buf_printf(out, "  %-*s", width_of(m, i), cell);
		}
		tc_buf_text(out, "\n");
	}
}

/* ---- read --------------------------------------------------------------------------- */

struct reader {
	struct tc_mealy *m;
	struct step_line {
		unsigned state, next;
		int input, output;
	} *lines;
	size_t n;
	struct tc_transition *steps;		/* [state * inputs + input], as they are numbered there */
	unsigned line;
};

/* So that no writer has to quote it. */
static bool is_name(const char *name)
{
	for (const char *c = name; *c; c++)
		if (*c <= ' ' || *c > '~' || strchr("\"\\#<>&'", *c))
			return false;
	return *name;
}

static int bad(const struct reader *r, struct tc_error *err, const char *why)
{
	return tc_fail(err, -EBADMSG, "line %u: %s", r->line, why);
}

static int keep(struct reader *r, const struct step_line *l, struct tc_error *err)
{
	struct step_line *more = TC_ARRAY_ADD(r->lines, r->n);

	if (!more)
		return tc_nomem(err);
	*more = *l;
	return 0;
}

static int read_line(struct reader *r, char *line, struct tc_error *err)
{
	char input[LINE_MAX_LEN], output[LINE_MAX_LEN];
	struct step_line l;
	int end = 0, rc;

	if (!line[strspn(line, " \t\r")])
		return 0;
	if (sscanf(line, "%4u %255s %255s %4u %n", &l.state, input, output, &l.next, &end) < 4 ||
	    line[end])
		return bad(r, err, "not STATE INPUT OUTPUT NEXT");
	if (l.state >= TC_MEALY_STATES_MAX || l.next >= TC_MEALY_STATES_MAX)
		return bad(r, err, "a state's number is too great");
	if (!is_name(input) || !is_name(output))
		return bad(r, err, "a symbol has none of \" \\ # < > & '");
	rc = l.input = tc_symbol(&r->m->inputs, input, TC_MEALY_INPUTS_MAX, err);
	if (rc >= 0)
		rc = l.output = tc_symbol(&r->m->outputs, output, TC_MEALY_OUTPUTS_MAX, err);
	if (rc < 0)
		return rc == -ENOMEM ? rc : bad(r, err, "too many symbols, or a long one");
	return keep(r, &l, err);
}

static int read_lines(struct reader *r, const char *text, size_t n, struct tc_error *err)
{
	char line[LINE_MAX_LEN];
	int rc = 0;

	while (n && rc >= 0) {
		const char *nl = memchr(text, '\n', n), *remark;
		size_t whole = nl ? (size_t)(nl - text) : n, len;

		r->line++;
		/* what --save remarks, how it was learned, may be of any length */
		remark = memchr(text, '#', whole);
		len = remark ? (size_t)(remark - text) : whole;
		if (len >= sizeof line || memchr(text, 0, whole))
			return bad(r, err, "too long, or no text");
		memcpy(line, text, len);
		line[len] = 0;
		rc = read_line(r, line, err);
		whole += nl != NULL;
		text += whole;
		n -= whole;
	}
	return rc;
}

/* Every step of every state that is named, once. */
static int place(struct reader *r, unsigned n_states, struct tc_error *err)
{
	unsigned k = r->m->inputs.n;

	for (size_t i = 0; i < r->n; i++) {
		const struct step_line *l = &r->lines[i];
		struct tc_transition *s = &r->steps[l->state * k + (unsigned)l->input];

		if (s->out != UINT16_MAX)
			return tc_fail(err, -EBADMSG, "state %u is told twice what %s does",
				       l->state, r->m->inputs.names[l->input]);
		*s = (struct tc_transition){ (uint16_t)l->next, (uint16_t)l->output };
	}
	for (unsigned i = 0; i < n_states * k; i++)
		if (r->steps[i].out == UINT16_MAX)
			return tc_fail(err, -EBADMSG, "state %u is not told what %s does",
				       i / k, r->m->inputs.names[i % k]);
	return 0;
}

static int build(struct reader *r, struct tc_error *err)
{
	unsigned n_states = 0, k = r->m->inputs.n;
	int rc;

	for (size_t i = 0; i < r->n; i++) {
		n_states = r->lines[i].state >= n_states ? r->lines[i].state + 1 : n_states;
		n_states = r->lines[i].next >= n_states ? r->lines[i].next + 1 : n_states;
	}
	if (n_states == 0)
		return tc_fail(err, -EBADMSG, "there is no step in it");
	r->steps = malloc((size_t)n_states * k * sizeof *r->steps);
	if (!r->steps)
		return tc_nomem(err);
	memset(r->steps, 0xff, (size_t)n_states * k * sizeof *r->steps);
	rc = place(r, n_states, err);
	return rc < 0 ? rc : tc_mealy_build(r->m, k, n_states, r->steps, err);
}

int tc_mealy_parse(struct tc_mealy *m, const char *text, size_t n, struct tc_error *err)
{
	struct reader r = { .m = m };
	int rc;

	*m = (struct tc_mealy){ 0 };
	rc = tc_symbol(&m->outputs, TC_SILENCE_NAME, TC_MEALY_OUTPUTS_MAX, err);
	if (rc >= 0)
		rc = read_lines(&r, text, n, err);
	if (rc >= 0)
		rc = build(&r, err);
	free(r.lines);
	free(r.steps);
	if (rc < 0)
		tc_mealy_free(m);
	return rc < 0 ? rc : 0;
}
