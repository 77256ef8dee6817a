/* SPDX-License-Identifier: BSD-2-Clause */
#include "ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RING_FIRST 1024u
#define RING_MOST (1u << 30)

static int grow(struct tc_ring *r, size_t need)
{
	uint32_t cap = r->cap ? r->cap : RING_FIRST;
	uint8_t *data;

	if (need > RING_MOST)
		return -ENOMEM;
	while (cap < need)
		cap *= 2;
	data = malloc(cap);
	if (!data)
		return -ENOMEM;
	if (r->len)
		tc_ring_copy(r, 0, data, r->len);
	free(r->data);
	r->data = data;
	r->cap = cap;
	r->head = 0;
	return 0;
}

int tc_ring_add(struct tc_ring *r, const void *bytes, size_t n)
{
	uint32_t at, first;

	if (n == 0)
		return 0;
	if (n > r->cap - r->len && grow(r, r->len + n) < 0)
		return -ENOMEM;
	at = (r->head + r->len) & (r->cap - 1);
	first = r->cap - at < n ? r->cap - at : (uint32_t)n;
	memcpy(r->data + at, bytes, first);
	memcpy(r->data, (const uint8_t *)bytes + first, n - first);
	r->len += (uint32_t)n;
	return 0;
}

void tc_ring_copy(const struct tc_ring *r, uint32_t off, void *out, size_t n)
{
	uint32_t at = (r->head + off) & (r->cap - 1);
	size_t first = r->cap - at < n ? r->cap - at : n;

	memcpy(out, r->data + at, first);
	memcpy((uint8_t *)out + first, r->data, n - first);
}

void tc_ring_drop(struct tc_ring *r, size_t n)
{
	r->len -= (uint32_t)n;
	if (r->len == 0)
		tc_ring_free(r);
	else
		r->head = (r->head + (uint32_t)n) & (r->cap - 1);
}

void tc_ring_free(struct tc_ring *r)
{
	free(r->data);
	*r = (struct tc_ring){ 0 };
}
