/* SPDX-License-Identifier: BSD-2-Clause */
#include "frames.h"

#include "wire/target.h"

#include <string.h>

#define ROUTES(bytes) tc_options_route((const uint8_t *)(bytes), sizeof(bytes) - 1)

/* RFC 791 3.1: 131 loose, 137 strict; 7 records the way, 148 is RFC 2113's. */
static void a_source_route_is_found_among_options(void)
{
	CHECK(ROUTES("\x83\x07\x04\x08\x08\x08\x08"));
	CHECK(ROUTES("\x89\x07\x04\x08\x08\x08\x08"));
	CHECK(ROUTES("\x01\x01\x94\x04\0\0\x83\x03\x04"));
	CHECK(!ROUTES("\x07\x07\x04\0\0\0\0") && !ROUTES("\x94\x04\0\0") && !ROUTES(""));
	/* behind the end, inside another option, behind a length that lies */
	CHECK(!ROUTES("\0\x83\x07\x04\x08\x08\x08\x08"));
	CHECK(!ROUTES("\x44\x05\x83\x07\x04"));
	CHECK(!ROUTES("\x07\0\x83\x03\x04") && !ROUTES("\x07\x01\x83\x03\x04"));
	CHECK(!ROUTES("\x83\x07\x04") && !ROUTES("\x83"));
}

/* The same: the last address, while the pointer is not behind it. */
static void a_source_route_leads_to_its_last_address(void)
{
	static const struct { const char *hex; int at; } rows[] = {
		{ "83070408080808", 3 }, { "01890b0801020304050607080000", 8 },
		{ "830b0401020304050607080000", 7 },
		{ "83070808080808", -1 }, { "830b0c0102030405060708", -1 },	/* done */
		{ "830304", -1 }, { "830804080808080000", -1 }, { "07070408080808", -1 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct frame f = frame_of(rows[i].hex);
		const uint8_t *to = tc_options_destination(f.bytes, f.n);

		CHECK((to ? to - f.bytes : -1) == rows[i].at);
		free(f.bytes);
	}
}

/* The lengths say nothing that is so, TCP's header neither. */
static void an_address_is_read_whatever_else_lies(void)
{
	uint8_t ip[40] = { 0x45, 0, 0xff, 0xff, [9] = 6, [12] = 10, [16] = 8, 8, 4, 4 };
	struct tc_packet_target t;

	CHECK(tc_target_of(&t, ip, sizeof ip) && !t.routed);
	CHECK(t.addr.family == 4 && memcmp(t.addr.bytes, "\x08\x08\x04\x04", 4) == 0);
	CHECK(tc_target_of(&t, ip, 20) && !tc_target_of(&t, ip, 19) && !tc_target_of(&t, ip, 0));
	ip[0] = 0x47;
	memcpy(ip + 20, "\x89\x07\x04\x08\x08\x08\x08", 7);
	CHECK(tc_target_of(&t, ip, sizeof ip) && t.routed);
	ip[0] = 0x4f;			/* a header of 60 bytes, of which there are 28 */
	CHECK(tc_target_of(&t, ip, 28) && t.routed);
	ip[0] = 0x42;
	CHECK(tc_target_of(&t, ip, sizeof ip) && !t.routed);
}

/* RFC 8200 4.4: behind options, with segments left. */
static void a_routing_header_leads_on_while_segments_are_left(void)
{
	uint8_t ip[40 + 8 + 24] = { 0x60, [6] = 0, [24] = 0x20, 0x01, [40] = 43, 0, [49] = 2 };
	struct tc_packet_target t;

	ip[48] = 6;
	ip[51] = 1;
	CHECK(tc_target_of(&t, ip, sizeof ip) && t.routed);
	CHECK(t.addr.family == 6 && t.addr.bytes[0] == 0x20 && t.addr.bytes[1] == 1);
	ip[51] = 0;
	CHECK(tc_target_of(&t, ip, sizeof ip) && !t.routed);
	CHECK(tc_target_of(&t, ip, 40) && !tc_target_of(&t, ip, 39));
}

CU_TestInfo tests_target[] = {
	{ "a source route is found among options", a_source_route_is_found_among_options },
	{ "a source route leads to its last address", a_source_route_leads_to_its_last_address },
	{ "an address is read whatever else lies", an_address_is_read_whatever_else_lies },
	{ "a routing header leads on while segments are left",
	  a_routing_header_leads_on_while_segments_are_left },
	CU_TEST_INFO_NULL
};
