/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses of both families: the texts of RFC 4291 and RFC 5952, and what they are for. */
#include "check.h"

#include "base/addr.h"

#include <tcpcraft/addr.h>
#include <tcpcraft/error.h>
#include <tcpcraft/rng.h>

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>

static struct tc_addr addr(const char *text)
{
	struct tc_error err = { 0 };
	struct tc_addr a = { 0 };

	check_ok(tc_addr_parse(&a, text, &err), err.msg, text, __LINE__, __FILE__);
	return a;
}

static const struct form { const char *text, *shown; } forms[] = {
	/* RFC 4291 2.2: the three forms */
	{ "ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789" },
	{ "2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a" },
	{ "FF01:0:0:0:0:0:0:101", "ff01::101" }, { "FF01::101", "ff01::101" },
	{ "0:0:0:0:0:0:0:1", "::1" }, { "::1", "::1" }, { "0:0:0:0:0:0:0:0", "::" },
	{ "::", "::" }, { "0:0:0:0:0:0:13.1.68.3", "::d01:4403" },
	{ "::13.1.68.3", "::d01:4403" }, { "::FFFF:129.144.52.38", "::ffff:129.144.52.38" },
	{ "0:0:0:0:0:FFFF:129.144.52.38", "::ffff:129.144.52.38" },
	{ "::ffff:0:0", "::ffff:0.0.0.0" },
	/* RFC 5952 2: one address, many texts; 4: one of them */
	{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
	{ "2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
	{ "2001:db8::1:0:0:1", "2001:db8::1:0:0:1" },
	{ "2001:db8::0:1:0:0:1", "2001:db8::1:0:0:1" },
	{ "2001:0db8::1:0:0:1", "2001:db8::1:0:0:1" },
	{ "2001:db8:0:0:1::1", "2001:db8::1:0:0:1" },
	{ "2001:DB8:0:0:1::1", "2001:db8::1:0:0:1" },
	{ "2001:db8:aaaa:bbbb:cccc:dddd:eeee:0001",
	  "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1" },
	{ "2001:0db8::0001", "2001:db8::1" }, { "2001:db8:0:0:0:0:2:1", "2001:db8::2:1" },
	{ "2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },	/* not for one field */
	{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },		/* the longest run */
	{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },	/* the first of two */
	{ "0:0:1:0:0:0:0:0", "0:0:1::" }, { "1::", "1::" }, { "1:0:0:2:0:0:0:0", "1:0:0:2::" },
	{ "[2001:db8::1]", "2001:db8::1" },
	{ "fe80::1%4000000000", "fe80::1%4000000000" },	/* no such interface is left */
	/* IPv4, as inet_aton */
	{ "10.0.0.1", "10.0.0.1" }, { "127.1", "127.0.0.1" }, { "0x7f000001", "127.0.0.1" },
	{ "255.255.255.255", "255.255.255.255" }, { "0", "0.0.0.0" },
};

static void texts(void)
{
	char text[TC_ADDR_STRING];

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		struct tc_addr a = addr(forms[i].text), back;

		check_str(tc_addr_string(&a, text), forms[i].shown, forms[i].text, __LINE__,
			  __FILE__);
		back = addr(text);
		CHECK(tc_addr_equal(&a, &back));
		CHECK_MEM(&a, &back, sizeof a);
	}
	CHECK_STR(tc_addr_string(&(struct tc_addr){ 0 }, text), "-");
}

static const char *const wrong[] = {
	"", ":", ":::", "1", "10.0.0.256", "10.0.0.1 x", "2001:db8::1::2", "1:2:3:4:5:6:7",
	"1:2:3:4:5:6:7:8:9", "12345::", "g::", "[::1", "::1]", "[]", "[::1]%lo", "::1%",
	"::ffff:1.2.3", "::1 ", " ::1", "example", "::1%99999999999", "[10.0.0.1]", "::1/64",
	"fe80::1%0",
	"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%a_name_that_no_interface_can_have",
};

static void wrong_texts(void)
{
	struct tc_addr a = { .family = 9 };
	struct tc_error err;
	int rc;

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		err.msg[0] = '\0';
		rc = tc_addr_parse(&a, wrong[i], &err);
		if (strcmp(wrong[i], "1") == 0) {	/* but that is 0.0.0.1 */
			CHECK(rc == 0);
			a.family = 9;
			continue;
		}
		check_true(rc == -EINVAL || rc == -ENODEV, wrong[i], __LINE__, __FILE__);
		check_true(err.msg[0] && a.family == 9, wrong[i], __LINE__, __FILE__);
	}
	CHECK(tc_addr_parse(&a, "fe80::1%nosuch", &err) == -ENODEV);
	CHECK_STR(err.msg, "fe80::1%nosuch: there is no interface nosuch (ip link lists them)");
	CHECK(tc_addr_parse(&a, "::g", &err) == -EINVAL);
	CHECK_STR(err.msg, "'::g' is not an address, such as 10.0.0.1, 2001:db8::1 or "
		  "fe80::1%eth0");
}

/* The C library writes the same but for ::1.2.3.4, which it has for IPv4 (RFC 5952 5 is for
 * prefixes that are known to hold it), and reads all that is written. */
static void like_the_c_library(void)
{
	char theirs[INET6_ADDRSTRLEN], ours[TC_ADDR_STRING];
	uint8_t bytes[16], back[16];
	struct tc_rng rng;
	struct tc_addr a;

	tc_rng_seed(&rng, 1);
	for (unsigned i = 0; i < 20000; i++) {
		for (unsigned k = 0; k < 16; k += 2) {	/* many zeros, some short words */
			uint64_t r = tc_rng_u64(&rng);

			bytes[k] = r & 3 ? 0 : (uint8_t)(r >> 8);
			bytes[k + 1] = r & 12 ? 0 : (uint8_t)(r >> 16);
		}
		a = tc_addr_from_v6(bytes);
		tc_addr_string(&a, ours);
		CHECK(inet_pton(AF_INET6, ours, back) == 1);
		CHECK_MEM(back, bytes, sizeof bytes);
		inet_ntop(AF_INET6, bytes, theirs, sizeof theirs);
		if (!strchr(theirs, '.'))
			CHECK_STR(ours, theirs);
	}
}

static void scopes(void)
{
	char text[TC_ADDR_STRING], lo[IF_NAMESIZE];
	unsigned index = if_nametoindex("lo");
	struct tc_addr a = addr("fe80::1%lo"), b;

	CHECK(index && if_indextoname(index, lo));
	CHECK_U64(a.scope, index);
	CHECK_STR(tc_addr_string(&a, text), "fe80::1%lo");
	snprintf(text, sizeof text, "[fe80::1%%%u]", index);
	b = addr(text);
	CHECK(tc_addr_equal(&a, &b));
	b.scope = 0;
	CHECK(!tc_addr_equal(&a, &b) && tc_addr_compare(&b, &a) < 0);
	CHECK_STR(tc_addr_port_string(&a, 443, (char[TC_ADDR_PORT_STRING]){ 0 }),
		  "[fe80::1%lo]:443");
	a = addr("abcd:ef01:2345:6789:abcd:ef01:2345:6789%4294967295");
	CHECK_STR(tc_addr_port_string(&a, 65535, (char[TC_ADDR_PORT_STRING]){ 0 }),
		  "[abcd:ef01:2345:6789:abcd:ef01:2345:6789%4294967295]:65535");
}

static void ports(void)
{
	static const struct { const char *text, *shown; int port; } rows[] = {
		{ "10.0.0.1:80", "10.0.0.1:80", 80 }, { "[::1]:80", "[::1]:80", 80 },
		{ "[::1]", "[::1]:7", -1 }, { "::1", "[::1]:7", -1 },
		{ "10.0.0.1", "10.0.0.1:7", -1 }, { "[::ffff:1.2.3.4]:0",
		"[::ffff:1.2.3.4]:0", 0 }, { "127.1:65535", "127.0.0.1:65535", 65535 },
	};
	static const char *const bad[] = {
		"[::1]:", "[::1]:x", "[::1]:65536", "10.0.0.1:", "10.0.0.1:80x", ":80",
		"[::1]80", "[::1]:80:", "10.0.0.1:-1", "10.0.0.1:99999999999999999999",
	};
	char text[TC_ADDR_PORT_STRING];
	struct tc_error err = { 0 };
	struct tc_addr a;
	uint16_t port;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		port = 7;
		CHECK_OK(tc_addr_parse_port(&a, &port, rows[i].text, &err), err);
		CHECK_U64(port, rows[i].port < 0 ? 7 : rows[i].port);
		CHECK_STR(tc_addr_port_string(&a, port, text), rows[i].shown);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		check_true(tc_addr_parse_port(&a, &port, bad[i], &err) == -EINVAL, bad[i],
			   __LINE__, __FILE__);
}

static void numbers(void)
{
	struct tc_addr a = tc_addr_from_v4(0x0a000001), b = addr("10.0.0.1");
	struct tc_addr six = addr("::ffff:10.0.0.1");

	CHECK_MEM(&a, &b, sizeof a);
	CHECK_U64(tc_addr_v4(&a), 0x0a000001);
	CHECK_U64(tc_addr_v4(&six), 0x0a000001);
	b = addr("::1");
	CHECK_U64(tc_addr_v4(&b), 0);
	CHECK(!tc_addr_equal(&a, &six));
}

static void order_and_hash(void)
{
	static const char *const sorted[] = {
		"0.0.0.0", "10.0.0.1", "10.0.0.2", "255.0.0.0", "::", "::1", "::2", "1::",
		"fe80::1", "fe80::1%7", "fe80::1%8", "fe80::2",
	};
	const size_t n = sizeof sorted / sizeof *sorted;
	unsigned differ = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++) {
			struct tc_addr a = addr(sorted[i]), b = addr(sorted[k]);
			int order = tc_addr_compare(&a, &b);

			CHECK((order > 0) - (order < 0) == (i > k) - (i < k));
			CHECK(tc_addr_equal(&a, &b) == (i == k));
			CHECK((tc_addr_hash(&a, 1) == tc_addr_hash(&b, 1)) == (i == k));
		}
	/* neighbours fall into different buckets of a small table */
	for (uint32_t i = 0; i < 256; i++) {
		struct tc_addr a = tc_addr_from_v4(0x0a000000 + i);

		differ |= 1u << (tc_addr_hash(&a, 0) % 16);
	}
	CHECK_U64(differ, 0xffff);
}

static void purposes(void)
{
	enum { U = 1, L = 2, P = 4, K = 8, M = 16, D = 32, V = 64 };
	static const struct { const char *text; unsigned is; } rows[] = {
		{ "0.0.0.0", U }, { "::", U }, { "127.0.0.1", L }, { "127.255.0.1", L },
		{ "128.0.0.1", 0 }, { "::1", L }, { "::2", 0 }, { "::ffff:127.0.0.1", L | V },
		{ "::ffff:0.0.0.0", U | V }, { "10.255.0.1", P }, { "11.0.0.1", 0 },
		{ "172.16.0.1", P }, { "172.31.255.255", P }, { "172.32.0.0", 0 },
		{ "172.15.255.255", 0 }, { "192.168.0.1", P }, { "192.169.0.0", 0 },
		{ "::ffff:192.168.0.1", P | V }, { "fc00::1", P }, { "fdff::1", P },
		{ "fbff::1", 0 }, { "fe00::1", 0 }, { "169.254.1.1", K }, { "169.255.1.1", 0 },
		{ "fe80::1", K }, { "febf::1", K }, { "fec0::1", 0 }, { "224.0.0.1", M },
		{ "239.255.255.255", M }, { "240.0.0.0", 0 }, { "ff02::1", M },
		{ "feff::1", 0 }, { "192.0.2.1", D }, { "198.51.100.7", D },
		{ "203.0.113.255", D }, { "203.0.114.0", 0 }, { "2001:db8::1", D },
		{ "2001:db9::1", 0 }, { "3fff::1", D }, { "3fff:fff::1", D },
		{ "3fff:1000::1", 0 }, { "8.8.8.8", 0 }, { "2606:4700::1", 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tc_addr a = addr(rows[i].text);
		unsigned is = (tc_addr_is_unspecified(&a) ? U : 0) |
			      (tc_addr_is_loopback(&a) ? L : 0) |
			      (tc_addr_is_private(&a) ? P : 0) |
			      (tc_addr_is_link_local(&a) ? K : 0) |
			      (tc_addr_is_multicast(&a) ? M : 0) |
			      (tc_addr_is_documentation(&a) ? D : 0) |
			      (tc_addr_is_mapped(&a) ? V : 0);

		check_u64(is, rows[i].is, rows[i].text, __LINE__, __FILE__);
	}
	CHECK(!tc_addr_is_loopback(&(struct tc_addr){ 0 }) &&
	      !tc_addr_is_unspecified(&(struct tc_addr){ 0 }));
}

/* A network may end within a byte. */
static void nets(void)
{
	static const struct { const char *a, *b; unsigned bits; bool same, first; } rows[] = {
		{ "fd77::", "fd77::1", 64, true, true }, { "fd77::1", "fd77::", 64, true, false },
		{ "fd77:0:0:5::", "fd77::1", 60, true, false },
		{ "fd77:0:0:10::", "fd77::1", 60, false, true },
		{ "fd77:0:0:10::", "fd77::1", 59, true, false },
		{ "2001:db8::80", "2001:db8::ff", 121, true, true },
		{ "2001:db8::80", "2001:db8::7f", 121, false, true },
		{ "2001:db8::c0", "2001:db8::80", 121, true, false },
		{ "::", "ffff::", 0, true, true }, { "::1", "::1", 128, true, true },
		{ "::1", "::1", 127, true, false },
		{ "10.0.0.0", "10.0.0.9", 28, true, true },
		{ "10.0.0.16", "10.0.0.9", 28, false, true },
		{ "10.0.0.24", "10.0.0.16", 28, true, false },
		{ "10.0.0.1", "10.0.0.1", 32, true, true },
		{ "10.0.0.0", "::", 0, false, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tc_addr a = addr(rows[i].a), b = addr(rows[i].b);

		check_u64(tc_addr_same_net(&a, &b, rows[i].bits), rows[i].same, rows[i].a,
			  __LINE__, __FILE__);
		check_u64(tc_addr_is_first(&a, rows[i].bits), rows[i].first, rows[i].a,
			  __LINE__, __FILE__);
	}
}

CU_TestInfo tests_ip[] = {
	{ "each text of RFC 4291 and RFC 5952 is read, and written in the one form", texts },
	{ "what is not an address is refused with a line", wrong_texts },
	{ "addresses are written as the C library writes them", like_the_c_library },
	{ "a scope is the name or number of an interface", scopes },
	{ "an address and a port are one text", ports },
	{ "IPv4 addresses are numbers, too", numbers },
	{ "addresses have an order and a hash", order_and_hash },
	{ "each address knows what it is for", purposes },
	{ "a network of any length has addresses, and a first one", nets },
	CU_TEST_INFO_NULL
};
