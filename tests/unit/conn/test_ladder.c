/* SPDX-License-Identifier: BSD-2-Clause */
/* One event as people read it and as programs do: what each sort of frame says. */
#include "check.h"
#include "frames.h"

#include "conn/own.h"
#include "report/ladder.h"

#include <string.h>

#define OURS 3463334699u	/* the SYN's number in frames.h */
#define T0 1000000

/* The event's lines, from a view that began T0 earlier. They are the caller's. */
static struct tc_buf told(struct tc_trace t, const char *hex, bool json)
{
	static struct tc_stack stack;
	static struct tc_conn c = { .id = 2, .stack = &stack,
				    .tcb = { .iss = OURS, .irs = 3003898347u } };
	struct tc_view v = { .start = T0, .many = true };
	struct tc_buf bytes = { 0 }, out = { 0 };
	struct tc_story_event e;
	struct tc_rx rx;

	tc_hex_decode(&bytes, hex, strlen(hex), NULL);
	t.conn = &c;
	t.stamp = T0 + 2000;
	t.frame = bytes.data;
	t.frame_len = t.wire_len = bytes.len;
	t.rx = tc_rx_parse(&rx, bytes.data, bytes.len, t.dlt, NULL) == 0 ? &rx : NULL;
	e = tc_story_event_of(&t);
	if (json)
		tc_json_event(&out, &v, &e);
	else
		tc_ladder_event(&out, &v, &e);
	tc_buf_add_u8(&out, 0);
	tc_buf_free(&bytes);
	return out;
}

static void says(struct tc_trace t, const char *hex, const char *want)
{
	struct tc_buf out = told(t, hex, false);

	CHECK(strcmp((const char *)out.data, want) == 0);
	tc_buf_free(&out);
}

static void has(struct tc_trace t, const char *hex, const char *want)
{
	struct tc_buf out = told(t, hex, true);

	CHECK(strstr((const char *)out.data, want) != NULL);
	tc_buf_free(&out);
}

#define SYN_TOLD "S    seq 0 win 65495 <mss 65495,sackOK,TS val 2104815350 ecr 0,nop,wscale 10>"
#define SYN_LINE SYN_TOLD " ISN 3463334699 [checksum partial]"

static void arrows(void)
{
	struct tc_trace t = { .dlt = TC_DLT_EN10MB, .origin = TC_ORIGIN_US };

	says(t, LO IP_SYN, "  0.000002 [2] --> " SYN_LINE "\n");
	t.retransmission = true;
	says(t, LO IP_SYN, "  0.000002 [2] --> " SYN_TOLD " [checksum partial] "
	     "[retransmission]\n");
	t.retransmission = false;
	t.dlt = TC_DLT_RAW;
	t.unseen = true;
	says(t, IP_SYN, "  0.000002 [2] --x " SYN_LINE " [never seen on the wire]\n");
	t = (struct tc_trace){ .dlt = TC_DLT_RAW, .origin = TC_ORIGIN_PEER };
	says(t, IP_ICMP, "  0.000002 [2] <-- ICMP from 127.0.0.1 type 3 code 10\n");
}

#define SIX_ADDRS "fd770000000000000000000000000001" "fd770000000000000000000000000002"

/* What a rule made of a segment of either family, once it is none any more. */
static void other_packets(void)
{
	struct tc_trace t = { .dlt = TC_DLT_RAW, .origin = TC_ORIGIN_US };

	says(t, "600000000010" "2c40" SIX_ADDRS "06000011 00000007 0011223344556677",
	     "  0.000002 [2] --> IPv6 fragment: offset 16, 8 bytes\n");
	says(t, "600000000008" "1140" SIX_ADDRS "0011223344556677",
	     "  0.000002 [2] --> 48 bytes of IPv6, next header 17, that are not a TCP segment\n");
	says(t, "700000000008" "0640" SIX_ADDRS "0011223344556677",
	     "  0.000002 [2] --> 48 bytes that are not IP\n");
	says(t, "4500001c00010010 40060000 0a000001 0a000002 0011223344556677",
	     "  0.000002 [2] --> IPv4 fragment: offset 128, 8 bytes\n");
	t.dlt = TC_DLT_EN10MB;
	has(t, "020000000001020000000002" "88a80064" "8100000a" "0800" IP_SYN,
	    "\"around\":\"vlan 100, vlan 10\"");
}

static void objects(void)
{
	struct tc_mutation m = { .field = "tcp.flags", .from = "S", .to = "F" };
	struct tc_trace t = { .dlt = TC_DLT_EN10MB, .origin = TC_ORIGIN_US };

	has(t, LO IP_DATA, "\"src\":\"127.0.0.1:36118\",\"dst\":\"127.0.0.1:9999\",\"flags\":"
	    "\"P.\",\"seq\":3463334700,\"seq_rel\":1,\"ack\":3003898348,\"ack_rel\":1,"
	    "\"length\":5,\"window\":64,");
	has(t, LO IP_DATA, "\"payload_hex\":\"68656c6c6f\",\"ip_checksum\":\"ok\","
	    "\"tcp_checksum\":\"partial\",\"link\":\"EN10MB\"");
	t.retransmission = t.withheld = true;
	t.mutations = &m;
	t.n_mutations = 1;
	t.surgery = "dropped";
	has(t, LO IP_DATA, "\"tags\":[\"retransmission\",\"not-sent\"]");
	has(t, LO IP_DATA, "\"mutations\":[{\"field\":\"tcp.flags\",\"from\":\"S\",\"to\":\"F\"}"
	    "],\"surgery\":\"dropped\"");
	t = (struct tc_trace){ .dlt = TC_DLT_RAW, .origin = TC_ORIGIN_KERNEL };
	has(t, IP_RST, "\"origin\":\"kernel\"");
	has(t, IP_RST, "\"tags\":[\"kernel-reset\"]");
	t.origin = TC_ORIGIN_PEER;
	has(t, IP_ICMP, "\"src\":\"127.0.0.1:0\",\"icmp_type\":3,\"icmp_code\":10");
}

/* What a filter held back is of the frames we send, whatever the capture's are. */
static void own_link_type(void)
{
	struct tc_trace t = { .dlt = TC_DLT_RAW, .origin = TC_ORIGIN_US, .withheld = true };

	has(t, IP_SYN, "\"link\":\"RAW\"");
}

/* Of one view, as lines follow one another; the event is of connection 1. */
static void goes_on(struct tc_view *v, unsigned from, const char *hex, const char *want)
{
	struct tc_buf bytes = { 0 }, out = { 0 };
	struct tc_rx rx;
	struct tc_story_event e = { .kind = TC_STORY_SEGMENT, .rx = &rx, .connection = 1,
				    .from = from, .isn = { OURS, OURS } };

	tc_hex_decode(&bytes, hex, strlen(hex), NULL);
	CHECK(tc_rx_parse(&rx, bytes.data, bytes.len, TC_DLT_RAW, NULL) == 0);
	e.frame = (struct tc_frame){ bytes.data, bytes.len, bytes.len, T0, TC_DLT_RAW };
	tc_ladder_head(&out, v, &e);
	tc_buf_add_u8(&out, 0);
	CHECK_STR((const char *)out.data, want);
	tc_buf_free(&bytes);
	tc_buf_free(&out);
}

#define IP_ENDS(sum) "4006" sum " 7f000001 7f000001 8d16270f ce6e4b2c ce6e4b2c "
#define BARE "4500002800000000" IP_ENDS("7cce") "5010004000000000"
#define STAMPED "4500003400000000" IP_ENDS("7cc2") "8010004000000000 0101080a0000000900000008"
/* sack 1:6, and the same with an option whose length lies behind it */
#define SACKED "4500004000000000" IP_ENDS("7cb6") "b010004000000000 0101080a0000000900000008" \
	"0101050ace6e4b2cce6e4b31"
#define LYING "4500002c00000000" IP_ENDS("7cca") "6010004000000000 01010814"
#define WAS(arrow, rest) "  0.000000 " arrow " .    seq 1 ack 1 win 64" rest " [checksum bad]"

static void short_lines(void)
{
	struct tc_view v = { .start = T0, .brief = true }, whole = { .start = T0 };

	goes_on(&whole, 0, STAMPED, WAS("-->", " <nop,nop,TS val 9 ecr 8>"));
	goes_on(&v, 0, IP_SYN, "  0.000000 --> S    seq 0 win 65495 <mss 65495,sackOK,TS val "
		"2104815350 ecr 0,wscale 10> ISN 3463334699 [checksum partial]");
	goes_on(&v, 0, STAMPED, WAS("-->", ""));
	goes_on(&v, 1, STAMPED, WAS("<--", " <TS val 9 ecr 8>"));
	goes_on(&v, 1, SACKED, WAS("<--", " <sack 1:6>"));
	goes_on(&v, 1, BARE, WAS("<--", "") " [no TS]");
	goes_on(&v, 1, BARE, WAS("<--", ""));
	goes_on(&v, 1, STAMPED, WAS("<--", " <TS val 9 ecr 8>"));
	goes_on(&v, 0, LYING, WAS("-->", " <nop,nop,hex:0814>") " [no TS]");
}

CU_TestInfo tests_ladder[] = {
	{ "a short one tells of timestamps where they begin and end", short_lines },
	{ "each sender has its arrow", arrows },
	{ "packets of either family that are no segments any more", other_packets },
	{ "JSON names a segment's numbers, tags and changes", objects },
	{ "a frame's link type is its own", own_link_type },
	CU_TEST_INFO_NULL
};
