/* SPDX-License-Identifier: BSD-2-Clause */
/* One request and its reply; see exchange.h. */
#include <tcpcraft/exchange.h>

#include <tcpcraft/error.h>

#include <string.h>

static void set_deadline(struct tc_exchange *x, tc_time from_now)
{
	tc_conn_set_deadline(x->conn, tc_clock_monotonic() + from_now);
}

static void decide(struct tc_exchange *x, enum tc_verdict v)
{
	if (x->verdict != TC_VERDICT_NONE)
		return;
	x->verdict = v;
	x->decided_at = tc_clock_realtime();
	if (!x->over)
		set_deadline(x, x->cfg->close_timeout ? x->cfg->close_timeout : x->cfg->timeout);
	if (x->cfg->decided)
		x->cfg->decided(x);
}

static struct tc_message next_request(struct tc_exchange *x)
{
	const struct tc_exchange_config *cfg = x->cfg;
	struct tc_message next = { cfg->request, cfg->request_len };

	if (x->asked)
		next = cfg->more[x->asked - 1];
	x->asked++;
	return next;
}

static void ask(struct tc_exchange *x)
{
	struct tc_message next = next_request(x);

	tc_conn_send(x->conn, next.bytes, next.len, NULL);
}

static void on_connected(struct tc_conn *c, void *ctx)
{
	struct tc_exchange *x = ctx;

	x->conn = c;
	x->holding = x->cfg->hold > 0;
	set_deadline(x, x->holding ? x->cfg->hold : x->cfg->timeout);
}

/* There is a reply, any counts, and none has been decided on. */
static bool is_any(const struct tc_exchange *x)
{
	return !x->cfg->expect && x->reply.len && x->verdict == TC_VERDICT_NONE;
}

static void on_deadline(struct tc_conn *c, void *ctx)
{
	struct tc_exchange *x = ctx;

	if (!x->holding && is_any(x)) {		/* the peer has said what it had to say */
		decide(x, TC_VERDICT_REPLY);
		tc_conn_close(c);
		return;
	}
	if (!x->holding) {
		tc_conn_abort(c);	/* its end is the verdict */
		return;
	}
	x->holding = false;
	set_deadline(x, x->cfg->timeout);
	ask(x);
}

/* Bytes of good replies to the requests before this one. */
static size_t earlier(const struct tc_exchange *x)
{
	return x->asked ? x->cfg->expect_len * (x->asked - 1) : 0;
}

static bool is_complete(const struct tc_exchange *x)
{
	return x->reply.len >= earlier(x) + x->cfg->expect_len;
}

static bool is_good(const struct tc_exchange *x)
{
	size_t before = earlier(x);

	return x->reply.len == before + x->cfg->expect_len &&
	       memcmp(x->reply.data + before, x->cfg->expect, x->cfg->expect_len) == 0;
}

static void take(struct tc_exchange *x, const uint8_t *bytes, size_t n)
{
	tc_buf_add(&x->reply, bytes, n);
	tc_conn_consumed(x->conn, n);
	x->replied_at = tc_clock_realtime();
}

static void on_data(struct tc_conn *c, void *ctx, const uint8_t *bytes, size_t n)
{
	struct tc_exchange *x = ctx;
	bool good;

	take(x, bytes, n);
	if (is_any(x)) {
		set_deadline(x, x->cfg->pause);
		return;
	}
	if (x->verdict != TC_VERDICT_NONE || !is_complete(x))
		return;
	good = is_good(x);
	if (good && x->asked && x->asked <= x->cfg->n_more) {
		set_deadline(x, x->cfg->timeout);
		ask(x);
		return;
	}
	decide(x, good ? TC_VERDICT_REPLY : TC_VERDICT_BAD_REPLY);
	tc_conn_close(c);
}

static void on_peer_closed(struct tc_conn *c, void *ctx)
{
	struct tc_exchange *x = ctx;

	decide(x, is_any(x) ? TC_VERDICT_REPLY :
	       x->reply.len > earlier(x) ? TC_VERDICT_BAD_REPLY : TC_VERDICT_CLOSED);
	tc_conn_close(c);
}

static void on_ended(struct tc_conn *c, void *ctx, enum tc_end end)
{
	struct tc_exchange *x = ctx;
	struct tc_conn_info info;

	(void)end;
	x->over = true;
	tc_conn_info(c, &info);
	if (is_any(x) && info.end == TC_END_CLOSED)
		decide(x, TC_VERDICT_REPLY);
	decide(x, tc_verdict_of(&info, x->reply.len > earlier(x)));
	if (x->cfg->ended)
		x->cfg->ended(x);
}

static const struct tc_conn_ops ops = {
	.connected = on_connected,
	.data = on_data,
	.peer_closed = on_peer_closed,
	.deadline = on_deadline,
	.ended = on_ended,
};

/* ---- the peer calls ------------------------------------------------------------------- */

static void caller_connected(struct tc_conn *c, void *ctx)
{
	struct tc_exchange *x = ctx;

	(void)c;
	x->holding = true;
	set_deadline(x, x->cfg->hold);
}

/* All that we say is acknowledged: has it said all that it has to? */
static void look_at_caller(struct tc_exchange *x)
{
	if (x->holding || x->verdict != TC_VERDICT_NONE || tc_conn_unacked(x->conn))
		return;
	if (x->cfg->expect_len && is_complete(x)) {
		decide(x, is_good(x) ? TC_VERDICT_REPLY : TC_VERDICT_BAD_REPLY);
		tc_conn_close(x->conn);
	} else if (!x->closing) {
		x->closing = true;
		set_deadline(x, x->cfg->hold);
	}
}

static void tell_caller(struct tc_exchange *x)
{
	if (!x->holding)
		return;
	x->holding = false;
	set_deadline(x, x->cfg->timeout);
	ask(x);
}

static void caller_data(struct tc_conn *c, void *ctx, const uint8_t *bytes, size_t n)
{
	struct tc_exchange *x = ctx;

	(void)c;
	take(x, bytes, n);
	tell_caller(x);
	look_at_caller(x);
}

static void caller_acked(struct tc_conn *c, void *ctx)
{
	(void)c;
	look_at_caller(ctx);
}

/* It says nothing first, or no more: a FIN asks it to end. What does not, is reset. */
static void caller_deadline(struct tc_conn *c, void *ctx)
{
	struct tc_exchange *x = ctx;

	if (x->holding) {
		tell_caller(x);
		look_at_caller(x);
	} else if (x->closing && !x->fin_sent) {
		x->fin_sent = true;
		set_deadline(x, x->cfg->timeout);
		tc_conn_close(c);
	} else {
		tc_conn_abort(c);
	}
}

static void caller_closed(struct tc_conn *c, void *ctx)
{
	struct tc_exchange *x = ctx;

	if (x->cfg->expect_len && is_good(x))
		decide(x, TC_VERDICT_REPLY);
	on_peer_closed(c, x);
}

static void caller_ended(struct tc_conn *c, void *ctx, enum tc_end end)
{
	struct tc_exchange *x = ctx;
	struct tc_conn_info info;

	tc_conn_info(c, &info);
	x->over = true;
	if (end == TC_END_RESET && !info.established_at)
		decide(x, TC_VERDICT_REFUSED);
	on_ended(c, x, end);
}

static const struct tc_conn_ops caller_ops = {
	.connected = caller_connected,
	.data = caller_data,
	.acked = caller_acked,
	.peer_closed = caller_closed,
	.deadline = caller_deadline,
	.ended = caller_ended,
};

int tc_exchange_answer(struct tc_exchange *x, struct tc_conn *c, tc_seq iss)
{
	x->conn = c;
	set_deadline(x, x->cfg->timeout);
	return tc_conn_answer(c, iss, &caller_ops, x);
}

/* --------------------------------------------------------------------------------------- */

int tc_exchange_start(struct tc_exchange *x, struct tc_stack *s, const struct tc_flow *flow,
		      tc_seq iss, struct tc_error *err)
{
	struct tc_error why = { 0 };
	struct tc_message first = { 0 };

	/* Queued now it goes with the SYN, where there is a cookie for that, with the
	 * handshake's third segment (tc_tcp_config.ack_with_data) or right behind it. */
	if (!x->cfg->hold)
		first = next_request(x);
	x->conn = tc_conn_open_with(s, flow, iss, first.bytes, first.len, &ops, x, &why);
	if (!x->conn) {		/* it may be tried with another flow: then it asks anew */
		x->asked = 0;
		return tc_fail(err, why.code, "%s", why.msg);
	}
	set_deadline(x, x->cfg->timeout);
	return 0;
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
