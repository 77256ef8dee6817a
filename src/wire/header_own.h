/* SPDX-License-Identifier: BSD-2-Clause */
/* A header in the making: what header_read.c takes from the lines, and header_check.c
 * makes of them. */
#ifndef WIRE_HEADER_OWN_H
#define WIRE_HEADER_OWN_H

#include <tcpcraft/error.h>
#include <tcpcraft/header_read.h>

#include <string.h>

#define NAME_MOST 32		/* characters */
#define ROWS_MAX 64		/* one bit each in tc_layer.set */

struct word {			/* of the text; len 0: none */
	const char *at;
	size_t len;
	unsigned line, column;
	bool quoted;
};

/* What a row refers to by name: known when all rows are. */
struct wish {
	struct word row, what;
	int64_t extra;			/* length-of: bytes more or less */
};

struct chunk {			/* memory of names, meanings, symbols */
	struct chunk *next;
	_Alignas(16) char bytes[];
};

/* A field of any length (width *): the last one is the payload, the others are parts. */
struct any_length {
	struct word name, value;	/* of its default; len 0 and at NULL: none */
	struct word given;		/* the word default */
	unsigned row, max;
};

struct loaded {
	struct tc_header h;		/* first: what the caller gets */
	struct tc_field rows[ROWS_MAX];
	struct tc_part parts[TC_PARTS_MAX];
	struct chunk *chunks;
};

struct reader {
	const char *file;
	const char *at, *end;		/* what is left of the text */
	const char *line_start;
	unsigned line;
	struct loaded *l;
	struct wish wishes[ROWS_MAX];
	struct any_length any[TC_PARTS_MAX + 1];
	unsigned n_any;
	unsigned off;			/* bits of the rows since the header's start, or the
					 * payload's end */
	struct tc_error *err;
};

/* Memory that lives as long as the header. */
void *tc_header_keep(struct reader *r, size_t n);

/* "FILE:LINE:COLUMN: …", -EINVAL. */
int tc_header_wrong(const struct reader *r, const struct word *w, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static inline bool word_is(const struct word *w, const char *text)
{
	return !w->quoted && w->len == strlen(text) && memcmp(w->at, text, w->len) == 0;
}

/* header_words.c: the next word of this line: 1, or 0 when there is none. */
int tc_header_word(struct reader *r, struct word *w);
int tc_header_need_word(struct reader *r, struct word *w, const char *what);
int tc_header_no_more(struct reader *r);
int tc_header_count(struct reader *r, const struct word *w, const char *what, uint64_t max,
		    uint64_t *out);
bool tc_header_is_name(const struct word *w);
int tc_header_bad_name(struct reader *r, const struct word *w);

/* All rows are there: resolve what they refer to, and what follows from them. */
int tc_header_check(struct reader *r);

#endif
