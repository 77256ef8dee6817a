/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines over descriptors; see lines.h. */
#include "lines.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define LOOK_EACH (500 * TC_MS)		/* of one wait, so that its number fits poll(2) */

/* Until fd is ready: 0, or -ETIMEDOUT. */
static int wait_for(int fd, short events, tc_time until)
{
	struct pollfd p = { .fd = fd, .events = events };
	tc_time left;

	for (;;) {
		left = until - tc_clock_monotonic();
		if (left > LOOK_EACH)
			left = LOOK_EACH;
		if (poll(&p, 1, left > 0 ? (int)(left / TC_MS) + 1 : 0) > 0)
			return 0;
		if (tc_clock_monotonic() >= until)
			return -ETIMEDOUT;
	}
}

int tc_lines_put(struct tc_lines *l, const char *text, size_t n, tc_time until)
{
	ssize_t put;
	int rc;

	while (n) {
		rc = wait_for(l->out, POLLOUT, until);
		if (rc < 0)
			return rc;
		put = write(l->out, text, n);
		if (put < 0 && errno != EAGAIN && errno != EINTR)
			return errno == ECONNREFUSED ? -ECONNREFUSED : -EPIPE;
		text += put > 0 ? put : 0;
		n -= put > 0 ? (size_t)put : 0;
	}
	return 0;
}

/* The first line of what is there; -EAGAIN: it is not whole, or was passed over. */
static int take(struct tc_lines *l, char *text)
{
	const char *end = memchr(l->bytes, '\n', l->n);
	size_t n = end ? (size_t)(end - l->bytes) : l->n;
	bool whole = end || l->datagrams, full = n == sizeof l->bytes, passed = l->passing;

	if (!whole && !full)
		return -EAGAIN;
	l->passing = !whole;
	if (!full) {
		memcpy(text, l->bytes, n);
		text[n] = 0;
	}
	l->n = !end || l->datagrams ? 0 : l->n - n - 1;
	memmove(l->bytes, l->bytes + (l->n ? n + 1 : 0), l->n);
	return passed || full ? -EAGAIN : (int)n;
}

static int more(struct tc_lines *l)
{
	ssize_t n = read(l->in, l->bytes + l->n, sizeof l->bytes - l->n);

	if (n > 0)
		l->n += (size_t)n;
	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)) || (n == 0 && l->datagrams))
		return 0;
	return n < 0 && errno == ECONNREFUSED ? -ECONNREFUSED : -EPIPE;
}

int tc_lines_get(struct tc_lines *l, char text[TC_DUT_LINE], tc_time until)
{
	size_t had;
	int rc;

	for (;;) {
		do {
			had = l->n;
			rc = l->n ? take(l, text) : -EAGAIN;
			if (rc != -EAGAIN)
				return rc;
		} while (l->n != had);
		rc = wait_for(l->in, POLLIN, until);
		if (rc >= 0)
			rc = more(l);
		if (rc < 0)
			return rc;
	}
}
