/* SPDX-License-Identifier: BSD-2-Clause */
#include <tcpcraft/hex.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TIMES_DIGITS 5

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

int tc_hex_decode_times(struct tc_buf *out, const char *text, size_t most, struct tc_error *err)
{
	const char *star = strchr(text, '*');
	size_t before = out->len, digits = strspn(text, "0123456789"), n;
	unsigned long times = 1;
	int rc;

	if (star && (!digits || digits > TIMES_DIGITS || text + digits != star))
		return tc_fail(err, -EINVAL, "'%.40s' is not N*HEX, the same bytes N times", text);
	if (star) {
		times = strtoul(text, NULL, 10);
		text = star + 1;
	}
	rc = tc_hex_decode(out, text, strlen(text), err);
	if (rc < 0)
		return rc;
	n = out->len - before;
	if (star && n == 0)
		return tc_fail(err, -EINVAL, "no bytes as hex digits behind the *");
	if (before + n * times > most)
		return tc_fail(err, -EMSGSIZE, "%zu bytes, %zu at most", before + n * times, most);
	out->len = before + (times ? n : 0);
	if (times > 1 && tc_buf_reserve(out, n * times) < 0)
		return tc_nomem(err);
	for (size_t all = n * times, some; n && n < all; n += some) {	/* twice as many each time */
		some = n < all - n ? n : all - n;
		tc_buf_add(out, out->data + before, some);
	}
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
