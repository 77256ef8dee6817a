/* SPDX-License-Identifier: BSD-2-Clause */
/* Our own TCP's sockets behind the protocol of a machine under test: two stacks in memory. */
#include "check.h"

#include "dut/serve.h"
#include "dut/ours.h"

#include <tcpcraft/conn.h>
#include <tcpcraft/error.h>

#define OURS 0x0a000001u
#define THEIRS 0x0a000002u
#define PORT 9999

/* What the requests are about, and a peer that is told what to do by calls of its own. */
struct bed {
	struct tc_link *link[2];
	struct tc_stack *stack[2];
	struct tc_ours *ours[2];
	struct tc_dut_server server[2];
	uint32_t id;
};

static void open_end(struct bed *b, unsigned i, uint32_t us, uint32_t them)
{
	struct tc_path path = { .src = tc_addr_from_v4(us), .dst = tc_addr_from_v4(them),
				.mtu = 1500 };
	struct tc_tcp_config tcp;
	struct tc_stack_config cfg = { .link = b->link[i], .path = &path, .tcp = &tcp,
				       .port_lo = 1, .port_hi = UINT16_MAX, .seed = 1 };
	struct tc_error err = { 0 };

	tc_tcp_config_default(&tcp, 4, 1500);
	CHECK_OK(tc_stack_open(&b->stack[i], &cfg, &err), err);
	b->ours[i] = tc_ours_new(b->stack[i], &path.src);
	b->server[i] = (struct tc_dut_server){ .machine = &tc_dut_ours, .ctx = b->ours[i] };
}

static void open_bed(struct bed *b)
{
	struct tc_error err = { 0 };

	*b = (struct bed){ 0 };
	CHECK_OK(tc_link_open_pair(&b->link[0], &b->link[1], &err), err);
	open_end(b, 0, OURS, THEIRS);
	open_end(b, 1, THEIRS, OURS);
}

static void turn(struct bed *b)
{
	struct tc_error err = { 0 };

	for (unsigned i = 0; i < 8; i++)
		CHECK_OK(tc_stack_run(b->stack[i % 2], 0, NULL, 0, &err), err);
}

static void close_bed(struct bed *b)
{
	for (unsigned i = 0; i < 2; i++)
		tc_dut_serve_reset(&b->server[i]);
	turn(b);
	for (unsigned i = 0; i < 2; i++) {
		tc_ours_free(b->ours[i]);
		tc_stack_close(b->stack[i]);
		tc_link_close(b->link[i]);
	}
}

/* The reply of one end to a request, and all that follows from it on the wire. */
static void says(struct bed *b, unsigned i, const char *request, const char *reply)
{
	char line[TC_DUT_LINE], text[TC_DUT_LINE];
	int n = snprintf(line, sizeof line, "%u %s\n", ++b->id, request);
	size_t said = tc_dut_serve_line(&b->server[i], line, (size_t)n);

	snprintf(text, sizeof text, "%u %s\n", b->id, reply);
	CHECK(said == strlen(text) && memcmp(b->server[i].reply, text, said) == 0);
	if (said != strlen(text) || memcmp(b->server[i].reply, text, said) != 0)
		fprintf(stderr, "# %s: %.*s", request, (int)said, b->server[i].reply);
	turn(b);
}

struct talk {
	unsigned end;			/* 0: the peer that connects, 1: who listens */
	const char *request, *reply;
};

static void talks(struct bed *b, const struct talk *t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		says(b, t[i].end, t[i].request, t[i].reply);
}

#define TALK(b, ...) do { \
		static const struct talk talk_[] = { __VA_ARGS__ }; \
		talks((b), talk_, sizeof talk_ / sizeof *talk_); \
	} while (0)

/* Socket 0 of the first is connected to 1 of the second, whose 0 listens. */
static void connect_bed(struct bed *b)
{
	open_bed(b);
	TALK(b, { 1, "open 4", "ok 0" }, { 1, "bind 0 0.0.0.0 9999", "ok" },
	     { 1, "accept 0", "EINVAL" }, { 1, "listen 0 2", "ok" }, { 1, "info 0", "ok LISTEN" },
	     { 1, "accept 0", "EAGAIN" }, { 0, "open 4", "ok 0" }, { 0, "info 0", "ok CLOSED" },
	     { 0, "send 0 68", "ENOTCONN" }, { 0, "connect 0 10.0.0.2 9999", "EAGAIN" },
	     { 0, "connect 0 10.0.0.2 9999", "ok" }, { 0, "connect 0 10.0.0.2 9999", "EISCONN" },
	     { 1, "accept 0", "ok 1 10.0.0.1 49152" }, { 1, "info 1", "ok ESTABLISHED" });
}

static void bytes_come_across(void)
{
	struct bed b;

	connect_bed(&b);
	TALK(&b, { 0, "send 0 6869", "ok 2" }, { 1, "receive 1 1000 peek", "ok 6869" },
	     { 1, "receive 1 1", "ok 68" }, { 1, "receive 1 1000", "ok 69" },
	     { 1, "receive 1 1000", "EAGAIN" }, { 1, "receive 1 1 urgent", "unsupported" },
	     { 1, "send 1 21 urgent", "ok 1" }, { 0, "receive 0 5", "ok 21" },
	     { 0, "receive 0 5 sideways", "unsupported" }, { 0, "send 0 21 peek", "unsupported" });
	close_bed(&b);
}

static void ends_are_told(void)
{
	struct bed b;

	connect_bed(&b);
	TALK(&b, { 0, "shutdown 0 write", "ok" }, { 0, "info 0", "ok FIN-WAIT-2" },
	     { 0, "send 0 68", "EPIPE" }, { 1, "receive 1 9", "ok -" },
	     { 1, "info 1", "ok CLOSE-WAIT" }, { 1, "send 1 68", "ok 1" }, { 1, "close 1", "ok" },
	     { 1, "info 1", "EBADF" }, { 0, "receive 0 9", "ok 68" }, { 0, "receive 0 9", "ok -" },
	     { 0, "info 0", "ok TIME-WAIT" });
	close_bed(&b);
}

/* RFC 9293 3.9.1.5; and RFC 1122 4.2.2.13 of bytes that nobody will read. */
static void resets_are_told(void)
{
	struct bed b;

	connect_bed(&b);
	TALK(&b, { 0, "abort 0", "ok" }, { 1, "receive 1 9", "ECONNRESET" },
	     { 1, "receive 1 9", "ok -" }, { 1, "send 1 68", "EPIPE" }, { 1, "info 1", "ok CLOSED" });
	close_bed(&b);
	connect_bed(&b);
	TALK(&b, { 1, "send 1 68", "ok 1" }, { 0, "close 0", "ok" },
	     { 1, "receive 1 9", "ECONNRESET" });
	close_bed(&b);
	connect_bed(&b);
	TALK(&b, { 0, "close 0", "ok" }, { 1, "send 1 68", "ok 1" },
	     { 1, "option 1 SO_ERROR", "ok 104" }, { 1, "option 1 SO_ERROR", "ok 0" });
	close_bed(&b);
}

static void nobody_listens(void)
{
	struct bed b;

	connect_bed(&b);
	TALK(&b, { 1, "close 0", "ok" }, { 0, "open 4", "ok 1" },
	     { 0, "connect 1 10.0.0.2 9999", "EAGAIN" },
	     { 0, "connect 1 10.0.0.2 9999", "ECONNREFUSED" },
	     { 0, "send 0 68", "ok 1" }, { 1, "receive 1 9", "ok 68" },	/* that one stays */
	     { 0, "open 6", "EAFNOSUPPORT" }, { 0, "open 4", "ok 2" },
	     { 0, "bind 2 10.0.0.3 7", "EADDRNOTAVAIL" }, { 1, "open 4", "ok 0" },
	     { 1, "bind 0 10.0.0.2 9999", "ok" }, { 1, "listen 0 1", "ok" },
	     { 0, "connect 1 10.0.0.2 9999", "EAGAIN" }, { 0, "connect 1 10.0.0.2 9999", "ok" });
	close_bed(&b);
}

/* RFC 9293 MUST-17: small segments go at once where that is off, of this connection alone. */
static void nodelay_is_of_a_connection(void)
{
	struct tc_stack_stats before, after;
	struct bed b;

	connect_bed(&b);
	TALK(&b, { 0, "option 0 TCP_NODELAY", "ok 0" }, { 0, "option 0 TCP_NODELAY 1", "ok" },
	     { 0, "option 0 TCP_NODELAY", "ok 1" }, { 0, "option 0 TCP_CORK 1", "unsupported" },
	     { 1, "option 1 TCP_NODELAY", "ok 0" });
	tc_stack_stats(b.stack[0], &before);
	TALK(&b, { 0, "send 0 68", "ok 1" }, { 0, "send 0 69", "ok 1" });
	tc_stack_stats(b.stack[0], &after);
	CHECK_U64(after.segments_sent - before.segments_sent, 2);
	tc_stack_stats(b.stack[1], &before);
	TALK(&b, { 1, "send 1 68", "ok 1" }, { 1, "send 1 69", "ok 1" });
	tc_stack_stats(b.stack[1], &after);
	CHECK(after.segments_sent - before.segments_sent < 2);
	close_bed(&b);
}

/* RFC 9293 MUST-25, MUST-28: off until asked for, and then two hours. */
static void keepalive_is_of_a_connection(void)
{
	struct bed b;

	connect_bed(&b);
	TALK(&b, { 0, "option 0 SO_KEEPALIVE", "ok 0" }, { 0, "option 0 TCP_KEEPIDLE", "ok 7200" },
	     { 0, "option 0 TCP_KEEPIDLE 0", "EINVAL" }, { 0, "option 0 TCP_KEEPIDLE 1", "ok" },
	     { 0, "option 0 SO_KEEPALIVE 1", "ok" }, { 0, "option 0 SO_KEEPALIVE", "ok 1" },
	     { 1, "option 1 SO_KEEPALIVE", "ok 0" }, { 0, "option 0 SO_KEEPALIVE 0", "ok" });
	close_bed(&b);
}

/* No more than the stack holds, and of an accepted one that of who listened. */
static void a_receive_buffer_is_what_it_holds(void)
{
	struct bed b;

	open_bed(&b);
	TALK(&b, { 1, "open 4", "ok 0" }, { 1, "option 0 SO_RCVBUF 10000000", "ok" },
	     { 1, "option 0 SO_RCVBUF", "ok 262144" }, { 1, "option 0 SO_RCVBUF 5000", "ok" },
	     { 1, "bind 0 0.0.0.0 9999", "ok" }, { 1, "listen 0 2", "ok" }, { 0, "open 4", "ok 0" },
	     { 0, "connect 0 10.0.0.2 9999", "EAGAIN" }, { 0, "connect 0 10.0.0.2 9999", "ok" },
	     { 1, "accept 0", "ok 1 10.0.0.1 49152" }, { 1, "option 1 SO_RCVBUF", "ok 5000" },
	     { 1, "open 4", "ok 2" }, { 1, "option 2 SO_RCVBUF", "ok 262144" });
	close_bed(&b);
}

CU_TestInfo tests_ours[] = {
	{ "bytes come across, and are looked at", bytes_come_across },
	{ "states and ends are told", ends_are_told },
	{ "resets are told", resets_are_told },
	{ "a closed listener is closed", nobody_listens },
	{ "TCP_NODELAY is of one connection", nodelay_is_of_a_connection },
	{ "SO_KEEPALIVE is of one connection", keepalive_is_of_a_connection },
	{ "SO_RCVBUF is what a socket holds", a_receive_buffer_is_what_it_holds },
	CU_TEST_INFO_NULL,
};
