/* SPDX-License-Identifier: BSD-2-Clause */
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUF_FIRST 256

int tc_buf_reserve(struct tc_buf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : BUF_FIRST;
	uint8_t *data;

	if (b->failed || more > SIZE_MAX / 2 - b->len) {
		b->failed = true;
		return -ENOMEM;
	}
	if (b->data && b->cap - b->len >= more)
		return 0;
	while (cap - b->len < more)
		cap *= 2;
	data = realloc(b->data, cap);
	if (!data) {
		b->failed = true;
		return -ENOMEM;
	}
	b->data = data;
	b->cap = cap;
	return 0;
}

/* As tc_buf_reserve, without a call where there is room: a line of a ladder is made of fifty
 * pieces. */
static inline bool has_room(struct tc_buf *b, size_t more)
{
	return (!b->failed && b->cap - b->len >= more) || tc_buf_reserve(b, more) == 0;
}

void tc_buf_add(struct tc_buf *b, const void *bytes, size_t n)
{
	if (n == 0 || !has_room(b, n))
		return;
	memcpy(b->data + b->len, bytes, n);
	b->len += n;
}

void tc_buf_add_u8(struct tc_buf *b, uint8_t byte)
{
	tc_buf_add(b, &byte, 1);
}

/* n characters and the NUL behind them. */
static inline void add_string(struct tc_buf *b, const char *text, size_t n)
{
	if (!has_room(b, n + 1))
		return;
	memcpy(b->data + b->len, text, n + 1);
	b->len += n;
}

void tc_buf_text(struct tc_buf *b, const char *text)
{
	add_string(b, text, strlen(text));
}

void tc_buf_u64(struct tc_buf *b, uint64_t v, unsigned width, char pad)
{
	char text[TC_BUF_U64_MAX + 1], *end = text + TC_BUF_U64_MAX, *p = end;

	*p = 0;
	do {
		*--p = (char)('0' + v % 10);
	} while (v /= 10);
	while (p > text && end - p < (int)width)
		*--p = pad;
	add_string(b, p, (size_t)(end - p));
}

/* Most texts fit what is there: format once. */
void tc_buf_printf(struct tc_buf *b, const char *fmt, ...)
{
	size_t room;
	va_list ap, again;
	int n;

	if (tc_buf_reserve(b, 1) < 0)
		return;
	room = b->cap - b->len;
	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf((char *)b->data + b->len, room, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n >= room && tc_buf_reserve(b, (size_t)n + 1) == 0)
		n = vsnprintf((char *)b->data + b->len, (size_t)n + 1, fmt, again);
	if (n >= 0 && !b->failed)
		b->len += (size_t)n;
	va_end(again);
}

void tc_buf_drop(struct tc_buf *b, size_t n)
{
	b->len -= n;
	if (b->len)
		memmove(b->data, b->data + n, b->len);
}

void tc_buf_free(struct tc_buf *b)
{
	free(b->data);
	*b = (struct tc_buf){ 0 };
}

static int read_all(struct tc_buf *b, int fd, const char *path, size_t max,
		    struct tc_error *err)
{
	size_t start = b->len;
	ssize_t n;

	for (;;) {
		if (tc_buf_reserve(b, 65536) < 0)
			return tc_fail(err, -ENOMEM, "%s: out of memory", path);
		n = read(fd, b->data + b->len, 65536);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return tc_fail_errno(err, "cannot read %s", path);
		if (n == 0)
			return 0;
		b->len += (size_t)n;
		if (b->len - start > max)
			return tc_fail(err, -EMSGSIZE,
				       "%s is larger than the %zu bytes allowed here",
				       path, max);
	}
}

int tc_buf_read_file(struct tc_buf *b, const char *path, size_t max, struct tc_error *err)
{
	int fd, rc;

	if (strcmp(path, "-") == 0)
		return read_all(b, STDIN_FILENO, "standard input", max, err);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return tc_fail_errno(err, "cannot open %s", path);
	rc = read_all(b, fd, path, max, err);
	close(fd);
	return rc;
}
