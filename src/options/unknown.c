/* SPDX-License-Identifier: BSD-2-Clause */
/* Options as other programs have them: what was most likely meant. */
#include "own.h"

#include "base/nearest.h"

#include <errno.h>
#include <string.h>

#define NAME_LONG 64

static void consider(void *near, const struct option_row *row)
{
	tc_nearest(near, row->name);
}

int option_unknown(uint64_t groups, const char *given, struct tc_error *err)
{
	char name[NAME_LONG];
	struct tc_nearest near = { .word = name };

	snprintf(name, sizeof name, "%.*s", (int)strcspn(given, "="), given);
	if (strncmp(given, "--", 2) != 0)	/* a letter is near to every other */
		name[0] = 0;
	options_each(groups, consider, &near);
	if (!near.name)
		return tc_fail(err, -EINVAL, "unknown option %s: see --help", given);
	return tc_fail(err, -EINVAL, "unknown option %s: did you mean --%s?", given, near.name);
}
