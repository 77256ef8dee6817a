/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One TCP connection by hand: a session is opened, one field of one segment is changed on
 * its way out, bytes are sent, what happens on the wire is told, all is closed again. Wants
 * the privileges that tcpcraft(8) names.
 *
 *	cc session.c $(pkg-config --cflags --libs tcpcraft)
 *	./a.out HOST PORT 'data[1]: tcp.window_size_value=1000'
 */
#include <tcpcraft/backlog.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/mutate.h>
#include <tcpcraft/payload.h>
#include <tcpcraft/prot.h>
#include <tcpcraft/rng.h>
#include <tcpcraft/session.h>
#include <tcpcraft/story.h>

#include <stdio.h>
#include <string.h>

struct run {
	struct tc_mutate *mutate;
	struct tc_session *session;
	struct tc_buf request;
	bool over;
};

/* Every segment of the connection, in the order of the wire. */
static void on_trace(void *ctx, const struct tc_trace *t)
{
	static const char *const who[] = { "we send", "our kernel sends", "the peer sends" };
	const struct tc_story_event e = tc_story_event_of(t);
	char flags[16] = "";

	(void)ctx;
	if (t->rx && t->rx->kind == TC_RX_TCP) {
		tc_flags_print(t->rx->seg.flags, flags);
		printf("%s %s, %u bytes from %u on\n", who[t->origin], flags, t->rx->seg.len,
		       t->rx->seg.seq - tc_story_isns(&e).seq);
	}
	for (unsigned i = 0; i < TC_TAG_COUNT; i++)
		if (e.tags & 1u << i)
			printf("  %s\n", tc_tag_name((enum tc_tag)i));
	for (unsigned i = 0; i < t->n_mutations; i++)
		printf("  changed: %s %s -> %s\n", t->mutations[i].field, t->mutations[i].from,
		       t->mutations[i].to);
	for (unsigned i = 0; i < t->news.n_changes; i++)
		printf("  %s -> %s\n", tc_state_name(t->news.changes[i].from),
		       tc_state_name(t->news.changes[i].to));
}

static void on_connected(struct tc_conn *c, void *ctx)
{
	struct run *r = ctx;

	tc_conn_send(c, r->request.data, r->request.len, NULL);
}

/* The whole reply of the server: a longer one would come in pieces. */
static void on_data(struct tc_conn *c, void *ctx, const uint8_t *bytes, size_t n)
{
	(void)ctx;
	printf("reply: %.*s\n", (int)n, (const char *)bytes);
	tc_conn_consumed(c, n);
	tc_conn_close(c);
}

static void on_ended(struct tc_conn *c, void *ctx, enum tc_end end)
{
	struct run *r = ctx;

	(void)c;
	r->over = true;
	printf("over: %s\n", end == TC_END_CLOSED ? "both sides closed" : "it failed");
}

static const struct tc_conn_ops ops = {
	.connected = on_connected, .data = on_data, .ended = on_ended,
};

/* The rule is the filter between the TCP machine and the wire. */
static int open_run(struct run *r, char *const argv[], struct tc_error *err)
{
	const char *const rules[] = { argv[3] };
	struct tc_session_config cfg = {
		.n_ports = 1, .guard = TC_GUARD_RST, .seed = tc_rng_kernel_u64(),
		.observer = { .trace = on_trace }, .widen = tc_mutate_widen,
	};
	int rc = tc_host_parse(&cfg.dst, argv[1], 0, false, err);

	if (rc >= 0)
		rc = tc_port_parse(&cfg.dst_port, argv[2], err);
	if (rc >= 0)
		rc = tc_payload_build(&r->request, tc_header_get(TC_HDR_PROT),
				      (const uint8_t *)"hello", 5, NULL, 0, err);
	if (rc >= 0)
		rc = tc_mutate_open(&r->mutate, rules, 1, (struct tc_payload){ 0 }, err);
	cfg.widen_ctx = r->mutate;
	if (rc >= 0)
		rc = tc_session_open(&r->session, &cfg, err);
	if (rc >= 0)
		tc_stack_set_filter(tc_session_stack(r->session), &(struct tc_filter){
			.ctx = r->mutate, .segment = tc_mutate_segment });
	return rc;
}

/* One connection, from the SYN to the last FIN; at most ten seconds. */
static int talk(struct run *r, struct tc_error *err)
{
	struct tc_stack *stack = tc_session_stack(r->session);
	tc_time until = tc_clock_monotonic() + 10 * TC_S;
	struct tc_flow flow;
	int rc = 0;

	tc_session_flow(r->session, 0, &flow);
	if (!tc_conn_open(stack, &flow, tc_stack_iss(stack, &flow), &ops, r, err))
		return err->code;
	while (!r->over && rc >= 0 && tc_clock_monotonic() < until)
		rc = tc_stack_run(stack, until, NULL, 0, err);
	if (rc >= 0 && !r->over)
		rc = tc_fail(err, -1, "the connection is not over after 10 s");
	return rc;
}

/* One reason for which nobody answers; only the kernel of this host can be asked. */
static void tell_queue(struct tc_session *s)
{
	struct tc_backlog b;

	if (tc_session_backlog(s, &b, 0) && tc_backlog_is_full(&b))
		printf("its queue of connections is full: %u wait\n", b.waiting);
}

int main(int argc, char **argv)
{
	struct tc_session_summary sum = { 0 };
	struct tc_error err = { 0 };
	struct run r = { 0 };
	int rc;

	if (argc != 4) {
		fprintf(stderr, "usage: session HOST PORT RULE\n");
		return 2;
	}
	rc = open_run(&r, argv, &err);
	if (rc >= 0)
		rc = talk(&r, &err);
	if (rc < 0 && r.session)
		tell_queue(r.session);
	if (r.session && tc_session_close(r.session, &sum, rc < 0 ? NULL : &err) < 0)
		rc = -1;
	if (rc >= 0)
		printf("resets of the kernel that leaked: %u\n", (unsigned)sum.resets_leaked);
	else
		fprintf(stderr, "session: %s\n", err.msg);
	tc_mutate_close(r.mutate);
	tc_buf_free(&r.request);
	return rc < 0;
}
