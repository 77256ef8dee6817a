/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PROT exchanges a second: handshake, frame, its ACK, close, a connection each. Ours go
 * through the driver with the guard on; theirs through kernel sockets, with epoll when
 * there are many at once, with blocking calls when there is one. Both ask the same epoll
 * server, which has a core of its own. They take turns. A target stands at the mode that is
 * meant to reach it; the other rows say what the mode is worth.
 *
 *	exchange SERVER NETNS SPARE	SERVER is an address inside the namespace NETNS, SPARE
 *					one of its subnet that nobody has
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
#define PATIENCE (2 * TC_S)

struct mode {
	const char *what;
	unsigned parallel, each;	/* at once, and in a round */
	enum tc_guard_mode guard;
	bool spare;			/* --source an address that nobody has: no guard */
	bool busy_poll;
	double target;
};

static const struct mode modes[] = {
	{ "PROT, 64 at once", PARALLEL, 2000, TC_GUARD_RST, false, false, 0 },
	{ "  --busy-poll", PARALLEL, 2000, TC_GUARD_RST, false, true, 0 },
	{ "  --guard shield --busy-poll", PARALLEL, 2000, TC_GUARD_SHIELD, false, true, 0 },
	{ "  --source SPARE", PARALLEL, 2000, TC_GUARD_NONE, true, false, 1.5 },
	{ "  --source SPARE --busy-poll", PARALLEL, 2000, TC_GUARD_NONE, true, true, 0 },
	{ "PROT, one at a time", 1, 400, TC_GUARD_RST, false, false, 1 },
	{ "  --busy-poll", 1, 400, TC_GUARD_RST, false, true, 1.3 },
	{ "  --source SPARE --busy-poll", 1, 400, TC_GUARD_NONE, true, true, 0 },
};

struct slot {
	struct tc_exchange x;
	struct slot *next;
};

struct run {
	const struct mode *mode;
	struct sockaddr_in server;
	uint32_t spare;			/* an address of the subnet that is nobody's */
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

static int one_round(struct run *r, struct bench *b, struct tc_error *err)
{
	tc_time began = tc_clock_monotonic();
	double ours, theirs;
	int rc = bench_prot_client(&r->server, r->xc.request, r->xc.request_len,
				   r->mode->each, r->mode->parallel);

	theirs = rate_since(r, began);
	if (rc < 0)
		return tc_fail(err, rc, "the kernel's client: %s", strerror(-rc));
	began = tc_clock_monotonic();
	rc = our_round(r, err);
	ours = rate_since(r, began);
	if (rc >= 0)
		bench_add(b, ours, theirs);
	return rc;
}

static void tune(void *ctx, struct tc_tcp_config *tcp)
{
	(void)ctx;
	tcp->ack_with_data = true;
}

static int compare(struct run *r, struct bench *b, struct tc_error *err)
{
	struct tc_session_config cfg = {
		.dst = ntohl(r->server.sin_addr.s_addr),
		.dst_port = ntohs(r->server.sin_port),
		.n_ports = PORTS, .guard = r->mode->guard,
		.busy_poll = r->mode->busy_poll, .tune = tune,
		.source = r->mode->spare ? r->spare : 0,
	};
	int rc = tc_session_open(&r->session, &cfg, err);

	if (rc < 0)
		return rc;
	r->free = r->ended = NULL;
	for (unsigned i = 0; i < r->mode->parallel; i++)
		put_back(r, &r->slots[i]);
	for (unsigned i = 0; i < ROUNDS && rc >= 0; i++)
		rc = one_round(r, b, err);
	if (tc_session_close(r->session, NULL, rc < 0 ? NULL : err) < 0)
		rc = -EIO;
	return rc;
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
		bench_skip(mode->what, err.msg);
		return 1;
	}
	bench_report(&b);
	return 0;
}

int main(int argc, char **argv)
{
	static struct run r = { .server = { .sin_family = AF_INET } };
	struct tc_buf frame = { 0 };
	struct in_addr spare;
	int bad = 0, listener;
	pid_t server;

	if (argc != 4 || inet_pton(AF_INET, argv[1], &r.server.sin_addr) != 1 ||
	    inet_pton(AF_INET, argv[3], &spare) != 1) {
		fprintf(stderr, "usage: exchange SERVER NETNS SPARE\n");
		return 2;
	}
	r.spare = ntohl(spare.s_addr);
	bench_pin();
	listener = bench_listen_in(argv[2], &r.server);
	server = listener < 0 ? listener : bench_start_server(listener, bench_serve_prot);
	if (server < 0 || tc_payload_build(&frame, tc_header_get(TC_HDR_PROT),
					   (const uint8_t *)"HELLO", 5, NULL, 0, NULL)) {
		bench_skip("PROT exchanges", strerror(server < 0 ? -server : ENOMEM));
		return 1;
	}
	r.xc = (struct tc_exchange_config){
		.request = frame.data, .request_len = frame.len, .timeout = PATIENCE,
		.expect = (const uint8_t *)TC_PROT_ACK, .expect_len = TC_PROT_ACK_LEN,
		.ended = on_ended,
	};
	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
		bad |= measure(&r, &modes[i]);
	bench_stop_server(server);
	tc_buf_free(&frame);
	return bad;
}
