/* SPDX-License-Identifier: BSD-2-Clause */
/* probe learn: the peer's state machine, asked of it word by word; see study.h. */
#include "own.h"

#include "base/pace.h"
#include "wall/wall.h"

#include <errno.h>

#define QUERIES 100000			/* words at most, unless --queries does */
#define STATES 300

/* ---- how far it is ------------------------------------------------------------------ */

/* All words of this hypothesis' search, at the pace until now; a new state begins anew. */
static double seconds_left(const struct study *g, tc_time now)
{
	unsigned all = g->o->probe.words ? g->o->probe.words : STUDY_SEARCH;
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

/* ---- the run ------------------------------------------------------------------------ */

static int exit_code(struct study *g)
{
	if (g->rc == -EINTR) {
		live_read_signal(&g->live);
		return EXIT_SIGNAL + g->live.signal;
	}
	if (g->rc == -TC_ERR_HAND_GONE)
		return EXIT_PEER;
	if (g->rc < 0 && g->rc != -ETIME)
		return EXIT_MACHINE;
	if (g->learned.end != TC_LEARN_DONE || !g->seen.answered || study_is_spoiled(g))
		return EXIT_PEER;
	return g->differs ? EXIT_FINDING : EXIT_DONE;
}

/* -v: each word with its answers, and the patience behind those that had some. */
static int ask_aloud(void *ctx, struct tc_word **words, size_t n, struct tc_error *err)
{
	struct study *g = ctx;
	int rc = tc_oracle_ask(g->oracle, words, n, err);
	struct tc_buf text = { 0 };

	for (size_t w = 0; w < n && rc >= 0 && g->o->verbose; w++) {
		for (unsigned i = 0; i < words[w]->n; i++)
			tc_buf_printf(&text, "%s%s/%s%.*s", i ? " " : "",
				      tc_input_names[g->inputs[words[w]->in[i]]],
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
		.inputs = g->inputs, .n_inputs = g->n_inputs,
		.hand = g->hand.config.hand, .call_port = g->port,
		.parallel = study_at_once(g), .wait = o->timeout_given ? o->timeout : 0,
		.rate = tc_pace_choose(o->rate, study_is_local(g),
				       TC_OFF_HOST_PACKETS),
		.until = o->fuzz.seconds ? g->began + o->fuzz.seconds : 0,
		.turn = show, .turn_ctx = g,
		.frame = o->write_file ? sc->observer.frame : NULL, .ctx = sc->observer.ctx,
	};
	struct tc_learn_config lc = {
		.n_inputs = g->n_inputs, .ask = ask_aloud, .ctx = g, .seed = o->seed,
		.search = o->probe.words ? o->probe.words : STUDY_SEARCH,
		.words_most = o->probe.queries ? o->probe.queries : QUERIES,
		.states_most = STATES, .progress = note_progress, .progress_ctx = g,
	};
	int rc = tc_oracle_open(&g->oracle, &oc, err);

	if (rc >= 0) {
		tc_oracle_seen(g->oracle, &g->seen);
		if (g->seen.answered)
			rc = tc_learn(&lc, &g->learned, err);
	}
	if (g->oracle) {
		tc_oracle_rest(g->oracle, NULL);	/* what is learned is no less for it */
		tc_oracle_seen(g->oracle, &g->seen);
	}
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
	g->rc = live_wall_session(&g->live, &wall, &g->why);
	if (g->rc >= 0)
		g->rc = ask(g, sc, &g->why);
	g->ended = tc_clock_monotonic();
	g->live.sends_blocked += g->seen.sends_blocked;
	g->live.resets_leaked += g->seen.resets_leaked;
	progress_wipe(&g->progress);
	code = exit_code(g);
	if (code == EXIT_MACHINE)
		return fail(g->o, code, &g->why);
	if (study_is_spoiled(g))	/* the machine of two TCPs, the peer's and this kernel's */
		tc_mealy_free(&g->learned.model);
	else if (study_name_all(g, &err) < 0)
		return fail(g->o, EXIT_MACHINE, &err);
	if (g->learned.model.n_states && g->against.n_states &&
	    g->learned.end == TC_LEARN_DONE) {
		int rc = tc_mealy_diff(&g->learned.model, &g->against, &g->diff, &err);

		if (rc < 0)
			return fail(g->o, EXIT_MACHINE, &err);
		g->differs = rc > 0;
		code = exit_code(g);
	}
	study_tell(g);
	study_put(g, code);
	if (!g->learned.model.n_states && (g->model || g->dot))
		terminal_say(g->o, stderr, "tcpcraft: there is no model: --save and --dot write "
			     "nothing\n");
	return study_write(g, &err) < 0 ? fail(g->o, EXIT_MACHINE, &err) : code;
}

/* Who makes the calls, and how it is reached. It is there before any wall. */
static int open_hand(struct study *g, struct tc_session_config *sc)
{
	struct tc_error err = { 0 };
	int rc = run_hand_open(&g->hand, g->o, NULL, NULL, sc, &err);

	return rc < 0 ? fail(g->o, exit_for(OF_SESSION, &err), &err) : 0;
}

static int visit(struct study *g)
{
	struct tc_session_config sc;
	int code;

	live_config(&g->live, g->o, TC_ORACLE_PORTS, true, false, &sc);
	sc.no_stack = sc.busy_poll = true;
	sc.dst_port = g->o->script.dut ? 0 : g->port;	/* words have ports of their own */
	code = open_hand(g, &sc);
	if (!code)
		code = live_start(&g->live, options_no_host(g->o) ? NULL : g->host, NULL, &sc);
	if (code)
		return code;
	g->live.own_sinks = true;		/* a ladder of them all would be no help */
	tc_html_ladder_free(g->live.page_ladder);
	g->live.page_ladder = NULL;
	g->live.say = study_say;
	g->live.say_ctx = g;
	code = learn(g, &sc);
	return live_close(&g->live, code);
}

/* ---- what is asked ------------------------------------------------------------------ */

static int refuse(const struct study *g, struct tc_error *err)
{
	const struct options *o = g->o;
	unsigned most = study_most(g);
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
	if (o->fuzz.parallel > most)
		return tc_fail(err, -ERANGE, "--parallel: %u, here %u at most%s",
			       o->fuzz.parallel, most, most == 1 ?
			       ": our own TCP has one socket that listens" : "");
	if (o->script.dut && g->port + study_at_once(g) - 1 > UINT16_MAX)
		return tc_fail(err, -ERANGE, "PORT %u: words asked at once have a port each, "
			       "from this one on, %u here, and the last is 65535: a smaller PORT "
			       "or --parallel", g->port, study_at_once(g));
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

	if (study_inputs(&g, &err) < 0 || refuse(&g, &err) < 0)
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
	run_hand_close(&g.hand);
	tc_buf_free(&g.sentence);
	return code;
}
