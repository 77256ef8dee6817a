/* SPDX-License-Identifier: BSD-2-Clause */
#include <tcpcraft/hex.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

#include <errno.h>

int tc_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int is_gap(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ':';
}

int tc_hex_decode(struct tc_buf *out, const char *text, size_t len, struct tc_error *err)
{
	int high = -1, d;
	size_t i = 0;

	if (len >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		i = 2;
	for (; i < len; i++) {
		if (is_gap(text[i]))
			continue;
		d = tc_hex_digit(text[i]);
		if (d < 0)
			return tc_fail(err, -EINVAL,
				       text[i] >= ' ' && text[i] <= '~'
				       ? "'%c' at character %zu is not a hex digit"
				       : "byte 0x%02x at character %zu is not a hex digit",
				       (unsigned char)text[i], i + 1);
		if (high < 0) {
			high = d;
			continue;
		}
		tc_buf_add_u8(out, (uint8_t)(high << 4 | d));
		high = -1;
	}
	if (high >= 0)
		return tc_fail(err, -EINVAL,
			       "an odd number of hex digits: two make a byte");
	if (out->failed)
		return tc_nomem(err);
	return 0;
}

void tc_hex_encode(struct tc_buf *out, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	if (tc_buf_reserve(out, 2 * n + 1) < 0)
		return;
	for (i = 0; i < n; i++) {
		out->data[out->len++] = (uint8_t)digits[bytes[i] >> 4];
		out->data[out->len++] = (uint8_t)digits[bytes[i] & 15];
	}
	out->data[out->len] = 0;
}
