/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames from text, files and captures; see frames.h. */
#include "frames.h"
#include "peel/tunnel.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/pcapread.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_MOST ((size_t)1 << 30)

static int give(struct tc_buf *bytes, uint64_t number, tc_frame_fn *fn, void *ctx,
		struct tc_error *err)
{
	struct tc_frame f = { .bytes = bytes->data, .len = bytes->len,
			      .wire_len = bytes->len, .dlt = TC_DLT_UNKNOWN };

	return fn(ctx, number, &f, err);
}

static bool is_hex(const char *text)
{
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		text += 2;
	if (!*text)
		return false;
	for (; *text; text++)
		if (!isxdigit((unsigned char)*text) && !strchr(" \t\n\r:", *text))
			return false;
	return true;
}

static int read_argument(const char *what, tc_frame_fn *fn, void *ctx, struct tc_error *err)
{
	struct tc_buf bytes = { 0 };
	int rc = tc_hex_decode(&bytes, what, strlen(what), err);

	if (rc >= 0)
		rc = give(&bytes, 1, fn, ctx, err);
	tc_buf_free(&bytes);
	return rc;
}

/* One frame a line. */
static int read_lines(const char *name, const uint8_t *text, size_t n, tc_frame_fn *fn,
		      void *ctx, struct tc_error *err)
{
	const char *at = (const char *)text, *end = at + n;
	struct tc_buf bytes = { 0 };
	uint64_t number = 0, line = 1;
	struct tc_error why;
	int rc = 0;

	for (; at < end && rc >= 0; line++) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((eol ? eol : end) - at);
		const char *remark = memchr(at, '#', len);
		size_t used = remark ? (size_t)(remark - at) : len;

		bytes.len = 0;
		rc = tc_hex_decode(&bytes, at, used, &why);
		if (rc < 0)
			rc = tc_fail(err, -EINVAL, "%s, line %llu: %s", name,
				     (unsigned long long)line, why.msg);
		else if (bytes.len)
			rc = give(&bytes, ++number, fn, ctx, err);
		at += eol ? len + 1 : len;
	}
	tc_buf_free(&bytes);
	return rc;
}

static int read_capture(const char *name, const struct tc_buf *file, tc_frame_fn *fn,
			void *ctx, struct tc_error *err)
{
	struct tc_pcap_reader *r = NULL;
	struct tc_frame f;
	uint64_t number = 0;
	int rc = tc_pcap_reader_open(&r, file->data, file->len, name, err);

	if (rc < 0)
		return rc;
	while ((rc = tc_pcap_reader_next(r, &f, err)) > 0) {
		rc = fn(ctx, ++number, &f, err);
		if (rc < 0)
			break;
	}
	tc_pcap_reader_close(r);
	return rc;
}

static bool is_text(const struct tc_buf *b)
{
	for (size_t i = 0; i < b->len; i++)
		if (!isprint(b->data[i]) && !isspace(b->data[i]))
			return false;
	return true;
}

int tc_frames_read(const char *what, tc_frame_fn *fn, void *ctx, struct tc_error *err)
{
	const char *name = strcmp(what, "-") == 0 ? "standard input" : what;
	struct tc_buf file = { 0 };
	int rc;

	if (is_hex(what) && access(what, F_OK) < 0)
		return read_argument(what, fn, ctx, err);
	if (!*what)
		return tc_fail(err, -EINVAL, "no hex digits and no file's name");
	if (strcmp(what, "-") != 0 && access(what, F_OK) < 0 && errno == ENOENT)
		return tc_fail(err, -ENOENT, "cannot open %s: no such file, and no "
			       "hex digits either", what);
	rc = tc_buf_read_file(&file, what, FILE_MOST, err);
	if (rc < 0)
		;
	else if (file.len == 0)
		rc = tc_fail(err, -EINVAL, "%s is empty: no frame in it", name);
	else if (tc_pcap_is_capture(file.data, file.len))
		rc = read_capture(name, &file, fn, ctx, err);
	else if (is_text(&file))
		rc = read_lines(name, file.data, file.len, fn, ctx, err);
	else
		rc = give(&file, 1, fn, ctx, err);
	tc_buf_free(&file);
	return rc;
}

enum tc_header_id tc_frames_guess(const uint8_t *bytes, size_t n)
{
	const struct tc_header *eth = tc_header_get(TC_HDR_ETH);
	const struct tc_header *ip = tc_header_get(TC_HDR_IP);
	const struct tc_header *ipv6 = tc_header_get(TC_HDR_IPV6);
	struct tc_tunnel around;
	uint64_t type;

	if (n <= eth->head_bytes)
		return TC_HDR_IP;
	if (tc_field_get(&ip->rows[TC_IP_VERSION], bytes) == 4 &&
	    tc_field_get(&ip->rows[TC_IP_LEN], bytes) == n)
		return TC_HDR_IP;
	if (n >= ipv6->head_bytes && tc_field_get(&ipv6->rows[TC_IPV6_VERSION], bytes) == 6 &&
	    tc_field_get(&ipv6->rows[TC_IPV6_PLEN], bytes) == n - ipv6->head_bytes)
		return TC_HDR_IPV6;
	type = tc_field_get(&eth->rows[TC_ETH_TYPE], bytes);
	if (type == tc_header_get(TC_HDR_VLAN)->ethertype ||
	    type == tc_header_get(TC_HDR_ARP)->ethertype)
		return TC_HDR_ETH;
	if (type == ip->ethertype && bytes[eth->head_bytes] >> 4 == 4)
		return TC_HDR_ETH;
	if (type == ipv6->ethertype && bytes[eth->head_bytes] >> 4 == 6)
		return TC_HDR_ETH;
	/* or a datagram behind what else may stand before one */
	tc_tunnel_find(&around, bytes, n, TC_DLT_EN10MB);
	return around.n_headers > 2 ? TC_HDR_ETH : TC_HDR_IP;
}

int tc_frames_header(const char *name, enum tc_header_id *id, struct tc_error *err)
{
	char names[300] = "";
	size_t n = 0;

	for (*id = 0; *id < TC_HDR_COUNT; (*id)++) {
		const char *known = tc_header_get(*id)->name;

		if (strcmp(known, name) == 0)
			return 0;
		n += (size_t)snprintf(names + n, n < sizeof names ? sizeof names - n : 0,
				      "%s%s", n ? ", " : "", known);
	}
	return tc_fail(err, -EINVAL, "'%.40s' is not a header: %s", name, names);
}
