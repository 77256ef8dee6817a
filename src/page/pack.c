/* SPDX-License-Identifier: BSD-2-Clause */
/* Packed data of a page; see pack.h. */
#include "pack.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define RAW (-15)	/* window bits of a stream without zlib's wrapper */
#define MEMORY 8	/* zlib's own default */

static void put_base64(struct tc_buf *out, const uint8_t *bytes, size_t n)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)bytes[i] << 16;

		v |= i + 1 < n ? (uint32_t)bytes[i + 1] << 8 : 0;
		v |= i + 2 < n ? bytes[i + 2] : 0;
		tc_buf_add_u8(out, (uint8_t)digits[v >> 18]);
		tc_buf_add_u8(out, (uint8_t)digits[v >> 12 & 63]);
		tc_buf_add_u8(out, i + 1 < n ? (uint8_t)digits[v >> 6 & 63] : '=');
		tc_buf_add_u8(out, i + 2 < n ? (uint8_t)digits[v & 63] : '=');
	}
}

/* Append n bytes deflated (RFC 1951, no wrapper) and in base64 (RFC 4648 4), as
 * src/page/assets/inflate.js reads them. Without memory out->failed is set. In one go: the
 * output has room for what cannot be made smaller. */
static void put_packed(struct tc_buf *out, const void *bytes, size_t n)
{
	z_stream z = { 0 };
	uint8_t *packed;
	size_t room;

	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, RAW, MEMORY,
			 Z_DEFAULT_STRATEGY) != Z_OK) {
		out->failed = true;
		return;
	}
	room = deflateBound(&z, n);
	packed = malloc(room);
	z.next_in = (Bytef *)(uintptr_t)bytes;
	z.avail_in = (uInt)n;
	z.next_out = packed;
	z.avail_out = (uInt)room;
	if (packed && deflate(&z, Z_FINISH) == Z_STREAM_END)
		put_base64(out, packed, room - z.avail_out);
	else
		out->failed = true;
	deflateEnd(&z);
	free(packed);
}

bool tc_html_pack_list(json_t *to, json_t *from)
{
	char *text = json_dumps(from, JSON_COMPACT | JSON_ENSURE_ASCII);
	struct tc_buf packed = { 0 };
	bool done = text != NULL;

	if (done && json_array_size(from)) {
		put_packed(&packed, text, strlen(text));
		done = !packed.failed &&
		       json_array_append_new(to, json_stringn((char *)packed.data,
							     packed.len)) == 0;
	}
	json_array_clear(from);
	tc_buf_free(&packed);
	free(text);
	return done;
}
