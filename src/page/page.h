/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A page for a browser in one file: style, script and data inside, nothing from elsewhere,
 * and a policy in its head that lets no script run but its own. It is a row of sections;
 * each holds JSON, which the script of its kind (src/page/assets/KIND.js) draws. What came
 * from the wire or a user is in the JSON or escaped, and never becomes markup: scripts set
 * text, not HTML. The file appears when it is whole. Not thread-safe.
 */
#ifndef PAGE_PAGE_H
#define PAGE_PAGE_H

#include <stdbool.h>
#include <stddef.h>

struct tc_buf;
struct tc_error;
struct tc_html;

/* title: a few words; command: what was typed, or NULL. -EEXIST when path exists and
 * !force; the system's errno otherwise. */
int tc_html_open(struct tc_html **h, const char *path, bool force, const char *title,
		 const char *command, struct tc_error *err);

/* What came of it: a sentence for the top of the page. At any time; the last one counts. */
void tc_html_say(struct tc_html *h, const char *sentence);

/* Append a section. kind: name of the script that draws it (a word); json: one JSON value,
 * n bytes, as jansson writes it. */
int tc_html_section(struct tc_html *h, const char *kind, const char *title,
		    const char *json, size_t n, struct tc_error *err);

/* Finish the page and give the file its name; on error nothing is left. h is gone. */
int tc_html_close(struct tc_html *h, struct tc_error *err);
void tc_html_abort(struct tc_html *h);		/* leave no file; NULL is allowed */
void tc_html_leave(struct tc_html *h);		/* in a child: as tc_outfile_leave() */

/* Append text as HTML shows it, also in quoted attributes: markup is escaped, bytes that
 * are not UTF-8, control characters and what turns the direction of writing become U+FFFD. */
void tc_html_escape(struct tc_buf *out, const char *text, size_t n);

#endif
