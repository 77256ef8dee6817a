/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --help: a screen of 80 columns and 24 lines. All options if they fit there, else the usual
 * ones and the names of the others; --help-all tells of each.
 */
#include "own.h"

#include <string.h>

#define COLUMNS	80
#define TEXT_AT	29		/* where what an option means begins */
#define NAMES_AT 2
#define FEW	15		/* options that fit on a screen, beside usage and examples */

struct help {
	FILE *out;
	uint64_t groups;
	bool all;
	unsigned n, told;
	size_t column;		/* where the line is; of those that are only named */
};

/* Bytes of a word: up to a blank, or with a comma at its end. */
static size_t word_length(const char *text)
{
	size_t n = strcspn(text, " ,");

	return n + (text[n] == ',');
}

/* n bytes more behind so many blanks, on a line of their own if this one is full: the column
 * behind them. */
static size_t put_word(FILE *out, const char *word, size_t n, size_t blanks, size_t column,
		       size_t indent)
{
	size_t width = 0;

	for (size_t i = 0; i < n; i++)		/* characters */
		width += ((unsigned char)word[i] & 0xc0) != 0x80;
	if (column + blanks + width > COLUMNS) {
		fprintf(out, "\n%*s", (int)indent, "");
		column = indent;
		blanks = 0;
	}
	fprintf(out, "%*s%.*s", (int)blanks, "", (int)n, word);
	return column + blanks + width;
}

static void tell(struct help *h, const struct option_row *r)
{
	char left[40];
	size_t column = TEXT_AT, n, blanks = 0;

	snprintf(left, sizeof left, "%c%c%s --%s%s%s", r->letter ? '-' : ' ',
		 r->letter ? r->letter : ' ', r->letter ? "," : " ", r->name,
		 r->arg ? " " : "", r->arg ? r->arg : "");
	fprintf(h->out, "  %-26s ", left);
	for (const char *word = r->help; *word; word += n + blanks) {
		n = word_length(word);
		column = put_word(h->out, word, n, blanks, column, TEXT_AT);
		blanks = strspn(word + n, " ");
	}
	fputc('\n', h->out);
	if (r->more && h->all)
		r->more(h->out);
}

static void count(void *ctx, const struct option_row *r)
{
	struct help *h = ctx;

	(void)r;
	h->n++;
}

static void tell_usual(void *ctx, const struct option_row *r)
{
	struct help *h = ctx;

	if (h->all || (r->usual & h->groups)) {
		tell(h, r);
		h->told++;
	}
}

static void name_other(void *ctx, const struct option_row *r)
{
	struct help *h = ctx;
	char name[40];

	snprintf(name, sizeof name, "--%s", r->name);
	if (!(r->usual & h->groups) && r->at != offsetof(struct options, help_all))
		h->column = put_word(h->out, name, strlen(name), 1, h->column, NAMES_AT);
}

bool options_help(FILE *out, uint64_t groups, bool all)
{
	struct help h = { .out = out, .groups = groups };

	options_each(groups, count, &h);
	h.all = all || h.n <= FEW;
	options_each(groups, tell_usual, &h);
	if (!h.all) {
		h.column = (size_t)fprintf(out, h.told ? "\n  also" : "  options:");
		options_each(groups, name_other, &h);
		fputc('\n', out);
	}
	return h.all;
}
