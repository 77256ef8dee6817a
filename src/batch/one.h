/* SPDX-License-Identifier: BSD-2-Clause */
/* One script, as `run` and `conform` carry it out. */
#ifndef BATCH_ONE_H
#define BATCH_ONE_H

#include <stddef.h>

struct options;
struct tc_error;
struct tc_script;
struct tc_script_result;

/* As tc_script_parse, of a file ("-": standard input), with -D. */
int script_read(struct tc_script **s, const char *path, const struct options *o,
		struct tc_error *err);

/* What the program's status is when a script has ended so. */
int script_exit(const struct tc_script_result *result);

/* Against HOST and PORT, or with --local NULL: the exit code; what happened was printed, and
 * is in *result (zero before), also why it did not begin. capture_bytes: as in struct
 * tc_session_config. */
int script_one(const struct options *o, const char *path, const char *host, const char *port,
	       size_t capture_bytes, struct tc_script_result *result);

#endif
