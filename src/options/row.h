/* SPDX-License-Identifier: BSD-2-Clause */
/* An option as a row: what it is called, what it takes, and where its value goes. The parser,
 * --help and all else that must know the options read these rows. */
#ifndef OPTIONS_ROW_H
#define OPTIONS_ROW_H

#include "options.h"

enum option_type {
	OPTION_FLAG,		/* takes nothing: true */
	OPTION_COUNT,		/* takes nothing: one more each time */
	OPTION_NUMBER,		/* least … most, times unit (0: 1) */
	OPTION_SECONDS,		/* above 0, a day at most, as tc_time */
	OPTION_REAL,		/* real_least … real_most */
	OPTION_TEXT,		/* borrowed from argv */
	OPTION_FILE,		/* the same, a file's name */
	OPTION_LIST,		/* of such texts: one more each time */
	OPTION_CHOICE,		/* one of names: its number */
	OPTION_FIELD,		/* a short way to this field of the packet */
	OPTION_TRAIT,		/* … to this key of our TCP, or to KEY=VALUE */
	OPTION_CUSTOM,		/* no plain type: set reads it */
};

struct option_row {
	char letter;		/* 0 = none */
	const char *name;
	const char *arg;	/* NULL = takes none */
	uint64_t groups;
	const char *help;
	enum option_type type;
	size_t at, size;	/* of the value in struct options */
	size_t given;		/* … of a bool: it was given; of a list its length; 0: none */
	uint64_t least, most, unit;
	double real_least, real_most;
	const char *wanted;	/* what a number below least is told, or a REAL is not; or NULL */
	const char *const *names;	/* of a CHOICE, up to NULL */
	bool help_lists;	/* help names the values, for the shell */
	uint64_t usual;		/* in the first screen of --help, where one of these groups is taken */
	const char *field;	/* of a FIELD; of a TRAIT the key */
	void (*more)(FILE *out);	/* further lines of --help; or NULL */
	/* CUSTOM: reads the value. Else, or NULL: what more is asked of it, once it is set. */
	int (*set)(struct options *o, const char *value, struct tc_error *err);
};

/* Where member m is, if it is of one of these types; else this does not compile. */
#define OPTION_IS(m, ...) \
	(0 * sizeof(char[_Generic(&((struct options *)0)->m, __VA_ARGS__)]))
#define OPTION_AT(m, ...) \
	.at = offsetof(struct options, m) + OPTION_IS(m, __VA_ARGS__), \
	.size = sizeof(((struct options *)0)->m)

#define OPTION_GIVEN(m)	.given = offsetof(struct options, m)
#define FLAG(m)		.type = OPTION_FLAG, OPTION_AT(m, bool *: 1)
#define COUNT(m)	.type = OPTION_COUNT, OPTION_AT(m, int *: 1)
#define NUMBER(m, min, max) \
	.type = OPTION_NUMBER, .least = (min), .most = (max), \
	OPTION_AT(m, int *: 1, unsigned *: 1, uint64_t *: 1, tc_time *: 1)
#define SECONDS(m)	.type = OPTION_SECONDS, OPTION_AT(m, tc_time *: 1)
#define REAL(m, min, max) \
	.type = OPTION_REAL, .real_least = (min), .real_most = (max), OPTION_AT(m, double *: 1)
#define TEXT(m)		.type = OPTION_TEXT, OPTION_AT(m, const char **: 1)
#define FILE_NAME(m)	.type = OPTION_FILE, OPTION_AT(m, const char **: 1)
#define LIST(m, n)	.type = OPTION_LIST, OPTION_AT(m, const char ***: 1), OPTION_GIVEN(n)
#define CHOICE(m, of) \
	.type = OPTION_CHOICE, .names = (of), .at = offsetof(struct options, m), \
	.size = sizeof(((struct options *)0)->m)
/* Short ways: what the help says ends with what they stand for. */
#define FIELD(of, says)	.help = says " (" of ")", .type = OPTION_FIELD, .field = (of)
#define TRAIT(of, says) \
	.help = says " (--tcp " of ")", .type = OPTION_TRAIT, .field = (of)
#define USUAL(of)	.usual = (of)
#define CUSTOM(fn)	.type = OPTION_CUSTOM, .set = (fn)

#endif
