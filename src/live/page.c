/* SPDX-License-Identifier: BSD-2-Clause */
/* The page of --html: its name and what stands on top. */
#include "live.h"

#include <string.h>

#define TITLE_MOST 80	/* bytes */
#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,+@%"

/* A word as a shell takes it. */
static void put_word(struct tc_buf *out, const char *word)
{
	bool plain = *word && !word[strspn(word, PLAIN)];

	tc_buf_text(out, plain ? " " : " '");
	for (; *word; word++)
		if (*word == '\'' && !plain)
			tc_buf_text(out, "'\\''");
		else
			tc_buf_add_u8(out, (uint8_t)*word);
	tc_buf_text(out, plain ? "" : "'");
}

void page_command_line(struct tc_buf *out, const char *command, int argc, char **argv)
{
	tc_buf_printf(out, "tcpcraft %s", command);
	for (int i = 0; i < argc; i++)
		put_word(out, argv[i]);
}

/* The command without its options, as far as they can be told; of very many words the first, as
 * what came of it has to be seen without scrolling. */
static void put_title(struct tc_buf *out, const char *line)
{
	const char *options = strstr(line, " -");
	size_t all = options ? (size_t)(options - line) : strlen(line), n = all;

	if (all > TITLE_MOST)
		for (n = TITLE_MOST; n && line[n] != ' '; n--)
			;
	n = n ? n : all;
	tc_buf_printf(out, "%.*s%s", (int)n, line, n < all ? " …" : "");
}

int page_open(struct tc_html **page, const struct options *o, struct tc_error *err)
{
	const char *line = o->command_line ? o->command_line : "tcpcraft";
	struct tc_buf title = { 0 };
	int rc;

	put_title(&title, line);
	rc = tc_html_open(page, o->html_file, o->force, title.failed ? "tcpcraft" :
			  (const char *)title.data, o->command_line, err);
	tc_buf_free(&title);
	return rc;
}

static void drop_page(struct live *l, void *own)
{
	(void)own;
	tc_html_ladder_free(l->page_ladder);
	l->page_ladder = NULL;
	tc_html_abort(l->page);
	l->page = NULL;
}

static int open_page(struct live *l, void **own, struct tc_error *err)
{
	int rc = page_open(&l->page, l->o, err);

	if (rc >= 0)
		rc = tc_html_ladder_open(&l->page_ladder, err);
	if (rc < 0)
		drop_page(l, NULL);
	*own = l->page_ladder;
	return rc;
}

/* A run that failed gets a page, too: what was seen until then is what one wants to look at. */
static int close_page(struct live *l, void *own, struct tc_error *err)
{
	struct tc_buf said = { 0 };
	int rc = 0;

	(void)own;
	if (l->say && l->session)
		l->say(l->say_ctx, &said);
	if (said.len && !said.failed)
		tc_html_say(l->page, (const char *)said.data);
	tc_buf_free(&said);
	if (l->page_ladder)
		rc = tc_html_ladder_put(l->page_ladder, l->page, "Ladder", err);
	tc_html_ladder_free(l->page_ladder);
	if (rc >= 0)
		return tc_html_close(l->page, err);
	tc_html_abort(l->page);
	return rc;
}

const struct live_form live_form_page = {
	.name = offsetof(struct options, html_file),
	.open = open_page, .close = close_page, .drop = drop_page,
	.tell = tc_html_ladder_event, .kinds = TC_STORY_TOLD | TC_STORY_CAPTURED,
};
