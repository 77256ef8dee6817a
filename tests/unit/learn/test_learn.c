/* SPDX-License-Identifier: BSD-2-Clause */
/* Machines made by lot and learned through their answers, with and without noise; and their
 * text, graph and first differences. */
#include "check.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/learn.h>
#include <tcpcraft/rng.h>

#include <errno.h>
#include <stdlib.h>

#define MACHINES 60
#define INPUTS 5
#define OUTPUTS 4

struct told {
	struct tc_mealy m;
	struct tc_rng rng;
	unsigned lies;			/* so many of a thousand answers are wrong */
	uint64_t words;
	uint64_t fails_after;		/* words; 0: never */
};

static void name_symbols(struct tc_mealy *m, unsigned inputs)
{
	char name[16];

	m->inputs.n = 0;
	for (unsigned i = 0; i < inputs; i++) {
		snprintf(name, sizeof name, "i%u", i);
		tc_symbol(&m->inputs, name, TC_MEALY_INPUTS_MAX, NULL);
	}
	tc_symbol(&m->outputs, TC_SILENCE_NAME, TC_MEALY_OUTPUTS_MAX, NULL);
	for (unsigned i = 1; i < OUTPUTS; i++) {
		snprintf(name, sizeof name, "o%u", i);
		tc_symbol(&m->outputs, name, TC_MEALY_OUTPUTS_MAX, NULL);
	}
}

static void make(struct told *t, uint64_t seed, unsigned states)
{
	*t = (struct told){ 0 };
	tc_rng_seed(&t->rng, seed);
	name_symbols(&t->m, INPUTS);
	t->m.n_states = states;
	t->m.steps = calloc(states * INPUTS, sizeof *t->m.steps);
	for (unsigned i = 0; i < states * INPUTS; i++)
		t->m.steps[i] = (struct tc_transition){ (uint16_t)tc_rng_below(&t->rng, states),
						  (uint16_t)tc_rng_below(&t->rng, OUTPUTS) };
}

static int ask(void *ctx, struct tc_word **words, size_t n, struct tc_error *err)
{
	struct told *t = ctx;

	for (size_t w = 0; w < n; w++) {
		unsigned state = 0;

		if (t->fails_after && ++t->words > t->fails_after)
			return tc_fail(err, -EINTR, "stopped");
		for (unsigned i = 0; i < words[w]->n; i++) {
			const struct tc_transition *s = tc_mealy_step(&t->m, state, words[w]->in[i]);

			words[w]->out[i] = s->out;
			state = s->next;
			if (tc_rng_below(&t->rng, 1000) < t->lies)
				words[w]->out[i] = (uint16_t)tc_rng_below(&t->rng, OUTPUTS);
		}
	}
	return 0;
}

static struct tc_learn_config config(struct told *t, uint64_t seed)
{
	return (struct tc_learn_config){
		.n_inputs = INPUTS, .ask = ask, .ctx = t, .seed = seed, .search = 3000,
		.words_most = 2000000, .states_most = 200,
	};
}

static void learn_one(uint64_t seed, unsigned lies)
{
	struct tc_learn_config cfg;
	struct tc_mealy_difference d;
	struct tc_error err = { 0 };
	struct tc_learned l;
	struct told t;

	make(&t, seed, 1 + (unsigned)seed % 20);
	t.lies = lies;
	cfg = config(&t, seed);
	CHECK_U64(tc_learn(&cfg, &l, &err), 0);
	CHECK_U64(l.end, TC_LEARN_DONE);
	name_symbols(&l.model, INPUTS);
	CHECK_U64(tc_mealy_diff(&t.m, &l.model, &d, &err), 0);
	CHECK(l.model.n_states <= t.m.n_states);
	CHECK(lies == 0 || l.stats.disputes > 0);
	CHECK_U64(l.stats.states, l.model.n_states);
	tc_learned_free(&l);
	tc_mealy_free(&t.m);
}

static void machines_by_lot_are_learned_exactly(void)
{
	for (uint64_t seed = 0; seed < MACHINES; seed++)
		learn_one(seed, 0);
}

static void wrong_answers_are_outvoted(void)
{
	for (uint64_t seed = 0; seed < MACHINES / 3; seed++)
		learn_one(seed, 5);
}

/* One whose first answer is by lot. */
static int ask_by_lot(void *ctx, struct tc_word **words, size_t n, struct tc_error *err)
{
	struct told *t = ctx;
	int rc = ask(ctx, words, n, err);

	for (size_t w = 0; w < n; w++)
		if (words[w]->in[0] == 2)
			words[w]->out[0] = (uint16_t)(1 + tc_rng_below(&t->rng, 2));
	return rc;
}

static void a_peer_without_a_majority_is_told(void)
{
	struct tc_learn_config cfg;
	struct tc_learned l;
	struct told t;

	make(&t, 7, 4);
	cfg = config(&t, 1);
	cfg.ask = ask_by_lot;
	CHECK_U64(tc_learn(&cfg, &l, NULL), 0);
	CHECK_U64(l.end, TC_LEARN_UNSTEADY);
	CHECK_U64(l.doubtful.n, 1);
	CHECK_U64(l.doubtful.in[0], 2);
	CHECK_U64(l.n_votes, 2);
	CHECK(l.votes[0].times + l.votes[1].times >= 16);
	tc_learned_free(&l);
	tc_mealy_free(&t.m);
}

/* Answers to one input come late: one in sixteen too late, unless it is waited for. */
static int ask_late(void *ctx, struct tc_word **words, size_t n, struct tc_error *err)
{
	struct told *t = ctx;
	int rc = ask(ctx, words, n, err);

	for (size_t w = 0; w < n; w++)
		for (unsigned i = 0; i < words[w]->n; i++)
			if (words[w]->in[i] == 1 && words[w]->patience[i] < 3 &&
			    tc_rng_below(&t->rng, 16) == 0)
				words[w]->out[i] = TC_SILENCE;
	return rc;
}

static void late_answers_are_waited_for(void)
{
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct tc_mealy_difference d;
		struct tc_learn_config cfg;
		struct tc_learned l;
		struct told t;

		make(&t, seed, 6);
		cfg = config(&t, seed);
		cfg.ask = ask_late;
		CHECK_U64(tc_learn(&cfg, &l, NULL), 0);
		CHECK_U64(l.end, TC_LEARN_DONE);
		CHECK(l.stats.disputes > 0);
		name_symbols(&l.model, INPUTS);
		CHECK_U64(tc_mealy_diff(&t.m, &l.model, &d, NULL), 0);
		tc_learned_free(&l);
		tc_mealy_free(&t.m);
	}
}

static void bounds_and_stops_end_it(void)
{
	struct tc_learn_config cfg;
	struct tc_error err = { 0 };
	struct tc_learned l;
	struct told t;

	make(&t, 11, 15);
	cfg = config(&t, 1);
	cfg.words_most = 300;
	CHECK_U64(tc_learn(&cfg, &l, &err), 0);
	CHECK_U64(l.end, TC_LEARN_BOUNDED);
	tc_learned_free(&l);
	cfg = config(&t, 1);
	cfg.states_most = 3;
	CHECK_U64(tc_learn(&cfg, &l, &err), 0);
	CHECK_U64(l.end, TC_LEARN_BOUNDED);
	tc_learned_free(&l);
	cfg = config(&t, 1);
	t.fails_after = 500;
	CHECK_U64(tc_learn(&cfg, &l, &err), -EINTR);
	CHECK_U64(l.end, TC_LEARN_STOPPED);
	tc_learned_free(&l);
	cfg.n_inputs = 0;
	CHECK_U64(tc_learn(&cfg, &l, &err), -EINVAL);
	tc_mealy_free(&t.m);
}

/* Every word that was asked, as its inputs in hex. */
struct diary {
	struct told t;			/* first: ask() is told of it */
	char (*words)[2 * TC_WORD_MAX + 1];
	size_t n;
};

static int ask_and_note(void *ctx, struct tc_word **words, size_t n, struct tc_error *err)
{
	struct diary *d = ctx;

	d->words = realloc(d->words, (d->n + n) * sizeof *d->words);
	for (size_t w = 0; w < n; w++) {
		d->words[d->n][0] = 0;
		for (unsigned i = 0; i < words[w]->n; i++)
			sprintf(d->words[d->n] + 2 * i, "%02x", words[w]->in[i]);
		d->n++;
	}
	return ask(&d->t, words, n, err);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Silence, and what the machine grows by, is asked again, so often; nothing else is, nor what
 * another word began with. */
#define MOST_ASKED (1 + TC_PATIENCE_MOST)
static void nothing_known_is_asked_again(void)
{
	struct tc_learn_config cfg;
	struct tc_learned l;
	struct diary d = { 0 };
	size_t twice = 0;

	make(&d.t, 5, 12);
	cfg = config(&d.t, 3);
	cfg.ask = ask_and_note;
	CHECK_U64(tc_learn(&cfg, &l, NULL), 0);
	CHECK_U64(l.end, TC_LEARN_DONE);
	CHECK_U64(l.stats.words, d.n);
	qsort(d.words, d.n, sizeof *d.words, by_text);
	for (size_t i = MOST_ASKED; i < d.n; i++)
		CHECK(strcmp(d.words[i], d.words[i - MOST_ASKED]) != 0);
	for (size_t i = 1; i < d.n; i++)
		twice += strcmp(d.words[i], d.words[i - 1]) == 0;
	CHECK(twice <= l.stats.repeated);
	CHECK_U64(l.stats.disputes, 0);
	tc_learned_free(&l);
	tc_mealy_free(&d.t.m);
	free(d.words);
}

/* ---- models as text ------------------------------------------------------------------ */

static const char small[] =
	"# two states\n"
	"0 SYN SA 1\n"
	"0 RST - 0	# nothing\n"
	"\n"
	"1 SYN A 1\n"
	"1 RST - 0\n";

static int parse(struct tc_mealy *m, const char *text, struct tc_error *err)
{
	return tc_mealy_parse(m, text, strlen(text), err);
}

static void a_model_is_read_and_written(void)
{
	struct tc_buf out = { 0 };
	struct tc_error err = { 0 };
	struct tc_mealy m;

	CHECK_U64(parse(&m, small, &err), 0);
	CHECK_U64(m.n_states, 2);
	tc_mealy_print(&m, &out);
	CHECK_STR((const char *)out.data, "0 SYN SA 1\n0 RST - 0\n1 SYN A 1\n1 RST - 0\n");
	out.len = 0;
	tc_mealy_json(&m, &out);
	CHECK_STR((const char *)out.data, "{\"inputs\":[\"SYN\",\"RST\"],\"outputs\":[\"-\","
		  "\"SA\",\"A\"],\"states\":[[{\"output\":1,\"next\":1},{\"output\":0,"
		  "\"next\":0}],[{\"output\":2,\"next\":1},{\"output\":0,\"next\":0}]]}");
	out.len = 0;
	tc_mealy_table(&m, &out);
	CHECK_STR((const char *)out.data, "state  SYN      RST   \n"
		  "    0  SA >1    -     \n"
		  "    1  A        - >0  \n");
	out.len = 0;
	tc_mealy_dot(&m, "a \"host\"", &out);
	CHECK(strstr((const char *)out.data, "label=\"a ?host?\""));
	CHECK(strstr((const char *)out.data, "s0 -> s1 [label=\"SYN / SA\"]"));
	tc_buf_free(&out);
	tc_mealy_free(&m);
}

/* What was said while it was learned is kept as one. */
static void a_remark_is_as_long_as_it_likes(void)
{
	char text[2000];
	struct tc_error err = { 0 };
	struct tc_mealy m;

	memset(text, 'x', sizeof text);
	text[0] = '#';
	strcpy(text + sizeof text - sizeof "\n0 SYN SA 0\n", "\n0 SYN SA 0\n");
	CHECK_OK(parse(&m, text, &err), err);
	CHECK_U64(m.n_states, 1);
	tc_mealy_free(&m);
	memset(text, '0', 1000);
	CHECK_U64(parse(&m, text, &err), -EBADMSG);
	CHECK_STR(err.msg, "line 1: too long, or no text");
}

/* States are numbered as they are met; those that nothing leads to are left out. */
static void a_model_is_numbered_by_breadth(void)
{
	struct tc_buf out = { 0 };
	struct tc_mealy m;

	CHECK_U64(parse(&m, "0 a x 2\n0 b y 1\n1 a - 1\n1 b - 0\n2 a z 2\n2 b - 1\n"
			    "3 a - 0\n3 b - 0\n", NULL), 0);
	tc_mealy_print(&m, &out);
	CHECK_STR((const char *)out.data, "0 a x 1\n0 b y 2\n1 a z 1\n1 b - 2\n"
		  "2 a - 2\n2 b - 0\n");
	tc_buf_free(&out);
	tc_mealy_free(&m);
}

static void a_bad_model_is_refused_with_its_line(void)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "", "there is no step in it" },
		{ "# nothing\n", "there is no step in it" },
		{ "0 SYN SA\n", "line 1: not STATE INPUT OUTPUT NEXT" },
		{ "0 SYN SA 0\n0 RST - 0 x\n", "line 2: not STATE INPUT OUTPUT NEXT" },
		{ "0 SYN SA 1\n", "state 1 is not told what SYN does" },
		{ "0 SYN SA 0\n0 SYN - 0\n", "state 0 is told twice what SYN does" },
		{ "0 SYN SA 5000\n", "line 1: a state's number is too great" },
		{ "0 SYN <b> 0\n", "line 1: a symbol has none of \" \\ # < > & '" },
	};
	char *cut = strdup(small);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tc_error err = { 0 };
		struct tc_mealy m;

		CHECK_U64(parse(&m, rows[i].text, &err), -EBADMSG);
		CHECK_STR(err.msg, rows[i].why);
	}
	for (size_t n = 0; n < sizeof small - 1; n++) {
		struct tc_mealy m;

		if (tc_mealy_parse(&m, cut, n, NULL) == 0)
			tc_mealy_free(&m);
	}
	free(cut);
}

static void the_shortest_difference_is_named(void)
{
	struct tc_mealy_difference d;
	struct tc_error err = { 0 };
	struct tc_mealy a, b, c;

	CHECK_U64(parse(&a, small, NULL), 0);
	/* inputs in another order, and after SYN SYN another answer to RST */
	CHECK_U64(parse(&b, "0 RST - 0\n0 SYN SA 1\n1 RST - 0\n1 SYN A 2\n2 RST R 0\n"
			    "2 SYN A 2\n", NULL), 0);
	CHECK_U64(parse(&c, "0 FIN - 0\n", NULL), 0);
	CHECK_U64(tc_mealy_diff(&a, &a, &d, &err), 0);
	CHECK_U64(tc_mealy_diff(&a, &b, &d, &err), 1);
	CHECK_U64(d.n, 3);
	CHECK_STR(a.inputs.names[d.word[0]], "SYN");
	CHECK_STR(a.inputs.names[d.word[1]], "SYN");
	CHECK_STR(a.inputs.names[d.word[2]], "RST");
	CHECK_STR(a.outputs.names[d.out_a], "-");
	CHECK_STR(b.outputs.names[d.out_b], "R");
	CHECK_U64(tc_mealy_diff(&a, &c, &d, &err), -EINVAL);
	tc_mealy_free(&a);
	tc_mealy_free(&b);
	tc_mealy_free(&c);
}

CU_TestInfo tests_learn[] = {
	{ "machines made by lot are learned exactly", machines_by_lot_are_learned_exactly },
	{ "wrong answers are outvoted", wrong_answers_are_outvoted },
	{ "a peer without a majority is told", a_peer_without_a_majority_is_told },
	{ "late answers are waited for", late_answers_are_waited_for },
	{ "bounds and stops end it", bounds_and_stops_end_it },
	{ "nothing known is asked again", nothing_known_is_asked_again },
	{ "a model is read and written", a_model_is_read_and_written },
	{ "a remark in a model is as long as it likes", a_remark_is_as_long_as_it_likes },
	{ "a model is numbered by breadth", a_model_is_numbered_by_breadth },
	{ "a bad model is refused with its line", a_bad_model_is_refused_with_its_line },
	{ "the shortest difference is named", the_shortest_difference_is_named },
	CU_TEST_INFO_NULL,
};
