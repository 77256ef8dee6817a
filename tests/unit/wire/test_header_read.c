/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers that come as text: what they must not be, and that those that are shipped do what
 * they say; PROT's is the built-in one, byte for byte. */
#include "check.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/checksum.h>
#include <tcpcraft/error.h>
#include <tcpcraft/explain.h>
#include "pcap/frames.h"
#include <tcpcraft/header_read.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/payload.h>
#include <tcpcraft/prot.h>
#include <tcpcraft/rng.h>

#include <errno.h>
#include <stdlib.h>

#define SHIPPED "scripts/payload-specs/"

static struct tc_header *read_text(const char *text)
{
	struct tc_error err = { 0 };
	struct tc_header *h = NULL;

	CHECK_OK(tc_header_read(&h, "x", text, strlen(text), &err), err);
	return h;
}

/* Text of a shipped file, NUL behind it. */
static struct tc_buf shipped_text(const char *name)
{
	struct tc_error err = { 0 };
	struct tc_buf text = { 0 };
	char path[100];

	snprintf(path, sizeof path, SHIPPED "%s", name);
	CHECK_OK(tc_buf_read_file(&text, path, 1 << 16, &err), err);
	tc_buf_add_u8(&text, 0);
	text.len--;
	return text;
}

static struct tc_header *shipped(const char *name)
{
	struct tc_buf text = shipped_text(name);
	struct tc_header *h = read_text((const char *)text.data);

	tc_buf_free(&text);
	return h;
}

static void prot_is_the_built_in_one(void)
{
	const struct tc_header *prot = tc_header_get(TC_HDR_PROT);
	struct tc_header *h = shipped("prot.spec");

	CHECK_U64(h->n_rows, prot->n_rows);
	CHECK_U64(h->head_bytes, prot->head_bytes);
	CHECK_U64(h->tail_bytes, prot->tail_bytes);
	CHECK_U64(h->var_max, prot->var_max);
	CHECK_U64(h->auto_rows, prot->auto_rows);
	CHECK_U64(h->sum_rows, prot->sum_rows);
	CHECK_U64(h->mark_rows, prot->mark_rows);
	CHECK(h->var_row == prot->var_row);
	for (unsigned i = 0; i < h->n_rows; i++) {
		const struct tc_field *f = &h->rows[i], *g = &prot->rows[i];

		CHECK_STR(f->name, g->name);
		CHECK_U64(f->off, g->off);
		CHECK_U64(f->bits, g->bits);
		CHECK_U64(f->kind, g->kind);
		CHECK_U64(f->autofill, g->autofill);
		CHECK_U64(f->mut, g->mut);
		CHECK_U64(f->def, g->def);
	}
	tc_header_free(h);
}

/* Payloads of every length and any bytes, fields set or left alone. */
static void prot_has_the_same_bytes(void)
{
	static char *const sets[][2] = {
		{ NULL }, { "prot.version=2" }, { "prot.checksum=bad" },
		{ "prot.length=7", "prot.magic=0" }, { "prot.checksum=0xabcd" },
		{ "prot.length=513" },
	};
	struct tc_header *h = shipped("prot.spec");
	struct tc_rng rng;

	tc_rng_seed(&rng, 9);
	for (unsigned i = 0; i < 3000; i++) {
		struct tc_buf a = { 0 }, b = { 0 };
		char *const *set = sets[i % 6];
		size_t n_sets = (size_t)!!set[0] + !!set[1], n = i % 513;
		uint8_t bytes[512];
		struct tc_error err = { 0 };

		tc_rng_bytes(&rng, bytes, n);
		CHECK_OK(tc_payload_build(&a, tc_header_get(TC_HDR_PROT), bytes, n, set, n_sets,
					  &err), err);
		CHECK_OK(tc_payload_build(&b, h, bytes, n, set, n_sets, &err), err);
		CHECK_U64(a.len, b.len);
		CHECK_MEM(a.data, b.data, a.len < b.len ? a.len : b.len);
		tc_buf_free(&a);
		tc_buf_free(&b);
	}
	tc_header_free(h);
}

static void hex_is(const struct tc_buf *b, const char *want)
{
	char hex[400] = "";

	for (size_t i = 0; i < b->len && i < 190; i++)
		snprintf(hex + 2 * i, 3, "%02x", b->data[i]);
	CHECK_STR(hex, want);
}

/* Modbus Application Protocol V1.1b3, 6.3: read holding registers 108-110. */
static void modbus_is_as_its_paper_says(void)
{
	static char *const sets[] = { "modbus.function=read-holding", "modbus.unit=17" };
	struct tc_header *h = shipped("modbus.spec");
	struct tc_error err = { 0 };
	struct tc_buf b = { 0 };

	CHECK_OK(tc_payload_build(&b, h, (const uint8_t *)"\x00\x6b\x00\x03", 4, sets, 2, &err),
		 err);
	hex_is(&b, "000100000006" "1103006b0003");
	for (size_t n = 0; n < b.len; n++)
		CHECK(tc_payload_length(h, b.data, n, &err) == -EAGAIN);
	CHECK_U64((uint64_t)tc_payload_length(h, b.data, b.len, &err), b.len);
	tc_buf_add(&b, "\x00\x02", 2);
	CHECK(tc_payload_length(h, b.data, b.len, &err) == 12);
	b.data[5] = 1;		/* less than the fields that it counts */
	CHECK(tc_payload_length(h, b.data, b.len, &err) == -EBADMSG);
	CHECK_STR(err.msg, "modbus.length=1, 2 at least: so many bytes it counts besides "
		  "modbus.data");
	b.data[4] = 2;
	CHECK(tc_payload_length(h, b.data, b.len, &err) == -EBADMSG);
	CHECK_STR(err.msg, "modbus.length=513, 254 at most");
	b.data[3] = 1;
	for (size_t n = 4; n < b.len; n++)
		CHECK(tc_payload_length(h, b.data, n, &err) == -EBADMSG);
	CHECK_STR(err.msg, "the bytes do not begin as modbus does");
	tc_buf_free(&b);
	tc_header_free(h);
}

static void crc32_covers_the_header_too(void)
{
	struct tc_header *h = shipped("crc32.spec");
	struct tc_error err = { 0 };
	struct tc_buf b = { 0 };

	CHECK_OK(tc_payload_build(&b, h, (const uint8_t *)"123456789", 9, NULL, 0, &err), err);
	CHECK_U64(b.len, 21);
	CHECK_MEM(b.data, "\xaa\x55\x15\x00\x01\x07\x00\x00" "123456789", 17);
	CHECK_U64(__builtin_bswap32(tc_get32(b.data + 17)), tc_crc32(b.data, 17));
	tc_buf_free(&b);
	tc_header_free(h);
}

/* One sum over another, in either order of the rows: the inner one first. */
static void sums_over_sums(void)
{
	static const char *const texts[] = {
		"header h\na 16\ninner 8 xor a\nbody *\nouter 16 sum frame\n",
		"header h\na 16\nouter 16 sum a..body\ninner 8 xor a\nbody *\n",
	};

	for (unsigned i = 0; i < 2; i++) {
		struct tc_header *h = read_text(texts[i]);
		struct tc_error err = { 0 };
		struct tc_buf b = { 0 };
		static char *const sets[] = { "h.a=0x0305" };
		uint8_t xor = 3 ^ 5;

		CHECK_OK(tc_payload_build(&b, h, (const uint8_t *)"\x10\xff", 2, sets, 1, &err),
			 err);
		CHECK_U64(b.len, 7);
		CHECK_U64(b.data[i ? 4 : 2], xor);
		CHECK_U64(tc_get16(b.data + (i ? 2 : 5)), 3u + 5 + xor + 0x10 + 0xff);
		tc_buf_free(&b);
		tc_header_free(h);
	}
}

static void every_order_and_width(void)
{
	struct tc_header *h = read_text(
		"header h \"With everything\"\n"
		"a 64 little hex const 0x0123456789abcdef\n"
		"b 1\nc 7 default 5\nd 24 little default 0x010203 # odd\n"
		"e 32 ip4 default 10.0.0.1\nf 48 mac default 02:00:00:00:00:01\n"
		"g 8 names one=1,two=2 default two \"a # in here is text\"\n"
		"n 16 length-of p +1\np * max 4\nt 16 crc16 p\ni 16 inet p\nz 8 const 0x7e");
	struct tc_error err = { 0 };
	struct tc_buf b = { 0 };

	CHECK_OK(tc_payload_build(&b, h, (const uint8_t *)"1234", 4, NULL, 0, &err), err);
	hex_is(&b, "efcdab8967452301" "05" "030201" "0a000001" "020000000001" "02" "0005"
	       "31323334" "5349" "9b99" "7e");
	CHECK_STR(h->rows[6].doc, "a # in here is text");
	CHECK_STR(h->title, "With everything");
	CHECK(tc_payload_build(&b, h, (const uint8_t *)"12345", 5, NULL, 0, &err) == -EMSGSIZE);
	CHECK_STR(err.msg, "the payload has 5 bytes, h allows 4: to send it all the same add "
		  "--set h.n=6");
	tc_buf_free(&b);
	tc_header_free(h);
}

/* A length that is less than what it counts, and one below 0. */
static void lengths_with_more_or_less(void)
{
	struct tc_header *h = read_text("header h\nlen 8 length-of p -2\np *\n");
	struct tc_error err = { 0 };
	struct tc_buf b = { 0 };

	CHECK_OK(tc_payload_build(&b, h, (const uint8_t *)"12345", 5, NULL, 0, &err), err);
	hex_is(&b, "033132333435");
	CHECK(tc_payload_length(h, b.data, b.len, &err) == 6);
	CHECK(tc_payload_length(h, b.data, b.len - 1, &err) == -EAGAIN);
	CHECK(tc_payload_build(&b, h, (const uint8_t *)"1", 1, NULL, 0, &err) == -EMSGSIZE);
	CHECK_STR(err.msg, "h.len would be -1: set it, or send more");
	tc_buf_free(&b);
	tc_header_free(h);
}

/* XOR of the whole frame, its own byte not counted, worked out byte by byte. */
static void sums_of_frames_are_explained(void)
{
	struct tc_header *h = read_text("header h\na 8\nx 8 xor frame\np *\n");
	const uint8_t bytes[] = { 0x11, 0x55, 0x22, 0x44 };
	struct tc_frame f = { .bytes = bytes, .len = 4, .wire_len = 4 };
	struct tc_error err = { 0 };
	struct tc_buf out = { 0 };
	struct tc_explain e;

	CHECK_OK(tc_explain_open_as(&e, &f, TC_DLT_UNKNOWN, h, h, &err), err);
	tc_explain_sum(&out, &e, 0, 1);
	tc_buf_add_u8(&out, 0);
	CHECK_STR((const char *)out.data, "h.x: XOR of 4 bytes\n    77   11 00 22 44\n"
		  "  in the packet: 55: BAD\n");
	tc_explain_free(&e);
	tc_buf_free(&out);
	tc_header_free(h);
}

static void wrong(const char *text, const char *message)
{
	struct tc_error err = { 0 };
	struct tc_header *h = NULL;

	check_true(tc_header_read(&h, "x", text, strlen(text), &err) == -EINVAL && !h, text,
		   __LINE__, __FILE__);
	check_str(err.msg, message, text, __LINE__, __FILE__);
	tc_header_free(h);
}

#define H "header h\n"

static void wrong_lines_are_named(void)
{
	wrong("", "x:1:1: there is no line: header NAME");
	wrong("# nothing\n", "x:1:1: there is no line: header NAME");
	wrong("a 8\n", "x:1:1: the first line is: header NAME");
	wrong("header\n", "x:1:7: the header's name is needed here");
	wrong("header Upper\n", "x:1:8: invalid name 'Upper': lower-case letters, digits and "
	      "_, beginning with a letter, at most 32 characters");
	wrong("header tcp\n", "x:1:8: tcp is a header that is known already: choose another "
	      "name");
	wrong("header a b\n", "x:1:10: behind the name only a \"TITLE\" may come");
	wrong("header a \"open\n", "x:1:10: the closing '\"' is missing");
	wrong(H "header i\n", "x:2:8: a second header: this one is h");
	wrong(H, "x:1:1: header h has no fields");
	wrong(H "a\n", "x:2:2: the width, bits or *, is needed here");
	wrong(H "a 0\n", "x:2:3: width: 1 to 64 bits, or * for the payload");
	wrong(H "a 65\n", "x:2:3: width: 65 is more than 64");
	wrong(H "a 99999999999999999999999\n",
	      "x:2:3: width: 99999999999999999999999 is more than 64");
	wrong(H "a -1\n", "x:2:3: width: '-1' is not a number");
	wrong(H "a 8\r\na 8\r\n", "x:3:1: h.a is there already");
	wrong(H "rest 8\n", "x:2:1: rest is a word of this language and cannot name a field");
	wrong(H "a 7\n", "x:2:1: the fields have 7 bits: no whole bytes");
	wrong(H "a 4\nb *\n", "x:3:1: 4 bits come before: the payload begins with a whole byte");
	wrong(H "a *\nb 8\nc *\n", "x:2:1: a field of any length comes behind h.a: length-of a "
	      "is needed before it");
	wrong(H "a *\na *\n", "x:3:1: h.a is there already");
	wrong(H "n 8 length-of a\na *\nb *\nc *\n", "x:4:1: a field of any length comes behind "
	      "h.b: length-of b is needed before it");
	wrong(H "n 8 length-of a\na *\nm 4 length-of b\nb *\n",
	      "x:5:1: 4 bits come before: the payload begins with a whole byte");
	wrong(H "n 8 length-of a\na * max 2 default abc\nb *\n",
	      "x:3:19: that has 3 bytes, 2 at most");
	wrong(H "n 32 length-of a\na * default hex:65532*00\nb *\n",
	      "x:3:13: with its defaults a frame has 65536 bytes, 65535 at most");
	wrong(H "n 8 length-of a\na * default hex:0\nb *\n", "x:3:13: h.a=hex:0: an odd number "
	      "of hex digits: two make a byte");
	wrong(H "n 8 length-of a\na * const 1\nb *\n",
	      "x:3:5: the payload takes nothing but max N and a \"MEANING\"");
	wrong(H "a * default 1\n",
	      "x:2:5: the payload takes nothing but max N and a \"MEANING\"");
	wrong(H "a * hex\n", "x:2:5: the payload takes nothing but max N and a \"MEANING\"");
	wrong(H "a 8 max 3\n", "x:2:5: max is for the payload (width *)");
	wrong(H "a * max 0\n", "x:2:9: max: at least 1");
	wrong(H "a 8 const 256\n", "x:2:11: h.a=256 is out of range: 8 bits hold 0 to 255");
	wrong(H "a 8 const\n", "x:2:10: a value is needed here");
	wrong(H "a 8 const x\n",
	      "x:2:11: h.a=x is not a number: 0 to 255, as 80, 0x50 or hex:50");
	wrong(H "a 8 const 1 default 2\n",
	      "x:2:13: 'default': the line has a word of that kind already");
	wrong(H "a 8 bigg\n", "x:2:5: 'bigg' is none of big, little, dec, hex, flag, ip4, mac, "
	      "const, default, names, length-of, xor, sum, inet, crc16, crc32, max");
	wrong(H "a 12 little\nb 4\n", "x:2:6: little: 12 bits from bit 0 are no whole bytes");
	wrong(H "a 16 ip4\n", "x:2:6: that has 32 bits, not 16");
	wrong(H "a 8 \"doc\" hex\n", "x:2:11: unexpected 'hex' at the end of the line");
	wrong(H "a 8 names one\n", "x:2:11: names: 'one' is not NAME=VALUE");
	wrong(H "a 8 names one=1,two=300\n", "x:2:21: names: 300 is more than 255");
	wrong(H "a 8 names one=1,\n", "x:2:17: names: '' is not NAME=VALUE");
	wrong(H "a 8\x1b[2J\n", "x:2:4: byte 0x1b: this is not text");
}

static void what_cannot_be_computed_is_named(void)
{
	wrong(H "a 8 length-of b\nb 8\n",
	      "x:2:15: there is no payload (width *) to count");
	wrong(H "a 8 length-of c\nb *\n",
	      "x:2:15: 'c' is none of b (the payload), rest, frame");
	wrong(H "n 8 length-of a\na *\nm 8 length-of a\nb *\n", "x:4:15: h.a stands before what "
	      "counts it: nobody could find its end");
	wrong(H "n 8 length-of a\nm 8 length-of c\na *\nc 8\nb *\n", "x:3:15: 'c' is neither a "
	      "field of any length (width *) nor rest or frame");
	wrong(H "b *\na 8 length-of b\n",
	      "x:3:1: length-of behind the payload: nobody could find its place");
	wrong(H "a 64 length-of b\nb *\n", "x:2:1: length-of takes 32 bits at most, not 64");
	wrong(H "a 4 length-of rest\nc 4\nb *\n",
	      "x:2:15: rest: the field does not end with a whole byte");
	wrong(H "a 8 length-of b +\nb *\n", "x:2:18: a number of bytes is needed here");
	wrong(H "a 8 length-of b +30001\nb *\n", "x:2:18: length-of: 30001 is more than 30000");
	wrong(H "a 8 xor\n", "x:2:8: what it sums (a field, FIRST..LAST, rest or frame) is "
	      "needed here");
	wrong(H "a 8 xor b\n", "x:2:9: there is no field 'b'");
	wrong(H "a 8 xor a..\n", "x:2:9: there is no field ''");
	wrong(H "a 8 xor a\n", "x:2:9: a sum of nothing but itself");
	wrong(H "a 8 xor rest\n",
	      "x:2:9: 'rest': nothing is there, or it is the wrong way round");
	wrong(H "a 8 xor c..b\nb 8\nc 8\n",
	      "x:2:9: 'c..b': nothing is there, or it is the wrong way round");
	wrong(H "a 8 crc32 b\nb 8\n", "x:2:1: that sum has 32 bits, the field has 8");
	wrong(H "z 4\na 8 sum b\nb 8\ny 4\n",
	      "x:3:1: a sum is whole bytes: 8 bits from bit 4 are not");
	wrong(H "a 8 sum b\nb 4\nc 4\n", "x:2:9: 'b' does not begin and end with a whole byte");
	wrong(H "a 8 xor b\nb 8 sum a\n",
	      "x:2:9: h.a covers a sum that covers it: neither can be computed");
	wrong(H "a 8 xor b\nb 8 sum c\nc 8 xor a\n",
	      "x:2:9: h.a covers a sum that covers it: neither can be computed");
	wrong(H "a 64\nb 64\nc 64\nd 64\ne 64\nf 64\ng 64\ni 64\nj 8\n",
	      "x:10:1: the fields of fixed width have 65 bytes, 64 at most");
}

static void too_many_fields(void)
{
	static const char parts[] = H "n 8 length-of a\na *\n"
		"n1 8 length-of a1\na1 *\nn2 8 length-of a2\na2 *\nn3 8 length-of a3\na3 *\n"
		"n4 8 length-of a4\na4 *\nn5 8 length-of a5\na5 *\nn6 8 length-of a6\na6 *\n"
		"n7 8 length-of a7\na7 *\nb *\nc *\n";
	struct tc_error err = { 0 };
	struct tc_header *h = NULL;
	struct tc_buf text = { 0 };

	tc_buf_printf(&text, "header h\n");
	for (unsigned i = 0; i < 65; i++)
		tc_buf_printf(&text, "f%u 1\n", i);
	CHECK(tc_header_read(&h, "x", text.data, text.len, &err) == -EINVAL);
	CHECK_STR(err.msg, "x:66:1: more than 64 fields");
	wrong(parts, "x:19:3: more than 9 fields of any length");
	tc_buf_free(&text);
}

/* Read, or refused with a line; what was read can be used. */
static void every_truncation_and_line_end(void)
{
	static const char *const names[] = { "prot.spec", "modbus.spec", "crc32.spec",
					     "memcache.spec" };

	for (unsigned i = 0; i < 4; i++) {
		struct tc_buf text = shipped_text(names[i]), crlf = { 0 };
		struct tc_header *h = NULL, *g = NULL;
		struct tc_error err = { 0 };

		for (size_t n = 0; n < text.len; n++) {
			char *copy = malloc(n + 1);	/* so that a sanitizer sees its end */

			memcpy(copy, text.data, n);
			h = NULL;
			err = (struct tc_error){ 0 };
			CHECK((tc_header_read(&h, "x", copy, n, &err) < 0) == !!err.msg[0]);
			CHECK(!h == !!err.msg[0]);
			tc_header_free(h);
			free(copy);
		}
		tc_buf_add(&crlf, "\xef\xbb\xbf", 3);
		for (size_t n = 0; n < text.len; n++) {
			if (text.data[n] == '\n')
				tc_buf_add_u8(&crlf, '\r');
			tc_buf_add_u8(&crlf, text.data[n]);
		}
		CHECK_OK(tc_header_read(&h, "x", text.data, text.len, &err), err);
		CHECK_OK(tc_header_read(&g, "x", crlf.data, crlf.len, &err), err);
		for (unsigned row = 0; row < h->n_rows; row++)
			CHECK_STR(g->rows[row].doc, h->rows[row].doc);
		tc_header_free(h);
		tc_header_free(g);
		tc_buf_free(&text);
		tc_buf_free(&crlf);
	}
}

/* A line for people: what is wrong is said, what is not such a frame is left alone. */
static void frames_are_described(void)
{
	struct tc_header *h = shipped("modbus.spec");
	struct tc_payload what = { .hdr = h };
	struct tc_buf out = { 0 };

	CHECK(tc_payload_describe(&out, what, (const uint8_t *)"\0\7\0\0\0\6\1\3\0k\0\3", 12));
	tc_buf_add_u8(&out, 0);
	CHECK_STR((const char *)out.data, "MODBUS transaction=7 (usually 1) protocol=0 length=6 "
		  "unit=1 (usually 255) function=3 (read-holding) data=\"\\x00k\\x00\\x03\"");
	out.len = 0;
	CHECK(!tc_payload_describe(&out, what, (const uint8_t *)"hello, world", 12));
	CHECK(!tc_payload_describe(&out, what, (const uint8_t *)"", 0));
	CHECK_U64(out.len, 0);
	what.surely = true;
	CHECK(tc_payload_describe(&out, what, (const uint8_t *)"hello", 5));
	tc_buf_add_u8(&out, 0);
	CHECK_STR((const char *)out.data, "MODBUS modbus needs 8 bytes, 5 are there: \"hello\"");
	tc_buf_free(&out);
	tc_header_free(h);
}

/* A request of memcached's, whose three fields of any length have counts before them: byte by
 * byte, then read again, every one cut short, and with counts that lie. */
static void several_fields_of_any_length(void)
{
	static const uint8_t want[] =
		"\x80\x01\0\3\x08\0\0\0\0\0\0\x11\0\0\0\0\0\0\0\0\0\0\0\0"
		"\0\0\0\1\0\0\0\2foobarbaz";
	static char *sets[] = { "memcache.opcode=set", "memcache.extras=hex:0000000100000002",
				"memcache.key=foo" };
	struct tc_header *h = shipped("memcache.spec");
	struct tc_error err = { 0 };
	struct tc_packet p = { 0 };
	struct tc_buf b = { 0 };
	size_t n = sizeof want - 1;
	uint8_t *copy;

	CHECK_U64(h->n_parts, 2);
	CHECK_U64(h->head_bytes + h->tail_bytes, 24);
	CHECK_U64(tc_header_before(h), 24 + 3);
	CHECK_OK(tc_payload_build(&b, h, (const uint8_t *)"barbaz", 6, sets, 3, &err), err);
	CHECK(b.len == n && memcmp(b.data, want, n) == 0);
	CHECK_U64((uint64_t)tc_payload_length(h, want, n, &err), n);
	for (size_t cut = 0; cut < n; cut++) {
		copy = malloc(cut + 1);		/* so that a sanitizer sees its end */
		memcpy(copy, want, cut);
		CHECK(tc_payload_length(h, copy, cut, &err) == -EAGAIN);
		free(copy);
	}
	CHECK_OK(tc_packet_parse_as(&p, want, n, h, &err), err);
	CHECK(tc_layer_bytes(&p.layer[0], 9)->len == 8 &&
	      tc_layer_bytes(&p.layer[0], 10)->len == 3 && p.layer[0].var.len == 6);
	CHECK(memcmp(tc_layer_bytes(&p.layer[0], 10)->data, "foo", 3) == 0);
	CHECK_U64(tc_layer_bit(&p.layer[0], 10), 8 * 32);
	CHECK_U64(tc_layer_bit(&p.layer[0], 12), 8 * 41);
	tc_packet_relax(&p);
	CHECK_OK(tc_packet_set_text(&p, "memcache.key", "ab", h, &err), err);
	b.len = (size_t)tc_packet_build(&p, b.data, n, &err);
	CHECK(b.len == n - 1 && b.data[3] == 2 && b.data[11] == 16);
	tc_packet_unset(&p, 0, 10);		/* the spec's own again */
	b.len = (size_t)tc_packet_build(&p, b.data, n, &err);
	CHECK(b.len == n && memcmp(b.data + 32, "key", 3) == 0);
	b.data[11] = 10;			/* less than extras and key */
	CHECK(tc_payload_length(h, b.data, n, &err) == -EBADMSG);
	CHECK_STR(err.msg, "memcache.total=10, 11 at least: so many bytes it counts besides "
		  "memcache.value");
	b.data[11] = 17, b.data[4] = 21;
	CHECK(tc_payload_length(h, b.data, n, &err) == -EBADMSG);
	CHECK_STR(err.msg, "memcache.extlen=21, 20 at most");
	b.data[4] = 8, b.data[3] = 10;
	CHECK(tc_payload_length(h, b.data, n, &err) == -EAGAIN);
	CHECK_STR(err.msg, "memcache.keylen=10, 9 bytes are there");
	tc_packet_free(&p);
	tc_buf_free(&b);
	tc_header_free(h);
}

/* What is too long is named by who gave it, and by what allows no more. */
static void parts_that_are_too_long(void)
{
	struct tc_header *h = read_text(H "n 8 length-of a\na *\nm 8 length-of b\nb * max 20\np *\n");
	static char *sets[] = { "h.a=hex:300*41", "h.b=hex:21*41", "h.m=21" };
	struct tc_error err = { 0 };
	struct tc_buf b = { 0 };

	CHECK(tc_payload_build(&b, h, NULL, 0, &sets[0], 1, &err) == -EMSGSIZE);
	CHECK_STR(err.msg, "h.a has 300 bytes, 255 at most: set h.n, or send less");
	CHECK(tc_payload_build(&b, h, NULL, 0, &sets[1], 1, &err) == -EMSGSIZE);
	CHECK_STR(err.msg, "h.b has 21 bytes, 20 at most (max): set h.m, or send less");
	CHECK_OK(tc_payload_build(&b, h, NULL, 0, &sets[1], 2, &err), err);
	CHECK_U64(b.len, 23);
	tc_buf_free(&b);
	tc_header_free(h);
}

/* Sums and numbers between such fields move with them, and are judged where they are. */
static void fields_between_them_move(void)
{
	struct tc_header *h = read_text(H "n 8 length-of a\na * default xy\ns 8 xor a\n"
					"m 16 length-of p little\np * max 300\nc 16 crc16 frame\n");
	static char *sets[] = { "h.a=hex:01020408", "h.s=auto" };
	struct tc_error err = { 0 };
	struct tc_frame f = { 0 };
	struct tc_explained x;
	struct tc_buf b = { 0 };
	struct tc_explain e;

	CHECK_OK(tc_payload_build(&b, h, (const uint8_t *)"data", 4, sets, 2, &err), err);
	CHECK(b.len == 14 && memcmp(b.data, "\4\1\2\4\x08\x0f\4\0data", 12) == 0);
	b.data[12] = b.data[13] = 0;
	CHECK_OK(tc_payload_build(&b, h, (const uint8_t *)"data", 4, sets, 2, &err), err);
	CHECK_U64(tc_get16(b.data + 26), tc_crc16(b.data, 14));
	b.data[19] = 1;
	f = (struct tc_frame){ .bytes = b.data + 14, .len = 14, .wire_len = 14 };
	CHECK_OK(tc_explain_open_as(&e, &f, TC_DLT_UNKNOWN, h, h, &err), err);
	tc_explain_field(&e, 0, 2, &x);
	CHECK(x.bit == 40 && x.value == 1 && x.expected == 0x0f && x.check == TC_CHECK_BAD);
	tc_explain_field(&e, 0, 4, &x);
	CHECK(x.bit == 64 && x.bits == 32 && memcmp(x.bytes, "data", 4) == 0);
	tc_explain_free(&e);
	CHECK(tc_payload_build(&b, h, b.data, 301, NULL, 0, &err) == -EMSGSIZE);
	tc_buf_free(&b);
	tc_header_free(h);
}

static void names_are_found_and_stand_for_built_in_ones(void)
{
	struct tc_header *h = shipped("prot.spec"), *m = shipped("modbus.spec");
	struct tc_field_ref ref;
	struct tc_error err = { 0 };

	CHECK_OK(tc_field_find(&ref, "prot.ver", h, &err), err);
	CHECK(ref.hdr == h);
	CHECK_OK(tc_field_find(&ref, "modbus.fun", m, &err), err);
	CHECK(ref.hdr == m && ref.row == 4);
	CHECK(tc_field_find(&ref, "modbus.x", NULL, &err) == -ENOENT);
	tc_header_free(h);
	tc_header_free(m);
}

static void sets_of_other_layers_name_the_cure(void)
{
	static char *const sets[] = { "tcp.seq=1", "data.data=x", "nonsense" };
	static const char *const say[] = {
		("tcp.seq is a field of the segment, --set is for prot: use --mutate 'data[1]: "
		 "tcp.seq=1'"),
		"data.data: the frame has only fields of prot",
		"'nonsense' is not FIELD=VALUE, such as prot.version=2",
	};
	struct tc_error err = { 0 };
	struct tc_buf b = { 0 };

	for (unsigned i = 0; i < 3; i++) {
		CHECK(tc_payload_build(&b, tc_header_get(TC_HDR_PROT), NULL, 0, &sets[i], 1,
				       &err) < 0);
		CHECK_STR(err.msg, say[i]);
	}
	tc_buf_free(&b);
}

CU_TestInfo tests_header_read[] = {
	{ "the shipped PROT has the rows of the built-in one", prot_is_the_built_in_one },
	{ "3000 frames of it have the same bytes", prot_has_the_same_bytes },
	{ "the shipped Modbus gives the example of its specification",
	  modbus_is_as_its_paper_says },
	{ "a CRC-32 over header and payload, little-endian", crc32_covers_the_header_too },
	{ "memcached's requests have three fields of any length", several_fields_of_any_length },
	{ "what stands between such fields moves with them", fields_between_them_move },
	{ "a part that is too long is named", parts_that_are_too_long },
	{ "a sum over a sum is computed after it", sums_over_sums },
	{ "every byte order, width, kind and sum", every_order_and_width },
	{ "a length counts so many bytes more or less", lengths_with_more_or_less },
	{ "a sum of a whole frame is explained", sums_of_frames_are_explained },
	{ "a wrong line is named with line and column", wrong_lines_are_named },
	{ "lengths and sums that cannot be are named", what_cannot_be_computed_is_named },
	{ "a table has 64 rows at most", too_many_fields },
	{ "any truncation is read or refused; CRLF and a byte order mark do no harm",
	  every_truncation_and_line_end },
	{ "frames are described for people", frames_are_described },
	{ "names are found, and stand for built-in ones", names_are_found_and_stand_for_built_in_ones },
	{ "--set of another layer names the cure", sets_of_other_layers_name_the_cure },
	CU_TEST_INFO_NULL,
};
