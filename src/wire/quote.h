/* SPDX-License-Identifier: BSD-2-Clause */
/* The user's text inside a message, not longer than a message can be. */
#ifndef WIRE_QUOTE_H
#define WIRE_QUOTE_H

#define QUOTE_MAX 64

/* Copy text to out, cut with "..." when it is long. */
const char *tc_quote(char out[QUOTE_MAX], const char *text);

#endif
