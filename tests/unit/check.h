/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks that print what was seen and what was wanted; stock CUnit prints only the
 * expression. Each evaluates its arguments once and returns from nothing.
 */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <CUnit/CUnit.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static inline void check_u64(uint64_t got, uint64_t want, const char *what, unsigned line,
			     const char *file)
{
	char msg[256];

	snprintf(msg, sizeof msg, "%s: got %" PRIu64 " (0x%" PRIx64 ") want %" PRIu64
		 " (0x%" PRIx64 ")", what, got, got, want, want);
	CU_assertImplementation(got == want, line, msg, file, "", CU_FALSE);
}

static inline void check_str(const char *got, const char *want, const char *what,
			     unsigned line, const char *file)
{
	char msg[1024];

	snprintf(msg, sizeof msg, "%.100s: got \"%.400s\" want \"%.400s\"", what, got ? got : "(null)", want);
	CU_assertImplementation(got && strcmp(got, want) == 0, line, msg, file, "", CU_FALSE);
}

static inline void check_mem(const void *got, const void *want, size_t n, const char *what,
			     unsigned line, const char *file)
{
	const uint8_t *g = got, *w = want;
	char msg[256] = "";
	size_t i = 0;

	while (i < n && g[i] == w[i])
		i++;
	if (i < n)
		snprintf(msg, sizeof msg, "%s: byte %zu of %zu: got 0x%02x want 0x%02x", what, i,
			 n, g[i], w[i]);
	CU_assertImplementation(i == n, line, msg, file, "", CU_FALSE);
}

static inline void check_true(bool ok, const char *what, unsigned line, const char *file)
{
	CU_assertImplementation(ok, line, what, file, "", CU_FALSE);
}

/* A call that must succeed (>= 0); shows the error's line when it does not. */
static inline void check_ok(int rc, const char *msg, const char *what, unsigned line,
			    const char *file)
{
	char text[1024];

	snprintf(text, sizeof text, "%s: %d %s", what, rc, msg);
	CU_assertImplementation(rc >= 0, line, text, file, "", CU_FALSE);
}

#define CHECK(cond) check_true((cond), #cond, __LINE__, __FILE__)
#define CHECK_U64(got, want) \
	check_u64((uint64_t)(got), (uint64_t)(want), #got, __LINE__, __FILE__)
#define CHECK_STR(got, want) check_str((got), (want), #got, __LINE__, __FILE__)
#define CHECK_MEM(got, want, n) check_mem((got), (want), (n), #got, __LINE__, __FILE__)
#define CHECK_OK(rc, err) check_ok((rc), (err).msg, #rc, __LINE__, __FILE__)

#endif
