/* SPDX-License-Identifier: BSD-2-Clause */
/* A peer's state machine, learned as the program does it: what is asked, told and written. */
#ifndef STUDY_STUDY_H
#define STUDY_STUDY_H

#include <stdint.h>

struct options;

/* The machine of this target as a table or JSON, in the files of the options, and against
 * a model; the exit code. */
int study_run(const struct options *o, const char *host, uint16_t port);

#endif
