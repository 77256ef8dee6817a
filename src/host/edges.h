/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shared map of AFL: a program that was built with coverage counts in it which of its edges
 * it has gone through. The segment is marked to go when it is made, so that it outlives nobody.
 */
#ifndef HOST_EDGES_H
#define HOST_EDGES_H

#include <stddef.h>
#include <stdint.h>

struct tc_error;
struct tc_edges;

int tc_edges_open(struct tc_edges **c, struct tc_error *err);
void tc_edges_close(struct tc_edges *c);	/* NULL is allowed */

/* The command with what a program needs to find the map; NULL: out of memory. Free it. */
char *tc_edges_command(const struct tc_edges *c, const char *command);

/* Edges in the map that were not there when it was last asked; *all: that ever were. */
unsigned tc_edges_new(struct tc_edges *c, unsigned *all);

#endif
