/* SPDX-License-Identifier: BSD-2-Clause */
/* Options as other programs have them: what was most likely meant. */
#include "own.h"

#include "base/nearest.h"

#include <errno.h>
#include <string.h>

#define NAME_LONG 64
#define SECONDS_LONG 7		/* a longer number is no time limit */

int option_unknown(const struct option_row *const *tables, size_t n_tables, unsigned groups,
		   const char *given, struct tc_error *err)
{
	char name[NAME_LONG];
	struct tc_nearest near = { .word = name };

	snprintf(name, sizeof name, "%.*s", (int)strcspn(given, "="), given);
	if (strncmp(given, "--", 2) != 0)	/* a letter is near to every other */
		name[0] = 0;
	for (const struct field_row *f = field_rows; f->name && groups & GROUP_SEND; f++)
		tc_nearest(&near, f->name);
	for (size_t t = 0; t < n_tables; t++)
		for (const struct option_row *r = tables[t]; r->name; r++)
			if (r->group & groups)
				tc_nearest(&near, r->name);
	if (!near.name)
		return tc_fail(err, -EINVAL, "unknown option %s: see --help", given);
	return tc_fail(err, -EINVAL, "unknown option %s: did you mean --%s?", given, near.name);
}

int option_is_file(const char *what, const char *name, struct tc_error *err)
{
	if (name[strspn(name, "0123456789.")] || strlen(name) > SECONDS_LONG ||
	    !name[strspn(name, ".")])
		return 0;
	return tc_fail(err, -EINVAL, "%s takes a capture file: for a time limit use --timeout "
		       "%s, for a file of that name %s ./%s", what, name, what, name);
}
