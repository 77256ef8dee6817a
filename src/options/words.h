/* SPDX-License-Identifier: BSD-2-Clause */
/* The words that could stand at a place of the command line, as a shell asks for them. */
#ifndef OPTIONS_WORDS_H
#define OPTIONS_WORDS_H

#include <stddef.h>

struct words {
	const char *typed;		/* of the word so far, */
	size_t len;			/* its length, */
	const char *before;		/* and what of it stands before that: "--color=" */
	size_t before_len;
};

/* One of them goes to standard output if it begins as what is typed so far; `what` is a line about it, or NULL. */
void words_add(struct words *w, const char *word, const char *what);

/* FIELD, and with a sign behind it (0: none), of all headers. */
void words_add_fields(struct words *w, char sign);

/* The same of tcp.md5 and tcp.ao, which only what makes packets takes. */
void words_add_digests(struct words *w, char sign);

#endif
