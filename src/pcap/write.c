/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capture files, pcap and pcapng, with nanosecond stamps; see pcapfile.h. Numbers are in
 * the machine's byte order, as both formats want them.
 * https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html
 * https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html
 */
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include "write.h"
#include "base/outfile.h"
#include "base/opened.h"
#include "wire/link_type.h"
#include <tcpcraft/pcapfile.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SNAPLEN 262144u		/* what libpcap calls a whole packet */
#define MAGIC_NANO 0xa1b23c4du
#define LINKTYPE_ETHERNET 1

#define BLOCK_SECTION 0x0a0d0d0au
#define BLOCK_INTERFACE 1u
#define BLOCK_PACKET 6u		/* enhanced */
#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define OPTION_END 0
#define OPTION_COMMENT 1
#define OPTION_APPLICATION 4
#define OPTION_TSRESOL 9
#define COMMENT_MOST 4096u
#define LINKS_MOST 16u

struct tc_pcap_writer {
	struct tc_outfile *file;
	bool ng;
	uint16_t linktype[LINKS_MOST];	/* of the interfaces */
	unsigned n_links, link;		/* the one that frames are of now */
	struct tc_buf block;		/* pcapng: the one being made */
};

static void put16(struct tc_buf *b, unsigned v)
{
	uint16_t word = (uint16_t)v;

	tc_buf_add(b, &word, sizeof word);
}

static void put32(struct tc_buf *b, uint32_t v)
{
	tc_buf_add(b, &v, sizeof v);
}

/* Everything in a block ends on a boundary of four. */
static void put_padded(struct tc_buf *b, const void *bytes, size_t n)
{
	static const uint8_t zero[4];

	tc_buf_add(b, bytes, n);
	tc_buf_add(b, zero, -n & 3);
}

static void put_option(struct tc_buf *b, unsigned code, const void *bytes, size_t n)
{
	put16(b, code);
	put16(b, (unsigned)n);
	put_padded(b, bytes, n);
}

static void begin_block(struct tc_buf *b, uint32_t type)
{
	b->len = 0;
	put32(b, type);
	put32(b, 0);
}

static int end_block(struct tc_pcap_writer *w, struct tc_error *err)
{
	struct tc_buf *b = &w->block;
	uint32_t len = (uint32_t)b->len + 4;

	put32(b, len);
	if (b->failed)
		return tc_nomem(err);
	memcpy(b->data + 4, &len, sizeof len);
	return tc_outfile_write(w->file, b->data, b->len, err);
}

/* What was made of a frame, to whoever reads. */
static int end_frame(struct tc_pcap_writer *w, struct tc_error *err)
{
	int rc = w->block.failed ? tc_nomem(err) : w->ng ? end_block(w, err) :
		 tc_outfile_write(w->file, w->block.data, w->block.len, err);

	return rc < 0 ? rc : tc_outfile_pass(w->file, err);
}

static int add_interface(struct tc_pcap_writer *w, int linktype, struct tc_error *err)
{
	static const uint8_t nanoseconds = 9;
	struct tc_buf *b = &w->block;

	w->link = w->n_links++;
	w->linktype[w->link] = (uint16_t)linktype;
	begin_block(b, BLOCK_INTERFACE);
	put16(b, (unsigned)linktype);
	put16(b, 0);
	put32(b, SNAPLEN);
	put_option(b, OPTION_TSRESOL, &nanoseconds, 1);
	put_option(b, OPTION_END, NULL, 0);
	return end_block(w, err);
}

static int begin_pcapng(struct tc_pcap_writer *w, int linktype, struct tc_error *err)
{
	static const char application[] = "tcpcraft";
	static const uint8_t unknown_length[8] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
	};
	struct tc_buf *b = &w->block;
	int rc;

	begin_block(b, BLOCK_SECTION);
	put32(b, BYTE_ORDER_MAGIC);
	put16(b, 1);
	put16(b, 0);
	tc_buf_add(b, unknown_length, sizeof unknown_length);
	put_option(b, OPTION_APPLICATION, application, strlen(application));
	put_option(b, OPTION_END, NULL, 0);
	rc = end_block(w, err);
	return rc < 0 ? rc : add_interface(w, linktype, err);
}

static int begin_pcap(struct tc_pcap_writer *w, int linktype, struct tc_error *err)
{
	struct tc_buf *b = &w->block;

	w->linktype[w->n_links++] = (uint16_t)linktype;
	b->len = 0;
	put32(b, MAGIC_NANO);
	put16(b, 2);
	put16(b, 4);
	put32(b, 0);
	put32(b, 0);
	put32(b, SNAPLEN);
	put32(b, (uint32_t)linktype);
	return tc_outfile_write(w->file, b->data, b->len, err);
}

static bool ends_in(const char *path, const char *tail)
{
	size_t n = strlen(path), m = strlen(tail);

	return n >= m && strcmp(path + n - m, tail) == 0;
}

static int begin(struct tc_pcap_writer *w, int linktype, struct tc_error *err)
{
	return w->ng ? begin_pcapng(w, linktype, err) : begin_pcap(w, linktype, err);
}

/* opened: what opening its file gave. */
static int begin_writer(struct tc_pcap_writer **out, struct tc_pcap_writer *w, int opened, int dlt,
			struct tc_error *err)
{
	int rc = opened < 0 ? opened : begin(w, tc_linktype(dlt), err);

	return TC_OPENED(out, w, rc, tc_pcap_writer_abort);
}

static int open_writer(struct tc_pcap_writer **out, bool ng, const char *path, int dlt,
		       bool force, struct tc_error *err)
{
	struct tc_pcap_writer *w = calloc(1, sizeof *w);

	if (!w)
		return tc_nomem(err);
	w->ng = ng;
	return begin_writer(out, w, tc_outfile_open(&w->file, path, force, err), dlt, err);
}

int tc_pcap_writer_open(struct tc_pcap_writer **out, const char *path, int dlt, bool force,
			struct tc_error *err)
{
	return open_writer(out, ends_in(path, ".pcapng"), path, dlt, force, err);
}

int tc_pcap_writer_open_ng(struct tc_pcap_writer **out, const char *path, int dlt, bool force,
			   struct tc_error *err)
{
	return open_writer(out, true, path, dlt, force, err);
}

int tc_pcap_writer_take(struct tc_pcap_writer **out, int fd, const char *name, int dlt,
			struct tc_error *err)
{
	struct tc_pcap_writer *w = calloc(1, sizeof *w);

	if (!w)
		return tc_nomem(err);
	w->ng = true;
	return begin_writer(out, w, tc_outfile_take(&w->file, fd, name, err), dlt, err);
}

int tc_pcap_writer_open_unlinked(struct tc_pcap_writer **out, const char *path, bool force,
				 struct tc_error *err)
{
	struct tc_pcap_writer *w = calloc(1, sizeof *w);

	if (!w)
		return tc_nomem(err);
	w->ng = ends_in(path, ".pcapng");
	return TC_OPENED(out, w, tc_outfile_open(&w->file, path, force, err),
			 tc_pcap_writer_abort);
}

int tc_pcap_writer_link(struct tc_pcap_writer *w, int dlt, struct tc_error *err)
{
	if (!w->n_links)
		return begin(w, tc_linktype(dlt), err);
	for (unsigned i = 0; i < w->n_links; i++)
		if (w->linktype[i] == tc_linktype(dlt)) {
			w->link = i;
			return 0;
		}
	if (!w->ng)
		return tc_fail(err, -EINVAL, "frames of two link types, %u and %d, are for a file "
			       "that ends in .pcapng", w->linktype[0], tc_linktype(dlt));
	if (w->n_links == LINKS_MOST)
		return tc_fail(err, -EINVAL, "frames of more than %u link types", LINKS_MOST);
	return add_interface(w, tc_linktype(dlt), err);
}

bool tc_pcap_writer_takes_comments(const struct tc_pcap_writer *w)
{
	return w->ng;
}

int tc_pcap_writer_add_comment(struct tc_pcap_writer *w, const uint8_t *frame, size_t len,
			       size_t wire_len, tc_time stamp, const char *comment,
			       struct tc_error *err)
{
	struct tc_buf *b = &w->block;
	size_t n = comment && w->ng ? strnlen(comment, COMMENT_MOST) : 0;

	if (len > SNAPLEN)
		return tc_fail(err, -EMSGSIZE,
			       "a frame of %zu bytes is over the %u of a capture", len,
			       SNAPLEN);
	if (w->ng) {
		begin_block(b, BLOCK_PACKET);
		put32(b, w->link);
		put32(b, (uint32_t)((uint64_t)stamp >> 32));
		put32(b, (uint32_t)stamp);
	} else {
		b->len = 0;
		put32(b, (uint32_t)(stamp / TC_S));
		put32(b, (uint32_t)(stamp % TC_S));
	}
	put32(b, (uint32_t)len);
	put32(b, (uint32_t)wire_len);
	if (!w->ng) {
		tc_buf_add(b, frame, len);
		return end_frame(w, err);
	}
	put_padded(b, frame, len);
	if (n) {
		put_option(b, OPTION_COMMENT, comment, n);
		put_option(b, OPTION_END, NULL, 0);
	}
	return end_frame(w, err);
}

int tc_pcap_writer_add(struct tc_pcap_writer *w, const uint8_t *frame, size_t len,
		       size_t wire_len, tc_time stamp, struct tc_error *err)
{
	return tc_pcap_writer_add_comment(w, frame, len, wire_len, stamp, NULL, err);
}

int tc_pcap_writer_close(struct tc_pcap_writer *w, struct tc_error *err)
{
	int rc = w->n_links ? 0 : begin(w, LINKTYPE_ETHERNET, err);

	if (rc < 0) {
		tc_pcap_writer_abort(w);
		return rc;
	}
	rc = tc_outfile_close(w->file, err);
	w->file = NULL;
	tc_pcap_writer_abort(w);
	return rc;
}

static void let_go(struct tc_pcap_writer *w, void (*of_file)(struct tc_outfile *))
{
	if (!w)
		return;
	of_file(w->file);
	tc_buf_free(&w->block);
	free(w);
}

void tc_pcap_writer_abort(struct tc_pcap_writer *w)
{
	let_go(w, tc_outfile_abort);
}

void tc_pcap_writer_leave(struct tc_pcap_writer *w)
{
	let_go(w, tc_outfile_leave);
}
