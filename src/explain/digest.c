/* SPDX-License-Identifier: BSD-2-Clause */
/* A segment's digest, judged with the key. */
#include "digest.h"

#include <tcpcraft/md5sig.h>
#include <tcpcraft/segment.h>

/* The IP layer outside `layer`: its place in the frame; -1: there is none. */
static int datagram_of(const struct tc_explain *e, unsigned layer)
{
	while (layer-- > 0)
		if (e->layer[layer].hdr == tc_header_get(TC_HDR_IP) ||
		    e->layer[layer].hdr == tc_header_get(TC_HDR_IPV6))
			return (int)e->layer[layer].at;
	return -1;
}

void tc_explain_digest(const struct tc_explain *e, unsigned layer, struct tc_explained *x)
{
	const int at = datagram_of(e, layer);
	const size_t n = at < 0 ? 0 : e->n - (size_t)at;
	struct tc_rx rx;

	x->check = TC_CHECK_UNKNOWN;
	x->why = "the digest covers what is not here";
	if (e->layer[layer].quoted || !n ||
	    tc_rx_parse_cut(&rx, e->bytes + at, n, n + e->missing, TC_DLT_RAW, NULL) < 0 ||
	    rx.kind != TC_RX_TCP)
		return;
	switch (tc_md5_check(e->md5, &rx, x->digest)) {
	case TC_MD5_OK:
		x->check = TC_CHECK_OK;
		x->why = "the digest is the key's (RFC 2385)";
		break;
	case TC_MD5_BAD:
		x->check = TC_CHECK_BAD;
		x->digest_known = true;
		x->why = "the digest is another key's, or of other bytes (RFC 2385)";
		break;
	case TC_MD5_MISSING:
		x->check = TC_CHECK_BAD;
		x->why = "there is no digest (RFC 2385)";
		break;
	case TC_MD5_CUT:
		break;
	}
}
