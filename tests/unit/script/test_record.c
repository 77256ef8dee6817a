/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections as scripts, and whether the calls of a script could be made. */
#include "packet_kit.h"

#include <tcpcraft/buf.h>
#include "script/record.h"
#include <tcpcraft/script.h>
#include "syscalls/calls.h"
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

/* ---- calls ------------------------------------------------------------------------- */

static void check_calls(const char *text, const char *want)
{
	struct tc_error err = { 0 };
	struct tc_script *s = NULL;
	int rc;

	CHECK_OK(tc_script_parse(&s, "x", text, strlen(text), NULL, 0, &err), err);
	rc = tc_calls_check(s, false, &err);
	CHECK_U64(-rc, want ? EOPNOTSUPP : 0);
	if (want)
		CHECK_STR(err.msg, want);
	tc_script_free(s);
}

static void calls_that_can_be_made(void)
{
	check_calls("0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3\n"
		    "+0 bind(3, {sa_family=AF_INET, sin_port=htons(80), "
		    "sin_addr=inet_addr(\"10.0.0.1\")}, ...) = 0\n"
		    "+0 bind(3, {sa_family=AF_INET6, sin6_port=htons(80), "
		    "sin6_addr=inet_pton(AF_INET6, \"::1\"), sin6_scope_id=0}, 28) = 0\n"
		    "+0 accept(3, NULL, NULL) = -1 EAGAIN (Try again)\n"
		    "+0 setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=~0}, 8) = 0\n"
		    "+0 poll([{fd=3, events=POLLIN, revents=0}, {fd=4, events=POLLOUT, "
		    "revents=...}], 2, -1) = ...\n"
		    "+0 fcntl(3, F_GETFL) = 0x2\n"
		    "+0 write(3, \"abc\", 3) = ?\n", NULL);
}

static void calls_that_cannot(void)
{
	static const struct { const char *call, *why; } cases[] = {
		{ "listen(3)", "x:1:1: listen: an argument is missing" },
		{ "listen(3, 1, 1)", "x:1:16: listen: an argument too many" },
		{ "listen(3, ALL)", "x:1:13: the word ALL is not known" },
		{ "listen(3, \"1\")", "x:1:13: expected a number" },
		{ "listen(3, twice(1))", "x:1:13: twice() is not known: htons, htonl, ntohs, "
		  "ntohl, inet_addr are" },
		{ "bind(3, 5, 6)", "x:1:11: bind: an address is ... or {sa_family=AF_INET, "
		  "sin_port=htons(80), sin_addr=inet_addr(\"10.0.0.1\")}; of IPv6 "
		  "{sa_family=AF_INET6, sin6_port=htons(80), sin6_addr=inet_pton(\"::1\")}" },
		{ "bind(3, {sin6_addr=inet_pton(\"::g\")}, 28)",
		  "x:1:32: \"::g\" is not an IPv6 address" },
		{ "bind(3, {sin6_addr=inet_addr(\"1.2.3.4\")}, 28)",
		  "x:1:22: an IPv6 address is inet_pton(\"2001:db8::1\")" },
		{ "bind(3, {sin_addr=inet_addr(\"1.2\")}, 6)",
		  "x:1:31: \"1.2\" is not an IPv4 address" },
		{ "write(3, 5, 6)", "x:1:12: write: bytes are ... or \"text\"" },
		{ "write(3, ..., 2000000)", "x:1:1: write: more than 1 MiB of arguments" },
		{ "write(3, ..., -1)", "x:1:1: write: more than 1 MiB of arguments" },
		{ "poll(3, 1, 1)", "x:1:8: poll: descriptors are [{fd=4, events=POLLIN, "
		  "revents=POLLIN}]" },
		{ "poll([{fd=3, event=1}], 1, 1)", "x:1:22: poll: a member that is not known" },
		{ "getsockopt(3, 1, 1, [1], 4)",
		  "x:1:28: getsockopt: a length that comes back is ... or [16]" },
	};
	char line[128];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(line, sizeof line, "0 %s = 0\n", cases[i].call);
		check_calls(line, cases[i].why);
	}
	check_calls("0 listen(3, 1) = -1 EWHATEVER\n",
		    "x:1:1: the errno EWHATEVER is not known");
	check_calls("0 repeat 2 { +0 `true` }\n", "x:1:14: a shell command: --allow-shell runs "
		    "it, as you, in the network of the script");
}

CU_TestInfo tests_record[] = {
	{ "sequence numbers and SACK edges count from the ISN", numbers_count_from_the_isn },
	{ "what is odd about our segments is kept", what_is_odd_is_kept },
	{ "one connection is recorded, others are counted", one_connection_is_recorded },
	{ "without its SYN a connection cannot be played", no_beginning_is_no_script },
	{ "calls that can be made", calls_that_can_be_made },
	{ "calls that cannot are named with their place", calls_that_cannot },
	CU_TEST_INFO_NULL
};
