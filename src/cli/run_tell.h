/* SPDX-License-Identifier: BSD-2-Clause */
/* What a script's run tells the files it writes, besides its ladder: `run` and `teach`. */
#ifndef CLI_RUN_TELL_H
#define CLI_RUN_TELL_H

#include "cli.h"

#include <tcpcraft/script_run.h>

/* A line of the run to the capture's comments, the page and the recording, as far as there
 * are any. text: what stands beside the packets, or NULL: the script's own line. */
void run_tell(struct live *l, const struct tc_script *s, const struct tc_script_line *line,
	      const char *text);

#endif
