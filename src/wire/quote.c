/* SPDX-License-Identifier: BSD-2-Clause */
#include "quote.h"

#include <string.h>

const char *tc_quote(char out[QUOTE_MAX], const char *text)
{
	size_t n = strnlen(text, QUOTE_MAX);
	size_t shown = n < QUOTE_MAX ? n : QUOTE_MAX - sizeof "...";

	memcpy(out, text, shown);
	strcpy(out + shown, n < QUOTE_MAX ? "" : "...");
	return out;
}
