/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A question, an answer, a verdict. Two stacks at the two ends of a link in memory, so that
 * this runs anywhere: one listens and says everything back, the other asks.
 */
#include <tcpcraft/error.h>
#include <tcpcraft/exchange.h>

#include <stdio.h>

#define OURS { 6, .bytes = { 0xfd, [15] = 1 } }	/* fd00::1 */
#define THEIRS { 6, .bytes = { 0xfd, [15] = 2 } }

static const struct tc_path path[] = {
	{ .src = OURS, .dst = THEIRS, .mtu = 1500, .resolved = true },
	{ .src = THEIRS, .dst = OURS, .mtu = 1500, .resolved = true },
};

static void on_data(struct tc_conn *c, void *ctx, const uint8_t *bytes, size_t n)
{
	(void)ctx;
	tc_conn_send(c, bytes, n, NULL);
	tc_conn_consumed(c, n);
}

static void on_peer_closed(struct tc_conn *c, void *ctx)
{
	(void)ctx;
	tc_conn_close(c);
}

static const struct tc_conn_ops echo = { .data = on_data, .peer_closed = on_peer_closed };

static const struct tc_conn_ops *on_accept(void *ctx, struct tc_conn *c, void **conn_ctx)
{
	(void)ctx, (void)c;
	*conn_ctx = NULL;
	return &echo;
}

/* The two stacks take turns; each waits a millisecond at most. */
static int ask(struct tc_stack *us, struct tc_stack *them, struct tc_error *err)
{
	static const struct tc_exchange_config cfg = {
		.request = (const uint8_t *)"hello", .request_len = 5,
		.expect = (const uint8_t *)"hello", .expect_len = 5, .timeout = 5 * TC_S,
	};
	struct tc_flow flow = { path[0].src, path[0].dst, 20000, 7 };
	struct tc_exchange x = { .cfg = &cfg };
	int rc = tc_stack_listen(them, &path[0].dst, 7, 1, on_accept, NULL, err);

	if (rc >= 0)
		rc = tc_exchange_start(&x, us, &flow, 1, err);
	while (rc >= 0 && !x.over) {
		rc = tc_stack_run(us, tc_clock_monotonic() + TC_MS, NULL, 0, err);
		if (rc >= 0)
			rc = tc_stack_run(them, tc_clock_monotonic() + TC_MS, NULL, 0, err);
	}
	if (rc >= 0)
		printf("%s: %.*s\n", tc_verdict_name(x.verdict), (int)x.reply.len,
		       (const char *)x.reply.data);
	tc_exchange_free(&x);
	return rc;
}

int main(void)
{
	struct tc_link *link[2] = { NULL, NULL };
	struct tc_stack *stack[2] = { NULL, NULL };
	struct tc_error err = { 0 };
	struct tc_tcp_config tcp;
	int rc = tc_link_open_pair(&link[0], &link[1], &err);

	tc_tcp_config_default(&tcp, 6, path[0].mtu);
	for (unsigned i = 0; i < 2 && rc >= 0; i++) {
		struct tc_stack_config cfg = { .link = link[i], .path = &path[i], .tcp = &tcp,
					       .port_lo = i ? 7 : 20000,
					       .port_hi = i ? 7 : 20000 };

		rc = tc_stack_open(&stack[i], &cfg, &err);
	}
	if (rc >= 0)
		rc = ask(stack[0], stack[1], &err);
	for (unsigned i = 0; i < 2; i++) {
		tc_stack_close(stack[i]);
		tc_link_close(link[i]);
	}
	if (rc < 0)
		fprintf(stderr, "exchange: %s\n", err.msg);
	return rc < 0;
}
