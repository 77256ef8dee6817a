/* SPDX-License-Identifier: BSD-2-Clause */
/* Any frames of any link type, shown from a capture whose records lie: the first byte
 * chooses form and link type, the rest is cut into records, or is the file itself; also as
 * a page. */
#include <tcpcraft/error.h>
#include "page/page.h"
#include "page/ladder.h"
#include <tcpcraft/segment.h>
#include "show/show.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RECORD 60u	/* bytes of input for each */

static const uint16_t dlts[] = { 1, 101, 12, 276, 228, 0, 108, 113 };

static bool discard(void *ctx, const uint8_t *text, size_t n)
{
	*(size_t *)ctx += n;
	return text != NULL;
}

static void ignore(void *ctx, const char *line)
{
	*(size_t *)ctx += strlen(line);
}

static void put(FILE *f, const void *bytes, size_t n)
{
	if (fwrite(bytes, 1, n, f) != n)
		abort();
}

/* Frames with addresses and ports that repeat, so that connections come about. */
static void put_frames(FILE *f, const uint8_t *data, size_t size, uint16_t dlt)
{
	uint32_t head[6] = { 0xa1b2c3d4, 0x00040002, 0, 0, 262144, dlt };
	static const uint8_t ip[] = {
		0x45, 0, 0, 0, 0, 1, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
		0, 1, 0, 2,
	};

	put(f, head, sizeof head);
	for (uint32_t i = 0; size; i++) {
		uint32_t n = size < RECORD ? (uint32_t)size : RECORD;
		uint8_t frame[14 + sizeof ip + RECORD] = { [12] = 8 };
		uint32_t len = dlt == 1 ? 14 : 0;
		uint32_t record[4] = { i, 0, 0, 0 };

		memcpy(frame + len, ip, sizeof ip);
		memcpy(frame + len + sizeof ip, data, n);
		if (data[0] & 1)	/* a fragment, its place from the input */
			memcpy(frame + len + 6, data + n / 2, 2 * (n > 3));
		len += (uint32_t)sizeof ip + n;
		record[2] = len;
		record[3] = len + (data[0] & 2 ? data[0] : 0);
		put(f, record, sizeof record);
		put(f, frame, len);
		data += n;
		size -= n;
	}
}

static void put_page(struct tc_html_ladder *l)
{
	struct tc_html *page;

	if (tc_html_open(&page, "/dev/null", false, "x", NULL, NULL) < 0 ||
	    tc_html_ladder_put(l, page, "y", NULL) < 0 || tc_html_close(page, NULL) < 0)
		abort();
	tc_html_ladder_free(l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t text = 0;
	struct tc_show_options o = { .dlt = -1, .write = discard, .notice = ignore,
				     .ctx = &text };
	int fd = memfd_create("capture", MFD_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w+b");
	struct tc_error err;
	char path[40];
	int rc;

	if (!f)
		abort();
	if (size == 0) {
		fclose(f);
		return 0;
	}
	if (data[0] & 0x80)
		put(f, data + 1, size - 1);
	else
		put_frames(f, data + 1, size - 1, dlts[data[0] & 7]);
	fflush(f);
	o.json = data[0] & 0x40;
	o.all = data[0] & 0x20;
	o.table_only = data[0] & 0x10;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (data[0] & 0x08 && tc_html_ladder_open(&o.ladder, &err) < 0)
		abort();
	rc = tc_show_file(path, &o, &err);
	if (rc < 0 && rc != -EBADMSG)
		abort();
	if (o.ladder)
		put_page(o.ladder);
	fclose(f);
	return 0;
}
