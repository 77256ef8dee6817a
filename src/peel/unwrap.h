/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The datagram that a captured frame is about: inside the layers around it (tunnel.h),
 * put together from its fragments, which may be of either. Whoever reads captures reads them
 * through this.
 */
#ifndef PEEL_UNWRAP_H
#define PEEL_UNWRAP_H

#include "defrag.h"
#include "tunnel.h"

struct tc_unwrap {
	struct tc_tunnel tunnel;	/* what is around the datagram */
	bool inside;			/* it was in a tunnel, or in fragments: then it is */
	struct tc_frame frame;		/* this */
	uint64_t fragments;		/* frames so far that were one */
	struct tc_defrag defrag;
};

/* Take f apart as tc_rx_parse_cut does; *rx points into what was read, f or u->frame, until the
 * next call. A fragment that does not complete its datagram stays of kind TC_RX_FRAGMENT. */
int tc_unwrap(struct tc_unwrap *u, const struct tc_frame *f, struct tc_rx *rx,
	      struct tc_error *err);
void tc_unwrap_free(struct tc_unwrap *u);

#endif
