/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A growable run of bytes. Zero-initialised is empty and valid; tc_buf_free
 * returns it to that. After an allocation failed every append is a no-op and
 * `failed` stays set, so a caller may append many times and check once.
 */
#ifndef TCPCRAFT_BUF_H
#define TCPCRAFT_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_error;

struct tc_buf {
	uint8_t *data;		/* NULL while cap is 0 */
	size_t len;		/* bytes in use */
	size_t cap;		/* bytes allocated */
	bool failed;		/* an allocation failed: the contents are cut */
};

/* Room for at least `more` bytes after len. 0 or -ENOMEM (and sets failed). */
int tc_buf_reserve(struct tc_buf *b, size_t more);

/* Append n bytes / one byte / formatted text / text / a number (no NUL is kept in len, but
 * one always follows data[len - 1] after the last three, so data may be used as a string).
 * tc_buf_u64 writes decimal digits, at least `width` (TC_BUF_U64_MAX at most) characters
 * with `pad` before them: where printf is too slow. */
#define TC_BUF_U64_MAX 20
void tc_buf_add(struct tc_buf *b, const void *bytes, size_t n);
void tc_buf_add_u8(struct tc_buf *b, uint8_t byte);
void tc_buf_printf(struct tc_buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void tc_buf_text(struct tc_buf *b, const char *text);
void tc_buf_u64(struct tc_buf *b, uint64_t v, unsigned width, char pad);

/* Drop n bytes (n <= len) from the front. */
void tc_buf_drop(struct tc_buf *b, size_t n);

/* Free the memory; b is empty and valid again. */
void tc_buf_free(struct tc_buf *b);

/* Append a whole file ("-" is standard input) of at most max bytes.
 * -EMSGSIZE beyond max, else the system's errno; the line names the file. */
int tc_buf_read_file(struct tc_buf *b, const char *path, size_t max, struct tc_error *err);

#endif
