/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of many scripts; see files.h. */
#include "files.h"

#include "many.h"

#include "live/live.h"
#include "pcap/write.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/pcapread.h>

#include <sys/mman.h>
#include <unistd.h>

#define FRAMES_MOST ((size_t)64 << 20)	/* of one script, in bytes */
#define SECTION 0x0a0d0d0au	/* what a child writes begins so */

int suite_files_open(const struct options *o, struct suite_files *f, struct tc_error *err)
{
	int rc = 0;

	if (o->write_file)
		rc = tc_pcap_writer_open_unlinked(&f->capture, o->write_file, o->force, err);
	if (rc >= 0 && o->suite.junit)
		rc = tc_outfile_open(&f->junit, o->suite.junit, o->force, err);
	if (rc >= 0 && o->html_file)
		rc = page_open(&f->page, o, err);
	return rc < 0 ? rc : 0;
}

void suite_files_drop(struct suite_files *f)
{
	tc_outfile_abort(f->junit);
	tc_html_abort(f->page);
	tc_pcap_writer_abort(f->capture);
	*f = (struct suite_files){ 0 };
}

void suite_files_leave(struct suite_files *f)
{
	tc_outfile_leave(f->junit);
	tc_html_leave(f->page);
	tc_pcap_writer_leave(f->capture);
	*f = (struct suite_files){ 0 };
}

/* ---- JUnit and page ------------------------------------------------------------------- */

static int write_junit(const struct suite_run *s, struct tc_outfile *f, struct tc_error *err)
{
	struct tc_buf text = { 0 };
	int rc;

	tc_suite_junit(&text, &s->suite);
	rc = text.failed ? tc_nomem(err) : tc_outfile_write(f, text.data, text.len, err);
	tc_buf_free(&text);
	if (rc < 0)
		tc_outfile_abort(f);
	return rc < 0 ? rc : tc_outfile_close(f, err);
}

static int write_page(const struct suite_run *s, struct tc_html *page, struct tc_error *err)
{
	struct tc_buf json = { 0 }, sum = { 0 };
	int rc;

	tc_suite_page(&json, &s->suite);
	tc_suite_put_sum(&sum, &s->suite);
	tc_html_say(page, sum.data ? (const char *)sum.data : "");
	rc = json.failed || sum.failed ? tc_nomem(err) :
	     tc_html_section(page, "suite", s->cases ? "Conformance" :
			     s->suite.n && s->suite.cases[0].capture ? "Captures" : "Scripts",
			     (const char *)json.data, json.len, err);
	tc_buf_free(&json);
	tc_buf_free(&sum);
	if (rc < 0)
		tc_html_abort(page);
	return rc < 0 ? rc : tc_html_close(page, err);
}

/* ---- the capture ------------------------------------------------------------------------ */

int suite_frames_begin(int *fd, struct tc_error *err)
{
	*fd = memfd_create("frames", MFD_CLOEXEC);
	if (*fd >= 0)
		return 0;
	*fd = 0;
	return tc_fail_errno(err, "cannot keep the frames of a script");
}

void suite_frames_end(int *fd, struct tc_suite_case *c)
{
	char bytes[16384];
	off_t at = 0;
	ssize_t n;

	c->frames = (struct tc_buf){ 0 };
	c->frames_cut = false;
	while (*fd && !c->frames_cut && (n = pread(*fd, bytes, sizeof bytes, at)) > 0) {
		c->frames_cut = c->frames.len + (size_t)n > FRAMES_MOST;
		if (!c->frames_cut)
			tc_buf_add(&c->frames, bytes, (size_t)n);
		at += n;
	}
	if (*fd)
		close(*fd);
	*fd = 0;
}

/* What came of the case stands before what its first frame is. */
static void put_comment(struct tc_buf *text, const struct tc_suite_case *c,
			const struct tc_pcap_reader *r, bool first)
{
	size_t n = 0;
	const char *own = tc_pcap_reader_comment(r, &n);

	text->len = 0;
	if (first)
		tc_suite_put_case(text, c);
	if (first && c->frames_cut)
		tc_buf_printf(text, "cut: its first %zu MB are here\n", FRAMES_MOST >> 20);
	if (own)
		tc_buf_add(text, own, n);
	while (text->len && text->data[text->len - 1] == '\n')
		text->len--;
	tc_buf_add(text, "", 1);
}

/* A child that was killed left a last frame that is cut; what it wrote is taken for nothing but what
 * it was to write. */
static int add_case(struct tc_pcap_writer *w, const struct tc_suite_case *c, struct tc_error *err)
{
	struct tc_pcap_reader *r = NULL;
	struct tc_frame f;
	struct tc_buf text = { 0 };
	struct tc_error cut;
	bool first = true;
	int rc = c->frames.failed ? tc_nomem(err) : 0;

	if (rc < 0 || c->frames.len < 4 || tc_get32(c->frames.data) != SECTION ||
	    tc_pcap_reader_open(&r, c->frames.data, c->frames.len, c->id, &cut) < 0)
		return rc;
	while (rc >= 0 && tc_pcap_reader_next(r, &f, &cut) > 0) {
		put_comment(&text, c, r, first);
		rc = text.failed ? tc_nomem(err) : tc_pcap_writer_link(w, f.dlt, err);
		if (rc >= 0)
			rc = tc_pcap_writer_add_comment(w, f.bytes, f.len, f.wire_len, f.stamp,
							(const char *)text.data, err);
		first = false;
	}
	tc_pcap_reader_close(r);
	tc_buf_free(&text);
	return rc;
}

void suite_frames_write(struct suite_files *f, struct tc_suite_case *c)
{
	if (f->capture && !f->failed.code)
		add_case(f->capture, c, &f->failed);
	tc_buf_free(&c->frames);
}

/* Each is given up by who closes it. */
int suite_files_close(const struct suite_run *s, struct suite_files *f, struct tc_error *err)
{
	struct tc_outfile *junit = f->junit;
	struct tc_html *page = f->page;
	struct tc_pcap_writer *capture = f->capture;
	struct tc_error first = f->failed;

	f->junit = NULL;
	f->page = NULL;
	f->capture = NULL;
	if (first.code)
		tc_pcap_writer_abort(capture);
	else if (capture)
		tc_pcap_writer_close(capture, &first);
	if (junit && write_junit(s, junit, err) < 0 && !first.code)
		first = *err;
	if (page && write_page(s, page, err) < 0 && !first.code)
		first = *err;
	*err = first;
	return first.code;
}
