/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames explained: judgements, damage at every byte, the picture, the sums, the input. */
#include "check.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/craft.h>
#include <tcpcraft/error.h>
#include <tcpcraft/explain.h>
#include "pcap/frames.h"
#include <tcpcraft/hex.h>
#include <tcpcraft/rng.h>
#include <tcpcraft/segment.h>

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

/* A frame of a spec's texts, in memory of exactly its size. */
static struct tc_frame frame_of(const char *const *pairs, enum tc_header_id *first)
{
	struct tc_craft_config cfg = { .rounds = 1 };
	struct tc_crafted c[TC_CRAFT_BATCH];
	struct tc_error err = { 0 };
	struct tc_craft *craft = NULL;
	struct tc_spec *s = NULL;
	struct tc_frame f;
	uint8_t *bytes;

	CHECK_OK(tc_spec_open(&s, &err), err);
	for (; *pairs; pairs++)
		CHECK_OK(tc_spec_add_pair(s, *pairs, &err), err);
	CHECK_OK(tc_spec_default(s, "ip.src", "10.0.0.1", &err), err);
	CHECK_OK(tc_spec_default(s, "ip.dst", "10.0.0.2", &err), err);
	CHECK_OK(tc_craft_open(&craft, s, &cfg, &err), err);
	CHECK_U64(tc_craft_fill(craft, c, 1, &err), 1);
	bytes = malloc(c[0].len);
	memcpy(bytes, c[0].bytes, c[0].len);
	f = (struct tc_frame){ .bytes = bytes, .len = c[0].len, .wire_len = c[0].len };
	*first = tc_craft_dlt(craft) == TC_DLT_EN10MB ? TC_HDR_ETH :
		 tc_spec_has_layer(s, TC_HDR_IPV6) ? TC_HDR_IPV6 : TC_HDR_IP;
	tc_craft_close(craft);
	tc_spec_free(s);
	return f;
}

static void drop(struct tc_frame *f)
{
	free((void *)(uintptr_t)f->bytes);
}

/* "ok", or "BAD 5", or a reason: the judgement of a field of a frame, cut by `cut`. */
static const char *judged(const char *name, size_t cut, const char *const *pairs)
{
	static char text[200];
	struct tc_error err = { 0 };
	struct tc_explained x;
	struct tc_explain e;
	enum tc_header_id first;
	struct tc_frame f = frame_of(pairs, &first);

	f.len -= cut;
	snprintf(text, sizeof text, "no such field");
	CHECK_OK(tc_explain_open(&e, &f, TC_DLT_UNKNOWN, first, &err), err);
	for (unsigned i = 0; i < e.n_layers; i++)
		for (unsigned row = 0; row < e.layer[i].hdr->n_rows; row++) {
			tc_explain_field(&e, i, row, &x);
			if (strcmp(x.field->name, name) != 0)
				continue;
			if (x.check == TC_CHECK_BAD)
				snprintf(text, sizeof text, "BAD %llu",
					 (unsigned long long)x.expected);
			else
				snprintf(text, sizeof text, "%s%s%s", tc_check_name(x.check),
					 x.why ? ": " : "", x.why ? x.why : "");
		}
	tc_explain_free(&e);
	drop(&f);
	return text;
}

#define JUDGED(name, ...) judged(name, 0, (const char *const[]){ __VA_ARGS__, NULL })
#define JUDGED_CUT(name, cut, ...) \
	judged(name, cut, (const char *const[]){ __VA_ARGS__, NULL })

static void computed_fields_are_judged(void)
{
	CHECK_STR(JUDGED("ip.checksum", "ip.ttl=9"), "ok");
	CHECK_STR(JUDGED("tcp.checksum", "data.data=odd"), "ok");
	CHECK_STR(JUDGED("ip.len", "ip.ttl=9"), "ok");
	CHECK_STR(JUDGED("tcp.hdr_len", "tcp.options=mss 1460"), "ok");
	CHECK_STR(JUDGED("ip.ttl", "ip.ttl=9"), "");
	CHECK_STR(JUDGED("ip.len", "ip.len=19"), "BAD 40");
	CHECK_STR(JUDGED("ip.len", "ip.len=0"), "BAD 40");
	CHECK_STR(JUDGED("ip.len", "ip.len=100"), "BAD 40");
	CHECK_STR(JUDGED("icmp.checksum", "icmp.type=8"), "ok");
	CHECK_STR(JUDGED("prot.checksum", "prot.payload=abc"), "ok");
	CHECK_STR(JUDGED("prot.checksum", "prot.payload=abc", "prot.checksum=0"), "BAD 96");
	CHECK_STR(JUDGED("prot.length", "prot.payload=abc"), "ok");
	CHECK(strncmp(JUDGED("ip.checksum", "ip.checksum=0"), "BAD ", 4) == 0);
	CHECK(strncmp(JUDGED("tcp.checksum", "tcp.checksum=bad"), "BAD ", 4) == 0);
	CHECK_STR(JUDGED("eth.type", "eth.src=1"), "ok");
}

static void what_cannot_be_checked_says_why(void)
{
	CHECK_STR(JUDGED("tcp.checksum", "ip.flags.mf=1"),
		  "not checked: one fragment of several");
	CHECK_STR(JUDGED("ip.checksum", "ip.flags.mf=1"), "ok");
	CHECK_STR(JUDGED("tcp.checksum", "ip.len=100"), "not checked: bytes are missing");
	CHECK_STR(JUDGED_CUT("tcp.checksum", 3, "data.data=hello"),
		  "not checked: the capture is cut");
	CHECK_STR(JUDGED_CUT("ip.len", 3, "data.data=hello"), "not checked: the capture is cut");
	CHECK_STR(JUDGED_CUT("ip.checksum", 3, "data.data=hello"), "ok");
	CHECK_STR(JUDGED_CUT("tcp.checksum", 4, "tcp.options=mss 1460"),
		  "not checked: the capture is cut");
	CHECK_STR(JUDGED_CUT("tcp.hdr_len", 4, "tcp.options=mss 1460"),
		  "not checked: the capture is cut");
	CHECK_STR(JUDGED_CUT("ip.hdr_len", 24, "ip.options=hex:94040000"),
		  "not checked: the capture is cut");
	/* more than ip.len counts were never on the wire, whatever the capture cuts */
	CHECK_STR(JUDGED_CUT("tcp.hdr_len", 4, "tcp.options=mss 1460", "tcp.hdr_len=7"),
		  "not checked: its length lies");
	CHECK_STR(JUDGED_CUT("tcp.checksum", 4, "tcp.options=mss 1460", "tcp.hdr_len=4"),
		  "not checked: its length lies");
	CHECK_STR(JUDGED_CUT("tcp.hdr_len", 4, "ip.ttl=1"),
		  "not checked: the header is not whole");
	CHECK_STR(JUDGED("tcp.hdr_len", "tcp.hdr_len=4"), "BAD 5");
	CHECK_STR(JUDGED("tcp.hdr_len", "tcp.hdr_len=6"), "not checked: its length lies");
}

/* The pseudo-header's sum alone, uncomplemented: what a sender with offload leaves. */
static void a_partial_checksum_is_neither_right_nor_wrong(void)
{
	char sum[40];

	snprintf(sum, sizeof sum, "tcp.checksum=%u",
		 tc_checksum_pseudo(0x0a000001, 0x0a000002, 6, 25));
	CHECK_STR(JUDGED("tcp.checksum", sum, "data.data=hello"), "partial");
}

static const char *names_of(const struct tc_explain *e)
{
	static char text[200];
	size_t n = 0;

	text[0] = 0;
	for (unsigned i = 0; i < e->n_layers; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%s%s", n ? " " : "",
				      e->layer[i].quoted ? "\"" : "", e->layer[i].hdr->name);
	return text;
}

static const char *layers(const char *const *pairs)
{
	enum tc_header_id first;
	struct tc_frame f = frame_of(pairs, &first);
	static char text[200];
	struct tc_explain e;

	CHECK(tc_explain_open(&e, &f, TC_DLT_UNKNOWN, first, NULL) == 0);
	snprintf(text, sizeof text, "%s", names_of(&e));
	tc_explain_free(&e);
	drop(&f);
	return text;
}

#define LAYERS(...) layers((const char *const[]){ __VA_ARGS__, NULL })

static void layers_are_found(void)
{
	CHECK_STR(LAYERS("ip.ttl=1"), "ip tcp");
	CHECK_STR(LAYERS("vlan.id=1", "data.data=x"), "eth vlan ip tcp data");
	CHECK_STR(LAYERS("arp.opcode=1", "trailer.data=hex:0000"), "eth arp data");
	CHECK_STR(LAYERS("ip.ttl=1", "trailer.data=hex:0000"), "ip tcp trailer");
	CHECK_STR(LAYERS("prot.payload=abc", "data.data=x"), "ip tcp prot data");
	CHECK_STR(LAYERS("prot.payload=abc", "prot.length=99"), "ip tcp prot data");
	CHECK_STR(LAYERS("data.data=PROT"), "ip tcp data");	/* too short for a frame */
	CHECK_STR(LAYERS("ip.proto=17"), "ip data");
	CHECK_STR(LAYERS("ip.frag_offset=1"), "ip data");
	CHECK_STR(LAYERS("icmp.type=3", "data.data=hex:4500002800010000400666cc0a0000010a000002"
			 "0014005000000007"), "ip icmp \"ip \"tcp");
	CHECK_STR(LAYERS("icmp.type=8", "data.data=hex:45000028"), "ip icmp data");
	CHECK_STR(LAYERS("tcp.hdr_len=4"), "ip tcp");
	CHECK_STR(LAYERS("ip.hdr_len=4"), "ip data");
	CHECK_STR(LAYERS("eth.type=0x1234"), "eth data");
}

/* Everything that can be said of the first n bytes; nothing may be read beyond them. */
static void explain_all(const uint8_t *bytes, size_t n, int dlt, enum tc_header_id first)
{
	uint8_t *exact = malloc(n ? n : 1);
	struct tc_frame f = { .bytes = exact, .len = n, .wire_len = n };
	struct tc_buf text = { 0 }, line = { 0 };
	struct tc_explain e;
	json_t *json;

	memcpy(exact, bytes, n);
	CHECK(tc_explain_open(&e, &f, dlt, first, NULL) == 0);
	tc_explain_text(&text, &e, 1, TC_EXPLAIN_RULER | TC_EXPLAIN_SUMS);
	tc_explain_json(&line, &e, 1, TC_EXPLAIN_SUMS);
	CHECK(text.len > 0 && !text.failed);
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] != '\n' && (text.data[i] < ' ' || text.data[i] > '~')) {
			CHECK(false && "only printable characters");
			break;
		}
	json = json_loadb((char *)line.data, line.len, 0, NULL);
	CHECK(json != NULL);
	json_decref(json);
	tc_explain_free(&e);
	tc_buf_free(&text);
	tc_buf_free(&line);
	free(exact);
}

static void a_frame_may_end_anywhere(void)
{
	static const char *const specs[][5] = {
		{ "vlan.id=7", "ip.options=hex:94040000", "tcp.options=mss 1460,sackOK",
		  "prot.payload=hello" },
		{ "arp.opcode=1" },
		{ "icmp.type=11", "data.data=hex:4500002800010000400666cc0a0000010a00000200140050"
		  "00000007" },
		{ "tcp.hdr_len=15", "ip.len=20", "data.data=abcdefgh", "trailer.data=x" },
		{ "tcp.options=hex:0800050002000500", "ip.hdr_len=15" },
	};

	for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
		enum tc_header_id first;
		struct tc_frame f = frame_of(specs[i], &first);

		for (size_t n = 0; n <= f.len; n++)
			for (enum tc_header_id from = 0; from < TC_HDR_COUNT; from++)
				if (from == first || n == f.len || n % 7 == 0)
					explain_all(f.bytes, n, TC_DLT_UNKNOWN, from);
		drop(&f);
	}
}

static void every_link_type_is_taken(void)
{
	static const int dlts[] = { 0, 1, 12, 14, 101, 108, 113, 228, 276, 147 };
	uint8_t bytes[200];
	struct tc_rng r;

	tc_rng_seed(&r, 11);
	for (int i = 0; i < 300; i++) {
		tc_rng_bytes(&r, bytes, sizeof bytes);
		bytes[0] = i % 2 ? 0x45 : bytes[0];
		explain_all(bytes, (size_t)tc_rng_below(&r, sizeof bytes),
			    dlts[i % (int)(sizeof dlts / sizeof *dlts)], TC_HDR_IP);
	}
}

/* Text for a hex frame, with the things in `show`. */
static const char *text_of(const char *hex, enum tc_header_id first, unsigned layer, bool sum)
{
	static char text[4096];
	struct tc_buf bytes = { 0 }, out = { 0 };
	struct tc_explain e;
	struct tc_frame f;

	CHECK(tc_hex_decode(&bytes, hex, strlen(hex), NULL) == 0);
	f = (struct tc_frame){ .bytes = bytes.data, .len = bytes.len, .wire_len = bytes.len };
	CHECK(tc_explain_open(&e, &f, TC_DLT_UNKNOWN, first, NULL) == 0);
	if (sum)
		tc_explain_sum(&out, &e, layer, e.layer[layer].hdr == tc_header_get(TC_HDR_IP) ?
			       (unsigned)TC_IP_CHECKSUM : (unsigned)TC_TCP_CHECKSUM);
	else
		tc_explain_ruler(&out, &e, layer);
	snprintf(text, sizeof text, "%s", out.data ? (char *)out.data : "");
	tc_explain_free(&e);
	tc_buf_free(&bytes);
	tc_buf_free(&out);
	return text;
}

static void the_ruler_is_drawn_as_in_the_rfc(void)
{
	static const char want[] =
"   0                   1                   2                   3\n"
"   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1\n"
"  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+\n"
"  |         srcport 1024          |          dstport 80           |\n"
"  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+\n"
"  |                             seq 1                             |\n"
"  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+\n"
"  |                             ack 2                             |\n"
"  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+\n"
"  |hdr_len|res 0|0|0|0|0|1|0|0|1|0|     window_size_value 512     |\n"
"  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+\n"
"  |        checksum 0x1234        |       urgent_pointer 0        |\n"
"  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+\n"
"  |                       options (4 bytes)                       |\n"
"  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+\n";
	static const char mac[] =
"  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+\n"
"  |                     dst 02:00:00:00:00:01                     |\n"
"  +                               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+\n";

	CHECK_STR(text_of("0400 0050 00000001 00000002 6012 0200 1234 0000 020405b4",
			  TC_HDR_TCP, 0, false), want);
	CHECK(strstr(text_of("020000000001 020000000002 0800", TC_HDR_ETH, 0, false), mac));
}

static void the_sum_is_worked_out_word_by_word(void)
{
	static const char want[] =
"ip.checksum (RFC 1071)\n"
"    word  the sum\n"
"  ip header\n"
"    4500     4500   ip.version .hdr_len .dsfield\n"
"    002b     452b   ip.len\n"
"    0001     452c   ip.id\n"
"    4000     852c   ip.flags.rb .df .mf .frag_offset\n"
"    4006     c532   ip.ttl .proto\n"
"    0000     c532   the checksum itself: counted as 0\n"
"    0a00     cf32   ip.src\n"
"    0001     cf33   ip.src\n"
"    0a00     d933   ip.dst\n"
"    0002     d935   ip.dst\n"
"  complement of d935: 26ca; in the packet: 26ca: ok\n";
	static const char tcp[] =
"tcp.checksum (RFC 1071)\n"
"    word  the sum\n"
"  pseudo-header (RFC 9293 3.1)\n"
"    0a00     0a00   ip.src\n"
"    0001     0a01   ip.src\n"
"    0a00     1401   ip.dst\n"
"    0002     1403   ip.dst\n"
"    0006     1409   zero, protocol 6\n"
"    0017     1420   length of header and data: 23\n"
"  tcp header\n"
"    ffff    1141f   tcp.srcport\n"
"    0050    1146f   tcp.dstport\n"
"    ffff    2146e   tcp.seq\n"
"    ffff    3146d   tcp.seq\n"
"    0000    3146d   tcp.ack\n"
"    0000    3146d   tcp.ack\n"
"    5002    3646f   tcp.hdr_len .res .ae .cwr .ece .urg .ack .push .reset .syn .fin\n"
"    ffff    4646e   tcp.window_size_value\n"
"    0000    4646e   the checksum itself: counted as 0\n"
"    0000    4646e   tcp.urgent_pointer\n"
"  data, 3 bytes\n"
"            526cf   6161 6100 (padded with 00)\n"
"  carries: 5 + 26cf = 26d4\n"
"  complement of 26d4: d92b; in the packet: 1111: BAD\n";
	static const char frame[] = "4500002b 00014000 400626ca 0a000001 0a000002"
		"ffff0050 ffffffff 00000000 5002ffff 11110000 616161";

	CHECK_STR(text_of(frame, TC_HDR_IP, 0, true), want);
	CHECK_STR(text_of(frame, TC_HDR_IP, 1, true), tcp);
}

/* ---- frames as people have them --------------------------------------------------- */

struct seen {
	uint64_t frames;
	size_t bytes;
	int dlt;
	uint8_t last[64];
};

static int note_frame(void *ctx, uint64_t number, const struct tc_frame *f,
		      struct tc_error *err)
{
	struct seen *s = ctx;

	(void)err;
	CHECK_U64(number, s->frames + 1);
	s->frames++;
	s->bytes += f->len;
	s->dlt = f->dlt;
	memcpy(s->last, f->bytes, f->len < sizeof s->last ? f->len : sizeof s->last);
	return 0;
}

/* What is read from a file with these bytes; the error's line in *say. */
static struct seen read_file(const void *bytes, size_t n, int *rc, char *say)
{
	char path[] = "/tmp/tcpcraft-test-XXXXXX";
	struct tc_error err = { 0 };
	struct seen s = { 0 };
	int fd = mkstemp(path);

	CHECK(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
	close(fd);
	*rc = tc_frames_read(path, note_frame, &s, &err);
	snprintf(say, sizeof err.msg, "%s", *rc < 0 ? strchr(err.msg, '-') : "");
	unlink(path);
	return s;
}

static void frames_are_read_from_hex_files_and_captures(void)
{
	static const uint8_t pcap[] = {
		0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0,
		0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 'a', 'b', 'c',
		1, 0, 0, 0, 2, 0, 0, 0, 9, 0, 0, 0, 9, 0, 0, 0, 'd',
	};
	char say[TC_ERROR_MSG_MAX];
	struct seen s = { 0 };
	struct tc_error err = { 0 };
	int rc;

	CHECK_OK(tc_frames_read("0x45 00:01\n02", note_frame, &s, &err), err);
	CHECK(s.frames == 1 && s.bytes == 4 && s.dlt == TC_DLT_UNKNOWN && s.last[3] == 2);
	s = read_file("# two\n4500\n\n  45 01  # b\n", 24, &rc, say);
	CHECK(rc == 0 && s.frames == 2 && s.bytes == 4 && s.last[1] == 1);
	s = read_file("4500\n45zz\n", 10, &rc, say);
	CHECK(rc == -EINVAL && s.frames == 1);
	CHECK(strstr(say, "line 2: 'z' at character 3 is not a hex digit") != NULL);
	s = read_file("\x45\x00\xff", 3, &rc, say);
	CHECK(rc == 0 && s.frames == 1 && s.bytes == 3);
	s = read_file("", 0, &rc, say);
	CHECK(rc == -EINVAL && strstr(say, "is empty: no frame in it") != NULL);
	s = read_file(pcap, 43, &rc, say);
	CHECK(rc == 0 && s.frames == 1 && s.dlt == TC_DLT_RAW && s.last[2] == 'c');
	s = read_file(pcap, sizeof pcap, &rc, say);	/* cut in the second frame */
	CHECK(rc == -EBADMSG && s.frames == 1);
	CHECK(strstr(say, ": frame 2: ") != NULL);
	for (size_t n = 4; n < 24; n++) {
		s = read_file(pcap, n, &rc, say);
		CHECK(rc == -EBADMSG && s.frames == 0);
	}
	CHECK(tc_frames_read("/no/such/file", note_frame, &s, &err) == -ENOENT);
}

static void the_first_header_is_guessed(void)
{
	static const struct { const char *pairs[3]; enum tc_header_id first; } cases[] = {
		{ { "ip.ttl=1" }, TC_HDR_IP }, { { "eth.src=1" }, TC_HDR_ETH },
		{ { "vlan.id=1" }, TC_HDR_ETH }, { { "arp.opcode=1" }, TC_HDR_ETH },
		{ { "ip.src=8.0.64.1" }, TC_HDR_IP },	/* looks like 0x0800 and 4. */
		{ { "eth.dst=45:00:00:28:00:01" }, TC_HDR_ETH },
	};
	struct tc_error err = { 0 };
	enum tc_header_id id;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct tc_frame f = frame_of(cases[i].pairs, &id);

		CHECK_U64(tc_frames_guess(f.bytes, f.len), cases[i].first);
		drop(&f);
	}
	CHECK_U64(tc_frames_guess(NULL, 0), TC_HDR_IP);
	CHECK_OK(tc_frames_header("tcp", &id, &err), err);
	CHECK_U64(id, TC_HDR_TCP);
	CHECK(tc_frames_header("udp", &id, &err) == -EINVAL);
	CHECK_STR(err.msg, "'udp' is not a header: eth, vlan, arp, ip, ipv6, ipv6.hopopts, "
		  "ipv6.routing, ipv6.fraghdr, ipv6.dstopts, icmp, icmpv6, icmpv6.error, "
		  "icmpv6.big, icmpv6.param, icmpv6.echo, icmpv6.nd.rs, icmpv6.nd.ra, "
		  "icmpv6.nd.ns, icmpv6.nd.na, icmpv6.nd.rd, tcp, prot, data, trailer");
}

#define QUOTED "data.data=hex:60000000" "0014" "06" "40" \
	"00000000000000000000000000000001" "00000000000000000000000000000002" \
	"4e200050" "00000000" "00000000" "50020001" "12340000"

static void ipv6_fields_are_judged(void)
{
	static const struct {
		const char *field, *want, *pairs[5];
		size_t cut;
	} rows[] = {
		{ "ipv6.plen", "ok", { "ipv6.src=::1" }, 0 },
		{ "ipv6.plen", "BAD 20", { "ipv6.src=::1", "ipv6.plen=30" }, 0 },
		{ "tcp.checksum", "not checked: the capture is cut",
		  { "ipv6.src=::1", "data.data=abc" }, 1 },
		{ "ipv6.nxt", "ok", { "ipv6.hopopts.options=hex:05020000" }, 0 },
		{ "ipv6.hopopts.nxt", "ok", { "ipv6.hopopts.options=hex:0100" }, 0 },
		{ "tcp.checksum", "ok", { "ipv6.routing.src.addr=::7", "ipv6.routing.segleft=1",
					  "ipv6.dst=::8" }, 0 },
		{ "tcp.checksum", "not checked: one fragment of several",
		  { "ipv6.fraghdr.more=1" }, 0 },
		{ "tcp.checksum", "ok", { "ipv6.fraghdr.ident=1" }, 0 },
		{ "icmpv6.checksum", "ok", { "icmpv6.mtu=1280", QUOTED }, 0 },
		{ "tcp.checksum", "not checked: only a part is quoted",
		  { "icmpv6.mtu=1280", QUOTED }, 0 },
		{ "ipv6.plen", "not checked: only a part is quoted",
		  { "icmpv6.reserved=0", QUOTED }, 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_str(judged(rows[i].field, rows[i].cut, rows[i].pairs), rows[i].want,
			  rows[i].pairs[0], __LINE__, __FILE__);
}

static void ipv6_in_text_and_json(void)
{
	static const char *const pairs[] = {
		"ipv6.src=::ffff:1.2.3.4", "ipv6.dst=2001:db8::2",
		"icmpv6.nd.ns.target_address=fe80::3",
		"icmpv6.nd.ns.options=hex:01010200000000019900", NULL
	};
	enum tc_header_id first;
	struct tc_frame f = frame_of(pairs, &first);
	struct tc_buf json = { 0 }, text = { 0 };
	struct tc_explain e;

	CHECK(tc_explain_open(&e, &f, TC_DLT_RAW, TC_HDR_IP, NULL) == 0);
	tc_explain_json(&json, &e, 1, TC_EXPLAIN_BRIEF);
	tc_explain_text(&text, &e, 1, TC_EXPLAIN_RULER | TC_EXPLAIN_SUMS);
	tc_buf_add_u8(&json, 0);
	tc_buf_add_u8(&text, 0);
	CHECK(strstr((char *)json.data, "{\"name\":\"ipv6.dst\",\"bit\":192,\"bits\":128,"
		     "\"value_hex\":\"20010db8000000000000000000000002\","
		     "\"text\":\"2001:db8::2\"}"));
	CHECK(strstr((char *)json.data, "\"text\":\"::ffff:1.2.3.4\""));
	CHECK(strstr((char *)text.data, "0101020000000001  type 1: source link-layer address\n"
		     "    9900  type 153: its length lies\n"));
	CHECK(strstr((char *)text.data, "pseudo-header (RFC 8200 8.1)"));
	CHECK(strstr((char *)text.data, "0x20010db8000000000000000000000002  2001:db8::2"));
	tc_buf_free(&json);
	tc_buf_free(&text);
	tc_explain_free(&e);
	drop(&f);
}

/* What stands in a line of its own for options with these bytes, of a frame that is cut by so
 * many. */
static void options_say(const char *field, const char *hex, size_t cut, const char *want)
{
	char option[160];
	const char *const pairs[] = { "ipv6.src=::1", "ipv6.dst=::2", option, NULL };
	enum tc_header_id first;
	struct tc_buf text = { 0 };
	struct tc_explain e;
	struct tc_frame f;

	snprintf(option, sizeof option, "%s=hex:%s", field, hex);
	f = frame_of(pairs, &first);
	f.len -= cut;
	tc_explain_open(&e, &f, TC_DLT_RAW, TC_HDR_IP, NULL);
	tc_explain_text(&text, &e, 1, TC_EXPLAIN_BRIEF);
	tc_buf_add_u8(&text, 0);
	check_true(strstr((char *)text.data, want) != NULL, want, __LINE__, __FILE__);
	tc_buf_free(&text);
	tc_explain_free(&e);
	drop(&f);
}

static void ipv6_options_by_name(void)
{
	static const struct { const char *hex, *want; } cases[] = {
		{ "00", "    00  type 0: Pad1\n" },
		{ "01020000", "    01020000  type 1: PadN\n" },
		{ "05020000", "    05020000  type 5: router alert (RFC 2711): 0 (MLD)\n" },
		{ "05020002", "type 5: router alert (RFC 2711): 2 (active networks)\n" },
		{ "050207ff", "type 5: router alert (RFC 2711): 2047\n" },
		{ "050100", "    050100  type 5: router alert (RFC 2711): BAD, 1 bytes of data, it "
		  "has 2\n" },
		{ "040107", "    040107  type 4: tunnel encapsulation limit (RFC 2473): 7 more "
		  "headers\n" },
		{ "0400", "type 4: tunnel encapsulation limit (RFC 2473): BAD, 0 bytes of data, it "
		  "has 1\n" },
		{ "c20400011170", "type 194: jumbo payload (RFC 2675): 70000 bytes\n" },
		{ "c2040000ffff", "type 194: jumbo payload (RFC 2675): 65535 bytes, and it is for "
		  "more than 65535\n" },
		{ "c9100000000000000000000000000000000001",
		  "type 201: home address (RFC 6275)\n" },
		{ "1e0161", "    1e0161  type 30: unknown\n" },
		{ "0502000004010a01", "    05020000  type 5: router alert (RFC 2711): 0 (MLD)\n"
		  "    04010a  type 4: tunnel encapsulation limit (RFC 2473): 10 more headers\n" },
		{ "0109", "type 1: its length lies\n" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		options_say("ipv6.dstopts.options", cases[i].hex, 0, cases[i].want);
	for (size_t cut = 0; cut < 40 + 16 + 20; cut++)	/* whatever is still there */
		options_say("ipv6.dstopts.options", "05020000c2040001117001010104", cut, "");
}

/* What the capture cut off is no lie of the option that reaches there. */
static void cut_options_do_not_lie(void)
{
	static const char options[] = "icmpv6.nd.ns.options";
	static const char two[] = "01010200000000010501000000000578";

	options_say(options, two, 0, "    0501000000000578  type 5: MTU\n");
	options_say(options, two, 1, "    05010000000005  type 5: cut by the capture\n");
	options_say(options, two, 7, "    05  type 5: cut by the capture\n");
	options_say(options, "0500000000000578", 1, "type 5: its length lies\n");
	options_say(options, "05", 0, "    05  type 5: its length lies\n");
}

/* An MPLS label, IPv4, VXLAN, Ethernet, IPv4, GRE with a key, IPv6, TCP; by Scapy. */
#define TUNNELS "0200000000020200000000018847000101404500008a000100004011f65ec0000201c000" \
	"0202138812b50076cfa20800000000006400020000000002020000000001080045000058" \
	"00010000402ff66ec0000203c0000204200086dd00000003600000000014064020010db8" \
	"00000000000000000000000120010db80000000000000000000000024e20005000000000" \
	"0000000050022000e5fd0000"

/* Whole, each layer has its name; cut anywhere, those that are there still do. */
static void tunnels_are_looked_into(void)
{
	static const char *const names[] = {
		"eth", "mpls", "ip", "udp", "vxlan", "eth", "ip", "gre", "gre.key", "ipv6", "tcp",
	};
	static const size_t n_names = sizeof names / sizeof *names;
	struct tc_buf hex = { 0 };

	CHECK(tc_hex_decode(&hex, TUNNELS, strlen(TUNNELS), NULL) >= 0);
	CHECK_U64(tc_frames_guess(hex.data, hex.len), TC_HDR_ETH);
	for (size_t n = 0; n <= hex.len; n++) {
		uint8_t *copy = malloc(n + !n);
		struct tc_frame f = { .bytes = copy, .len = n, .wire_len = hex.len };
		struct tc_buf text = { 0 };
		struct tc_explain e;

		memcpy(copy, hex.data, n);
		CHECK(tc_explain_open(&e, &f, TC_DLT_EN10MB, TC_HDR_ETH, NULL) == 0);
		tc_explain_text(&text, &e, 1, TC_EXPLAIN_RULER | TC_EXPLAIN_SUMS);
		for (unsigned i = 0; i < e.n_layers; i++)
			CHECK(!e.layer[i].around || strcmp(e.layer[i].hdr->name, names[i]) == 0);
		for (unsigned i = 0; n == hex.len && i < n_names; i++)
			check_str(e.layer[i].hdr->name, names[i], "layer", __LINE__, __FILE__);
		CHECK(n < hex.len || (e.n_layers == n_names && !*e.damage));
		tc_buf_free(&text);
		tc_explain_free(&e);
		free(copy);
	}
	tc_buf_free(&hex);
}

CU_TestInfo tests_explain[] = {
	{ "tunnels are looked into, and cut anywhere", tunnels_are_looked_into },
	{ "computed fields of IPv6 are judged", ipv6_fields_are_judged },
	{ "options of IPv6 have names and values", ipv6_options_by_name },
	{ "options that the capture cut do not lie", cut_options_do_not_lie },
	{ "addresses and options of IPv6 are shown", ipv6_in_text_and_json },
	{ "computed fields are judged", computed_fields_are_judged },
	{ "what cannot be checked says why", what_cannot_be_checked_says_why },
	{ "a partial checksum is neither right nor wrong",
	  a_partial_checksum_is_neither_right_nor_wrong },
	{ "layers are found", layers_are_found },
	{ "a frame may end anywhere", a_frame_may_end_anywhere },
	{ "every link type is taken", every_link_type_is_taken },
	{ "the ruler is drawn as in the RFC", the_ruler_is_drawn_as_in_the_rfc },
	{ "the sum is worked out word by word", the_sum_is_worked_out_word_by_word },
	{ "frames are read from hex, files and captures",
	  frames_are_read_from_hex_files_and_captures },
	{ "the first header is guessed", the_first_header_is_guessed },
	CU_TEST_INFO_NULL
};
