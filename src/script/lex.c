/* SPDX-License-Identifier: BSD-2-Clause */
/* The tokens of a script: words, numbers, times, texts; and the line that says what was
 * expected and what stands there. */
#include "own.h"

#include "base/format.h"
#include "base/text.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/hex.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define FOUND_MOST 24			/* characters of what was found instead */
#define ESCAPE_MOST 3			/* characters behind the backslash */
#define SECONDS_MOST 1000000000

struct script_place tc_sc_place(const struct script_cursor *c, const char *at)
{
	return c->places[at - c->text];
}

void tc_sc_here(struct script_cursor *c, unsigned *line, unsigned *column)
{
	struct script_place p;

	tc_sc_skip(c);
	p = tc_sc_place(c, c->at);
	*line = p.line;
	*column = p.column;
}

int tc_sc_fail_at(struct script_cursor *c, const char *at, const char *fmt, ...)
{
	struct script_place p = tc_sc_place(c, at);
	char text[TC_ERROR_MSG_MAX];

	if (c->err->code)	/* the first counts */
		return c->err->code;
	TC_FORMAT(text, sizeof text, fmt);
	c->failed = at;
	return tc_script_fail(c->s, p.line, p.column, c->err, -EINVAL, "%s", text);
}

int tc_sc_want(struct script_cursor *c, const char *what)
{
	size_t n = 0;

	tc_sc_skip(c);
	if (!*c->at)
		return tc_sc_fail_at(c, c->at, "expected %s, found the end of the script",
				     what);
	while (n < FOUND_MOST && c->at[n] && !isspace((unsigned char)c->at[n]))
		n++;
	return tc_sc_fail_at(c, c->at, "expected %s, found '%.*s'", what, (int)n, c->at);
}

const char *tc_sc_skip(struct script_cursor *c)
{
	while (isspace((unsigned char)*c->at))
		c->at++;
	return c->at;
}

static bool is_word_char(char ch)
{
	return isalnum((unsigned char)ch) || ch == '_';
}

bool tc_sc_is(struct script_cursor *c, const char *token)
{
	size_t n = strlen(token);

	tc_sc_skip(c);
	return strncmp(c->at, token, n) == 0 &&
	       !(is_word_char(token[n - 1]) && is_word_char(c->at[n]));
}

bool tc_sc_accept(struct script_cursor *c, const char *token)
{
	if (!tc_sc_is(c, token))
		return false;
	c->at += strlen(token);
	return true;
}

int tc_sc_expect(struct script_cursor *c, const char *token, const char *what)
{
	return tc_sc_accept(c, token) ? 0 : tc_sc_want(c, what);
}

bool tc_sc_is_word(struct script_cursor *c)
{
	tc_sc_skip(c);
	return isalpha((unsigned char)*c->at) || *c->at == '_';
}

bool tc_sc_is_digit(struct script_cursor *c)
{
	tc_sc_skip(c);
	return isdigit((unsigned char)*c->at);
}

const char *tc_sc_word(struct script_cursor *c, bool dots, const char *what)
{
	const char *from;

	if (!tc_sc_is_word(c)) {
		tc_sc_want(c, what);
		return NULL;
	}
	from = c->at;
	while (is_word_char(*c->at) ||
	       (dots && *c->at == '.' && isalpha((unsigned char)c->at[1])))
		c->at++;
	return tc_sc_keep(c, from, (size_t)(c->at - from));
}

int tc_sc_at_most(struct script_cursor *c, const char *at, const char *what, int64_t v, int64_t most)
{
	return v <= most ? 0 : tc_sc_fail_at(c, at, "%s %lld: at most %lld", what, (long long)v,
					     (long long)most);
}

int tc_sc_number_to(struct script_cursor *c, int64_t most, const char *what, int64_t *v)
{
	const char *at = tc_sc_skip(c);
	int rc;

	rc = tc_sc_number(c, v, NULL);
	return rc < 0 ? rc : tc_sc_at_most(c, at, what, *v, most);
}

int tc_sc_number(struct script_cursor *c, int64_t *v, bool *hex)
{
	unsigned long long n;
	const char *from;
	char *end;
	int base;

	if (!tc_sc_is_digit(c))
		return tc_sc_want(c, "a number");
	from = c->at;
	base = from[0] == '0' && (from[1] == 'x' || from[1] == 'X') ? 16 : 10;
	if (base == 16 && tc_hex_digit(from[2]) < 0)
		return tc_sc_want(c, "a number");
	errno = 0;
	n = strtoull(from, &end, base);
	if (errno || n > INT64_MAX)
		return tc_sc_fail_at(c, from, "%.*s is too large", (int)(end - from), from);
	if (is_word_char(*end))
		return tc_sc_want(c, "a number");
	c->at = end;
	*v = (int64_t)n;
	if (hex)
		*hex = base == 16;
	return 0;
}

int tc_sc_seconds(struct script_cursor *c, tc_time *t)
{
	tc_time whole = 0, part = 0, unit = TC_S;
	const char *from = tc_sc_skip(c);

	if (!isdigit((unsigned char)from[0]) &&
	    !(from[0] == '.' && isdigit((unsigned char)from[1])))
		return tc_sc_want(c, "a time in seconds");
	for (; isdigit((unsigned char)*c->at) && whole <= SECONDS_MOST; c->at++)
		whole = whole * 10 + (*c->at - '0');
	if (whole > SECONDS_MOST)
		return tc_sc_fail_at(c, from, "a time of more than %d seconds",
				     SECONDS_MOST);
	if (c->at[0] == '.' && isdigit((unsigned char)c->at[1]))
		for (c->at++; isdigit((unsigned char)*c->at); c->at++) {
			unit /= 10;
			part += unit * (*c->at - '0');
		}
	*t = whole * TC_S + part;
	return 0;
}

/* Behind a backslash. */
static int take_escape(struct script_cursor *c, struct tc_buf *out)
{
	uint8_t byte;
	int n = tc_text_escape(c->at, strnlen(c->at, ESCAPE_MOST), &byte);

	if (n == -ERANGE)
		return tc_sc_fail_at(c, c->at - 1, "\\%.3s is more than a byte", c->at);
	if (n < 0)
		return tc_sc_fail_at(c, c->at - 1, "no escape: " TC_TEXT_ESCAPES " are");
	tc_buf_add_u8(out, byte);
	c->at += n;
	return 0;
}

/* Keep what was read, with a NUL behind it, and free the buffer. */
static int keep_bytes(struct script_cursor *c, struct tc_buf *b, const uint8_t **bytes,
		      size_t *n)
{
	const char *copy = NULL;

	if (!b->failed)
		copy = tc_sc_keep(c, (const char *)b->data, b->len);
	else if (!c->err->code)
		tc_nomem(c->err);
	*bytes = (const uint8_t *)copy;
	*n = b->len;
	tc_buf_free(b);
	return copy ? 0 : -ENOMEM;
}

int tc_sc_string(struct script_cursor *c, const uint8_t **bytes, size_t *n)
{
	struct tc_buf b = { 0 };
	int rc = tc_sc_expect(c, "\"", "a text in quotes");
	const char *from = c->at - 1;

	while (rc >= 0 && *c->at != '"') {
		if (!*c->at || *c->at == '\n')
			rc = tc_sc_fail_at(c, from,
					   "this text is not closed: \" is missing");
		else if (*c->at == '\\' && c->at++)
			rc = take_escape(c, &b);
		else
			tc_buf_add_u8(&b, (uint8_t)*c->at++);
	}
	if (rc < 0) {
		tc_buf_free(&b);
		return rc;
	}
	c->at++;
	return keep_bytes(c, &b, bytes, n);
}

int tc_sc_hex(struct script_cursor *c, const uint8_t **bytes, size_t *n)
{
	struct tc_error why = { 0 };
	struct tc_buf b = { 0 };
	const char *from = tc_sc_skip(c);
	int rc;

	while (is_word_char(*c->at))
		c->at++;
	rc = tc_hex_decode(&b, from, (size_t)(c->at - from), &why);
	if (rc < 0) {
		int len = (int)(c->at - from);

		tc_buf_free(&b);
		if (isalpha((unsigned char)*from) && tc_hex_digit(*from) < 0)
			return tc_sc_fail_at(c, from, "'%.*s' is not hexadecimal; if it is a "
					     "name, -D %.*s=HEX says for what", len, from, len,
					     from);
		return tc_sc_fail_at(c, from, "%s", why.msg);
	}
	return keep_bytes(c, &b, bytes, n);
}

int tc_sc_enter(struct script_cursor *c)
{
	if (++c->depth > TC_SCRIPT_DEPTH)
		return tc_sc_fail_at(c, c->at, "more than %d levels within each other",
				     TC_SCRIPT_DEPTH);
	return 0;
}
