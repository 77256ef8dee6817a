/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 5925: codes are made, judged and left alone. The segments are those of RFC 9235; codes
 * for other keys and extensions are scapy's (contrib/tcpao). */
#include "check.h"

#include <tcpcraft/ao.h>
#include <tcpcraft/bits.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/segment.h>

#include <errno.h>
#include <string.h>

#ifdef TC_NETTLE

#define SHA "secret=testvector,keyid=61,rnextkeyid=84"
#define AES SHA ",alg=aes-128-cmac-96"
#define BARE ",options=excluded"

/* BGP's OPEN, of both ends and families. */
#define OPEN "ffffffffffffffffffffffffffffffff00430104dabf00b40a0b0c0d260206010400010001" \
	     "0202800002020200020242000206410400" "00dabf02084006006400010100"
#define OPEN_BACK "ffffffffffffffffffffffffffffffff00430104dac000b4ac1b1c1d2602060104000100" \
		  "01020280000202020002024200020641040000dac002084006006400010100"
#define OPEN6 "ffffffffffffffffffffffffffffffff00430104fde800b40101017a260206010400010001" \
	      "020280000202020002024200020641040000fde802084006006400010100"
#define OPEN6_OUT "ffffffffffffffffffffffffffffffff00430104fde800b401010179260206010400010001" \
		  "020280000202020002024200020641040000fde802084006006400010100"
#define FD1 "fd000000000000000000000000000001"
#define FD2 "fd000000000000000000000000000002"

/* Its checksum is right when its code is zero, as BLANK_SUM is then. */
#define BLANK_SUM 0xc23b
#define SHA_DATA "45e0008736a14000ff06659f0a0b0c0dac1b1c1de9d700b3fbfbab5b11c14262c0180104" \
		 "a16200000101080a00155ac184a50beb1d103d547064cf998cc6c315c2c2e2bf" OPEN

static const struct vector {
	const char *key, *packet;
	tc_seq src, dst;
} vectors[] = {
	/* 4.1.1 */ { SHA, "45e0004cdd0f4000ff06bf6b0a0b0c0dac1b1c1de9d700b3fbfbab5a00000000e002"
	  "ffffcac40000020405b4010303080402080a00155ab7000000001d103d542ee437c6f8ede6d7c4d602e7",
	  0xfbfbab5a, 0 },
	/* 4.1.2 */ { SHA, "45e0004c65064000ff063775ac1b1c1d0a0b0c0d00b3e9d711c14261fbfbab5be012"
	  "ffff37760000020405b4010303080402080a84a50beb00155ab71d10543deeab0fe24c3010815116b3be",
	  0x11c14261, 0xfbfbab5a },
	/* 4.1.3 */ { SHA, SHA_DATA, 0xfbfbab5a, 0x11c14261 },
	/* 4.1.4 */ { SHA, "45e000871fa94000ff067c97ac1b1c1d0a0b0c0d00b3e9d711c14262fbfbab9ec018"
	  "0100400c00000101080a84a50bf500155ac11d10543da63f0ecbbb2e635c954deac7" OPEN_BACK,
	  0x11c14261, 0xfbfbab5a },
	/* 4.2.1 */ { SHA BARE, "45e0004c53994000ff0648e20a0b0c0dac1b1c1dff1200b3cb0efbee00000000"
	  "e002ffff541f0000020405b4010303080402080a00024cce000000001d103d5480af3cfeb85368937b8f"
	  "9ec2", 0xcb0efbee, 0 },
	/* 4.2.2 */ { SHA BARE, "45e0004c32844000ff0669f7ac1b1c1d0a0b0c0d00b3ff12acd5b5e1cb0efbef"
	  "e012ffff388e0000020405b4010303080402080a576772f300024cce1d10543d09306f9acea63a8c68cb"
	  "9a70", 0xacd5b5e1, 0xcb0efbee },
	/* 4.2.3 */ { SHA BARE, "45e00087a8f54000ff06f34a0a0b0c0dac1b1c1dff1200b3cb0efbefacd5b5e2"
	  "c01801046c4500000101080a00024cce576772f31d103d54710608cc696c03a271c93aa5" OPEN,
	  0xcb0efbee, 0xacd5b5e1 },
	/* 4.2.4 */ { SHA BARE, "45e0008754374000ff064809ac1b1c1d0a0b0c0d00b3ff12acd5b5e2cb0efc32"
	  "c018010046b600000101080a576772f300024cce1d10543d97766e48ac262de9ae61b4f9" OPEN_BACK,
	  0xacd5b5e1, 0xcb0efbee },
	/* 5.1.1 */ { AES, "45e0004c7b9f4000ff0620dc0a0b0c0dac1b1c1dc4fa00b3787a1ddf00000000e002"
	  "ffff5a0f0000020405b4010303080402080a00017ed0000000001d103d54e477e99c8040765498e55091",
	  0x787a1ddf, 0 },
	/* 5.1.2 */ { AES, "45e0004c4bad4000ff0650ceac1b1c1d0a0b0c0d00b3c4fafadd6de978"
	  "7a1de0e012fffff3f20000020405b4010303080402080a93f4e9e800017ed01d10543dd6ada"
	  "7bc4cdd536d1769db5f", 0xfadd6de9, 0x787a1ddf },
	/* 5.1.3 */ { AES, "45e00087fb4f4000ff06a0f00a0b0c0dac1b1c1dc4fa00b3787a1de0fa"
	  "dd6deac0180104950500000101080a00017ed093f4e9e81d103d5477412742fa4dc433eff09"
	  "73e" OPEN, 0x787a1ddf, 0xfadd6de9 },
	/* 5.1.4 */ { AES, "45e00087b9144000ff06e32bac1b1c1d0a0b0c0d00b3c4fafadd6dea78"
	  "7a1e23c0180100e7db00000101080a93f4e9e800017ed01d10543df6d965a78382a74845f72"
	  "dac" OPEN_BACK, 0xfadd6de9, 0x787a1ddf },
	/* 5.2.1 */ { AES BARE, "45e0004cf22e4000ff06aa4c0a0b0c0dac1b1c1dda1c00b3389be"
	  "d7100000000e002ffff70bf0000020405b4010303080402080a000185e1000000001d103d54"
	  "c44e60cb31f7c0b1de3d2749", 0x389bed71, 0 },
	/* 5.2.2 */ { AES BARE, "45e0004c6cc04000ff062fbbac1b1c1d0a0b0c0d00b3da1cd3844"
	  "a6f389bed72e012ffffe4450000020405b4010303080402080ace459838000185e11d10543d"
	  "3a6abb207e49b1be7136db90", 0xd3844a6f, 0x389bed71 },
	/* 5.2.3 */ { AES BARE, "45e00087ee914000ff06adae0a0b0c0dac1b1c1dda1c00b3389be"
	  "d72d3844a70c0180104885100000101080a000185e1ce4598381d103d547585e9e9d5c3ec85"
	  "7b96f837" OPEN, 0x389bed71, 0xd3844a6f },
	/* 5.2.4 */ { AES BARE, "45e000876a214000ff06321fac1b1c1d0a0b0c0d00b3da1cd3844"
	  "a70389bed72c0180100044900000101080ace459838000185e11d10543d5c040fd923330476"
	  "5c0982f4" OPEN_BACK, 0xd3844a6f, 0x389bed71 },
	/* 6.1.1 */ { SHA, "6e0891dc00380640" FD1 FD2 "f7e400b3176a833f00000000e002ffff47210000"
	  "020405a0010303080402080a0041d087000000001d103d549033ec3d7334b64c5edd039f",
	  0x176a833f, 0 },
	/* 6.1.2 */ { SHA, "6e01009e00380640" FD2 FD1 "00b3f7e43f51994b176a8340e012ffffbfec0000"
	  "020405a0010303080402080abd33129b0041d0871d10543df1cba346c3526163f71f1f55",
	  0x3f51994b, 0x176a833f },
	/* 6.1.3 */ { SHA, "6e0891dc00730640" FD1 FD2 "f7e400b3176a83403f51994cc018010"
	  "0329c00000101080a0041d091bd33129b1d103d54bf0805feb4ac7b163d6fcdf2"
	  OPEN6_OUT, 0x176a833f, 0x3f51994b },
	/* 6.1.4 */ { SHA, "6e01009e00730640" FD2 FD1 "00b3f7e43f51994c176a8383c018010"
	  "0ee6e00000101080abd3312a50041d0911d10543d6c48125c11335bab9a07a797" OPEN6,
	  0x3f51994b, 0x176a833f },
	/* 6.2.1 */ { SHA BARE, "6e078fcd00380640" FD1 FD2 "c6cd00b3020c1e6900000000e0"
	  "02ffffa41a0000020405a0010303080402080a009db95b000000001d103d54885698b0530ed"
	  "4d5a15f8346", 0x20c1e69, 0 },
	/* 6.2.2 */ { SHA BARE, "6e0a7e1f00380640" FD2 FD1 "00b3c6cdeba3734d020c1e6ae012ffff774d0000"
	  "020405a0010303080402080a5ec99b70009db95b1d10543d3c546bad9743f12df8b8010d",
	  0xeba3734d, 0x020c1e69 },
	/* 6.2.3 */ { SHA BARE, "6e078fcd00730640" FD1 FD2 "c6cd00b3020c1e6aeba3734ec0"
	  "18010083e600000101080a009db9655ec99b701d103d5448bd093b1924e001192f5bf0"
	  OPEN6_OUT, 0x20c1e69, 0xeba3734d },
	/* 6.2.4 */ { SHA BARE, "6e0a7e1f00730640" FD2 FD1 "00b3c6cdeba3734e020c1eadc0180100716a0000"
	  "0101080a5ec99b7a009db9651d10543d559a819445b4fde98d9e1317" OPEN6,
	  0xeba3734d, 0x020c1e69 },
	/* 7.1.1 */ { AES, "6e04a70600380640" FD1 FD2 "f85a00b3193cccec00000000e002fff"
	  "fde5d0000020405a0010303080402080a13e4ab99000000001d103d5459b588107481ac6dc3"
	  "927040", 0x193cccec, 0 },
	/* 7.1.2 */ { AES, "6e06152000380640" FD2 FD1 "00b3f85aa6744ecb193cccede012ffffeabb0000"
	  "020405a0010303080402080a71daabc813e4ab991d10543ddc2843a84e78a6bcfdc5ed80",
	  0xa6744ecb, 0x193cccec },
	/* 7.1.3 */ { AES, "6e04a70600730640" FD1 FD2 "f85a00b3193ccceda6744eccc018010"
	  "0328000000101080a13e4aba371daabc81d103d547b6a455c0d4f5f01835baab3"
	  OPEN6_OUT, 0x193cccec, 0xa6744ecb },
	/* 7.1.4 */ { AES, "6e06152000730640" FD2 FD1 "00b3f85aa6744ecc193ccd30c018010052f40000"
	  "0101080a71daabd313e4aba31d10543dc1069b7dfd3d693a6df3f289" OPEN6,
	  0xa6744ecb, 0x193cccec },
	/* 7.2.1 */ { AES BARE, "6e093d7600380640" FD1 FD2 "f28800b3b01da74a00000000e0"
	  "02ffff75ff0000020405a0010303080402080a14275b3b000000001d103d543d45b4342de8b"
	  "b1530847898", 0xb01da74a, 0 },
	/* 7.2.2 */ { AES BARE, "6e0c600a00380640" FD2 FD1 "00b3f288a6246145b01da74be0"
	  "12ffffa70c0000020405a0010303080402080a1782245b14275b3b1d10543d1d01f6c87c6f9"
	  "3acffa9d4b5", 0xa6246145, 0xb01da74a },
	/* 7.2.3 */ { AES BARE, "6e093d7600730640" FD1 FD2 "f28800b3b01da74ba6246146c0"
	  "180100c36d00000101080a14275b4f1782245b1d103d54290cf414ccb47a333276e7f8"
	  OPEN6_OUT, 0xb01da74a, 0xa6246145 },
	/* 7.2.4 */ { AES BARE, "6e0c600a00730640" FD2 FD1 "00b3f288a6246146b01da78ec0"
	  "180100345100000101080a1782246514275b4f1d10543d99515ffcd5403499f619fd1b"
	  OPEN6, 0xa6246145, 0xb01da74a },
};

static struct tc_ao_key key_of(const char *text)
{
	struct tc_error err = { 0 };
	struct tc_ao_key key = { 0 };

	CHECK_OK(tc_ao_key_parse(&key, text, &err), err);
	return key;
}

static struct tc_buf frame_of(const char *hex)
{
	struct tc_buf frame = { 0 };

	CHECK(tc_hex_decode(&frame, hex, strlen(hex), NULL) == 0);
	return frame;
}

static struct tc_ao_way way_of(tc_seq src, tc_seq dst)
{
	return (struct tc_ao_way){ .src_isn = src, .dst_isn = dst, .src_known = true,
				   .dst_known = true, .near = src };
}

static enum tc_sign_verdict judged(const struct tc_ao_key *key, const struct tc_ao_way *way,
				   const struct tc_buf *frame)
{
	uint8_t right[TC_AO_MAC_BYTES];
	struct tc_rx rx;

	CHECK(tc_rx_parse(&rx, frame->data, frame->len, TC_DLT_RAW, NULL) == 0);
	return tc_ao_check(key, way, &rx, right);
}

/* Where the code is: the option is the last one in these. */
static uint8_t *code_in(const struct tc_buf *frame)
{
	uint8_t *tcp = frame->data + (frame->data[0] >> 4 == 4 ? 20 : 40);

	return tcp + 4 * (tcp[12] >> 4) - TC_AO_MAC_BYTES;
}

static void check_vector(const struct vector *v)
{
	struct tc_ao_key key = key_of(v->key), other = key_of("secret=other");
	struct tc_ao_way way = way_of(v->src, v->dst);
	struct tc_buf frame = frame_of(v->packet), before = frame_of(v->packet);
	struct tc_rx rx;

	CHECK(judged(&key, &way, &frame) == TC_SIGN_OK);
	CHECK(judged(&other, &way, &frame) == TC_SIGN_BAD);
	CHECK(tc_rx_parse(&rx, frame.data, frame.len, TC_DLT_RAW, NULL) == 0);
	CHECK(tc_ao_keyid(&rx) == 61 || tc_ao_keyid(&rx) == 84);
	CHECK(!tc_ao_sign(&other, &way, frame.data, frame.len, TC_DLT_RAW));	/* it is said */
	memset(code_in(&frame), 0, TC_AO_MAC_BYTES);
	CHECK(judged(&key, &way, &frame) == TC_SIGN_BAD);
	CHECK(tc_ao_sign(&key, &way, frame.data, frame.len, TC_DLT_RAW));
	CHECK_MEM(code_in(&frame), code_in(&before), TC_AO_MAC_BYTES);
	frame.data[frame.len - 1] ^= 1;			/* of the payload, or the code */
	CHECK(judged(&key, &way, &frame) == TC_SIGN_BAD);
	tc_buf_free(&frame);
	tc_buf_free(&before);
}

static void codes_are_those_of_rfc_9235(void)
{
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
		check_vector(&vectors[i]);
}

/* What SHA_DATA's code is with another key, or with numbers that have wrapped. */
static void check_code(const char *text, uint64_t near, const char *code)
{
	struct tc_ao_key key = key_of(text);
	struct tc_ao_way way = way_of(0xfbfbab5a, 0x11c14261);
	struct tc_buf frame = frame_of(SHA_DATA), got = { 0 };
	struct tc_rx rx;

	way.near = near;
	memset(code_in(&frame), 0, TC_AO_MAC_BYTES);
	tc_put16(frame.data + 36, BLANK_SUM);		/* right: a signature keeps it so */
	CHECK(tc_ao_sign(&key, &way, frame.data, frame.len, TC_DLT_RAW));
	CHECK(tc_rx_parse(&rx, frame.data, frame.len, TC_DLT_RAW, NULL) == 0);
	CHECK(rx.tcp_checksum == TC_CSUM_OK);
	CHECK(judged(&key, &way, &frame) == TC_SIGN_OK);
	tc_hex_encode(&got, code_in(&frame), TC_AO_MAC_BYTES);
	CHECK_STR((char *)got.data, code);
	tc_buf_free(&frame);
	tc_buf_free(&got);
}

/* RFC 5925 6.2: the segment's number is 0xfbfbab5b, with 0 or 1 above it. */
static void numbers_that_wrap_have_an_extension(void)
{
	const char *zero = "7064cf998cc6c315c2c2e2bf", *one = "32689ee089e33fa8fc86b4a6";

	check_code(SHA, 0xfbfbab5a, zero);
	check_code(SHA, 0x100000010, zero);		/* sent again, after the wrap */
	check_code(SHA, 0x17bfbab5a, zero);
	check_code(SHA, 0x1fbfb0000, one);
	check_code(SHA, 0x17bfbab5c, one);		/* beyond the half of 2^32 */
	check_code(SHA, 0x200000010, one);
}

static void a_secret_of_sixteen_bytes_is_an_aes_key(void)
{
	const char *key = "secret=sixteen bytes it,keyid=61,rnextkeyid=84,alg=aes-128-cmac-96";
	char bare[100];

	check_code(key, 0xfbfbab5a, "ded0d70a502a37aade533063");
	snprintf(bare, sizeof bare, "%s" BARE, key);
	check_code(bare, 0xfbfbab5a, "0478180bf015a58dd5c43133");
}

static void without_both_isns_there_is_no_verdict(void)
{
	struct tc_ao_way none = { 0 }, way = way_of(0xfbfbab5a, 0x11c14261);
	struct tc_ao_key key = key_of(SHA);
	struct tc_buf syn = frame_of(vectors[0].packet), data = frame_of(SHA_DATA);

	CHECK(judged(&key, &none, &syn) == TC_SIGN_OK);		/* a SYN says its own */
	CHECK(judged(&key, &way, &syn) == TC_SIGN_OK);
	CHECK(judged(&key, &none, &data) == TC_SIGN_UNTOLD);
	way.dst_known = false;
	CHECK(judged(&key, &way, &data) == TC_SIGN_UNTOLD);
	memset(code_in(&data), 0, TC_AO_MAC_BYTES);
	CHECK(!tc_ao_sign(&key, &way, data.data, data.len, TC_DLT_RAW));
	tc_buf_free(&syn);
	tc_buf_free(&data);
}

static void what_is_no_code_is_told_apart(void)
{
	struct tc_ao_way way = way_of(0xfbfbab5a, 0);
	struct tc_ao_key key = key_of(SHA);
	struct tc_buf frame = frame_of(vectors[0].packet);
	uint8_t right[TC_AO_MAC_BYTES], *option = code_in(&frame) - 4;
	struct tc_rx rx;

	CHECK(tc_rx_parse_cut(&rx, frame.data, frame.len - 4, frame.len, TC_DLT_RAW, NULL) == 0);
	CHECK(tc_ao_check(&key, &way, &rx, right) == TC_SIGN_CUT);
	option[1] = 15;						/* another length */
	CHECK(judged(&key, &way, &frame) == TC_SIGN_BAD);
	CHECK(!tc_ao_sign(&key, &way, frame.data, frame.len, TC_DLT_RAW));
	option[1] = 16;
	option[0] = 77;						/* another kind */
	CHECK(judged(&key, &way, &frame) == TC_SIGN_MISSING);
	CHECK(!tc_ao_sign(&key, &way, frame.data, frame.len, TC_DLT_RAW));
	tc_buf_free(&frame);
}

/* RFC 5925 2.2: a right code does not help. */
static void two_options_are_one_too_many(void)
{
	struct tc_ao_way way = way_of(0xfbfbab5a, 0x11c14261);
	struct tc_ao_key key = key_of(SHA);
	struct tc_buf frame = frame_of(SHA_DATA);
	uint8_t *option = code_in(&frame) - 4;

	/* its timestamps become another, of no code: nop, nop, AO of 10 bytes */
	CHECK_U64(option[-10], 8);
	option[-10] = option[0];
	CHECK(judged(&key, &way, &frame) == TC_SIGN_TWICE);
	option[-10] = 77;
	CHECK(judged(&key, &way, &frame) == TC_SIGN_BAD);
	tc_buf_free(&frame);
}

static void keys_are_read_and_printed(void)
{
	struct tc_ao_key key = key_of("secret=hex:00ff;keyid=7;options=excluded"), again;
	struct tc_buf text = { 0 };

	CHECK_U64(key.rnextkeyid, 7);
	CHECK_U64(key_of("keyid=7,rnextkeyid=0,secret=a=b").rnextkeyid, 0);
	tc_ao_key_print(&key, &text);
	CHECK_STR((char *)text.data, "secret=hex:00ff;keyid=7;rnextkeyid=7;alg=hmac-sha-1-96;"
		  "options=excluded");
	again = key_of((char *)text.data);
	CHECK_MEM(&again, &key, sizeof key);
	tc_buf_free(&text);
}

static const struct { const char *text, *why; } wrong[] = {
	{ "", "'' is none of secret=, keyid=, rnextkeyid=, alg=, options=" },
	{ "keyid=1", "secret= is missing: secret=KEY, or secret=hex:..." },
	{ "secret=", "secret=: a key has a byte at least" },
	{ "secret=hex:0g", "secret=: 'g' at character 2 is not a hex digit" },
	{ "secret=a,keyid=256", "keyid=: '256' is not from 0 to 255" },
	{ "secret=a,rnextkeyid=-1", "rnextkeyid=: '-1' is not from 0 to 255" },
	{ "secret=a,keyid=1,keyid=1", "keyid= is said twice" },
	{ "secret=a,alg=md5", "alg=: 'md5' is neither hmac-sha-1-96 nor aes-128-cmac-96" },
	{ "secret=a,options=on", "options=: 'on' is neither included nor excluded" },
	{ "secret=a,key=1", "'key' is none of secret=, keyid=, rnextkeyid=, alg=, options=" },
	{ "secret", "'secret' is none of secret=, keyid=, rnextkeyid=, alg=, options=" },
};

static void wrong_keys_are_named(void)
{
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct tc_ao_key key;
		struct tc_error err = { 0 };

		CHECK(tc_ao_key_parse(&key, wrong[i].text, &err) < 0);
		CHECK_STR(err.msg, wrong[i].why);
	}
}

CU_TestInfo tests_ao[] = {
	{ "codes are those of RFC 9235", codes_are_those_of_rfc_9235 },
	{ "numbers that wrap have an extension", numbers_that_wrap_have_an_extension },
	{ "a secret of sixteen bytes is an AES key", a_secret_of_sixteen_bytes_is_an_aes_key },
	{ "without both ISNs there is no verdict", without_both_isns_there_is_no_verdict },
	{ "what is no code is told apart", what_is_no_code_is_told_apart },
	{ "two options are one too many", two_options_are_one_too_many },
	{ "keys are read and printed", keys_are_read_and_printed },
	{ "wrong keys are named", wrong_keys_are_named },
	CU_TEST_INFO_NULL
};

#else

static void without_nettle_a_key_is_refused(void)
{
	struct tc_ao_key key;
	struct tc_error err;

	CHECK(tc_ao_key_parse(&key, "secret=a", &err) == -EOPNOTSUPP);
}

CU_TestInfo tests_ao[] = {
	{ "without nettle a key is refused", without_nettle_a_key_is_refused },
	CU_TEST_INFO_NULL
};

#endif
