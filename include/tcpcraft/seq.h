/* SPDX-License-Identifier: BSD-2-Clause */
/* Sequence numbers: arithmetic modulo 2^32 (RFC 9293 3.4). Never compare two with < . */
#ifndef TCPCRAFT_SEQ_H
#define TCPCRAFT_SEQ_H

#include <stdbool.h>
#include <stdint.h>

typedef uint32_t tc_seq;

static inline bool tc_seq_lt(tc_seq a, tc_seq b)  { return (int32_t)(a - b) < 0; }
static inline bool tc_seq_leq(tc_seq a, tc_seq b) { return (int32_t)(a - b) <= 0; }
static inline bool tc_seq_gt(tc_seq a, tc_seq b)  { return (int32_t)(a - b) > 0; }
static inline bool tc_seq_geq(tc_seq a, tc_seq b) { return (int32_t)(a - b) >= 0; }
static inline tc_seq tc_seq_max(tc_seq a, tc_seq b) { return tc_seq_lt(a, b) ? b : a; }
static inline tc_seq tc_seq_min(tc_seq a, tc_seq b) { return tc_seq_lt(a, b) ? a : b; }

/* start <= x < start + len */
static inline bool tc_seq_in(tc_seq x, tc_seq start, uint32_t len)
{
	return x - start < len;
}

#endif
