/* SPDX-License-Identifier: BSD-2-Clause */
#include "check.h"

#include <tcpcraft/buf.h>
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* `at_once` bytes at a time. */
static const char *shown(const char *bytes, size_t n, size_t at_once)
{
	static char text[256];
	struct tc_text t = { 0 };
	struct tc_buf out = { 0 };

	for (size_t at = 0; at < n; at += at_once)
		tc_text_show(&t, &out, (const uint8_t *)bytes + at,
			     n - at < at_once ? n - at : at_once);
	tc_text_end(&t, &out);
	snprintf(text, sizeof text, "%.*s", (int)out.len, out.len ? (char *)out.data : "");
	tc_buf_free(&out);
	return text;
}

/* What each byte is when it stands alone, and between letters. */
static void every_byte(void)
{
	for (unsigned b = 0; b < 256; b++) {
		char want[8], alone[2] = { (char)b, 0 }, inside[4] = { 'a', (char)b, 'z', 0 };
		char inside_want[16];

		if (b == '\n' || b == '\t' || (b >= ' ' && b <= '~'))
			snprintf(want, sizeof want, "%c", b);
		else if (b == '\r')
			snprintf(want, sizeof want, "\\r");
		else
			snprintf(want, sizeof want, "\\x%02x", b);
		snprintf(inside_want, sizeof inside_want, "a%sz", want);
		CHECK_STR(shown(alone, 1, 1), want);
		CHECK_STR(shown(inside, 3, 3), inside_want);
		CHECK_STR(shown(inside, 3, 1), inside_want);
	}
}

static void characters(void)
{
	static const struct { const char *bytes, *want; } t[] = {
		{ "gr\xc3\xbc\xc3\x9f" "e", "gr\xc3\xbc\xc3\x9f" "e" },
		{ "\xe2\x82\xac", "\xe2\x82\xac" },		/* U+20AC */
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },	/* U+1F600 */
		{ "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf" },	/* the last one */
		{ "\xc2\x9b" "2J", "\\xc2\\x9b2J" },		/* CSI as U+009B */
		{ "\xc2\x85", "\\xc2\\x85" },
		{ "\xc2\xa0", "\xc2\xa0" },
		{ "\x1b[2J", "\\x1b[2J" },
		{ "\x9b" "2J", "\\x9b2J" },
		{ "one\r\ntwo\r\n", "one\r\ntwo\r\n" },
		{ "hidden\rshown", "hidden\\rshown" },
		{ "\r\r\n", "\\r\r\n" },
		{ "\xc0\x9b", "\\xc0\\x9b" },			/* overlong ESC */
		{ "\xe0\x80\x9b", "\\xe0\\x80\\x9b" },
		{ "\xf0\x80\x80\x9b", "\\xf0\\x80\\x80\\x9b" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },		/* a surrogate */
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },	/* beyond U+10FFFF */
		{ "\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80" },
		{ "\xe2\x82", "\\xe2\\x82" },			/* cut off */
		{ "\xe2\x82z", "\\xe2\\x82z" },
		{ "\xe2\x82\x1b[m", "\\xe2\\x82\\x1b[m" },
		{ "\xe2\xe2\x82\xac", "\\xe2\xe2\x82\xac" },
		{ "a\xe2\x80\xaez", "a\\xe2\\x80\\xaez" },	/* U+202E: right to left */
		{ "\xe2\x81\xa6", "\\xe2\\x81\\xa6" },		/* U+2066 */
		{ "\xe2\x80\xa8", "\\xe2\\x80\\xa8" },		/* U+2028 */
		{ "\xe2\x80\xa7", "\xe2\x80\xa7" },
		{ "\xe2\x80\xaf", "\xe2\x80\xaf" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		for (size_t each = 1; each <= strlen(t[i].bytes); each++)
			CHECK_STR(shown(t[i].bytes, strlen(t[i].bytes), each), t[i].want);
}

static int escape(const char *text, uint8_t *byte)
{
	return tc_text_escape(text, strlen(text), byte);
}

static void escapes_are_bytes(void)
{
	uint8_t b;

	CHECK_U64(escape("nx", &b), 1);
	CHECK_U64(b, '\n');
	CHECK_U64(escape("\\", &b), 1);
	CHECK_U64(b, '\\');
	CHECK_U64(escape("xfFf", &b), 3);
	CHECK_U64(b, 0xff);
	CHECK_U64(escape("08", &b), 1);
	CHECK_U64(b, 0);
	CHECK_U64(escape("1234", &b), 3);
	CHECK_U64(b, 0123);
	CHECK(escape("400", &b) == -ERANGE);
	CHECK(escape("xf", &b) == -EINVAL);
	CHECK(escape("q", &b) == -EINVAL);
	CHECK(escape("", &b) == -EINVAL);
	CHECK(tc_text_escape("xff", 2, &b) == -EINVAL);	/* no byte behind the end is read */
}

CU_TestInfo tests_text[] = {
	{ "escapes are bytes", escapes_are_bytes },
	{ "each of the 256 bytes", every_byte },
	{ "characters, in one piece and in parts", characters },
	CU_TEST_INFO_NULL
};
