/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 2385: digests are made, judged and left alone. The right ones here are of Python's
 * hashlib, over what 2.0 lists. */
#include "check.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/md5sig.h>
#include <tcpcraft/segment.h>

#include <errno.h>
#include <string.h>

#ifdef TC_NETTLE

#define SEGMENT "4e2000b3000003e8000007d0a0180200"
#define ROOM "010113120000000000000000000000000000000068656c6c6f"
#define IN_V4 "4500004100014000400626b40a0000010a000002" SEGMENT "97400000" ROOM
#define IN_V6 "60000000002d0640fd000000000000000000000000000001" \
	      "fd000000000000000000000000000002" SEGMENT "b13e0000" ROOM

static struct tc_md5_key key_of(const char *text)
{
	struct tc_error err = { 0 };
	struct tc_md5_key key = { 0 };

	CHECK_OK(tc_md5_key_parse(&key, text, &err), err);
	return key;
}

static struct tc_buf frame_of(const char *hex)
{
	struct tc_buf frame = { 0 };

	CHECK(tc_hex_decode(&frame, hex, strlen(hex), NULL) == 0);
	return frame;
}

static enum tc_sign_verdict judged(const struct tc_md5_key *key, const struct tc_buf *frame)
{
	uint8_t right[TC_MD5_BYTES];
	struct tc_rx rx;

	CHECK(tc_rx_parse(&rx, frame->data, frame->len, TC_DLT_RAW, NULL) == 0);
	return tc_md5_check(key, &rx, right);
}

/* The digest and the checksum are where `sum` and `digest` say. */
static void sign_one(const char *hex, size_t tcp, const char *digest, uint16_t sum)
{
	struct tc_md5_key key = key_of("secret"), other = key_of("hex:00");
	struct tc_buf frame = frame_of(hex), got = { 0 };
	struct tc_rx rx;

	CHECK(judged(&key, &frame) == TC_SIGN_BAD);
	CHECK(tc_md5_sign(&key, frame.data, frame.len, TC_DLT_RAW));
	tc_hex_encode(&got, frame.data + tcp + 24, TC_MD5_BYTES);
	CHECK_STR((char *)got.data, digest);
	CHECK_U64(tc_get16(frame.data + tcp + 16), sum);
	CHECK(tc_rx_parse(&rx, frame.data, frame.len, TC_DLT_RAW, NULL) == 0);
	CHECK(rx.tcp_checksum == TC_CSUM_OK);
	CHECK(judged(&key, &frame) == TC_SIGN_OK);
	CHECK(judged(&other, &frame) == TC_SIGN_BAD);
	CHECK(!tc_md5_sign(&other, frame.data, frame.len, TC_DLT_RAW));	/* it is said */
	CHECK(judged(&key, &frame) == TC_SIGN_OK);
	frame.data[frame.len - 1] ^= 1;
	CHECK(judged(&key, &frame) == TC_SIGN_BAD);
	tc_buf_free(&frame);
	tc_buf_free(&got);
}

static void a_frame_is_signed_and_judged(void)
{
	sign_one(IN_V4, 20, "4bf824857750dba6dc161a27c253dfca", 0x3b6f);
	sign_one(IN_V6, 40, "69ede4bcf5040bbdd27f08788f89bc3c", 0x3b14);
}

static void a_wrong_checksum_stays_as_it_was_set(void)
{
	struct tc_md5_key key = key_of("secret");
	struct tc_buf frame = frame_of(IN_V4);

	tc_put16(frame.data + 36, 0xdead);
	CHECK(tc_md5_sign(&key, frame.data, frame.len, TC_DLT_RAW));
	CHECK_U64(tc_get16(frame.data + 36), 0xdead);
	CHECK(judged(&key, &frame) == TC_SIGN_OK);	/* it is counted as zero */
	tc_buf_free(&frame);
}

static void what_has_no_room_for_a_digest_is_left_alone(void)
{
	struct tc_md5_key key = key_of("secret");
	struct tc_buf frame = frame_of(IN_V4), before = frame_of(IN_V4);

	frame.data[42] = before.data[42] = 77;		/* another kind */
	CHECK(judged(&key, &frame) == TC_SIGN_MISSING);
	CHECK(!tc_md5_sign(&key, frame.data, frame.len, TC_DLT_RAW));
	frame.data[42] = before.data[42] = 19;
	frame.data[43] = before.data[43] = 17;		/* another length */
	CHECK(judged(&key, &frame) == TC_SIGN_BAD);
	CHECK(!tc_md5_sign(&key, frame.data, frame.len, TC_DLT_RAW));
	CHECK(memcmp(frame.data, before.data, before.len) == 0);
	tc_buf_free(&frame);
	tc_buf_free(&before);
}

static void what_a_capture_cut_is_not_judged(void)
{
	struct tc_md5_key key = key_of("secret");
	struct tc_buf frame = frame_of(IN_V4);
	uint8_t right[TC_MD5_BYTES];
	struct tc_rx rx;

	CHECK(tc_rx_parse_cut(&rx, frame.data, frame.len - 2, frame.len, TC_DLT_RAW, NULL) == 0);
	CHECK(tc_md5_check(&key, &rx, right) == TC_SIGN_CUT);
	CHECK(tc_rx_parse_cut(&rx, frame.data, 42, frame.len, TC_DLT_RAW, NULL) == 0);
	CHECK(tc_md5_check(&key, &rx, right) != TC_SIGN_OK);
	tc_buf_free(&frame);
}

static void keys_are_read_and_printed(void)
{
	char longest[TC_MD5_KEY_MAX + 2];
	struct tc_md5_key key = key_of("hex:00ff20");
	struct tc_buf text = { 0 };
	struct tc_error err;

	tc_md5_key_print(&key, &text);
	CHECK_STR((char *)text.data, "hex:00ff20");
	tc_buf_free(&text);
	memset(longest, 'k', sizeof longest);
	longest[TC_MD5_KEY_MAX] = '\0';
	CHECK_U64(key_of(longest).n, TC_MD5_KEY_MAX);
	longest[TC_MD5_KEY_MAX] = 'k';
	longest[TC_MD5_KEY_MAX + 1] = '\0';
	CHECK(tc_md5_key_parse(&key, longest, &err) == -EINVAL);
	CHECK_STR(err.msg, "the key is 81 bytes, 80 at most");
	CHECK(tc_md5_key_parse(&key, "", &err) == -EINVAL);
	CHECK_STR(err.msg, "a key has a byte at least");
	CHECK(tc_md5_key_parse(&key, "hex:0g", &err) == -EINVAL);
}

CU_TestInfo tests_md5sig[] = {
	{ "a frame is signed and judged", a_frame_is_signed_and_judged },
	{ "a wrong checksum stays as it was set", a_wrong_checksum_stays_as_it_was_set },
	{ "what has no room for a digest is left alone",
	  what_has_no_room_for_a_digest_is_left_alone },
	{ "what a capture cut is not judged", what_a_capture_cut_is_not_judged },
	{ "keys are read and printed", keys_are_read_and_printed },
	CU_TEST_INFO_NULL
};

#else

static void without_nettle_a_key_is_refused(void)
{
	struct tc_md5_key key;
	struct tc_error err;

	CHECK(tc_md5_key_parse(&key, "secret", &err) == -EOPNOTSUPP);
}

CU_TestInfo tests_md5sig[] = {
	{ "without nettle a key is refused", without_nettle_a_key_is_refused },
	CU_TEST_INFO_NULL
};

#endif
