/* SPDX-License-Identifier: BSD-2-Clause */
/* The page of --html: its name and what stands on top. */
#include "live.h"

#include <string.h>

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

/* The title is the command without its options, as far as they can be told. */
int page_open(struct tc_html **page, const struct options *o, struct tc_error *err)
{
	const char *line = o->command_line ? o->command_line : "tcpcraft";
	const char *options = strstr(line, " -");
	struct tc_buf title = { 0 };
	int rc;

	tc_buf_printf(&title, "%.*s", options ? (int)(options - line) : (int)strlen(line),
		      line);
	rc = tc_html_open(page, o->html_file, o->force, title.failed ? "tcpcraft" :
			  (const char *)title.data, o->command_line, err);
	tc_buf_free(&title);
	return rc;
}
