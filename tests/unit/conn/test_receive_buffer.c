/* SPDX-License-Identifier: BSD-2-Clause */
/* Receive buffers of one connection, and of one listener's callers: two stacks in memory. */
#include "check.h"

#include <tcpcraft/conn.h>
#include <tcpcraft/error.h>

#include <errno.h>

#define CLIENT 0x0a000001u
#define SERVER 0x0a000002u
#define PORT 9999
#define SMALL 1000

struct bed {
	struct tc_link *link[2];
	struct tc_stack *client, *server;
	struct tc_conn *caller, *called;
};

static const struct tc_conn_ops no_ops;

static struct tc_stack *open_stack(struct tc_link *link, uint32_t us, uint32_t them)
{
	struct tc_path path = { .src = tc_addr_from_v4(us), .dst = tc_addr_from_v4(them),
				.mtu = 1500 };
	struct tc_tcp_config tcp;
	struct tc_stack_config cfg = { .link = link, .path = &path, .tcp = &tcp,
				       .port_lo = 1, .port_hi = UINT16_MAX, .seed = 1 };
	struct tc_error err = { 0 };
	struct tc_stack *s = NULL;

	tc_tcp_config_default(&tcp, 4, 1500);
	CHECK_OK(tc_stack_open(&s, &cfg, &err), err);
	return s;
}

static const struct tc_conn_ops *on_call(void *ctx, struct tc_conn *c, void **conn_ctx)
{
	((struct bed *)ctx)->called = c;
	*conn_ctx = ctx;
	return &no_ops;
}

static struct tc_conn *open_one(struct bed *b, uint16_t port)
{
	struct tc_flow flow = {
		.local_addr = tc_addr_from_v4(CLIENT), .local_port = port,
		.remote_addr = tc_addr_from_v4(SERVER), .remote_port = PORT,
	};

	return tc_conn_open(b->client, &flow, 1, &no_ops, b, NULL);
}

static uint32_t window_of(const struct tc_conn *peer)
{
	struct tc_conn_info info;

	tc_conn_info(peer, &info);
	return info.peer_window;
}

/* The windows that both ends of a new connection offer: is each a small buffer's? */
static void offers(struct bed *b, uint16_t port, bool caller_small, bool called_small)
{
	struct tc_error err = { 0 };

	b->caller = open_one(b, port);
	b->called = NULL;
	for (unsigned i = 0; i < 6; i++)
		CHECK_OK(tc_stack_run(i % 2 ? b->server : b->client, 0, NULL, 0, &err), err);
	CHECK(b->caller && b->called);
	if (b->caller && b->called) {
		CHECK_U64(window_of(b->called) <= SMALL, caller_small);
		CHECK_U64(window_of(b->caller) <= SMALL, called_small);
	}
	tc_conn_free(b->caller);
	tc_conn_free(b->called);
}

static void open_bed(struct bed *b)
{
	struct tc_error err = { 0 };

	*b = (struct bed){ 0 };
	CHECK_OK(tc_link_open_pair(&b->link[0], &b->link[1], &err), err);
	b->client = open_stack(b->link[0], CLIENT, SERVER);
	b->server = open_stack(b->link[1], SERVER, CLIENT);
}

static void close_bed(struct bed *b)
{
	tc_stack_close(b->client);
	tc_stack_close(b->server);
	tc_link_close(b->link[0]);
	tc_link_close(b->link[1]);
}

static void listens(struct bed *b, int want)
{
	static const struct tc_addr any;

	CHECK_U64(tc_stack_listen(b->server, &any, PORT, 8, on_call, b, NULL), want);
}

static void it_is_of_the_next_open(void)
{
	struct bed b;

	open_bed(&b);
	listens(&b, 0);
	tc_stack_set_receive_buffer(b.client, SMALL);
	offers(&b, 1001, true, false);
	offers(&b, 1002, false, false);
	tc_stack_set_receive_buffer(b.client, UINT32_MAX);
	offers(&b, 1003, false, false);
	close_bed(&b);
}

static void it_is_of_all_who_call_the_next_listener(void)
{
	struct bed b;

	open_bed(&b);
	tc_stack_set_receive_buffer(b.server, SMALL);
	listens(&b, 0);
	offers(&b, 1001, false, true);
	offers(&b, 1002, false, true);
	tc_stack_unlisten(b.server);
	listens(&b, 0);
	offers(&b, 1003, false, false);
	close_bed(&b);
}

static void a_call_that_fails_has_used_it_too(void)
{
	struct tc_conn *first;
	struct bed b;

	open_bed(&b);
	listens(&b, 0);
	first = open_one(&b, 1001);
	tc_stack_set_receive_buffer(b.client, SMALL);
	CHECK(!open_one(&b, 1001));
	offers(&b, 1002, false, false);
	tc_conn_free(first);
	tc_stack_set_receive_buffer(b.server, SMALL);
	listens(&b, -EADDRINUSE);
	tc_stack_unlisten(b.server);
	listens(&b, 0);
	offers(&b, 1003, false, false);
	close_bed(&b);
}

CU_TestInfo tests_receive_buffer[] = {
	{ "what is set is of the next open", it_is_of_the_next_open },
	{ "or of all who call the next listener", it_is_of_all_who_call_the_next_listener },
	{ "a call that fails has used it, too", a_call_that_fails_has_used_it_too },
	CU_TEST_INFO_NULL
};
