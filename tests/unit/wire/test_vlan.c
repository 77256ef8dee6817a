/* SPDX-License-Identifier: BSD-2-Clause */
/* Tags of VLANs (IEEE 802.1Q 9.5, 9.6), in text and in frames. */
#include "check.h"

#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/segment.h>
#include <tcpcraft/vlan.h>

#include <errno.h>
#include <stdlib.h>

static const uint8_t to[6] = { 2, 0, 0, 0, 0, 9 }, from[6] = { 2, 0, 0, 0, 0, 1 };

#define MACS "020000000009020000000001"

static void text_is_one_id_or_two_and_a_priority(void)
{
	static const struct { const char *text; struct tc_vlan v; } good[] = {
		{ "1", { 1, 0, { 1 } } }, { "4094", { 1, 0, { 4094 } } },
		{ "10:7", { 1, 7, { 10 } } }, { "10:0", { 1, 0, { 10 } } },
		{ "100.10", { 2, 0, { 100, 10 } } }, { "4094.1:5", { 2, 5, { 4094, 1 } } },
		{ "0010", { 1, 0, { 10 } } },
	};
	struct tc_error err = { 0 };
	struct tc_vlan v;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		CHECK_OK(tc_vlan_parse(&v, good[i].text, &err), err);
		CHECK_U64(v.n, good[i].v.n);
		CHECK_U64(v.priority, good[i].v.priority);
		CHECK(v.id[0] == good[i].v.id[0] && v.id[1] == good[i].v.id[1]);
	}
}

static void other_text_is_refused(void)
{
	static const struct { const char *text, *says; } bad[] = {
		{ "0", "the ID of a VLAN is 1 to 4094" }, { "4095", "1 to 4094" },
		{ "4096", "1 to 4094" }, { "99999999999999999999", "1 to 4094" },
		{ "", "1 to 4094" }, { "x", "1 to 4094" }, { "-1", "1 to 4094" },
		{ ".1", "1 to 4094" }, { "1.", "1 to 4094" }, { "1.0", "1 to 4094" },
		{ "1.2.3", "two tags here at most" }, { "1.2.", "two tags here at most" },
		{ "1:8", "a priority is 0 to 7" }, { "1:", "a priority is 0 to 7" },
		{ "1:2:3", "a priority is 0 to 7" }, { "1:x", "a priority is 0 to 7" },
		{ "1 ", "ID[.ID][:PRIO]" }, { "0x10", "1 to 4094" }, { "10,20", "ID[.ID][:PRIO]" },
	};
	struct tc_error err = { 0 };
	struct tc_vlan v = { 1, 3, { 7 } };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		CHECK(tc_vlan_parse(&v, bad[i].text, &err) == -EINVAL);
		if (!strstr(err.msg, bad[i].says))
			CHECK_STR(err.msg, bad[i].says);
		CHECK(v.n == 1 && v.priority == 3 && v.id[0] == 7);
	}
}

static void headers_are_made(void)
{
	static const struct { struct tc_vlan v; const char *hex; } want[] = {
		{ { 0 }, MACS "86dd" }, { { 1, 0, { 10 } }, MACS "8100000a86dd" },
		{ { 1, 7, { 4094 } }, MACS "8100effe86dd" },
		{ { 2, 5, { 100, 10 } }, MACS "88a8a0648100a00a86dd" },
	};
	struct tc_error err = { 0 };
	uint8_t bytes[64];

	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		struct tc_buf hex = { 0 };
		struct tc_packet p = { 0 };

		CHECK_OK(tc_vlan_push(&p, to, from, &want[i].v, &err), err);
		CHECK_OK(tc_packet_push(&p, tc_header_get(TC_HDR_IPV6), &err), err);
		CHECK_OK(tc_packet_set(&p, (int)p.n - 1, TC_IPV6_NXT, 59, &err), err);
		CHECK_OK(tc_packet_build(&p, bytes, sizeof bytes, &err), err);
		tc_hex_encode(&hex, bytes, tc_vlan_head(&want[i].v));
		CHECK_STR((const char *)hex.data, want[i].hex);
		/* what was read is built again, the same: types too */
		CHECK_OK(tc_packet_parse(&p, bytes, tc_vlan_head(&want[i].v) + 40, TC_HDR_ETH,
					 &err), err);
		CHECK_U64(p.n, want[i].v.n + 2u);
		CHECK_OK(tc_packet_build(&p, bytes, sizeof bytes, &err), err);
		hex.len = 0;
		tc_hex_encode(&hex, bytes, tc_vlan_head(&want[i].v));
		CHECK_STR((const char *)hex.data, want[i].hex);
		tc_packet_free(&p);
		tc_buf_free(&hex);
	}
}

/* The frame, in a block of its own: what reads beyond it is seen. */
static size_t frame_of(const char *hex, uint8_t **bytes)
{
	struct tc_buf b = { 0 };
	size_t n;

	CHECK(tc_hex_decode(&b, hex, strlen(hex), NULL) >= 0);
	n = b.len;
	*bytes = malloc(n ? n : 1);
	if (n)
		memcpy(*bytes, b.data, n);
	tc_buf_free(&b);
	return n;
}

static void frames_are_of_their_own_vlan_alone(void)
{
	static const struct tc_vlan vlans[] = {
		{ 0 }, { 1, 0, { 10 } }, { 1, 6, { 10 } }, { 1, 0, { 11 } }, { 2, 0, { 100, 10 } },
		{ 2, 0, { 10, 100 } },
	};
	static const struct {
		const char *hex, *around;
		unsigned of;			/* bits of vlans */
	} frames[] = {
		{ MACS "0800", "", 1 }, { MACS "8100000a0800", "vlan 10", 6 },
		{ MACS "8100e00a0800", "vlan 10", 6 },		/* another priority */
		{ MACS "8100f00a0800", "vlan 10", 6 },		/* may be dropped first */
		{ MACS "88a8000a0800", "vlan 10", 6 },		/* a type that was guessed */
		{ MACS "9100000b86dd", "vlan 11", 8 },
		{ MACS "88a800648100000a0800", "vlan 100, vlan 10", 16 },
		{ MACS "810000648100000a0800", "vlan 100, vlan 10", 16 },
		{ MACS "8100000a810000640800", "vlan 10, vlan 100", 32 },
		{ MACS "8100a0000800", "", 1 },			/* a priority alone */
		{ MACS "810000008100000a0800", "vlan 10", 6 },
		{ MACS "8100006481000064810000640800", "vlan 100, vlan 100", 0 },
	};
	char text[TC_VLAN_TEXT];
	uint8_t *bytes;

	for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
		size_t n = frame_of(frames[i].hex, &bytes);

		tc_vlan_around(bytes, n, TC_DLT_EN10MB, text);
		CHECK_STR(text, frames[i].around);
		for (unsigned k = 0; k < sizeof vlans / sizeof *vlans; k++)
			CHECK_U64(tc_vlan_has(&vlans[k], bytes, n, TC_DLT_EN10MB),
				  frames[i].of >> k & 1);
		free(bytes);
	}
	CHECK(tc_vlan_has(&vlans[0], (const uint8_t *)"E", 1, TC_DLT_RAW));
	CHECK(!tc_vlan_has(&vlans[1], (const uint8_t *)"E", 1, TC_DLT_RAW));
	tc_vlan_text(&vlans[4], text);
	CHECK_STR(text, "vlan 100, vlan 10");
}

static void cut_frames_are_read_as_far_as_they_go(void)
{
	const struct tc_vlan v = { 2, 0, { 100, 10 } };
	const char *hex = MACS "88a800648100000a0800";
	char text[TC_VLAN_TEXT];
	uint8_t *bytes;

	for (size_t n = 0; n <= strlen(hex) / 2; n++) {
		char part[64];

		snprintf(part, sizeof part, "%.*s", (int)(2 * n), hex);
		CHECK_U64(frame_of(part, &bytes), n);
		tc_vlan_around(bytes, n, TC_DLT_EN10MB, text);
		CHECK_STR(text, n < 18 ? "" : n < 22 ? "vlan 100" : "vlan 100, vlan 10");
		CHECK_U64(tc_vlan_has(&v, bytes, n, TC_DLT_EN10MB), n == 22);
		free(bytes);
	}
}

CU_TestInfo tests_vlan[] = {
	{ "text is one ID or two, and a priority", text_is_one_id_or_two_and_a_priority },
	{ "other text is refused", other_text_is_refused },
	{ "headers are made", headers_are_made },
	{ "frames are of their own VLAN alone", frames_are_of_their_own_vlan_alone },
	{ "cut frames are read as far as they go", cut_frames_are_read_as_far_as_they_go },
	CU_TEST_INFO_NULL
};
