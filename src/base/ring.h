/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A queue of bytes that grows: what a connection has sent and not yet seen acknowledged.
 * Zero-initialised is empty and owns nothing; an empty ring gives its memory back.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <stddef.h>
#include <stdint.h>

struct tc_ring {
	uint8_t *data;
	uint32_t cap;		/* a power of two, or 0 */
	uint32_t head;		/* place of the first byte */
	uint32_t len;
};

int tc_ring_add(struct tc_ring *r, const void *bytes, size_t n);	/* 0 or -ENOMEM */

/* Copy n bytes that start `off` bytes into the queue; off + n <= len. */
void tc_ring_copy(const struct tc_ring *r, uint32_t off, void *out, size_t n);

void tc_ring_drop(struct tc_ring *r, size_t n);	/* n <= len, from the front */
void tc_ring_free(struct tc_ring *r);

#endif
