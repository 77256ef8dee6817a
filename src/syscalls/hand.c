/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The child and the way to it. Calls are handed over in shared memory; a datagram of one
 * byte, the call's place there, says "make it" in one direction and "it has ended" in the
 * other. All threads of the child read the same socket: an idle one takes the next call.
 */
#include "hand.h"

#include "host/child.h"
#include "host/realtime.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define END (2 * TC_S)

struct shared {
	struct tc_hand_call calls[TC_HAND_CALLS];
	uint8_t bytes[TC_HAND_CALLS][TC_HAND_BYTES];
};

struct tc_hand {
	const struct tc_hand_ops *ops;
	void *ctx;
	struct shared *shared;
	bool used[TC_HAND_CALLS];
	pid_t child;			/* 0: none */
	int handle;			/* tc_child_handle; -1: none */
	int fd;				/* of the socket pair; -1: none */
};

/* ---- the child ------------------------------------------------------------------- */

/* How long this thread has waited for a processor: the second number. A call that has ended
 * is late by that, which is not the fault of the kernel's TCP. */
static tc_time processor_delay(int schedstat)
{
	char text[128] = "", *end;
	ssize_t n = schedstat < 0 ? -1 : pread(schedstat, text, sizeof text - 1, 0);

	if (n <= 0)
		return 0;
	strtoull(text, &end, 10);
	return (tc_time)strtoull(end, NULL, 10);
}

static void *work(void *ctx)
{
	const struct tc_hand *h = ctx;
	int schedstat = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
	struct tc_hand_call *c;
	tc_time before;
	uint8_t i;

	if (h->ops->urgent)
		tc_realtime();
	while (recv(h->fd, &i, 1, 0) == 1) {
		c = &h->shared->calls[i];
		before = processor_delay(schedstat);
		c->began = tc_clock_realtime();
		h->ops->make(h->ctx, c);
		c->ended = tc_clock_realtime();
		c->waited = processor_delay(schedstat) - before;
		send(h->fd, &i, 1, 0);
	}
	return NULL;
}

/* Its signals are the terminal's as well: what Ctrl-C ends, its parent ends. */
static void ignore_signals(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
}

static bool report(int fd, const struct tc_error *err)
{
	return send(fd, err, sizeof *err, 0) == (ssize_t)sizeof *err;
}

/* It says twice how it went: when it has begun, and when it is ready. */
static void child(struct tc_hand *h)
{
	struct tc_error err = { 0 };
	pthread_t thread;

	ignore_signals();
	if (h->ops->begin(h->ctx, &err) >= 0 && report(h->fd, &err) && h->ops->ready)
		h->ops->ready(h->ctx, &err);
	for (int i = 1; i < TC_HAND_CALLS && err.code == 0; i++)
		if (pthread_create(&thread, NULL, work, h) != 0)
			tc_fail(&err, -EAGAIN, "cannot start a thread");
		else
			pthread_detach(thread);		/* they end with the process */
	if (report(h->fd, &err) && err.code == 0)
		work(h);
	if (h->ops->end)
		h->ops->end(h->ctx);
}

/* ---- ourselves --------------------------------------------------------------------- */

static int start_child(struct tc_hand *h, struct tc_error *err)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return tc_fail_errno(err, "cannot make a pair of sockets");
	h->child = tc_child_fork(SIGKILL);
	h->fd = ends[h->child == 0];
	close(ends[h->child != 0]);
	if (h->child == 0) {
		child(h);
		_exit(0);
	}
	if (h->child < 0) {
		h->child = 0;
		return tc_fail_errno(err, "cannot start a process");
	}
	h->handle = tc_child_handle(h->child);
	return 0;
}

static int gone(struct tc_error *err)
{
	return tc_fail(err, -ECHILD, "the process of the script's calls has ended");
}

int tc_hand_ready(struct tc_hand *h, struct tc_error *err)
{
	struct tc_error theirs;

	if (recv(h->fd, &theirs, sizeof theirs, 0) != (ssize_t)sizeof theirs)
		return gone(err);
	return theirs.code ? tc_fail(err, theirs.code, "%s", theirs.msg) : 0;
}

int tc_hand_open(struct tc_hand **out, const struct tc_hand_ops *ops, void *ctx,
		 struct tc_error *err)
{
	struct tc_hand *h = calloc(1, sizeof *h);
	int rc;

	if (!h)
		return tc_nomem(err);
	*h = (struct tc_hand){ .ops = ops, .ctx = ctx, .fd = -1, .handle = -1 };
	h->shared = mmap(NULL, sizeof *h->shared, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	rc = h->shared == MAP_FAILED ? tc_fail_errno(err, "cannot share memory") : 0;
	if (rc >= 0)
		rc = start_child(h, err);
	if (rc >= 0)
		rc = tc_hand_ready(h, err);
	if (rc < 0) {
		tc_hand_close(h);
		return rc;
	}
	*out = h;
	return 0;
}

static void end(const struct tc_hand *h)
{
	if (h->ops->end &&
	    tc_child_wait(h->child, tc_clock_monotonic() + END) != -ETIMEDOUT)
		return;
	tc_child_end(h->child, h->handle);
}

void tc_hand_close(struct tc_hand *h)
{
	if (!h)
		return;
	if (h->fd >= 0)
		close(h->fd);
	if (h->child)
		end(h);
	if (h->handle >= 0)
		close(h->handle);
	if (h->shared != MAP_FAILED)
		munmap(h->shared, sizeof *h->shared);
	free(h);
}

pid_t tc_hand_pid(const struct tc_hand *h)
{
	return h->child;
}

bool tc_hand_is_far(const struct tc_hand *h)
{
	return h->ops->far;
}

/* ---- calls ------------------------------------------------------------------------- */

struct tc_hand_call *tc_hand_new(struct tc_hand *h)
{
	for (int i = 0; i < TC_HAND_CALLS; i++)
		if (!h->used[i]) {
			h->used[i] = true;
			h->shared->calls[i] = (struct tc_hand_call){
				.bytes = h->shared->bytes[i],
			};
			return &h->shared->calls[i];
		}
	return NULL;
}

void tc_hand_release(struct tc_hand *h, struct tc_hand_call *c)
{
	h->used[c - h->shared->calls] = false;
}

int tc_hand_start(struct tc_hand *h, struct tc_hand_call *c, struct tc_error *err)
{
	uint8_t i = (uint8_t)(c - h->shared->calls);

	return send(h->fd, &i, 1, MSG_NOSIGNAL) == 1 ? 0 : gone(err);
}

int tc_hand_fd(const struct tc_hand *h)
{
	return h->fd;
}

struct tc_hand_call *tc_hand_next(struct tc_hand *h, tc_time until, int stop_fd,
				    struct tc_error *err)
{
	struct pollfd p[] = { { .fd = h->fd, .events = POLLIN },
			      { .fd = stop_fd, .events = POLLIN } };
	tc_time left = until - tc_clock_monotonic();
	uint8_t i;
	ssize_t n;

	while (poll(p, 2, left > 0 ? (int)(left / TC_MS) + 1 : 0) == 0 && left > 0)
		left = until - tc_clock_monotonic();
	if (p[1].revents) {
		tc_fail(err, -ECANCELED, "interrupted");
		return NULL;
	}
	n = recv(h->fd, &i, 1, MSG_DONTWAIT);
	if (n == 1 && i < TC_HAND_CALLS)
		return &h->shared->calls[i];
	if (n >= 0 || errno != EAGAIN)
		gone(err);
	return NULL;
}
