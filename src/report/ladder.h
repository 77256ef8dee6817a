/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the ladders of all commands have in common: how a line begins, and the words and
 * signs for who sent a segment. Only appends; thread-safe for distinct buffers.
 */
#ifndef REPORT_LADDER_H
#define REPORT_LADDER_H

#include <tcpcraft/conn.h>

struct tc_buf;

/* "tcpcraft", "kernel", "peer" */
const char *tc_origin_name(enum tc_origin o);

/* Four columns: "--> " ours, "~~> " the kernel's, "<-- " the peer's, "--x " ours that were
 * not on the wire. */
const char *tc_origin_arrow(enum tc_origin o, bool lost);

/* The beginning of a line: nanoseconds since the first as seconds, `lead` (connection and
 * arrow), then what a TCP segment or an ICMP error says. False: rx is neither, or NULL, and
 * nothing stands behind the lead. No newline. */
bool tc_ladder_head(struct tc_buf *out, tc_time since, const char *lead,
		    const struct tc_rx *rx, struct tc_isns isn);

#endif
