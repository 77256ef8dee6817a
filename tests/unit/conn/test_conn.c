/* SPDX-License-Identifier: BSD-2-Clause */
/* The driver: two stacks joined in memory, one thread. Nothing here needs privilege. */
#include "check.h"

#include "conn/own.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/packet.h>
#include "exchange/server.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#define CLIENT_ADDR 0x0a000001u
#define SERVER_ADDR 0x0a000002u
#define SERVER_PORT 9999
#define FIRST_PORT 10000
#define GIVE_UP (20 * TC_S)

static const struct tc_addr any;

struct pair {
	struct tc_link *client_link, *server_link;
	struct tc_stack *client, *server;
};

static struct tc_stack *open_stack(struct tc_link *link, uint32_t us, uint32_t them,
				   uint16_t lo, uint16_t hi)
{
	struct tc_path path = { .src = tc_addr_from_v4(us), .dst = tc_addr_from_v4(them),
				.mtu = 1500 };
	struct tc_tcp_config tcp;
	struct tc_stack_config cfg = { .link = link, .path = &path, .tcp = &tcp,
				       .port_lo = lo, .port_hi = hi, .seed = 1 };
	struct tc_error err = { 0 };
	struct tc_stack *s = NULL;

	tc_tcp_config_default(&tcp, 4, 1500);
	CHECK_OK(tc_stack_open(&s, &cfg, &err), err);
	return s;
}

static void open_pair(struct pair *p)
{
	struct tc_error err = { 0 };

	CHECK_OK(tc_link_open_pair(&p->client_link, &p->server_link, &err), err);
	p->client = open_stack(p->client_link, CLIENT_ADDR, SERVER_ADDR, FIRST_PORT, 60000);
	p->server = open_stack(p->server_link, SERVER_ADDR, CLIENT_ADDR, SERVER_PORT,
			       SERVER_PORT);
}

static void close_pair(struct pair *p)
{
	tc_stack_close(p->client);
	tc_stack_close(p->server);
	tc_link_close(p->client_link);
	tc_link_close(p->server_link);
}

static void turn(struct pair *p)
{
	struct tc_error err = { 0 };

	CHECK_OK(tc_stack_run(p->client, 0, NULL, 0, &err), err);
	CHECK_OK(tc_stack_run(p->server, 0, NULL, 0, &err), err);
}

/* One end of a conversation: sends `out`, collects into `in`, closes after both. */
struct talker {
	const uint8_t *out;
	size_t out_len, queued;
	struct tc_buf in;
	size_t want;
	struct tc_conn *conn;
	enum tc_end end;
	bool over, closed;
};

static void feed(struct talker *t)
{
	size_t n = t->out_len - t->queued;

	n = n < 40000 ? n : 40000;
	if (tc_conn_unacked(t->conn) < 100000 && n &&
	    tc_conn_send(t->conn, t->out + t->queued, n, NULL) == 0)
		t->queued += n;
	if (t->queued == t->out_len && !t->closed) {
		t->closed = true;
		tc_conn_close(t->conn);
	}
}

static void on_connected(struct tc_conn *c, void *ctx)
{
	struct talker *t = ctx;

	t->conn = c;
	feed(t);
}

static void on_data(struct tc_conn *c, void *ctx, const uint8_t *bytes, size_t n)
{
	struct talker *t = ctx;

	tc_buf_add(&t->in, bytes, n);
	tc_conn_consumed(c, n);
}

static void on_acked(struct tc_conn *c, void *ctx)
{
	(void)c;
	feed(ctx);
}

static void on_ended(struct tc_conn *c, void *ctx, enum tc_end end)
{
	struct talker *t = ctx;

	(void)c;
	t->over = true;
	t->end = end;
}

static const struct tc_conn_ops talk = {
	.connected = on_connected, .data = on_data, .acked = on_acked, .ended = on_ended,
};

static const struct tc_conn_ops *accept_talker(void *ctx, struct tc_conn *c, void **conn_ctx)
{
	struct talker *t = ctx;

	t->conn = c;
	*conn_ctx = t;
	return &talk;
}

static struct tc_flow flow_to(uint16_t local_port, uint16_t remote_port)
{
	return tc_flow_v4(CLIENT_ADDR, SERVER_ADDR, local_port, remote_port);
}

static void a_megabyte_each_way(void)
{
	static uint8_t up[1000000], down[1300000];
	struct talker us = { .out = up, .out_len = sizeof up };
	struct talker them = { .out = down, .out_len = sizeof down };
	struct tc_flow flow = flow_to(FIRST_PORT, SERVER_PORT);
	tc_time give_up = tc_clock_monotonic() + GIVE_UP;
	struct tc_conn_info info;
	struct tc_rng rng;
	struct pair p;

	tc_rng_seed(&rng, 5);
	tc_rng_bytes(&rng, up, sizeof up);
	tc_rng_bytes(&rng, down, sizeof down);
	open_pair(&p);
	tc_stack_listen(p.server, &any, SERVER_PORT, 8, accept_talker, &them, NULL);
	us.conn = tc_conn_open(p.client, &flow, 0xfffffff0u, &talk, &us, NULL);
	while ((!us.over || !them.over) && tc_clock_monotonic() < give_up)
		turn(&p);
	CHECK(us.over && us.end == TC_END_CLOSED);
	CHECK(them.over && them.end == TC_END_CLOSED);
	CHECK_U64(them.in.len, sizeof up);
	CHECK_U64(us.in.len, sizeof down);
	if (them.in.len == sizeof up && us.in.len == sizeof down) {
		CHECK_MEM(them.in.data, up, sizeof up);
		CHECK_MEM(us.in.data, down, sizeof down);
	}
	tc_conn_info(us.conn, &info);
	CHECK_U64(info.bytes_sent, sizeof up);
	CHECK_U64(info.bytes_acked, sizeof up);
	CHECK_U64(info.bytes_received, sizeof down);
	CHECK(info.our_fin && info.peer_fin);
	tc_buf_free(&us.in);
	tc_buf_free(&them.in);
	close_pair(&p);
}

struct served {
	unsigned ok, bad;
};

static void on_served(struct tc_prot_server *server, const struct tc_conn_info *info,
		      const char *verdict, unsigned frames)
{
	struct served *s = server->ctx;

	(void)info;
	if (strcmp(verdict, "ok") == 0 && frames == 1)
		s->ok++;
	else
		s->bad++;
}

/* "PROT", version 1, one byte 'a', its XOR. */
static const uint8_t one_frame[] = { 'P', 'R', 'O', 'T', 1, 0, 0, 0, 1, 'a', 'a', 0 };

static void many_connections_are_told_apart(void)
{
	enum { N = 3000 };
	struct talker *us = calloc(N, sizeof *us);
	struct served served = { 0 };
	struct tc_prot_server server = { .ctx = &served, .done = on_served };
	tc_time give_up = tc_clock_monotonic() + GIVE_UP;
	unsigned over = 0, good = 0;
	struct pair p;

	open_pair(&p);
	tc_stack_listen(p.server, &(struct tc_addr){ 4, .bytes = { 10, 0, 0, 2 } }, SERVER_PORT, N, tc_prot_server_accept, &server,
			NULL);
	for (unsigned i = 0; i < N; i++) {
		struct tc_flow flow = flow_to((uint16_t)(FIRST_PORT + i), SERVER_PORT);

		us[i].out = one_frame;
		us[i].out_len = sizeof one_frame;
		us[i].conn = tc_conn_open(p.client, &flow, i * 1000003u, &talk, &us[i], NULL);
		if (i % 50 == 0)
			turn(&p);
	}
	while (over < N && tc_clock_monotonic() < give_up) {
		turn(&p);
		over = 0;
		for (unsigned i = 0; i < N; i++)
			over += us[i].over;
	}
	for (unsigned i = 0; i < N; i++) {
		good += us[i].in.len == 3 && memcmp(us[i].in.data, "ACK", 3) == 0;
		tc_buf_free(&us[i].in);
	}
	CHECK_U64(over, N);
	CHECK_U64(good, N);
	CHECK_U64(served.ok, N);
	CHECK_U64(served.bad, 0);
	free(us);
	close_pair(&p);
}

static void a_closed_port_refuses(void)
{
	struct talker us = { 0 };
	struct tc_flow flow = flow_to(FIRST_PORT, SERVER_PORT);
	tc_time give_up = tc_clock_monotonic() + GIVE_UP;
	struct pair p;

	open_pair(&p);
	tc_conn_open(p.client, &flow, 1, &talk, &us, NULL);
	while (!us.over && tc_clock_monotonic() < give_up)
		turn(&p);
	CHECK(us.over && us.end == TC_END_REFUSED);
	close_pair(&p);
}

/* A segment on the wire, from any address to any. */
static void put(struct tc_link *link, uint32_t src, uint32_t dst, unsigned flag)
{
	struct tc_packet p = { 0 };
	struct tc_out out = { 0 };
	uint8_t bytes[64];
	int ip = tc_packet_push(&p, tc_header_get(TC_HDR_IP), NULL);
	int tcp = tc_packet_push(&p, tc_header_get(TC_HDR_TCP), NULL);
	int n;

	tc_packet_set(&p, ip, TC_IP_SRC, src, NULL);
	tc_packet_set(&p, ip, TC_IP_DST, dst, NULL);
	tc_packet_set(&p, tcp, TC_TCP_DSTPORT, SERVER_PORT, NULL);
	tc_packet_set(&p, tcp, flag, 1, NULL);
	n = tc_packet_build(&p, bytes, sizeof bytes, NULL);
	CHECK_U64(n, 40);
	out.bytes = bytes;
	out.len = (size_t)n;
	CHECK_U64(tc_link_send(link, &out, 1, NULL), 1);
	tc_packet_free(&p);
}

/* RFC 9293 3.9.2.3, and 3.10.7.2: "… other segment … drop"; only an ACK gets a reset. */
static void who_listens_drops(void)
{
	static const unsigned mute[] = { TC_TCP_FIN, TC_TCP_PUSH, TC_TCP_URG, TC_TCP_RESET };
	static const uint32_t odd[] = { 0, 0xe0000001, 0xefffffff, 0xffffffff };
	struct tc_stack_stats st;
	struct talker them = { 0 };
	struct pair p;

	open_pair(&p);
	tc_stack_listen(p.server, &any, SERVER_PORT, 8, accept_talker, &them, NULL);
	for (unsigned i = 0; i < sizeof odd / sizeof *odd; i++) {
		put(p.client_link, odd[i], SERVER_ADDR, TC_TCP_SYN);
		put(p.client_link, CLIENT_ADDR, odd[i], TC_TCP_SYN);
		put(p.client_link, CLIENT_ADDR, SERVER_ADDR, mute[i]);
	}
	turn(&p);
	tc_stack_stats(p.server, &st);
	CHECK_U64(st.segments_sent, 0);
	CHECK_U64(st.frames_bad, 2 * sizeof odd / sizeof *odd);
	put(p.client_link, CLIENT_ADDR, SERVER_ADDR, TC_TCP_ACKF);
	put(p.client_link, CLIENT_ADDR, SERVER_ADDR, TC_TCP_SYN);
	turn(&p);
	tc_stack_stats(p.server, &st);
	CHECK_U64(st.segments_sent, 2);
	close_pair(&p);
}

static void one_tuple_one_connection(void)
{
	struct talker us = { 0 };
	struct tc_flow flow = flow_to(FIRST_PORT, SERVER_PORT);
	struct tc_error err = { 0 };
	struct pair p;

	open_pair(&p);
	CHECK(tc_conn_open(p.client, &flow, 1, &talk, &us, &err) != NULL);
	CHECK(tc_conn_open(p.client, &flow, 2, &talk, &us, &err) == NULL);
	CHECK(strstr(err.msg, "source port 10000") != NULL);
	close_pair(&p);
}

/* The heap against the plain truth: after each of many seeded changes the top is the
 * minimum, and every connection knows its place. */
static void heap_keeps_the_earliest_on_top(void)
{
	enum { N = 200 };
	static struct tc_conn conns[N];
	struct tc_heap h = { 0 };
	struct tc_rng rng;

	tc_rng_seed(&rng, 11);
	CHECK_U64(tc_heap_reserve(&h, N), 0);
	for (unsigned i = 0; i < N; i++)
		conns[i].heap_at = NOT_IN_HEAP;
	for (unsigned round = 0; round < 20000; round++) {
		struct tc_conn *c = &conns[tc_rng_below(&rng, N)];
		tc_time least = 0;
		bool placed = true;

		tc_heap_set(&h, c, (tc_time)tc_rng_below(&rng, 50));
		for (unsigned i = 0; i < N; i++)
			if (conns[i].timer && (!least || conns[i].timer < least))
				least = conns[i].timer;
		for (uint32_t i = 0; i < h.n; i++)
			placed = placed && h.at[i]->heap_at == i;
		if (!placed || (h.n ? h.at[0]->timer : 0) != least) {
			CHECK(false && "the heap's order");
			break;
		}
	}
	free(h.at);
}

static void table_finds_what_is_there(void)
{
	enum { N = 500 };
	static struct tc_conn conns[N];
	static bool in[N];
	struct tc_table t = { 0 };
	struct tc_rng rng;
	unsigned wrong = 0;

	tc_rng_seed(&rng, 12);
	for (unsigned i = 0; i < N; i++)
		conns[i].flow = tc_flow_v4(1, 2 + i % 7, (uint16_t)(i / 7), 80);
	for (unsigned round = 0; round < 20000; round++) {
		unsigned i = (unsigned)tc_rng_below(&rng, N);

		if (in[i])
			tc_table_remove(&t, &conns[i]);
		else
			wrong += tc_table_add(&t, &conns[i]) != 0;
		in[i] = !in[i];
		i = (unsigned)tc_rng_below(&rng, N);
		wrong += tc_table_find(&t, &conns[i].flow) != (in[i] ? &conns[i] : NULL);
	}
	CHECK_U64(wrong, 0);
	free(t.slot);
}

static void ring_keeps_the_order(void)
{
	struct tc_ring r = { 0 };
	uint8_t bytes[700], next_in = 0, next_out = 0;
	struct tc_rng rng;
	unsigned wrong = 0;

	tc_rng_seed(&rng, 13);
	for (unsigned round = 0; round < 3000; round++) {
		size_t n = tc_rng_below(&rng, sizeof bytes);

		for (size_t i = 0; i < n; i++)
			bytes[i] = next_in++;
		wrong += tc_ring_add(&r, bytes, n) != 0;
		n = tc_rng_below(&rng, sizeof bytes);
		n = n < r.len ? n : r.len;
		if (n)
			tc_ring_copy(&r, 0, bytes, n);
		for (size_t i = 0; i < n; i++)
			wrong += bytes[i] != next_out++;
		tc_ring_drop(&r, n);
	}
	CHECK_U64(wrong, 0);
	tc_ring_free(&r);
}

/* As when many connections end at once: all are sent before the capture shows the first. */
static void a_burst_of_resets(void)
{
	struct pair p;
	unsigned ours = 0;

	open_pair(&p);
	for (unsigned shown = 0; shown < 2; shown++)
		for (unsigned n = 0; n < 5000; n++) {
			struct tc_flow flow = flow_to((uint16_t)(FIRST_PORT + n), SERVER_PORT);
			struct tc_seg seg = { .flags = TC_FLAG_RST, .seq = n };
			uint8_t bytes[TC_HEAD_MAX];
			struct tc_out out = { .bytes = bytes };
			struct tc_heard h = { .frame = { .bytes = bytes }, .parsed = true,
					      .end = p.client };

			out.len = tc_template_emit(&p.client->template[0], &flow, &seg, 1, NULL,
						   bytes);
			if (!shown) {
				tc_story_expect(p.client, NULL, seg.flags, &out, false, NULL);
				continue;
			}
			bytes[8]--;		/* ip.ttl */
			h.frame.len = out.len;
			h.sent = tc_story_find(p.client, &h);
			ours += h.sent != NULL;
			tc_story_left(p.client, &h);
			CHECK(!tc_story_find(p.client, &h));	/* it was one */
		}
	CU_ASSERT_EQUAL(ours, 5000);
	close_pair(&p);
}

/* Somebody thinks longer than the retransmission timer runs, and than the deadline is. */
static bool think(void *ctx, const struct tc_outgoing *out)
{
	unsigned *segments = ctx;
	tc_time until = tc_clock_monotonic() + 400 * TC_MS;

	(*segments)++;
	tc_stack_clock_stop(out->stack);
	while (tc_clock_monotonic() < until)
		poll(NULL, 0, 10);
	CHECK(tc_stack_clock_go(out->stack) >= 400 * TC_MS);
	return false;
}

static void on_deadline(struct tc_conn *c, void *ctx)
{
	(void)c;
	((struct talker *)ctx)->over = true;
}

static void time_to_think(void)
{
	static const struct tc_conn_ops ops = { .deadline = on_deadline };
	struct talker t = { 0 };
	unsigned segments = 0;
	struct tc_flow flow = flow_to(FIRST_PORT, SERVER_PORT);
	struct pair p;
	tc_time rest;

	open_pair(&p);
	p.client->tcp.rto_initial = 300 * TC_MS;
	tc_stack_set_filter(p.client, &(struct tc_filter){ &segments, think });
	t.conn = tc_conn_open(p.client, &flow, 1, &ops, &t, NULL);
	CHECK_U64(segments, 1);
	rest = t.conn->machine_at - tc_stack_now(p.client);
	/* of the 300 ms none was the thinker's; what a busy machine took is */
	CHECK(rest > 0 && rest <= 300 * TC_MS);
	tc_conn_set_deadline(t.conn, tc_clock_monotonic() + 200 * TC_MS);
	tc_conn_abort(t.conn);		/* a RST in SYN-SENT is none: no second thought */
	CHECK_U64(segments, 1);
	close_pair(&p);

	open_pair(&p);
	t = (struct talker){ 0 };
	t.conn = tc_conn_open(p.client, &flow, 1, &ops, &t, NULL);
	tc_conn_set_deadline(t.conn, tc_clock_monotonic() + 200 * TC_MS);
	think(&segments, &(struct tc_outgoing){ .stack = p.client });
	CHECK(t.conn->deadline - tc_stack_now(p.client) > 0);
	turn(&p);
	CHECK(!t.over);
	close_pair(&p);
}

/* Where each turn brings news there is never a wait, and still a signal must be heard. */
static void descriptors_are_looked_at_in_the_midst_of_work(void)
{
	struct tc_flow flow = flow_to(FIRST_PORT, SERVER_PORT);
	struct talker t = { 0 };
	struct pollfd extra = { .events = POLLIN };
	struct tc_error err = { 0 };
	struct pair p;
	int ends[2];

	CHECK_U64(pipe(ends), 0);
	CHECK_U64(write(ends[1], "x", 1), 1);
	extra.fd = ends[0];
	open_pair(&p);
	t.conn = tc_conn_open(p.client, &flow, 1, &talk, &t, &err);
	turn(&p);				/* the server refuses: news for the client */
	CHECK_U64(tc_stack_run(p.client, INT64_MAX, &extra, 1, &err), 1);
	CHECK(t.over && extra.revents == POLLIN);
	close_pair(&p);
	close(ends[0]);
	close(ends[1]);
}

CU_TestInfo tests_conn[] = {
	{ "a megabyte each way arrives whole, sequence numbers wrapping", a_megabyte_each_way },
	{ "3000 connections at once are told apart", many_connections_are_told_apart },
	{ "a port where nobody listens refuses", a_closed_port_refuses },
	{ "who listens drops segments of many hosts, and those without SYN, ACK and RST",
	  who_listens_drops },
	{ "one four-tuple is one connection", one_tuple_one_connection },
	{ "the timer heap keeps the earliest on top", heap_keeps_the_earliest_on_top },
	{ "the table finds what is there and nothing else", table_finds_what_is_there },
	{ "the send ring keeps the order of bytes", ring_keeps_the_order },
	{ "5000 resets of ours, sent before the first is captured, are ours",
	  a_burst_of_resets },
	{ "descriptors are looked at in the midst of work, too",
	  descriptors_are_looked_at_in_the_midst_of_work },
	{ "while a filter thinks, no timer and no deadline of ours runs", time_to_think },
	CU_TEST_INFO_NULL
};
