/* SPDX-License-Identifier: BSD-2-Clause */
/* Standard output of all commands, which remembers why it failed. */
#ifndef LIVE_OUTPUT_H
#define LIVE_OUTPUT_H

struct options;

/* Before anything is printed: from here on stdout is a stream whose first error is kept. A
 * long run prints on after it, and errno has told of much else when the end comes. */
void output_open(void);

/* At the end: all of it is written, or code becomes EXIT_MACHINE after why not was printed
 * (a reader that had enough is not a reason to print anything). Worse codes stay. */
int output_finish(const struct options *o, int code);

#endif
