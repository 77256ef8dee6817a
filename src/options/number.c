/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers of the command line. */
#include "own.h"

#include <errno.h>
#include <stdlib.h>

int option_number(const char *what, const char *text, uint64_t max, uint64_t *out,
		  struct tc_error *err)
{
	char *end;

	/* 010 is ten: only 0x changes the base */
	errno = 0;
	*out = strtoull(text, &end, text[0] == '0' && (text[1] | 0x20) == 'x' ? 16 : 10);
	if (text[0] < '0' || text[0] > '9' || *end)
		return tc_fail(err, -EINVAL, "%s: '%s' is not a number", what, text);
	if (errno || *out > max)
		return tc_fail(err, -ERANGE, "%s: %s is more than %llu", what, text,
			       (unsigned long long)max);
	return 0;
}
