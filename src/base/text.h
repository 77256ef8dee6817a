/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Somebody else's bytes for a terminal: readable text stays as it is, what a terminal would
 * act on is shown escaped. Pure, thread-safe.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct tc_buf;

/* What waits for the bytes behind it: a character that came in two parts, a '\r'. Begin
 * with { 0 }. */
struct tc_text {
	uint8_t held[4];
	unsigned n;
};

/*
 * Append n bytes to out. As they are: printable ASCII, '\n', '\t', "\r\n", and characters of
 * well-formed UTF-8 (RFC 3629) that only show themselves. As \xNN, byte for byte: other
 * controls (C0, DEL, C1: ESC and CSI among them), characters that turn the direction of
 * writing or end a line (U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069), and what is
 * no UTF-8. A lone '\r' is \r.
 */
void tc_text_show(struct tc_text *t, struct tc_buf *out, const uint8_t *bytes, size_t n);

/* There is no more: what waits is shown escaped. */
void tc_text_end(struct tc_text *t, struct tc_buf *out);

/* Both, of a text that is all there. */
void tc_text_show_all(struct tc_buf *out, const void *text, size_t n);

/* Append text in one line, as is shown and with '\n' as \x0a: the names of files among it, in what
 * is read line by line. */
void tc_text_line(struct tc_buf *out, const char *text);

/* Bytes of the character that n > 0 bytes of text begin with; 0: none that is shown as it is. */
size_t tc_text_character(const uint8_t *text, size_t n);

/* Append n bytes of JSON, as jansson writes it: what would be shown escaped is \uXXXX, which
 * is the same to who reads JSON. */
void tc_text_json(struct tc_buf *out, const char *json, size_t n);

/* Append a cell of CSV, quoted (RFC 4180 2); one that a spreadsheet would take for a formula
 * has a ' before it, which makes it text. */
void tc_text_cell(struct tc_buf *out, const char *text);

/*
 * What a person writes for a byte behind a backslash, of at most n characters: the number of
 * characters that it is, and *byte. -EINVAL: none of TC_TEXT_ESCAPES. -ERANGE: an octal number
 * that is more than a byte.
 */
#define TC_TEXT_ESCAPES "\\n \\r \\t \\\\ \\\" \\xNN and octal \\NNN"
int tc_text_escape(const char *text, size_t n, uint8_t *byte);

/* Append n bytes as people read them: "ACK", with \xNN for what does not print. At most
 * `most` bytes are shown; then "…" and the count. */
void tc_text_print(struct tc_buf *out, const uint8_t *bytes, size_t n, size_t most);

#define QUOTE_MAX 64

/* The user's text inside a message, not longer than a message can be: copied to out, cut with
 * "..." when it is long. */
const char *tc_quote(char out[QUOTE_MAX], const char *text);

#endif
