/* SPDX-License-Identifier: BSD-2-Clause */
/* Captured frames to datagrams; see unwrap.h. */
#include "unwrap.h"
#include "wire/place.h"

static int parse(const struct tc_frame *f, struct tc_rx *rx, struct tc_error *err)
{
	return tc_rx_parse_cut(rx, f->bytes, f->len, f->wire_len, f->dlt, err);
}

/* Most frames are: TCP with nothing around it. */
static bool is_plain(const struct tc_frame *f, const struct tc_rx *rx)
{
	return rx->kind == TC_RX_TCP &&
	       rx->l3 == f->bytes + (f->dlt == TC_DLT_EN10MB ? ETH_BYTES : 0);
}

int tc_unwrap(struct tc_unwrap *u, const struct tc_frame *f, struct tc_rx *rx,
	      struct tc_error *err)
{
	int rc = parse(f, rx, err);

	u->inside = false;
	if (rc == 0 && is_plain(f, rx)) {
		tc_tunnel_none(&u->tunnel);
		return 0;
	}
	u->frame = *f;
	u->inside = tc_tunnel_enter(&u->tunnel, &u->frame, false);
	if (u->inside)
		rc = parse(&u->frame, rx, err);
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
