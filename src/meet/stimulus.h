/* SPDX-License-Identifier: BSD-2-Clause */
/* What a service that nobody knows is asked first, and how its answer is known again. */
#ifndef MEET_STIMULUS_H
#define MEET_STIMULUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first sends nothing: the control. */
#define TC_STIMULI(X) \
	X(NOTHING) \
	X(BYTE) \
	X(LINE) \
	X(JSON) \
	X(HTTP) \
	X(TLS) \
	X(LETTERS)

enum tc_stimulus_id {
#define X(name) TC_STIMULUS_##name,
	TC_STIMULI(X)
#undef X
	TC_STIMULUS_COUNT
};

struct tc_stimulus {
	const char *name;		/* of the fact */
	const char *words;		/* for people */
	const void *bytes;
	size_t n;
};

extern const struct tc_stimulus tc_stimuli[TC_STIMULUS_COUNT];

/* A protocol that the first bytes of a server give away. */
struct tc_protocol {
	const char *begins;		/* with these bytes */
	size_t n;
	const char *name;		/* the verdict */
	const char *words;
	bool (*is)(const uint8_t *bytes, size_t n);	/* and this is true; NULL: they are enough */
};

/* NULL: none that is known. */
const struct tc_protocol *tc_protocol_of(const uint8_t *bytes, size_t n);

#endif
