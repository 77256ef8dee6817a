/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening a connection: from before the SYN to ESTABLISHED, through the driver, against
 * the kernel's blocking connect(2) to the same listener. They take turns, one connection
 * each, with the guard on and the capture open all the time. What follows ESTABLISHED is
 * not measured on either side: the acceptor takes the connection, and it is reset.
 *
 *	handshake SERVER NETNS		SERVER is an address inside the namespace NETNS
 */
#include "measure.h"
#include "sockets.h"

#include <tcpcraft/error.h>
#include <tcpcraft/rng.h>
#include <tcpcraft/session.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROUNDS 41
#define EACH 100		/* handshakes of each kind in a round */
#define PATIENCE (2 * TC_S)

struct run {
	struct tc_session *session;
	struct sockaddr_in server;
	int listener;
	unsigned opened;
	tc_time began, connected;
};

static void reset_and_close(int fd)
{
	struct linger at_once = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	close(fd);
}

/* The peer's side of what has just been opened goes, without a word on the wire. */
static void take_accepted(const struct run *r)
{
	int fd;

	while ((fd = accept4(r->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		reset_and_close(fd);
}

static double kernel_connect(const struct run *r)
{
	int rc, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	tc_time began = tc_clock_monotonic(), took;

	rc = connect(fd, (const struct sockaddr *)&r->server, sizeof r->server);
	took = tc_clock_monotonic() - began;
	reset_and_close(fd);
	take_accepted(r);
	return rc < 0 ? -1 : (double)took / TC_US;
}

static void on_connected(struct tc_conn *c, void *ctx)
{
	struct run *r = ctx;

	(void)c;
	r->connected = tc_clock_monotonic();
}

static double our_connect(struct run *r, struct tc_error *err)
{
	static const struct tc_conn_ops ops = { .connected = on_connected };
	struct tc_stack *s = tc_session_stack(r->session);
	tc_seq iss = (tc_seq)tc_rng_kernel_u64();
	struct tc_flow flow;
	struct tc_conn *c;
	int rc = 0;

	tc_session_flow(r->session, r->opened++, &flow);
	r->connected = 0;
	r->began = tc_clock_monotonic();
	c = tc_conn_open(s, &flow, iss, &ops, r, err);
	if (!c)
		return -1;
	while (rc >= 0 && !r->connected && tc_clock_monotonic() < r->began + PATIENCE)
		rc = tc_stack_run(s, r->began + PATIENCE, NULL, 0, err);
	tc_conn_free(c);
	tc_stack_run(s, tc_clock_monotonic(), NULL, 0, err);	/* sends the reset */
	take_accepted(r);
	if (!r->connected)
		tc_fail(err, -ETIMEDOUT, "a handshake was not completed");
	return r->connected ? (double)(r->connected - r->began) / TC_US : -1;
}

static int one_round(struct run *r, struct bench *b, struct tc_error *err)
{
	double ours[EACH], theirs[EACH];

	for (unsigned i = 0; i < EACH; i++) {
		theirs[i] = kernel_connect(r);
		if (theirs[i] < 0)
			return tc_fail_errno(err, "connect");
		ours[i] = our_connect(r, err);
		if (ours[i] < 0)
			return err->code;
	}
	bench_add(b, bench_median(ours, EACH), bench_median(theirs, EACH));
	return 0;
}

static int compare(struct run *r, struct bench *b, bool busy_poll, struct tc_error *err)
{
	struct tc_session_config cfg = {
		.dst = ntohl(r->server.sin_addr.s_addr),
		.dst_port = ntohs(r->server.sin_port),
		.n_ports = ROUNDS * EACH, .busy_poll = busy_poll,
	};
	int rc;

	r->opened = 0;
	rc = tc_session_open(&r->session, &cfg, err);
	for (unsigned i = 0; i < ROUNDS && rc >= 0; i++)
		rc = one_round(r, b, err);
	if (tc_session_close(rc < 0 ? NULL : r->session, NULL, err) < 0)
		rc = err->code;
	return rc;
}

static int measure(struct run *r, const char *what, bool busy_poll, double target)
{
	struct bench b = { .what = what, .theirs = "the kernel's connect()", .unit = "us",
			   .target = target, .at_most = true };
	struct tc_error err = { 0 };

	if (compare(r, &b, busy_poll, &err) < 0) {
		bench_skip(what, err.msg);
		return 1;
	}
	bench_report(&b);
	return 0;
}

int main(int argc, char **argv)
{
	struct run r = { .server = { .sin_family = AF_INET } };
	int bad;

	if (argc != 3 || inet_pton(AF_INET, argv[1], &r.server.sin_addr) != 1) {
		fprintf(stderr, "usage: handshake SERVER NETNS\n");
		return 2;
	}
	r.listener = bench_listen_in(argv[2], &r.server);
	if (r.listener < 0) {
		bench_skip("handshake", strerror(-r.listener));
		return 1;
	}
	bad = measure(&r, "handshake", false, 1.5);
	bad |= measure(&r, "handshake with --busy-poll", true, 0.6);
	close(r.listener);
	return bad;
}
