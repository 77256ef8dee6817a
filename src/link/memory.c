/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A link without a network: two queues crosswise, so that whole-stack tests run with the
 * same driver, unprivileged. Nothing is delayed or lost except when a queue is full.
 */
#include "own.h"
#include "queue.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#define QUEUE_BYTES ((size_t)1 << 20)
#define LINKTYPE_RAW_IP 101	/* DLT_RAW in files: the same on every system */

struct tc_memory {
	struct tc_queue *queue[2];
	atomic_int ends;
};

static void memory_free(struct tc_memory *m)
{
	tc_queue_close(m->queue[0]);
	tc_queue_close(m->queue[1]);
	free(m);
}

void tc_memory_release(struct tc_memory *m)
{
	if (atomic_fetch_sub(&m->ends, 1) == 1)
		memory_free(m);
}

static struct tc_link *end_of(struct tc_memory *m, int side)
{
	struct tc_link *l = calloc(1, sizeof *l);

	if (!l)
		return NULL;
	l->memory = m;
	l->rx = m->queue[side];
	l->wait_fd = -1;
	l->peer_rx = m->queue[!side];
	l->dlt = LINKTYPE_RAW_IP;
	return l;
}

int tc_link_open_pair(struct tc_link **a, struct tc_link **b, struct tc_error *err)
{
	struct tc_memory *m = calloc(1, sizeof *m);
	int rc;

	if (!m)
		return tc_nomem(err);
	atomic_init(&m->ends, 2);
	rc = tc_queue_open(&m->queue[0], QUEUE_BYTES, err);
	if (rc == 0)
		rc = tc_queue_open(&m->queue[1], QUEUE_BYTES, err);
	if (rc < 0) {
		memory_free(m);
		return rc;
	}
	*a = end_of(m, 0);
	*b = end_of(m, 1);
	if (*a && *b)
		return 0;
	free(*a);
	free(*b);
	memory_free(m);
	return tc_nomem(err);
}

int tc_memory_send(struct tc_link *l, struct tc_out *frames, size_t n,
		   struct tc_error *err)
{
	int sent = 0;

	for (size_t i = 0; i < n; i++) {
		struct tc_frame f = { .bytes = frames[i].bytes, .len = frames[i].len,
				      .wire_len = frames[i].len,
				      .stamp = tc_clock_realtime() };

		frames[i].error = tc_queue_push(l->peer_rx, &f) ? 0 : -ENOBUFS;
		sent += frames[i].error == 0;
	}
	if (sent == 0 && n > 0)
		return tc_fail(err, -ENOBUFS, "the other end of the memory link is full");
	return sent;
}
