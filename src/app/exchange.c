/* SPDX-License-Identifier: BSD-2-Clause */
/* One request and its reply; see exchange.h. */
#include <tcpcraft/exchange.h>

#include <tcpcraft/error.h>

#include <string.h>

static void decide(struct tc_exchange *x, enum tc_verdict v)
{
	if (x->verdict != TC_VERDICT_NONE)
		return;
	x->verdict = v;
	x->deadline = tc_clock_monotonic() + x->cfg->timeout;	/* for the close */
	if (x->cfg->decided)
		x->cfg->decided(x);
}

static void on_connected(struct tc_conn *c, void *ctx)
{
	struct tc_exchange *x = ctx;

	x->deadline = tc_clock_monotonic() + x->cfg->timeout;
	tc_conn_send(c, x->cfg->request, x->cfg->request_len, NULL);
}

static void on_data(struct tc_conn *c, void *ctx, const uint8_t *bytes, size_t n)
{
	struct tc_exchange *x = ctx;
	bool good;

	tc_buf_add(&x->reply, bytes, n);
	tc_conn_consumed(c, n);
	if (x->verdict != TC_VERDICT_NONE || x->reply.len < x->cfg->expect_len)
		return;
	good = x->reply.len == x->cfg->expect_len &&
	       memcmp(x->reply.data, x->cfg->expect, x->cfg->expect_len) == 0;
	decide(x, good ? TC_VERDICT_REPLY : TC_VERDICT_BAD_REPLY);
	tc_conn_close(c);
}

static void on_peer_closed(struct tc_conn *c, void *ctx)
{
	struct tc_exchange *x = ctx;

	decide(x, x->reply.len ? TC_VERDICT_BAD_REPLY : TC_VERDICT_CLOSED);
	tc_conn_close(c);
}

static void on_ended(struct tc_conn *c, void *ctx, enum tc_end end)
{
	struct tc_exchange *x = ctx;

	(void)end;
	x->over = true;
	tc_conn_info(c, &x->info);
	decide(x, tc_verdict_of(&x->info, x->reply.len > 0));
	x->deadline = 0;
}

static const struct tc_conn_ops ops = {
	.connected = on_connected,
	.data = on_data,
	.peer_closed = on_peer_closed,
	.ended = on_ended,
};

int tc_exchange_start(struct tc_exchange *x, struct tc_stack *s, const struct tc_flow *flow,
		      tc_seq iss, struct tc_error *err)
{
	x->deadline = tc_clock_monotonic() + x->cfg->timeout;
	x->conn = tc_conn_open(s, flow, iss, &ops, x, err);
	return x->conn ? 0 : err ? err->code : -1;
}

void tc_exchange_expire(struct tc_exchange *x)
{
	tc_conn_abort(x->conn);
}

void tc_exchange_stop(struct tc_exchange *x, enum tc_verdict v)
{
	if (x->verdict == TC_VERDICT_NONE)
		x->verdict = v;
	if (!x->over)
		tc_conn_abort(x->conn);
}

void tc_exchange_free(struct tc_exchange *x)
{
	if (x->conn)
		tc_conn_free(x->conn);
	x->conn = NULL;
	tc_buf_free(&x->reply);
}
