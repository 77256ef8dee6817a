/* SPDX-License-Identifier: BSD-2-Clause */
/* The link without a network, on which whole-stack tests stand. */
#include "check.h"

#include <tcpcraft/error.h>
#include <tcpcraft/link.h>

#include <errno.h>
#include <poll.h>

struct pair {
	struct tc_link *a, *b;
	struct tc_error err;
};

static struct pair open_pair(void)
{
	struct pair p = { 0 };

	CHECK_OK(tc_link_open_pair(&p.a, &p.b, &p.err), p.err);
	return p;
}

static void both_ways(void)
{
	struct pair p = open_pair();
	struct tc_out out[2] = { { .bytes = (const uint8_t *)"one", .len = 3 },
				 { .bytes = (const uint8_t *)"three", .len = 5 } };
	tc_time before = tc_clock_realtime();
	struct tc_link_stats st;
	struct tc_frame f;

	CHECK_U64(tc_link_recv(p.a, &f, &p.err), 0);
	CHECK_U64(tc_link_send(p.a, out, 2, &p.err), 2);
	CHECK_U64(tc_link_recv(p.a, &f, &p.err), 0);
	CHECK_U64(tc_link_recv(p.b, &f, &p.err), 1);
	CHECK_U64(f.len, 3);
	CHECK_MEM(f.bytes, "one", 3);
	CHECK(f.stamp >= before && f.stamp <= tc_clock_realtime());
	CHECK_U64(tc_link_recv(p.b, &f, &p.err), 1);
	CHECK_MEM(f.bytes, "three", 5);
	CHECK_U64(f.wire_len, 5);
	CHECK_U64(tc_link_send(p.b, out, 1, &p.err), 1);
	CHECK_U64(tc_link_recv(p.a, &f, &p.err), 1);
	tc_link_stats(p.b, &st);
	CHECK_U64(st.received, 2);
	CHECK_U64(st.sent, 1);
	CHECK_U64(tc_link_dlt(p.a), 101);
	CHECK(!tc_link_sends_ethernet(p.a));
	CHECK_U64(tc_link_can_carry(p.a, (const uint8_t *)"", 1, &p.err), 0);
	tc_link_close(p.a);
	tc_link_close(p.b);
}

static void waiting(void)
{
	struct pair p = open_pair();
	struct tc_out out = { .bytes = (const uint8_t *)"x", .len = 1 };
	struct pollfd fd = { .fd = tc_link_fd(p.b), .events = POLLIN };
	struct tc_frame f;

	CHECK(tc_link_sleep(p.b));
	CHECK_U64(poll(&fd, 1, 0), 0);
	CHECK_U64(tc_link_send(p.a, &out, 1, &p.err), 1);
	CHECK_U64(poll(&fd, 1, 0), 1);
	tc_link_wake(p.b);
	CHECK(!tc_link_sleep(p.b));
	CHECK_U64(tc_link_recv(p.b, &f, &p.err), 1);
	CHECK(tc_link_sleep(p.b));
	tc_link_wake(p.b);
	tc_link_close(p.b);
	/* The other end outlives it. */
	CHECK_U64(tc_link_send(p.a, &out, 1, &p.err), 1);
	tc_link_close(p.a);
}

static void overflow(void)
{
	static const uint8_t bytes[60000];
	struct pair p = open_pair();
	struct tc_out out = { .bytes = bytes, .len = sizeof bytes };
	struct tc_link_stats st;
	int rc = 1;

	for (unsigned i = 0; i < 1000 && rc == 1; i++)
		rc = tc_link_send(p.a, &out, 1, &p.err);
	CHECK(rc == -ENOBUFS && out.error == -ENOBUFS);
	tc_link_stats(p.a, &st);
	CHECK_U64(st.send_errors, 1);
	CHECK(st.sent > 10);
	tc_link_close(p.a);
	tc_link_close(p.b);
}

CU_TestInfo tests_memory_link[] = {
	{ "what one end sends the other receives, in order", both_ways },
	{ "a waiting end is woken; the ends are closed one by one", waiting },
	{ "a full end is an error of the sender", overflow },
	CU_TEST_INFO_NULL
};
