/* SPDX-License-Identifier: BSD-2-Clause */
/* Payloads of the fuzzer's cases: what their text says, and which of them there are. */
#include "check.h"

#include <tcpcraft/error.h>
#include <tcpcraft/field.h>
#include <tcpcraft/fuzz.h>
#include <tcpcraft/header_read.h>

#include <errno.h>
#include <stdlib.h>

static void says(const char *text, const char *want, size_t n)
{
	struct tc_buf out = { 0 };
	struct tc_error err = { 0 };

	CHECK_OK(tc_fuzz_body(&out, text, (const uint8_t *)"hello", 5, &err), err);
	CHECK_U64(out.len, n);
	if (n)
		CHECK_MEM(out.data, want, n);
	tc_buf_free(&out);
}

static void refused(const char *text, int code)
{
	struct tc_buf out = { 0 };
	struct tc_error err = { 0 };

	CHECK_U64(-tc_fuzz_body(&out, text, (const uint8_t *)"hello", 5, &err), code);
	CHECK(err.msg[0] != 0);
	tc_buf_free(&out);
}

static void texts(void)
{
	says("valid", "hello", 5);
	says("2525", "%%", 2);
	says("3*4142", "ABABAB", 6);
	says("valid[0:2] 2525 valid[2:5]", "he%%llo", 7);
	says("valid[4:900]", "o", 1);
	says("0*00", "", 0);
	refused("3*", EINVAL);
	refused("x*41", EINVAL);
	refused("-1*41", EINVAL);
	refused("0x", EINVAL);
	refused("valid[3:1]", EINVAL);
	refused("valid[1:2]x", EINVAL);
	refused("65535*4142", EMSGSIZE);
}

/* Of all that is listed: how many requests have so many bytes of payload, or such bytes. */
static unsigned count(bool raw, uint64_t seed, size_t len, const char *bytes)
{
	const struct tc_header *h = tc_header_get(TC_HDR_PROT);
	static const uint8_t valid[] = "PROT\1\0\0\0\5hello\142\0";
	const uint8_t *request = raw ? (const uint8_t *)"hello" : valid;
	size_t n = raw ? 5 : sizeof valid - 1, fixed = raw ? 0 : n - 5;
	struct tc_fuzz_space_config cfg = {
		.fields = "tcp.*", .segments = "data", .strategies = "payload", .seed = seed,
		.payload_len = n, .raw = raw,
	};
	struct tc_fuzz_space *s = NULL;
	struct tc_error err = { 0 };
	unsigned found = 0;

	CHECK_OK(tc_fuzz_space_open(&s, &cfg, &err), err);
	for (uint64_t i = 0; i < tc_fuzz_space_listed(s); i++) {
		struct tc_buf out = { 0 };
		struct tc_fuzz_case c;

		tc_fuzz_space_case(s, i, &c);
		CHECK_OK(tc_fuzz_request(&out, raw ? NULL : h, c.payload, request, n, NULL, &err),
			 err);
		found += !bytes ? out.len == len + fixed
				: out.len && memmem(out.data, out.len, bytes, len) != NULL;
		tc_buf_free(&out);
	}
	CHECK(tc_fuzz_space_listed(s) < 1000);
	tc_fuzz_space_close(s);
	return found;
}

static void all_lengths(void)
{
	static const size_t lengths[] = { 0, 1, 2, 3, 127, 128, 129, 255, 256, 257, 511, 512,
					  513, 1023, 4095, 4096, 4097, 32769 };

	for (uint64_t seed = 1; seed <= 3; seed++)
		for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
			CHECK(count(false, seed, lengths[i], NULL) >= 1);
			CHECK(count(true, seed, lengths[i], NULL) >= 1);
		}
	CHECK(count(true, 1, 65535, NULL) >= 1);
}

static void words_and_doubles(void)
{
	char twice[2];

	for (unsigned b = 0; b < 256; b++) {
		memset(twice, (int)b, 2);
		CHECK(count(true, 1, 2, twice) >= 1);
	}
	CHECK(count(false, 2, 2, "%n") >= 1);
	CHECK(count(false, 2, 3, "../") >= 1);
}

/* Each kind with a length of its own: 0, 1, 2, right, one less and more, beyond the header. */
static void all_options(void)
{
	static const char *const wanted[] = {
		"hex:0800", "hex:0801", "hex:0802", "hex:0809", "hex:080a", "hex:080b", "hex:08ff",
		"hex:0200", "hex:0203", "hex:0205", "hex:0304", "hex:0403", "hex:0502", "hex:22ff",
	};
	struct tc_fuzz_space_config cfg = { .fields = "tcp.*", .segments = "syn,ack,data,fin",
					    .strategies = "options", .payload_len = 5 };
	struct tc_fuzz_space *s = NULL;
	struct tc_error err = { 0 };
	unsigned had[sizeof wanted / sizeof *wanted] = { 0 };

	CHECK_OK(tc_fuzz_space_open(&s, &cfg, &err), err);
	for (uint64_t i = 0; i < tc_fuzz_space_listed(s); i++) {
		struct tc_fuzz_case c;

		tc_fuzz_space_case(s, i, &c);
		for (size_t k = 0; k < sizeof wanted / sizeof *wanted; k++)
			had[k] += strstr(c.rule[0], wanted[k]) != NULL;
	}
	for (size_t k = 0; k < sizeof wanted / sizeof *wanted; k++)
		CHECK(had[k] >= 4);	/* in each segment */
	tc_fuzz_space_close(s);
}

/* Whichever field counts what, and whatever the limit is, each case is a request. */
static void any_spec(void)
{
	static const char *const specs[] = {
		"plen 16 length-of path\npath *\nblen 16 length-of body\nbody * max 100\n",
		"plen 8 length-of path\npath * max 20\nall 16 length-of rest\nbody *\n",
		"blen 16 length-of body\nall 16 length-of frame\nbody * max 100\nz 8 sum body\n",
		"kind 8\nbody * max 100\n",
		"blen 8 length-of body\nbody *\n",
	};
	static const uint8_t request[64] = { 0 };

	for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
		struct tc_fuzz_space_config cfg = {
			.fields = "h.*", .segments = "data", .strategies = "payload,frames",
			.family = 4,
		};
		struct tc_buf text = { 0 };
		struct tc_header *h = NULL;
		struct tc_error err = { 0 };
		struct tc_fuzz_space *s = NULL;

		tc_buf_printf(&text, "header h\n%s", specs[i]);
		CHECK_OK(tc_header_read(&h, "h", (const char *)text.data, text.len, &err), err);
		cfg.payload = h;
		cfg.payload_len = tc_header_before(h) + h->tail_bytes + 5;
		CHECK_OK(tc_fuzz_space_open(&s, &cfg, &err), err);
		for (uint64_t n = 0; n < tc_fuzz_space_listed(s); n++) {
			struct tc_buf out = { 0 };
			struct tc_fuzz_case c;

			tc_fuzz_space_case(s, n, &c);
			CHECK_OK(tc_fuzz_request(&out, h, c.payload, request, cfg.payload_len,
						 NULL, &err), err);
			tc_buf_free(&out);
		}
		tc_fuzz_space_close(s);
		tc_header_free(h);
		tc_buf_free(&text);
	}
}

CU_TestInfo tests_fuzz_payload[] = {
	{ "a payload's text says bytes, or is refused", texts },
	{ "payloads have every length that matters, from any seed", all_lengths },
	{ "whatever a spec counts and limits, each case is a request", any_spec },
	{ "words, and each byte twice, are tried", words_and_doubles },
	{ "each option is tried with each wrong length in each segment", all_options },
	CU_TEST_INFO_NULL,
};
