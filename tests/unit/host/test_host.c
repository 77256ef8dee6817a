/* SPDX-License-Identifier: BSD-2-Clause */
/* HOST and PORT as people write them, and which targets need no permission. */
#include "check.h"

#include <tcpcraft/error.h>
#include <tcpcraft/route.h>

#include <errno.h>

static void addresses(void)
{
	static const struct { const char *text; uint32_t want; } rows[] = {
		{ "127.0.0.1", 0x7f000001 },	 { "127.1", 0x7f000001 },
		{ "0", 0x7f000001 },		 { "0.0.0.0", 0x7f000001 },
		{ "10.0.0.1", 0x0a000001 },	 { "0x0a000001", 0x0a000001 },
		{ "167772161", 0x0a000001 },	 { "012.1", 0x0a000001 },
		{ "255.255.255.255", 0xffffffff },
	};
	struct tc_error err = { 0 };
	struct tc_addr addr;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		CHECK_OK(tc_host_parse(&addr, rows[i].text, 0, true, &err), err);
		CHECK_U64(addr.family, 4);
		CHECK_U64(tc_addr_v4(&addr), rows[i].want);
	}
}

static void addresses_of_ipv6(void)
{
	static const struct { const char *text, *want; } rows[] = {
		{ "::1", "::1" }, { "[::1]", "::1" }, { "::", "::1" },
		{ "2001:DB8:0::0:1", "2001:db8::1" }, { "::ffff:10.0.0.1", "10.0.0.1" },
		{ "::ffff:0.0.0.0", "127.0.0.1" }, { "fe80::1%lo", "fe80::1%lo" },
	};
	char text[TC_ADDR_STRING];
	struct tc_error err = { 0 };
	struct tc_addr addr;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		CHECK_OK(tc_host_parse(&addr, rows[i].text, 0, true, &err), err);
		CHECK_STR(tc_addr_string(&addr, text), rows[i].want);
	}
	CHECK(tc_host_parse(&addr, "::1", 4, true, &err) == -EAFNOSUPPORT);
	CHECK_STR(err.msg, "::1 is an address of IPv6, and IPv4 was asked for");
	CHECK(tc_host_parse(&addr, "10.1", 6, true, &err) == -EAFNOSUPPORT);
	CHECK(tc_host_parse(&addr, "fe80::1%no_such", 0, true, &err) == -ENODEV);
	CHECK(tc_host_parse(&addr, "::1:", 0, false, &err) == -EINVAL);
	CHECK_STR(err.msg, "'::1:' is not an address, such as 10.0.0.1, 2001:db8::1 or "
		  "fe80::1%eth0");
}

static void bad_hosts(void)
{
	struct tc_error err = { 0 };
	struct tc_addr addr;

	CHECK(tc_host_parse(&addr, "", 0, true, &err) == -EINVAL);
	CHECK_STR(err.msg, "the host is empty: give a name or an address");
	CHECK(tc_host_parse(&addr, "example", 0, true, &err) == -EINVAL);
	CHECK_STR(err.msg, "'example' is not an address, such as 10.0.0.1, 2001:db8::1 or "
		  "fe80::1%eth0");
	CHECK(tc_host_parse(&addr, "10.0.0.1 x", 0, true, &err) == -EINVAL);
	CHECK(tc_host_parse(&addr, "10.0.0.256", 0, true, &err) == -EINVAL);
	/* Not a name by RFC 1123, so that no resolver asks the network. */
	CHECK(tc_host_parse(&addr, "no_such..host", 0, false, &err) == -TC_ERR_NO_HOST);
	CHECK(strncmp(err.msg, "unknown host 'no_such..host': ", 30) == 0);
}

static void ports(void)
{
	struct tc_error err = { 0 };
	uint16_t port = 0;

	CHECK_OK(tc_port_parse(&port, "1", &err), err);
	CHECK_U64(port, 1);
	CHECK_OK(tc_port_parse(&port, "65535", &err), err);
	CHECK_U64(port, 65535);
	CHECK(tc_port_parse(&port, "0", &err) == -EINVAL);
	CHECK(tc_port_parse(&port, "65536", &err) == -EINVAL);
	CHECK_STR(err.msg, "port 65536 is not in 1..65535");
	CHECK(tc_port_parse(&port, "99999999999999999999", &err) == -EINVAL);
	CHECK(tc_port_parse(&port, "80x", &err) == -EINVAL);
	CHECK_STR(err.msg, "port '80x' is not a number");
	CHECK(tc_port_parse(&port, "-1", &err) == -EINVAL);
	CHECK(tc_port_parse(&port, "", &err) == -EINVAL);
	CHECK(tc_port_parse(&port, "nosuchservice", &err) == -EINVAL);
	CHECK_STR(err.msg, "port 'nosuchservice' is neither a number in 1..65535 nor a TCP "
		  "service name");
}

static void free_targets(void)
{
	static const struct { uint32_t dst; bool free; } rows[] = {
		{ 0x09ffffff, false }, { 0x0a000000, true },  { 0x0affffff, true },
		{ 0x0b000000, false }, { 0x643fffff, false }, { 0x64400000, true },
		{ 0x647fffff, true },  { 0x64800000, false }, { 0x7f000001, true },
		{ 0xa9fdffff, false }, { 0xa9fe0000, true },  { 0xa9ff0000, false },
		{ 0xac0fffff, false }, { 0xac100000, true },  { 0xac1fffff, true },
		{ 0xac200000, false }, { 0xc0000201, true },  { 0xc0000301, false },
		{ 0xc0a70000, false }, { 0xc0a80101, true },  { 0xc0a90000, false },
		{ 0xc611ffff, false }, { 0xc6120000, true },  { 0xc613ffff, true },
		{ 0xc6140000, false }, { 0xc6336401, true },  { 0xc6336501, false },
		{ 0xcb007101, true },  { 0xcb007201, false }, { 0x08080808, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct tc_path p = { .dst = tc_addr_from_v4(rows[i].dst) };

		check_u64(tc_path_is_free_target(&p), rows[i].free, "free",
			  rows[i].dst >> 8, __FILE__);
		p.local = true;
		CHECK(tc_path_is_free_target(&p));
	}
}

static void free_targets_of_ipv6(void)
{
	static const struct { const char *dst; bool free; } rows[] = {
		{ "::1", true }, { "::2", false }, { "fe80::1", true }, { "febf::1", true },
		{ "fec0::1", false }, { "fc00::1", true }, { "fdff::1", true },
		{ "fe00::1", false }, { "2001:db8::1", true }, { "2001:db9::1", false },
		{ "3fff:fff::1", true }, { "3fff:1000::1", false }, { "2606:4700::1", false },
		{ "64:ff9b::1", false }, { "ff02::1", false },
	};
	struct tc_error err = { 0 };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct tc_path p = { 0 };

		CHECK_OK(tc_addr_parse(&p.dst, rows[i].dst, &err), err);
		CHECK_U64(tc_path_is_free_target(&p), rows[i].free);
	}
}

CU_TestInfo tests_host[] = {
	{ "an IPv6 address is read, and settled as connect(2) does", addresses_of_ipv6 },
	{ "which IPv6 targets are free", free_targets_of_ipv6 },
	{ "an address is read in every form of inet_aton", addresses },
	{ "what is not an address is named", bad_hosts },
	{ "a port is a number in 1..65535 or a service", ports },
	{ "private, shared, test and own addresses are free targets", free_targets },
	CU_TEST_INFO_NULL
};
