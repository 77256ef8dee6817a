/* SPDX-License-Identifier: BSD-2-Clause */
/* probe learn: the peer's state machine, asked of it word by word; see study.h. */
#include "study.h"

#include "base/addr.h"
#include "base/outfile.h"
#include "base/pace.h"
#include "live/live.h"
#include "live/progress.h"
#include "oracle/abstract.h"
#include "oracle/wire.h"
#include "wall/wall.h"
#include "wire/icmp.h"

#include <tcpcraft/version.h>

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define SEARCH 3000			/* random words, unless --words says otherwise */
#define QUERIES 100000			/* words at most, unless --queries does */
#define STATES 300
#define MODEL_MAX (1u << 20)

struct study {
	const struct options *o;
	const char *host;
	uint16_t port;
	struct live live;
	struct tc_oracle *oracle;
	struct tc_oracle_seen seen;
	struct tc_mealy against;		/* n_states 0: none */
	struct tc_outfile *model, *dot;
	struct tc_learn_stats now;		/* as told by the learner */
	struct tc_learned learned;
	tc_time began, ended;
	struct progress progress;
	int rc;				/* of tc_learn */
	const char *verdict;
	struct tc_buf sentence;
	struct tc_mealy_difference diff;
	bool differs;
};

static unsigned at_once(const struct options *o)
{
	return o->fuzz.parallel ? o->fuzz.parallel : TC_ORACLE_PARALLEL;
}

/* ---- how far it is ------------------------------------------------------------------ */

/* All words of this hypothesis' search, at the pace until now; a new state begins anew. */
static double seconds_left(const struct study *g, tc_time now)
{
	unsigned all = g->o->probe.words ? g->o->probe.words : SEARCH;
	double rate = (double)g->now.words * (double)TC_S / (double)(now - g->began + 1);
	double left = g->now.searched < all ? all - g->now.searched : 0;

	return rate > 0 ? left / rate : 0;
}

static void show(void *ctx)
{
	struct study *g = ctx;
	tc_time now = tc_clock_monotonic();

	if (progress_is_due(&g->progress))
		progress_show(&g->progress, "%u states, %llu words; %u agree; about %.0f s left",
			      g->now.states, (unsigned long long)g->now.words, g->now.searched,
			      seconds_left(g, now));
}

static void note_progress(void *ctx, const struct tc_learn_stats *s)
{
	struct study *g = ctx;

	g->now = *s;
}

/* ---- what came of it ---------------------------------------------------------------- */

static void put_word(struct tc_buf *out, const struct tc_mealy *m, const uint8_t *in, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		tc_buf_printf(out, "%s%s", i ? " " : "", m->inputs.names[in[i]]);
}

static int name_symbols(struct study *g, struct tc_error *err)
{
	const struct tc_symbols *outputs = tc_oracle_outputs(g->oracle);
	struct tc_mealy *m = &g->learned.model;
	int rc = 0;

	m->inputs.n = 0;
	for (unsigned i = 0; i < TC_INPUTS && rc >= 0; i++)
		rc = tc_symbol(&m->inputs, tc_input_names[i], TC_MEALY_INPUTS_MAX, err);
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
		      s->searched, (unsigned long long)g->o->seed, at_once(g->o),
		      (double)g->seen.wait / (double)TC_MS);
	if (!tc_session_path(g->live.session)->local && g->o->rate <= 0)
		tc_buf_printf(&g->sentence, "; another host: %g packets a second (--rate N for "
			      "more)", TC_OFF_HOST_PACKETS);
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
	tc_buf_text(&g->sentence, " (fewer words at once, --parallel, may help)");
}

static void tell_silence(struct study *g)
{
	const struct tc_oracle_seen *s = &g->seen;

	if (!tc_addr_is_none(&s->icmp_from)) {
		g->verdict = "unreachable";
		tc_buf_printf(&g->sentence, "%s says by ICMP: %s (type %u code %u)",
			      TC_HOST(&s->icmp_from), tc_icmp_words(s->icmp_from.family,
			      s->icmp_type, s->icmp_code), s->icmp_type, s->icmp_code);
		return;
	}
	g->verdict = "no-answer";
	tc_buf_text(&g->sentence, "no answer to anything: the host is down, or a firewall "
		    "drops it");
}

static void tell(struct study *g)
{
	const struct tc_mealy *m = &g->learned.model;

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
	terminal_json(g->o, json_pack("{ss ss ss ss ss si sb ss% si sI sI sI si sf si sI sI sI sI sI si}",
		"type", "result", "command", "probe", "experiment", "learn",
		"verdict", g->verdict, "host", g->host, "port", g->port,
		"told", g->learned.end == TC_LEARN_DONE,
		"sentence", g->sentence.data, g->sentence.len,
		"states", g->learned.model.n_states, "words", (json_int_t)s->words,
		"repeated", (json_int_t)s->repeated, "disputes", (json_int_t)s->disputes,
		"searched", s->searched, "seconds", seconds, "parallel", at_once(g->o),
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
static int write_files(struct study *g, struct tc_error *err)
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

static void put_said(void *ctx, struct tc_buf *out)
{
	const struct study *g = ctx;

	tc_buf_add(out, g->sentence.data, g->sentence.len);
	tc_buf_add_u8(out, 0);
}

/* ---- the run ------------------------------------------------------------------------ */

static int exit_code(struct study *g)
{
	if (g->rc == -EINTR) {
		live_read_signal(&g->live);
		return EXIT_SIGNAL + g->live.signal;
	}
	if (g->rc < 0 && g->rc != -ETIME)
		return EXIT_MACHINE;
	if (g->learned.end != TC_LEARN_DONE || !g->seen.answered)
		return EXIT_PEER;
	return g->differs ? EXIT_FINDING : EXIT_DONE;
}

/* -v: each word with its answers, and the patience behind those that had some. */
static int ask_aloud(void *ctx, struct tc_word **words, size_t n, struct tc_error *err)
{
	struct study *g = ctx;
	int rc = tc_oracle_ask(g->oracle, words, n, err);
	const char *const *in = tc_input_names;
	struct tc_buf text = { 0 };

	for (size_t w = 0; w < n && rc >= 0 && g->o->verbose; w++) {
		for (unsigned i = 0; i < words[w]->n; i++)
			tc_buf_printf(&text, "%s%s/%s%.*s", i ? " " : "",
				      in[words[w]->in[i]],
				      tc_oracle_outputs(g->oracle)->names[words[w]->out[i]],
				      words[w]->patience[i], "++++");
		terminal_line(g->o, stderr, &text);
		text.len = 0;
	}
	tc_buf_free(&text);
	return rc;
}

static int ask(struct study *g, const struct tc_session_config *sc, struct tc_error *err)
{
	const struct options *o = g->o;
	struct tc_oracle_config oc = {
		.session = g->live.session, .stop_fd = g->live.signal_fd,
		.parallel = at_once(o), .wait = o->timeout_given ? o->timeout : 0,
		.rate = tc_pace_choose(o->rate, tc_session_path(g->live.session)->local,
				       TC_OFF_HOST_PACKETS),
		.until = o->fuzz.seconds ? g->began + o->fuzz.seconds : 0,
		.turn = show, .turn_ctx = g,
		.frame = o->write_file ? sc->observer.frame : NULL, .ctx = sc->observer.ctx,
	};
	struct tc_learn_config lc = {
		.n_inputs = TC_INPUTS, .ask = ask_aloud, .ctx = g, .seed = o->seed,
		.search = o->probe.words ? o->probe.words : SEARCH,
		.words_most = o->probe.queries ? o->probe.queries : QUERIES,
		.states_most = STATES, .progress = note_progress, .progress_ctx = g,
	};
	int rc = tc_oracle_open(&g->oracle, &oc, err);

	if (rc >= 0) {
		tc_oracle_seen(g->oracle, &g->seen);
		if (g->seen.answered)
			rc = tc_learn(&lc, &g->learned, err);
	}
	if (g->oracle)
		tc_oracle_seen(g->oracle, &g->seen);
	return rc;
}

static int learn(struct study *g, const struct tc_session_config *sc)
{
	const struct live_wall wall = {
		.needs = TC_WALL_SESSION,
		.output = { g->o->probe.save, g->o->probe.dot },
	};
	struct tc_error err = { 0 };
	int code;

	g->began = tc_clock_monotonic();
	g->rc = live_wall_session(&g->live, &wall, &err);
	if (g->rc >= 0)
		g->rc = ask(g, sc, &err);
	g->ended = tc_clock_monotonic();
	g->live.sends_blocked += g->seen.sends_blocked;
	g->live.resets_leaked += g->seen.resets_leaked;
	progress_wipe(&g->progress);
	code = exit_code(g);
	if (code == EXIT_MACHINE)
		return fail(g->o, code, &err);
	if (name_symbols(g, &err) < 0)
		return fail(g->o, EXIT_MACHINE, &err);
	if (g->against.n_states && g->learned.end == TC_LEARN_DONE) {
		int rc = tc_mealy_diff(&g->learned.model, &g->against, &g->diff, &err);

		if (rc < 0)
			return fail(g->o, EXIT_MACHINE, &err);
		g->differs = rc > 0;
		code = exit_code(g);
	}
	if (g->seen.answered)
		tell(g);
	else
		tell_silence(g);
	if (g->o->json)
		put_json(g, code);
	else
		put_result(g);
	return write_files(g, &err) < 0 ? fail(g->o, EXIT_MACHINE, &err) : code;
}

static int visit(struct study *g)
{
	struct tc_session_config sc;
	int code;

	live_config(&g->live, g->o, TC_ORACLE_PORTS, true, false, &sc);
	sc.no_stack = sc.busy_poll = true;
	sc.dst_port = g->port;
	code = live_start(&g->live, g->host, NULL, &sc);
	if (code)
		return code;
	g->live.own_sinks = true;		/* a ladder of them all would be no help */
	tc_html_ladder_free(g->live.page_ladder);
	g->live.page_ladder = NULL;
	g->live.say = put_said;
	g->live.say_ctx = g;
	code = learn(g, &sc);
	return live_close(&g->live, code);
}

/* ---- what is asked ------------------------------------------------------------------ */

static int read_model(struct study *g, struct tc_error *err)
{
	const char *path = g->o->probe.against;
	struct tc_buf text = { 0 };
	struct tc_error why = { 0 };
	struct tc_mealy mine = { 0 };
	int rc = tc_buf_read_file(&text, path, MODEL_MAX, &why);

	if (rc >= 0 && tc_mealy_parse(&g->against, (const char *)text.data, text.len, &why) < 0)
		rc = tc_fail(err, -EINVAL, "%s: %s", path, why.msg);
	else if (rc < 0)
		rc = tc_fail(err, -EINVAL, "%s", why.msg);
	/* of other inputs nothing could be said: not only when all is learned */
	for (unsigned i = 0; i < TC_INPUTS && rc >= 0; i++)
		rc = tc_symbol(&mine.inputs, tc_input_names[i], TC_MEALY_INPUTS_MAX, err);
	if (rc >= 0)
		rc = tc_mealy_inputs(&mine, &g->against, NULL, &why);
	if (rc == -EINVAL && why.code && !err->code)
		tc_fail(err, -EINVAL, "%s: %s", path, why.msg);
	tc_mealy_free(&mine);
	tc_buf_free(&text);
	return rc;
}

static int refuse(const struct options *o, struct tc_error *err)
{
	const struct {
		bool given;
		const char *name;
	} others[] = {
		{ o->csv, "--csv" }, { o->probe.echo, "--echo" },
		{ o->probe.trials, "--trials" }, { o->probe.most, "--most" },
		{ o->probe.prefix.len, "--prefix" }, { o->probe.revive, "--revive" },
		{ o->fuzz.spawn, "--spawn" },
	};

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (others[i].given)
			return tc_fail(err, -EINVAL, "%s is of experiments: learn has no use for "
				       "it", others[i].name);
	if (o->fuzz.parallel > TC_ORACLE_PARALLEL_MOST)
		return tc_fail(err, -ERANGE, "--parallel: %u, here %d at most",
			       o->fuzz.parallel, TC_ORACLE_PARALLEL_MOST);
	return 0;
}

static int open_file(const struct options *o, struct tc_outfile **file, const char *name)
{
	struct tc_error err = { 0 };

	if (name && tc_outfile_open(file, name, o->force, &err) < 0)
		return fail(o, exit_for(OF_SESSION, &err), &err);
	return 0;
}

int study_run(const struct options *o, const char *host, uint16_t port)
{
	struct study g = { .o = o, .host = host, .port = port, .progress.o = o };
	struct tc_error err = { 0 };
	int code = 0;

	if (refuse(o, &err) < 0 || (o->probe.against && read_model(&g, &err) < 0))
		code = fail(o, EXIT_USAGE, &err);
	if (!code)
		code = open_file(o, &g.model, o->probe.save);
	if (!code)
		code = open_file(o, &g.dot, o->probe.dot);
	if (!code)
		code = visit(&g);
	tc_outfile_abort(g.model);
	tc_outfile_abort(g.dot);
	tc_learned_free(&g.learned);
	tc_mealy_free(&g.against);
	tc_oracle_close(g.oracle);
	tc_buf_free(&g.sentence);
	return code;
}
