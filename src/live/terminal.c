/* SPDX-License-Identifier: BSD-2-Clause */
/* What there is on the other end of an output: how wide it is, whether colours help, and
 * whether a byte of the peer's could do it harm. */
#include "terminal.h"

#include "options/options.h"

#include "report/layout.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDEST 10000

/* $COLUMNS is the user's word; else the terminal's own; else nobody's: no limit. */
static unsigned width_of(int fd)
{
	const char *given = getenv("COLUMNS");
	char *end = NULL;
	long n = given ? strtol(given, &end, 10) : 0;
	struct winsize size = { 0 };

	if (given && end != given && !*end && n > 0 && n <= WIDEST)
		return (unsigned)n;
	return isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/* --color decides; without it https://no-color.org and the terminal do. */
static bool colour_of(const struct options *o, int fd)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (o->color != COLOR_AUTO)
		return o->color == COLOR_ALWAYS;
	return isatty(fd) && !(no && *no) && term && *term && strcmp(term, "dumb") != 0;
}

/* Standard output is a stream of our own (output.h), which knows no descriptor. */
static int descriptor_of(FILE *to)
{
	return to == stdout ? STDOUT_FILENO : fileno(to);
}

bool terminal_write(const struct options *o, FILE *to, const void *text, size_t n)
{
	struct tc_layout how = { 0 };
	struct tc_buf out = { 0 };
	bool done;

	if (!o->json) {
		how.width = width_of(descriptor_of(to));
		how.colour = colour_of(o, descriptor_of(to));
	}
	if (!how.width && !how.colour)
		return fwrite(text, 1, n, to) == n;
	tc_layout(&out, &how, text, n);
	done = !out.failed && fwrite(out.data, 1, out.len, to) == out.len;
	tc_buf_free(&out);
	return done;
}

bool terminal_line(const struct options *o, FILE *to, const struct tc_buf *line)
{
	return terminal_write(o, to, line->data, line->len) && fputc('\n', to) != EOF;
}

struct terminal terminal_begin(const struct options *o)
{
	return (struct terminal){ .escapes = !o->binary && isatty(STDOUT_FILENO) };
}

void terminal_put(struct terminal *t, struct tc_buf *out, const uint8_t *bytes, size_t n)
{
	if (n)
		t->in_line = bytes[n - 1] != '\n';
	if (t->escapes)
		tc_text_show(&t->text, out, bytes, n);
	else
		tc_buf_add(out, bytes, n);
}

void terminal_end(struct terminal *t, struct tc_buf *out)
{
	tc_text_end(&t->text, out);
	if (t->escapes && t->in_line)
		tc_buf_text(out, "\n");
	t->in_line = false;
}

bool output_is_unread(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) > 0 && p.revents & POLLERR;
}
