/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Goodput: 256 MB up and down over one connection, from connecting to the last byte there,
 * through the driver with the guard on and through kernel sockets, to and from the same
 * server, which has a core of its own. They take turns.
 *
 * What limits the way down is measured, too: the barest receiver of raw frames (bare.h).
 *
 *	bulk SERVER NETNS NOBODY SERVER_MAC	SERVER is an address inside the namespace NETNS
 */
#include "bare.h"
#include "measure.h"
#include "sockets.h"

#include <tcpcraft/error.h>
#include <tcpcraft/rng.h>
#include <tcpcraft/session.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 7
#define BYTES ((uint64_t)256 << 20)
#define QUEUE_MAX ((size_t)1 << 20)	/* queued and in flight */
#define CHUNK ((size_t)64 << 10)
#define PATIENCE (20 * TC_S)

struct run {
	struct bench_end server;
	struct tc_session *session;
	struct bench_order order;
	unsigned opened;
	uint64_t unsent, missing;	/* of this round */
	bool over;
};

static const struct way {
	const char *what;
	bool down, merged, busy_poll;
	double target;
} ways[] = {
	{ "256 MB up", false, false, false, 0.2 },
	{ "  --busy-poll", false, false, true, 0.2 },
	{ "256 MB up, merged", false, true, false, 0.8 },
	{ "  --busy-poll", false, true, true, 0.8 },
	{ "256 MB down", true, false, false, 1.5 },
	{ "  --busy-poll", true, false, true, 1.5 },
};

static uint8_t chunk[CHUNK];

static void top_up(struct tc_conn *c, struct run *r)
{
	while (r->unsent && tc_conn_unacked(c) < QUEUE_MAX) {
		size_t n = r->unsent < CHUNK ? r->unsent : CHUNK;

		if (tc_conn_send(c, chunk, n, NULL) < 0)
			return;
		r->unsent -= n;
	}
}

static void on_connected(struct tc_conn *c, void *ctx)
{
	struct run *r = ctx;

	tc_conn_send(c, &r->order, sizeof r->order, NULL);
	top_up(c, r);
}

static void on_acked(struct tc_conn *c, void *ctx)
{
	top_up(c, ctx);
}

static void on_data(struct tc_conn *c, void *ctx, const uint8_t *bytes, size_t n)
{
	struct run *r = ctx;

	bench_use(bytes);
	tc_conn_consumed(c, n);
	r->missing -= n < r->missing ? n : r->missing;
}

static void on_ended(struct tc_conn *c, void *ctx, enum tc_end end)
{
	struct run *r = ctx;

	(void)c, (void)end;
	r->over = true;
}

static const struct tc_conn_ops ops = {
	.connected = on_connected, .acked = on_acked, .data = on_data, .ended = on_ended,
};

static int our_round(struct run *r, struct tc_error *err)
{
	struct tc_stack *s = tc_session_stack(r->session);
	tc_time until = tc_clock_monotonic() + PATIENCE;
	struct tc_flow flow;
	struct tc_conn *c;
	int rc = 0;

	r->unsent = r->order.down ? 0 : r->order.bytes;
	r->missing = r->order.down ? r->order.bytes : 1;
	r->over = false;
	tc_session_flow(r->session, r->opened++, &flow);
	c = tc_conn_open(s, &flow, (tc_seq)tc_rng_kernel_u64(), &ops, r, err);
	if (!c)
		return -1;
	while (r->missing && !r->over && rc >= 0 && tc_clock_monotonic() < until)
		rc = tc_stack_run(s, until, NULL, 0, err);
	if (r->missing && rc >= 0)
		rc = tc_fail(err, -ETIMEDOUT, "%llu bytes were not sent, %llu did not come",
			     (unsigned long long)r->unsent, (unsigned long long)r->missing);
	tc_conn_free(c);
	return rc;
}

/* Megabytes a second. */
static double rate_since(tc_time began)
{
	return (double)BYTES * 1e3 / (double)(tc_clock_monotonic() - began);
}

static int one_round(struct run *r, struct bench *b, struct tc_error *err)
{
	tc_time began = tc_clock_monotonic();
	int rc = bench_bulk_client(&r->server, &r->order);
	double ours, theirs = rate_since(began);

	if (rc < 0)
		return tc_fail(err, rc, "the kernel's client: %s", strerror(-rc));
	began = tc_clock_monotonic();
	rc = our_round(r, err);
	ours = rate_since(began);
	if (rc >= 0)
		bench_add(b, ours, theirs);
	tc_stack_run(tc_session_stack(r->session), tc_clock_monotonic(), NULL, 0, NULL);
	return rc;
}

static int compare(struct run *r, struct bench *b, const struct way *w, struct tc_error *err)
{
	struct tc_session_config cfg = {
		.dst = bench_addr(&r->server), .dst_port = bench_port(&r->server),
		.n_ports = ROUNDS, .busy_poll = w->busy_poll,
		.merge = w->merged,
	};
	int rc;

	r->opened = 0;
	rc = tc_session_open(&r->session, &cfg, err);
	if (rc < 0)
		return rc;
	for (unsigned i = 0; i < ROUNDS && rc >= 0; i++)
		rc = one_round(r, b, err);
	if (tc_session_close(r->session, NULL, rc < 0 ? NULL : err) < 0)
		rc = -EIO;
	return rc;
}

static int measure(struct run *r, const struct way *w)
{
	struct bench b = { .what = w->what, .unit = "MB/s", .theirs = "kernel sockets",
			   .target = w->target };
	struct tc_error err = { 0 };

	r->order = (struct bench_order){ .bytes = BYTES, .down = w->down };
	if (compare(r, &b, w, &err) < 0) {
		bench_skip(w->what, "%s", err.msg);
		return 1;
	}
	bench_report(&b);
	return 0;
}

/* No receiver of raw frames can be above it. */
static int measure_bare(struct run *r, const char *nobody, const char *server_mac)
{
	struct bench b = { .what = "the barest receiver, down", .unit = "MB/s",
			   .theirs = "kernel sockets" };
	struct bench_bare bare = { .request = (const uint8_t *)&r->order,
				   .len = sizeof r->order };
	struct tc_error err = { 0 };
	int rc = 0;

	if (bench_bare_hosts(&bare, nobody, server_mac, &r->server) < 0) {
		bench_skip(b.what, "OURS, MAC, NOBODY or SERVER_MAC is missing");
		return 1;
	}
	r->order = (struct bench_order){ .bytes = BYTES, .down = true };
	for (unsigned i = 0; i < ROUNDS && rc == 0; i++) {
		tc_time began = tc_clock_monotonic();
		double theirs;

		rc = bench_bulk_client(&r->server, &r->order);
		if (rc < 0)
			tc_fail(&err, rc, "the kernel's client: %s", strerror(-rc));
		theirs = rate_since(began);
		began = tc_clock_monotonic();
		if (rc == 0)
			rc = bench_bare_down(&bare, BYTES, &err);
		bench_add(&b, rate_since(began), theirs);
	}
	if (rc < 0)
		bench_skip(b.what, "%s", err.msg);
	else
		bench_report(&b);
	return rc < 0;
}

int main(int argc, char **argv)
{
	static struct run r;
	int bad = 0, listener;
	pid_t server;

	if (argc != 5 || bench_end(&r.server, argv[1]) < 0) {
		fprintf(stderr, "usage: bulk SERVER NETNS NOBODY SERVER_MAC\n");
		return 2;
	}
	bench_pin();
	listener = bench_listen_in(argv[2], &r.server);
	server = listener < 0 ? listener : bench_start_server(listener, bench_serve_bulk);
	if (server < 0) {
		bench_skip("256 MB up, down", "no server in %s: %s", argv[2], strerror(-server));
		return 1;
	}
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		bad |= measure(&r, &ways[i]);
	bad |= measure_bare(&r, argv[3], argv[4]);
	bench_stop_server(server);
	return bad;
}
