/* SPDX-License-Identifier: BSD-2-Clause */
/* The wall of a command: put up when all is open, before the first byte of a peer's or of a
 * capture's is read. */
#include "live.h"

#include "wall/wall.h"

#include <jansson.h>
#include <stdio.h>

/* Programs of the user's do what they like, with the rights that he has. */
static bool starts_programs(const struct options *o)
{
	return o->trace.exec || o->trace.pid || o->fuzz.spawn || o->fuzz.pid;
}

int live_wall_of(const struct options *o, unsigned needs, const char *const *reads,
		 unsigned n_reads, struct tc_error *err)
{
	const char *outputs[] = { o->write_file, o->html_file, o->record_file };
	const struct tc_wall wall = {
		.needs = needs, .reads = reads, .n_reads = n_reads,
		.outputs = outputs, .n_outputs = sizeof outputs / sizeof *outputs,
	};

	if (!needs || starts_programs(o))
		return 0;
	if (o->no_sandbox) {
		terminal_say(o, stderr, "tcpcraft: --no-sandbox: no walls around what is "
			     "read\n");
		return 0;
	}
	json_object_seed(0);	/* jansson's, by chance: the file of that is not to be had later */
	return tc_wall_up(&wall, err);
}

bool live_walled(const struct options *o)
{
	return o->wall && !o->no_sandbox && !starts_programs(o);
}

int live_wall(const struct options *o, const char *const *reads, unsigned n_reads,
	      struct tc_error *err)
{
	return live_wall_of(o, o->wall, reads, n_reads, err);
}
