/* SPDX-License-Identifier: BSD-2-Clause */
/* What was learned, in words, as JSON, in files. */
#include "own.h"

#include "base/addr.h"
#include "base/pace.h"
#include "report/trace.h"
#include "wire/icmp.h"

#include <tcpcraft/backlog.h>
#include <tcpcraft/verdict.h>
#include <tcpcraft/version.h>

#include <jansson.h>

static void put_word(struct tc_buf *out, const struct tc_mealy *m, const uint8_t *in, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		tc_buf_printf(out, "%s%s", i ? " " : "", m->inputs.names[in[i]]);
}

int study_name(const struct study *g, struct tc_symbols *inputs, struct tc_error *err)
{
	int rc = 0;

	inputs->n = 0;
	for (unsigned i = 0; i < g->n_inputs && rc >= 0; i++)
		rc = tc_symbol(inputs, tc_input_names[g->inputs[i]], TC_MEALY_INPUTS_MAX, err);
	return rc < 0 ? rc : 0;
}

int study_name_all(struct study *g, struct tc_error *err)
{
	const struct tc_symbols *outputs = tc_oracle_outputs(g->oracle);
	struct tc_mealy *m = &g->learned.model;
	int rc = study_name(g, &m->inputs, err);

	for (unsigned i = 0; i < outputs->n && rc >= 0; i++)
		rc = tc_symbol(&m->outputs, outputs->names[i], TC_MEALY_OUTPUTS_MAX, err);
	return rc < 0 ? rc : 0;
}

static void tell_size(struct study *g)
{
	const struct tc_learn_stats *s = &g->learned.stats;
	double seconds = (double)(g->ended - g->began) / (double)TC_S;

	tc_buf_printf(&g->sentence, "; %llu words in %.1f s (%.0f a second), %llu of them again, "
		      "%llu answers in dispute; %u random words agree (seed %llu); %u at once, %.1f "
		      "ms for an answer",
		      (unsigned long long)s->words, seconds,
		      seconds > 0 ? (double)s->words / seconds : 0,
		      (unsigned long long)s->repeated, (unsigned long long)s->disputes,
		      s->searched, (unsigned long long)g->o->seed, study_at_once(g),
		      (double)g->seen.wait / (double)TC_MS);
	if (g->seen.overtaken)
		tc_buf_printf(&g->sentence, "; %llu words were overtaken by a timer of the peer's, "
			      "and asked again", (unsigned long long)g->seen.overtaken);
	if (g->seen.hurried)
		tc_buf_printf(&g->sentence, "; %llu of them could not be waited for as long as their "
			      "answers may take", (unsigned long long)g->seen.hurried);
	if (!study_is_local(g) && g->o->rate <= 0)
		tc_buf_printf(&g->sentence, "; another host: %g packets a second (--rate N for "
			      "more)", TC_OFF_HOST_PACKETS);
	if (g->seen.resets_left)
		tc_buf_printf(&g->sentence, "; %u connections may be open at the peer still: "
			      "their resets were not sent in time (--rate N for more)",
			      g->seen.resets_left);
}

static void tell_doubt(struct study *g)
{
	const struct tc_learned *l = &g->learned;
	const struct tc_symbols *outputs = tc_oracle_outputs(g->oracle);

	g->verdict = "unsteady";
	tc_buf_text(&g->sentence, "could not tell: the last input of ");
	put_word(&g->sentence, &l->model, l->doubtful.in, l->doubtful.n);
	tc_buf_text(&g->sentence, " has no steady answer: ");
	for (unsigned i = 0; i < l->n_votes; i++)
		tc_buf_printf(&g->sentence, "%s%s %u times", i ? ", " : "",
			      outputs->names[l->votes[i].out], l->votes[i].times);
	tc_buf_text(&g->sentence, " (fewer words at once, --parallel, may help; where its ACKs have a "
		    "limit by time, shorter waits, --timeout)");
}

static void tell_silence(struct study *g)
{
	const struct tc_oracle_seen *s = &g->seen;
	struct tc_backlog backlog;

	if (!tc_addr_is_none(&s->icmp_from)) {
		g->verdict = "unreachable";
		tc_buf_printf(&g->sentence, "%s says by ICMP: %s (type %u code %u)",
			      TC_HOST(&s->icmp_from), tc_icmp_words(s->icmp_from.family,
			      s->icmp_type, s->icmp_code), s->icmp_type, s->icmp_code);
		return;
	}
	g->verdict = "no-answer";
	tc_buf_text(&g->sentence, "no answer to anything: ");
	if (g->hand.kernel)	/* its sockets are of another network namespace */
		tc_verdict_silence(&g->sentence, &(struct tc_backlog){ 0 });
	else
		tc_verdict_silence(&g->sentence,
				   tc_session_backlog(g->live.session, &backlog, g->port));
}

/* Without a guard, or with one that a nat rule of this host goes round. */
static void tell_spoiled(struct study *g)
{
	g->verdict = "kernel-reset";
	tc_buf_printf(&g->sentence, "could not tell: " TC_KERNEL_RESETS, g->seen.resets_leaked,
		      g->seen.resets_leaked == 1 ? "" : "s");
	tell_size(g);
}

void study_tell(struct study *g)
{
	const struct tc_mealy *m = &g->learned.model;

	if (g->rc == -TC_ERR_HAND_GONE) {	/* it does not answer, or as it must not */
		g->verdict = "gone";
		tc_buf_printf(&g->sentence, "%s; %u states by then", g->why.msg, m->n_states);
		return;
	}
	if (!g->seen.answered) {
		tell_silence(g);
		return;
	}
	if (study_is_spoiled(g)) {
		tell_spoiled(g);
		return;
	}

	switch (g->learned.end) {
	case TC_LEARN_DONE:
		g->verdict = g->differs ? "different" : g->against.n_states ? "same" : "learned";
		tc_buf_printf(&g->sentence, "%u states", m->n_states);
		break;
	case TC_LEARN_UNSTEADY:
		tell_doubt(g);
		break;
	case TC_LEARN_BOUNDED:
	case TC_LEARN_STOPPED:
		g->verdict = "unfinished";
		tc_buf_printf(&g->sentence, "not finished: %u states by then", m->n_states);
	}
	tell_size(g);
	if (!g->against.n_states || g->learned.end != TC_LEARN_DONE)
		return;
	tc_buf_printf(&g->sentence, g->differs ? "; it leaves %s at " : "; it is that of %s",
		      g->o->probe.against);
	if (!g->differs)
		return;
	put_word(&g->sentence, m, g->diff.word, g->diff.n);
	tc_buf_printf(&g->sentence, ": %s, not %s", m->outputs.names[g->diff.out_a],
		      g->against.outputs.names[g->diff.out_b]);
}

/* ---- where it is told --------------------------------------------------------------- */

static json_t *model_json(const struct tc_mealy *m)
{
	struct tc_buf text = { 0 };
	json_t *o;

	tc_mealy_json(m, &text);
	o = json_loadb((const char *)text.data, text.len, 0, NULL);
	tc_buf_free(&text);
	return o;
}

static void put_difference(const struct study *g)
{
	const struct tc_mealy *m = &g->learned.model;
	struct tc_buf word = { 0 };

	put_word(&word, m, g->diff.word, g->diff.n);
	terminal_json(g->o, json_pack("{ss ss ss% ss ss}", "type", "difference", "experiment", "learn",
			   "name", word.data, word.len, "a", m->outputs.names[g->diff.out_a],
			   "b", g->against.outputs.names[g->diff.out_b]));
	tc_buf_free(&word);
}

static void put_json(const struct study *g, int code)
{
	const struct tc_learn_stats *s = &g->learned.stats;
	double seconds = (double)(g->ended - g->began) / (double)TC_S;

	if (g->learned.model.n_states)
		terminal_json(g->o, json_pack("{ss ss si so*}", "type", "model", "host", g->host,
				   "port", g->port, "model", model_json(&g->learned.model)));
	if (g->differs)
		put_difference(g);
	terminal_json(g->o, json_pack(
		"{ss ss ss ss ss si sb ss% si sI sI sI sI sI si sf si sI sI sI sI sI si}",
		"type", "result", "command", "probe", "experiment", "learn",
		"verdict", g->verdict, "host", g->host, "port", g->port,
		"told", g->learned.end == TC_LEARN_DONE && !study_is_spoiled(g),
		"sentence", g->sentence.data, g->sentence.len,
		"states", g->learned.model.n_states, "words", (json_int_t)s->words,
		"repeated", (json_int_t)s->repeated, "disputes", (json_int_t)s->disputes,
		"overtaken", (json_int_t)g->seen.overtaken,
		"hurried", (json_int_t)g->seen.hurried,
		"searched", s->searched, "seconds", seconds, "parallel", study_at_once(g),
		"wait_us", (json_int_t)(g->seen.wait / TC_US),
		"segments_sent", (json_int_t)g->seen.segments_sent,
		"segments_received", (json_int_t)g->seen.segments_received,
		"resets_leaked", (json_int_t)g->seen.resets_leaked,
		"seed", (json_int_t)g->o->seed, "exit", code));
}

static void put_result(const struct study *g)
{
	struct tc_buf out = { 0 };

	if (!g->o->quiet && g->learned.model.n_states)
		tc_mealy_table(&g->learned.model, &out);
	terminal_write(g->o, stdout, out.data, out.len);
	out.len = 0;
	tc_buf_printf(&out, "%s:%u learn: %s: %.*s", g->host, g->port, g->verdict,
		      (int)g->sentence.len, (const char *)g->sentence.data);
	terminal_line(g->o, stdout, &out);
	tc_buf_free(&out);
}

void study_put(const struct study *g, int code)
{
	if (g->o->json)
		put_json(g, code);
	else
		put_result(g);
}

static int write_file(struct tc_outfile **file, const struct tc_buf *text, struct tc_error *err)
{
	int rc = *file ? tc_outfile_write(*file, text->data, text->len, err) : 0;

	if (rc >= 0 && *file) {
		rc = tc_outfile_close(*file, err);
		*file = NULL;
	}
	return rc;
}

/* --save, --dot and the page have what was learned, also where it is not all. */
int study_write(struct study *g, struct tc_error *err)
{
	const struct tc_mealy *m = &g->learned.model;
	struct tc_buf text = { 0 };
	int rc = 0;

	if (!m->n_states)
		return 0;
	tc_buf_printf(&text, "# %s:%u, learned by tcpcraft %s: %.*s\n", g->host,
		      g->port, TC_VERSION, (int)g->sentence.len, (const char *)g->sentence.data);
	tc_mealy_print(m, &text);
	rc = write_file(&g->model, &text, err);
	text.len = 0;
	tc_mealy_dot(m, g->host, &text);
	if (rc >= 0)
		rc = write_file(&g->dot, &text, err);
	text.len = 0;
	tc_mealy_json(m, &text);
	if (rc >= 0 && g->live.page)
		rc = tc_html_section(g->live.page, "mealy", "State machine",
				     (const char *)text.data, text.len, err);
	tc_buf_free(&text);
	return rc;
}

void study_say(void *ctx, struct tc_buf *out)
{
	const struct study *g = ctx;

	tc_buf_add(out, g->sentence.data, g->sentence.len);
	tc_buf_add_u8(out, 0);
}
