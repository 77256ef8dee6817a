/* SPDX-License-Identifier: BSD-2-Clause */
/* What a command is to the program: a row, which stands in the file of its function. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "live/live.h"
#include "options/words.h"
#include "wall/wall.h"

struct command {
	const char *name;
	const char *args;		/* "HOST PORT [TEXT]" */
	const char *one_line;
	uint64_t groups;
	int min_args, max_args;
	/* Returns the exit code. */
	int (*run)(const struct command *cmd, struct options *o, int argc, char **argv);
	/* What it does behind its wall, of enum tc_wall_need; 0: it has none. */
	unsigned wall;
	const char *more;		/* examples, shown by --help; may be NULL */
	int host;			/* HOST is this argument, PORT the next; 0: neither */
	/* For the shell: what this argument and those behind it may be; 0: nothing known. */
	int words_at;
	void (*words)(struct words *w);
};

#define TARGET_LAST (-1)		/* of host: the last two, or HOST:PORT the last one */

#endif
