/* SPDX-License-Identifier: BSD-2-Clause */
#include "check.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/rng.h>
#include <tcpcraft/tcpopt.h>

#include <errno.h>
#include <stdlib.h>

/* A copy of exactly n bytes: a sanitizer sees a read past it. */
static uint8_t *exact(const void *bytes, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);

	if (!copy)
		abort();
	memcpy(copy, bytes, n);
	return copy;
}

static void check_print(const char *hex, const char *text)
{
	struct tc_buf bytes = { 0 }, got = { 0 };
	struct tc_error err = { 0 };
	uint8_t *copy;

	CHECK_OK(tc_hex_decode(&bytes, hex, strlen(hex), &err), err);
	copy = exact(bytes.data ? bytes.data : (const uint8_t *)"", bytes.len);
	tc_tcpopt_print(&got, copy, bytes.len);
	CHECK_STR((char *)got.data, text);
	free(copy);
	tc_buf_free(&bytes);
	tc_buf_free(&got);
}

static void check_parse(const char *text, const char *hex)
{
	struct tc_buf bytes = { 0 }, got = { 0 };
	struct tc_error err = { 0 };

	CHECK_OK(tc_tcpopt_parse_text(&bytes, text, &err), err);
	tc_hex_encode(&got, bytes.data, bytes.len);
	CHECK_STR((char *)got.data, hex);
	tc_buf_free(&bytes);
	tc_buf_free(&got);
}

/* Bytes from captures of Linux, text as tcpdump prints them (but for SACK, see below). */
static const struct { const char *hex, *text; } both[] = {
	{ "0204ffd70402080a7d74eef6000000000103030a",
	  "mss 65495,sackOK,TS val 2104815350 ecr 0,nop,wscale 10" },
	{ "0101080a7d74eef6bd62a9ad", "nop,nop,TS val 2104815350 ecr 3177359789" },
	{ "01010512000000010000006400000001fffffff0", "nop,nop,sack 1:100 1:4294967280" },
	{ "0101050affffff0000000010", "nop,nop,sack 4294967040:16" },
	{ "1c048078", "uto 32888" },
	{ "1312000102030405060708090a0b0c0d0e0f", "md5 000102030405060708090a0b0c0d0e0f" },
	{ "1d103d542ee437c6f8ede6d7c4d602e7",
	  "ao keyid 61 rnextkeyid 84 mac 2ee437c6f8ede6d7c4d602e7" },
	{ "1d040001", "ao keyid 0 rnextkeyid 1 mac" },
	{ "1d0301", "unknown-29 01" },
	{ "2202", "fastopen" },
	{ "220a0123456789abcdef", "fastopen 0123456789abcdef" },
	{ "1e0c0081a1b2c3d4e5f60718", "mptcp mp_capable version 0 flags 0x81 key a1b2c3d4e5f60718" },
	{ "fd04f989", "unknown-253 f989" },
	{ "fe02", "unknown-254" },
	{ "03030700", "wscale 7,eol" },
	{ "0000", "eol,eol" },
	{ "", "" },
	/* Framed, but not as long as its kind is. */
	{ "020305", "unknown-2 05" },
	{ "0405aabbcc", "unknown-4 aabbcc" },
	{ "0502", "unknown-5" },
	{ "050600000001", "unknown-5 00000001" },
	{ "080b0000000000000000ff", "unknown-8 0000000000000000ff" },
	/* Lying lengths, and bytes after an eol that are no padding. */
	{ "0500", "hex:0500" },
	{ "01020405b4080c01", "nop,mss 1460,hex:080c01" },
	{ "0108", "nop,hex:08" },
	{ "020405b40303", "mss 1460,hex:0303" },
	{ "010000020405b4", "nop,eol,eol,hex:020405b4" },
};

static void text_and_bytes_agree(void)
{
	for (size_t i = 0; i < sizeof both / sizeof both[0]; i++) {
		check_print(both[i].hex, both[i].text);
		check_parse(both[i].text, both[i].hex);
	}
}

static void other_spellings(void)
{
	check_parse("  MSS  0x5b4 , NOP,WScale 7 ", "020405b401030307");
	check_parse("ts VAL 1 Ecr 2", "080a0000000100000002");
	check_parse("sackok", "0402");
	check_parse("sack 2 {1:100}{200:300}", "05120000000100000064000000c80000012c");
	check_parse("sack 1 {1:100}", "050a0000000100000064");
	check_parse("mss 010", "0204000a");
	check_parse("nop,hex:05 00,nop", "01050001");
	check_parse("hex:", "");
	check_parse("unknown-253 0xf989", "fd04f989");
	check_parse("   ", "");
}

static const struct { const char *text, *msg; } wrong[] = {
	{ "wscale 300", "option 'wscale 300': 0 to 255" },
	{ "nop,mss 65536,nop", "option 'mss 65536': 0 to 65535" },
	{ "mss 99999999999999999999999", "option 'mss 99999999999999999999999': 0 to 65535" },
	{ "mss -1", "option 'mss -1': write 'mss BYTES'" },
	{ "mss", "option 'mss': write 'mss BYTES'" },
	{ "mss 14b0", "option 'mss 14b0': write 'mss BYTES'" },
	{ "mss 0x", "option 'mss 0x': write 'mss BYTES'" },
	{ "mss 1460 9", "option 'mss 1460 9': write 'mss BYTES'" },
	{ "nop 1", "option 'nop 1': write 'nop'" },
	{ "sackOK 1", "option 'sackOK 1': write 'sackOK'" },
	{ "TS val 1", "option 'TS val 1': write 'TS val N ecr N'" },
	{ "TS 1 2", "option 'TS 1 2': write 'TS val N ecr N'" },
	{ "TS val 4294967296 ecr 0",
	  "option 'TS val 4294967296 ecr 0': 0 to 4294967295" },
	{ "sack", "option 'sack': write 'sack LEFT:RIGHT …'" },
	{ "sack 1", "option 'sack 1': write 'sack LEFT:RIGHT …'" },
	{ "sack 2 1:100", "option 'sack 2 1:100': write 'sack LEFT:RIGHT …'" },
	{ "sack 1:100 7", "option 'sack 1:100 7': write 'sack LEFT:RIGHT …'" },
	{ "md5 0011", "option 'md5 0011': 2 bytes of data, it has 16" },
	{ "md5 0g", "option 'md5 0g': 'g' at character 2 is not a hex digit" },
	{ "ao 1 2", "option 'ao 1 2': write 'ao keyid N rnextkeyid N mac HEX'" },
	{ "ao keyid 256 rnextkeyid 0 mac", "option 'ao keyid 256 rnextkeyid 0 mac': 0 to 255" },
	{ "hex:050", "option 'hex:050': an odd number of hex digits: two make a byte" },
	{ "unknown-1 00", "option 'unknown-1 00': 2 to 255" },
	{ "unknown- 00xx", "option 'unknown- 00xx': 2 to 255" },
	{ "unknown-x", "option 'unknown-x': write 'unknown-KIND HEX'" },
	{ "nop,,nop", "option '': not one of eol, nop, mss, wscale, sackOK, sack, TS, md5, "
		      "uto, ao, mptcp, fastopen, unknown-KIND HEX, hex:BYTES" },
	{ "nop,", "option '': not one of eol, nop, mss, wscale, sackOK, sack, TS, md5, uto, "
		  "ao, mptcp, fastopen, unknown-KIND HEX, hex:BYTES" },
	{ "window 7", "option 'window 7': not one of eol, nop, mss, wscale, sackOK, sack, TS, "
		      "md5, uto, ao, mptcp, fastopen, unknown-KIND HEX, hex:BYTES" },
};

static void errors_name_the_element(void)
{
	struct tc_buf out = { 0 };

	tc_buf_add(&out, "kept", 4);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct tc_error err = { 0 };

		CHECK_U64(-tc_tcpopt_parse_text(&out, wrong[i].text, &err), EINVAL);
		CHECK_STR(err.msg, wrong[i].msg);
		CHECK_U64(out.len, 4);
	}
	tc_buf_free(&out);
}

/* An option can say 255 bytes at most; the text may ask for more. */
static void length_byte_has_a_limit(void)
{
	char text[20 + 2 * 254 + 1];
	struct tc_error err = { 0 };
	struct tc_buf out = { 0 };
	size_t n = (size_t)sprintf(text, "unknown-9 ");

	memset(text + n, '0', 2 * 254);
	text[n + 2 * 253] = 0;
	CHECK_OK(tc_tcpopt_parse_text(&out, text, &err), err);
	CHECK_U64(out.len, 255);
	CHECK_U64(out.data[1], 255);
	text[n + 2 * 253] = '0';
	text[n + 2 * 254] = 0;
	CHECK_U64(-tc_tcpopt_parse_text(&out, text, &err), EINVAL);
	CHECK(strstr(err.msg, "': 254 bytes of data, at most 253") != NULL);
	tc_buf_free(&out);
}

static void lying_lengths_are_named(void)
{
	static const struct { const char *bytes; size_t n; const char *msg; } lies[] = {
		{ "\x08\x0c\x00\x00", 4, "option 8: length 12 but 4 bytes left" },
		{ "\x02\x00\x05\xb4", 4, "option 2: length 0, the least is 2" },
		{ "\x02\x01\x05\xb4", 4, "option 2: length 1, the least is 2" },
		{ "\xfe", 1, "option 254: no length byte, 1 byte left" },
	};

	for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
		uint8_t *copy = exact(lies[i].bytes, lies[i].n);
		struct tc_tcpopt_iter it = { copy, copy + lies[i].n };
		struct tc_error err = { 0 };
		struct tc_tcpopt opt;

		CHECK_U64(-tc_tcpopt_next(&it, &opt, &err), EBADMSG);
		CHECK_STR(err.msg, lies[i].msg);
		CHECK(it.at == copy);
		free(copy);
	}
}

static void iterator_stops_at_eol(void)
{
	static const uint8_t bytes[] = { 1, 4, 2, 3, 3, 7, 0, 2, 4, 5, 180 };
	struct tc_tcpopt_iter it = { bytes, bytes + sizeof bytes };
	struct tc_tcpopt opt;

	CHECK_U64(tc_tcpopt_next(&it, &opt, NULL), 1);
	CHECK(opt.kind == TC_OPT_NOP && opt.len == 1 && opt.data == NULL);
	CHECK_U64(tc_tcpopt_next(&it, &opt, NULL), 1);
	CHECK(opt.kind == TC_OPT_SACK_PERM && opt.len == 2 && opt.data == NULL);
	CHECK_U64(tc_tcpopt_next(&it, &opt, NULL), 1);
	CHECK(opt.kind == TC_OPT_WSCALE && opt.len == 3 && opt.data == bytes + 5);
	CHECK_U64(tc_tcpopt_next(&it, &opt, NULL), 0);
	CHECK(it.at == bytes + 6);
	CHECK_U64(tc_tcpopt_next(&it, &opt, NULL), 0);
}

/* Random options that are mostly well-formed, so that deep states are reached. */
static size_t random_options(struct tc_rng *r, uint8_t *out)
{
	static const uint8_t known[] = { 0, 1, 2, 3, 4, 5, 8, 19, 28, 30, 34, 253 };
	static const uint8_t lens[] = { 1, 1, 4, 3, 2, 10, 10, 18, 4, 12, 10, 4 };
	size_t n = tc_rng_below(r, TC_OPTIONS_MAX + 1), at = 0, k;

	tc_rng_bytes(r, out, n);
	while (at < n && tc_rng_below(r, 8)) {
		k = tc_rng_below(r, sizeof known);
		out[at] = known[k];
		if (known[k] > 1 && at + 1 < n)
			out[at + 1] = tc_rng_below(r, 8) ? lens[k] : out[at + 1];
		at += lens[k];
	}
	return n;
}

static void any_bytes_survive_text(void)
{
	const uint64_t seed = 7323;
	struct tc_buf text = { 0 }, back = { 0 };
	uint8_t bytes[TC_OPTIONS_MAX], *copy;
	struct tc_error err = { 0 };
	struct tc_rng r;

	tc_rng_seed(&r, seed);
	for (int i = 0; i < 20000; i++) {
		size_t n = random_options(&r, bytes);

		text.len = back.len = 0;
		copy = exact(bytes, n);
		tc_tcpopt_print(&text, copy, n);
		free(copy);
		if (tc_tcpopt_parse_text(&back, (char *)text.data, &err) < 0 ||
		    back.len != n || (n && memcmp(back.data, bytes, n))) {
			printf("# seed %" PRIu64 " round %d: %s\n", seed, i,
			       (char *)text.data);
			CHECK_STR(err.msg, "");
			CHECK_U64(back.len, n);
			break;
		}
	}
	CHECK(!text.failed && !back.failed);
	tc_buf_free(&text);
	tc_buf_free(&back);
}

CU_TestInfo tests_tcpopt[] = {
	{ "options read as tcpdump prints them, and back", text_and_bytes_agree },
	{ "capitals, blanks, hex numbers and tcpdump's SACK form are taken",
	  other_spellings },
	{ "a bad option is named with what is allowed", errors_name_the_element },
	{ "an option of over 255 bytes is refused", length_byte_has_a_limit },
	{ "a length that lies is named with both numbers", lying_lengths_are_named },
	{ "the walk stops at the end of options list", iterator_stops_at_eol },
	{ "any bytes come back from their text", any_bytes_survive_text },
	CU_TEST_INFO_NULL
};
