/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The last bytes of one direction, to tell whether what comes again is the same. A ring
 * that grows with what it must hold, up to SEEN_MOST.
 */
#ifndef ANALYSIS_SEEN_H
#define ANALYSIS_SEEN_H

#include <tcpcraft/seq.h>

#include <stddef.h>

struct tc_seen;

/* Take in n bytes at seq. True when bytes known already were others. *s is NULL at first;
 * without memory nothing is remembered. */
bool tc_seen_take(struct tc_seen **s, tc_seq seq, const uint8_t *bytes, size_t n);
void tc_seen_free(struct tc_seen *s);	/* NULL is allowed */

#endif
