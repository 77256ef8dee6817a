/* SPDX-License-Identifier: BSD-2-Clause */
/* Hexadecimal text to bytes and back. Pure, thread-safe. */
#ifndef TCPCRAFT_HEX_H
#define TCPCRAFT_HEX_H

#include <stddef.h>
#include <stdint.h>

struct tc_buf;
struct tc_error;

/*
 * Append the bytes that the text (`len` characters) spells to *out. Blanks,
 * newlines, ':' and a leading "0x" are passed over. -EINVAL names the first
 * character that is not a hex digit, or says that a digit is left over.
 */
int tc_hex_decode(struct tc_buf *out, const char *text, size_t len, struct tc_error *err);

/*
 * The same for a text that may say how often: HEX, or N*HEX for those bytes N times (up to five
 * decimal digits; 0: none). *out has `most` bytes at most afterwards: else -EMSGSIZE. -EINVAL also
 * for anything but digits before the '*', and for no bytes behind it. After an error *out may
 * have some of them.
 */
int tc_hex_decode_times(struct tc_buf *out, const char *text, size_t most, struct tc_error *err);

/* The value of one digit, or -1. */
int tc_hex_digit(char c);

/* Append 2 * n lower-case digits to *out (as text, see tc_buf_printf). */
void tc_hex_encode(struct tc_buf *out, const uint8_t *bytes, size_t n);

#endif
