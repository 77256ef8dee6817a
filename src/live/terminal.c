/* SPDX-License-Identifier: BSD-2-Clause */
/* What there is on the other end of an output: how wide it is, whether colours help, and
 * whether a byte of the peer's could do it harm. */
#include "terminal.h"

#include "options/options.h"

#include "report/json.h"
#include "report/layout.h"

#include <limits.h>
#include <poll.h>
#include <stdarg.h>
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

unsigned terminal_width(FILE *to)
{
	return width_of(descriptor_of(to));
}

bool terminal_lines(FILE *to, const void *text, size_t n)
{
	struct tc_buf shown = { 0 };
	bool done;

	if (n == 0)	/* text may be NULL then, which no fwrite(3) takes */
		return true;
	if (!isatty(descriptor_of(to)))
		return fwrite(text, 1, n, to) == n;
	tc_text_show_all(&shown, text, n);
	done = !shown.failed && fwrite(shown.data, 1, shown.len, to) == shown.len;
	tc_buf_free(&shown);
	return done;
}

bool terminal_write(const struct options *o, FILE *to, const void *text, size_t n)
{
	int fd = descriptor_of(to);
	struct tc_layout how = { .width = width_of(fd), .colour = colour_of(o, fd) };
	struct tc_buf shown = { 0 }, out = { 0 };
	bool done;

	/* Lines that programs read stay lines, in black and white. */
	if (n == 0 || o->json || o->csv || o->suite.tap || (!how.width && !how.colour))
		return terminal_lines(to, text, n);
	if (isatty(fd) || how.colour) {
		tc_text_show_all(&shown, text, n);
		text = shown.data;
		n = shown.len;
	}
	tc_layout(&out, &how, text, n);
	done = !shown.failed && !out.failed && fwrite(out.data, 1, out.len, to) == out.len;
	tc_buf_free(&shown);
	tc_buf_free(&out);
	return done;
}

bool terminal_say(const struct options *o, FILE *to, const char *fmt, ...)
{
	char *text;
	va_list ap;
	bool done;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return false;
	done = terminal_write(o, to, text, (size_t)n);
	free(text);
	return done;
}

void terminal_give(const struct options *o, FILE *to, struct tc_buf *text)
{
	if (text->len)
		terminal_write(o, to, text->data, text->len);
	fflush(to);
	tc_buf_free(text);
}

bool terminal_line(const struct options *o, FILE *to, const struct tc_buf *line)
{
	return terminal_write(o, to, line->data, line->len) && fputc('\n', to) != EOF;
}

bool terminal_moves(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && !(term && strcmp(term, "dumb") == 0);
}

/* Bytes of the text that have so many characters. */
static size_t characters(const struct tc_buf *text, unsigned most)
{
	size_t i = 0;

	for (; i < text->len; i++)
		if ((text->data[i] & 0xc0) != 0x80 && !most--)
			break;
	return i;
}

void terminal_moving(FILE *to, const char *line)
{
	unsigned width = terminal_width(to);
	struct tc_buf shown = { 0 };

	tc_text_show_all(&shown, line, strlen(line));
	if (!shown.failed)	/* a full line would begin the next one */
		fprintf(to, "\r%.*s\033[K", (int)characters(&shown, width ? width - 1 : UINT_MAX),
			shown.len ? (const char *)shown.data : "");
	fflush(to);
	tc_buf_free(&shown);
}

bool terminal_json(const struct options *o, json_t *line)
{
	struct tc_buf text = { 0 };
	bool done;

	tc_json_put_line(&text, line);
	done = !text.failed && terminal_write(o, stdout, text.data, text.len);
	tc_buf_free(&text);
	return done;
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

void terminal_flush(struct tc_buf *out)
{
	if (out->len)
		fwrite(out->data, 1, out->len, stdout);
	out->len = 0;
}

void terminal_end(struct terminal *t, struct tc_buf *out)
{
	tc_text_end(&t->text, out);
	if (t->escapes && t->in_line)
		tc_buf_text(out, "\n");
	t->in_line = false;
}

void terminal_reply(const struct options *o, const uint8_t *bytes, size_t n)
{
	struct terminal terminal = terminal_begin(o);
	struct tc_buf shown = { 0 };

	terminal_put(&terminal, &shown, bytes, n);
	terminal_end(&terminal, &shown);
	terminal_flush(&shown);
	tc_buf_free(&shown);
}

bool output_is_unread(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) > 0 && p.revents & POLLERR;
}
