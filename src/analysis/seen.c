/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes remembered for comparison; see seen.h. */
#include "seen.h"

#include <stdlib.h>
#include <string.h>

#define SEEN_FIRST 1024u
#define SEEN_MOST 16384u

struct tc_seen {
	tc_seq begin, end;	/* the bytes that are there: end - begin <= size */
	uint32_t size;		/* a power of two */
	uint8_t ring[];
};

/* Where in the ring the byte of that number is, or will be. */
static uint32_t place(const struct tc_seen *s, tc_seq seq)
{
	return seq & (s->size - 1);
}

/* Of n bytes from seq on, how many lie side by side in the ring. */
static uint32_t piece(const struct tc_seen *s, tc_seq seq, size_t n)
{
	size_t left = s->size - place(s, seq);

	return (uint32_t)(left < n ? left : n);
}

static void store(struct tc_seen *s, tc_seq seq, const uint8_t *bytes, size_t n)
{
	uint32_t first = piece(s, seq, n);

	memcpy(s->ring + place(s, seq), bytes, first);
	memcpy(s->ring, bytes + first, n - first);
}

static struct tc_seen *grow(struct tc_seen *s, tc_seq seq, size_t n)
{
	uint32_t size = s ? s->size : SEEN_FIRST;
	struct tc_seen *more;

	while (size < SEEN_MOST && size < n + (s ? s->end - s->begin : 0))
		size *= 2;
	if (s && size == s->size)
		return s;
	more = malloc(sizeof *more + size);
	if (!more)
		return s;
	more->size = size;
	more->begin = s ? s->begin : seq;
	more->end = s ? s->end : seq;
	for (uint32_t at = more->begin, len; at != more->end; at += len) {
		len = piece(s, at, more->end - at);
		store(more, at, s->ring + place(s, at), len);
	}
	free(s);
	return more;
}

static bool differs(const struct tc_seen *s, tc_seq seq, const uint8_t *bytes, size_t n)
{
	tc_seq from = tc_seq_max(seq, s->begin), to = tc_seq_min(seq + (tc_seq)n, s->end);

	for (uint32_t len; tc_seq_lt(from, to); from += len) {
		len = piece(s, from, to - from);
		if (memcmp(s->ring + place(s, from), bytes + (from - seq), len))
			return true;
	}
	return false;
}

bool tc_seen_take(struct tc_seen **kept, tc_seq seq, const uint8_t *bytes, size_t n)
{
	struct tc_seen *s = *kept = grow(*kept, seq, n);
	tc_seq end = seq + (tc_seq)n;
	bool differ;

	if (!s || n == 0)
		return false;
	differ = differs(s, seq, bytes, n);
	if (n > s->size) {
		bytes += n - s->size;
		seq += (tc_seq)(n - s->size);
		n = s->size;
	}
	if (tc_seq_gt(seq, s->end) || s->begin == s->end)
		s->begin = seq;		/* what lies before the gap is forgotten */
	else if (tc_seq_leq(end, s->end))
		return differ;		/* nothing new: what was there first stays */
	else if (tc_seq_lt(seq, s->end)) {
		bytes += s->end - seq;
		n -= s->end - seq;
		seq = s->end;
	}
	store(s, seq, bytes, n);
	s->end = end;
	if (s->end - s->begin > s->size)
		s->begin = s->end - s->size;
	return differ;
}

void tc_seen_free(struct tc_seen *s)
{
	free(s);
}
