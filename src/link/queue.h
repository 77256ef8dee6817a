/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bounded queue of frames between two threads: one reads, and one at a time pushes (a
 * lock of theirs hands that over). When it is full the frame is dropped and counted,
 * never waited for. The reader may sleep on a descriptor; the writer touches that
 * descriptor only when the reader said it sleeps.
 */
#ifndef LINK_QUEUE_H
#define LINK_QUEUE_H

#include <tcpcraft/link.h>

struct tc_queue;

/* `bytes` is rounded up to a power of two that holds a few of the largest frames. */
int tc_queue_open(struct tc_queue **q, size_t bytes, struct tc_error *err);
void tc_queue_close(struct tc_queue *q);	/* NULL is allowed; both threads are done */

/* Writer: copy a frame in. False: there was no room and it was counted. */
bool tc_queue_push(struct tc_queue *q, const struct tc_frame *f);

/* Writer: the same without a copy. Where a frame of up to n bytes may be written, or NULL where
 * there is no room; then how long it is, and its stamp (f->bytes is not looked at). Room that is
 * not put to use needs no more. */
uint8_t *tc_queue_room(struct tc_queue *q, size_t n);
void tc_queue_put(struct tc_queue *q, const struct tc_frame *f);

/* Writer: wake a sleeping reader although nothing was pushed (the end of the capture). */
void tc_queue_alarm(struct tc_queue *q);

/* Reader: the oldest frame without copying it; it stays valid until the next call. */
bool tc_queue_pop(struct tc_queue *q, struct tc_frame *f);

/* Reader: see tc_link_sleep and tc_link_wake. */
bool tc_queue_sleep(struct tc_queue *q);
void tc_queue_wake(struct tc_queue *q);
int tc_queue_fd(const struct tc_queue *q);

/* Any thread. */
uint64_t tc_queue_dropped(const struct tc_queue *q);

#endif
