/* SPDX-License-Identifier: BSD-2-Clause */
/* Four-tuples: compared, hashed, turned round, and read from a packet. */
#ifndef WIRE_FLOW_H
#define WIRE_FLOW_H

#include <tcpcraft/segment.h>

/* For tables of our own connections; one that holds what anybody sends needs a secret. */
uint32_t tc_flow_hash(const struct tc_flow *f);

bool tc_flow_same(const struct tc_flow *a, const struct tc_flow *b);

/* The other end's: local and remote swapped. */
struct tc_flow tc_flow_back(const struct tc_flow *f);

/* The connection of a segment, as its receiver and as its sender see it. */
struct tc_flow tc_flow_in(const struct tc_rx *rx);
struct tc_flow tc_flow_out(const struct tc_rx *rx);

#endif
