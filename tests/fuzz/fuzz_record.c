/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any segments of a connection, recorded: what comes of them reads as a script, and that
 * is printed as it was. The input is a list of segments: who sent it, numbers, flags, what
 * the options and the payload are.
 */
#include <tcpcraft/bits.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include "script/record.h"
#include <tcpcraft/script.h>
#include <tcpcraft/segment.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define IP 20
#define TCP 20
#define HEAD 16			/* bytes of the input that a segment begins with */

static void must(int ok)
{
	if (!ok)
		abort();
}

/* One segment of the input at *at; false at its end. */
static bool next(struct tc_record *r, const uint8_t **at, const uint8_t *end, unsigned n)
{
	uint8_t frame[IP + TCP + 60 + 256] = { 0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6 };
	const uint8_t *in = *at;
	size_t options, payload, len;
	struct tc_rx rx;

	if (end - in < HEAD)
		return false;
	options = in[0] % 11u * 4;
	payload = in[1];
	*at += HEAD;
	if ((size_t)(end - *at) < options + payload)
		return false;
	len = IP + TCP + options + payload;
	tc_put16(frame + 2, (uint16_t)len);
	frame[1] = in[2] & 3;
	frame[15] = frame[19] = 1;
	tc_put16(frame + IP + 2, 80);
	memcpy(frame + IP + 4, in + 3, 8);
	frame[IP + 12] = (uint8_t)((5 + options / 4) << 4 | (in[11] & 1));
	frame[IP + 13] = n ? in[12] : 2;
	memcpy(frame + IP + 14, in + 13, 2);
	memcpy(frame + IP + TCP, *at, options + payload);
	*at += options + payload;
	must(tc_rx_parse(&rx, frame, len, TC_DLT_RAW, NULL) == 0);
	tc_record_event(r, NULL, &(struct tc_story_event){
		.kind = TC_STORY_SEGMENT, .frame.stamp = (tc_time)n * 12345678, .rx = &rx,
		.from = !(in[15] & 1), .connection = 1 + (in[15] > 250) });
	return true;
}

static void check(const struct tc_record *r)
{
	struct tc_buf text = { 0 }, again = { 0 };
	struct tc_error err = { 0 };
	struct tc_script *s = NULL;
	const char *body;

	if (tc_record_script(r, "fuzz", &text, &err) < 0)
		return;
	must(tc_script_parse(&s, "fuzz", (const char *)text.data, text.len, NULL, 0, &err) >=
	     0);
	tc_script_print(&again, s);
	tc_buf_add_u8(&text, 0);
	tc_buf_add_u8(&again, 0);
	body = strchr((const char *)text.data, '\n') + 1;
	must(again.len && strcmp(body, (const char *)again.data) == 0);
	tc_script_free(s);
	tc_buf_free(&again);
	tc_buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = data + size;
	struct tc_record *r;
	unsigned n = 0;

	must(tc_record_open(&r, NULL) >= 0);
	while (next(r, &data, end, n))
		n++;
	check(r);
	tc_record_free(r);
	return 0;
}
