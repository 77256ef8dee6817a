/* SPDX-License-Identifier: BSD-2-Clause */
/* Every form of every kind of value, and the lines that answer a wrong one. */
#include "check.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/field.h>
#include <tcpcraft/rng.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <strings.h>

static const struct tc_field *field(const char *name)
{
	struct tc_field_ref ref = { 0 };
	struct tc_error err = { 0 };

	CHECK_OK(tc_field_find(&ref, name, NULL, &err), err);
	return ref.field;
}

struct form {
	const char *name, *text;
	tc_value value;
};

#define DB8 ((tc_value)0x20010db8 << 96)

static const struct form forms[] = {
	{ "tcp.dstport", "80", 80 },
	{ "tcp.dstport", "0x50", 80 },
	{ "tcp.dstport", "0X50", 80 },
	{ "tcp.dstport", "hex:0050", 80 },
	{ "tcp.dstport", "hex:50", 80 },
	{ "tcp.dstport", "http", 80 },
	{ "tcp.dstport", "HTTPS", 443 },
	{ "tcp.dstport", "080", 80 },
	{ "tcp.dstport", "65535", 65535 },
	{ "tcp.seq", "4294967295", 0xffffffff },
	{ "tcp.seq", "hex:de ad be ef", 0xdeadbeef },
	{ "ip.src", "10.0.0.1", 0x0a000001 },
	{ "ip.src", "167772161", 0x0a000001 },
	{ "ip.src", "0x0a000001", 0x0a000001 },
	{ "ip.src", "hex:0a000001", 0x0a000001 },
	{ "ip.src", "127.1", 0x7f000001 },
	{ "ip.src", "0", 0 },
	{ "eth.src", "02:00:00:00:00:fe", 0x0200000000fe },
	{ "eth.src", "2-0-0-0-0-FE", 0x0200000000fe },
	{ "eth.src", "0x0200000000fe", 0x0200000000fe },
	{ "eth.src", "hex:0200000000fe", 0x0200000000fe },
	{ "eth.src", "1", 1 },
	{ "eth.type", "arp", 0x0806 },
	{ "ip.proto", "TCP", 6 },
	{ "ip.proto", "icmp", 1 },
	{ "arp.opcode", "reply", 2 },
	{ "icmp.type", "time-exceeded", 11 },
	{ "ip.flags.df", "0", 0 },
	{ "ip.hdr_len", "15", 15 },
	{ "ip.checksum", "0xbeef", 0xbeef },
	{ "ip.checksum", "48879", 0xbeef },
	{ "prot.checksum", "0x1234", 0x1234 },
	{ "prot.checksum", "hex:3412", 0x1234 },
	{ "prot.magic", "0x50524f54", 0x50524f54 },
	{ "tcp.flags", "SA", 0x012 },
	{ "tcp.flags", "S.", 0x012 },
	{ "tcp.flags", "syn,ack", 0x012 },
	{ "tcp.flags", "SYN,ACK", 0x012 },
	{ "tcp.flags", "0x12", 0x012 },
	{ "tcp.flags", "18", 0x012 },
	{ "tcp.flags", "hex:0012", 0x012 },
	{ "tcp.flags", "FSRPAUEC", 0x0ff },
	{ "tcp.flags", "SEW", 0x0c2 },
	{ "tcp.flags", ".", 0x010 },
	{ "tcp.flags", "none", 0 },
	{ "tcp.flags", "-", 0 },
	{ "tcp.flags", "psh,rst,cwr", 0x08c },
	{ "tcp.flags", "push,reset,ece,urg,fin", 0x06d },
	{ "tcp.flags", "ae,syn", 0x102 },
	{ "tcp.flags", "0xfff", 0xfff },
	{ "ip.flags", "7", 7 },
	{ "vlan.id", "4095", 4095 },
	{ "ipv6.dst", "::1", 1 },
	{ "ipv6.dst", "1", 1 },
	{ "ipv6.dst", "0x20010db8000000000000000000000001", DB8 | 1 },
	{ "ipv6.dst", "42540766411282592856903984951653826561", DB8 | 1 },
	{ "ipv6.dst", "hex:20010db8000000000000000000000001", DB8 | 1 },
	{ "ipv6.dst", "2001:DB8:0:0:0:0:0:1", DB8 | 1 },
	{ "ipv6.src", "::ffff:10.0.0.1", (tc_value)0xffff0a000001 },
	{ "ipv6.src", "0xffffffffffffffffffffffffffffffff", ~(tc_value)0 },
	{ "ipv6.nxt", "dstopts", 60 },
	{ "ipv6.nh", "58", 58 },
	{ "ipv6.tc", "0xff", 255 },
	{ "icmpv6.type", "echo-reply", 129 },
};

static void every_form_is_read(void)
{
	for (unsigned i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		struct tc_error err = { 0 };
		tc_value v = ~forms[i].value;

		check_ok(tc_field_parse(field(forms[i].name), forms[i].text, &v, &err),
			 err.msg, forms[i].text, __LINE__, __FILE__);
		check_true(v == forms[i].value, forms[i].text, __LINE__, __FILE__);
	}
}

/* Whatever services(5) has on this machine is a port's name. */
static void services_of_the_machine_are_ports(void)
{
	struct servent *s;
	unsigned tried = 0;
	tc_value v;

	setservent(1);
	while (tried < 50 && (s = getservent())) {
		const struct tc_sym *sym = tc_syms_port;

		while (sym->name && strcasecmp(sym->name, s->s_name) != 0)
			sym++;
		if (sym->name || strcmp(s->s_proto, "tcp") != 0)
			continue;
		CHECK(tc_field_parse(field("tcp.dstport"), s->s_name, &v, NULL) == 0);
		check_u64((uint64_t)v, ntohs((uint16_t)s->s_port), s->s_name, __LINE__, __FILE__);
		tried++;
	}
	endservent();
}

struct wrong {
	const char *name, *text;
	int code;
	const char *msg;
};

#define NOT_16 " is not a number: 0 to 65535, as 80, 0x50 or hex:50"
#define NOT_IP4 " is not an IPv4 address, such as 10.0.0.1"
#define NOT_IP6 " is not an IPv6 address without a scope, such as 2001:db8::1"
#define NOT_MAC " is not a hardware address, such as 02:00:00:00:00:01"
#define NOT_FLAGS ": flags are letters of FSRPAUECW. (SA, S.), names (syn,ack), none, " \
		  "or a number up to 0xfff"

static const struct wrong wrongs[] = {
	{ "ip.ttl", "300", -ERANGE, "ip.ttl=300 is out of range: 8 bits hold 0 to 255" },
	{ "ip.ttl", "256", -ERANGE, "ip.ttl=256 is out of range: 8 bits hold 0 to 255" },
	{ "ip.flags.df", "2", -ERANGE, "ip.flags.df=2 is out of range: 1 bit holds 0 to 1" },
	{ "tcp.seq", "4294967296", -ERANGE,
	  "tcp.seq=4294967296 is out of range: 32 bits hold 0 to 4294967295" },
	{ "tcp.seq", "99999999999999999999999", -ERANGE,
	  "tcp.seq=99999999999999999999999 is out of range: 32 bits hold 0 to 4294967295" },
	{ "tcp.hdr_len", "20", -ERANGE, "tcp.hdr_len=20 counts 32-bit words: 20 bytes is 5" },
	{ "tcp.hdr_len", "60", -ERANGE, "tcp.hdr_len=60 counts 32-bit words: 60 bytes is 15" },
	{ "tcp.hdr_len", "64", -ERANGE, "tcp.hdr_len=64 is out of range: 4 bits hold 0 to 15" },
	{ "tcp.hdr_len", "18", -ERANGE, "tcp.hdr_len=18 is out of range: 4 bits hold 0 to 15" },
	{ "ip.frag_offset", "16000", -ERANGE,
	  "ip.frag_offset=16000 counts 8-byte units: 16000 bytes is 2000" },
	{ "ip.frag_offset", "65536", -ERANGE,
	  "ip.frag_offset=65536 is out of range: 13 bits hold 0 to 8191" },
	{ "ip.ttl", "", -EINVAL, "ip.ttl= has no value" },
	{ "tcp.window", "abc", -EINVAL, "tcp.window_size_value=abc" NOT_16 },
	{ "tcp.window", "-1", -EINVAL, "tcp.window_size_value=-1" NOT_16 },
	{ "tcp.window", "0x", -EINVAL, "tcp.window_size_value=0x" NOT_16 },
	{ "tcp.window", "1 ", -EINVAL, "tcp.window_size_value=1 " NOT_16 },
	{ "tcp.window", "1\n", -EINVAL, "tcp.window_size_value=1?" NOT_16 },
	{ "tcp.window", "bad", -EINVAL, "tcp.window_size_value=bad" NOT_16 },
	{ "tcp.window", "hex:010203", -ERANGE,
	  "tcp.window_size_value=hex:010203 is 3 bytes, the field holds 2" },
	{ "tcp.window", "hex:", -EINVAL,
	  "tcp.window_size_value=hex: is 0 bytes, the field holds 2" },
	{ "tcp.window", "hex:1", -EINVAL,
	  "tcp.window_size_value=hex:1: an odd number of hex digits: two make a byte" },
	{ "ip.hdr_len", "hex:10", -ERANGE,
	  "ip.hdr_len=hex:10 counts 32-bit words: 16 bytes is 4" },
	{ "tcp.dstport", "nosuchservice", -EINVAL, "tcp.dstport=nosuchservice" NOT_16
	  ", or a name: echo, discard, daytime, chargen, ftp-data, ftp, ..." },
	{ "arp.opcode", "ask", -EINVAL, "arp.opcode=ask" NOT_16
	  ", or a name: request, reply, rarp-request, rarp-reply" },
	{ "ip.src", "10.0.0.256", -EINVAL, "ip.src=10.0.0.256" NOT_IP4 },
	{ "ip.src", "10.0.0.1 x", -EINVAL, "ip.src=10.0.0.1 x" NOT_IP4 },
	{ "ip.src", "localhost", -EINVAL, "ip.src=localhost" NOT_IP4 },
	{ "ip.src", "4294967296", -ERANGE,
	  "ip.src=4294967296 is out of range: 32 bits hold 0 to 4294967295" },
	{ "eth.src", "02:00:00:00:00", -EINVAL, "eth.src=02:00:00:00:00" NOT_MAC },
	{ "eth.src", "02:00:00:00:00:01:02", -EINVAL,
	  "eth.src=02:00:00:00:00:01:02" NOT_MAC },
	{ "eth.src", "02:00:00:00:00:1g", -EINVAL, "eth.src=02:00:00:00:00:1g" NOT_MAC },
	{ "tcp.flags", "SX", -EINVAL, "tcp.flags=SX" NOT_FLAGS },
	{ "tcp.flags", "syn,", -EINVAL, "tcp.flags=syn," NOT_FLAGS },
	{ "tcp.flags", "syn,xyz", -EINVAL, "tcp.flags=syn,xyz" NOT_FLAGS },
	{ "tcp.flags", "0x1000", -ERANGE,
	  "tcp.flags=0x1000 is out of range: 12 bits hold 0 to 4095" },
	{ "ipv6.src", "10.0.0.1", -EINVAL, "ipv6.src=10.0.0.1" NOT_IP6 },
	{ "ipv6.src", "fe80::1%lo", -EINVAL, "ipv6.src=fe80::1%lo" NOT_IP6 },
	{ "ipv6.src", "::g", -EINVAL, "ipv6.src=::g" NOT_IP6 },
	{ "ipv6.src", "0x100000000000000000000000000000000", -ERANGE,
	  "ipv6.src=0x100000000000000000000000000000000 is out of range: 128 bits hold less "
	  "than 2^128" },
	{ "ipv6.hlim", "18446744073709551616", -ERANGE,
	  "ipv6.hlim=18446744073709551616 is out of range: 8 bits hold 0 to 255" },
	{ "tcp.options", "5", -EINVAL, "tcp.options=5: this field has no numeric value" },
};

static void wrong_values_are_explained(void)
{
	for (unsigned i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
		struct tc_error err = { 0 };
		tc_value v = 77;

		tc_field_parse(field(wrongs[i].name), wrongs[i].text, &v, &err);
		check_true(err.code == wrongs[i].code, wrongs[i].text, __LINE__, __FILE__);
		check_str(err.msg, wrongs[i].msg, wrongs[i].text, __LINE__, __FILE__);
		CHECK_U64(v, 77);
	}
}

static void a_long_text_is_cut(void)
{
	struct tc_error err = { 0 };
	char text[300];
	tc_value v;

	memset(text, 'z', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	CHECK(tc_field_parse(field("ip.src"), text, &v, &err) == -EINVAL);
	CHECK_STR(strstr(err.msg, "zz... is"),
		  "zz... is not an IPv4 address, such as 10.0.0.1");
	CHECK(strlen(err.msg) < 120);
}

static void printed(const char *name, tc_value v, bool long_form, const char *want)
{
	struct tc_buf b = { 0 };

	tc_field_print(field(name), v, long_form, &b);
	check_str((char *)b.data, want, name, __LINE__, __FILE__);
	tc_buf_free(&b);
}

static void values_are_printed(void)
{
	printed("ip.checksum", 0x1c46, false, "0x1c46");
	printed("ip.dsfield", 2, false, "0x02");
	printed("ip.flags", 2, false, "0x2");
	printed("ip.src", 0x0a000001, false, "10.0.0.1");
	printed("ipv6.src", DB8 | 1, false, "2001:db8::1");
	printed("ipv6.dst", 0, false, "::");
	printed("ipv6.nxt", 0, true, "0 (hopopts)");
	printed("eth.src", 0x0200000000fe, false, "02:00:00:00:00:fe");
	printed("tcp.flags", 0x012, false, "S.");
	printed("tcp.flags", 0, false, "none");
	printed("tcp.flags", 0x112, false, "0x112");
	printed("tcp.dstport", 80, false, "80");
	printed("tcp.dstport", 80, true, "80 (http)");
	printed("ip.proto", 6, true, "6 (tcp)");
	printed("ip.proto", 200, true, "200");
	printed("tcp.flags.syn", 1, true, "1");
	printed("prot.checksum", 0x41, false, "0x0041");
}

static void reads_back(const struct tc_field *f, tc_value v)
{
	struct tc_error err = { 0 };
	struct tc_buf b = { 0 };
	tc_value back = ~v;

	tc_field_print(f, v, false, &b);
	CHECK_OK(tc_field_parse(f, (char *)b.data, &back, &err), err);
	check_true(back == v, f->name, __LINE__, __FILE__);
	tc_buf_free(&b);
}

/* What is printed reads back, for every field and alias at 0, 1, max and at random. */
static void print_and_parse_agree(void)
{
	struct tc_rng r;

	tc_rng_seed(&r, 6);
	for (enum tc_header_id id = 0; id < TC_HDR_COUNT; id++) {
		const struct tc_header *h = tc_header_get(id);

		for (unsigned i = 0; i < h->n_rows + h->n_aliases; i++) {
			const struct tc_field *f = i < h->n_rows ? &h->rows[i] :
						   &h->aliases[i - h->n_rows];

			for (unsigned k = 0; k < 30 && f->bits; k++) {
				tc_value v = k < 2 ? k : tc_rng_u64(&r);

				v = k > 2 ? v << 64 | tc_rng_u64(&r) : v;
				v = k == 2 ? tc_field_max(f) : v & tc_field_max(f);
				reads_back(f, v);
			}
		}
	}
}

static void bytes_of(const char *name, const char *text, const void *want, size_t n)
{
	struct tc_error err = { 0 };
	struct tc_buf b = { 0 };

	check_ok(tc_field_parse_bytes(field(name), text, &b, &err), err.msg, text, __LINE__,
		 __FILE__);
	check_u64(b.len, n, text, __LINE__, __FILE__);
	if (b.len == n && n)
		check_mem(b.data, want, n, text, __LINE__, __FILE__);
	tc_buf_free(&b);
}

static void bytes_fail(const char *name, const char *text, const char *msg)
{
	struct tc_error err = { 0 };
	struct tc_buf b = { 0 };

	CHECK(tc_field_parse_bytes(field(name), text, &b, &err) == -EINVAL);
	check_str(err.msg, msg, text, __LINE__, __FILE__);
	tc_buf_free(&b);
}

static void variable_values_are_read(void)
{
	bytes_of("prot.payload", "hello", "hello", 5);
	bytes_of("prot.payload", "", "", 0);
	bytes_of("prot.payload", "hex:00ff", "\x00\xff", 2);
	bytes_of("data.data", "hex:", "", 0);
	bytes_of("data.data", "hex:3*4142", "ABABAB", 6);
	bytes_of("data.data", "hex:0*41", "", 0);
	bytes_fail("data.data", "hex:-1*", "data.data=hex:-1*: '-1*' is not N*HEX, the same bytes "
		   "N times");
	bytes_fail("data.data", "hex: 3*41", "data.data=hex: 3*41: ' 3*41' is not N*HEX, the same "
		   "bytes N times");
	bytes_fail("data.data", "hex:3*", "data.data=hex:3*: no bytes as hex digits behind the *");
	bytes_of("tcp.options", "hex:0500", "\x05\x00", 2);
	bytes_of("tcp.options", "mss 1460,nop,wscale 7",
		 "\x02\x04\x05\xb4\x01\x03\x03\x07", 8);
	bytes_of("ip.options", "hex:94040000", "\x94\x04\x00\x00", 4);
	bytes_of("ip.options", "", "", 0);
	bytes_fail("ip.options", "ra",
		   "ip.options=ra: IP options are written as hex:94040000");
	bytes_of("ipv6.routing.src.addr", "::1,2001:db8::2", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"
		 "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02", 32);
	bytes_of("ipv6.hopopts.options", "hex:0502", "\x05\x02", 2);
	bytes_fail("ipv6.hopopts.options", "ra",
		   "ipv6.hopopts.options=ra: IPv6 options are written as hex:05020000");
	bytes_fail("ipv6.routing.src.addr", "::1,", "ipv6.routing.src.addr=::1,: addresses are "
		   "written as 2001:db8::1,2001:db8::2, other bytes as hex:...");
	bytes_fail("ipv6.routing.src.addr", "::1,fe80::1%lo", "ipv6.routing.src.addr=::1,"
		   "fe80::1%lo: addresses are written as 2001:db8::1,2001:db8::2, other bytes "
		   "as hex:...");
	bytes_fail("prot.payload", "hex:0g",
		   "prot.payload=hex:0g: 'g' at character 2 is not a hex digit");
}

static void bytes_round_trip(const char *name, const void *bytes, size_t n)
{
	struct tc_buf text = { 0 }, back = { 0 };
	struct tc_error err = { 0 };

	tc_field_print_bytes(field(name), bytes, n, &text);
	tc_buf_add_u8(&text, 0);
	CHECK_OK(tc_field_parse_bytes(field(name), (char *)text.data, &back, &err), err);
	CHECK_U64(back.len, n);
	if (back.len == n && n)
		CHECK_MEM(back.data, bytes, n);
	tc_buf_free(&text);
	tc_buf_free(&back);
}

static void variable_values_are_printed(void)
{
	uint8_t bytes[40];
	struct tc_rng r;
	size_t n;

	tc_rng_seed(&r, 8);
	for (unsigned i = 0; i < 500; i++) {
		n = tc_rng_below(&r, sizeof bytes + 1);
		tc_rng_bytes(&r, bytes, n);
		bytes_round_trip("prot.payload", bytes, n);
		bytes_round_trip("ip.options", bytes, n);
		bytes_round_trip("tcp.options", bytes, n);
	}
	bytes_round_trip("data.data", "hex:00", 6);
	bytes_round_trip("data.data", "plain text", 10);
}

CU_TestInfo tests_field_text[] = {
	{ "every form of every kind is read", every_form_is_read },
	{ "a service of this machine names its port", services_of_the_machine_are_ports },
	{ "a wrong value is answered with what is allowed", wrong_values_are_explained },
	{ "a long value is cut in the message", a_long_text_is_cut },
	{ "values are printed as people read them", values_are_printed },
	{ "what is printed reads back as the same value", print_and_parse_agree },
	{ "payloads and options are read from text and hex", variable_values_are_read },
	{ "payloads and options are printed so that they read back",
	  variable_values_are_printed },
	CU_TEST_INFO_NULL
};
