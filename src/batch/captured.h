/* SPDX-License-Identifier: BSD-2-Clause */
/* A script as the judge of a capture: nothing is sent. */
#ifndef BATCH_CAPTURED_H
#define BATCH_CAPTURED_H

struct options;
struct progress;
struct tc_script_result;

/* Judge each connection of a capture by a script. The capture passes if one connection does, else
 * the result is that of the one that got furthest. Prints what happened, and puts it into *result
 * (zero before), also why it was not judged; the exit code. progress: shows how far that is; NULL:
 * no such line, as when many are judged, which have one line for all. */
int captured_one(const struct options *o, const char *path, const char *capture,
		 struct progress *progress, struct tc_script_result *result);

#endif
