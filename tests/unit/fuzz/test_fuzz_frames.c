/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole frames as the fuzzer's cases: what their text says, and that those that matter are
 * there, right in every count and sum. */
#include "check.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/error.h>
#include <tcpcraft/fuzz.h>
#include <tcpcraft/header_read.h>

#include <errno.h>
#include <stdlib.h>

/* By hand: what a frame is, is counted here, not by the library. */
static const char spec[] =
	"header box\n"
	"mark 16 const 0xb0b1\n"
	"kind 8 default 1 names ask=1,tell=7\n"
	"flag 8 default 0\n"
	"length 16 length-of body\n"
	"body * max 4096\n"
	"sum 8 sum body\n";

#define HEAD 6
#define VALID "\xb0\xb1\1\0\0\5hello\x14"	/* 104+101+108+108+111 = 532 = 0x214 */

static struct tc_header *box(void)
{
	struct tc_header *h = NULL;
	struct tc_error err = { 0 };

	CHECK_OK(tc_header_read(&h, "box", spec, sizeof spec - 1, &err), err);
	return h;
}

static void says(const char *text, const char *want, size_t n)
{
	struct tc_header *h = box();
	struct tc_buf out = { 0 };
	struct tc_error err = { 0 };

	CHECK_OK(tc_fuzz_request(&out, h, text, (const uint8_t *)VALID, sizeof VALID - 1, NULL,
				 &err), err);
	CHECK_OK(tc_fuzz_payload_check(text, &err), err);
	CHECK_U64(out.len, n);
	if (out.len == n)
		CHECK_MEM(out.data, want, n);
	tc_buf_free(&out);
	tc_header_free(h);
}

static void refused(const char *text, int code)
{
	struct tc_header *h = box();
	struct tc_buf out = { 0 };
	struct tc_error err = { 0 };

	CHECK_U64(-tc_fuzz_request(&out, h, text, (const uint8_t *)VALID, sizeof VALID - 1,
				   NULL, &err), code);
	CHECK(err.msg[0] != 0);
	tc_buf_free(&out);
	tc_header_free(h);
}

static void texts(void)
{
	says("valid", VALID, 12);
	says("box.kind=7 valid[0:1]", "\xb0\xb1\7\0\0\1h\x68", 8);
	says("box.kind=tell box.flag=9 2*ff", "\xb0\xb1\7\x9\0\2\xff\xff\xfe", 9);
	says("x2 41", "\xb0\xb1\1\0\0\1AA\xb0\xb1\1\0\0\1AA", 16);
	says("41 / box.kind=7 42", "\xb0\xb1\1\0\0\1AA\xb0\xb1\7\0\0\1BB", 16);
	says("41 / 42 cut:11", "\xb0\xb1\1\0\0\1AA\xb0\xb1\1", 11);
	says("41 cut:900", "\xb0\xb1\1\0\0\1AA", 8);
	refused("x0 41", EINVAL);
	refused("x 41", EINVAL);
	refused("cut:0", EINVAL);
	refused("cut:3 41", EINVAL);
	refused("box.nothing=1", ENOENT);
	refused("box.kind=256", ERANGE);
	refused("x65535 valid", EMSGSIZE);
}

static size_t before(const struct tc_header *h, const char *text)
{
	static const uint8_t request[16];
	struct tc_buf out = { 0 };
	struct tc_error err = { 0 };
	size_t n = 0;

	CHECK_OK(tc_fuzz_request(&out, h, text, request, sizeof request, &n, &err), err);
	tc_buf_free(&out);
	return n;
}

/* A set of a part has "hex:" and a '*' in it, and is a frame all the same. */
static void one_frame(void)
{
	static const char parts[] = "header h\nn 8 length-of x\nx * default ab\nm 16 length-of p\n"
				    "p * max 9\nz 8\n";
	struct tc_header *h = NULL;
	struct tc_error err = { 0 };
	char set[TC_FUZZ_SET_MAX];

	CHECK_OK(tc_header_read(&h, "h", parts, sizeof parts - 1, &err), err);
	CHECK_U64(before(h, "valid"), 5);
	CHECK_U64(before(h, "h.x=hex:4*41 41"), 7);
	CHECK_U64(before(h, "x1 h.x= 41"), 3);
	CHECK(before(h, "x2 h.x= 41") == TC_FUZZ_NO_FRAME);
	CHECK(before(h, "41 / 42") == TC_FUZZ_NO_FRAME);
	CHECK(before(h, "41 cut:3") == TC_FUZZ_NO_FRAME);
	CHECK(before(NULL, "41") == TC_FUZZ_NO_FRAME);
	CHECK(tc_fuzz_over_limit(h, 10, set) == 1);
	CHECK_STR(set, "h.m=10");
	CHECK(tc_fuzz_over_limit(h, 9, set) == 0);
	tc_header_free(h);
}

/* The frame that begins here: its bytes, or 0 when it is not whole and right. */
static size_t right_frame(const uint8_t *at, size_t n)
{
	size_t body = n < HEAD ? 0 : tc_get16(at + 4), whole = HEAD + body + 1;
	uint8_t sum = 0;

	if (n < whole || at[0] != 0xb0 || at[1] != 0xb1)
		return 0;
	for (size_t i = 0; i < body; i++)
		sum = (uint8_t)(sum + at[HEAD + i]);
	return sum == at[HEAD + body] ? whole : 0;
}

#define MOST 4096

struct seen {
	bool alone[MOST + 1];		/* one frame with a body of so many bytes */
	bool kind[256], pair[256][256], kind_length[256][MOST + 1];
	unsigned repeated, joined, cut, split, wrong, cases;
};

static void look(struct seen *s, const struct tc_fuzz_case *c, const struct tc_buf *out)
{
	size_t at = 0, n, frames = 0, first = 0;

	for (; at < out->len && (n = right_frame(out->data + at, out->len - at)) > 0; at += n)
		first = frames++ ? first : n;
	s->cases++;
	s->split += c->n_rules == 1;
	s->cut += at < out->len;
	if (at < out->len && strcmp(c->value_class, "cut") != 0)
		s->wrong++;
	if (frames == 1 && at == out->len) {
		s->alone[first - HEAD - 1] = true;
		s->kind[out->data[2]] = true;
		s->pair[out->data[2]][out->data[3]] = true;
		s->kind_length[out->data[2]][first - HEAD - 1] = true;
	}
	s->repeated += frames > 2;
	s->joined += frames == 2 && at == out->len && c->n_rules == 0;
}

static struct seen *all_of(uint64_t seed, const char *const *learnt, unsigned n_learnt,
			   struct tc_buf *payloads)
{
	struct tc_header *h = box();
	struct tc_fuzz_space_config cfg = {
		.fields = "box.*", .segments = "data", .strategies = "frames", .seed = seed,
		.family = 4, .payload = h, .payload_len = sizeof VALID - 1, .learnt = learnt,
		.n_learnt = n_learnt,
	};
	struct seen *seen = calloc(1, sizeof *seen);
	struct tc_fuzz_space *s = NULL;
	struct tc_error err = { 0 };
	struct tc_fuzz_case c;

	CHECK_OK(tc_fuzz_space_open(&s, &cfg, &err), err);
	for (uint64_t i = 0; s && seen && i < tc_fuzz_space_listed(s); i++) {
		struct tc_buf out = { 0 };

		tc_fuzz_space_case(s, i, &c);
		CHECK_OK(tc_fuzz_request(&out, h, c.payload, (const uint8_t *)VALID,
					 sizeof VALID - 1, NULL, &err), err);
		look(seen, &c, &out);
		tc_buf_printf(payloads, "%s|", c.payload);
		tc_buf_free(&out);
	}
	tc_fuzz_space_close(s);
	tc_header_free(h);
	return seen;
}

static void every_length_once(void)
{
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct tc_buf texts_of = { 0 }, again = { 0 };
		struct seen *s = all_of(seed, NULL, 0, &texts_of), *t;
		unsigned there = 0;

		for (unsigned n = 0; s && n <= MOST; n++)
			there += s->alone[n];
		CHECK_U64(there, MOST + 1);
		t = all_of(seed, NULL, 0, &again);
		CHECK_U64(again.len, texts_of.len);
		CHECK_MEM(again.data, texts_of.data, texts_of.len);
		tc_buf_free(&texts_of);
		tc_buf_free(&again);
		free(s);
		free(t);
	}
}

static void fields_by_pairs(void)
{
	static const unsigned kinds[] = { 0, 1, 7, 128, 254, 255 }, flags[] = { 0, 1, 128, 255 };
	static const unsigned lengths[] = { 0, 1, 127, 128, 129, 255, 256, 257, 1024, 4095, 4096 };
	struct tc_buf texts_of = { 0 };
	struct seen *s = all_of(4, NULL, 0, &texts_of);

	for (size_t i = 0; s && i < sizeof kinds / sizeof *kinds; i++) {
		for (size_t k = 0; k < sizeof flags / sizeof *flags; k++)
			CHECK(s->pair[kinds[i]][flags[k]]);
		for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++)
			CHECK(s->kind_length[kinds[i]][lengths[k]]);
	}
	CHECK(s && s->repeated > 20 && s->joined > 50 && s->cut >= 22 && s->split > 50);
	CHECK(s && s->wrong == 0);
	tc_buf_free(&texts_of);
	free(s);
}

/* Whatever the valid one is, and with no room for two of it, each case is a request. */
static void large_valid_frames(void)
{
	static const char free_spec[] = "header wide\nkind 8\nlength 32 length-of body\nbody *\n";
	static const size_t lens[] = { 0, 1, 32762, 32763, 40000, TC_FUZZ_BODY_MAX - 5 };
	static uint8_t request[TC_FUZZ_BODY_MAX];
	struct tc_header *h = NULL;
	struct tc_error err = { 0 };

	CHECK_OK(tc_header_read(&h, "wide", free_spec, sizeof free_spec - 1, &err), err);
	for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
		struct tc_fuzz_space_config cfg = {
			.fields = "wide.*", .segments = "data", .strategies = "frames", .seed = 1,
			.family = 4, .payload = h, .payload_len = lens[i] + 5,
		};
		struct tc_fuzz_space *s = NULL;
		struct tc_fuzz_case c;

		CHECK_OK(tc_fuzz_space_open(&s, &cfg, &err), err);
		for (uint64_t n = 0; n < tc_fuzz_space_listed(s); n += 7) {
			struct tc_buf out = { 0 };

			tc_fuzz_space_case(s, n, &c);
			CHECK_OK(tc_fuzz_request(&out, h, c.payload, request, lens[i] + 5, NULL,
						 &err), err);
			tc_buf_free(&out);
		}
		tc_fuzz_space_close(s);
	}
	tc_header_free(h);
}

/* What a capture had stands beside the values of the table, and its bodies in frames. */
static void learnt_words(void)
{
	static const char *const words[] = { "box.kind=77", "c0ffee", "box.flag=3" };
	struct tc_buf texts_of = { 0 };
	struct seen *s = all_of(5, words, 3, &texts_of);

	tc_buf_add_u8(&texts_of, 0);
	CHECK(s && s->kind[77] && s->pair[77][3] && s->pair[7][3] && s->kind_length[77][4096]);
	CHECK(strstr((const char *)texts_of.data, "|c0ffee|") != NULL);
	CHECK(strstr((const char *)texts_of.data, "|box.kind=7 c0ffee|") != NULL);
	tc_buf_free(&texts_of);
	free(s);
}

/* tshark shows their bytes: 50524f54 02 00000005 68656c6c6f 6200 is one of them. */
static void words_of_a_capture(void)
{
	struct tc_fuzz_base *b = calloc(1, sizeof *b);
	struct tc_error err = { 0 };
	bool version = false, hello = false;

	CHECK_OK(tc_fuzz_base_read(b, "pcaps/prot-refusals.pcap", 4,
				   tc_header_get(TC_HDR_PROT), &err), err);
	for (unsigned i = 0; i < b->n_learnt; i++) {
		version |= strcmp(b->learnt[i], "prot.version=2") == 0;
		hello |= strcmp(b->learnt[i], "68656c6c6f") == 0;
		CHECK(strncmp(b->learnt[i], "prot.magic", 10) != 0);
	}
	CHECK(version && hello);
	tc_buf_free(&b->request);
	free(b);
}

CU_TestInfo tests_fuzz_frames[] = {
	{ "a message's text says frames, or is refused", texts },
	{ "one whole frame is told from several and from raw bytes", one_frame },
	{ "every length up to the limit is there, from any seed the same", every_length_once },
	{ "values meet values and lengths; frames are repeated, joined, cut", fields_by_pairs },
	{ "whatever the valid frame is, each case is a request", large_valid_frames },
	{ "words of a capture are among the values and bodies", learnt_words },
	{ "a capture's frames give words", words_of_a_capture },
	CU_TEST_INFO_NULL,
};
