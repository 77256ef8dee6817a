/* SPDX-License-Identifier: BSD-2-Clause */
/* All options, in the order of --help, and the ways to walk them. */
#include "own.h"

#include <string.h>

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
