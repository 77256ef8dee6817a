/* SPDX-License-Identifier: BSD-2-Clause */
/* ACKs of what comes in one go (RFC 9293 3.10.7.4, MUST-59): two stacks in memory. */
#include "check.h"

#include <tcpcraft/conn.h>
#include <tcpcraft/error.h>

#define CLIENT 0x0a000001u
#define SERVER 0x0a000002u
#define PORT 9999
#define MTU 1500
#define HEADS 52u		/* IPv4's and TCP's, with timestamps */
#define TEXT (MTU - HEADS)
#define BURST 6u
#define LARGE 10052		/* an MTU: its segments stand for many */

struct bed {
	struct tc_link *link[2];
	struct tc_stack *client, *server;
	struct tc_conn *caller, *called;
	unsigned taken, told;
	uint16_t mtu;
	bool answers_each;		/* delays no ACK */
	bool hangs_up;			/* with the first byte: its connection is gone */
};

static void on_data(struct tc_conn *c, void *ctx, const uint8_t *bytes, size_t n)
{
	struct bed *b = ctx;

	(void)bytes;
	b->taken += (unsigned)n;
	if (!b->hangs_up) {
		tc_conn_consumed(c, n);
		return;
	}
	tc_conn_free(c);
	b->called = NULL;
}

static const struct tc_conn_ops takes = { .data = on_data };

static void on_trace(void *ctx, const struct tc_trace *t)
{
	(void)t;
	((struct bed *)ctx)->told++;
}

static struct tc_stack *open_stack(struct bed *b, struct tc_link *link, uint32_t us, uint32_t them,
				   bool watched)
{
	struct tc_path path = { .src = tc_addr_from_v4(us), .dst = tc_addr_from_v4(them),
				.mtu = b->mtu };
	struct tc_tcp_config tcp;
	struct tc_stack_config cfg = { .link = link, .path = &path, .tcp = &tcp,
				       .port_lo = 1, .port_hi = UINT16_MAX, .seed = 1 };
	struct tc_observer observer = { .ctx = b, .trace = watched ? on_trace : NULL };
	struct tc_error err = { 0 };
	struct tc_stack *s = NULL;

	cfg.observer = &observer;
	tc_tcp_config_default(&tcp, 4, b->mtu);
	tcp.iw = BURST;
	tcp.delayed_ack = !b->answers_each;
	CHECK_OK(tc_stack_open(&s, &cfg, &err), err);
	return s;
}

static const struct tc_conn_ops *on_call(void *ctx, struct tc_conn *c, void **conn_ctx)
{
	((struct bed *)ctx)->called = c;
	*conn_ctx = ctx;
	return &takes;
}

static void run(struct tc_stack *s)
{
	struct tc_error err = { 0 };

	CHECK_OK(tc_stack_run(s, 0, NULL, 0, &err), err);
}

static void begin_bed(struct bed *b, bool watched)
{
	static const struct tc_addr any;
	static const struct tc_conn_ops no_ops;
	struct tc_flow flow = {
		.local_addr = tc_addr_from_v4(CLIENT), .local_port = 1001,
		.remote_addr = tc_addr_from_v4(SERVER), .remote_port = PORT,
	};
	struct tc_error err = { 0 };

	CHECK_OK(tc_link_open_pair(&b->link[0], &b->link[1], &err), err);
	b->client = open_stack(b, b->link[0], CLIENT, SERVER, false);
	b->server = open_stack(b, b->link[1], SERVER, CLIENT, watched);
	CHECK_OK(tc_stack_listen(b->server, &any, PORT, 8, on_call, b, &err), err);
	b->caller = tc_conn_open(b->client, &flow, 1, &no_ops, b, &err);
	for (unsigned i = 0; i < 6; i++)
		run(i % 2 ? b->server : b->client);
	CHECK(b->caller && b->called);
}

static void open_bed(struct bed *b, bool watched, bool hangs_up)
{
	*b = (struct bed){ .mtu = MTU, .hangs_up = hangs_up };
	begin_bed(b, watched);
}

static void close_bed(struct bed *b)
{
	tc_conn_free(b->caller);
	if (b->called)
		tc_conn_free(b->called);
	tc_stack_close(b->client);
	tc_stack_close(b->server);
	tc_link_close(b->link[0]);
	tc_link_close(b->link[1]);
}

/* How many segments the server answers a burst with that it finds in its queue. */
static uint64_t answers(struct bed *b)
{
	static const uint8_t text[BURST * (LARGE - HEADS)];
	struct tc_stack_stats before, after;

	CHECK_U64(tc_conn_send(b->caller, text, BURST * (b->mtu - HEADS), NULL), 0);
	run(b->client);
	tc_stack_stats(b->server, &before);
	run(b->server);
	tc_stack_stats(b->server, &after);
	return after.segments_sent - before.segments_sent;
}

static void a_burst_is_read_before_it_is_acknowledged(void)
{
	struct bed b;

	open_bed(&b, false, false);
	CHECK_U64(answers(&b), 2);
	CHECK_U64(b.taken, BURST * TEXT);
	run(b.client);
	CHECK_U64(tc_conn_unacked(b.caller), 0);
	close_bed(&b);
}

static void who_watches_sees_each_ack(void)
{
	struct bed b;

	open_bed(&b, true, false);
	CHECK_U64(answers(&b), BURST / 2);
	CHECK(b.told > BURST);
	close_bed(&b);
}

static void who_delays_no_ack_holds_none(void)
{
	struct bed b = { .mtu = MTU, .answers_each = true };

	begin_bed(&b, false);
	CHECK_U64(answers(&b), BURST);
	close_bed(&b);
}

/* A few of them fill a window: the sender waits for their ACK. */
static void what_stands_for_many_is_not_held(void)
{
	struct bed b = { .mtu = LARGE };

	begin_bed(&b, false);
	CHECK_U64(answers(&b), BURST / 2);
	CHECK_U64(b.taken, BURST * (LARGE - HEADS));
	close_bed(&b);
}

static void nothing_is_held_of_one_that_is_gone(void)
{
	struct bed b;

	open_bed(&b, false, true);
	answers(&b);
	CHECK_U64(b.taken, TEXT);
	close_bed(&b);
}

CU_TestInfo tests_held_acks[] = {
	{ "a burst is read before it is acknowledged", a_burst_is_read_before_it_is_acknowledged },
	{ "who watches sees each ACK", who_watches_sees_each_ack },
	{ "who delays no ACK holds none", who_delays_no_ack_holds_none },
	{ "segments that stand for many are acknowledged as they are read",
	  what_stands_for_many_is_not_held },
	{ "nothing is held of a connection that is gone", nothing_is_held_of_one_that_is_gone },
	CU_TEST_INFO_NULL
};
