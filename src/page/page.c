/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame of a page; see page.h. Style and scripts are the files of src/page/assets/, which
 * the Makefile turns into the two arrays. */
#include "own.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include "page.h"
#include "base/outfile.h"
#include <tcpcraft/version.h>
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct tc_html {
	struct tc_outfile *file;
	struct tc_buf said;
};

void tc_html_escape(struct tc_buf *out, const char *text, size_t n)
{
	const uint8_t *at = (const uint8_t *)text;
	size_t len;

	for (size_t i = 0; i < n; i += len ? len : 1) {
		len = tc_text_character(at + i, n - i);
		if (len == 0)
			tc_buf_text(out, "\xef\xbf\xbd");
		else if (len == 1 && strchr("<>&\"'", at[i]))
			tc_buf_printf(out, "&#%u;", at[i]);
		else
			tc_buf_add(out, at + i, len);
	}
}

static void put_text(struct tc_buf *out, const char *text)
{
	tc_html_escape(out, text, strlen(text));
}

static int flush(struct tc_html *h, struct tc_buf *out, struct tc_error *err)
{
	int rc = out->failed ? tc_nomem(err)
			     : tc_outfile_write(h->file, out->data, out->len, err);

	tc_buf_free(out);
	return rc;
}

static int put_head(struct tc_html *h, const char *title, const char *command,
		    struct tc_error *err)
{
	struct tc_buf out = { 0 };

	tc_buf_printf(&out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
		      "<meta charset=\"utf-8\">\n"
		      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
		      "'none'; script-src '%s'; style-src '%s'; base-uri 'none'; "
		      "form-action 'none'\">\n"
		      "<meta name=\"viewport\" content=\"width=device-width, "
		      "initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n"
		      "<meta name=\"generator\" content=\"tcpcraft %s\">\n<title>",
		      tc_html_script_hash, tc_html_style_hash, TC_VERSION);
	put_text(&out, title);
	tc_buf_text(&out, "</title>\n<style>");
	tc_buf_add(&out, tc_html_style, tc_html_style_len);
	tc_buf_text(&out, "</style>\n</head>\n<body>\n<header id=\"top\">\n<h1>");
	put_text(&out, title);
	tc_buf_text(&out, "</h1>\n");
	if (command) {
		tc_buf_text(&out, "<code id=\"command\">");
		put_text(&out, command);
		tc_buf_text(&out, "</code>\n");
	}
	tc_buf_text(&out, "</header>\n<noscript><p>The script inside this page draws it: "
		    "allow it to run.</p></noscript>\n<main>\n");
	return flush(h, &out, err);
}

int tc_html_open(struct tc_html **out, const char *path, bool force, const char *title,
		 const char *command, struct tc_error *err)
{
	struct tc_html *h = calloc(1, sizeof *h);
	int rc;

	if (!h)
		return tc_nomem(err);
	rc = tc_outfile_open(&h->file, path, force, err);
	if (rc >= 0)
		rc = put_head(h, title, command, err);
	if (rc < 0)
		tc_html_abort(h);
	else
		*out = h;
	return rc;
}

void tc_html_say(struct tc_html *h, const char *sentence)
{
	h->said.len = 0;
	put_text(&h->said, sentence);
}

int tc_html_section(struct tc_html *h, const char *kind, const char *title,
		    const char *json, size_t n, struct tc_error *err)
{
	struct tc_buf out = { 0 };
	const char *end = json + n, *mark;

	tc_buf_text(&out, "<section data-kind=\"");
	put_text(&out, kind);
	tc_buf_text(&out, "\">\n<h2>");
	put_text(&out, title);
	tc_buf_text(&out, "</h2>\n<script type=\"application/json\">");
	/* in JSON '<' is in strings only; without it nothing in here ends the element */
	while ((mark = memchr(json, '<', (size_t)(end - json)))) {
		tc_buf_add(&out, json, (size_t)(mark - json));
		tc_buf_text(&out, "\\u003c");
		json = mark + 1;
	}
	tc_buf_add(&out, json, (size_t)(end - json));
	tc_buf_text(&out, "</script>\n</section>\n");
	return flush(h, &out, err);
}

int tc_html_close(struct tc_html *h, struct tc_error *err)
{
	struct tc_outfile *file = h->file;
	struct tc_buf out = { 0 };
	int rc;

	tc_buf_text(&out, "</main>\n");
	if (h->said.len) {	/* the script puts it on top */
		tc_buf_text(&out, "<p id=\"said\">");
		tc_buf_add(&out, h->said.data, h->said.len);
		tc_buf_text(&out, "</p>\n");
	}
	tc_buf_text(&out, "<script>");
	tc_buf_add(&out, tc_html_script, tc_html_script_len);
	tc_buf_text(&out, "</script>\n</body>\n</html>\n");
	rc = flush(h, &out, err);
	if (rc >= 0) {
		h->file = NULL;
		rc = tc_outfile_close(file, err);
	}
	tc_html_abort(h);
	return rc;
}

static void let_go(struct tc_html *h, void (*of_file)(struct tc_outfile *))
{
	if (!h)
		return;
	of_file(h->file);
	tc_buf_free(&h->said);
	free(h);
}

void tc_html_abort(struct tc_html *h)
{
	let_go(h, tc_outfile_abort);
}

void tc_html_leave(struct tc_html *h)
{
	let_go(h, tc_outfile_leave);
}
