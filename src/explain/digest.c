/* SPDX-License-Identifier: BSD-2-Clause */
/* A segment's digest, judged with the key. */
#include "digest.h"

#include <tcpcraft/ao.h>
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

static const struct words {
	const char *ok, *bad, *missing, *twice;
} md5_words = {
	"the digest is the key's (RFC 2385)",
	"the digest is another key's, or of other bytes (RFC 2385)",
	"there is no digest (RFC 2385)",
	NULL,
}, ao_words = {
	"the code is the key's (RFC 5925)",
	"the code is another key's, or of other bytes (RFC 5925)",
	"there is no code (RFC 5925)",
	"there is more than one such option (RFC 5925 2.2)",
};

static void say(struct tc_explained *x, enum tc_sign_verdict v, size_t n, const struct words *w)
{
	switch (v) {
	case TC_SIGN_OK:
		x->check = TC_CHECK_OK;
		x->why = w->ok;
		break;
	case TC_SIGN_BAD:
		x->check = TC_CHECK_BAD;
		x->digest_n = (uint8_t)n;
		x->why = w->bad;
		break;
	case TC_SIGN_MISSING:
		x->check = TC_CHECK_BAD;
		x->why = w->missing;
		break;
	case TC_SIGN_TWICE:
		x->check = TC_CHECK_BAD;
		x->why = w->twice;
		break;
	case TC_SIGN_UNTOLD:
		x->why = "the code's key is of both SYNs, and they are not in this capture "
			 "(RFC 5925 5.2)";
		break;
	case TC_SIGN_CUT:
		break;
	}
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
	if (e->md5)
		say(x, tc_md5_check(e->md5, &rx, x->digest), TC_MD5_BYTES, &md5_words);
	else
		say(x, tc_ao_check(e->ao, e->ao_way, &rx, x->digest), TC_AO_MAC_BYTES, &ao_words);
}
