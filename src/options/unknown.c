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

static void note_same(void *given, const struct option_row *row)
{
	const char **name = given;

	if (*name && strcmp(row->name, *name) == 0)
		*name = NULL;
}

/* Another command has it. */
static bool is_elsewhere(const char *name)
{
	options_each(UINT64_MAX, note_same, &name);
	return !name;
}

int option_unknown(uint64_t groups, const char *given, struct tc_error *err)
{
	char name[NAME_LONG];
	struct tc_nearest near = { .word = name };

	snprintf(name, sizeof name, "%.*s", (int)strcspn(given, "="), given);
	if (strncmp(given, "--", 2) != 0)	/* a letter is near to every other */
		name[0] = 0;
	if (name[0] && is_elsewhere(name + 2))
		return tc_fail(err, -EINVAL, "unknown option %s: other commands have it, this one "
			       "does not; see --help", given);
	options_each(groups, consider, &near);
	if (!near.name)
		return tc_fail(err, -EINVAL, "unknown option %s: see --help", given);
	return tc_fail(err, -EINVAL, "unknown option %s: did you mean --%s?", given, near.name);
}
