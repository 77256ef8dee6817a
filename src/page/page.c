/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame of a page; see page.h. Style and scripts are the files of src/page/assets/, which
 * the Makefile turns into the two arrays. */
#include "own.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include "page.h"
#include "base/outfile.h"
#include <tcpcraft/rng.h>
#include <tcpcraft/version.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tc_html {
	struct tc_outfile *file;
	/* The browser runs no script and takes no style without it, and who sent us bytes
	 * cannot know it. */
	char nonce[33];
	struct tc_buf said;
};

/* Bytes of the UTF-8 character at text, 0 when it is none that may be shown. */
static size_t character(const uint8_t *text, size_t n)
{
	static const struct { uint8_t from, to, n, lowest, highest; } leads[] = {
		{ 0xc2, 0xdf, 2, 0x80, 0xbf }, { 0xe0, 0xe0, 3, 0xa0, 0xbf },
		{ 0xe1, 0xec, 3, 0x80, 0xbf }, { 0xed, 0xed, 3, 0x80, 0x9f },
		{ 0xee, 0xef, 3, 0x80, 0xbf }, { 0xf0, 0xf0, 4, 0x90, 0xbf },
		{ 0xf1, 0xf3, 4, 0x80, 0xbf }, { 0xf4, 0xf4, 4, 0x80, 0x8f },
	};
	size_t len = 0;

	if (text[0] >= ' ' && text[0] < 0x7f)
		return 1;
	if (text[0] == '\n' || text[0] == '\t')
		return 1;
	for (size_t i = 0; i < sizeof leads / sizeof *leads && !len; i++)
		if (text[0] >= leads[i].from && text[0] <= leads[i].to && n >= leads[i].n &&
		    text[1] >= leads[i].lowest && text[1] <= leads[i].highest)
			len = leads[i].n;
	for (size_t i = 2; i < len; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	/* U+0080 to U+009F are controls */
	return len == 2 && text[0] == 0xc2 && text[1] < 0xa0 ? 0 : len;
}

void tc_html_escape(struct tc_buf *out, const char *text, size_t n)
{
	const uint8_t *at = (const uint8_t *)text;
	size_t len;

	for (size_t i = 0; i < n; i += len ? len : 1) {
		len = character(at + i, n - i);
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
		      "'none'; script-src 'nonce-%s'; style-src 'nonce-%s'; base-uri 'none'; "
		      "form-action 'none'\">\n"
		      "<meta name=\"viewport\" content=\"width=device-width, "
		      "initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n"
		      "<meta name=\"generator\" content=\"tcpcraft %s\">\n<title>",
		      h->nonce, h->nonce, TC_VERSION);
	put_text(&out, title);
	tc_buf_printf(&out, "</title>\n<style nonce=\"%s\">\n", h->nonce);
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
	snprintf(h->nonce, sizeof h->nonce, "%016" PRIx64 "%016" PRIx64,
		 tc_rng_kernel_u64(), tc_rng_kernel_u64());
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
	tc_buf_printf(&out, "<script nonce=\"%s\">\n", h->nonce);
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

void tc_html_abort(struct tc_html *h)
{
	if (!h)
		return;
	tc_outfile_abort(h->file);
	tc_buf_free(&h->said);
	free(h);
}
