/* SPDX-License-Identifier: BSD-2-Clause */
/* The one fan-out, and what the common ladder and JSON make of events that no stack told:
 * a script's, and those of a capture. */
#include "check.h"
#include "frames.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/hex.h>
#include "report/ladder.h"
#include "report/sink.h"

#include <string.h>

#define ACKED 0x48bb13c4u	/* by the reset of frames.h, whose own numbers begin at 0 */
#define T0 1000000

static struct tc_buf heard;

static void note(void *ctx, struct tc_view *v, const struct tc_story_event *e)
{
	(void)v;
	tc_buf_printf(&heard, "%s%d ", (const char *)ctx, e->kind);
}

static void fan_out(void)
{
	const struct tc_sink all[] = {
		{ note, (void *)(uintptr_t)"a", TC_STORY_TOLD },
		{ note, NULL, TC_STORY_TOLD },
		{ note, (void *)(uintptr_t)"b", TC_STORY_TOLD | TC_STORY_CAPTURED },
		{ note, (void *)(uintptr_t)"c", TC_STORY_FATE },
	};
	struct tc_sinks s = { 0 };
	struct tc_view v = { 0 };

	tc_sinks_add(&s, all, sizeof all / sizeof *all);
	for (unsigned kind = TC_STORY_SEGMENT; kind <= TC_STORY_FATE; kind <<= 1)
		tc_tell(&s, &v, &(struct tc_story_event){ .kind = (enum tc_story_kind)kind });
	tc_buf_add_u8(&heard, 0);
	CHECK_STR((char *)heard.data, "a1 b1 a2 b2 a4 b4 b8 c16 ");
	tc_buf_free(&heard);
}

static struct tc_buf bytes;
static struct tc_rx rx;

/* A frame of IPv4, two microseconds after the first. */
static struct tc_story_event event_of(const char *hex)
{
	struct tc_error err = { 0 };
	struct tc_story_event e = { .kind = TC_STORY_SEGMENT, .isn = { 0, ACKED },
				    .rx = &rx, .origin = TC_ORIGIN_PEER };

	bytes.len = 0;
	CHECK_OK(tc_hex_decode(&bytes, hex, strlen(hex), &err), err);
	CHECK_OK(tc_rx_parse(&rx, bytes.data, bytes.len, TC_DLT_RAW, &err), err);
	e.frame = (struct tc_frame){ bytes.data, bytes.len, bytes.len, T0 + 2000, TC_DLT_RAW };
	return e;
}

static void is_told(tc_sink_fn *tell, struct tc_view v, const struct tc_story_event *e,
		    const char *want)
{
	struct tc_buf out = { 0 };

	v.start = T0;
	tell(&out, &v, e);
	tc_buf_add_u8(&out, 0);
	CHECK_STR((char *)out.data, want);
	tc_buf_free(&out);
	tc_buf_free(&bytes);
}

#define RST_LINE "R.   seq 0 ack 1 win 0"

static void scripts(void)
{
	struct tc_view plain = { 0 }, program = { .program = true };
	struct tc_story_event e = event_of(IP_RST);

	e.origin = TC_ORIGIN_US;
	e.script_line = 7;
	e.script = "+0 < R 1:1(0) win 0";
	e.note = "late";
	is_told(tc_ladder_event, plain, &e, "  0.000002 --> " RST_LINE "                 "
		"                     7| +0 < R 1:1(0) win 0\n                 ! late\n");
	e = event_of(IP_RST);
	e.script = "a teacher's line";
	is_told(tc_ladder_event, program, &e, "  0.000002 --> " RST_LINE "\n");
	e = (struct tc_story_event){ .kind = TC_STORY_WORDS, .frame.stamp = T0 + 2000,
				     .script_line = 2, .script = "+0 close(3) = 0",
				     .words = "close(3) = 0" };
	is_told(tc_ladder_event, plain, &e, "  0.000002 close(3) = 0\n");
	is_told(tc_ladder_event, program, &e,
		"  0.000002                                  |  close(3) = 0\n");
	is_told(tc_json_event, plain, &e, "{\"type\":\"script\",\"time_us\":2,\"epoch_ns\":1002000,"
		"\"script_line\":2,\"script\":\"+0 close(3) = 0\"}\n");
}

/* Who sent what was only seen nobody knows, but that it was a kernel without the connection. */
static void captures(void)
{
	struct tc_view listed = { .many = true, .lead = TC_LEAD_ENDS }, plain = { 0 };
	struct tc_story_event e = event_of(IP_RST);

	e.seen = true;
	e.tags = TC_TAG_BIT(DUPLICATE_ACK) | TC_TAG_BIT(CHECKSUM_PARTIAL);
	e.connection = 3;
	is_told(tc_ladder_event, listed, &e, "  0.000002 [3] 127.0.0.1:9998 > 127.0.0.1:39082 "
		RST_LINE " [duplicate_ack]\n");
	e = event_of(IP_RST);
	e.seen = true;
	e.origin = TC_ORIGIN_KERNEL;
	e.tags = TC_TAG_BIT(KERNEL_RESET);
	is_told(tc_ladder_event, plain, &e, "  0.000002 ~~> " RST_LINE " [kernel-reset]\n"
		"                 ^ this host denies the connection it has: its kernel's own TCP\n");
}

static void ports(void)
{
	struct tc_view v = { .lead = TC_LEAD_PORT };
	struct tc_story_event e = event_of(IP_RST);

	e.from = 1;
	e.isn[0] = ACKED;
	e.isn[1] = 0;
	e.port[0] = 39082;
	is_told(tc_ladder_event, v, &e, "  0.000002 <-- :39082 " RST_LINE "\n");
}

CU_TestInfo tests_sink[] = {
	{ "each is told of the kinds that it takes, in its turn", fan_out },
	{ "a script's line stands beside its packet, a program's call alone", scripts },
	{ "a capture names ends and tags", captures },
	{ "an experiment's connections are told apart by our port", ports },
	CU_TEST_INFO_NULL
};
