/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of a header's text, one by one. */
#include "header_own.h"

#include <ctype.h>
#include <inttypes.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static int read_quoted(struct reader *r, struct word *w)
{
	w->quoted = true;
	w->at = ++r->at;
	while (r->at < r->end && *r->at != '"' && *r->at != '\n')
		r->at++;
	w->len = (size_t)(r->at - w->at);
	if (r->at == r->end || *r->at != '"')
		return tc_header_wrong(r, w, "the closing '\"' is missing");
	r->at++;
	return 1;
}

int tc_header_word(struct reader *r, struct word *w)
{
	while (r->at < r->end && is_blank(*r->at))
		r->at++;
	*w = (struct word){ .at = r->at, .line = r->line,
			    .column = (unsigned)(r->at - r->line_start) + 1 };
	if (r->at == r->end || *r->at == '\n' || *r->at == '#')
		return 0;
	if (*r->at == '"')
		return read_quoted(r, w);
	while (r->at < r->end && !is_blank(*r->at) && *r->at != '\n' && *r->at != '"')
		r->at++;
	w->len = (size_t)(r->at - w->at);
	return 1;
}

int tc_header_need_word(struct reader *r, struct word *w, const char *what)
{
	int rc = tc_header_word(r, w);

	if (rc < 0)
		return rc;
	return rc && !w->quoted ? 0 : tc_header_wrong(r, w, "%s is needed here", what);
}

int tc_header_no_more(struct reader *r)
{
	struct word w;
	int rc = tc_header_word(r, &w);

	if (rc <= 0)
		return rc;
	return tc_header_wrong(r, &w, "unexpected '%.*s' at the end of the line",
			       (int)w.len, w.at);
}

int tc_header_count(struct reader *r, const struct word *w, const char *what, uint64_t max,
		      uint64_t *out)
{
	uint64_t n = 0;

	for (size_t i = 0; i < w->len; i++) {
		if (!isdigit((unsigned char)w->at[i]))
			return tc_header_wrong(r, w, "%s: '%.*s' is not a number", what,
					       (int)w->len, w->at);
		n = n * 10 + (uint64_t)(w->at[i] - '0');
		if (n > max)
			return tc_header_wrong(r, w, "%s: %.*s is more than %" PRIu64, what,
					       (int)w->len, w->at, max);
	}
	*out = n;
	return 0;
}

bool tc_header_is_name(const struct word *w)
{
	bool good = w->len > 0 && w->len <= NAME_MOST && !w->quoted &&
		    islower((unsigned char)w->at[0]);

	for (size_t i = 0; i < w->len && good; i++)
		good = islower((unsigned char)w->at[i]) || isdigit((unsigned char)w->at[i]) ||
		       w->at[i] == '_';
	return good;
}

int tc_header_bad_name(struct reader *r, const struct word *w)
{
	return tc_header_wrong(r, w, "invalid name '%.*s': lower-case letters, digits and _, "
			       "beginning with a letter, at most %d characters", (int)w->len,
			       w->at, NAME_MOST);
}
