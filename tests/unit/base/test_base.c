/* SPDX-License-Identifier: BSD-2-Clause */
#include "check.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/rng.h>

#include <errno.h>

static void hex_round_trip(void)
{
	static const char text[] = "0x00:ff 1C\n46";
	static const uint8_t want[] = { 0x00, 0xff, 0x1c, 0x46 };
	struct tc_error err = { 0 };
	struct tc_buf b = { 0 }, back = { 0 };

	CHECK_OK(tc_hex_decode(&b, text, strlen(text), &err), err);
	CHECK_U64(b.len, sizeof want);
	CHECK_MEM(b.data, want, sizeof want);
	tc_hex_encode(&back, b.data, b.len);
	CHECK_STR((char *)back.data, "00ff1c46");
	tc_buf_free(&b);
	tc_buf_free(&back);
}

static void hex_errors(void)
{
	struct tc_error err = { 0 };
	struct tc_buf b = { 0 };

	CHECK(tc_hex_decode(&b, "12g4", 4, &err) == -EINVAL);
	CHECK_STR(err.msg, "'g' at character 3 is not a hex digit");
	CHECK(tc_hex_decode(&b, "123", 3, &err) == -EINVAL);
	CHECK_STR(err.msg, "an odd number of hex digits: two make a byte");
	CHECK(tc_hex_decode(&b, "\x01", 1, &err) == -EINVAL);
	CHECK_STR(err.msg, "byte 0x01 at character 1 is not a hex digit");
	tc_buf_free(&b);
}

static void buf_grows_and_drops(void)
{
	struct tc_buf b = { 0 };

	for (unsigned i = 0; i < 1000; i++)
		tc_buf_printf(&b, "%03u", i);
	CHECK_U64(b.len, 3000);
	tc_buf_drop(&b, 2994);
	CHECK_U64(b.len, 6);
	CHECK_MEM(b.data, "998999", 6);
	CHECK(tc_buf_reserve(&b, SIZE_MAX) == -ENOMEM);
	CHECK(b.failed);
	tc_buf_free(&b);
	CHECK(!b.failed && b.data == NULL);
}

static void file_errors_name_the_file(void)
{
	struct tc_error err = { 0 };
	struct tc_buf b = { 0 };

	CHECK(tc_buf_read_file(&b, "/nonexistent/x", 10, &err) == -ENOENT);
	CHECK_STR(err.msg, "cannot open /nonexistent/x: No such file or directory");
	CHECK(tc_buf_read_file(&b, "/dev/zero", 10, &err) == -EMSGSIZE);
	CHECK_STR(err.msg, "/dev/zero is larger than the 10 bytes allowed here");
	tc_buf_free(&b);
}

static void errors_are_one_line(void)
{
	struct tc_error err = { 0 };

	CHECK(tc_fail(&err, -EINVAL, "'%s' \x7f", "a\nb\033[2J") == -EINVAL);
	CHECK_STR(err.msg, "'a?b?[2J' ?");
	CHECK(tc_fail(NULL, -EINVAL, "nobody asks") == -EINVAL);
	CHECK(tc_nomem(&err) == -ENOMEM && err.code == -ENOMEM);
	CHECK_STR(err.msg, "out of memory");
	CHECK(tc_nomem(NULL) == -ENOMEM);
}

/* First outputs of xoshiro256** for the state that splitmix64 makes from 0: computed
 * with the authors' reference code. */
static void rng_is_the_same_everywhere(void)
{
	struct tc_rng a, b;
	uint8_t bytes[3];

	tc_rng_seed(&a, 0);
	CHECK_U64(tc_rng_u64(&a), 0x99ec5f36cb75f2b4u);
	tc_rng_seed(&a, 7);
	tc_rng_seed(&b, 7);
	tc_rng_bytes(&a, bytes, sizeof bytes);
	CHECK_U64(bytes[2] << 16 | bytes[1] << 8 | bytes[0], tc_rng_u64(&b) & 0xffffff);
	for (unsigned i = 0; i < 1000; i++)
		CHECK(tc_rng_below(&a, 7) < 7);
}

CU_TestInfo tests_base[] = {
	{ "hex to bytes and back", hex_round_trip },
	{ "bad hex is named with its place", hex_errors },
	{ "a buffer grows, drops from the front, and remembers a failed allocation",
	  buf_grows_and_drops },
	{ "a file that cannot be read is named", file_errors_name_the_file },
	{ "an error is one line, whatever text it quotes", errors_are_one_line },
	{ "the seeded generator gives the same numbers everywhere", rng_is_the_same_everywhere },
	CU_TEST_INFO_NULL
};
