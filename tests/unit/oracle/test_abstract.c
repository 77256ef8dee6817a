/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words asked of our own TCP machine, without a wire: a server that reads, says nothing, and
 * closes when its peer does. What is learned of it is the model that is shipped, and no word
 * of any kind up to a length leaves it.
 */
#include "check.h"

#include "oracle/abstract.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/rng.h>
#include <tcpcraft/tcp.h>

#include <stdlib.h>

#define MODEL "scripts/models/tcpcraft-server.model"
#define LONGEST 6			/* all words of so many inputs */
#define AGREE 20000			/* and so many by lot, longer */
#define LONG_WORD 20
#define NO_MEANING 0x5eed5eedu

struct peer {
	struct tc_tcb tcb;
	struct tc_disorder disorder;
	struct tc_abstract a;
	tc_seq iss;			/* of the next connection */
};

static struct tc_tcp_config cfg;
static struct tc_symbols outputs;

static void listen_again(struct peer *p);

/* Back in LISTEN: as the driver has it, the next SYN is a connection with an ISS of its own. */
static bool is_reset(const struct tc_action *act)
{
	return act->state.from == TC_ST_SYN_RECEIVED && act->state.to == TC_ST_LISTEN;
}

/* What the user of the machine, and the wire, make of one step. */
static void step(struct peer *p, const struct tc_event *first)
{
	struct tc_event ev = *first;
	struct tc_actions acts;
	bool close = false, closed = false;
	uint32_t read = 0;

	do {
		tc_tcp_step(&p->tcb, &ev, &acts);
		for (unsigned i = 0; i < acts.n; i++) {
			const struct tc_action *act = &acts.a[i];

			if (act->type == TC_ACT_SEND)
				tc_abstract_hear(&p->a, &act->send.seg);
			read += act->type == TC_ACT_DELIVER ? act->range.len : 0;
			close |= act->type == TC_ACT_NOTIFY &&
				 act->notify.what == TC_NOTIFY_PEER_CLOSED;
			closed |= (act->type == TC_ACT_NOTIFY &&
				   act->notify.what == TC_NOTIFY_CLOSED) ||
				  (act->type == TC_ACT_STATE && is_reset(act));
		}
		ev = (struct tc_event){ .type = TC_EV_POLL, .now = TC_S };
	} while (acts.more);
	if (read)
		step(p, &(struct tc_event){ .type = TC_EV_RECEIVE, .now = TC_S, .len = read });
	if (close)
		step(p, &(struct tc_event){ .type = TC_EV_CLOSE, .now = TC_S });
	if (closed)
		listen_again(p);
}

static void listen_again(struct peer *p)
{
	p->iss += 100000;
	tc_tcp_init(&p->tcb, &cfg);
	tc_tcp_lend(&p->tcb, &p->disorder);
	step(p, &(struct tc_event){ .type = TC_EV_OPEN, .now = TC_S,
				    .open = { .iss = p->iss, .passive = true } });
}

static void begin(struct peer *p, tc_seq iss)
{
	*p = (struct peer){ .iss = iss ^ 0x40000000 };
	tc_abstract_begin(&p->a, iss, NO_MEANING);
	listen_again(p);
}

static uint16_t say(struct peer *p, unsigned input)
{
	char name[TC_MEALY_NAME_MAX];
	struct tc_seg seg;

	tc_abstract_send(&p->a, input, &seg);
	step(p, &(struct tc_event){ .type = TC_EV_SEGMENT, .now = TC_S, .seg = &seg });
	tc_abstract_answer(&p->a, name);
	return (uint16_t)tc_symbol(&outputs, name, TC_MEALY_OUTPUTS_MAX, NULL);
}

static int ask(void *ctx, struct tc_word **words, size_t n, struct tc_error *err)
{
	struct tc_rng *rng = ctx;
	struct peer p;

	(void)err;
	for (size_t w = 0; w < n; w++) {
		begin(&p, (tc_seq)tc_rng_u64(rng));
		for (unsigned i = 0; i < words[w]->n; i++)
			words[w]->out[i] = say(&p, words[w]->in[i]);
	}
	return 0;
}

static void learn(struct tc_learned *l, uint64_t seed)
{
	struct tc_learn_config how = {
		.n_inputs = TC_INPUT_SEGMENTS, .ask = ask, .seed = seed, .search = 3000,
		.words_most = 1000000, .states_most = 100,
	};
	struct tc_error err = { 0 };
	struct tc_rng rng;

	tc_rng_seed(&rng, seed);
	how.ctx = &rng;
	tc_tcp_config_default(&cfg, 4, 1500);
	cfg.delayed_ack = false;
	tc_symbols_free(&outputs);
	tc_symbol(&outputs, TC_SILENCE_NAME, TC_MEALY_OUTPUTS_MAX, NULL);
	CHECK_OK(tc_learn(&how, l, &err), err);
	CHECK_U64(l->end, TC_LEARN_DONE);
	CHECK_U64(l->stats.disputes, 0);
	l->model.inputs.n = 0;
	for (unsigned i = 0; i < TC_INPUT_SEGMENTS; i++)
		tc_symbol(&l->model.inputs, tc_input_names[i], TC_MEALY_INPUTS_MAX, NULL);
	for (unsigned i = 0; i < outputs.n; i++)
		tc_symbol(&l->model.outputs, outputs.names[i], TC_MEALY_OUTPUTS_MAX, NULL);
}

/* ---- the model and the machine itself ------------------------------------------------ */

static unsigned departures;

/* Every word that continues this one, by copies of the machine. */
static void try_all(const struct tc_mealy *m, const struct peer *p, unsigned state, unsigned left)
{
	for (unsigned i = 0; i < TC_INPUT_SEGMENTS && left; i++) {
		const struct tc_transition *s = tc_mealy_step(m, state, i);
		struct peer next = *p;

		departures += say(&next, i) != s->out;
		try_all(m, &next, s->next, left - 1);
	}
}

static void try_by_lot(const struct tc_mealy *m, struct tc_rng *rng)
{
	unsigned state = 0;
	struct peer p;

	begin(&p, (tc_seq)tc_rng_u64(rng));
	for (unsigned i = 0; i < LONG_WORD; i++) {
		unsigned input = (unsigned)tc_rng_below(rng, TC_INPUT_SEGMENTS);
		const struct tc_transition *s = tc_mealy_step(m, state, input);

		departures += say(&p, input) != s->out;
		state = s->next;
	}
}

static void what_is_learned_is_the_machine(void)
{
	struct tc_learned l;
	struct tc_rng rng;
	struct peer p;

	learn(&l, 1);
	departures = 0;
	begin(&p, 0xfffffff0u);
	try_all(&l.model, &p, 0, LONGEST);
	CHECK_U64(departures, 0);
	tc_rng_seed(&rng, 2);
	for (unsigned i = 0; i < AGREE; i++)
		try_by_lot(&l.model, &rng);
	CHECK_U64(departures, 0);
	tc_learned_free(&l);
}

static void it_is_the_model_that_is_shipped(void)
{
	struct tc_mealy_difference d = { .n = 0 };
	struct tc_buf text = { 0 }, mine = { 0 };
	struct tc_error err = { 0 };
	struct tc_mealy shipped = { 0 };

	CHECK_OK(tc_buf_read_file(&text, MODEL, 1 << 20, &err), err);
	CHECK_OK(tc_mealy_parse(&shipped, (const char *)text.data, text.len, &err), err);
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct tc_learned l;

		learn(&l, seed);
		mine.len = 0;
		tc_mealy_print(&l.model, &mine);
		CHECK_U64(tc_mealy_diff(&l.model, &shipped, &d, &err), 0);
		if (!shipped.n_states || d.n)
			fprintf(stderr, "%s", (const char *)mine.data);
		CHECK_U64(l.model.n_states, shipped.n_states);
		tc_learned_free(&l);
	}
	tc_mealy_free(&shipped);
	tc_buf_free(&text);
	tc_buf_free(&mine);
	tc_symbols_free(&outputs);
}

/* ---- answers ------------------------------------------------------------------------- */

static int hear(struct tc_abstract *a, uint16_t flags, tc_seq seq, tc_seq ack, uint32_t len)
{
	return tc_abstract_hear(a, &(struct tc_seg){ .flags = flags, .seq = seq, .ack = ack,
						     .len = len });
}

static void want(const struct tc_abstract *a, const char *what)
{
	char name[TC_MEALY_NAME_MAX];

	tc_abstract_answer(a, name);
	CHECK_STR(name, what);
}

static void answers_have_no_numbers(void)
{
	const uint16_t S = TC_FLAG_SYN, A = TC_FLAG_ACK, F = TC_FLAG_FIN, R = TC_FLAG_RST;
	struct tc_abstract a;
	struct tc_seg seg;

	tc_abstract_begin(&a, 1000, 77);
	tc_abstract_send(&a, 2, &seg);
	CHECK_U64(seg.ack, 77);
	hear(&a, R, 77, 0, 0);
	want(&a, "R(acked,-)");
	tc_abstract_send(&a, 0, &seg);
	CHECK_U64(seg.seq, 1000);
	hear(&a, R | A, 0, 1001, 0);
	want(&a, "AR(zero,all)");
	tc_abstract_send(&a, 0, &seg);
	want(&a, "-");
	hear(&a, S | A, 5000, 1001, 0);
	want(&a, "SA(new,all)");
	tc_abstract_send(&a, 0, &seg);
	CHECK_U64(seg.seq, 1001);
	hear(&a, S | A, 5000, 1001, 0);
	want(&a, "SA(again,none)");
	/* data in two segments, and the FIN: one answer */
	tc_abstract_send(&a, 3, &seg);
	CHECK_U64(seg.ack, 5001);
	CHECK(hear(&a, A, 5001, 1002, 0) == 0);
	CHECK(hear(&a, A, 5001, 1002, 10) == 1);
	CHECK(hear(&a, A | F, 5011, 1002, 0) == 1);
	want(&a, "AFP(next,all)");
	/* a timer sends them again: nothing new; and then a reset besides an ACK */
	tc_abstract_send(&a, 6, &seg);
	CHECK_U64(seg.seq, 1002);
	CHECK_U64(seg.ack, 5012);
	CHECK_U64(seg.len, 1);
	CHECK(hear(&a, A | F, 5011, 1002, 0) == -1);
	want(&a, "-");
	hear(&a, A, 5012, 1002, 0);
	hear(&a, R, 5012, 0, 0);
	want(&a, "A(next,none)|R(next,-)");
	tc_abstract_reset(&a, &seg);
	CHECK_U64(seg.flags, R);
	CHECK_U64(seg.seq, 1002);
}

/* As a client's word: what it sends of itself, what a timer sends again, what only a call says. */
static void a_calls_result_stands_in_front(void)
{
	const uint16_t S = TC_FLAG_SYN, A = TC_FLAG_ACK;
	struct tc_abstract a;
	struct tc_seg seg;

	tc_abstract_begin(&a, 1000, 77);
	tc_abstract_call(&a, "EINPROGRESS");
	want(&a, "EINPROGRESS");
	hear(&a, S, 9000, 0, 0);
	want(&a, "EINPROGRESS|S(new,-)");
	tc_abstract_send(&a, TC_INPUT_SYN_ACK, &seg);
	CHECK_U64(seg.seq, 1000);
	CHECK_U64(seg.ack, 9001);
	hear(&a, S, 9000, 0, 0);
	want(&a, "-");
	hear(&a, A, 9001, 1001, 0);
	want(&a, "A(next,all)");
	tc_abstract_call(&a, "ok");
	hear(&a, A, 9001, 1001, 1);
	want(&a, "ok|AP(next,all)");
	tc_abstract_call(&a, "EAGAIN");
	want(&a, "EAGAIN");
	/* a connection after it has an ISN of its own */
	tc_abstract_call(&a, "EINPROGRESS");
	hear(&a, S, 12000, 0, 0);
	want(&a, "EINPROGRESS|S(new,-)");
	tc_abstract_send(&a, TC_INPUT_SYN_ACK, &seg);
	CHECK_U64(seg.ack, 12001);
}

CU_TestInfo tests_abstract[] = {
	{ "answers have no numbers", answers_have_no_numbers },
	{ "a call's result stands in front", a_calls_result_stands_in_front },
	{ "what is learned of our machine is our machine", what_is_learned_is_the_machine },
	{ "it is the model that is shipped", it_is_the_model_that_is_shipped },
	CU_TEST_INFO_NULL,
};
