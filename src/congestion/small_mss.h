/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether data keeps to the MSS that a peer was told (RFC 9293 3.7.1). */
#ifndef CONGESTION_SMALL_MSS_H
#define CONGESTION_SMALL_MSS_H

#include "lab/lab.h"

/* The fact "mss_honoured", of a connection of its own; none where nothing came. 0, or negative as
 * tc_lab_put. */
int tc_small_mss(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err);

#endif
