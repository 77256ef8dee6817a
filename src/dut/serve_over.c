/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests from where they come, and the replies back. */
#include "lines.h"
#include "serve.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* All that is asked for by now; 0: patience has no end. -ENODATA: no more comes; -EPIPE, -ETIMEDOUT: replies are not
 * read. */
static int serve_lines(struct tc_dut_server *s, struct tc_lines *l, tc_time patience)
{
	char text[TC_DUT_LINE];
	int n, rc = 0;

	while (rc >= 0 && (n = tc_lines_get(l, text, 0)) >= 0)
		rc = tc_lines_put(l, s->reply, tc_dut_serve_line(s, text, (size_t)n),
				  patience ? tc_clock_monotonic() + patience : INT64_MAX);
	return rc < 0 ? rc : n == -ETIMEDOUT ? 0 : -ENODATA;
}

static int wait_for(struct tc_dut_server *s, struct pollfd *fds, unsigned n)
{
	int rc = s->machine->wait(s->ctx, fds, n);

	return rc == -EINTR ? 0 : rc;
}

int tc_dut_serve_stream(struct tc_dut_server *s, int in, int out, tc_time patience)
{
	struct tc_lines l = { .in = in, .out = out };
	struct pollfd p = { .fd = in, .events = POLLIN };
	int rc = 0;

	while (rc >= 0) {
		rc = wait_for(s, &p, 1);
		if (rc >= 0 && p.revents)
			rc = serve_lines(s, &l, patience);
	}
	tc_dut_serve_reset(s);
	return rc == -ENODATA ? 0 : rc;
}

/* 0, or an error of the socket. */
static int serve_datagram(struct tc_dut_server *s, int fd)
{
	struct sockaddr_storage from;
	socklen_t n = sizeof from;
	char text[TC_DUT_LINE];
	ssize_t got = recvfrom(fd, text, sizeof text, MSG_DONTWAIT, (struct sockaddr *)&from, &n);

	if (got < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	if (tc_dut_serve_line(s, text, (size_t)got))
		sendto(fd, s->reply, s->reply_n, 0, (const struct sockaddr *)&from, n);
	return 0;
}

int tc_dut_serve_datagrams(struct tc_dut_server *s, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int rc = 0;

	while (rc >= 0) {
		rc = wait_for(s, &p, 1);
		if (rc >= 0 && p.revents)
			rc = serve_datagram(s, fd);
	}
	tc_dut_serve_reset(s);
	return rc;
}

/* ---- a client at a time ---------------------------------------------------------------- */

/* The next one's requests are a session of their own. */
static void leave(struct tc_dut_server *s, struct tc_lines *l)
{
	if (l->in >= 0)
		close(l->in);
	tc_dut_serve_reset(s);
	*s = (struct tc_dut_server){ .machine = s->machine, .ctx = s->ctx, .link = s->link,
				     .only_link = s->only_link };
	*l = (struct tc_lines){ .in = -1, .out = -1 };
}

/* A new client takes the place of the last one, which may be gone without a word. */
static int take_client(struct tc_dut_server *s, struct tc_lines *l, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return errno == ECONNABORTED ? 0 : -errno;
	leave(s, l);
	l->in = l->out = fd;
	return 0;
}

int tc_dut_serve_clients(struct tc_dut_server *s, int listener)
{
	struct tc_lines l = { .in = -1, .out = -1 };
	int rc = 0;

	while (rc >= 0) {
		struct pollfd p[] = { { .fd = listener, .events = POLLIN },
				      { .fd = l.in, .events = POLLIN } };

		rc = wait_for(s, p, 2);
		if (rc >= 0 && p[1].revents && serve_lines(s, &l, TC_DUT_PATIENCE) < 0)
			leave(s, &l);
		if (rc >= 0 && p[0].revents)
			rc = take_client(s, &l, listener);
	}
	leave(s, &l);
	return rc;
}
