/* SPDX-License-Identifier: BSD-2-Clause */
#include "text.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/hex.h>

#include <errno.h>
#include <string.h>

static void escape(struct tc_text *t, struct tc_buf *out)
{
	for (unsigned i = 0; i < t->n; i++)
		if (t->held[i] == '\r')
			tc_buf_text(out, "\\r");
		else
			tc_buf_printf(out, "\\x%02x", t->held[i]);
	t->n = 0;
}

static void keep(struct tc_text *t, struct tc_buf *out)
{
	tc_buf_add(out, t->held, t->n);
	t->n = 0;
}

/* Bytes of the character that begins with b, RFC 3629 4; 0: none begins so. */
static unsigned length_of(uint8_t b)
{
	if (b < 0x80)
		return 1;
	if (b < 0xc2 || b > 0xf4)
		return 0;
	return b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
}

/* Is b what may stand behind the bytes that are held? The second byte is the one that
 * overlong forms, surrogates and numbers beyond U+10FFFF give themselves away by. */
static bool goes_on(const struct tc_text *t, uint8_t b)
{
	uint8_t low = 0x80, high = 0xbf;

	if (t->n == 1) {
		low = t->held[0] == 0xe0 ? 0xa0 : t->held[0] == 0xf0 ? 0x90 : low;
		high = t->held[0] == 0xed ? 0x9f : t->held[0] == 0xf4 ? 0x8f : high;
	}
	return b >= low && b <= high;
}

static uint32_t value(const struct tc_text *t)
{
	uint32_t v = t->held[0];

	if (t->n > 1)
		v &= 0x7fu >> t->n;
	for (unsigned i = 1; i < t->n; i++)
		v = v << 6 | (t->held[i] & 0x3fu);
	return v;
}

static bool shows_itself(uint32_t c)
{
	if (c == '\n' || c == '\t')
		return true;
	if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		return false;
	return c != 0x200e && c != 0x200f && (c < 0x2028 || c > 0x202e) &&
	       (c < 0x2066 || c > 0x2069);
}

static void put(struct tc_text *t, struct tc_buf *out, uint8_t b)
{
	if (t->n && t->held[0] == '\r' && b == '\n')
		keep(t, out);
	else if (t->n && (t->held[0] == '\r' || !goes_on(t, b)))
		escape(t, out);
	t->held[t->n++] = b;
	if (b == '\r' || t->n < length_of(t->held[0]))
		return;
	if (length_of(t->held[0]) && shows_itself(value(t)))
		keep(t, out);
	else
		escape(t, out);
}

void tc_text_show(struct tc_text *t, struct tc_buf *out, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put(t, out, bytes[i]);
}

void tc_text_end(struct tc_text *t, struct tc_buf *out)
{
	escape(t, out);
}

void tc_text_show_all(struct tc_buf *out, const void *text, size_t n)
{
	struct tc_text t = { 0 };

	tc_text_show(&t, out, text, n);
	tc_text_end(&t, out);
}

void tc_text_line(struct tc_buf *out, const char *text)
{
	const char *end;

	for (;; text = end + 1) {
		end = strchrnul(text, '\n');
		tc_text_show_all(out, text, (size_t)(end - text));
		if (!*end)
			return;
		tc_buf_text(out, "\\x0a");
	}
}

size_t tc_text_character(const uint8_t *text, size_t n)
{
	size_t len = length_of(text[0]);
	struct tc_text t = { 0 };

	if (len == 0 || len > n)
		return 0;
	for (; t.n < len; t.n++) {
		if (t.n && !goes_on(&t, text[t.n]))
			return 0;
		t.held[t.n] = text[t.n];
	}
	return shows_itself(value(&t)) ? len : 0;
}

/* How many bytes are printable ASCII: of most lines all. */
static size_t plain(const char *text, size_t n)
{
	size_t i = 0;

	while (i < n && text[i] >= 0x20 && text[i] < 0x7f)
		i++;
	return i;
}

void tc_text_json(struct tc_buf *out, const char *json, size_t n)
{
	struct tc_text t = { 0 };
	size_t first = plain(json, n);

	tc_buf_add(out, json, first);
	for (size_t i = first; i < n; i++) {
		t.held[t.n++] = (uint8_t)json[i];
		if (t.n < length_of(t.held[0]))
			continue;
		if (!shows_itself(value(&t))) {		/* none of them is beyond U+FFFF */
			tc_buf_printf(out, "\\u%04x", value(&t));
			t.n = 0;
		}
		keep(&t, out);
	}
}

void tc_text_cell(struct tc_buf *out, const char *text)
{
	tc_buf_text(out, *text && strchr("=+-@\t\r", *text) ? "\"'" : "\"");
	for (; *text; text++)
		tc_buf_printf(out, *text == '"' ? "\"\"" : "%c", *text);
	tc_buf_text(out, "\"");
}

static int octal(const char *text, size_t n, uint8_t *byte)
{
	unsigned v = 0;
	size_t used = 0;

	while (used < 3 && used < n && text[used] >= '0' && text[used] <= '7')
		v = v * 8 + (unsigned)(text[used++] - '0');
	*byte = (uint8_t)v;
	return !used ? -EINVAL : v > UINT8_MAX ? -ERANGE : (int)used;
}

int tc_text_escape(const char *text, size_t n, uint8_t *byte)
{
	static const char letters[] = "nrtabfv\\\"'?", bytes[] = "\n\r\t\a\b\f\v\\\"'?";
	const char *which = n && *text ? strchr(letters, *text) : NULL;

	if (which) {
		*byte = (uint8_t)bytes[which - letters];
		return 1;
	}
	if (n >= 3 && text[0] == 'x' && tc_hex_digit(text[1]) >= 0 &&
	    tc_hex_digit(text[2]) >= 0) {
		*byte = (uint8_t)(tc_hex_digit(text[1]) << 4 | tc_hex_digit(text[2]));
		return 3;
	}
	return octal(text, n, byte);
}

void tc_text_print(struct tc_buf *out, const uint8_t *bytes, size_t n, size_t most)
{
	tc_buf_printf(out, "\"");
	for (size_t i = 0; i < n && i < most; i++) {
		if (bytes[i] == '"' || bytes[i] == '\\')
			tc_buf_printf(out, "\\%c", bytes[i]);
		else if (bytes[i] == '\n')
			tc_buf_printf(out, "\\n");
		else if (bytes[i] == '\r')
			tc_buf_printf(out, "\\r");
		else if (bytes[i] >= ' ' && bytes[i] <= '~')
			tc_buf_printf(out, "%c", bytes[i]);
		else
			tc_buf_printf(out, "\\x%02x", bytes[i]);
	}
	tc_buf_printf(out, "\"");
	if (n > most)
		tc_buf_printf(out, "... (%zu bytes)", n);
}

const char *tc_quote(char out[QUOTE_MAX], const char *text)
{
	size_t n = strnlen(text, QUOTE_MAX);
	size_t shown = n < QUOTE_MAX ? n : QUOTE_MAX - sizeof "...";

	memcpy(out, text, shown);
	strcpy(out + shown, n < QUOTE_MAX ? "" : "...");
	return out;
}
