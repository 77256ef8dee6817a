/* SPDX-License-Identifier: BSD-2-Clause */
/* A key of a personality as a row: what it takes, and where its value goes. */
#ifndef CONN_TRAITS_H
#define CONN_TRAITS_H

#include <tcpcraft/personality.h>

enum tc_trait_type {
	TRAIT_NUMBER,		/* least to most */
	TRAIT_TIME,		/* the same in milliseconds; people say seconds */
	TRAIT_SWITCH,		/* on or off */
	TRAIT_CHOICE,		/* one of names: its number */
	TRAIT_OWN,		/* parse and print */
};

struct tc_trait {
	const char *key, *arg, *doc;
	enum tc_trait_type type;
	size_t at, size;	/* of the value in struct tc_personality */
	size_t with, with_size;	/* of what goes with it; size 0: nothing does */
	bool given;		/* that is a bool: a value was given, and not off */
	bool off;		/* "off" is a value; 0, where nothing goes with it */
	uint8_t on;		/* what "on" is, or 0: it is no value */
	uint64_t least, most;
	const char *const *names;
	int (*parse)(const struct tc_trait *r, void *to, const char *v, struct tc_error *err);
	void (*print)(const struct tc_personality *p, struct tc_buf *out);
};

extern const struct tc_trait tc_trait_rows[];	/* up to a row without a key; 32 at most */

int tc_trait_parse(const struct tc_trait *r, struct tc_personality *p, const char *v,
		   struct tc_error *err);
void tc_trait_print(const struct tc_trait *r, const struct tc_personality *p,
		    struct tc_buf *out);

#endif
