/* SPDX-License-Identifier: BSD-2-Clause */
/* The queue between the capture thread and the driver. */
#include "link/queue.h"
#include "check.h"

#include <tcpcraft/clock.h>
#include <tcpcraft/error.h>
#include <tcpcraft/rng.h>

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define SMALL_QUEUE ((size_t)1 << 18)
#define LARGE_FRAME 60000

static struct tc_queue *open_queue(size_t bytes)
{
	struct tc_error err = { 0 };
	struct tc_queue *q = NULL;

	CHECK_OK(tc_queue_open(&q, bytes, &err), err);
	return q;
}

static void empty_and_back(void)
{
	struct tc_queue *q = open_queue(SMALL_QUEUE);
	struct tc_frame in = { .bytes = (const uint8_t *)"frame",
			       .len = 5,
			       .wire_len = 1500,
			       .stamp = 1234567890123456789 };
	struct tc_frame out;

	CHECK(!tc_queue_pop(q, &out));
	CHECK(tc_queue_push(q, &in));
	CHECK(tc_queue_pop(q, &out));
	CHECK_U64(out.len, 5);
	CHECK_U64(out.wire_len, 1500);
	CHECK(out.stamp == in.stamp);
	CHECK_MEM(out.bytes, "frame", 5);
	CHECK(!tc_queue_pop(q, &out));
	in.len = 0;
	CHECK(tc_queue_push(q, &in));
	CHECK(tc_queue_pop(q, &out));
	CHECK_U64(out.len, 0);
	tc_queue_close(q);
}

/* What is dropped is the newest; what is in the queue stays, and room comes back. */
static void full_drops_and_counts(void)
{
	struct tc_queue *q = open_queue(SMALL_QUEUE);
	uint8_t *bytes = calloc(1, LARGE_FRAME);
	struct tc_frame in = { .bytes = bytes, .len = LARGE_FRAME }, out;
	uint64_t pushed = 0;

	while (pushed < 100 && tc_queue_push(q, &in)) {
		pushed++;
		in.stamp++;
	}
	CHECK_U64(pushed, SMALL_QUEUE / LARGE_FRAME);
	CHECK(!tc_queue_room(q, LARGE_FRAME));	/* a question is no frame */
	CHECK_U64(tc_queue_dropped(q), 1);
	for (uint64_t i = 0; i < pushed; i++) {
		CHECK(tc_queue_pop(q, &out));
		CHECK_U64(out.stamp, i);
	}
	CHECK(!tc_queue_pop(q, &out));
	CHECK(tc_queue_push(q, &in));
	in.len = SMALL_QUEUE;
	CHECK(!tc_queue_push(q, &in));
	CHECK_U64(tc_queue_dropped(q), 2);
	free(bytes);
	tc_queue_close(q);
}

/* The frame that the reader holds is not overwritten before the next pop. */
static void held_frame_is_safe(void)
{
	struct tc_queue *q = open_queue(SMALL_QUEUE);
	uint8_t *bytes = malloc(LARGE_FRAME);
	struct tc_frame in = { .bytes = bytes, .len = LARGE_FRAME }, held;
	unsigned wrong = 0;

	memset(bytes, 1, LARGE_FRAME);
	CHECK(tc_queue_push(q, &in));
	CHECK(tc_queue_pop(q, &held));
	memset(bytes, 2, LARGE_FRAME);
	while (tc_queue_push(q, &in))
		;
	for (size_t i = 0; i < held.len; i++)
		wrong += held.bytes[i] != 1;
	CHECK_U64(wrong, 0);
	free(bytes);
	tc_queue_close(q);
}

static bool readable(const struct tc_queue *q, int ms)
{
	struct pollfd fd = { .fd = tc_queue_fd(q), .events = POLLIN };

	return poll(&fd, 1, ms) == 1;
}

static void sleeper_is_woken(void)
{
	struct tc_queue *q = open_queue(SMALL_QUEUE);
	struct tc_frame f = { .bytes = (const uint8_t *)"x", .len = 1 };

	CHECK(tc_queue_push(q, &f));
	CHECK(!readable(q, 0));		/* nobody sleeps: no system call was made */
	CHECK(!tc_queue_sleep(q));	/* not empty */
	CHECK(tc_queue_pop(q, &f));
	CHECK(tc_queue_sleep(q));	/* empty, although a frame is held */
	CHECK(tc_queue_push(q, &f));
	CHECK(readable(q, 0));
	tc_queue_wake(q);
	CHECK(!readable(q, 0));
	CHECK(tc_queue_pop(q, &f));
	tc_queue_alarm(q);
	CHECK(readable(q, 0));
	tc_queue_close(q);
}

#define RECORDS 1000000u
#define QUIET_MS 5000

struct writer {
	struct tc_queue *q;
	uint64_t seed;
	bool patient;		/* try again what was dropped */
};

/* Lengths 0..79 and bytes that follow from the record's number. */
static void write_record(struct tc_frame *f, uint8_t *bytes, uint32_t i)
{
	f->len = i % 80;
	f->wire_len = f->len + 1;
	f->stamp = i;
	f->bytes = bytes;
	memset(bytes, (int)(i * 7u & 0xff), f->len);
}

static bool record_is(const struct tc_frame *f, uint32_t i)
{
	bool ok = f->stamp == i && f->len == i % 80 && f->wire_len == f->len + 1;

	for (size_t k = 0; ok && k < f->len; k++)
		ok = f->bytes[k] == (i * 7u & 0xff);
	return ok;
}

static void *writer_main(void *arg)
{
	struct writer *w = arg;
	struct tc_rng rng;
	uint8_t bytes[80];
	struct tc_frame f;

	tc_rng_seed(&rng, w->seed);
	for (uint32_t i = 0; i < RECORDS; i++) {
		write_record(&f, bytes, i);
		/* Pauses, so that the reader falls asleep now and then. */
		if (tc_rng_below(&rng, 20000) == 0)
			sched_yield();
		while (!tc_queue_push(w->q, &f) && w->patient)
			sched_yield();
	}
	tc_queue_alarm(w->q);
	return NULL;
}

/* Read until the writer has ended and the queue is empty. */
static void read_all(struct tc_queue *q, bool all, uint64_t seed)
{
	uint32_t next = 0, seen = 0, wrong = 0, lost_wakeups = 0;
	struct tc_frame f;

	for (;;) {
		while (tc_queue_pop(q, &f)) {
			if (all)
				wrong += !record_is(&f, next);
			else
				wrong +=
					f.stamp < next || !record_is(&f, (uint32_t)f.stamp);
			next = (uint32_t)f.stamp + 1;
			seen++;
		}
		if (seen + (all ? 0 : tc_queue_dropped(q)) >= RECORDS)
			break;
		if (tc_queue_sleep(q) && !readable(q, QUIET_MS) && lost_wakeups++ == 0)
			break;
		tc_queue_wake(q);
	}
	if (wrong || lost_wakeups)
		printf("# seed %" PRIu64 "\n", seed);
	CHECK_U64(wrong, 0);
	CHECK_U64(lost_wakeups, 0);
	CHECK_U64(seen + (all ? 0 : tc_queue_dropped(q)), RECORDS);
}

static void two_threads(bool patient)
{
	struct writer w = { .q = open_queue(SMALL_QUEUE), .patient = patient,
			    .seed = tc_rng_kernel_u64() };
	pthread_t thread;

	if (pthread_create(&thread, NULL, writer_main, &w) != 0) {
		CHECK(false);
		return;
	}
	read_all(w.q, patient, w.seed);
	pthread_join(thread, NULL);
	tc_queue_close(w.q);
}

static void nothing_is_lost(void)
{
	two_threads(true);
}

static void what_is_lost_is_counted(void)
{
	two_threads(false);
}

/* A frame that is written where it will be read; each lap of the ring ends in a gap. */
static void room_is_written_in_place(void)
{
	struct tc_queue *q = open_queue(SMALL_QUEUE);
	struct tc_frame in = { .len = 1000, .wire_len = 1000 }, out;

	CHECK(tc_queue_room(q, SMALL_QUEUE) == NULL);
	CHECK_U64(tc_queue_dropped(q), 0);
	for (unsigned i = 0; i < 1000; i++) {
		uint8_t *room = tc_queue_room(q, LARGE_FRAME);

		CHECK(room && room == tc_queue_room(q, LARGE_FRAME));	/* not put to use */
		memset(room, (int)(i & 0xff), in.len);
		in.stamp = i;
		tc_queue_put(q, &in);
		CHECK(tc_queue_pop(q, &out) && out.bytes == room && out.stamp == i);
		CHECK(out.len == in.len && out.bytes[in.len - 1] == (i & 0xff));
		CHECK(!tc_queue_pop(q, &out));
	}
	CHECK_U64(tc_queue_dropped(q), 0);
	tc_queue_close(q);
}

CU_TestInfo tests_queue[] = {
	{ "a frame comes out as it went in", empty_and_back },
	{ "a full queue drops the newest frame and counts it", full_drops_and_counts },
	{ "the frame that the reader holds is not overwritten", held_frame_is_safe },
	{ "a sleeping reader is woken, one that is awake is left alone", sleeper_is_woken },
	{ "a million frames between two threads keep order and contents", nothing_is_lost },
	{ "frames seen and frames counted as dropped are all frames",
	  what_is_lost_is_counted },
	{ "a frame may be written in its place", room_is_written_in_place },
	CU_TEST_INFO_NULL
};
