/* SPDX-License-Identifier: BSD-2-Clause */
/* What a shell reads to complete our words, and what it is answered. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "cli.h"

/* `completion SHELL`, or `completion words -- WORD...` of a program with all these commands
 * (up to NULL). Returns the exit code. */
int completion_run(const struct command *const *all, struct options *o, int argc,
		   char **argv);
void completion_shells(struct words *w);

#endif
