/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections opened a second, 64 handshakes at a time, while more and more of them stay
 * open: the rate among many against the rate among few, of the same round, by the time this
 * thread computes, in which the peer's side is included: its kernel answers within our
 * sending, and nobody accepts. What of the difference is that kernel's, a second session
 * tells, which has few open itself beside the many of the first. And what memory an open
 * one takes.
 *
 *	open SERVER NETNS SOURCE...	SERVER is an address inside the namespace NETNS; the
 *					ports of 8 or more addresses of ours are needed
 */
#include "measure.h"
#include "sockets.h"

#include <tcpcraft/error.h>
#include <tcpcraft/rng.h>
#include <tcpcraft/session.h>

#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROUNDS 5
#define MANY 100000
#define STEP 4000		/* connections, timed */
#define AT_ONCE 64
#define PORTS 16384
#define SOURCES_MAX 16
#define PATIENCE (20 * TC_S)

enum { AMONG_FEW, AMONG_10000, AMONG_MANY, STAGES };

static const unsigned stages[STAGES] = { 100, 10000, MANY - STEP };

struct run {
	struct bench_end target, server; /* as it was asked for; with its port */
	const char *netns;
	int listener;
	struct tc_addr source[SOURCES_MAX];
	unsigned n_sources;
	struct tc_session *session;
	struct tc_conn **conns;
	unsigned begun, open, lost;
	struct bench among_10000, among_many, among_others, memory;
};

static void on_connected(struct tc_conn *c, void *ctx)
{
	struct run *r = ctx;

	(void)c;
	r->open++;
}

static void on_ended(struct tc_conn *c, void *ctx, enum tc_end end)
{
	struct run *r = ctx;

	(void)c, (void)end;
	r->lost++;
}

static const struct tc_conn_ops ops = { .connected = on_connected, .ended = on_ended };

static int begin(struct run *r, struct tc_error *err)
{
	struct tc_flow flow;

	tc_session_flow(r->session, r->begun, &flow);
	r->conns[r->begun] = tc_conn_open(tc_session_stack(r->session), &flow,
					  (tc_seq)tc_rng_kernel_u64(), &ops, r, err);
	if (!r->conns[r->begun])
		return err->code;
	r->begun++;
	return 0;
}

static int open_until(struct run *r, unsigned n, struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + PATIENCE;
	int rc = 0;

	while (r->open < n && rc >= 0) {
		while (r->begun < n && r->begun - r->open < AT_ONCE && rc >= 0)
			rc = begin(r, err);
		if (rc >= 0)
			rc = tc_stack_run(tc_session_stack(r->session), until, NULL, 0, err);
		if (rc >= 0 && (r->lost || tc_clock_monotonic() >= until))
			rc = tc_fail(err, -ETIMEDOUT, "%u of %u connections are open, %u lost",
				     r->open, n, r->lost);
	}
	return rc;
}

static double bytes_allocated(void)
{
	struct mallinfo2 m = mallinfo2();

	return (double)(m.uordblks + m.hblkhd);
}

/* Thousands a second, of the STEP openings behind the first n. */
static int rate_among(struct run *r, unsigned n, double *rate, struct tc_error *err)
{
	int rc = open_until(r, n, err);
	tc_time began = bench_cpu_time();

	if (rc >= 0)
		rc = open_until(r, n + STEP, err);
	*rate = STEP * 1e6 / (double)(bench_cpu_time() - began);
	return rc;
}

static struct tc_session_config config(const struct run *r)
{
	return (struct tc_session_config){
		.dst = bench_addr(&r->server), .dst_port = bench_port(&r->server), .n_ports = PORTS,
	};
}

/* From the last address, which the first session leaves alone. */
static int rate_beside(const struct run *first, double *rate, struct tc_error *err)
{
	static struct tc_conn *conns[MANY];
	struct run r = { .conns = conns };
	struct tc_session_config cfg = config(first);
	int rc;

	cfg.source = first->source[first->n_sources - 1];
	rc = tc_session_open(&r.session, &cfg, err);
	if (rc >= 0)
		rc = rate_among(&r, stages[AMONG_FEW], rate, err);
	if (r.session && tc_session_close(r.session, NULL, NULL) < 0 && rc >= 0)
		rc = tc_fail(err, -EIO, "the guard could not be removed");
	return rc;
}

static int one_round(struct run *r, struct tc_error *err)
{
	double rate[STAGES], beside = 0, before = bytes_allocated(), took = 0;
	int rc = 0;

	r->begun = r->open = r->lost = 0;
	for (unsigned i = 0; i < STAGES && rc >= 0; i++)
		rc = rate_among(r, stages[i], &rate[i], err);
	took = bytes_allocated() - before;
	if (rc >= 0)
		rc = rate_beside(r, &beside, err);
	if (rc < 0)
		return rc;
	bench_add(&r->among_10000, rate[AMONG_10000], rate[AMONG_FEW]);
	bench_add(&r->among_many, rate[AMONG_MANY], rate[AMONG_FEW]);
	bench_add(&r->among_others, rate[AMONG_MANY], beside);
	bench_add(&r->memory, took / MANY, 1024);
	return 0;
}

/* A listener of its own for each round: what it had goes with it, as resets that meet a
 * session that is still there. */
static int session_round(struct run *r, struct tc_error *err)
{
	struct tc_session_config cfg;
	int rc;

	r->server = r->target;
	r->listener = bench_listen_in(r->netns, &r->server);
	if (r->listener < 0)
		return tc_fail(err, r->listener, "listen: %s", strerror(-r->listener));
	cfg = config(r);
	cfg.source = r->source[0];
	cfg.more_sources = r->source + 1;
	cfg.n_more_sources = r->n_sources - 2;
	rc = tc_session_open(&r->session, &cfg, err);
	if (rc >= 0)
		rc = one_round(r, err);
	close(r->listener);
	if (tc_session_close(r->session, NULL, NULL) < 0)
		rc = tc_fail(err, -EIO, "the guard could not be removed");
	r->session = NULL;
	return rc;
}

static int parse(struct run *r, int argc, char **argv)
{
	struct bench_end end;

	if (argc < 5 || argc - 3 > SOURCES_MAX ||
	    bench_end(&r->target, argv[1]) < 0)
		return -EINVAL;
	r->netns = argv[2];
	for (int i = 3; i < argc; i++) {
		if (bench_end(&end, argv[i]) < 0)
			return -EINVAL;
		r->source[r->n_sources++] = bench_addr(&end);
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct run r = {
		.among_10000 = { .what = "opening, 10,000 open", .theirs = "100 open",
				 .unit = "k/s", .target = 0.8 },
		.among_many = { .what = "opening, 96,000 open", .theirs = "100 open",
				.unit = "k/s", .target = 0.8 },
		.among_others = { .what = "the same", .theirs = "100, 96,000 of others",
				  .unit = "k/s", .target = 0.8 },
		.memory = { .what = "memory of an open connection", .theirs = "1 KB",
			    .unit = "B", .target = 1, .at_most = true },
	};
	struct tc_error err = { 0 };
	int rc = 0;

	if (parse(&r, argc, argv) < 0) {
		fprintf(stderr, "usage: open SERVER NETNS SOURCE...\n");
		return 2;
	}
	r.conns = calloc(MANY, sizeof *r.conns);
	bench_pin();
	for (unsigned i = 0; i <= ROUNDS && rc >= 0 && r.conns; i++) {
		rc = session_round(&r, &err);
		if (i == 0)	/* in which the kernels get their memory */
			r.among_10000.n = r.among_many.n = r.among_others.n =
				r.memory.n = 0;
	}
	free(r.conns);
	if (rc < 0) {
		bench_skip("opening 100,000 connections", "%s", err.msg);
		return 1;
	}
	bench_report(&r.among_10000);
	bench_report(&r.among_many);
	bench_report(&r.among_others);
	bench_report(&r.memory);
	return 0;
}
