/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a frame of any link type: explained as text that harms no terminal and as
 * JSON that parses, without reading beyond the frame; and as the contents of a file of
 * frames. The first byte of the input chooses.
 */
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/explain.h>
#include "pcap/frames.h"
#include <tcpcraft/pcapread.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

static void explain(const uint8_t *bytes, size_t n, size_t wire, int dlt,
		    enum tc_header_id first)
{
	struct tc_frame f = { .bytes = bytes, .len = n, .wire_len = wire };
	struct tc_buf text = { 0 }, line = { 0 };
	struct tc_explain e;
	json_t *json;

	must(tc_explain_open(&e, &f, dlt, first, NULL) == 0);
	tc_explain_text(&text, &e, 1, TC_EXPLAIN_RULER | TC_EXPLAIN_SUMS);
	tc_explain_json(&line, &e, 1, TC_EXPLAIN_SUMS);
	for (size_t i = 0; i < text.len; i++)
		must(text.data[i] == '\n' || (text.data[i] >= ' ' && text.data[i] <= '~'));
	json = json_loadb((char *)line.data, line.len, 0, NULL);
	must(json != NULL);
	json_decref(json);
	tc_explain_free(&e);
	tc_buf_free(&text);
	tc_buf_free(&line);
}

static void read_capture(const uint8_t *bytes, size_t n)
{
	static const uint8_t magic[] = { 0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0 };
	struct tc_pcap_reader *r = NULL;
	struct tc_error err = { 0 };
	struct tc_buf file = { 0 };
	struct tc_frame f;
	int rc;

	tc_buf_add(&file, magic, sizeof magic);
	tc_buf_add(&file, bytes, n);
	rc = tc_pcap_reader_open(&r, file.data, file.len, "it", &err);
	while (rc >= 0 && (rc = tc_pcap_reader_next(r, &f, &err)) > 0)
		explain(f.bytes, f.len, f.wire_len, tc_pcap_reader_dlt(r), TC_HDR_IP);
	must(rc == 0 || err.msg[0]);
	tc_pcap_reader_close(r);
	tc_buf_free(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int dlts[] = { 0, 1, 12, 14, 101, 108, 113, 228, 276, 147, 51, 105, 127, 239 };
	unsigned how;

	if (size == 0)
		return 0;
	how = data[0];
	data++;
	size--;
	if (how & 0x80)
		read_capture(data, size);
	else if (how & 0x40)
		explain(data, size, size + (how & 1), dlts[how % 14], TC_HDR_IP);
	else
		explain(data, size, size + (how & 1), TC_DLT_UNKNOWN,
			(enum tc_header_id)(how % TC_HDR_COUNT));
	return 0;
}
