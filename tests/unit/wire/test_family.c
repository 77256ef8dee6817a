/* SPDX-License-Identifier: BSD-2-Clause */
#include "check.h"

#include "wire/family.h"
#include "wire/icmp.h"
#include "wire/place.h"

#include <tcpcraft/segment.h>

#include <string.h>

/* RFC 791 3.2, RFC 8200 3 and 5, RFC 9293 3.7.1 */
static void the_numbers_are_those_of_the_rfcs(void)
{
	CHECK(tc_family(4)->ip_bytes == 20 && tc_family(6)->ip_bytes == 40);
	CHECK(tc_family(4)->mtu_least == 68 && tc_family(6)->mtu_least == 1280);
	CHECK(tc_family(4)->mss_default == 536 && tc_family(6)->mss_default == 1220);
	CHECK(tc_family(4)->packet_max == 65535 && tc_family(6)->packet_max == 65575);
	CHECK(tc_family(4)->version == 4 && tc_family(6)->version == 6);
}

static void fields_are_named_as_the_header_names_them(void)
{
	static const char *const names[TC_FAMILIES][6] = {
		{ "ip.src", "ip.dst", "ip.ttl", "ip.proto", "ip.id", "ip.len" },
		{ "ipv6.src", "ipv6.dst", "ipv6.hlim", "ipv6.nxt", "ipv6.flow", "ipv6.plen" },
	};

	for (size_t i = 0; i < TC_FAMILIES; i++) {
		const struct tc_family *f = &tc_families[i];
		const unsigned rows[] = { f->src, f->dst, f->ttl, f->next, f->number, f->length };

		for (size_t n = 0; n < sizeof rows / sizeof *rows; n++)
			CHECK_STR(tc_family_field(f, rows[n]), names[i][n]);
	}
}

static void an_mss_is_what_the_headers_leave_of_the_mtu(void)
{
	CHECK(tc_family_mss(4, 1500) == 1460 && tc_family_mss(6, 1500) == 1440);
	CHECK(tc_family_mss(4, 68) == 28 && tc_family_mss(6, 1280) == 1220);
	CHECK(tc_family_mss(4, 65536) == 65495 && tc_family_mss(6, 65536) == 65476);
	CHECK(tc_family_mss(4, 100000) == 65495 && tc_family_mss(6, 100000) == 65515);
	CHECK(tc_family_mss(4, 41) == 1 && tc_family_mss(4, 40) == 1 && tc_family_mss(6, 0) == 1);
}

static void a_packet_is_of_the_family_that_its_first_bits_say(void)
{
	uint8_t bytes[40] = { 0x45 };

	CHECK(tc_family_at(bytes, 20) == tc_family(4) && !tc_family_at(bytes, 19));
	bytes[0] = 0x60;
	CHECK(tc_family_at(bytes, 40) == tc_family(6) && !tc_family_at(bytes, 39));
	bytes[0] = 0x50;
	CHECK(!tc_family_at(bytes, 40) && !tc_family_at(bytes, 0));
	CHECK(tc_family_of(tc_header_get(TC_HDR_IP)) == tc_family(4));
	CHECK(tc_family_of(tc_header_get(TC_HDR_IPV6)) == tc_family(6));
	CHECK(!tc_family_of(tc_header_get(TC_HDR_TCP)));
	bytes[0] = 0x4f;
	CHECK(tc_ip_head(bytes) == 60);
}

/* A label of more than 16 bits is not cut to a number that was never given. */
static void a_number_is_an_identification_or_a_short_label(void)
{
	struct tc_rx rx = { .src.family = 4, .ip_id = 7, .quoted_id = 8, .flow_label = 9 };

	CHECK(tc_family_number(&rx) == 7 && tc_family_quoted_number(&rx) == 8);
	rx = (struct tc_rx){ .src.family = 6, .flow_label = 7, .quoted_label = 8, .ip_id = 9 };
	CHECK(tc_family_number(&rx) == 7 && tc_family_quoted_number(&rx) == 8);
	rx.flow_label = rx.quoted_label = 0x10007;
	CHECK(tc_family_number(&rx) == 0 && tc_family_quoted_number(&rx) == 0);
}

/* RFC 2474: one byte in IPv4, across the first two of IPv6. */
static void the_ds_field_is_set_in_either_header(void)
{
	struct tc_packet p = { 0 };

	for (size_t i = 0; i < TC_FAMILIES; i++) {
		int ip = tc_packet_push(&p, tc_header_get(tc_families[i].header), NULL);

		tc_family_set_ds(&p, ip, 0xb9);
	}
	CHECK(p.layer[0].fixed[1] == 0xb9);
	CHECK(p.layer[1].fixed[0] == 0x6b && p.layer[1].fixed[1] == 0x90);
	tc_packet_free(&p);
}

/* RFC 1191 4: the next hop's MTU in bytes 6 and 7; RFC 4443 3.2: in bytes 4 to 7, and unused
 * bytes in its place in the others. */
static void an_icmp_error_has_the_mtu_where_its_family_has_it(void)
{
	static const struct {
		uint8_t family, type, code, bytes[8];
	} rows[] = {
		{ 4, 3, 4, { 3, 4, 0, 0, 0, 0, 0x05, 0x14 } },
		{ 6, 2, 0, { 2, 0, 0, 0, 0, 0, 0x05, 0x14 } },
		{ 6, 1, 4, { 1, 4, 0, 0, 0, 0, 0, 0 } },
	};
	uint8_t out[TC_HEAD_MAX];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tc_packet p = { 0 };
		int n;

		CHECK(tc_packet_push(&p, tc_header_ip(rows[i].family), NULL) == 0);
		CHECK(tc_icmp_push(&p, rows[i].family, rows[i].type, rows[i].code, 1300, NULL) >= 0);
		n = tc_packet_build(&p, out, sizeof out, NULL);
		CHECK(n == (int)tc_family(rows[i].family)->ip_bytes + 8);
		out[n - 6] = out[n - 5] = 0;		/* the checksum */
		CHECK(n >= 8 && memcmp(out + n - 8, rows[i].bytes, 8) == 0);
		tc_packet_free(&p);
	}
}

CU_TestInfo tests_family[] = {
	{ "the numbers are those of the RFCs", the_numbers_are_those_of_the_rfcs },
	{ "fields are named as the header names them", fields_are_named_as_the_header_names_them },
	{ "an MSS is what the headers leave of the MTU",
	  an_mss_is_what_the_headers_leave_of_the_mtu },
	{ "a packet is of the family that its first bits say",
	  a_packet_is_of_the_family_that_its_first_bits_say },
	{ "a number is an identification or a short label",
	  a_number_is_an_identification_or_a_short_label },
	{ "the DS field is set in either header", the_ds_field_is_set_in_either_header },
	{ "an ICMP error has the MTU where its family has it",
	  an_icmp_error_has_the_mtu_where_its_family_has_it },
	CU_TEST_INFO_NULL
};
