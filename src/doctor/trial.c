/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The main job in small, with the parts of the real one: session, exchange, guard. On lo
 * of this host without a guard, and in a network namespace of its own with each kind, over
 * each family. The
 * namespace lives in a child that dies with us, and everything in it dies with the child.
 * Where there can be none the guard is tried in the namespace we are in: it is removed as
 * after every run, and the answer is worth more than "not known".
 */
#include "own.h"

#include "base/addr.h"
#include <tcpcraft/exchange.h>
#include "host/child.h"
#include "host/netns.h"
#include <tcpcraft/payload.h>
#include <tcpcraft/prot.h>
#include <tcpcraft/rng.h>
#include <tcpcraft/session.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#define EACH (1 * TC_S)		/* handshake, and reply */

/* ---- one exchange --------------------------------------------------------------- */

struct server {			/* the kernel's, run by us: takes one client */
	int listener, client;	/* -1: none */
	uint16_t port;
	size_t got, want;
};

struct trial {
	struct tc_doctor_shake *k;
	struct tc_session *session;
	struct server server;
	struct tc_exchange x;
};

static int server_open(struct server *s, const struct tc_addr *on, struct tc_error *err)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} a = { .v4 = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } } };
	socklen_t len = sizeof a.v4;

	if (on->family == 6) {
		a.v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6,
					      .sin6_addr = IN6ADDR_LOOPBACK_INIT };
		len = sizeof a.v6;
	}
	s->client = -1;
	s->listener = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->listener < 0 || bind(s->listener, &a.any, len) < 0 ||
	    listen(s->listener, 1) < 0 || getsockname(s->listener, &a.any, &len) < 0)
		return tc_fail_errno(err, "cannot listen on %s", TC_HOST(on));
	s->port = ntohs(on->family == 6 ? a.v6.sin6_port : a.v4.sin_port);
	return 0;
}

static void server_close(struct server *s)
{
	if (s->client >= 0)
		close(s->client);
	if (s->listener >= 0)
		close(s->listener);
	s->client = s->listener = -1;
}

static void server_turn(struct server *s)
{
	char bytes[512];
	ssize_t n;

	if (s->client < 0) {
		s->client = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		return;
	}
	n = recv(s->client, bytes, sizeof bytes, 0);
	s->got += n > 0 ? (size_t)n : 0;
	if (s->got >= s->want)
		send(s->client, TC_PROT_ACK, TC_PROT_ACK_LEN, MSG_NOSIGNAL);
	if (n == 0 || (n < 0 && errno != EAGAIN) || s->got >= s->want)
		server_close(s);
}

static void on_frame(void *ctx, const struct tc_frame *f)
{
	(void)f;
	((struct tc_doctor_shake *)ctx)->frames++;
}

/* Does nothing; but only a session with such a listener captures our own frames, too. */
static void on_trace(void *ctx, const struct tc_trace *t)
{
	(void)ctx, (void)t;
}

static int tune(void *ctx, struct tc_personality *p, struct tc_error *err)
{
	(void)ctx, (void)err;
	p->tcp.syn_timeout = tc_doctor_time(EACH);
	return 0;
}

static int open_session(struct trial *t, unsigned family, enum tc_guard_mode mode,
			struct tc_error *err)
{
	struct tc_session_config cfg = {
		.dst = family == 6 ? tc_addr_from_v6(in6addr_loopback.s6_addr) :
				     tc_addr_from_v4(INADDR_LOOPBACK), .n_ports = 1,
		.guard = mode, .seed = tc_rng_kernel_u64(), .tune = tune,
		.observer = { .ctx = t->k, .frame = on_frame, .trace = on_trace },
	};
	int rc = server_open(&t->server, &cfg.dst, err);

	if (rc == 0) {
		cfg.dst_port = t->server.port;
		rc = tc_session_open(&t->session, &cfg, err);
	}
	return rc;
}

static int drive(struct trial *t, tc_time until, struct tc_error *err)
{
	struct pollfd fd = { .events = POLLIN };
	struct tc_stack *s = tc_session_stack(t->session);
	struct tc_flow flow;
	int rc;

	tc_session_flow(t->session, 0, &flow);
	rc = tc_exchange_start(&t->x, s, &flow, tc_stack_iss(s, &flow), err);
	while (rc >= 0 && !t->x.over && tc_clock_monotonic() < until) {
		fd.fd = t->server.client >= 0 ? t->server.client : t->server.listener;
		rc = tc_stack_run(s, until, &fd, fd.fd >= 0, err);
		if (fd.fd >= 0 && fd.revents)
			server_turn(&t->server);
	}
	tc_exchange_stop(&t->x, TC_VERDICT_SILENT);
	t->k->verdict = t->x.verdict;
	return rc < 0 ? rc : 0;
}

static int close_session(struct trial *t, struct tc_error *err)
{
	struct tc_session_summary sum = { 0 };
	int rc;

	if (t->x.conn)
		tc_exchange_free(&t->x);
	rc = tc_session_close(t->session, &sum, err);
	t->k->used = sum.guard;
	t->k->received = sum.segments_received;
	t->k->leaked = sum.resets_leaked;
	t->k->blocked = sum.resets_blocked + sum.segments_hidden;
	t->k->refused = sum.sends_blocked;
	return rc;
}

void tc_doctor_try(struct tc_doctor_shake *k, unsigned family, enum tc_guard_mode mode,
		   tc_time until)
{
	struct tc_buf request = { 0 };
	struct tc_error later = { 0 };
	struct tc_exchange_config xc = {
		.expect = (const uint8_t *)TC_PROT_ACK, .expect_len = TC_PROT_ACK_LEN,
		.timeout = tc_doctor_time(EACH),
	};
	struct trial t = { .k = k, .server = { -1, -1, 0, 0, 0 }, .x = { .cfg = &xc } };
	int rc;

	*k = (struct tc_doctor_shake){ .asked = mode, .used = mode };
	rc = tc_payload_build(&request, tc_header_get(TC_HDR_PROT),
			      (const uint8_t *)"doctor", 6, NULL, 0, &k->err);
	xc.request = request.data;
	xc.request_len = t.server.want = request.len;
	if (rc >= 0)
		rc = open_session(&t, family, mode, &k->err);
	if (rc >= 0)
		rc = drive(&t, until, &k->err);
	server_close(&t.server);
	if (rc >= 0)		/* what was only tried on the way is not an error */
		k->err = (struct tc_error){ 0 };
	if (t.session && close_session(&t, &later) < 0 && rc >= 0)
		k->err = later;
	tc_buf_free(&request);
}

/* ---- a network of its own -------------------------------------------------------- */

enum place { PLACE_USERS, PLACE_PRIVATE, PLACE_HERE };

/* Root keeps its user: that is how the main job runs there. */
static int enter(enum place place, struct tc_error *err)
{
	switch (place) {
	case PLACE_USERS:
		return tc_netns_enter_user(err);
	case PLACE_PRIVATE:
		return tc_netns_enter(err);
	case PLACE_HERE:
		return 0;
	}
	return -EINVAL;
}

/* If the lock of the tables was waited for once in vain, later trials do not wait for it. */
static void prove(int out, unsigned wanted, tc_time until)
{
	static const struct {
		enum tc_guard_mode mode;
		unsigned family;
	} trials[TC_SHAKES] = {
		[TC_SHAKE_BARE] = { TC_GUARD_OFF, 4 }, [TC_SHAKE_BARE6] = { TC_GUARD_OFF, 6 },
		[TC_SHAKE_RST] = { TC_GUARD_RST, 4 }, [TC_SHAKE_RST6] = { TC_GUARD_RST, 6 },
		[TC_SHAKE_SHIELD] = { TC_GUARD_SHIELD, 4 },
		[TC_SHAKE_SHIELD6] = { TC_GUARD_SHIELD, 6 },
		[TC_SHAKE_NFT] = { TC_GUARD_NFT, 4 }, [TC_SHAKE_NFT6] = { TC_GUARD_NFT, 6 },
	};
	struct tc_doctor_shake k, held = { 0 };

	for (unsigned i = 0; i < TC_SHAKES; i++) {
		enum tc_guard_mode mode = trials[i].mode;

		if (!(wanted & 1u << i))
			continue;
		if (held.err.code < 0 && mode != TC_GUARD_OFF && mode != TC_GUARD_NFT)
			k = held;
		else
			tc_doctor_try(&k, trials[i].family, mode, until);
		if (k.err.code == -EBUSY)
			held = k;
		if (write(out, &k, sizeof k) != (ssize_t)sizeof k)
			return;
	}
}

/* Says whether there is a namespace (a struct tc_error), then the shakes one by one. Each
 * fits into the pipe as a whole (pipe(7)), so each read gets one. */
static void child(int out, enum place place, unsigned wanted, tc_time until)
{
	struct tc_error err = { 0 };
	bool inside = enter(place, &err) >= 0;
	bool told = write(out, &err, sizeof err) == (ssize_t)sizeof err;

	if (inside && place == PLACE_PRIVATE)
		tc_doctor_want_ipv6();
	if (inside && told && place != PLACE_USERS)
		prove(out, wanted, until);
}

/* One record of n bytes; false at the end or when time is up. */
static bool take(int in, void *record, size_t n, tc_time until)
{
	struct pollfd p = { .fd = in, .events = POLLIN };
	tc_time left;

	while ((left = until - tc_clock_monotonic()) > 0)
		if (poll(&p, 1, (int)(left / TC_MS) + 1) > 0)
			return read(in, record, n) == (ssize_t)n;
	return false;
}

static void listen_to(struct tc_doctor_proof *p, int in, enum place place, tc_time until)
{
	if (!take(in, &p->err, sizeof p->err, until))
		tc_fail(&p->err, -ETIMEDOUT, "no answer in time");
	for (unsigned i = 0; i < TC_SHAKES; i++) {
		if (!(p->wanted & 1u << i))
			continue;
		if (p->err.code < 0 || place == PLACE_USERS ||
		    !take(in, &p->shake[i], sizeof p->shake[i], until))
			return;
		p->had |= 1u << i;
	}
}

static void in_child(struct tc_doctor_proof *p, enum place place, tc_time until)
{
	pid_t pid;
	int ends[2];

	*p = (struct tc_doctor_proof){ .wanted = p->wanted, .tried = true };
	if (pipe2(ends, O_CLOEXEC) < 0) {
		tc_fail_errno(&p->err, "pipe");
		return;
	}
	pid = tc_child_fork(SIGKILL);
	if (pid == 0) {
		child(ends[1], place, p->wanted, until);
		_exit(0);
	}
	close(ends[1]);
	if (pid < 0) {
		tc_fail_errno(&p->err, "fork");
	} else {
		listen_to(p, ends[0], place, until);
		tc_child_kill(pid);
	}
	close(ends[0]);
}

int tc_doctor_try_user(struct tc_doctor_proof *p, tc_time until)
{
	in_child(p, PLACE_USERS, until);
	return p->err.code;
}

void tc_doctor_prove(struct tc_doctor_proof *p, tc_time until)
{
	struct tc_error why;

	in_child(p, PLACE_PRIVATE, until);
	if (p->err.code == 0)
		return;
	why = p->err;
	in_child(p, PLACE_HERE, until);
	p->here = true;
	p->err = why;
}
