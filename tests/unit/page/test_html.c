/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages: nothing hostile gets out of its place, nothing half is left, memory is bounded;
 * and the states that a page shows, inferred from the wire. */
#include "check.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include "page/page.h"
#include "page/ladder.h"
#include "report/trace.h"
#include <tcpcraft/rng.h>
#include <tcpcraft/seq.h>
#include "analysis/wire_state.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LEFT 0x0a000001u
#define RIGHT 0x0a000002u
#define ISN0 0xfffffff0u	/* so that the numbers wrap */
#define ISN1 0xfffffffau

/* ---- states ----------------------------------------------------------------------- */

static struct tc_wire_states wire;

/* "> S 0": from the left, flags, seq and ack relative to the ISNs, payload bytes. The
 * changes come back as "0 SYN-SENT, 1 …". */
static const char *step(unsigned from, uint16_t flags, uint32_t seq, uint32_t ack,
			uint32_t len)
{
	static char said[200];
	struct tc_seg seg = {
		.seq = (from ? ISN1 : ISN0) + seq, .ack = (from ? ISN0 : ISN1) + ack,
		.flags = flags, .len = len,
	};
	struct tc_wire_change ch[TC_WIRE_CHANGES];
	unsigned n = tc_wire_states_segment(&wire, from, &seg, ch);
	size_t at = 0;

	said[0] = 0;
	for (unsigned i = 0; i < n; i++)
		at += (size_t)snprintf(said + at, sizeof said - at, "%s%u %s", i ? ", " : "",
				       ch[i].side, tc_state_name(ch[i].to));
	return said;
}

#define S TC_FLAG_SYN
#define A TC_FLAG_ACK
#define F TC_FLAG_FIN
#define R TC_FLAG_RST

static void handshake(void)
{
	memset(&wire, 0, sizeof wire);
	CHECK_STR(step(0, S, 0, 0, 0), "0 SYN-SENT");
	CHECK_STR(step(1, S | A, 0, 1, 0), "1 SYN-RECEIVED, 0 ESTABLISHED");
	CHECK_STR(step(0, A, 1, 1, 0), "1 ESTABLISHED");
}

static void normal_close(void)
{
	handshake();
	CHECK_STR(step(0, A, 1, 1, 32), "");
	CHECK_STR(step(1, A, 1, 33, 3), "");
	CHECK_STR(step(0, F | A, 33, 4, 0), "0 FIN-WAIT-1, 1 CLOSE-WAIT");
	CHECK_STR(step(1, F | A, 4, 34, 0), "0 FIN-WAIT-2, 1 LAST-ACK, 0 TIME-WAIT");
	CHECK_STR(step(0, A, 34, 5, 0), "1 CLOSED");
}

static void simultaneous_open_and_close(void)
{
	memset(&wire, 0, sizeof wire);
	CHECK_STR(step(0, S, 0, 0, 0), "0 SYN-SENT");
	CHECK_STR(step(1, S, 0, 0, 0), "1 SYN-SENT, 0 SYN-RECEIVED");
	CHECK_STR(step(0, S | A, 0, 1, 0), "1 ESTABLISHED");
	CHECK_STR(step(1, S | A, 0, 1, 0), "0 ESTABLISHED");
	CHECK_STR(step(0, F | A, 1, 1, 0), "0 FIN-WAIT-1, 1 CLOSE-WAIT");
	/* it was on its way before ours arrived; from outside that cannot be seen */
	CHECK_STR(step(1, F | A, 1, 1, 0), "1 LAST-ACK, 0 CLOSING");
	CHECK_STR(step(0, A, 2, 2, 0), "1 CLOSED");
	CHECK_STR(step(1, A, 2, 2, 0), "0 TIME-WAIT");
}

static void resets(void)
{
	memset(&wire, 0, sizeof wire);
	step(0, S, 0, 0, 0);
	CHECK_STR(step(1, R | A, 0, 9, 0), "");		/* acknowledges something else */
	CHECK_STR(step(1, R | A, 0, 1, 0), "0 CLOSED");
	handshake();
	CHECK_STR(step(1, R, 5, 0, 0), "");		/* a blind one, in the window */
	CHECK_STR(step(1, R, 1, 0, 0), "1 CLOSED, 0 CLOSED");
}

static void from_the_middle(void)
{
	memset(&wire, 0, sizeof wire);
	CHECK_STR(step(1, A, 100, 200, 10), "1 ESTABLISHED, 0 ESTABLISHED");
	CHECK_STR(step(0, F | A, 200, 110, 0), "0 FIN-WAIT-1, 1 CLOSE-WAIT");
}

/* A FIN behind a hole has not arrived; who acknowledges it has it. */
static void fin_behind_a_hole(void)
{
	handshake();
	CHECK_STR(step(0, F | A, 101, 1, 0), "0 FIN-WAIT-1");
	CHECK_STR(step(1, A, 1, 1, 0), "");
	CHECK_STR(step(0, A, 1, 1, 100), "");
	CHECK_STR(step(1, A, 1, 102, 0), "1 CLOSE-WAIT, 0 FIN-WAIT-2");
}

/* To be certain: a FIN arrives when it is acknowledged, and nothing is known before a SYN. */
static void certain(void)
{
	memset(&wire, 0, sizeof wire);
	wire.certain = true;
	CHECK_STR(step(0, A, 1, 1, 0), "");
	CHECK_STR(step(0, S, 0, 0, 0), "0 SYN-SENT");
	CHECK_STR(step(1, S | A, 0, 1, 0), "1 SYN-RECEIVED, 0 ESTABLISHED");
	CHECK_STR(step(0, F | A, 1, 1, 0), "1 ESTABLISHED, 0 FIN-WAIT-1");
	CHECK_STR(step(0, R, 2, 0, 0), "");		/* the peer waits for 1 still */
	CHECK_STR(step(1, A, 1, 2, 0), "1 CLOSE-WAIT, 0 FIN-WAIT-2");
	CHECK_STR(step(0, R, 2, 0, 0), "0 CLOSED, 1 CLOSED");
}

/* A SYN in a connection is not its beginning, unless it is answered. */
static void another_syn(void)
{
	handshake();
	CHECK_STR(step(0, S, 5000, 0, 0), "");
	CHECK_STR(step(1, A, 1, 1, 0), "");		/* the challenge ACK */
	CHECK_U64(wire.side[0].isn, ISN0);
	CHECK_STR(step(0, A, 1, 1, 10), "");
	CHECK_U64(wire.side[0].next - ISN0, 11);
	CHECK_STR(step(1, S | A, 7000, 5001, 0),
		  "0 SYN-SENT, 1 SYN-RECEIVED, 0 ESTABLISHED");
	CHECK_U64(wire.side[0].isn - ISN0, 5000);
	CHECK_U64(wire.side[1].isn - ISN1, 7000);
	CHECK_STR(step(0, A, 5001, 7001, 0), "1 ESTABLISHED");
}

/* ---- pages ------------------------------------------------------------------------ */

static char path[64];

static void escaping(void)
{
	static const char odd[] = "a<b>&\"'c \xc3\xa9 \xff \xed\xa0\x80 \x1b \xc2\x85 \xe2\x82";
	struct tc_buf b = { 0 };
	struct tc_rng rng;

	tc_html_escape(&b, odd, sizeof odd - 1);
	tc_buf_add_u8(&b, 0);
	CHECK_STR((char *)b.data, "a&#60;b&#62;&#38;&#34;&#39;c \xc3\xa9 \xef\xbf\xbd "
		  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd \xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd "
		  "\xef\xbf\xbd\xef\xbf\xbd");
	b.len = 0;
	tc_rng_seed(&rng, 7);
	for (unsigned i = 0; i < 20000; i++) {
		char bytes[8];
		json_t *text;

		tc_rng_bytes(&rng, bytes, sizeof bytes);
		b.len = 0;
		tc_html_escape(&b, bytes, sizeof bytes);
		text = json_stringn((char *)b.data, b.len);	/* checks its UTF-8 */
		if (!text || memchr(b.data, '<', b.len) || memchr(b.data, '"', b.len))
			CHECK_U64(i, 0);
		json_decref(text);
	}
	tc_buf_free(&b);
}

/* The page's text, after a close. */
static char *page(struct tc_html *h)
{
	struct tc_buf b = { 0 };
	struct tc_error err = { 0 };

	CHECK_OK(tc_html_close(h, &err), err);
	CHECK_OK(tc_buf_read_file(&b, path, 256u << 20, &err), err);
	unlink(path);
	tc_buf_add_u8(&b, 0);
	return (char *)b.data;
}

static struct tc_html *open_page(void)
{
	struct tc_error err = { 0 };
	struct tc_html *h = NULL;

	snprintf(path, sizeof path, "/tmp/tcpcraft-test-%d.html", (int)getpid());
	CHECK_OK(tc_html_open(&h, path, false, "<title>", "a 'b' </head>", &err), err);
	return h;
}

static unsigned count(const char *text, const char *what)
{
	unsigned n = 0;

	while ((text = strstr(text, what))) {
		text++;
		n++;
	}
	return n;
}

static void sections_are_closed(void)
{
	static const char json[] = "[\"</script><script>alert(1)</script><!--\"]";
	struct tc_html *h = open_page();
	char *text;

	CHECK_OK(tc_html_section(h, "x\"y", "</h2><b>", json, sizeof json - 1, NULL),
		 (struct tc_error){ 0 });
	tc_html_say(h, "<i>said</i>");
	text = page(h);
	CHECK_U64(count(text, "</script>"), 2);		/* the data's and ours */
	CHECK_U64(count(text, "<!--"), 0);
	CHECK(strstr(text, "[\"\\u003c/script>\\u003cscript>alert(1)\\u003c/script>") != NULL);
	CHECK(strstr(text, "<h2>&#60;/h2&#62;") != NULL);
	CHECK(strstr(text, "data-kind=\"x&#34;y\"") != NULL);
	CHECK(strstr(text, "&#60;i&#62;said") != NULL);
	CHECK(strstr(text, "Content-Security-Policy") != NULL);
	CHECK_U64(count(text, "://"), count(text, "http://www.w3.org/2000/svg"));
	free(text);
}

static void whole_or_not_at_all(void)
{
	struct tc_error err = { 0 };
	struct tc_html *h = open_page(), *other = NULL;

	CHECK(access(path, F_OK) < 0);		/* while it is being made */
	tc_html_abort(h);
	CHECK(access(path, F_OK) < 0);
	h = open_page();
	close(open(path, O_CREAT | O_WRONLY, 0600));	/* somebody else was faster */
	CHECK_U64(tc_html_close(h, &err), -EEXIST);
	CHECK_U64(tc_html_open(&other, path, false, "x", NULL, &err), -EEXIST);
	CHECK_OK(tc_html_open(&other, path, true, "x", NULL, &err), err);
	CHECK_OK(tc_html_close(other, &err), err);
	unlink(path);
}

/* ---- ladders ---------------------------------------------------------------------- */

static void add_seen(struct tc_html_ladder *l, unsigned connection, const uint8_t *bytes,
		     size_t n, int dlt)
{
	struct tc_view v = { 0 };

	tc_html_ladder_event(l, &v, &(struct tc_story_event){
		.kind = TC_STORY_SEGMENT, .connection = connection, .from = connection & 1,
		.frame = { bytes, n, n, 1, dlt }, .seen = true, .origin = TC_ORIGIN_PEER,
		.addr = { tc_addr_from_v4(LEFT), tc_addr_from_v4(RIGHT) }, .port = { 1, 2 } });
}

static void add_captured(struct tc_html_ladder *l, const struct tc_frame *f)
{
	struct tc_story_event e = { .kind = TC_STORY_CAPTURED, .frame = *f, .seen = true };
	struct tc_view v = { 0 };
	struct tc_rx rx;

	if (tc_rx_parse_cut(&rx, f->bytes, f->len, f->wire_len, f->dlt, NULL) >= 0)
		e.rx = &rx;
	e.from = e.rx && tc_addr_v4(&rx.src) != LEFT;
	tc_html_ladder_event(l, &v, &e);
}

/* The data of a page's only section. */
static json_t *data_of(struct tc_html_ladder *l)
{
	static const char mark[] = "<script type=\"application/json\">";
	struct tc_error err = { 0 };
	struct tc_html *h = open_page();
	char *text, *begin, *end;
	json_t *data = NULL;

	CHECK_OK(tc_html_ladder_put(l, h, "x", &err), err);
	text = page(h);
	begin = strstr(text, mark);
	end = begin ? strstr(begin, "</script>") : NULL;
	if (end)
		data = json_loadb(begin + sizeof mark - 1,
				  (size_t)(end - begin) - sizeof mark + 1, 0, NULL);
	free(text);
	CHECK(data != NULL);
	return data;
}

static json_int_t number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static void long_stories(void)
{
	static const unsigned total = 120000, brief = TC_HTML_FIRST + TC_HTML_MIDDLE;
	struct tc_error err = { 0 };
	struct tc_html_ladder *l;
	uint8_t frame[60] = { 0x45 };
	json_t *data, *events;
	size_t n;

	CHECK_OK(tc_html_ladder_open(&l, &err), err);
	for (unsigned i = 1; i <= total; i++)
		add_seen(l, 1, frame, sizeof frame, 101);
	data = data_of(l);
	events = json_object_get(data, "events");
	n = json_array_size(events);
	CHECK_U64(n, brief + TC_HTML_LAST);
	CHECK_U64(number(data, "brief"), TC_HTML_MIDDLE);
	CHECK_U64(number(data, "left_out"), total - n);
	CHECK_U64(number(json_array_get(events, brief), "left_out_before"), total - n);
	CHECK_U64(number(json_array_get(events, brief - 1), "number"), brief);
	CHECK(json_object_get(json_array_get(events, TC_HTML_FIRST - 1), "frame") != NULL);
	CHECK(json_object_get(json_array_get(events, TC_HTML_FIRST), "frame") == NULL);
	CHECK_U64(number(json_array_get(events, n - 1), "number"), total);
	json_decref(data);
	tc_html_ladder_free(l);
}

/* What is brief is told by its headers, be these deep: here 320 bytes of IPv6 options. */
static void deep_headers(void)
{
	static uint8_t frame[40 + 320 + 20 + 100] = { 0x60, [5] = sizeof frame - 40 - 256, 60, 64 };
	struct tc_error err = { 0 };
	struct tc_html_ladder *l;
	uint8_t *options = frame + 40, *tcp = options + 320;
	json_t *data, *row;

	frame[4] = (sizeof frame - 40) >> 8;
	memcpy(options, (uint8_t []){ 6, 320 / 8 - 1, 1, 253 }, 4);	/* two of PadN */
	memcpy(options + 2 + 255, (uint8_t []){ 1, 61 }, 2);
	tcp[12] = 0x50;
	tcp[13] = A;
	CHECK_OK(tc_html_ladder_open(&l, &err), err);
	for (unsigned i = 0; i < TC_HTML_FIRST + TC_HTML_LAST + 100; i++)
		add_seen(l, 1, frame, sizeof frame, 101);
	data = data_of(l);
	row = json_array_get(json_object_get(data, "events"), TC_HTML_FIRST + 50);
	CHECK_U64(number(data, "brief"), 100);
	CHECK_STR(json_string_value(json_array_get(row, 3)), ".");	/* see `columns` */
	CHECK_U64(json_integer_value(json_array_get(row, 5)), 100);
	json_decref(data);
	tc_html_ladder_free(l);
}

/* A call between two ports is of the latest connection that has them. */
static void calls_of_the_latest(void)
{
	static const struct { unsigned connection; uint16_t port; } seen[] = {
		{ 3, 2 }, { 9, 2 }, { 4, 3 },
	};
	static const struct { uint16_t port[2]; tc_time stamp; unsigned of; } calls[] = {
		{ { 1, 2 }, 15, 3 }, { { 1, 2 }, 25, 9 }, { { 1, 3 }, 26, 0 }, { { 1, 2 }, 35, 9 },
		{ { 1, 3 }, 36, 4 }, { { 2, 1 }, 37, 0 }, { { 0, 0 }, 38, 0 },
	};
	struct tc_view v = { 0 };
	struct tc_error err = { 0 };
	struct tc_html_ladder *l;
	json_t *data, *e;
	unsigned n = 0;
	size_t i;

	CHECK_OK(tc_html_ladder_open(&l, &err), err);
	for (i = 0; i < sizeof seen / sizeof *seen; i++)
		tc_html_ladder_event(l, &v, &(struct tc_story_event){
			.kind = TC_STORY_SEGMENT, .connection = seen[i].connection, .seen = true,
			.frame = { (const uint8_t *)"E", 1, 1, 10 + 10 * (tc_time)i, 101 },
			.port = { 1, seen[i].port } });
	for (i = 0; i < sizeof calls / sizeof *calls; i++)
		tc_html_ladder_call(l, &(struct tc_html_call){
			.stamp = calls[i].stamp, .text = "read()",
			.port = { calls[i].port[0], calls[i].port[1] } });
	data = data_of(l);
	json_array_foreach(json_object_get(data, "events"), i, e)
		if (json_object_get(e, "duration_ns"))
			CHECK_U64(number(e, "connection"), calls[n++].of);
	CHECK_U64(n, sizeof calls / sizeof *calls);
	json_decref(data);
	tc_html_ladder_free(l);
}

/* Calls are told late; they stand behind what happened up to their time. */
static void calls_in_their_place(void)
{
	static const struct { tc_time stamp; const char *text; } calls[] = {
		{ 40, "last" }, { 5, "first" }, { 20, "second" }, { 20, "third" },
	};
	static const char *const want[] = { "first", NULL, NULL, "second", "third", NULL, "last" };
	struct tc_story_event seen = { .kind = TC_STORY_SEGMENT, .connection = 7, .port = { 1, 2 },
				 .frame = { (const uint8_t *)"E", 1, 1, 0, 101 }, .seen = true };
	struct tc_view v = { 0 };
	struct tc_error err = { 0 };
	struct tc_html_ladder *l;
	json_t *data, *events;

	CHECK_OK(tc_html_ladder_open(&l, &err), err);
	for (seen.frame.stamp = 10; seen.frame.stamp <= 30; seen.frame.stamp += 10)
		tc_html_ladder_event(l, &v, &seen);
	for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++)
		tc_html_ladder_call(l, &(struct tc_html_call){
			.stamp = calls[i].stamp, .text = calls[i].text, .port = { 1, 2 } });
	data = data_of(l);
	events = json_object_get(data, "events");
	CHECK_U64(json_array_size(events), sizeof want / sizeof *want);
	for (unsigned i = 0; i < sizeof want / sizeof *want; i++) {
		json_t *e = json_array_get(events, i);
		const char *text = json_string_value(json_object_get(e, "text"));

		CHECK_STR(text ? text : "", want[i] ? want[i] : "");
		CHECK_U64(number(e, "connection"), i ? 7 : 0);
		CHECK_U64(number(e, "time_ns") + 10, i == 0 ? 5 : i == 6 ? 40 : i < 2 ? 10 :
			  i < 5 ? 20 : 30);
	}
	json_decref(data);
	tc_html_ladder_free(l);
}

static void large_frames(void)
{
	static uint8_t frame[65535] = { 0x45 };
	struct tc_error err = { 0 };
	struct tc_html_ladder *l;
	json_t *data;
	size_t n;

	CHECK_OK(tc_html_ladder_open(&l, &err), err);
	for (unsigned i = 0; i < 2000; i++)
		add_seen(l, 1, frame, sizeof frame, 101);
	data = data_of(l);
	n = json_array_size(json_object_get(data, "events"));
	CHECK_U64(n, 2000);
	n -= (size_t)number(data, "brief");
	CHECK(n * sizeof frame <= TC_HTML_FIRST_BYTES + TC_HTML_LAST_BYTES);
	CHECK(n * sizeof frame > TC_HTML_FIRST_BYTES);
	json_decref(data);
	tc_html_ladder_free(l);
}

/* Whatever the bytes are: a page, and its data is JSON. */
static void hostile_frames(void)
{
	static const int types[] = { 0, 1, 12, 14, 101, 108, 113, 228, 276, 147 };
	struct tc_error err = { 0 };
	struct tc_html_ladder *l;
	struct tc_rng rng;
	json_t *data;

	tc_rng_seed(&rng, 11);
	for (unsigned round = 0; round < 10; round++) {
		CHECK_OK(tc_html_ladder_open(&l, &err), err);
		for (unsigned i = 0; i < 200; i++) {
			uint8_t bytes[120];
			size_t n = tc_rng_u64(&rng) % sizeof bytes;
			struct tc_frame f = { bytes, n, n, i, types[round] };

			tc_rng_bytes(&rng, bytes, sizeof bytes);
			if (i & 1) {	/* near enough to get further */
				bytes[0] = 0x45;
				bytes[9] = i & 2 ? 6 : 1;
				bytes[6] = 0;
			}
			if (round & 1)
				add_captured(l, &f);
			else
				add_seen(l, i, bytes, n, types[round]);
		}
		tc_html_ladder_call(l, &(struct tc_html_call){
			.stamp = 3, .text = "read(4, \"</script>\xff\", 9) = 9" });
		data = data_of(l);
		CHECK_U64(json_array_size(json_object_get(data, "events")), 201);
		json_decref(data);
		tc_html_ladder_free(l);
	}
}

CU_TestInfo tests_html[] = {
	{ "states: handshake and close", normal_close },
	{ "states: both open and close at once", simultaneous_open_and_close },
	{ "states: resets that count, and others", resets },
	{ "states: a connection seen from its middle on", from_the_middle },
	{ "states: a FIN behind a hole arrives when it is acknowledged", fin_behind_a_hole },
	{ "states: what is certain, not what may have arrived", certain },
	{ "states: a SYN in a connection begins one if it is answered", another_syn },
	{ "markup and bytes that are no text are escaped", escaping },
	{ "nothing in a section ends it", sections_are_closed },
	{ "a page is whole or not there", whole_or_not_at_all },
	{ "a long story keeps its beginning and its end", long_stories },
	{ "and not more bytes than it should", large_frames },
	{ "of what is short even deep headers are there", deep_headers },
	{ "system calls stand where they belong", calls_in_their_place },
	{ "and are the latest connection's of their ports", calls_of_the_latest },
	{ "any bytes make a page", hostile_frames },
	CU_TEST_INFO_NULL,
};
