/* SPDX-License-Identifier: BSD-2-Clause */
/* The name of one of an enumeration, in a table of names at its indices. */
#ifndef BASE_NAME_H
#define BASE_NAME_H

#include <stddef.h>

/* "?": the table is too short, or has a gap there. `i` is evaluated more than once. */
#define TC_NAME(names, i) \
	((size_t)(i) < sizeof(names) / sizeof *(names) && (names)[i] ? (names)[i] : "?")

#endif
