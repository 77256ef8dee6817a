/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a peer, a file or a user may bring, in all outputs: each byte alone and where it does
 * harm, one table. What is judged here is done without the program's own escaping: text for
 * people has nothing that a terminal acts on, JSON is JSON, a cell of CSV is no formula,
 * HTML has no markup.
 */
#include "check.h"
#include "frames.h"

#include "base/text.h"
#include "explain/lua.h"
#include "page/page.h"
#include "report/comments.h"
#include "report/json.h"
#include "report/ladder.h"
#include "script/record.h"
#include "suite/suite.h"

#include <tcpcraft/error.h>
#include <tcpcraft/explain.h>
#include <tcpcraft/fuzz.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/learn.h>
#include <tcpcraft/pcapfile.h>
#include <tcpcraft/script.h>

#include <unistd.h>

#define MOST 5			/* bytes of a piece: what IP_DATA carries */

/* ---- judges ---------------------------------------------------------------------------- */

static bool is_utf8(const struct tc_buf *out)
{
	json_t *s = json_stringn(out->len ? (const char *)out->data : "", out->len);

	json_decref(s);
	return s != NULL;
}

/* C0 but ends of lines, DEL; in UTF-8 C1, and what turns the direction (U+200E …). */
static bool acts(const uint8_t *b, size_t left)
{
	if ((b[0] < ' ' && b[0] != '\n' && b[0] != '\t') || b[0] == 0x7f)
		return true;
	if (left > 1 && b[0] == 0xc2 && b[1] < 0xa0)
		return true;
	return left > 2 && b[0] == 0xe2 &&
	       ((b[1] == 0x80 && (b[2] == 0x8e || b[2] == 0x8f ||
				  (b[2] >= 0xa8 && b[2] <= 0xae))) ||
		(b[1] == 0x81 && b[2] >= 0xa6 && b[2] <= 0xa9));
}

static bool for_terminals(const struct tc_buf *out)
{
	for (size_t i = 0; i < out->len; i++)
		if (acts(out->data + i, out->len - i))
			return false;
	return is_utf8(out);
}

static bool is_json(const struct tc_buf *out)
{
	json_t *o = json_loadb((const char *)out->data, out->len, JSON_ALLOW_NUL, NULL);

	json_decref(o);
	return o && for_terminals(out);
}

/* One cell, in quotes, which end where it ends. */
static bool is_cell(const struct tc_buf *out)
{
	if (out->len < 2 || out->data[0] != '"' || out->data[out->len - 1] != '"')
		return false;
	for (size_t i = 1; i + 1 < out->len; i++)
		if (out->data[i] == '"' && out->data[++i] != '"')
			return false;
	return !strchr("=+-@\t\r", out->data[1]) || out->data[1] == 0;
}

static bool is_html(const struct tc_buf *out)
{
	for (size_t i = 0; i < out->len; i++)
		if (strchr("<>\"'", out->data[i]) ||
		    (out->data[i] == '&' && (i + 1 == out->len || out->data[i + 1] != '#')))
			return false;
	return for_terminals(out);
}

/* TAP and its YAML: a line's end in what was brought would begin a line of its own. */
static bool is_tap(const struct tc_buf *out)
{
	static const char *const lines[] = { "TAP version", "1..1", "not ok 1", "  ---",
					     "  file: ", "  verdict: '", "  message: '",
					     "  expected: '", "  ..." };
	const char *at = (const char *)out->data, *end = at + out->len;

	while (at < end) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		bool known = false;

		for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
			known |= strncmp(at, lines[i], strlen(lines[i])) == 0;
		if (!nl || !known)
			return false;
		at = nl + 1;
	}
	return true;
}

static bool is_plain(const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((b[i] < ' ' && b[i] != '\n' && b[i] != '\t') || b[i] > '~')
			return false;
	return true;
}

/* Of the second line, `local NAME, TITLE = "x", "TITLE"`: what Lua takes for the title's end is
 * the line's, and nothing begins behind a backslash but a number. */
static bool is_lua(const struct tc_buf *out)
{
	const char *title = strstr((const char *)out->data, "TITLE = \"x\", \""), *at;

	if (!title)
		return false;
	for (at = title + 14; *at != '"'; at += *at == '\\' ? 4 : 1)
		if (*at == '\n' || (*at == '\\' && strspn(at + 1, "0123456789") < 3))
			return false;
	return at[1] == '\n' && is_plain(out->data, out->len - 1);
}

/* For Graphviz: a name that is in quotes ends where it ends. */
static bool is_dot(const struct tc_buf *out)
{
	static const char head[] = "digraph peer {\n\tlabel=\"";
	const char *at = (const char *)out->data + strlen(head);

	return strncmp((const char *)out->data, head, strlen(head)) == 0 &&
	       strncmp(at + strcspn(at, "\"\\\n"), "\";\n", 3) == 0 &&
	       is_plain(out->data, out->len - 1);
}

/* A script that has the one event that it was made of, whatever that carries and is named. */
static bool is_script(const struct tc_buf *out)
{
	struct tc_script *s = NULL;
	const char *text = (const char *)out->data;
	bool good = tc_script_parse(&s, "x", text, out->len, NULL, 0, NULL) == 0 && s->events &&
		    !s->events->next;

	tc_script_free(s);
	return good && for_terminals(out);
}

/* ---- outputs --------------------------------------------------------------------------- */

static void put_shown(struct tc_buf *out, const uint8_t *b, size_t n)
{
	struct tc_text t = { 0 };

	tc_text_show(&t, out, b, n);
	tc_text_end(&t, out);
}

static void put_printed(struct tc_buf *out, const uint8_t *b, size_t n)
{
	tc_text_print(out, b, n, 64);
}

static void put_json_text(struct tc_buf *out, const uint8_t *b, size_t n)
{
	json_t *o = json_array();

	json_array_append_new(o, tc_json_text((const char *)b, n));
	CHECK(json_array_size(o) == 1);
	tc_json_put_line(out, o);
}

/* As text that ends at a NUL: names of files, words of the command line, messages. */
static void put_json_key(struct tc_buf *out, const uint8_t *b, size_t n)
{
	json_t *o = json_object();

	(void)n;
	put_text(o, "text", (const char *)b);
	CHECK(!*b || json_object_size(o) == 1);
	tc_json_put_line(out, o);
}

static void put_error(struct tc_buf *out, const uint8_t *b, size_t n)
{
	(void)n;
	tc_json_error(out, (const char *)b, 2);
}

static void put_cell(struct tc_buf *out, const uint8_t *b, size_t n)
{
	(void)n;
	tc_text_cell(out, (const char *)b);
}

static void put_html(struct tc_buf *out, const uint8_t *b, size_t n)
{
	tc_html_escape(out, (const char *)b, n);
}

static void put_journal(struct tc_buf *out, const uint8_t *b, size_t n)
{
	const char *rule = (const char *)b;
	const struct tc_journal_head h = {
		.fields = rule, .segments = rule, .oracle = rule, .request = b,
		.request_len = n, .always = { rule }, .n_always = 1,
	};

	tc_journal_put_head(out, &h);
}

static void put_suite(struct tc_buf *out, const uint8_t *b,
		      void (*put)(struct tc_buf *, const struct tc_suite *))
{
	char text[MOST + 1];
	struct tc_suite_case c = { .path = text, .id = text, .verdict = TC_CASE_FAIL };
	const struct tc_suite s = { .cases = &c, .n = 1 };

	snprintf(text, sizeof text, "%s", (const char *)b);
	snprintf(c.result.expected, sizeof c.result.expected, "%s", text);
	put(out, &s);
}

static void put_tap(struct tc_buf *out, const uint8_t *b, size_t n)
{
	(void)n;
	put_suite(out, b, tc_suite_tap);
}

static void put_junit(struct tc_buf *out, const uint8_t *b, size_t n)
{
	(void)n;
	put_suite(out, b, tc_suite_junit);
}

/* A segment that carries the piece, as each of these tells it. */
struct carried {
	struct tc_buf bytes;
	struct tc_rx rx;
	struct tc_story_event e;
	struct tc_frame frame;
};

static void carry(struct carried *c, const uint8_t *b, size_t n)
{
	*c = (struct carried){ .bytes = { 0 } };
	tc_hex_decode(&c->bytes, IP_DATA, strlen(IP_DATA), NULL);
	memset(c->bytes.data + c->bytes.len - MOST, 'x', MOST);
	memcpy(c->bytes.data + c->bytes.len - MOST, b, n);
	CHECK(tc_rx_parse(&c->rx, c->bytes.data, c->bytes.len, TC_DLT_RAW, NULL) == 0);
	c->frame = (struct tc_frame){ .bytes = c->bytes.data, .len = c->bytes.len,
				      .wire_len = c->bytes.len, .dlt = TC_DLT_RAW };
	c->e = (struct tc_story_event){ .kind = TC_STORY_SEGMENT, .frame = c->frame,
					.rx = &c->rx, .note = (const char *)b };
}

static void put_ladder(struct tc_buf *out, const uint8_t *b, size_t n)
{
	struct tc_view v = { 0 };
	struct carried c;

	carry(&c, b, n);
	c.e.note = NULL;	/* which the terminal's end escapes: put_shown */
	tc_ladder_event(out, &v, &c.e);
	tc_buf_free(&c.bytes);
}

static void put_event(struct tc_buf *out, const uint8_t *b, size_t n)
{
	struct tc_view v = { 0 };
	struct carried c;

	carry(&c, b, n);
	tc_json_event(out, &v, &c.e);
	tc_buf_free(&c.bytes);
}

static void explain(struct tc_buf *out, const uint8_t *b, size_t n, bool json)
{
	struct tc_explain x;
	struct carried c;

	carry(&c, b, n);
	CHECK(tc_explain_open(&x, &c.frame, TC_DLT_RAW, TC_HDR_IP, NULL) == 0);
	if (json)
		tc_explain_json(out, &x, 1, TC_EXPLAIN_SUMS);
	else
		tc_explain_text(out, &x, 1, TC_EXPLAIN_SUMS);
	tc_explain_free(&x);
	tc_buf_free(&c.bytes);
}

static void put_explained(struct tc_buf *out, const uint8_t *b, size_t n)
{
	explain(out, b, n, false);
}

static void put_explained_json(struct tc_buf *out, const uint8_t *b, size_t n)
{
	explain(out, b, n, true);
}

/* The NUL is for the judge. */
static void put_lua(struct tc_buf *out, const uint8_t *b, size_t n)
{
	const struct tc_header h = { .name = "x", .title = (const char *)b, .var_row = -1 };

	(void)n;
	tc_header_lua(out, &h);
	tc_buf_add_u8(out, 0);
}

static void put_dot(struct tc_buf *out, const uint8_t *b, size_t n)
{
	(void)n;
	tc_mealy_dot(&(struct tc_mealy){ 0 }, (const char *)b, out);
	tc_buf_add_u8(out, 0);
}

#define IP_FLAGS (20 + 13)	/* of TCP, behind a header of IPv4 */

/* What a SYN carries, and the name of the capture that it was in. */
static void put_recorded(struct tc_buf *out, const uint8_t *b, size_t n)
{
	struct tc_record *r = NULL;
	struct tc_error err = { 0 };
	struct carried c;

	carry(&c, b, n);
	c.bytes.data[IP_FLAGS] = 0x02;
	CHECK(tc_rx_parse(&c.rx, c.bytes.data, c.bytes.len, TC_DLT_RAW, NULL) == 0);
	c.e.connection = 1;
	CHECK(tc_record_open(&r, &err) == 0);
	tc_record_event(r, NULL, &c.e);
	CHECK_OK(tc_record_script(r, (const char *)b, out, &err), err);
	tc_record_free(r);
	tc_buf_free(&c.bytes);
}

#define FRAME_BLOCK 6
#define COMMENT 1

/* The comment of the frame in a capture: that is its first option, behind its bytes. */
static void put_comment_of(struct tc_buf *out, const uint8_t *file, size_t n)
{
	uint32_t type = 0, len, bytes;
	uint16_t option[2];

	for (size_t at = 0; at + 32 <= n && type != FRAME_BLOCK; at += len) {
		memcpy(&type, file + at, 4);
		memcpy(&len, file + at + 4, 4);
		memcpy(&bytes, file + at + 20, 4);
		bytes = (bytes + 3) & ~3u;
		if (type != FRAME_BLOCK || at + 32 + bytes > n)
			continue;
		memcpy(option, file + at + 28 + bytes, 4);
		CHECK(option[0] == COMMENT && at + 32 + bytes + option[1] <= n);
		tc_buf_add(out, file + at + 32 + bytes, option[1]);
	}
	CHECK(type == FRAME_BLOCK);
}

/* By a capture that is a pipe. The piece is a line of a script's, and what a segment carries. */
static void put_comment(struct tc_buf *out, const uint8_t *b, size_t n)
{
	struct tc_pcap_writer *w = NULL;
	struct tc_comments *comments = NULL;
	struct tc_view v = { 0 };
	struct tc_error err = { 0 };
	struct carried c;
	uint8_t file[4096];
	char path[32];
	ssize_t got;
	int ends[2];

	carry(&c, b, n);
	c.e.script = (const char *)b;
	CHECK(pipe(ends) == 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", ends[1]);
	CHECK(tc_pcap_writer_open_ng(&w, path, TC_DLT_RAW, true, &err) == 0 &&
	      tc_comments_open(&comments, w, &err, &err) == 0);
	tc_comments_frame(comments, &c.frame, NULL);
	tc_comments_event(comments, &v, &c.e);
	tc_comments_flush(comments);
	tc_comments_free(comments);
	CHECK(tc_pcap_writer_close(w, &err) == 0);
	got = read(ends[0], file, sizeof file);
	put_comment_of(out, file, got < 0 ? 0 : (size_t)got);
	close(ends[0]);
	close(ends[1]);
	tc_buf_free(&c.bytes);
}

static const struct {
	const char *name;
	void (*put)(struct tc_buf *out, const uint8_t *b, size_t n);
	bool (*judge)(const struct tc_buf *out);
} outputs[] = {
	{ "text on a terminal", put_shown, for_terminals },
	{ "quoted bytes", put_printed, for_terminals },
	{ "a string of JSON", put_json_text, is_json },
	{ "a key's text", put_json_key, is_json },
	{ "an error as JSON", put_error, is_json },
	{ "a cell of CSV", put_cell, is_cell },
	{ "HTML", put_html, is_html },
	{ "a journal", put_journal, is_json },
	{ "TAP", put_tap, is_tap },
	{ "JUnit", put_junit, for_terminals },
	{ "a ladder", put_ladder, for_terminals },
	{ "a segment as JSON", put_event, is_json },
	{ "explain", put_explained, for_terminals },
	{ "explain as JSON", put_explained_json, is_json },
	{ "a dissector in Lua", put_lua, is_lua },
	{ "a graph", put_dot, is_dot },
	{ "a comment in a capture", put_comment, for_terminals },
	{ "a script that was recorded", put_recorded, is_script },
};

/* ---- pieces ---------------------------------------------------------------------------- */

#define B 0xff			/* where the byte stands, behind the length */
static const uint8_t pieces[][1 + MOST] = {
	{ 1, B }, { 3, 'a', B, 'z' }, { 2, '"', B }, { 2, '\\', B }, { 2, B, '<' }, { 2, '=', B },
	{ 2, '\n', B }, { 4, B, '[', '2', 'J' }, { 2, 0xc2, B }, { 3, 0xe2, 0x80, B },
	{ 3, 0xe2, 0x81, B }, { 4, 0xf0, 0x9f, 0x98, B },
};

static bool holds(size_t output, const uint8_t *piece, unsigned byte)
{
	uint8_t b[MOST + 1] = { 0 };
	struct tc_buf out = { 0 };
	bool good;

	for (unsigned i = 0; i < piece[0]; i++)
		b[i] = piece[1 + i] == B ? (uint8_t)byte : piece[1 + i];
	outputs[output].put(&out, b, piece[0]);
	good = !out.failed && outputs[output].judge(&out);
	tc_buf_free(&out);
	return good;
}

static void every_byte_everywhere(void)
{
	char said[200];

	for (size_t o = 0; o < sizeof outputs / sizeof *outputs; o++)
		for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++)
			for (unsigned byte = 0; byte < 256; byte++) {
				if (holds(o, pieces[p], byte))
					continue;
				snprintf(said, sizeof said, "%s: piece %zu with 0x%02x",
					 outputs[o].name, p, byte);
				check_true(false, said, __LINE__, __FILE__);
			}
}

CU_TestInfo tests_outputs[] = {
	{ "no byte is markup, a command or a formula anywhere", every_byte_everywhere },
	CU_TEST_INFO_NULL
};
