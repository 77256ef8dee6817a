/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests from where they come, and the replies back. */
#include "lines.h"
#include "serve.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE (3 * TC_S)	/* with a client that does not read */

int tc_dut_serve_stream(int in, int out)
{
	struct tc_dut_server s = { 0 };
	struct tc_lines l = { .in = in, .out = out };
	char text[TC_DUT_LINE];
	int n, rc = 0;

	while (rc >= 0 && (n = tc_lines_get(&l, text, INT64_MAX)) >= 0)
		rc = tc_lines_put(&l, s.reply, tc_dut_serve_line(&s, text, (size_t)n), INT64_MAX);
	tc_dut_serve_reset(&s);
	return rc < 0 ? rc : 0;
}

int tc_dut_serve_datagrams(int fd)
{
	struct tc_dut_server s = { 0 };
	struct sockaddr_storage from;
	char text[TC_DUT_LINE];
	socklen_t n;
	ssize_t got;
	int rc;

	for (;;) {
		n = sizeof from;
		got = recvfrom(fd, text, sizeof text, 0, (struct sockaddr *)&from, &n);
		if (got < 0 && errno != EINTR)
			break;
		if (got >= 0 && tc_dut_serve_line(&s, text, (size_t)got))
			sendto(fd, s.reply, s.reply_n, 0, (const struct sockaddr *)&from, n);
	}
	rc = -errno;
	tc_dut_serve_reset(&s);
	return rc;
}

/* ---- a client at a time ---------------------------------------------------------------- */

struct client {
	struct tc_dut_server sockets;
	struct tc_lines lines;
};

static void leave(struct client *c)
{
	if (c->lines.in >= 0)
		close(c->lines.in);
	tc_dut_serve_reset(&c->sockets);
	*c = (struct client){ .lines = { .in = -1, .out = -1 } };
}

/* All that it asks for by now. -EPIPE: it has hung up; -ETIMEDOUT: it does not read. */
static int serve_client(struct client *c)
{
	char text[TC_DUT_LINE];
	int n, rc = 0;

	while (rc >= 0 && (n = tc_lines_get(&c->lines, text, 0)) >= 0)
		rc = tc_lines_put(&c->lines, c->sockets.reply,
				  tc_dut_serve_line(&c->sockets, text, (size_t)n),
				  tc_clock_monotonic() + PATIENCE);
	return rc < 0 ? rc : n == -ETIMEDOUT ? 0 : n;
}

/* Who comes stands for the one before: that may be gone without a word, for ever. */
static int take_client(struct client *c, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return errno == ECONNABORTED ? 0 : -errno;
	leave(c);
	c->lines.in = c->lines.out = fd;
	return 0;
}

int tc_dut_serve_clients(int listener)
{
	struct client c = { .lines = { .in = -1, .out = -1 } };
	int rc = 0;

	while (rc >= 0) {
		struct pollfd p[] = { { .fd = listener, .events = POLLIN },
				      { .fd = c.lines.in, .events = POLLIN } };

		poll(p, 2, -1);
		if (p[1].revents && serve_client(&c) < 0)
			leave(&c);
		if (p[0].revents)
			rc = take_client(&c, listener);
	}
	leave(&c);
	return rc;
}
