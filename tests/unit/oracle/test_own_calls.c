/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words of segments and calls asked of our own TCP, without a wire between: its sockets behind
 * the protocol of a machine under test, on a link in memory. What is learned of a client is the
 * model that is shipped, and a server answers as its model does.
 */
#include "check.h"

#include "dut/ours.h"
#include "dut/serve.h"
#include "oracle/abstract.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/conn.h>
#include <tcpcraft/error.h>
#include <tcpcraft/link.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/rng.h>

#include <stdlib.h>
#include <string.h>

#define OURS 0x0a000001u
#define THEIRS 0x0a000002u
#define PORT 8080
#define FIRST 1024			/* port of the first word; each has its own */
#define NO_MEANING 0x5eed5eedu
#define NO_TIMER (60 * TC_S)		/* none ends within a word, however busy the host is */

struct bed {
	struct tc_link *link[2];	/* of the machine, and ours */
	struct tc_stack *stack;
	struct tc_ours *ours;
	struct tc_dut_server server;
	struct tc_template template;
	const uint8_t *inputs;
	uint32_t id;			/* of the last request */
	struct tc_rng rng;
	uint16_t port;
	struct tc_symbols outputs;
};

/* A word: it has one socket at a time, as those of oracle/sockets.h. */
struct talk {
	struct tc_abstract a;
	struct tc_flow flow;
	enum { NONE, OPEN, OVER } state;
	int socket;
	bool connecting;
	tc_seq next;			/* what the machine expects, by its last ACK */
};

/* ---- the bed ------------------------------------------------------------------------- */

static void make_template(struct bed *b)
{
	struct tc_packet p = { 0 };
	struct tc_error err = { 0 };

	CHECK(tc_packet_push(&p, tc_header_get(TC_HDR_IP), &err) >= 0);
	CHECK(tc_packet_push(&p, tc_header_get(TC_HDR_TCP), &err) >= 0);
	CHECK_OK(tc_template_init(&b->template, &p, &err), err);
	tc_packet_free(&p);
}

static void open_bed(struct bed *b, const uint8_t *inputs, uint64_t seed)
{
	struct tc_path path = { .src = tc_addr_from_v4(OURS), .dst = tc_addr_from_v4(THEIRS),
				.mtu = 1500 };
	struct tc_tcp_config tcp;
	struct tc_stack_config cfg = { .path = &path, .tcp = &tcp, .port_lo = 1,
				       .port_hi = UINT16_MAX, .seed = seed };
	struct tc_error err = { 0 };

	*b = (struct bed){ .inputs = inputs, .port = FIRST };
	tc_rng_seed(&b->rng, seed);
	CHECK_OK(tc_link_open_pair(&b->link[0], &b->link[1], &err), err);
	tc_tcp_config_default(&tcp, 4, 1500);
	tcp.delayed_ack = false;
	tcp.rto_initial = tcp.rto_min = tcp.rto_max = NO_TIMER;
	tcp.msl = NO_TIMER;
	tcp.hold_time_wait = true;
	cfg.link = b->link[0];
	CHECK_OK(tc_stack_open(&b->stack, &cfg, &err), err);
	b->ours = tc_ours_new(b->stack, &path.src);
	b->server = (struct tc_dut_server){ .machine = &tc_dut_ours, .ctx = b->ours };
	make_template(b);
	tc_symbol(&b->outputs, TC_SILENCE_NAME, TC_MEALY_OUTPUTS_MAX, NULL);
}

static void close_bed(struct bed *b)
{
	tc_dut_serve_reset(&b->server);
	tc_ours_free(b->ours);
	tc_stack_close(b->stack);
	tc_link_close(b->link[0]);
	tc_link_close(b->link[1]);
	tc_symbols_free(&b->outputs);
}

/* What was sent before is dealt with, and what comes of it is heard. */
static void turn(struct bed *b, struct talk *t)
{
	struct tc_error err = { 0 };
	struct tc_frame f;
	struct tc_rx rx;

	CHECK_OK(tc_stack_run(b->stack, 0, NULL, 0, &err), err);
	while (tc_link_recv(b->link[1], &f, &err) > 0)
		if (tc_rx_parse(&rx, f.bytes, f.len, TC_DLT_RAW, NULL) >= 0 &&
		    rx.kind == TC_RX_TCP && rx.dport == t->flow.local_port) {
			tc_abstract_hear(&t->a, &rx.seg);
			t->next = rx.seg.flags & TC_FLAG_ACK ? rx.seg.ack : t->next;
		}
}

static void put(struct bed *b, struct talk *t, const struct tc_seg *seg)
{
	uint8_t bytes[TC_HEAD_MAX + 1];
	struct tc_out out = { .bytes = bytes };
	struct tc_error err = { 0 };

	out.len = tc_template_emit(&b->template, &t->flow, seg, 1, (const uint8_t *)"x", bytes);
	CHECK_U64(tc_link_send(b->link[1], &out, 1, &err), 1);
	turn(b, t);
}

/* ---- calls --------------------------------------------------------------------------- */

/* *l: the words of the reply. */
static void request(struct bed *b, struct tc_dut_line *l, const char *verb, int socket,
		    const char *rest)
{
	char text[TC_DUT_LINE];
	struct tc_error err = { 0 };
	int n = snprintf(text, sizeof text, "%u %s %d%s\n", ++b->id, verb, socket, rest);
	size_t said = tc_dut_serve_line(&b->server, text, (size_t)n);

	CHECK_OK(tc_dut_line_read(l, b->server.reply, said, &err), err);
}

static bool is(const struct tc_dut_line *l, const char *word)
{
	return strcmp(l->word[0], word) == 0;
}

static void open_socket(struct bed *b, struct talk *t)
{
	struct tc_dut_line l;

	request(b, &l, "open", 4, "");
	t->socket = atoi(l.word[1]);
	t->state = OPEN;
	request(b, &l, "bind", t->socket, " 10.0.0.1 8080");
	CHECK(is(&l, "ok"));
}

static void make(struct bed *b, struct talk *t, unsigned input, struct tc_dut_line *l)
{
	char rest[40] = "";

	if (input == TC_INPUT_CONNECT)
		snprintf(rest, sizeof rest, " 10.0.0.2 %u", t->flow.local_port);
	else
		snprintf(rest, sizeof rest, "%s", input == TC_INPUT_LISTEN ? " 0" :
			 input == TC_INPUT_SEND ? " 78" :
			 input == TC_INPUT_RECEIVE ? " 1000" : "");
	request(b, l, tc_input_names[input], t->socket, rest);
}

/* What the machine says, in the words of a program's calls (dut/translate.c, oracle/sockets.h);
 * it outlives the answer. */
static const char *outcome(struct talk *t, unsigned input, const struct tc_dut_line *l)
{
	static char said[TC_MEALY_NAME_MAX];

	snprintf(said, sizeof said, "%s", l->word[0]);
	if (input == TC_INPUT_CONNECT && is(l, "EAGAIN"))
		snprintf(said, sizeof said, t->connecting ? "EALREADY" : "EINPROGRESS");
	if (input == TC_INPUT_RECEIVE && is(l, "ok"))
		snprintf(said, sizeof said, l->n > 1 && strcmp(l->word[1], "-") != 0 ? "data" : "end");
	if (input == TC_INPUT_CONNECT)
		t->connecting = is(l, "EAGAIN");
	return said;
}

static void call(struct bed *b, struct talk *t, unsigned input)
{
	const char *said = "EBADF";
	struct tc_dut_line l;

	if (t->state == NONE && (input == TC_INPUT_LISTEN || input == TC_INPUT_CONNECT))
		open_socket(b, t);
	if (t->state == OPEN) {
		make(b, t, input, &l);
		said = outcome(t, input, &l);
		if (input == TC_INPUT_CLOSE)
			t->state = OVER;
		if (input == TC_INPUT_ACCEPT && is(&l, "ok")) {
			int accepted = atoi(l.word[1]);

			request(b, &l, "close", t->socket, "");
			t->socket = accepted;
		}
	}
	tc_abstract_call(&t->a, said);
	turn(b, t);
}

/* Connections on the same ports begin at other numbers: their clock goes on every 4 us. */
static void wait_for_another_isn(const struct bed *b, const struct talk *t)
{
	const struct tc_flow flow = { t->flow.remote_addr, t->flow.local_addr,
				      t->flow.remote_port, t->flow.local_port };
	tc_seq now = tc_stack_iss(b->stack, &flow);

	while (tc_stack_iss(b->stack, &flow) == now)
		;
}

/* ---- words --------------------------------------------------------------------------- */

static void begin(struct bed *b, struct talk *t)
{
	*t = (struct talk){ .flow = tc_flow_v4(THEIRS, OURS, b->port, PORT) };
	b->port = b->port == UINT16_MAX ? FIRST : (uint16_t)(b->port + 1);
	tc_abstract_begin(&t->a, (tc_seq)tc_rng_u64(&b->rng), NO_MEANING);
}

static void end(struct bed *b, struct talk *t)
{
	struct tc_dut_line l;
	struct tc_seg reset;

	if (t->state == OPEN)
		request(b, &l, "abort", t->socket, "");
	turn(b, t);
	tc_abstract_reset(&t->a, &reset);
	put(b, t, &reset);
	reset.seq = t->next;		/* it was challenged, maybe */
	put(b, t, &reset);
}

static uint16_t say(struct bed *b, struct talk *t, unsigned input)
{
	char name[TC_MEALY_NAME_MAX];
	struct tc_seg seg;

	wait_for_another_isn(b, t);
	if (input < TC_INPUT_SEGMENTS) {
		tc_abstract_send(&t->a, input, &seg);
		put(b, t, &seg);
	} else {
		call(b, t, input);
	}
	tc_abstract_answer(&t->a, name);
	return (uint16_t)tc_symbol(&b->outputs, name, TC_MEALY_OUTPUTS_MAX, NULL);
}

static int ask(void *ctx, struct tc_word **words, size_t n, struct tc_error *err)
{
	struct bed *b = ctx;
	struct talk t;

	(void)err;
	for (size_t w = 0; w < n; w++) {
		begin(b, &t);
		for (unsigned i = 0; i < words[w]->n; i++)
			words[w]->out[i] = say(b, &t, b->inputs[words[w]->in[i]]);
		end(b, &t);
	}
	return 0;
}

static void learn(struct tc_learned *l, const uint8_t *inputs, unsigned n, unsigned search)
{
	struct bed b;
	struct tc_learn_config how = {
		.n_inputs = n, .ask = ask, .ctx = &b, .seed = 1, .search = search,
		.words_most = 1000000, .states_most = 200,
	};
	struct tc_error err = { 0 };

	open_bed(&b, inputs, 1);
	CHECK_OK(tc_learn(&how, l, &err), err);
	CHECK_U64(l->end, TC_LEARN_DONE);
	CHECK_U64(l->stats.disputes, 0);
	l->model.inputs.n = 0;
	for (unsigned i = 0; i < n; i++)
		tc_symbol(&l->model.inputs, tc_input_names[inputs[i]], TC_MEALY_INPUTS_MAX, NULL);
	for (unsigned i = 0; i < b.outputs.n; i++)
		tc_symbol(&l->model.outputs, b.outputs.names[i], TC_MEALY_OUTPUTS_MAX, NULL);
	close_bed(&b);
}

/* ---- a model that is there -------------------------------------------------------------- */

static bool read_model(struct tc_mealy *m, const char *file, const uint8_t *inputs, unsigned n)
{
	struct tc_buf text = { 0 };
	struct tc_error err = { 0 };

	CHECK_OK(tc_buf_read_file(&text, file, 1 << 20, &err), err);
	CHECK_OK(tc_mealy_parse(m, (const char *)text.data, text.len, &err), err);
	tc_buf_free(&text);
	CHECK(m->n_states > 1);
	CHECK_U64(m->inputs.n, n);
	for (unsigned i = 0; i < n && i < m->inputs.n; i++)
		CHECK_STR(m->inputs.names[i], tc_input_names[inputs[i]]);
	return m->n_states > 1 && m->inputs.n == n;
}

/* How each state is come to on the shortest way. */
struct ways {
	uint8_t last[TC_MEALY_STATES_MAX];	/* input */
	uint16_t from[TC_MEALY_STATES_MAX], depth[TC_MEALY_STATES_MAX];
	uint16_t order[TC_MEALY_STATES_MAX];	/* of the search */
	unsigned n;
};

static void find_ways(struct ways *w, const struct tc_mealy *m)
{
	*w = (struct ways){ .n = 1 };		/* to the first no input is needed */
	for (unsigned at = 0; at < w->n; at++)
		for (unsigned i = 0; i < m->inputs.n; i++) {
			unsigned from = w->order[at], to = tc_mealy_step(m, from, i)->next;

			if (to == 0 || w->depth[to])
				continue;
			w->last[to] = (uint8_t)i;
			w->from[to] = (uint16_t)from;
			w->depth[to] = (uint16_t)(w->depth[from] + 1);
			w->order[w->n++] = (uint16_t)to;
		}
}

/* One word, and the answers that the model has. */
static void try_word(struct bed *b, const struct tc_mealy *m, const uint8_t *in, unsigned n)
{
	unsigned state = 0;
	struct talk t;

	begin(b, &t);
	for (unsigned i = 0; i < n; i++) {
		const struct tc_transition *s = tc_mealy_step(m, state, in[i]);
		uint16_t said = say(b, &t, b->inputs[in[i]]);

		CHECK_STR(b->outputs.names[said], m->outputs.names[s->out]);
		state = s->next;
	}
	end(b, &t);
}

/* The shortest word to a state, and each input behind it. */
static void try_state(struct bed *b, const struct tc_mealy *m, const struct ways *w,
		      unsigned state)
{
	uint8_t in[TC_MEALY_STATES_MAX];
	unsigned n = w->depth[state];

	for (unsigned i = n, at = state; i-- > 0; at = w->from[at])
		in[i] = w->last[at];
	for (unsigned i = 0; i < m->inputs.n; i++) {
		in[n] = (uint8_t)i;
		try_word(b, m, in, n + 1);
	}
}

/* Its machine is too large to be learned whole in a moment: each of its steps is tried. */
static void agrees(const char *file, const uint8_t *inputs, unsigned n)
{
	struct tc_mealy shipped = { 0 };
	struct ways ways;
	struct bed b;

	if (read_model(&shipped, file, inputs, n)) {
		open_bed(&b, inputs, 1);
		find_ways(&ways, &shipped);
		CHECK_U64(ways.n, shipped.n_states);
		for (unsigned i = 0; i < ways.n; i++)
			try_state(&b, &shipped, &ways, ways.order[i]);
		close_bed(&b);
	}
	tc_mealy_free(&shipped);
}

/* search: random words. No further state was found by 60,000. */
static void is_shipped(const char *file, const uint8_t *inputs, unsigned n, unsigned search)
{
	struct tc_mealy_difference d = { .n = 0 };
	struct tc_buf mine = { 0 };
	struct tc_error err = { 0 };
	struct tc_mealy shipped = { 0 };
	struct tc_learned l;

	read_model(&shipped, file, inputs, n);
	learn(&l, inputs, n, search);
	CHECK_U64(l.model.n_states, shipped.n_states);
	if (l.model.n_states && shipped.n_states)
		CHECK_U64(tc_mealy_diff(&l.model, &shipped, &d, &err), 0);
	tc_mealy_print(&l.model, &mine);
	if (l.model.n_states != shipped.n_states || d.n)
		fprintf(stderr, "%s", (const char *)mine.data);
	tc_learned_free(&l);
	tc_mealy_free(&shipped);
	tc_buf_free(&mine);
}

#define SEGMENTS TC_INPUT_SYN, TC_INPUT_SYN_ACK, TC_INPUT_ACK, TC_INPUT_ACK_FIN, \
	TC_INPUT_ACK_RST, TC_INPUT_RST, TC_INPUT_ACK_PSH

static void a_client_is_the_model_that_is_shipped(void)
{
	static const uint8_t inputs[] = { SEGMENTS, TC_INPUT_CONNECT, TC_INPUT_CLOSE,
					  TC_INPUT_SEND, TC_INPUT_RECEIVE };

	is_shipped("scripts/models/tcpcraft-client.model", inputs, sizeof inputs, 3000);
}

static void a_server_agrees_with_the_model_that_is_shipped(void)
{
	static const uint8_t inputs[] = { SEGMENTS, TC_INPUT_LISTEN, TC_INPUT_ACCEPT,
					  TC_INPUT_CLOSE, TC_INPUT_SEND, TC_INPUT_RECEIVE };

	agrees("scripts/models/tcpcraft-server-calls.model", inputs, sizeof inputs);
}

CU_TestInfo tests_own_calls[] = {
	{ "our client is the model that is shipped", a_client_is_the_model_that_is_shipped },
	{ "our server with its calls agrees with the model that is shipped",
	  a_server_agrees_with_the_model_that_is_shipped },
	CU_TEST_INFO_NULL,
};
