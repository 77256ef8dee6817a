/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which bytes of one direction were captured: all between the first and the furthest, but
 * for holes. Each byte counts once, in whatever order segments come. A fixed number of
 * holes at most; the oldest gives way, and what lies far back (2^30) is forgotten, since
 * numbers wrap.
 */
#ifndef ANALYSIS_STREAM_MAP_H
#define ANALYSIS_STREAM_MAP_H

#include "conversation.h"

#define STREAM_HOLES_MOST 1024u

/* A zero one (struct tc_stream_map of conversation.h) knows of nothing. low and next bound
 * what was seen; open_below: no SYN told where it begins, there may be bytes before low;
 * holes is NULL until there is one. */

/* It begins at seq: a SYN said so. */
void tc_stream_begin(struct tc_stream_map *m, tc_seq seq);

/* Take in n bytes at seq; how many of them are new. Without memory for a hole its bytes do
 * not count when they come. */
uint32_t tc_stream_take(struct tc_stream_map *m, tc_seq seq, uint32_t n);
void tc_stream_free(struct tc_stream_map *m);

#endif
