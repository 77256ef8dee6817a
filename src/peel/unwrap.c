/* SPDX-License-Identifier: BSD-2-Clause */
/* Captured frames to datagrams; see unwrap.h. */
#include "unwrap.h"

int tc_unwrap(struct tc_unwrap *u, const struct tc_frame *f, struct tc_rx *rx,
	      struct tc_error *err)
{
	int rc;

	u->frame = *f;
	u->inside = tc_tunnel_enter(&u->tunnel, &u->frame, false);
	rc = tc_rx_parse_cut(rx, u->frame.bytes, u->frame.len, u->frame.wire_len, u->frame.dlt,
			     err);
	u->fragments += rc == 0 && rx->kind == TC_RX_FRAGMENT;
	/* what came in fragments may be one itself: as often as there are some that wait */
	while (rc == 0 && rx->kind == TC_RX_FRAGMENT &&
	       tc_defrag_take(&u->defrag, rx, f->stamp) == 1) {
		u->frame.bytes = u->defrag.whole.data;
		u->frame.len = u->frame.wire_len = u->defrag.whole.len;
		u->frame.dlt = rx->src.family == 6 ? TC_DLT_IPV6 : TC_DLT_IPV4;
		u->inside = true;
		tc_tunnel_enter(&u->tunnel, &u->frame, true);
		rc = tc_rx_parse(rx, u->frame.bytes, u->frame.len, u->frame.dlt, err);
	}
	return rc;
}

void tc_unwrap_free(struct tc_unwrap *u)
{
	tc_defrag_free(&u->defrag);
}
