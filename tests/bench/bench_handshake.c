/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening a connection: from before the SYN to ESTABLISHED, through the driver, against
 * the kernel's blocking connect(2) to the same listener. They take turns, one connection
 * each, with the guard on and the capture open all the time. What follows ESTABLISHED is
 * not measured on either side: the acceptor takes the connection, and it is reset.
 *
 *	handshake SERVER NETNS SERVER6	addresses inside the namespace NETNS, of IPv4 and IPv6
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
	struct bench_end server;
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
	int rc, fd = socket(r->server.at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	tc_time began = tc_clock_monotonic(), took;

	rc = connect(fd, &r->server.at.any, r->server.len);
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

static int open_session(struct run *r, bool busy_poll, struct tc_error *err)
{
	struct tc_session_config cfg = {
		.dst = bench_addr(&r->server), .dst_port = bench_port(&r->server),
		.n_ports = ROUNDS * EACH, .busy_poll = busy_poll,
	};

	r->opened = 0;
	return tc_session_open(&r->session, &cfg, err);
}

static int close_session(struct run *r, int rc, struct tc_error *err)
{
	return tc_session_close(r->session, NULL, rc < 0 ? NULL : err) < 0 ? -EIO : rc;
}

static int compare(struct run *r, struct bench *b, bool busy_poll, struct tc_error *err)
{
	int rc = open_session(r, busy_poll, err);

	if (rc < 0)
		return rc;
	for (unsigned i = 0; i < ROUNDS && rc >= 0; i++)
		rc = one_round(r, b, err);
	return close_session(r, rc, err);
}

static int family_round(struct run *six, struct run *four, struct bench *b,
			struct tc_error *err)
{
	double took[2][EACH];

	for (unsigned i = 0; i < EACH; i++) {
		took[0][i] = our_connect(four, err);
		took[1][i] = took[0][i] < 0 ? -1 : our_connect(six, err);
		if (took[1][i] < 0)
			return err->code;
	}
	bench_add(b, bench_median(took[1], EACH), bench_median(took[0], EACH));
	return 0;
}

/* Ours over IPv6 beside ours over IPv4. */
static int compare_families(struct run *six, struct run *four, struct bench *b, bool busy_poll,
			    struct tc_error *err)
{
	int rc = open_session(four, busy_poll, err);

	if (rc < 0)
		return rc;
	rc = open_session(six, busy_poll, err);
	if (rc < 0)
		return close_session(four, rc, err);
	for (unsigned i = 0; i < ROUNDS && rc >= 0; i++)
		rc = family_round(six, four, b, err);
	return close_session(four, close_session(six, rc, err), err);
}

static int measure(struct run *r, const char *what, bool busy_poll, double target)
{
	struct bench b = { .what = what, .theirs = "the kernel's connect()", .unit = "us",
			   .target = target, .at_most = true };
	struct tc_error err = { 0 };

	if (compare(r, &b, busy_poll, &err) < 0) {
		bench_skip(what, "%s", err.msg);
		return 1;
	}
	bench_report(&b);
	return 0;
}

static int measure_families(struct run *six, struct run *four, const char *what, bool busy_poll)
{
	struct bench b = { .what = what, .theirs = "ours over IPv4", .unit = "us",
			   .target = 1.1, .at_most = true };
	struct tc_error err = { 0 };

	if (compare_families(six, four, &b, busy_poll, &err) < 0) {
		bench_skip(what, "%s", err.msg);
		return 1;
	}
	bench_report(&b);
	return 0;
}

int main(int argc, char **argv)
{
	struct run four = { 0 }, six = { 0 };
	int bad;

	if (argc != 4 || bench_end(&four.server, argv[1]) < 0 ||
	    bench_end(&six.server, argv[3]) < 0) {
		fprintf(stderr, "usage: handshake SERVER NETNS SERVER6\n");
		return 2;
	}
	four.listener = bench_listen_in(argv[2], &four.server);
	six.listener = bench_listen_in(argv[2], &six.server);
	if (four.listener < 0) {
		bench_skip("handshake", "no listener in %s: %s", argv[2], strerror(-four.listener));
		return 1;
	}
	bad = measure(&four, "handshake", false, 1.5);
	bad |= measure(&four, "handshake with --busy-poll", true, 0.6);
	if (six.listener < 0) {
		bench_skip("handshake over IPv6", "no listener in %s: %s", argv[2],
			   strerror(-six.listener));
	} else {
		bad |= measure_families(&six, &four, "handshake over IPv6", false);
		bad |= measure_families(&six, &four, "  --busy-poll", true);
		close(six.listener);
	}
	close(four.listener);
	return bad;
}
