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

int live_wall(const struct options *o, const char *const *reads, unsigned n_reads,
	      struct tc_error *err)
{
	const char *outputs[] = { o->write_file, o->html_file, o->record_file };
	const struct tc_wall wall = {
		.needs = o->wall, .reads = reads, .n_reads = n_reads,
		.outputs = outputs, .n_outputs = sizeof outputs / sizeof *outputs,
	};

	if (o->no_sandbox)
		terminal_say(o, stderr, "tcpcraft: --no-sandbox: no walls around what is "
			     "read\n");
	if (o->no_sandbox || !o->wall || starts_programs(o))
		return 0;
	json_object_seed(0);	/* jansson's, by chance: the file of that is not to be had later */
	return tc_wall_up(&wall, err);
}
