/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PROT exchanges a second: handshake, frame, its ACK, close, a connection each. Ours go
 * through the driver with the guard on; theirs through kernel sockets, with epoll when
 * there are many at once, with blocking calls when there is one. Both ask the same epoll
 * server, which has a core of its own. They take turns. A target stands at the mode that is
 * meant to reach it; the other rows say what the mode is worth.
 *
 *	exchange SERVER NETNS SPARE SERVER6
 *		SERVER and SERVER6 are addresses inside the namespace NETNS, of IPv4 and IPv6,
 *		SPARE one of SERVER's subnet that nobody has
 */
#include "measure.h"
#include "sockets.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/exchange.h>
#include <tcpcraft/payload.h>
#include <tcpcraft/prot.h>
#include <tcpcraft/rng.h>
#include <tcpcraft/session.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 11
#define PARALLEL 64
#define PORTS 16384
#define PATIENCE (30 * TC_S)	/* with a round; on a machine of its own it takes 0.2 s */

struct mode {
	const char *what;
	unsigned parallel, each;	/* at once, and in a round */
	enum tc_guard_mode guard;
	bool spare;			/* --source an address that nobody has: no guard */
	bool busy_poll;
	double target;
};

static const struct mode modes[] = {
	{ "PROT, 64 at once", PARALLEL, 2000, TC_GUARD_AUTO, false, false, 1.5 },
	{ "  --guard rst", PARALLEL, 2000, TC_GUARD_RST, false, false, 0 },
	{ "  --busy-poll", PARALLEL, 2000, TC_GUARD_AUTO, false, true, 0 },
	{ "  --guard shield --busy-poll", PARALLEL, 2000, TC_GUARD_SHIELD, false, true, 0 },
	{ "  --source SPARE", PARALLEL, 2000, TC_GUARD_NONE, true, false, 1.5 },
	{ "  --source SPARE --busy-poll", PARALLEL, 2000, TC_GUARD_NONE, true, true, 0 },
	{ "PROT, one at a time", 1, 400, TC_GUARD_AUTO, false, false, 1 },
	{ "  --busy-poll", 1, 400, TC_GUARD_AUTO, false, true, 1.3 },
	{ "  --source SPARE --busy-poll", 1, 400, TC_GUARD_NONE, true, true, 0 },
};

struct slot {
	struct tc_exchange x;
	struct slot *next;
};

struct run {
	const struct mode *mode;
	struct bench_end server;
	struct tc_addr spare;		/* an address of the subnet that is nobody's */
	struct tc_session *session;
	struct tc_exchange_config xc;
	struct slot slots[PARALLEL];
	struct slot *free, *ended;
	unsigned opened;		/* in all rounds: the next four-tuple */
	unsigned good;			/* of this round */
};

/* The slots' list is the run's: x.ctx leads there. */
static void on_ended(struct tc_exchange *x)
{
	struct run *r = x->ctx;
	struct slot *slot = (struct slot *)(void *)x;

	r->good += x->verdict == TC_VERDICT_REPLY;
	slot->next = r->ended;
	r->ended = slot;
}

static void put_back(struct run *r, struct slot *slot)
{
	slot->next = r->free;
	r->free = slot;
}

static void retire_ended(struct run *r)
{
	struct slot *slot;

	while ((slot = r->ended)) {
		r->ended = slot->next;
		tc_conn_detach(slot->x.conn);
		slot->x.conn = NULL;
		tc_exchange_free(&slot->x);
		put_back(r, slot);
	}
}

static int begin(struct run *r, struct tc_error *err)
{
	struct slot *slot = r->free;
	struct tc_flow flow;

	r->free = slot->next;
	slot->x = (struct tc_exchange){ .cfg = &r->xc, .ctx = r };
	tc_session_flow(r->session, r->opened++, &flow);
	return tc_exchange_start(&slot->x, tc_session_stack(r->session), &flow,
				 (tc_seq)tc_rng_kernel_u64(), err);
}

static int our_round(struct run *r, struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + PATIENCE;
	unsigned begun = 0;
	int rc = 0;

	r->good = 0;
	while (r->good < r->mode->each && rc >= 0) {
		while (rc >= 0 && r->free && begun < r->mode->each) {
			rc = begin(r, err);
			begun++;
		}
		if (rc >= 0)
			rc = tc_stack_run(tc_session_stack(r->session), until, NULL, 0, err);
		retire_ended(r);
		if (rc >= 0 && tc_clock_monotonic() >= until)
			rc = tc_fail(err, -ETIMEDOUT, "%u of %u exchanges were good", r->good,
				     r->mode->each);
	}
	return rc;
}

/* Thousands a second. */
static double rate_since(const struct run *r, tc_time began)
{
	return r->mode->each * 1e6 / (double)(tc_clock_monotonic() - began);
}

static int timed_round(struct run *r, double *rate, struct tc_error *err)
{
	tc_time began = tc_clock_monotonic();
	int rc = our_round(r, err);

	*rate = rate_since(r, began);
	return rc;
}

static int one_round(struct run *r, struct bench *b, struct tc_error *err)
{
	tc_time began = tc_clock_monotonic();
	double ours, theirs;
	int rc = bench_prot_client(&r->server, r->xc.request, r->xc.request_len,
				   r->mode->each, r->mode->parallel);

	theirs = rate_since(r, began);
	if (rc < 0)
		return tc_fail(err, rc, "the kernel's client: %s", strerror(-rc));
	rc = timed_round(r, &ours, err);
	if (rc >= 0)
		bench_add(b, ours, theirs);
	return rc;
}

static int tune(void *ctx, struct tc_personality *p, struct tc_error *err)
{
	(void)ctx, (void)err;
	p->tcp.ack_with_data = true;
	return 0;
}

static int open_session(struct run *r, struct tc_error *err)
{
	struct tc_session_config cfg = {
		.dst = bench_addr(&r->server), .dst_port = bench_port(&r->server),
		.n_ports = PORTS, .guard = r->mode->guard,
		.busy_poll = r->mode->busy_poll, .tune = tune,
	};
	int rc;

	if (r->mode->spare)
		cfg.source = r->spare;
	rc = tc_session_open(&r->session, &cfg, err);
	r->free = r->ended = NULL;
	for (unsigned i = 0; i < r->mode->parallel; i++)
		put_back(r, &r->slots[i]);
	return rc;
}

static int close_session(struct run *r, int rc, struct tc_error *err)
{
	return tc_session_close(r->session, NULL, rc < 0 ? NULL : err) < 0 ? -EIO : rc;
}

static int compare(struct run *r, struct bench *b, struct tc_error *err)
{
	int rc = open_session(r, err);

	if (rc < 0)
		return rc;
	for (unsigned i = 0; i < ROUNDS && rc >= 0; i++)
		rc = one_round(r, b, err);
	return close_session(r, rc, err);
}

/* Ours over IPv6 beside ours over IPv4. */
static int compare_families(struct run *six, struct run *four, struct bench *b,
			    struct tc_error *err)
{
	double rate[2];
	int rc = open_session(four, err);

	if (rc < 0)
		return rc;
	rc = open_session(six, err);
	if (rc < 0)
		return close_session(four, rc, err);
	for (unsigned i = 0; i < ROUNDS && rc >= 0; i++) {
		rc = timed_round(four, &rate[0], err);
		if (rc >= 0)
			rc = timed_round(six, &rate[1], err);
		if (rc >= 0)
			bench_add(b, rate[1], rate[0]);
	}
	return close_session(four, close_session(six, rc, err), err);
}

static int measure(struct run *r, const struct mode *mode)
{
	struct bench b = { .what = mode->what, .unit = "k/s",
			   .target = mode->target,
			   .theirs = mode->parallel > 1 ? "epoll, kernel sockets"
							: "blocking kernel sockets" };
	struct tc_error err = { 0 };

	r->mode = mode;
	if (compare(r, &b, &err) < 0) {
		bench_skip(mode->what, "%s", err.msg);
		return 1;
	}
	bench_report(&b);
	return 0;
}

static const struct mode family_modes[] = {
	{ "PROT over IPv6, 64 at once", PARALLEL, 2000, TC_GUARD_AUTO, false, false, 0.9 },
	{ "  --busy-poll", PARALLEL, 2000, TC_GUARD_AUTO, false, true, 0.9 },
	{ "PROT over IPv6, one at a time", 1, 400, TC_GUARD_AUTO, false, false, 0.9 },
};

static int measure_families(struct run *six, struct run *four, const struct mode *mode)
{
	struct bench b = { .what = mode->what, .unit = "k/s", .target = mode->target,
			   .theirs = "ours over IPv4" };
	struct tc_error err = { 0 };

	six->mode = four->mode = mode;
	if (compare_families(six, four, &b, &err) < 0) {
		bench_skip(mode->what, "%s", err.msg);
		return 1;
	}
	bench_report(&b);
	return 0;
}

/* A server for it, and what it is asked. */
static pid_t prepare(struct run *r, const char *netns, const struct tc_buf *frame)
{
	int listener = bench_listen_in(netns, &r->server);

	r->xc = (struct tc_exchange_config){
		.request = frame->data, .request_len = frame->len, .timeout = PATIENCE,
		.expect = (const uint8_t *)TC_PROT_ACK, .expect_len = TC_PROT_ACK_LEN,
		.ended = on_ended,
	};
	return listener < 0 ? listener : bench_start_server(listener, bench_serve_prot);
}

static int measure_all(struct run *four, struct run *six, const char *netns,
		       const struct tc_buf *frame)
{
	pid_t server = prepare(four, netns, frame), server6 = prepare(six, netns, frame);
	int bad = server < 0;

	if (bad)
		bench_skip("PROT exchanges", "no server in %s: %s", netns, strerror(-server));
	if (server6 < 0)
		bench_skip("PROT over IPv6", "no server in %s: %s", netns, strerror(-server6));
	for (size_t i = 0; i < sizeof family_modes / sizeof family_modes[0] && server > 0 &&
		   server6 > 0; i++)
		bad |= measure_families(six, four, &family_modes[i]);
	for (size_t i = 0; i < sizeof modes / sizeof modes[0] && server > 0; i++)
		bad |= measure(four, &modes[i]);
	bench_stop_server(server);
	bench_stop_server(server6);
	return bad;
}

int main(int argc, char **argv)
{
	static struct run four, six;
	struct tc_buf frame = { 0 };
	struct bench_end spare;
	int bad;

	if (argc != 5 || bench_end(&four.server, argv[1]) < 0 || bench_end(&spare, argv[3]) < 0 ||
	    bench_end(&six.server, argv[4]) < 0) {
		fprintf(stderr, "usage: exchange SERVER NETNS SPARE SERVER6\n");
		return 2;
	}
	four.spare = bench_addr(&spare);
	bench_pin();
	if (tc_payload_build(&frame, tc_header_get(TC_HDR_PROT), (const uint8_t *)"HELLO", 5,
			     NULL, 0, NULL) < 0) {
		bench_skip("PROT exchanges", "no memory for the request");
		return 1;
	}
	bad = measure_all(&four, &six, argv[2], &frame);
	tc_buf_free(&frame);
	return bad;
}
