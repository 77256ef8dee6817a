/* SPDX-License-Identifier: BSD-2-Clause */
/* Any text as a header is taken, or refused with a line; one that was taken can be built,
 * and its frames are read back and described. Text and payload are parted by a NUL. */
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/header_read.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/payload.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static void use(const struct tc_header *h, const uint8_t *bytes, size_t n)
{
	struct tc_buf frame = { 0 }, line = { 0 };
	struct tc_error err = { 0 };
	int len;

	must(h->n_rows >= 1 && h->n_rows <= 64);
	if (tc_payload_build(&frame, h, bytes, h->var_row < 0 ? 0 : n, NULL, 0, &err) == 0) {
		len = tc_payload_length(h, frame.data, frame.len, &err);
		must(len < 0 || (size_t)len <= frame.len);
		tc_payload_describe(&line, (struct tc_payload){ h, true }, frame.data, frame.len);
	} else {
		must(err.msg[0]);
	}
	tc_payload_length(h, bytes, n, &err);
	tc_payload_describe(&line, (struct tc_payload){ h, false }, bytes, n);
	tc_buf_free(&frame);
	tc_buf_free(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
	size_t n = nul ? (size_t)(nul - data) : size;
	struct tc_error err = { 0 };
	struct tc_header *h = NULL;
	struct tc_buf text = { 0 };
	int rc;

	/* half of the inputs go on from a line that is right, so that rows are reached */
	if (size && data[0] & 1)
		tc_buf_text(&text, "header h\nid 8 const 1\nlen 16 length-of rest\n");
	if (size && (data[0] & 3) == 3)
		tc_buf_text(&text, "n 8 length-of name\nname * max 9 default ab\nm 16 length-of b "
			    "little\nx 8 xor name\nb *\n");
	tc_buf_add(&text, data, n);
	rc = tc_header_read(&h, "x", text.data, text.len, &err);
	must((rc < 0) == (err.msg[0] != 0) && (rc < 0) == (h == NULL));
	if (h)
		use(h, data, size);
	tc_header_free(h);
	tc_buf_free(&text);
	return 0;
}
