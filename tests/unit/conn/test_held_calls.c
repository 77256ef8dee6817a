/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls that wait for their answer, and an exchange that answers one: two stacks in memory. */
#include "check.h"

#include <tcpcraft/conn.h>
#include <tcpcraft/error.h>
#include <tcpcraft/exchange.h>

#include <stdlib.h>

#define CALLER 0x0a000001u
#define CALLED 0x0a000002u
#define PORT 9999
#define GIVE_UP (20 * TC_S)

struct bed {
	struct tc_link *link[2];
	struct tc_stack *caller, *called;
	struct tc_conn *call;		/* the last one that was told of */
	unsigned calls;
	struct tc_exchange theirs, ours;	/* the caller's, and what answers it */
	bool over;
};

static struct tc_stack *open_stack(struct tc_link *link, uint32_t us, uint32_t them,
				   uint16_t port)
{
	struct tc_path path = { .src = tc_addr_from_v4(us), .dst = tc_addr_from_v4(them),
				.mtu = 1500 };
	struct tc_tcp_config tcp;
	struct tc_stack_config cfg = { .link = link, .path = &path, .tcp = &tcp,
				       .port_lo = port, .port_hi = port, .seed = 1 };
	struct tc_error err = { 0 };
	struct tc_stack *s = NULL;

	tc_tcp_config_default(&tcp, 4, 1500);
	CHECK_OK(tc_stack_open(&s, &cfg, &err), err);
	return s;
}

static void on_call(void *ctx, struct tc_conn *c)
{
	struct bed *b = ctx;

	b->call = c;
	b->calls++;
}

static void open_bed(struct bed *b)
{
	static const struct tc_addr any;
	struct tc_error err = { 0 };

	*b = (struct bed){ 0 };
	CHECK_OK(tc_link_open_pair(&b->link[0], &b->link[1], &err), err);
	b->caller = open_stack(b->link[0], CALLER, CALLED, 10000);
	b->called = open_stack(b->link[1], CALLED, CALLER, PORT);
	CHECK_OK(tc_stack_listen(b->called, &any, PORT, 8, NULL, NULL, &err), err);
	tc_stack_hold_calls(b->called, on_call, b);
}

static void close_bed(struct bed *b)
{
	tc_exchange_free(&b->theirs);
	tc_exchange_free(&b->ours);
	tc_stack_close(b->caller);
	tc_stack_close(b->called);
	tc_link_close(b->link[0]);
	tc_link_close(b->link[1]);
}

static void turn(struct bed *b)
{
	struct tc_error err = { 0 };

	CHECK_OK(tc_stack_run(b->caller, 0, NULL, 0, &err), err);
	CHECK_OK(tc_stack_run(b->called, 0, NULL, 0, &err), err);
}

static void call(struct bed *b, const struct tc_exchange_config *cfg)
{
	struct tc_flow flow = tc_flow_v4(CALLER, CALLED, 10000, PORT);
	struct tc_error err = { 0 };

	b->theirs.cfg = cfg;
	CHECK_OK(tc_exchange_start(&b->theirs, b->caller, &flow, 7, &err), err);
	for (unsigned i = 0; i < 8; i++)
		turn(b);
}

static const struct tc_exchange_config caller_says = {
	.request = (const uint8_t *)"who is there", .request_len = 12,
	.expect = (const uint8_t *)"we", .expect_len = 2, .timeout = GIVE_UP,
};

static void a_call_waits(void)
{
	struct tc_exchange_config cfg = { .request = (const uint8_t *)"we", .request_len = 2,
					  .timeout = GIVE_UP, .hold = 5 * TC_MS };
	tc_time give_up = tc_clock_monotonic() + GIVE_UP;
	struct tc_conn_info info;
	struct tc_stack_stats st;
	struct bed b;

	open_bed(&b);
	call(&b, &caller_says);
	tc_stack_stats(b.called, &st);
	CHECK_U64(b.calls, 1);
	CHECK_U64(st.segments_sent, 0);
	b.ours.cfg = &cfg;
	CHECK_U64(tc_exchange_answer(&b.ours, b.call, 4711), 0);
	while ((!b.ours.over || !b.theirs.over) && tc_clock_monotonic() < give_up)
		turn(&b);
	tc_conn_info(b.theirs.conn, &info);
	CHECK_U64(info.irs, 4711);
	CHECK_U64(b.theirs.verdict, TC_VERDICT_REPLY);
	CHECK_U64(b.ours.reply.len, 12);	/* what it said is the reply */
	CHECK_U64(b.ours.verdict, TC_VERDICT_REPLY);	/* nobody expected another */
	close_bed(&b);
}

static void what_a_caller_always_says(void)
{
	struct tc_exchange_config cfg = { .request = (const uint8_t *)"we", .request_len = 2,
					  .expect = caller_says.request, .expect_len = 12,
					  .timeout = GIVE_UP, .hold = GIVE_UP };
	tc_time give_up = tc_clock_monotonic() + GIVE_UP;
	struct bed b;

	open_bed(&b);
	call(&b, &caller_says);
	b.ours.cfg = &cfg;
	CHECK_U64(tc_exchange_answer(&b.ours, b.call, 1), 0);
	while ((!b.ours.over || !b.theirs.over) && tc_clock_monotonic() < give_up)
		turn(&b);
	CHECK_U64(b.ours.verdict, TC_VERDICT_REPLY);
	close_bed(&b);
}

/* Who has gone resets our SYN,ACK: it refuses. */
static void callers_that_go(void)
{
	struct tc_exchange_config cfg = { .timeout = GIVE_UP, .hold = GIVE_UP };
	struct bed b;

	open_bed(&b);
	call(&b, &caller_says);
	tc_conn_free(b.theirs.conn);	/* without a word in SYN-SENT (RFC 9293 3.10.5) */
	b.theirs.conn = NULL;
	b.ours.cfg = &cfg;
	CHECK_U64(tc_exchange_answer(&b.ours, b.call, 1), 0);
	for (unsigned i = 0; i < 8; i++)
		turn(&b);
	CHECK(b.ours.over);
	CHECK_U64(b.ours.verdict, TC_VERDICT_REFUSED);
	close_bed(&b);
}

CU_TestInfo tests_held_calls[] = {
	{ "a call waits until it is answered, with the ISS that is said", a_call_waits },
	{ "what a caller is known to say is its good reply", what_a_caller_always_says },
	{ "a caller that is gone refuses", callers_that_go },
	CU_TEST_INFO_NULL
};
