/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the files lie that came with tcpcraft. */
#ifndef OPTIONS_PLACES_H
#define OPTIONS_PLACES_H

#include <limits.h>

/* The folder of this name: where the environment's `variable` says, else beside this program
 * in the source tree or in an installation, else where it was to be installed. */
void place_find(char path[PATH_MAX], const char *name, const char *variable);

#endif
