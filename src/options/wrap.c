/* SPDX-License-Identifier: BSD-2-Clause */
/* Text for a screen of 80 columns. */
#include "own.h"

#include <string.h>

#define COLUMNS 80

/* Bytes of a word: up to a blank, or with a comma at its end. */
static size_t word_length(const char *text)
{
	size_t n = strcspn(text, " ,");

	return n + (text[n] == ',');
}

/* Characters of so many bytes. */
static size_t width(const char *text, size_t n)
{
	size_t all = 0;

	for (size_t i = 0; i < n; i++)
		all += ((unsigned char)text[i] & 0xc0) != 0x80;
	return all;
}

size_t option_put_word(FILE *out, const char *word, size_t n, size_t blanks, size_t column,
		       size_t indent)
{
	if (column + blanks + width(word, n) > COLUMNS) {
		fprintf(out, "\n%*s", (int)indent, "");
		column = indent;
		blanks = 0;
	}
	fprintf(out, "%*s%.*s", (int)blanks, "", (int)n, word);
	return column + blanks + width(word, n);
}

void option_put_help(FILE *out, const char *left, size_t at, const char *text)
{
	size_t column = width(left, strlen(left)), blanks = 0, n;

	if (column < at)
		fprintf(out, "%s%*s", left, (int)(at - column), "");
	else
		fprintf(out, "%s\n%*s", left, (int)at, "");
	for (column = at; *text; text += n + blanks) {
		n = word_length(text);
		column = option_put_word(out, text, n, blanks, column, at);
		blanks = strspn(text + n, " ");
	}
	fputc('\n', out);
}
