/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A frame taken apart: every field with its value, computed ones judged. The frame is hex on
 * the command line and begins with its IPv4 header; what TCP carries is described by a
 * header from text.
 */
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/explain.h>
#include <tcpcraft/header_read.h>
#include <tcpcraft/hex.h>

#include <stdio.h>
#include <string.h>

static const char greeting[] =
	"header greeting \"a greeting\"\n"
	"kind 8 const 7 \"what begins each greeting\"\n"
	"size 8 length-of name \"bytes of the name\"\n"
	"name * max 32 \"who greets\"\n";

static int explain(const struct tc_buf *bytes, const struct tc_header *payload,
		   struct tc_buf *text, struct tc_error *err)
{
	struct tc_frame f = { .bytes = bytes->data, .len = bytes->len, .wire_len = bytes->len };
	struct tc_explain e;
	int rc = tc_explain_open_as(&e, &f, TC_DLT_UNKNOWN, tc_header_get(TC_HDR_IP), payload,
				    err);

	if (rc >= 0)
		tc_explain_text(text, &e, 1, 0);
	tc_explain_free(&e);
	return rc;
}

int main(int argc, char **argv)
{
	struct tc_buf bytes = { 0 }, text = { 0 };
	struct tc_header *header = NULL;
	struct tc_error err = { 0 };
	int rc = tc_header_read(&header, "greeting", greeting, strlen(greeting), &err);

	for (int i = 1; i < argc && rc >= 0; i++)
		rc = tc_hex_decode(&bytes, argv[i], strlen(argv[i]), &err);
	if (rc >= 0)
		rc = explain(&bytes, header, &text, &err);
	if (rc >= 0)
		printf("%s", (const char *)text.data);
	else
		fprintf(stderr, "explain: %s\n", err.msg);
	tc_header_free(header);
	tc_buf_free(&bytes);
	tc_buf_free(&text);
	return rc < 0;
}
