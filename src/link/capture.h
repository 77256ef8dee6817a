/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Receiving: a thread that copies frames into a queue, or, for
 * busy-polling, the driver's own look into the capture ring.
 */
#ifndef LINK_CAPTURE_H
#define LINK_CAPTURE_H

#include <tcpcraft/link.h>

#include <pthread.h>

struct tc_capture;
struct tc_queue;

/* A socket that is there at once (tap.h), or negative. */
int tc_capture_tap(const struct tc_link_config *cfg);

/* Open and, unless cfg->busy_poll, start the thread that fills `queue` (not owned; it
 * must outlive the capture). `tap` as above, taken also where it fails; negative: libpcap's
 * ring. Errors as tc_link_open. */
int tc_capture_open(struct tc_capture **c, const struct tc_link_config *cfg, int tap,
		    struct tc_queue *queue, struct tc_error *err);
void tc_capture_close(struct tc_capture *c);	/* NULL is allowed */

/* With busy_poll: as tc_link_recv. */
int tc_capture_poll(struct tc_capture *c, struct tc_frame *f, struct tc_error *err);

/* Without busy_poll: look into the ring instead of waiting for the thread to be woken for
 * it. How many frames are new in the queue; 0 also when the thread is at it, or when
 * frames come in blocks. Negative, with its reason, when the capture died. */
int tc_capture_help(struct tc_capture *c, struct tc_error *err);

/* Wait for the thread, if it is emptying the ring just now: what it took is in the queue then. For
 * a driver that has nothing else to do: the ring's descriptor is readable all that time, and it
 * would spin. */
void tc_capture_settle(struct tc_capture *c);

int tc_capture_fd(const struct tc_capture *c);
int tc_capture_dlt(const struct tc_capture *c);

/* Frames the kernel had no room for, since the start. The driver's thread only. */
uint64_t tc_capture_dropped(struct tc_capture *c);

/* A thread of the link's. Signals are the driver's. Returns what pthread_create(3) does. */
int tc_link_thread(pthread_t *thread, void *(*run)(void *), void *arg);

#endif
