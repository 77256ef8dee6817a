/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections as scripts. */
#include "packet_kit.h"

#include <tcpcraft/buf.h>
#include "script/record.h"
#include <tcpcraft/script.h>
#include <tcpcraft/segment.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct tc_record *record;
static tc_time now;

static void begin(void)
{
	struct tc_error err = { 0 };

	now = 1000 * TC_S;
	CHECK_OK(tc_record_open(&record, &err), err);
}

/* A segment, a millisecond after the last: NAME=VALUE … and a payload. */
static void segment(unsigned connection, bool sent, const char *const *fields,
		    const char *payload)
{
	struct tc_packet p = { 0 };
	struct tc_error err = { 0 };
	char name[64];
	struct tc_rx rx;
	int data;

	push(&p, TC_HDR_IP);
	push(&p, TC_HDR_TCP);
	set(&p, "ip.src", sent ? "10.0.0.1" : "10.0.0.2");
	set(&p, "ip.dst", sent ? "10.0.0.2" : "10.0.0.1");
	set(&p, "tcp.srcport", sent ? "20000" : "80");
	set(&p, "tcp.dstport", sent ? "80" : "20000");
	for (; *fields; fields++) {
		size_t n = strcspn(*fields, "=");

		CHECK(n < sizeof name);
		memcpy(name, *fields, n);
		name[n] = 0;
		set(&p, name, *fields + n + 1);
	}
	if (payload) {
		data = push(&p, TC_HDR_DATA);
		CHECK_OK(tc_packet_set_bytes(&p, data, (const uint8_t *)payload,
					     strlen(payload), &err), err);
	}
	CHECK_OK(tc_rx_parse(&rx, out, build(&p), TC_DLT_RAW, &err), err);
	tc_record_event(record, NULL, &(struct tc_story_event){
		.kind = TC_STORY_SEGMENT, .frame.stamp = now, .rx = &rx, .from = !sent,
		.origin = sent ? TC_ORIGIN_US : TC_ORIGIN_PEER, .connection = connection });
	now += TC_MS;
	tc_packet_free(&p);
}

#define SEGMENT(connection, sent, payload, ...) \
	segment(connection, sent, (const char *const[]){ __VA_ARGS__, NULL }, payload)

/* The script, which must read back as it is, but for its first line. */
static void script_is(const char *want)
{
	struct tc_buf text = { 0 }, again = { 0 };
	struct tc_error err = { 0 };
	struct tc_script *s = NULL;

	CHECK_OK(tc_record_script(record, "x", &text, &err), err);
	tc_buf_add_u8(&text, 0);
	CHECK_STR((char *)text.data, want);
	CHECK_OK(tc_script_parse(&s, "x", (char *)text.data, text.len - 1, NULL, 0, &err), err);
	tc_script_print(&again, s);
	tc_buf_add_u8(&again, 0);
	CHECK_STR((char *)again.data, strchr(want, '\n') + 1);
	tc_script_free(s);
	tc_buf_free(&again);
	tc_buf_free(&text);
	tc_record_free(record);
}

static void numbers_count_from_the_isn(void)
{
	begin();
	SEGMENT(1, true, NULL, "tcp.flags=S", "tcp.seq=4294967290", "tcp.window_size_value=1000",
		"tcp.options=mss 1460,nop,wscale 7");
	SEGMENT(1, false, NULL, "tcp.flags=S.", "tcp.seq=77", "tcp.ack=4294967291",
		"tcp.options=mss 1000");
	SEGMENT(1, true, "hello", "tcp.flags=P.", "tcp.seq=4294967291", "tcp.ack=78",
		"tcp.window_size_value=1000");
	SEGMENT(1, false, NULL, "tcp.flags=.", "tcp.seq=78", "tcp.ack=0",
		"tcp.options=nop,nop,sack 0:5");
	SEGMENT(1, false, "x", "tcp.flags=P.", "tcp.seq=78", "tcp.ack=0",
		"tcp.options=nop,nop,sack 0:5");
	SEGMENT(1, true, NULL, "tcp.flags=R", "tcp.seq=0", "tcp.window_size_value=0");
	script_is("// x, connection 1: < is 10.0.0.1:20000, > is 10.0.0.2:80\n"
		  "+0 < S 0:0(0) win 1000 <mss 1460,nop,wscale 7>\n"
		  "* > S. 0:0(0) ack 1 <mss 1000>\n"
		  "+0.001 < P. 1:6(5) ack 1 win 1000 \"hello\"\n"
		  "any\n"
		  "* > P. 1:2(1) ack 6 <nop,nop,sack 6:11> \"x\"\n"
		  "+0.001 < R 6:6(0) win 0\n");
}

static void what_is_odd_is_kept(void)
{
	begin();
	SEGMENT(1, true, NULL, "tcp.flags=SEW", "tcp.seq=1", "tcp.window_size_value=1",
		"ip.ttl=3", "ip.dsfield=2");
	SEGMENT(1, false, NULL, "tcp.flags=S.", "tcp.seq=1", "tcp.ack=2", "ip.dsfield=3",
		"ip.ttl=9");
	SEGMENT(1, true, "\x01\xff", "tcp.flags=PU.", "tcp.seq=2", "tcp.ack=2",
		"tcp.window_size_value=1", "tcp.urgent_pointer=1", "tcp.checksum=bad",
		"tcp.options=hex:fd04abcd");
	SEGMENT(1, true, "PROT\1\0\0\0", "tcp.flags=.", "tcp.seq=4", "tcp.ack=2",
		"tcp.window_size_value=1");
	script_is("// x, connection 1: < is 10.0.0.1:20000, > is 10.0.0.2:80\n"
		  "+0 < [ect0, ttl 3] SEW 0:0(0) win 1\n"
		  "* > [ce] S. 0:0(0) ack 1\n"
		  "+0.001 < PU. 1:3(2) ack 1 win 1 urg 1 <hex:fd04abcd> hex:01ff "
		  "{tcp.checksum=bad}\n"
		  "+0.001 < . 3:8(5) ack 1 win 1 hex:50524f5401\n");
}

static void one_connection_is_recorded(void)
{
	begin();
	SEGMENT(3, true, NULL, "tcp.flags=S", "tcp.seq=1", "tcp.window_size_value=1");
	SEGMENT(4, true, NULL, "tcp.flags=S", "tcp.seq=1");
	SEGMENT(4, false, NULL, "tcp.flags=R.", "tcp.seq=1");
	SEGMENT(9, true, NULL, "tcp.flags=S", "tcp.seq=1");
	CHECK_U64(tc_record_others(record), 2);
	script_is("// x, connection 3: < is 10.0.0.1:20000, > is 10.0.0.2:80\n"
		  "+0 < S 0:0(0) win 1\n");
}

static void no_beginning_is_no_script(void)
{
	struct tc_buf text = { 0 };
	struct tc_error err = { 0 };

	begin();
	CHECK_U64(-tc_record_script(record, "x", &text, &err), ENODATA);
	SEGMENT(1, true, "late", "tcp.flags=P.", "tcp.seq=1", "tcp.ack=1");
	CHECK_U64(-tc_record_script(record, "x", &text, &err), EINVAL);
	CHECK(strstr(err.msg, "does not begin with a SYN"));
	CHECK_U64(text.len, 0);
	tc_record_free(record);
}

CU_TestInfo tests_record[] = {
	{ "sequence numbers and SACK edges count from the ISN", numbers_count_from_the_isn },
	{ "what is odd about our segments is kept", what_is_odd_is_kept },
	{ "one connection is recorded, others are counted", one_connection_is_recorded },
	{ "without its SYN a connection cannot be played", no_beginning_is_no_script },
	CU_TEST_INFO_NULL
};
