/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests from where they come, and the replies back. */
#include "lines.h"
#include "serve.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

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

int tc_dut_serve_clients(int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0 || errno == ECONNABORTED) {
		if (fd < 0)
			continue;
		tc_dut_serve_stream(fd, fd);
		close(fd);
	}
	return -errno;
}
