/* SPDX-License-Identifier: BSD-2-Clause */
/* Segments that are signed, and must be: TCP-MD5 (RFC 2385) and TCP-AO (RFC 5925). */
#include "own.h"

#include "wire/icmp.h"

#include <tcpcraft/ao.h>
#include <tcpcraft/md5sig.h>
#include <tcpcraft/tcpopt.h>

uint8_t tc_keys_option(const struct tc_stack *s)
{
	return s->ip.md5.n ? TC_OPT_MD5 : s->ip.ao.n ? TC_OPT_AO : 0;
}

/* Is the peer's ISN known? A connection that was reset still says so. */
static bool heard_syn(const struct tc_conn *c)
{
	unsigned state = c->tcb.state == TC_ST_CLOSED ? c->furthest : c->tcb.state;

	return state != TC_ST_CLOSED && state != TC_ST_LISTEN && state != TC_ST_SYN_SENT;
}

/* The ISNs are those of the wire: that of the peer is the only one it knows. */
static struct tc_ao_way way_out(const struct tc_conn *c)
{
	const tc_seq iss = tc_follow_out(c, c->tcb.iss);

	return (struct tc_ao_way){ .src_isn = iss, .src_known = true, .dst_isn = c->tcb.irs,
				   .dst_known = heard_syn(c), .near = iss + c->bytes_acked };
}

static struct tc_ao_way way_in(const struct tc_conn *c)
{
	return (struct tc_ao_way){ .src_isn = c->tcb.irs, .src_known = heard_syn(c),
				   .dst_isn = tc_follow_out(c, c->tcb.iss), .dst_known = true,
				   .near = c->tcb.irs + c->bytes_received };
}

void tc_keys_sign(const struct tc_stack *s, const struct tc_conn *c, uint8_t *frame, size_t n)
{
	struct tc_ao_way way;

	if (s->ip.md5.n)
		tc_md5_sign(&s->ip.md5, frame, n, s->dlt_sent);
	if (!s->ip.ao.n || !c)
		return;
	way = way_out(c);
	tc_ao_sign(&s->ip.ao, &way, frame, n, s->dlt_sent);
}

/* RFC 2385 2.0: it is dropped, and not answered. */
static const char *distrust_md5(const struct tc_stack *s, const struct tc_rx *rx)
{
	uint8_t right[TC_MD5_BYTES];

	switch (tc_md5_check(&s->ip.md5, rx, right)) {
	case TC_SIGN_MISSING:
		return "no TCP-MD5 digest: dropped";
	case TC_SIGN_BAD:
	case TC_SIGN_CUT:
	case TC_SIGN_TWICE:
	case TC_SIGN_UNTOLD:
		return "wrong TCP-MD5 digest: dropped";
	case TC_SIGN_OK:
		break;
	}
	return NULL;
}

/* RFC 5925 7.5: the same; what says another KeyID is of a key that we do not have. */
static const char *distrust_ao(const struct tc_stack *s, const struct tc_conn *c,
			       const struct tc_rx *rx)
{
	const struct tc_ao_way way = c ? way_in(c) : (struct tc_ao_way){ 0 };
	uint8_t right[TC_AO_MAC_BYTES];

	switch (tc_ao_check(&s->ip.ao, &way, rx, right)) {
	case TC_SIGN_MISSING:
		return "no TCP-AO code: dropped";
	case TC_SIGN_UNTOLD:
		return "a TCP-AO code without a connection: dropped";
	case TC_SIGN_TWICE:		/* 2.2 */
		return "more than one TCP-AO option: dropped";
	case TC_SIGN_BAD:
	case TC_SIGN_CUT:
		return "wrong TCP-AO code: dropped";
	case TC_SIGN_OK:
		break;
	}
	return tc_ao_keyid(rx) == s->ip.ao.rnextkeyid ? NULL : "another TCP-AO key: dropped";
}

/* RFC 5925 7.8: nobody vouches for an ICMP error, and these could end a connection or slow it. */
bool tc_keys_ignore(const struct tc_stack *s, const struct tc_conn *c, const struct tc_rx *rx)
{
	const unsigned code = rx->icmp_code;

	if (!s->ip.ao.n || c->tcb.state < TC_ST_ESTABLISHED)
		return false;
	return rx->src.family == 6 ? rx->icmp_type == TC_ICMPV6_UNREACHABLE && (code == 1 || code == 4)
				   : rx->icmp_type == TC_ICMP_UNREACHABLE && code >= 2 && code <= 4;
}

const char *tc_keys_distrust(const struct tc_stack *s, const struct tc_conn *c,
			     const struct tc_rx *rx, const char **clause)
{
	*clause = s->ip.ao.n ? "RFC 5925 7.5" : "RFC 2385 2.0";
	if (s->ip.md5.n)
		return distrust_md5(s, rx);
	return s->ip.ao.n ? distrust_ao(s, c, rx) : NULL;
}
