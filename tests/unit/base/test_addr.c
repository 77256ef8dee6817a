/* SPDX-License-Identifier: BSD-2-Clause */
#include "check.h"

#include "base/addr.h"
#include <tcpcraft/buf.h>

#include <arpa/inet.h>
#include <string.h>

static const uint8_t mac[6] = { 0x02, 0x00, 0x5e, 0xff, 0x10, 0x09 };

/* inet_ntop is the witness: every value of each byte. */
static void addresses_are_dotted_quads(void)
{
	for (uint32_t i = 0; i < 4 * 256; i++) {
		uint32_t shift = (i >> 8) * 8;
		uint32_t addr = (0x09630a64u & ~(0xffu << shift)) | (i & 0xff) << shift;
		struct in_addr in = { htonl(addr) };
		char want[INET_ADDRSTRLEN];
		uint32_t back = 0;

		CHECK_STR(TC_ADDR(addr), inet_ntop(AF_INET, &in, want, sizeof want));
		CHECK(tc_addr_read(&back, want) && back == addr);
	}
	CHECK_STR(TC_ADDR(0), "0.0.0.0");
	CHECK_STR(TC_ADDR(UINT32_MAX), "255.255.255.255");
}

static void ends_have_a_port(void)
{
	CHECK_STR(TC_END(0x7f000001, 80), "127.0.0.1:80");
	CHECK_STR(TC_END(0x0a000001, 0), "10.0.0.1:0");
	CHECK_STR(TC_END(UINT32_MAX, 65535), "255.255.255.255:65535");
	CHECK(strlen(TC_END(UINT32_MAX, 65535)) + 1 == TC_END_SIZE);
	CHECK(strlen(TC_ADDR(UINT32_MAX)) + 1 == TC_ADDR_SIZE);
	CHECK(strlen(TC_MAC(mac)) + 1 == TC_MAC_SIZE);
}

static void they_are_appended(void)
{
	struct tc_addr here = tc_addr_from_v4(0xc0a80102);
	struct tc_buf b = { 0 };

	tc_buf_text(&b, TC_ADDR(0x0a000001));
	tc_buf_text(&b, " ");
	tc_buf_text(&b, TC_HOST_PORT(&here, 443));
	tc_buf_text(&b, " ");
	tc_buf_text(&b, TC_MAC(mac));
	CHECK_STR((char *)b.data, "10.0.0.1 192.168.1.2:443 02:00:5e:ff:10:09");
	tc_buf_free(&b);
}

static void addresses_as_people_write_them(void)
{
	static const char *const none[] = { "", "x", "1.2.3.256", "10.0.0.1 ", " 10.0.0.1",
					    "10.0.0.1\n", "10.0.0.1:80", "::1", "1.2.3.4.5" };
	uint32_t addr = 7;

	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		CHECK(!tc_addr_read(&addr, none[i]) && addr == 7);
	CHECK(tc_addr_read(&addr, "127.1") && addr == 0x7f000001);
	CHECK(tc_addr_read(&addr, "0x7f000002") && addr == 0x7f000002);
	CHECK(tc_addr_read(&addr, "0") && addr == 0);
}

static void macs_to_and_from(void)
{
	static const char *const none[] = { "", "02:00:00:00:00", "02:00:00:00:00:01:",
					    "02:00:00:00:00:01 ", "02:00:00:00:00:0g",
					    "02:00:00:00:00:001", "020000000001", ":::::" };
	uint8_t back[6];
	uint64_t v = 7;

	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		CHECK(!tc_mac_read(&v, none[i]) && v == 7);
	CHECK(tc_mac_read(&v, "02:00:5e:ff:10:09") && v == 0x02005eff1009);
	CHECK(tc_mac_number(mac) == v);
	CHECK(tc_mac_read(&v, "2-0-5E-FF-10-9") && v == 0x02005eff1009);
	tc_mac_bytes(back, v);
	CHECK_MEM(back, mac, sizeof mac);
	CHECK_STR(TC_MAC(back), "02:00:5e:ff:10:09");
}

CU_TestInfo tests_addr[] = {
	{ "addresses are dotted quads", addresses_are_dotted_quads },
	{ "ends have a port", ends_have_a_port },
	{ "they are appended", they_are_appended },
	{ "addresses as people write them", addresses_as_people_write_them },
	{ "MACs to and from", macs_to_and_from },
	CU_TEST_INFO_NULL,
};
