/* SPDX-License-Identifier: BSD-2-Clause */
/* What the commands share: the table of them. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "live/fail.h"
#include "live/live.h"
#include "options/options.h"

struct command {
	const char *name;
	const char *args;		/* "HOST PORT [TEXT]" */
	const char *one_line;
	unsigned groups;
	int min_args, max_args;
	int (*run)(const struct command *cmd, struct options *o, int argc, char **argv);
	const char *more;		/* examples, shown by --help; may be NULL */
	int host;			/* HOST is this argument, PORT the next; 0: neither */
};

extern const struct command commands[];	/* ends with name NULL */

#endif
