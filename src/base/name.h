/* SPDX-License-Identifier: BSD-2-Clause */
/* The name of one of an enumeration, in a table of names at its indices; names as a list. */
#ifndef BASE_NAME_H
#define BASE_NAME_H

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* "?": the table is too short, or has a gap there. `i` is evaluated more than once. */
#define TC_NAME(names, i) \
	((size_t)(i) < sizeof(names) / sizeof *(names) && (names)[i] ? (names)[i] : "?")

/* Append name and tail to the list `all`, behind a comma if it has names already. What has no room
 * is left out. */
static inline void tc_name_add(char *all, size_t size, const char *name, const char *tail)
{
	size_t n = strlen(all);

	snprintf(all + n, size - n, "%s%s%s", n ? ", " : "", name, tail);
}

#endif
