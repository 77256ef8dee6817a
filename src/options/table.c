/* SPDX-License-Identifier: BSD-2-Clause */
/* All options, in the order of --help, the ways to walk them, and one that there is not. */
#include "own.h"

#include "base/nearest.h"

#include <errno.h>
#include <string.h>

#define NAME_LONG 64

static const struct option_row *const tables[] = {
	field_rows, common_rows, payload_rows, send_rows, show_rows, fuzz_rows, probe_rows,
	trace_rows, run_rows, tcp_rows, extcap_rows,
};

#define N_TABLES (sizeof tables / sizeof *tables)

const struct option_row *option_find(uint64_t groups, const char *name, size_t len,
				     char letter)
{
	for (size_t t = 0; t < N_TABLES; t++)
		for (const struct option_row *r = tables[t]; r->name; r++) {
			if (!(r->groups & groups))
				continue;
			if (letter ? r->letter == letter
				   : strlen(r->name) == len && !strncmp(r->name, name, len))
				return r;
		}
	return NULL;
}

void options_each(uint64_t groups, void (*fn)(void *ctx, const struct option_row *row),
		  void *ctx)
{
	for (size_t t = 0; t < N_TABLES; t++)
		for (const struct option_row *r = tables[t]; r->name; r++)
			if (r->groups & groups)
				fn(ctx, r);
}

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

/* As other programs have them: what was most likely meant. */
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
