/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The queue is a ring of records, each a header and the bytes, 16-byte aligned and never
 * split: a record that does not fit before the end leaves a marker there and starts at
 * the front. `head` and `tail` count bytes for ever; their difference is what is in use.
 *
 * Sleeping cannot lose a wake-up: the writer stores head and then loads `sleeping`, the
 * reader stores `sleeping` and then loads head, all sequentially consistent, so at least
 * one of the two sees what the other did (C11 7.17.3).
 */
#include "queue.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ALIGNMENT 16u
#define CACHE_LINE 64
#define SMALLEST ((size_t)1 << 18)	/* holds more than two frames of 64 KiB */
#define SKIP UINT32_MAX			/* record.len: the next record is at the front */

struct record {
	uint32_t len;
	uint32_t wire_len;
	tc_time stamp;
};

_Static_assert(sizeof(struct record) == ALIGNMENT, "a marker must fit in any gap");

struct tc_queue {
	uint8_t *ring;
	size_t size;			/* a power of two */
	int event;
	_Atomic uint64_t dropped;
	alignas(CACHE_LINE) _Atomic size_t head;	/* the writer's line */
	size_t tail_seen;
	size_t skip;			/* before the room that was given */
	alignas(CACHE_LINE) _Atomic size_t tail;	/* the reader's line */
	size_t head_seen;
	size_t pending;			/* bytes of the frame that the reader holds */
	alignas(CACHE_LINE) _Atomic bool sleeping;
};

int tc_queue_open(struct tc_queue **out, size_t bytes, struct tc_error *err)
{
	struct tc_queue *q = aligned_alloc(CACHE_LINE, sizeof *q);
	size_t size = SMALLEST;

	while (size < bytes && size <= SIZE_MAX / 4)
		size *= 2;
	if (!q)
		return tc_nomem(err);
	memset(q, 0, sizeof *q);
	q->size = size;
	q->ring = aligned_alloc(CACHE_LINE, size);
	if (!q->ring) {
		free(q);
		return tc_fail(err, -ENOMEM, "no memory for a queue of %zu bytes", size);
	}
	q->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (q->event < 0) {
		free(q->ring);
		free(q);
		return tc_fail_errno(err, "cannot make an event descriptor");
	}
	*out = q;
	return 0;
}

void tc_queue_close(struct tc_queue *q)
{
	if (!q)
		return;
	close(q->event);
	free(q->ring);
	free(q);
}

void tc_queue_alarm(struct tc_queue *q)
{
	uint64_t one = 1;

	/* A full counter is readable all the same, so a refused write loses nothing. */
	if (write(q->event, &one, sizeof one) < 0)
		return;
}

static size_t record_size(uint32_t len)
{
	return sizeof(struct record) +
	       ((len + (size_t)ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1));
}

/* Room for n bytes more after head? */
static bool has_room(struct tc_queue *q, size_t head, size_t n)
{
	if (q->size - (head - q->tail_seen) >= n)
		return true;
	q->tail_seen = atomic_load_explicit(&q->tail, memory_order_acquire);
	return q->size - (head - q->tail_seen) >= n;
}

uint8_t *tc_queue_room(struct tc_queue *q, size_t n)
{
	size_t head = atomic_load_explicit(&q->head, memory_order_relaxed);
	size_t gap = q->size - (head & (q->size - 1)), need = record_size((uint32_t)n);

	q->skip = need > gap ? gap : 0;
	if (n > q->size / 3 || !has_room(q, head, q->skip + need))
		return NULL;
	return q->ring + ((head + q->skip) & (q->size - 1)) + sizeof(struct record);
}

void tc_queue_put(struct tc_queue *q, const struct tc_frame *f)
{
	struct record r = { .len = (uint32_t)f->len, .wire_len = (uint32_t)f->wire_len,
			    .stamp = f->stamp };
	size_t head = atomic_load_explicit(&q->head, memory_order_relaxed);

	if (q->skip)
		memcpy(q->ring + (head & (q->size - 1)), &(struct record){ .len = SKIP }, sizeof r);
	head += q->skip;
	memcpy(q->ring + (head & (q->size - 1)), &r, sizeof r);
	atomic_store_explicit(&q->head, head + record_size(r.len), memory_order_seq_cst);
	if (atomic_load_explicit(&q->sleeping, memory_order_seq_cst) &&
	    atomic_exchange_explicit(&q->sleeping, false, memory_order_relaxed))
		tc_queue_alarm(q);
}

bool tc_queue_push(struct tc_queue *q, const struct tc_frame *f)
{
	uint8_t *room = tc_queue_room(q, f->len);

	if (!room) {
		atomic_fetch_add_explicit(&q->dropped, 1, memory_order_relaxed);
		return false;
	}
	if (f->len)
		memcpy(room, f->bytes, f->len);
	tc_queue_put(q, f);
	return true;
}

bool tc_queue_pop(struct tc_queue *q, struct tc_frame *f)
{
	size_t tail = atomic_load_explicit(&q->tail, memory_order_relaxed);
	size_t at;
	struct record r;

	if (q->pending) {
		tail += q->pending;
		q->pending = 0;
		atomic_store_explicit(&q->tail, tail, memory_order_release);
	}
	if (tail == q->head_seen) {
		q->head_seen = atomic_load_explicit(&q->head, memory_order_acquire);
		if (tail == q->head_seen)
			return false;
	}
	at = tail & (q->size - 1);
	memcpy(&r, q->ring + at, sizeof r);
	if (r.len == SKIP) {
		q->pending = q->size - at;
		at = 0;
		memcpy(&r, q->ring, sizeof r);
	}
	q->pending += record_size(r.len);
	f->bytes = q->ring + at + sizeof r;
	f->len = r.len;
	f->wire_len = r.wire_len;
	f->stamp = r.stamp;
	return true;
}

bool tc_queue_sleep(struct tc_queue *q)
{
	size_t tail = atomic_load_explicit(&q->tail, memory_order_relaxed) + q->pending;

	atomic_store_explicit(&q->sleeping, true, memory_order_seq_cst);
	if (atomic_load_explicit(&q->head, memory_order_seq_cst) == tail)
		return true;
	atomic_store_explicit(&q->sleeping, false, memory_order_relaxed);
	return false;
}

void tc_queue_wake(struct tc_queue *q)
{
	uint64_t count;

	/* Always: a writer that saw us asleep may write only after the last time we read,
	 * and a descriptor that stays readable would keep us from ever sleeping. */
	atomic_store_explicit(&q->sleeping, false, memory_order_relaxed);
	if (read(q->event, &count, sizeof count) < 0)
		return;
}

int tc_queue_fd(const struct tc_queue *q)
{
	return q->event;
}

uint64_t tc_queue_dropped(const struct tc_queue *q)
{
	return atomic_load_explicit(&q->dropped, memory_order_relaxed);
}
