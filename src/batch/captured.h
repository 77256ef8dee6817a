/* SPDX-License-Identifier: BSD-2-Clause */
/* A script as the judge of a capture: nothing is sent. */
#ifndef BATCH_CAPTURED_H
#define BATCH_CAPTURED_H

struct options;
struct progress;
struct tc_script_result;

/* Judge each connection of a capture by a script; the capture passes when one of them does,
 * else what is told is of the one that came furthest. The exit code; what happened was printed,
 * and is in *result (zero before), also why it was not judged. progress: a line for how far that is;
 * NULL: none, as who judges many has one of his own. */
int captured_one(const struct options *o, const char *path, const char *capture,
		 struct progress *progress, struct tc_script_result *result);

#endif
